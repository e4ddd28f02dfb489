#include "cli/list.h"

static const char *const heads[] = {"RUN",  "WORKFLOW", "STATUS",  "BEGUN",
                                    "TOOK", "BY",       "MESSAGE", NULL};
static const char *const filters[] = {"--status", "--workflow", NULL};

static struct str who(struct value run)
{
    struct str user = value_get_str(run, "user");

    return user.n ? user : value_get_str(run, "trigger");
}

/* One that has not begun says what it waits for. */
static struct str message_of(const struct look *l, struct value run)
{
    struct str lock = value_get_str(run, "lock");

    if (!str_is(value_get_str(run, "status"), "queued") || !lock.n)
        return value_get_str(run, "message");
    return str_of(arena_fmt(l->arena, "waits for the lock `" STR_FMT "`", STR_ARG(lock)));
}

static void add_run(struct grid *g, struct value run)
{
    const struct look *l = g->look;
    struct str status = value_get_str(run, "status");

    grid_add(g, value_get_str(run, "id"), NULL);
    grid_add(g, value_get_str(run, "workflow"), NULL);
    grid_add(g, status, look_status(l, status));
    grid_add(g, look_age(l, value_get_str(run, "created")), NULL);
    grid_add(g, look_span(l, value_get_str(run, "created"), value_get_str(run, "ended")), NULL);
    grid_add(g, who(run), NULL);
    grid_add(g, message_of(l, run), NULL);
}

static err_t run(struct args *a, struct err *e)
{
    static const struct list list = {"/api/v1/runs", "runs", heads, filters, add_run};

    return list_print(a, &list, e);
}

static const struct option options[] = {
    {"--status", 's', "STATUS",
     "open, or queued, running, waiting, succeeded, failed, cancelled, denied", false},
    {"--workflow", 'w', "NAME", "only runs of this workflow", false},
    LIST_OPTIONS("RUN"),
    {0},
};

const struct command command_runs = {
    .name = "runs",
    .usage = "",
    .help = "lists runs, newest first",
    .about =
        "On a terminal times are ages; else they are dates in UTC. `-o json` has them exactly.",
    .example = "botops runs --status failed --workflow deploy",
    .options = options,
    .run = run,
};
