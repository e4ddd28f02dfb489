#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/peek.h"
#include "engine/folder.h"
#include "workflow/advance.h"

enum { TEXT_MAX = 4 << 20, FOLDER_MAX = 8192 };

#define SETTLED_US (60 * SECOND_US) /* a step that was just recorded may have no folder yet */

struct checking {
    const struct peek *peek;
    struct report *report;
    struct reader *reader;
    int64_t now, rows, folders;
    struct err fault;
};

static bool check_step(void *arg, const struct step_row *s)
{
    struct checking *c = arg;
    AUTO(buf) struct buf path = BUF(FOLDER_MAX);
    struct stat st;

    if (!str_is(s->kind, "run") || !str_is(s->status, "running")) return true;
    if (s->started_at > c->now - SETTLED_US) return true;
    folder_of_run(c->peek->at.data, &s->run, &path);
    c->folders++;
    if (path.full || stat(path.p, &st) != 0 || !S_ISDIR(st.st_mode))
        report_add(c->report, c->peek->at.database, 0, 0,
                   "run %s: step " STR_FMT " runs, but its folder %s is not there", s->run.s,
                   STR_ARG(s->path), path.full ? "(too long)" : path.p);
    return true;
}

static bool check_run(void *arg, const struct run_row *r)
{
    struct checking *c = arg;

    reader_steps(c->reader, r->id, check_step, c);
    return true;
}

static void check(struct reader *r, void *arg)
{
    struct checking *c = arg;

    c->reader = r;
    c->rows = reader_check(r, moves_allowed, c->report);
    reader_live_runs(r, check_run, c);
    if (reader_fault(r, &c->fault) == OK) c->fault.code = OK;
}

static void print_result(const struct args *a, const struct checking *c)
{
    struct value *list = arena_get(a->arena, (c->report->n + 1) * sizeof *list);
    struct map m = {.arena = a->arena};

    for (size_t i = 0; i < c->report->n; i++) list[i] = v_cstr(c->report->list[i].text);
    map_put(&m, STR("database"), v_cstr(c->peek->at.database));
    map_put(&m, STR("rows"), v_int(c->rows));
    map_put(&m, STR("folders"), v_int(c->folders));
    map_put(&m, STR("damage"), v_list(list, c->report->n));
    print_value(a, map_value(&m));
}

static err_t tell(struct args *a, const struct checking *c, struct err *e)
{
    AUTO(buf) struct buf text = BUF(TEXT_MAX);
    size_t n = c->report->n;

    if (a->format != FORMAT_TEXT) {
        print_result(a, c);
        if (n) *a->ret_exit = 1;
        return OK;
    }
    report_text(c->report, &text);
    print_safe(buf_str(&text), true);
    printf("%lld rows and %lld folders of running steps looked at in %s\n", (long long)c->rows,
           (long long)c->folders, c->peek->at.database);
    if (!n) {
        printf("no damage found\n");
        return OK;
    }
    return fail(e, E_IO,
                "%zu fault%s found; put a backup in its place (`botops backup` makes them)", n,
                n == 1 ? "" : "s");
}

static err_t run(struct args *a, struct err *e)
{
    AUTO(peek) struct peek peek = {0};
    struct report report = {.arena = a->arena};
    struct checking c = {.peek = &peek, .report = &report, .now = clock_wall()};

    TRY(peek_open(a, &peek, e));
    peek_read(&peek, check, &c);
    if (c.fault.code != OK) {
        *e = c.fault;
        return wrap(e, "the database cannot be read whole");
    }
    report_sort(&report);
    return tell(a, &c, e);
}

const struct command command_fsck = {
    .name = "fsck",
    .usage = "",
    .help = "looks for damage in the store",
    .about =
        "Reads the database of the data folder directly, with or without a running server, and\n"
        "writes nothing: its structure, what its rows must agree on, that histories hold only\n"
        "allowed moves, and that running steps have their folders. Exit status 1: damage found.",
    .example = "botops fsck -C /srv/automation",
    .run = run,
};
