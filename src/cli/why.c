#include "cli/which.h"

/* What the triggers of one workflow make of an event. */
static err_t ask_workflow(const struct args *a, const struct client *c, const char *workflow,
                          struct value *ret, struct err *e)
{
    AUTO(buf) struct buf path = BUF(1 << 16);

    buf_add(&path, str_of(path_of(a->arena, "/api/v1/events/", a->rest[0], "/why")));
    query_add(&path, "workflow", workflow);
    TRY(buf_end(&path, e));
    return client_get(c, path.p, a->arena, ret, e);
}

/* A run and an event look alike, so one that is no run is looked for among the events. */
static err_t ask(const struct args *a, struct value *ret, struct err *e)
{
    const char *id = a->rest[0], *workflow = args_value(a, "--workflow");
    struct client client;
    err_t how;

    TRY(client_open(a, &client, e));
    if (workflow && strcmp(id, "last") != 0) return ask_workflow(a, &client, workflow, ret, e);
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

static const struct option options[] = {
    {"--workflow", 'w', "NAME",
     "what the triggers of this workflow make of the event; with `last`: its newest run", false},
    {0}};

const struct command command_why = {
    .name = "why",
    .usage = "EVENT|RUN|last",
    .help = "tells why an event did or did not start something, or what a run waits for",
    .about =
        "Of many triggers only those are asked whose tests can be true; `--workflow NAME` asks "
        "those of one workflow.",
    .example = "botops why 01JD5Z8E8Q0V8J4X1T3N6M2R7K\n"
               "botops why 01JD5Z8E8Q0V8J4X1T3N6M2R7K --workflow deploy",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
