#include <unistd.h>

#include "base/utf8.h"
#include "cli/client.h"
#include "cli/look.h"
#include "workflow/duration.h"

enum { STATUS_MAX = 4 << 20 };

static int64_t number(struct value v, const char *path)
{
    v = value_at(v, path);
    return v.kind == V_INT ? v.i : 0;
}

static void add_errors(struct buf *out, const struct look *l, struct value failed)
{
    struct value errors = value_at(failed, "errors");

    if (failed.kind != V_MAP) return;
    buf_addf(out,
             "%sthe last change of the configuration has errors; the one before is in use:%s\n",
             look_status(l, STR("failed")), look_end(l));
    for (uint32_t i = 0; errors.kind == V_LIST && i < errors.n; i++) {
        struct value c = errors.list[i];

        buf_add(out, STR("  "));
        utf8_add_safe(out, value_get_str(c, "file"), false);
        buf_addf(out, ":%lld:%lld: ", (long long)number(c, "line"), (long long)number(c, "column"));
        utf8_add_safe(out, value_get_str(c, "text"), false);
        buf_addc(out, '\n');
    }
}

static void add_status(struct buf *out, const struct look *l, struct value s)
{
    struct value ready = value_at(s, "ready");
    bool is_ready = ready.kind == V_BOOL && ready.b;
    char up[DURATION_TEXT];

    buf_addf(out, "botops " STR_FMT " is %s%s%s, up %s, process %lld\n",
             STR_ARG(value_get_str(s, "version")),
             look_status(l, is_ready ? STR("succeeded") : STR("waiting")),
             is_ready ? "ready" : "starting or ending", look_end(l),
             duration_text(number(s, "uptime_s") * SECOND_US, up), (long long)number(s, "pid"));
    buf_addf(
        out, "workflows  %lld, connections %lld, configuration %.12s\n",
        (long long)number(s, "configuration.workflows"),
        (long long)number(s, "configuration.connections"),
        arena_fmt(l->arena, STR_FMT, STR_ARG(value_get_str(value_at(s, "configuration"), "hash"))));
    buf_addf(out, "runs       %lld open of %lld, processes %lld, waiting for their turn %lld\n",
             (long long)number(s, "counts.open_runs"), (long long)number(s, "counts.runs"),
             (long long)number(s, "counts.processes"),
             (long long)number(s, "counts.queued_processes"));
    buf_addf(
        out,
        "events     %lld kept; since the start %lld accepted, %lld seen before, %lld refused\n",
        (long long)number(s, "counts.events"), (long long)number(s, "counts.accepted"),
        (long long)number(s, "counts.duplicates"), (long long)number(s, "counts.refused"));
    buf_addf(out, "disk       database " STR_FMT ", free " STR_FMT "\n",
             STR_ARG(look_size(l, number(s, "disk.database"))),
             STR_ARG(look_size(l, number(s, "disk.free"))));
    if (number(s, "counts.unsent"))
        buf_addf(out, "unsent     %lld messages\n", (long long)number(s, "counts.unsent"));
    add_errors(out, l, value_at(s, "configuration.failed"));
}

static err_t run(struct args *a, struct err *e)
{
    struct look look = look_now(a->arena, STDOUT_FILENO);
    AUTO(buf) struct buf out = BUF(STATUS_MAX);
    struct client client;
    struct value answer;

    TRY(client_open(a, &client, e));
    TRY(client_get(&client, "/api/v1/status", a->arena, &answer, e));
    if (a->format != FORMAT_TEXT) {
        print_value(a, answer);
        return OK;
    }
    add_status(&out, &look, answer);
    print_out(buf_str(&out));
    return OK;
}

const struct command command_status = {
    .name = "status",
    .usage = "",
    .help = "tells how the server is",
    .example = "botops status -o json",
    .run = run,
};
