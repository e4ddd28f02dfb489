#include "cli/which.h"

err_t which_run(const struct args *a, const struct client *c, const char **ret, struct err *e)
{
    const char *workflow = args_value(a, "--workflow");
    AUTO(buf) struct buf path = BUF(1 << 16);
    struct value answer, items;
    struct str id;

    *ret = a->rest[0];
    if (strcmp(*ret, "last") != 0) {
        if (workflow)
            return fail(e, E_INPUT, "`--workflow` goes with `last` in place of a run's id");
        return OK;
    }
    buf_add(&path, STR("/api/v1/runs?limit=1"));
    query_add(&path, "workflow", workflow);
    TRY(buf_end(&path, e));
    TRY(client_get(c, path.p, a->arena, &answer, e));
    items = value_at(answer, "items");
    if (items.kind != V_LIST || items.n == 0)
        return fail(e, E_NOT_FOUND, "there is no run%s%s%s yet", workflow ? " of `" : "",
                    workflow ? workflow : "", workflow ? "`" : "");
    id = value_get_str(items.list[0], "id");
    *ret = arena_dup(a->arena, id.p, id.n);
    return OK;
}
