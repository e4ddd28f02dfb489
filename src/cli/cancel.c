#include <stdio.h>
#include <unistd.h>

#include "cli/follow.h"
#include "cli/which.h"

static err_t wait_for_end(const struct args *a, const struct client *c, const char *id,
                          struct value *ret_run, struct err *e)
{
    struct progress *progress = progress_new(term_is(STDERR_FILENO));
    const struct follow f = {.client = c, .progress = progress};
    err_t how = follow_run(&f, id, a->arena, ret_run, e);

    progress_free(progress);
    return how;
}

static err_t run(struct args *a, struct err *e)
{
    bool wait = args_flag(a, "--wait");
    struct client client;
    struct value answer;
    const char *id;

    TRY(client_open(a, &client, e));
    TRY(which_run(a, &client, &id, e));
    TRY(client_post(&client, path_of(a->arena, "/api/v1/runs/", id, "/cancel"), v_map(NULL, 0),
                    a->arena, &answer, e));
    if (wait) TRY(wait_for_end(a, &client, id, &answer, e));
    if (a->format != FORMAT_TEXT)
        print_value(a, answer);
    else if (wait)
        printf("run %s is " STR_FMT "\n", id, STR_ARG(value_get_str(answer, "status")));
    else
        printf("run %s was asked to end; it is cancelled when its last process is gone\n", id);
    return OK;
}

static const struct option options[] = {
    {"--wait", 0, NULL, "wait until it has ended", false},
    WHICH_OPTION,
    {0},
};

const struct command command_cancel = {
    .name = "cancel",
    .usage = "RUN|last",
    .help = "ends a run and all its processes",
    .about = "The run's steps get SIGTERM, and SIGKILL when that does not help. What it has under\n"
             "`finally` still runs. With --wait this command ends when all is gone.",
    .example = "botops cancel --wait 01JD5Z8E8Q0V8J4X1T3N6M2R7K",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
