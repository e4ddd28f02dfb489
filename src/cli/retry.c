#include <stdio.h>

#include "cli/runner.h"
#include "cli/which.h"

static err_t run(struct args *a, struct err *e)
{
    const char *from = args_value(a, "--from");
    struct map body = {.arena = a->arena};
    struct repeat post = {0};
    struct client client;
    struct value answer;
    const char *old;
    struct str id;
    struct id key;

    if (from) map_put(&body, STR("from"), v_cstr(from));
    TRY(client_open(a, &client, e));
    TRY(which_run(a, &client, &old, e));
    fresh_id(&key);
    post.path = path_of(a->arena, "/api/v1/runs/", old, "/retry");
    post.body = map_value(&body);
    post.key = key.s;
    TRY(client_repeat(&client, &post, a->arena, &answer, e));
    id = value_get_str(answer, "run");
    if (!id.n) return fail(e, E_REMOTE, "the server did not say which run it began");
    if (!args_flag(a, "--detach"))
        return runner_follow(a, &client, arena_dup(a->arena, id.p, id.n), e);
    if (a->format == FORMAT_TEXT)
        printf(STR_FMT "\n", STR_ARG(id));
    else
        print_value(a, answer);
    return OK;
}

static const struct option options[] = {
    {"--from", 0, "STEP", "steps before this one keep the results they had", false},
    {"--detach", 'd', NULL, "print the new run's id and do not wait", false},
    WHICH_OPTION,
    {0},
};

const struct command command_retry = {
    .name = "retry",
    .usage = "RUN|last",
    .help = "starts a run once more, with the same inputs and version",
    .about = "The new run is followed as by `botops run`, with the same exit status.",
    .example = "botops retry 01JD5Z8E8Q0V8J4X1T3N6M2R7K --from roll",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
