#include <stdio.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/look.h"

enum { LOCKS_TEXT_MAX = 8 << 20 };

static const char *const heads[] = {"LOCK", "", "RUN", "WORKFLOW", "PRIORITY", "SINCE", NULL};

static void add_runs(struct grid *g, struct value lock, const char *list, const char *what)
{
    struct value runs = value_at(lock, list);

    for (uint32_t i = 0; runs.kind == V_LIST && i < runs.n; i++) {
        struct value run = runs.list[i];

        grid_add(g, value_get_str(lock, "lock"), NULL);
        grid_add(g, str_of(what), look_status(g->look, i ? STR("") : STR("waiting")));
        grid_add(g, value_get_str(run, "run"), NULL);
        grid_add(g, value_get_str(run, "workflow"), NULL);
        grid_add(g, value_get_str(run, "priority"), NULL);
        grid_add(g, look_age(g->look, value_get_str(run, "since")), NULL);
    }
}

/* Only the first of many are listed. */
static void add_more(struct grid *g, struct value lock, const char *count, const char *list,
                     const char *what)
{
    struct value n = value_at(lock, count), shown = value_at(lock, list);
    int64_t more = n.kind == V_INT && shown.kind == V_LIST ? n.i - (int64_t)shown.n : 0;

    if (more <= 0) return;
    grid_add(g, value_get_str(lock, "lock"), NULL);
    grid_add(g, str_of(what), NULL);
    grid_add(g, str_of(arena_fmt(g->look->arena, "and %lld more", (long long)more)), NULL);
    for (int i = 0; i < 3; i++) grid_add(g, STR(""), NULL);
}

static void print_locks(const struct args *a, struct value answer)
{
    struct value items = value_at(answer, "items");
    struct look look = look_now(a->arena, STDOUT_FILENO);
    struct str next = value_get_str(answer, "next");
    AUTO(buf) struct buf out = BUF(LOCKS_TEXT_MAX);
    struct grid g;

    if (items.kind != V_LIST || items.n == 0) {
        fprintf(stderr, "no run holds a lock or waits for one\n");
        return;
    }
    grid_init(&g, &look, heads);
    for (uint32_t i = 0; i < items.n; i++) {
        add_runs(&g, items.list[i], "holders", "held by");
        add_more(&g, items.list[i], "held", "holders", "held by");
        add_runs(&g, items.list[i], "next", "waits");
        add_more(&g, items.list[i], "waiting", "next", "waits");
    }
    grid_write(&g, &out);
    print_out(buf_str(&out));
    if (next.n) fprintf(stderr, "there are more: --after '" STR_FMT "'\n", STR_ARG(next));
}

static err_t run(struct args *a, struct err *e)
{
    AUTO(buf) struct buf path = BUF(1 << 16);
    struct client client;
    struct value answer;

    buf_add(&path, STR("/api/v1/locks"));
    query_add(&path, "limit", args_value(a, "--limit"));
    query_add(&path, "after", args_value(a, "--after"));
    TRY(buf_end(&path, e));
    TRY(client_open(a, &client, e));
    TRY(client_get(&client, path.p, a->arena, &answer, e));
    if (a->format == FORMAT_TEXT)
        print_locks(a, answer);
    else
        print_value(a, answer);
    return OK;
}

static const struct option options[] = {
    {"--limit", 'n', "N", "at most so many locks, up to 500; default 50", false},
    {"--after", 0, "LOCK", "only locks that come after this one by their name", false},
    {0},
};

const struct command command_locks = {
    .name = "locks",
    .usage = "",
    .help = "lists locks: which runs hold them and since when, and which wait, in their order",
    .about =
        "A lock is the `group` of a workflow's `concurrency`. Of each the first ten holders and "
        "the next ten in its queue are shown.",
    .example = "botops locks",
    .options = options,
    .run = run,
};
