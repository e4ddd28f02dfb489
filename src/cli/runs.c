#include <stdio.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/look.h"

enum { LIST_TEXT_MAX = 8 << 20 };

static const char *const heads[] = {"RUN",  "WORKFLOW", "STATUS",  "BEGUN",
                                    "TOOK", "BY",       "MESSAGE", NULL};

static struct str who(struct value run)
{
    struct str user = value_get_str(run, "user");

    return user.n ? user : value_get_str(run, "trigger");
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
    grid_add(g, value_get_str(run, "message"), NULL);
}

static void print_list(const struct args *a, struct value answer)
{
    struct value items = value_at(answer, "items");
    struct look look = look_now(a->arena, STDOUT_FILENO);
    struct str next = value_get_str(answer, "next");
    AUTO(buf) struct buf out = BUF(LIST_TEXT_MAX);
    struct grid g;

    if (items.kind != V_LIST || items.n == 0) {
        fprintf(stderr, "there are no such runs\n");
        return;
    }
    grid_init(&g, &look, heads);
    for (uint32_t i = 0; i < items.n; i++) add_run(&g, items.list[i]);
    grid_write(&g, &out);
    print_out(buf_str(&out));
    if (next.n) fprintf(stderr, "there are more: --before " STR_FMT "\n", STR_ARG(next));
}

static err_t run(struct args *a, struct err *e)
{
    AUTO(buf) struct buf path = BUF(1 << 16);
    struct client client;
    struct value answer;

    buf_add(&path, STR("/api/v1/runs"));
    query_add(&path, "status", args_value(a, "--status"));
    query_add(&path, "workflow", args_value(a, "--workflow"));
    query_add(&path, "limit", args_value(a, "--limit"));
    query_add(&path, "before", args_value(a, "--before"));
    TRY(buf_end(&path, e));
    TRY(client_open(a, &client, e));
    TRY(client_get(&client, path.p, a->arena, &answer, e));
    if (a->format == FORMAT_TEXT)
        print_list(a, answer);
    else
        print_value(a, answer);
    return OK;
}

static const struct option options[] = {
    {"--status", 's', "STATUS", "open, or queued, running, waiting, succeeded, failed, cancelled",
     false},
    {"--workflow", 'w', "NAME", "only runs of this workflow", false},
    {"--limit", 'n', "N", "at most so many, up to 500; default 50", false},
    {"--before", 0, "RUN", "only runs older than this one", false},
    {0},
};

const struct command command_runs = {
    .name = "runs",
    .usage = "",
    .help = "lists runs, newest first",
    .example = "botops runs --status failed --workflow deploy",
    .options = options,
    .run = run,
};
