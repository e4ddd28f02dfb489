#include "cli/list.h"

static const char *const heads[] = {"EVENT", "TYPE", "CAME", "BY", "SUBJECT", NULL};
static const char *const filters[] = {"--type", "--connection", NULL};

static struct str by(struct value event)
{
    static const char *const names[] = {"connection", "room", "source"};
    struct str s = STR("");

    for (size_t i = 0; i < COUNT_OF(names) && !s.n; i++) s = value_get_str(event, names[i]);
    return s;
}

static void add_event(struct grid *g, struct value event)
{
    grid_add(g, value_get_str(event, "id"), NULL);
    grid_add(g, value_get_str(event, "type"), NULL);
    grid_add(g, look_age(g->look, value_get_str(event, "at")), NULL);
    grid_add(g, by(event), NULL);
    grid_add(g, value_get_str(event, "subject"), NULL);
}

static err_t run(struct args *a, struct err *e)
{
    static const struct list list = {"/api/v1/events", "events", heads, filters, add_event};

    return list_print(a, &list, e);
}

static const struct option options[] = {
    {"--type", 't', "TYPE", "only events of this type; `github.*` takes a beginning", false},
    {"--connection", 0, "NAME", "only what came by this connection", false},
    LIST_OPTIONS("EVENT"),
    {0},
};

const struct command command_events = {
    .name = "events",
    .usage = "",
    .help = "lists events, newest first",
    .about =
        "On a terminal times are ages; else they are dates in UTC. `-o json` has them exactly.",
    .example = "botops events --type 'github.*' -n 10",
    .options = options,
    .run = run,
};
