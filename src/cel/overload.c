/* Which overload a call or an operator is, and what to say when it is none. */
#include <math.h>

#include "cel/check.h"
#include "cel/lex.h"

enum { SHOWN_MAX = 280, LINES_SHOWN = 200, SOURCE_SHOWN = 40 };

static const double WHOLE_MAX = 1e15; /* a double that is shown as it was written */

const char *type_shown(struct check *c, const struct cel_type *t)
{
    AUTO(buf) struct buf b = BUF(SHOWN_MAX);

    type_text(&b, infer_known(&c->infer, t));
    return arena_fmt(c->arena, STR_FMT, STR_ARG(buf_str(&b)));
}

static struct str lines_of(const struct operands *o)
{
    return o->signature ? str_of(o->signature->lines) : str_n(NULL, 0);
}

/* --- choosing --- */

static bool fits(struct check *c, const struct operands *o, const struct overload *one)
{
    if (o->name.n && (one->method != o->method || one->n != o->n)) return false;
    for (size_t i = 0; i < o->n; i++) {
        if (!infer_assign(&c->infer, o->types[i], one->params[i])) return false;
    }
    return true;
}

/* Nothing but its own overload fits what is of one known scalar type. */
static bool settled(const struct operands *o)
{
    for (size_t i = 0; i < o->n; i++) {
        if (o->types[i]->kind <= CEL_NULL || o->types[i]->kind > CEL_DURATION) return false;
    }
    return true;
}

static const struct cel_type *instance(struct check *c, const struct cel_type *t,
                                       const struct cel_type *vars[CEL_FUNCTION_VARS])
{
    struct cel_type copy = *t, *ret;

    if (t->kind == CEL_PARAM) {
        const struct cel_type **var = &vars[t->number % CEL_FUNCTION_VARS];

        if (!*var) *var = infer_var(&c->infer);
        return *var;
    }
    for (unsigned i = 0; i < t->n; i++) copy.of[i] = instance(c, t->of[i], vars);
    if (t->n == 0) return t;
    ret = arena_raw(c->arena, sizeof *ret);
    *ret = copy;
    return ret;
}

static struct overload declared(struct check *c, const struct cel_function *f)
{
    const struct cel_type *vars[CEL_FUNCTION_VARS] = {NULL};
    struct overload o = {.method = f->method, .n = f->n};

    for (unsigned i = 0; i < f->n; i++) o.params[i] = instance(c, f->params[i], vars);
    o.result = instance(c, f->result, vars);
    return o;
}

struct choice {
    const struct cel_type *found; /* NULL: none so far */
};

/* Where several overloads fit and differ in what they give, it is dyn. */
static void consider(struct check *c, const struct operands *o, const struct overload *one,
                     struct infer_mark before, struct choice *choice)
{
    const struct cel_type *result;

    if (!fits(c, o, one)) {
        infer_back(&c->infer, before);
        return;
    }
    result = infer_known(&c->infer, one->result);
    if (!choice->found)
        choice->found = result;
    else if (!type_same(choice->found, result))
        choice->found = &cel_dyn;
}

err_t overload_type(struct check *c, const struct operands *o, const struct cel_type **ret,
                    struct err *e)
{
    struct str lines = lines_of(o);
    struct infer_mark before = infer_mark(&c->infer);
    bool once = settled(o);
    struct choice choice = {NULL};
    struct overload one;

    *ret = &cel_dyn;
    if (c->options->loose) return OK;
    while (!(once && choice.found) && signature_next(&c->infer, o->name, o->n, &lines, &one)) {
        consider(c, o, &one, before, &choice);
        before = infer_mark(&c->infer);
    }
    for (size_t i = 0; o->name.n && i < c->options->functions_n; i++) {
        if (!str_is(o->name, c->options->functions[i].name)) continue;
        before = infer_mark(&c->infer);
        one = declared(c, &c->options->functions[i]);
        consider(c, o, &one, before, &choice);
    }
    if (!choice.found) return overload_none(c, o, e);
    *ret = choice.found;
    return OK;
}

/* --- none fits --- */

static void add_known(struct check *c, struct buf *b, const struct cel_type *t)
{
    type_text(b, infer_known(&c->infer, t));
}

static void add_call(struct check *c, const struct operands *o, struct buf *b)
{
    size_t first = o->method ? 1 : 0;

    if (o->method) {
        add_known(c, b, o->types[0]);
        buf_addc(b, '.');
    }
    buf_add(b, o->name);
    buf_addc(b, '(');
    for (size_t i = first; i < o->n; i++) {
        if (i > first) buf_add(b, STR(", "));
        add_known(c, b, o->types[i]);
    }
    buf_addc(b, ')');
}

