#include <stdio.h>

#include "cli/which.h"

static err_t run(struct args *a, struct err *e)
{
    const char *as = args_value(a, "--as");
    struct pair body[] = {{v_cstr("step"), v_cstr(a->rest[1])}, {v_cstr("as"), v_cstr(as)}};
    struct client client;
    struct value answer;
    const char *id;

    if (!as || (strcmp(as, "done") != 0 && strcmp(as, "failed") != 0 && strcmp(as, "retry") != 0))
        return fail(e, E_INPUT,
                    "say what became of the step: --as done, --as failed or --as retry");
    TRY(client_open(a, &client, e));
    TRY(which_run(a, &client, &id, e));
    TRY(client_post(&client, path_of(a->arena, "/api/v1/runs/", id, "/resolve"), v_map(body, 2),
                    a->arena, &answer, e));
    if (a->format != FORMAT_TEXT)
        print_value(a, answer);
    else
        printf("step %s of run %s: %s; the run goes on\n", a->rest[1], id, as);
    return OK;
}

static const struct option options[] = {
    {"--as", 0, "WHAT", "done, failed, or retry: run it once more", false},
    WHICH_OPTION,
    {0},
};

const struct command command_resolve = {
    .name = "resolve",
    .usage = "RUN|last STEP --as done|failed|retry",
    .help = "decides a step whose outcome was lost",
    .about = "A step is `unknown` when it was started and its machine died before it ended. It is "
             "never\n"
             "run again by itself, unless its author allowed that: look what it did, then decide.",
    .example = "botops resolve 01JD5Z8E8Q0V8J4X1T3N6M2R7K migrate --as done",
    .options = options,
    .least = 2,
    .most = 2,
    .run = run,
};
