#include "cel/cel.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "data/json.h"

enum { LINE_MAX_BYTES = 4 << 20, OUT_MAX = 64 << 20, NAMES_MAX = 1000, SOURCE_SHOWN = 200 };

static const struct json_limits limits = {.depth = 64, .nodes = 1 << 20};

struct scope {
    struct cel_name *names;
    struct value *values;
    size_t n;
};

static bool has_name(const struct scope *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->names[i].name, name) == 0) return true;
    return false;
}

/* The keys of `data`, and `now` unless it is one of them. */
static err_t make_scope(struct arena *a, struct value data, struct scope *ret, struct err *e)
{
    size_t n = data.kind == V_MAP ? data.n : 0;

    if (data.kind != V_MAP && data.kind != V_NULL)
        return fail(e, E_INPUT, "the data must be a JSON object: its keys are the names to use");
    if (n > NAMES_MAX) return fail(e, E_LIMIT, "the data has more than %d keys", NAMES_MAX);
    ret->names = arena_get(a, (n + 1) * sizeof *ret->names);
    ret->values = arena_get(a, (n + 1) * sizeof *ret->values);
    for (size_t i = 0; i < n; i++) {
        struct str key = value_str(data.map[i].key);

        ret->names[i].name = arena_dup(a, key.p, key.n);
        ret->values[i] = data.map[i].value;
    }
    ret->n = n;
    if (!has_name(ret, "now")) {
        ret->names[n].name = "now";
        ret->values[n] = v_time_us(clock_wall());
        ret->n++;
    }
    return OK;
}

static err_t place(struct err *e)
{
    return e->line ? wrap(e, "%d:%d", e->line, e->col) : e->code;
}

static err_t evaluate(struct arena *a, struct str source, struct value data, struct value *ret,
                      struct err *e)
{
    struct scope scope = {0};
    struct cel *c = NULL;

    TRY(make_scope(a, data, &scope, e));
    if (cel_compile(a, source, scope.names, scope.n, &c, e) != OK) return place(e);
    if (cel_eval(c, scope.values, a, ret, e) != OK) return place(e);
    return OK;
}

/* --- --explain --- */

static void seen(void *ctx, struct str source, const struct value *v, const struct err *e)
{
    struct buf *out = ctx;

    if (source.n > SOURCE_SHOWN) source.n = SOURCE_SHOWN;
    utf8_add_safe(out, source, false);
    buf_add(out, STR("  \xe2\x86\x92  "));
    if (v)
        json_write(out, *v);
    else
        buf_addf(out, "error: %s", e->text);
    buf_addc(out, '\n');
}

static err_t explain(struct arena *a, struct str source, struct value data, struct err *e)
{
    AUTO(buf) struct buf out = BUF(OUT_MAX);
    struct scope scope = {0};
    struct value v;
    struct cel *c = NULL;
    err_t how;

    TRY(make_scope(a, data, &scope, e));
    if (cel_compile(a, source, scope.names, scope.n, &c, e) != OK) return place(e);
    how = cel_explain(c, scope.values, a, seen, &out, &v, e);
    print_out(buf_str(&out));
    return how == OK ? OK : place(e);
}

/* --- --batch --- */

static void answer(struct str line, struct buf *out)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value request = NO_VALUE, data = NO_VALUE, expr = NO_VALUE, v = NO_VALUE;
    struct err e;
    err_t how = json_read(a, line, limits, &request, &e);

    if (how == OK && (!value_get(request, STR("expr"), &expr) || expr.kind != V_STRING))
        how = fail(&e, E_INPUT, "a line must be {\"expr\": TEXT, \"data\": {...}}");
    if (how == OK) {
        value_get(request, STR("data"), &data);
        how = evaluate(a, value_str(expr), data, &v, &e);
    }
    buf_add(out, how == OK ? STR("{\"value\":") : STR("{\"error\":"));
    if (how == OK)
        json_write(out, v);
    else
        json_write_str(out, str_of(e.text));
    buf_add(out, STR("}\n"));
}

/* False at the end of the input; a last line need not have an end. */
static bool read_line(struct buf *line)
{
    int c;

    buf_clear(line);
    while ((c = getc_unlocked(stdin)) != EOF && c != '\n') buf_addc(line, (char)c);
    return c != EOF || line->n > 0;
}

static err_t batch(struct err *e)
{
    AUTO(buf) struct buf line = BUF(LINE_MAX_BYTES), out = BUF(OUT_MAX);

    while (read_line(&line)) {
        if (line.full) return fail(e, E_LIMIT, "a line is longer than %d bytes", LINE_MAX_BYTES);
        if (str_trim(buf_str(&line)).n == 0) continue;
        buf_clear(&out);
        answer(buf_str(&line), &out);
        TRY(buf_end(&out, e));
        fwrite(out.p, 1, out.n, stdout);
    }
    if (fflush(stdout) != 0) return fail(e, E_IO, "standard output cannot be written to");
    return OK;
}

/* --- one expression --- */

static err_t read_data(const struct args *a, struct value *ret, struct err *e)
{
    const char *given = args_value(a, "--data");
    AUTO(buf) struct buf text = BUF(OUT_MAX);
    char piece[1 << 14];
    size_t n = 1;

    *ret = NO_VALUE;
    if (!given) return OK;
    if (strcmp(given, "-") != 0) {
        buf_add(&text, str_of(given));
    } else {
        while ((n = fread(piece, 1, sizeof piece, stdin)) > 0 && !text.full)
            buf_add(&text, str_n(piece, n));
    }
    TRY(buf_end(&text, e));
    if (json_read(a->arena, str_n(arena_dup(a->arena, text.p ? text.p : "", text.n), text.n),
                  limits, ret, e) != OK)
        return wrap(e, "the data, line %d, column %d", e->line, e->col);
    return OK;
}

static void print_result(const struct args *a, struct value v)
{
    AUTO(buf) struct buf out = BUF(OUT_MAX);

    if (a->format == FORMAT_YAML) {
        print_value(a, v);
        return;
    }
    json_write(&out, v);
    buf_addc(&out, '\n');
    print_out(buf_str(&out));
}

static err_t run(struct args *a, struct err *e)
{
    struct value data = NO_VALUE, v = NO_VALUE;

    if (args_flag(a, "--batch")) return batch(e);
    if (a->rest_n == 0)
        return fail(e, E_INPUT,
                    "say: botops cel EXPR, or botops cel --batch; `botops cel --help` "
                    "shows an example");
    TRY(read_data(a, &data, e));
    if (args_flag(a, "--explain")) return explain(a->arena, str_of(a->rest[0]), data, e);
    TRY(evaluate(a->arena, str_of(a->rest[0]), data, &v, e));
    print_result(a, v);
    return OK;
}

static const struct option options[] = {
    {"--data", 'd', "JSON|-", "an object whose keys are the names to use; `-`: standard input",
     false},
    {"--explain", 0, NULL, "show every part of it with its value", false},
    {"--batch", 0, NULL, "read lines {\"expr\",\"data\"}, write lines {\"value\"} or {\"error\"}",
     false},
    {0},
};

const struct command command_cel = {
    .name = "cel",
    .usage = "[EXPR]",
    .help = "evaluates an expression, as in `if:` and ${{ }}",
    .about = "The result is printed as JSON. Names are the top-level keys of the data, and `now`.",
    .example =
        "botops cel 'n > 3 && name.startsWith(\"a\")' --data '{\"n\": 4, \"name\": \"abc\"}'",
    .options = options,
    .least = 0,
    .most = 1,
    .run = run,
};
