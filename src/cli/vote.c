#include "cli/vote.h"

#include <stdio.h>

err_t vote_send(struct args *a, const char *verb, const char *done, struct err *e)
{
    const char *step = args_value(a, "--step"), *comment = args_value(a, "--comment");
    struct map body = {.arena = a->arena};
    struct client client;
    struct value answer;
    const char *id;

    if (step) map_put(&body, STR("step"), v_cstr(step));
    if (comment) map_put(&body, STR("comment"), v_cstr(comment));
    if (a->rest_n > 1) map_put(&body, STR("answer"), v_cstr(a->rest[1]));
    TRY(client_open(a, &client, e));
    TRY(which_run(a, &client, &id, e));
    TRY(client_post(&client,
                    path_of(a->arena, "/api/v1/runs/", id, arena_fmt(a->arena, "/%s", verb)),
                    map_value(&body), a->arena, &answer, e));
    if (a->format != FORMAT_TEXT)
        print_value(a, answer);
    else
        printf("run %s: %s\n", id, done);
    return OK;
}
