#include "cli/list.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/client.h"

enum { LIST_TEXT_MAX = 8 << 20 };

static void print_table(const struct args *a, const struct list *l, struct value answer)
{
    struct value items = value_at(answer, "items");
    struct look look = look_now(a->arena, STDOUT_FILENO);
    struct str next = value_get_str(answer, "next");
    AUTO(buf) struct buf out = BUF(LIST_TEXT_MAX);
    struct grid g;

    if (items.kind != V_LIST || items.n == 0) {
        fprintf(stderr, "there are no such %s\n", l->what);
        return;
    }
    grid_init(&g, &look, l->heads);
    for (uint32_t i = 0; i < items.n; i++) l->add(&g, items.list[i]);
    grid_write(&g, &out);
    print_out(buf_str(&out));
    if (next.n) fprintf(stderr, "there are more: --before " STR_FMT "\n", STR_ARG(next));
}

err_t list_print(const struct args *a, const struct list *l, struct err *e)
{
    AUTO(buf) struct buf path = BUF(1 << 16);
    struct client client;
    struct value answer;

    buf_add(&path, str_of(l->path));
    for (const char *const *f = l->filters; *f; f++) query_add(&path, *f + 2, args_value(a, *f));
    query_add(&path, "limit", args_value(a, "--limit"));
    query_add(&path, "before", args_value(a, "--before"));
    TRY(buf_end(&path, e));
    TRY(client_open(a, &client, e));
    TRY(client_get(&client, path.p, a->arena, &answer, e));
    if (a->format == FORMAT_TEXT)
        print_table(a, l, answer);
    else
        print_value(a, answer);
    return OK;
}
