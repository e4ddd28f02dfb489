#include <stdio.h>

#include "cli/client.h"

static err_t run(struct args *a, struct err *e)
{
    struct client client;
    struct value answer;

    TRY(client_open(a, &client, e));
    TRY(client_post(&client, path_of(a->arena, "/api/v1/runs/", a->rest[0], "/cancel"),
                    v_map(NULL, 0), a->arena, &answer, e));
    if (a->format != FORMAT_TEXT)
        print_value(a, answer);
    else
        printf("run %s was asked to end; it is cancelled when its last process is gone\n",
               a->rest[0]);
    return OK;
}

const struct command command_cancel = {
    .name = "cancel",
    .usage = "RUN",
    .help = "ends a run and all its processes",
    .about = "The run's steps get SIGTERM, and SIGKILL when that does not help. What it has under\n"
             "`finally` still runs. `botops show RUN` tells when it is gone.",
    .example = "botops cancel 01JD5Z8E8Q0V8J4X1T3N6M2R7K",
    .least = 1,
    .most = 1,
    .run = run,
};
