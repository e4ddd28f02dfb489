#include "cli/which.h"

/* A run and an event look alike, so one that is no run is looked for among the events. */
static err_t ask(const struct args *a, struct value *ret, struct err *e)
{
    struct client client;
    const char *id;
    err_t how;

    TRY(client_open(a, &client, e));
    TRY(which_run(a, &client, &id, e));
    how = client_get(&client, path_of(a->arena, "/api/v1/runs/", id, "/why"), a->arena, ret, e);
    if (how != E_NOT_FOUND) return how;
    how = client_get(&client, path_of(a->arena, "/api/v1/events/", id, "/why"), a->arena, ret, e);
    if (how == E_NOT_FOUND)
        return fail(e, E_NOT_FOUND,
                    "there is no run and no event %s; `botops runs` and `botops "
                    "events` list them",
                    id);
    return how;
}

static err_t run(struct args *a, struct err *e)
{
    struct value answer;
    struct str text;

    TRY(ask(a, &answer, e));
    if (a->format != FORMAT_TEXT) {
        print_value(a, answer);
        return OK;
    }
    text = value_get_str(answer, "text");
    print_safe(text, true);
    if (!str_ends(text, STR("\n"))) print_out(STR("\n"));
    return OK;
}

static const struct option options[] = {WHICH_OPTION, {0}};

const struct command command_why = {
    .name = "why",
    .usage = "EVENT|RUN|last",
    .help = "tells why an event did or did not start something, or what a run waits for",
    .example = "botops why 01JD5Z8E8Q0V8J4X1T3N6M2R7K",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
