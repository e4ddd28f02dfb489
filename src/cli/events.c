#include <stdio.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/look.h"

enum { LIST_TEXT_MAX = 8 << 20 };

static const char *const heads[] = {"EVENT", "TYPE", "CAME", "BY", "SUBJECT", NULL};

static struct str by(struct value event)
{
    static const char *const names[] = {"connection", "room", "source"};
    struct str s = STR("");

    for (size_t i = 0; i < COUNT_OF(names) && !s.n; i++) s = value_get_str(event, names[i]);
    return s;
}

static void print_list(const struct args *a, struct value answer)
{
    struct value items = value_at(answer, "items");
    struct look look = look_now(a->arena, STDOUT_FILENO);
    struct str next = value_get_str(answer, "next");
    AUTO(buf) struct buf out = BUF(LIST_TEXT_MAX);
    struct grid g;

    if (items.kind != V_LIST || items.n == 0) {
        fprintf(stderr, "there are no such events\n");
        return;
    }
    grid_init(&g, &look, heads);
    for (uint32_t i = 0; i < items.n; i++) {
        struct value event = items.list[i];

        grid_add(&g, value_get_str(event, "id"), NULL);
        grid_add(&g, value_get_str(event, "type"), NULL);
        grid_add(&g, look_age(&look, value_get_str(event, "at")), NULL);
        grid_add(&g, by(event), NULL);
        grid_add(&g, value_get_str(event, "subject"), NULL);
    }
    grid_write(&g, &out);
    print_out(buf_str(&out));
    if (next.n) fprintf(stderr, "there are more: --before " STR_FMT "\n", STR_ARG(next));
}

static err_t run(struct args *a, struct err *e)
{
    AUTO(buf) struct buf path = BUF(1 << 16);
    struct client client;
    struct value answer;

    buf_add(&path, STR("/api/v1/events"));
    query_add(&path, "type", args_value(a, "--type"));
    query_add(&path, "connection", args_value(a, "--connection"));
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
    {"--type", 't', "TYPE", "only events of this type; `github.*` takes a beginning", false},
    {"--connection", 0, "NAME", "only what came by this connection", false},
    {"--limit", 'n', "N", "at most so many, up to 500; default 50", false},
    {"--before", 0, "EVENT", "only events older than this one", false},
    {0},
};

const struct command command_events = {
    .name = "events",
    .usage = "",
    .help = "lists events, newest first",
    .example = "botops events --type 'github.*' -n 10",
    .options = options,
    .run = run,
};
