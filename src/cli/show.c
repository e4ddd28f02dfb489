#include <unistd.h>

#include "base/utf8.h"
#include "cli/look.h"
#include "cli/which.h"

enum { SHOW_MAX = 16 << 20 };

static const char *const heads[] = {"STEP", "ATTEMPT", "STATUS", "TOOK", "EXIT", "ERROR", NULL};

static struct str number(const struct look *l, struct value v)
{
    return v.kind == V_INT ? str_of(arena_fmt(l->arena, "%lld", (long long)v.i)) : STR("");
}

static void add_steps(struct buf *out, const struct look *l, struct value steps)
{
    struct grid g;

    if (steps.kind != V_LIST || steps.n == 0) return;
    grid_init(&g, l, heads);
    for (uint32_t i = 0; i < steps.n; i++) {
        struct value s = steps.list[i];
        struct str status = value_get_str(s, "status");

        grid_add(&g, value_get_str(s, "path"), NULL);
        grid_add(&g, number(l, value_at(s, "attempt")), NULL);
        grid_add(&g, status, look_status(l, status));
        grid_add(&g, look_span(l, value_get_str(s, "started"), value_get_str(s, "ended")), NULL);
        grid_add(&g, number(l, value_at(s, "exit_code")), NULL);
        grid_add(&g, value_get_str(s, "error"), NULL);
    }
    buf_addc(out, '\n');
    grid_write(&g, out);
}

static void add_awaited(struct buf *out, const struct look *l, struct value steps)
{
    bool any = false;

    for (uint32_t i = 0; steps.kind == V_LIST && i < steps.n; i++) {
        struct str awaited = value_get_str(steps.list[i], "waits_for");

        if (!awaited.n) continue;
        if (!any) buf_addf(out, "\n%sWAITS FOR%s\n", look_bold(l), look_end(l));
        any = true;
        buf_addf(out, "  " STR_FMT ": ", STR_ARG(value_get_str(steps.list[i], "path")));
        utf8_add_safe(out, awaited, false);
        buf_addc(out, '\n');
    }
}

static void add_said(struct buf *out, const struct look *l, struct value said)
{
    if (said.kind != V_LIST || said.n == 0) return;
    buf_addf(out, "\n%sSAID%s\n", look_bold(l), look_end(l));
    for (uint32_t i = 0; i < said.n; i++) {
        struct str text = value_get_str(said.list[i], "text"), line;

        while (str_cut(&text, '\n', &line)) {
            buf_add(out, STR("  "));
            utf8_add_safe(out, line, false);
            buf_addc(out, '\n');
        }
    }
}

static void add_lock(struct buf *out, const struct look *l, struct value run)
{
    struct value turn = value_at(run, "turn"), holds = value_at(turn, "holds");
    struct value before = value_at(turn, "before"), holders = value_at(turn, "holders");
    AUTO(buf) struct buf text = BUF(SHOW_MAX);

    buf_add(&text, value_get_str(run, "lock"));
    if (holds.kind == V_BOOL && holds.b) buf_add(&text, STR(", which it holds"));
    if (before.kind == V_INT) {
        for (uint32_t i = 0; holders.kind == V_LIST && i < holders.n; i++) {
            struct value h = holders.list[i];

            buf_addf(&text, "%s run " STR_FMT " (" STR_FMT ") since " STR_FMT,
                     i ? "," : ", held by", STR_ARG(value_get_str(h, "run")),
                     STR_ARG(value_get_str(h, "workflow")),
                     STR_ARG(look_age(l, value_get_str(h, "since"))));
        }
        if (before.i) buf_addf(&text, "; before it in the queue: %lld", (long long)before.i);
    }
    look_fact(l, "lock", buf_str(&text), out);
}

static void add_run(struct buf *out, const struct look *l, struct value run)
{
    struct str status = value_get_str(run, "status"), created = value_get_str(run, "created");

    buf_addf(out, "%srun      %s " STR_FMT "  ", look_dim(l), look_end(l),
             STR_ARG(value_get_str(run, "id")));
    buf_addf(out, "%s" STR_FMT "%s\n", look_status(l, status), STR_ARG(status), look_end(l));
    look_fact(l, "workflow", value_get_str(run, "workflow"), out);
    look_fact(l, "trigger", value_get_str(run, "trigger"), out);
    look_fact(l, "event", value_get_str(run, "event"), out);
    look_fact(l, "user", value_get_str(run, "user"), out);
    look_fact(l, "room", value_get_str(run, "room"), out);
    add_lock(out, l, run);
    look_fact(l, "begun", look_age(l, created), out);
    look_fact(l, "took", look_span(l, created, value_get_str(run, "ended")), out);
    look_fact(l, "goes on", look_age(l, value_get_str(run, "wake")), out);
    look_fact(l, "failed in", value_get_str(run, "failed_step"), out);
    look_fact(l, "message", value_get_str(run, "message"), out);
    look_map(l, "INPUTS", value_at(run, "inputs"), out);
    add_steps(out, l, value_at(run, "steps"));
    add_awaited(out, l, value_at(run, "steps"));
    look_map(l, "OUTPUTS", value_at(run, "outputs"), out);
    add_said(out, l, value_at(run, "said"));
}

static err_t run(struct args *a, struct err *e)
{
    struct look look = look_now(a->arena, STDOUT_FILENO);
    AUTO(buf) struct buf out = BUF(SHOW_MAX);
    struct client client;
    struct value answer;
    const char *id;

    TRY(client_open(a, &client, e));
    TRY(which_run(a, &client, &id, e));
    TRY(client_get(&client, path_of(a->arena, "/api/v1/runs/", id, ""), a->arena, &answer, e));
    if (a->format != FORMAT_TEXT) {
        print_value(a, answer);
        return OK;
    }
    add_run(&out, &look, answer);
    print_out(buf_str(&out));
    return OK;
}

static const struct option options[] = {WHICH_OPTION, {0}};

const struct command command_show = {
    .name = "show",
    .usage = "RUN|last",
    .help = "shows one run: its steps, inputs, outputs and what it said",
    .example = "botops show last --workflow deploy",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