/* "int + string", "-uint", "list(int)[string]". */
static void add_found(struct check *c, const struct operands *o, struct buf *b)
{
    const char *op = o->signature ? o->signature->name : "";

    if (o->name.n) {
        add_call(c, o, b);
    } else if (o->n == 1) {
        buf_add(b, str_of(op));
        add_known(c, b, o->types[0]);
    } else if (o->n == 3) {
        add_known(c, b, o->types[0]);
        buf_add(b, STR(" ? "));
        add_known(c, b, o->types[1]);
        buf_add(b, STR(" : "));
        add_known(c, b, o->types[2]);
    } else {
        add_known(c, b, o->types[0]);
        if (op[0] == '[')
            buf_addf(b, "[%s", op[1] == '?' ? "?" : "");
        else
            buf_addf(b, " %s ", op);
        add_known(c, b, o->types[1]);
        if (op[0] == '[') buf_addc(b, ']');
    }
}

static void add_declared(const struct check *c, const struct operands *o, struct buf *b)
{
    for (size_t i = 0; o->name.n && i < c->options->functions_n; i++) {
        const struct cel_function *f = &c->options->functions[i];

        if (!str_is(o->name, f->name)) continue;
        buf_addf(b, "%s%s(", b->n ? ", " : "", f->name);
        for (unsigned k = 0; k < f->n; k++) {
            if (k) buf_add(b, STR(", "));
            type_text(b, f->params[k]);
        }
        buf_add(b, STR(") -> "));
        type_text(b, f->result);
    }
}

/* Of an operator only the operands are shown. */
static struct str shown_line(const struct operands *o, struct str line)
{
    size_t at;

    return !o->name.n && str_find(line, STR(" -> "), &at) ? str_n(line.p, at) : line;
}

/* The lines of that form, or of every form, all on one. */
static void add_lines(struct check *c, const struct operands *o, bool every, struct buf *b)
{
    struct infer_mark mark = infer_mark(&c->infer);
    struct str lines = lines_of(o);
    bool any = false, more = false;
    struct overload one;

    while (signature_next(&c->infer, o->name, o->n, &lines, &one)) {
        struct str line = shown_line(o, one.line);

        if (o->name.n && one.method != o->method && !every) continue;
        more = more || b->n + line.n > LINES_SHOWN;
        if (more) continue;
        if (b->n) buf_add(b, STR(", "));
        buf_add(b, line);
        any = any || memchr(line.p, 'A', line.n);
    }
    infer_back(&c->infer, mark);
    add_declared(c, o, b);
    if (more) buf_add(b, STR(", …"));
    if (any) buf_add(b, STR(", where A is one type"));
}

const char *overload_forms(struct check *c, struct str function)
{
    const struct operands o = {.signature = signature_of(function), .name = function};
    AUTO(buf) struct buf b = BUF(SHOWN_MAX);

    add_lines(c, &o, true, &b);
    return arena_fmt(c->arena, STR_FMT, STR_ARG(buf_str(&b)));
}

/* --- did you mean --- */

/* What would make the one type the other, the likeliest first. */
static const struct conversion {
    uint8_t from, to;
    const char *function;
} conversions[] = {
    {CEL_UINT, CEL_INT, "int"},
    {CEL_INT, CEL_DOUBLE, "double"},
    {CEL_UINT, CEL_DOUBLE, "double"},
    {CEL_INT, CEL_STRING, "string"},
    {CEL_UINT, CEL_STRING, "string"},
    {CEL_DOUBLE, CEL_STRING, "string"},
    {CEL_BOOL, CEL_STRING, "string"},
    {CEL_STRING, CEL_TIMESTAMP, "timestamp"},
    {CEL_STRING, CEL_DURATION, "duration"},
    {CEL_TIMESTAMP, CEL_STRING, "string"},
    {CEL_DURATION, CEL_STRING, "string"},
    {CEL_LIST, CEL_STRING, "json"},
    {CEL_MAP, CEL_STRING, "json"},
    {CEL_OBJECT, CEL_STRING, "json"},
    {CEL_STRING, CEL_BYTES, "bytes"},
    {CEL_BYTES, CEL_STRING, "string"},
    {CEL_STRING, CEL_INT, "int"},
    {CEL_STRING, CEL_DOUBLE, "double"},
    {CEL_INT, CEL_UINT, "uint"},
    {CEL_DOUBLE, CEL_INT, "int"},
};

enum { NO_GUESS = 1000, CALLED = 100 }; /* what is only written otherwise is better than a call */

struct guess {
    size_t rank;
    const char *text;
};

