#include "cel/cel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "data/json.h"

enum {
    LINE_MAX_BYTES = 4 << 20,
    OUT_MAX = 64 << 20,
    OUT_HELD = 64 << 10, /* of a batch's answers, while more questions are there */
    PIECE = 64 << 10,
    NAMES_MAX = 1000,
    SOURCE_SHOWN = 200,
    LINE_SHOWN = 100 /* of the line under an error */
};

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

/* *ret_compiled tells at which of the two steps a failure was. */
static err_t evaluate(struct arena *a, struct str source, struct value data, struct value *ret,
                      bool *ret_compiled, struct err *e)
{
    struct scope scope = {0};
    struct cel *c = NULL;

    *ret_compiled = false;
    TRY(make_scope(a, data, &scope, e));
    if (cel_compile(a, source, scope.names, scope.n, &c, e) != OK) return place(e);
    *ret_compiled = true;
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

static void add_typed(struct buf *out, struct value v);

static void add_typed_list(struct buf *out, struct value v)
{
    buf_add(out, STR("{\"values\":["));
    for (uint32_t i = 0; i < v.n; i++) {
        if (i) buf_addc(out, ',');
        add_typed(out, v.list[i]);
    }
    buf_add(out, STR("]}"));
}

static void add_typed_map(struct buf *out, struct value v)
{
    buf_add(out, STR("{\"entries\":["));
    for (uint32_t i = 0; i < v.n; i++) {
        buf_addf(out, "%s{\"key\":", i ? "," : "");
        add_typed(out, v.map[i].key);
        buf_add(out, STR(",\"value\":"));
        add_typed(out, v.map[i].value);
        buf_addc(out, '}');
    }
    buf_add(out, STR("]}"));
}

static void add_typed_one(struct buf *out, struct value v)
{
    switch (v.kind) {
    case V_INT:
        buf_addf(out, "\"%lld\"", (long long)v.i);
        return;
    case V_UINT:
        buf_addf(out, "\"%llu\"", (unsigned long long)v.u);
        return;
    case V_TYPE:
        json_write_str(out, value_str(v));
        return;
    case V_LIST:
        add_typed_list(out, v);
        return;
    case V_MAP:
        add_typed_map(out, v);
        return;
    case V_OPTIONAL:
        if (!v.one)
            buf_add(out, STR("null"));
        else
            add_typed(out, *v.one);
        return;
    default:
        json_write(out, v);
        return;
    }
}

/* As the conformance suite writes values (cel.expr.Value in JSON), with optionals beside. */
static void add_typed(struct buf *out, struct value v)
{
    static const char *const names[V_KINDS] = {
        [V_NULL] = "nullValue",         [V_BOOL] = "boolValue",
        [V_INT] = "int64Value",         [V_UINT] = "uint64Value",
        [V_DOUBLE] = "doubleValue",     [V_STRING] = "stringValue",
        [V_BYTES] = "bytesValue",       [V_LIST] = "listValue",
        [V_MAP] = "mapValue",           [V_TIMESTAMP] = "timestampValue",
        [V_DURATION] = "durationValue", [V_OPTIONAL] = "optionalValue",
        [V_TYPE] = "typeValue",         [V_SECRET] = "secretValue"};

    buf_addf(out, "{\"%s\":", names[v.kind]);
    add_typed_one(out, v);
    buf_addc(out, '}');
}

static void add_error(struct buf *out, const struct err *e, bool typed, bool compiled)
{
    buf_add(out, STR("{\"error\":"));
    json_write_str(out, str_of(e->text));
    if (typed)
        buf_addf(out, ",\"code\":\"%s\",\"at\":\"%s\"", err_name(e->code),
                 compiled ? "evaluation" : "compilation");
    buf_add(out, STR("}\n"));
}

static void answer(struct arena *a, struct str line, bool typed, struct buf *out)
{
    struct value request = NO_VALUE, data = NO_VALUE, expr = NO_VALUE, v = NO_VALUE;
    struct err e;
    bool compiled = false;
    err_t how = json_read(a, line, limits, &request, &e);

    if (how == OK && (!value_get(request, STR("expr"), &expr) || expr.kind != V_STRING))
        how = fail(&e, E_INPUT, "a line must be {\"expr\": TEXT, \"data\": {...}}");
    if (how == OK) {
        value_get(request, STR("data"), &data);
        how = evaluate(a, value_str(expr), data, &v, &compiled, &e);
    }
    if (how != OK) {
        add_error(out, &e, typed, compiled);
        return;
    }
    buf_add(out, STR("{\"value\":"));
    if (typed)
        add_typed(out, v);
    else
        json_write(out, v);
    buf_add(out, STR("}\n"));
}

static err_t write_all(struct buf *out, struct err *e)
{
    size_t done = 0;

    while (done < out->n) {
        ssize_t n = write(STDOUT_FILENO, out->p + done, out->n - done);

        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return fail(e, E_IO, "standard output cannot be written to");
        done += (size_t)n;
    }
    buf_clear(out);
    return OK;
}

/* More of the input into `in`; *ret is false at its end. Who waits for an answer before the next
   question gets it: the output is written before this would wait. */
static err_t read_more(struct buf *in, struct buf *out, bool *ret, struct err *e)
{
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    char *p = buf_room(in, PIECE);
    ssize_t n;

    if (!p) return fail(e, E_LIMIT, "a line is longer than %d bytes", LINE_MAX_BYTES);
    if (out->n && (out->n >= OUT_HELD || poll(&ready, 1, 0) <= 0)) TRY(write_all(out, e));
    do n = read(STDIN_FILENO, p, PIECE);
    while (n < 0 && errno == EINTR);
    if (n < 0) return fail(e, E_IO, "standard input cannot be read");
    in->n += (size_t)n;
    *ret = n > 0;
    return OK;
}

static err_t answer_line(struct arena *a, struct str line, bool typed, struct buf *out,
                         struct err *e)
{
    if (str_trim(line).n == 0) return OK;
    if (line.n > LINE_MAX_BYTES)
        return fail(e, E_LIMIT, "a line is longer than %d bytes", LINE_MAX_BYTES);
    answer(a, line, typed, out);
    arena_reset(a);
    TRY(buf_end(out, e));
    return out->n >= OUT_HELD ? write_all(out, e) : OK;
}

/* The last line need not have an end. */
static err_t batch(bool typed, struct err *e)
{
    AUTO(buf) struct buf in = BUF(LINE_MAX_BYTES + 2 * PIECE), out = BUF(OUT_MAX);
    AUTO(arena) struct arena *a = arena_new();
    bool more = true;

    fflush(stdout);
    while (more) {
        size_t begun = 0, seen = in.n;
        char *end;

        TRY(read_more(&in, &out, &more, e));
        for (; (end = memchr(in.p + seen, '\n', in.n - seen)); begun = seen) {
            seen = (size_t)(end - in.p) + 1;
            TRY(answer_line(a, str_n(in.p + begun, seen - begun), typed, &out, e));
        }
        buf_cut(&in, begun);
    }
    TRY(answer_line(a, buf_str(&in), typed, &out, e));
    return write_all(&out, e);
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

/* Puts the line with the fault under the sentence, and a caret under its place. */
static err_t show_place(struct str source, struct err *e)
{
    bool colour = term_colour(STDERR_FILENO);
    AUTO(buf) struct buf b = BUF(sizeof e->text - 1);
    struct str line = {0};
    size_t col = (size_t)(e->col - 1), from = 0, before;

    if (!e->line || source.n == 0) return e->code;
    for (int i = 0; i < e->line && str_cut(&source, '\n', &line);) i++;
    if (col > line.n) col = line.n;
    while (col - from > LINE_SHOWN * 3 / 4) from++;
    while (from < col && ((unsigned char)line.p[from] & 0xc0) == 0x80) from++;
    buf_addf(&b, "%s\n  ", e->text);
    before = b.n;
    utf8_add_safe(&b, str_n(line.p + from, col - from), false);
    before = utf8_count(str_skip(buf_str(&b), before));
    line = str_skip(line, col);
    if (line.n > LINE_SHOWN) line.n = LINE_SHOWN;
    while (line.n && line.n == LINE_SHOWN && ((unsigned char)line.p[line.n - 1] & 0x80)) line.n--;
    utf8_add_safe(&b, line, false);
    buf_addf(&b, "\n  %*s%s^%s", (int)before, "", colour ? "\033[31m" : "",
             colour ? "\033[0m" : "");
    if (!b.full) memcpy(e->text, b.p, b.n + 1);
    return e->code;
}

static err_t run(struct args *a, struct err *e)
{
    struct value data = NO_VALUE, v = NO_VALUE;
    struct str source;
    bool compiled;

    if (args_flag(a, "--batch")) return batch(args_flag(a, "--typed"), e);
    if (a->rest_n == 0)
        return fail(e, E_INPUT,
                    "say: botops cel EXPR, or botops cel --batch; `botops cel --help` "
                    "shows an example");
    TRY(read_data(a, &data, e));
    source = str_of(a->rest[0]);
    e->line = 0;
    if (args_flag(a, "--explain"))
        return explain(a->arena, source, data, e) == OK ? OK : show_place(source, e);
    if (evaluate(a->arena, source, data, &v, &compiled, e) != OK) return show_place(source, e);
    print_result(a, v);
    return OK;
}

static const struct option options[] = {
    {"--data", 'd', "JSON|-", "an object whose keys are the names to use; `-`: standard input",
     false},
    {"--explain", 0, NULL, "show every part of it with its value", false},
    {"--batch", 0, NULL, "read lines {\"expr\",\"data\"}, write lines {\"value\"} or {\"error\"}",
     false},
    {"--typed", 0, NULL,
     "with --batch: values as {\"int64Value\": \"1\"}, as CEL's conformance suite writes them; "
     "errors "
     "with their code, and whether at the compilation or the evaluation",
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
