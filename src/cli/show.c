#include <unistd.h>

#include "base/utf8.h"
#include "cli/client.h"
#include "cli/look.h"
#include "data/yaml_write.h"

enum { SHOW_MAX = 16 << 20 };

static const char *const heads[] = {"STEP", "ATTEMPT", "STATUS", "TOOK", "EXIT", "ERROR", NULL};

static void add_fact(struct buf *out, const struct look *l, const char *name, struct str text)
{
    if (!text.n) return;
    buf_addf(out, "%s%-9s%s ", look_dim(l), name, look_end(l));
    utf8_add_safe(out, text, false);
    buf_addc(out, '\n');
}

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

static void add_map(struct buf *out, const struct look *l, const char *name, struct value v)
{
    if (v.kind != V_MAP || v.n == 0) return;
    buf_addf(out, "\n%s%s%s\n", look_bold(l), name, look_end(l));
    yaml_write(out, v);
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

static void add_run(struct buf *out, const struct look *l, struct value run)
{
    struct str status = value_get_str(run, "status"), created = value_get_str(run, "created");

    buf_addf(out, "%srun      %s " STR_FMT "  ", look_dim(l), look_end(l),
             STR_ARG(value_get_str(run, "id")));
    buf_addf(out, "%s" STR_FMT "%s\n", look_status(l, status), STR_ARG(status), look_end(l));
    add_fact(out, l, "workflow", value_get_str(run, "workflow"));
    add_fact(out, l, "trigger", value_get_str(run, "trigger"));
    add_fact(out, l, "event", value_get_str(run, "event"));
    add_fact(out, l, "user", value_get_str(run, "user"));
    add_fact(out, l, "room", value_get_str(run, "room"));
    add_fact(out, l, "begun", look_age(l, created));
    add_fact(out, l, "took", look_span(l, created, value_get_str(run, "ended")));
    add_fact(out, l, "goes on", look_age(l, value_get_str(run, "wake")));
    add_fact(out, l, "failed in", value_get_str(run, "failed_step"));
    add_fact(out, l, "message", value_get_str(run, "message"));
    add_map(out, l, "INPUTS", value_at(run, "inputs"));
    add_steps(out, l, value_at(run, "steps"));
    add_map(out, l, "OUTPUTS", value_at(run, "outputs"));
    add_said(out, l, value_at(run, "said"));
}

static err_t run(struct args *a, struct err *e)
{
    struct look look = look_now(a->arena, STDOUT_FILENO);
    AUTO(buf) struct buf out = BUF(SHOW_MAX);
    struct client client;
    struct value answer;

    TRY(client_open(a, &client, e));
    TRY(client_get(&client, path_of(a->arena, "/api/v1/runs/", a->rest[0], ""), a->arena, &answer,
                   e));
    if (a->format != FORMAT_TEXT) {
        print_value(a, answer);
        return OK;
    }
    add_run(&out, &look, answer);
    print_out(buf_str(&out));
    return OK;
}

const struct command command_show = {
    .name = "show",
    .usage = "RUN",
    .help = "shows one run: its steps, inputs, outputs and what it said",
    .example = "botops show 01JD5Z8E8Q0V8J4X1T3N6M2R7K",
    .least = 1,
    .most = 1,
    .run = run,
};
