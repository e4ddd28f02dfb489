#include <stdio.h>

#include "cli/runner.h"

/* NAME=VALUE as it stands: the server turns the text into the input's type. */
static err_t read_inputs(const struct args *a, struct value *ret, struct err *e)
{
    struct map inputs = {.arena = a->arena};
    const char *given;

    for (size_t n = 0; (given = args_nth(a, "--input", n)); n++) {
        const char *eq = strchr(given, '=');
        struct value before;
        struct str name;

        if (!eq || eq == given)
            return fail(e, E_INPUT, "`-i %s`: write an input as NAME=VALUE", given);
        name = str_n(given, (size_t)(eq - given));
        if (value_get(map_value(&inputs), name, &before))
            return fail(e, E_INPUT, "the input `" STR_FMT "` is given twice", STR_ARG(name));
        map_put(&inputs, name, v_cstr(eq + 1));
    }
    *ret = map_value(&inputs);
    return OK;
}

static err_t begin(const struct args *a, const struct client *c, bool detach, char **ret_run,
                   struct value *ret_receipt, struct err *e)
{
    struct map body = {.arena = a->arena};
    struct repeat post = {.path = path_of(a->arena, "/api/v1/workflows/", a->rest[0], "/runs")};
    struct value inputs = NO_VALUE, runs;
    struct id room, key;
    struct str id;

    TRY(read_inputs(a, &inputs, e));
    map_put(&body, STR("inputs"), inputs);
    fresh_id(&room);
    fresh_id(&key);
    if (!detach) map_put(&body, STR("room"), v_cstr(arena_fmt(a->arena, "console/%s", room.s)));
    post.body = map_value(&body);
    post.key = key.s;
    TRY(client_repeat(c, &post, a->arena, ret_receipt, e));
    runs = value_at(*ret_receipt, "runs");
    if (runs.kind != V_LIST || runs.n == 0)
        return fail(e, E_REMOTE, "the server began no run of %s and did not say why", a->rest[0]);
    id = value_str(runs.list[0]);
    *ret_run = arena_dup(a->arena, id.p, id.n);
    return OK;
}

static err_t run(struct args *a, struct err *e)
{
    bool detach = args_flag(a, "--detach");
    struct client client;
    struct value receipt;
    char *id = NULL;

    TRY(client_open(a, &client, e));
    TRY(begin(a, &client, detach, &id, &receipt, e));
    if (!detach) return runner_follow(a, &client, id, e);
    if (a->format == FORMAT_TEXT)
        printf("%s\n", id);
    else
        print_value(a, receipt);
    return OK;
}

static const struct option options[] = {
    {"--input", 'i', "NAME=VALUE", "an input of the workflow; VALUE is taken as it stands", true},
    {"--detach", 'd', NULL, "print the run's id and do not wait", false},
    {0},
};

const struct command command_run = {
    .name = "run",
    .usage = "WORKFLOW",
    .help = "starts a run, follows it, and exits with its result",
    .about =
        "What the run says is printed, and its outputs at the end; its steps are told on standard\n"
        "error. Exit status 0: it succeeded; 1: it failed or was cancelled. A run goes on when\n"
        "this command is ended; `botops cancel` ends it.",
    .example = "botops run deploy -i service=web -i env=staging",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