/* A number or text written out, as it would be written for another type. */
static const char *rewritten(struct check *c, const struct node *n, enum cel_kind to)
{
    struct value v = n->kind == N_CONST ? n->value : NO_VALUE;
    int64_t i = 0;

    if (v.kind == V_INT && to == CEL_DOUBLE) return arena_fmt(c->arena, "%lld.0", (long long)v.i);
    if (v.kind == V_INT && to == CEL_STRING) return arena_fmt(c->arena, "\"%lld\"", (long long)v.i);
    if (v.kind == V_INT && to == CEL_UINT && v.i >= 0)
        return arena_fmt(c->arena, "%lldu", (long long)v.i);
    if (v.kind == V_UINT && to == CEL_INT && v.u <= INT64_MAX)
        return arena_fmt(c->arena, "%llu", (unsigned long long)v.u);
    if (v.kind == V_DOUBLE && to == CEL_INT && fabs(v.d) < WHOLE_MAX && v.d == floor(v.d))
        return arena_fmt(c->arena, "%.0f", v.d);
    if (v.kind == V_STRING && to == CEL_INT && str_int(value_str(v), &i))
        return arena_fmt(c->arena, "%lld", (long long)i);
    return NULL;
}

static void guess(struct check *c, const struct cel_type *from, const struct cel_type *to,
                  const struct node *n, struct guess *best)
{
    struct str source = str_n(c->src.p + n->from, n->end - n->from);

    from = infer_seen(&c->infer, from);
    to = infer_seen(&c->infer, to);
    for (size_t i = 0; i < COUNT_OF(conversions); i++) {
        const struct conversion *v = &conversions[i];
        const char *text;

        if (v->from != from->kind || v->to != to->kind) continue;
        text = rewritten(c, n, (enum cel_kind)v->to);
        if (n->kind == N_CONST && v->from == CEL_STRING && v->to <= CEL_DOUBLE && !text) return;
        if (i + (text ? 0 : CALLED) >= best->rank) return;
        best->rank = i + (text ? 0 : CALLED);
        if (source.n > SOURCE_SHOWN || memchr(source.p, '\n', source.n)) source = STR("…");
        if (!text) text = arena_fmt(c->arena, "%s(" STR_FMT ")", v->function, STR_ARG(source));
        best->text = text;
    }
}

static bool has_string(struct check *c, const struct operands *o)
{
    for (size_t i = 0; i < o->n; i++) {
        if (infer_seen(&c->infer, o->types[i])->kind == CEL_STRING) return true;
    }
    return false;
}

/* A line that all operands fit but one, which a conversion would make fit. */
static void guess_line(struct check *c, const struct operands *o, const struct overload *one,
                       struct guess *best)
{
    size_t wrong = 0, which = 0;

    if (o->name.n && (one->method != o->method || one->n != o->n)) return;
    for (size_t i = 0; i < o->n; i++) {
        if (infer_assign(&c->infer, o->types[i], one->params[i])) continue;
        which = i;
        wrong++;
    }
    /* Who adds something to a text means text. */
    if (wrong != 1 ||
        (o->at->kind == N_ADD && one->params[which]->kind != CEL_STRING && has_string(c, o)))
        return;
    guess(c, o->types[which], one->params[which], o->kids[which], best);
    if (o->at->kind == N_EQ || o->at->kind == N_NE)
        guess(c, o->types[0], o->types[1], o->kids[0], best);
}

static bool converts(struct str function)
{
    for (size_t i = 0; i < COUNT_OF(conversions); i++) {
        if (str_is(function, conversions[i].function)) return true;
    }
    return false;
}

static void add_hint(struct check *c, const struct operands *o, struct buf *b)
{
    struct infer_mark mark = infer_mark(&c->infer);
    struct guess best = {.rank = NO_GUESS};
    struct str lines = lines_of(o);
    bool equals = o->at->kind == N_EQ || o->at->kind == N_NE;
    struct overload one;

    if (equals && (o->types[0] == &cel_null || o->types[1] == &cel_null)) {
        buf_add(b, STR("; it is never null"));
        return;
    }
    if (o->at->kind == N_COND && infer_assign(&c->infer, o->types[0], &cel_bool)) {
        buf_add(b, STR("; write dyn(…) around one of the two if both are meant"));
        return;
    }
    if (o->at->kind == N_COND || converts(o->name)) return;
    while (signature_next(&c->infer, o->name, o->n, &lines, &one)) {
        guess_line(c, o, &one, &best);
        infer_back(&c->infer, mark);
    }
    if (best.text) buf_addf(b, "; did you mean `%s`?", best.text);
}

err_t overload_none(struct check *c, const struct operands *o, struct err *e)
{
    AUTO(buf) struct buf found = BUF(SHOWN_MAX), lines = BUF(SHOWN_MAX), hint = BUF(SHOWN_MAX);
    const char *text;

    add_found(c, o, &found);
    add_lines(c, o, false, &lines);
    add_hint(c, o, &hint);
    text = arena_fmt(c->arena, "no such overload: " STR_FMT "; there is " STR_FMT STR_FMT,
                     STR_ARG(buf_str(&found)), STR_ARG(buf_str(&lines)), STR_ARG(buf_str(&hint)));
    return check_complain(c, o->at, text, STR(""), e);
}
