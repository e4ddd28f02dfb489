#include <limits.h>
#include <stdio.h>

#include "cli/repo.h"

enum { REPORT_TEXT_MAX = 4 << 20 };

static const char *s_if(size_t n)
{
    return n == 1 ? "" : "s";
}

static void print_complaints(const struct args *a, const struct report *r)
{
    struct value *list = arena_get(a->arena, (r->n + 1) * sizeof *list);

    for (size_t i = 0; i < r->n; i++) {
        const struct complaint *c = &r->list[i];
        struct map m = {.arena = a->arena};

        map_put(&m, STR("file"), v_cstr(c->file ? c->file : ""));
        map_put(&m, STR("line"), v_int(c->line));
        map_put(&m, STR("column"), v_int(c->col));
        map_put(&m, STR("text"), v_cstr(c->text));
        list[i] = map_value(&m);
    }
    print_value(a, v_list(list, r->n));
}

static err_t refuse(struct args *a, struct report *r, const char *dir, struct err *e)
{
    AUTO(buf) struct buf text = BUF(REPORT_TEXT_MAX);

    report_sort(r);
    if (a->format != FORMAT_TEXT) {
        print_complaints(a, r);
        *a->ret_exit = err_exit(E_CONFIG);
        return OK;
    }
    report_text(r, &text);
    print_safe(buf_str(&text), true);
    return fail(e, E_CONFIG, "%zu error%s in %s", r->n, s_if(r->n), dir);
}

static err_t run(struct args *a, struct err *e)
{
    struct report report = {.arena = a->arena};
    size_t triggers = 0;
    struct config *c;
    char *dir;

    TRY(repo_find(a, a->rest_n ? a->rest[0] : NULL, &dir, e));
    c = repo_load(dir, &report);
    if (!c) return refuse(a, &report, dir, e);
    for (size_t i = 0; i < c->workflows_n; i++) triggers += c->workflows[i]->triggers_n;
    if (a->format == FORMAT_TEXT)
        printf("ok: %zu workflow%s, %zu trigger%s\n", c->workflows_n, s_if(c->workflows_n),
               triggers, s_if(triggers));
    else
        print_complaints(a, &report);
    config_free(c);
    return OK;
}

const struct command command_check = {
    .name = "check",
    .usage = "[DIR]",
    .help = "loads a repository as the server would and tells every error in it",
    .about =
        "Errors are printed as file:line:column: text, all of them at once; -o json is a list of\n"
        "them for editors. The exit status is 2 when there are errors.",
    .example = "botops check examples/quickstart",
    .least = 0,
    .most = 1,
    .run = run,
};
