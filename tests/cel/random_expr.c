#include "random_expr.h"

#include "cel/signature.h"

enum { VARS = 16, TEXT_MAX = CEL_SOURCE_MAX, ITEMS = 3 };

static const struct cel_type list_int = {.kind = CEL_LIST, .n = 1, .of = {&cel_int}},
                             list_string = {.kind = CEL_LIST, .n = 1, .of = {&cel_string}},
                             list_double = {.kind = CEL_LIST, .n = 1, .of = {&cel_double}},
                             list_bool = {.kind = CEL_LIST, .n = 1, .of = {&cel_bool}},
                             list_list = {.kind = CEL_LIST, .n = 1, .of = {&list_int}},
                             map_int = {.kind = CEL_MAP, .n = 2, .of = {&cel_string, &cel_int}},
                             map_text = {.kind = CEL_MAP, .n = 2, .of = {&cel_int, &cel_string}},
                             map_list = {.kind = CEL_MAP, .n = 2, .of = {&cel_string, &list_int}},
                             maybe_int = {.kind = CEL_OPTIONAL, .n = 1, .of = {&cel_int}},
                             maybe_text = {.kind = CEL_OPTIONAL, .n = 1, .of = {&cel_string}},
                             maybe_map = {.kind = CEL_OPTIONAL, .n = 1, .of = {&map_int}};
static const struct cel_field fields[] = {
    {"n", &cel_int}, {"s", &cel_string}, {"flag", &cel_bool}, {"list", &list_int}, {0}};
static const struct cel_type object = {.kind = CEL_OBJECT, .fields = fields};

static const struct cel_type *const all_types[] = {
    &cel_bool,     &cel_int,  &cel_uint,    &cel_double,  &cel_string, &cel_bytes, &cel_timestamp,
    &cel_duration, &list_int, &list_string, &list_double, &list_bool,  &list_list, &map_int,
    &map_text,     &map_list, &maybe_int,   &maybe_text,  &maybe_map};

struct maker {
    struct arena *arena;
    uint64_t state;
    struct buf b;
    const struct cel_type *vars[VARS]; /* x0, x1, … of the macros around */
    size_t vars_n;
    struct random_scope *scope;
};

static unsigned pick(struct maker *m, unsigned n)
{
    m->state ^= m->state << 13;
    m->state ^= m->state >> 7;
    m->state ^= m->state << 17;
    return (unsigned)((m->state * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % n;
}

static const struct cel_type *any_type(struct maker *m)
{
    return all_types[pick(m, COUNT_OF(all_types))];
}

static bool key_type(const struct cel_type *t)
{
    return t->kind == CEL_STRING || t->kind == CEL_INT || t->kind == CEL_UINT ||
           t->kind == CEL_BOOL;
}

static const struct cel_type *made(struct maker *m, enum cel_kind kind, const struct cel_type *a,
                                   const struct cel_type *b)
{
    struct cel_type *t = arena_get(m->arena, sizeof *t);

    *t = (struct cel_type){.kind = (uint8_t)kind, .n = b ? 2 : 1, .of = {a, b}};
    return t;
}

static void make(struct maker *m, const struct cel_type *t, int depth);

/* --- leaves --- */

static void add_scalar(struct maker *m, enum cel_kind kind)
{
    static const char *const texts[][4] = {
        [CEL_NULL] = {"null", "null", "null", "null"},
        [CEL_BOOL] = {"true", "false", "true", "false"},
        [CEL_INT] = {"0", "1", "-7", "9223372036854775807"},
        [CEL_UINT] = {"0u", "1u", "5u", "18446744073709551615u"},
        [CEL_DOUBLE] = {"0.0", "1.5", "-2.25", "1e300"},
        [CEL_STRING] = {"''", "'a'", "'héllo'", "'12'"},
        [CEL_BYTES] = {"b''", "b'a'", "b'\\xff'", "b'xyz'"},
        [CEL_TIMESTAMP] = {"timestamp('2026-01-02T03:04:05Z')", "timestamp(0)",
                           "timestamp('1999-12-31T23:59:59.5Z')", "timestamp(1700000000)"},
        [CEL_DURATION] = {"duration('90s')", "duration('-1.5h')", "duration(3)", "duration('0')"},
    };

    buf_add(&m->b, str_of(texts[kind][pick(m, 4)]));
}

static void add_literal(struct maker *m, const struct cel_type *t, int depth)
{
    unsigned n = depth > 0 ? 1 + pick(m, ITEMS) : 1;

    switch (t->kind) {
    case CEL_LIST:
        buf_addc(&m->b, '[');
        for (unsigned i = 0; i < n; i++) {
            if (i) buf_add(&m->b, STR(", "));
            make(m, t->of[0], depth - 1);
        }
        buf_addc(&m->b, ']');
        return;
    case CEL_MAP:
        buf_addc(&m->b, '{');
        make(m, t->of[0], 0);
        buf_add(&m->b, STR(": "));
        make(m, t->of[1], depth - 1);
        buf_addc(&m->b, '}');
        return;
    case CEL_OPTIONAL:
        /* optional.none() alone is of any type that its place asks for. */
        buf_add(&m->b, pick(m, 2) ? STR("(false ? optional.none() : optional.of(")
                                  : STR("(true ? optional.none() : optional.of("));
        make(m, t->of[0], depth - 1);
        buf_add(&m->b, STR("))"));
        return;
    case CEL_TYPE:
        buf_add(&m->b, STR("type("));
        make(m, t->n ? t->of[0] : &cel_int, depth - 1);
        buf_addc(&m->b, ')');
        return;
    case CEL_DYN:
        buf_add(&m->b, STR("dyn("));
        make(m, any_type(m), depth - 1);
        buf_addc(&m->b, ')');
        return;
    default:
        add_scalar(m, (enum cel_kind)t->kind);
    }
}

/* A variable or a name of that type; false when there is none. */
static bool add_name(struct maker *m, const struct cel_type *t)
{
    for (size_t i = m->vars_n; i-- > 0;) {
        if (!type_same(m->vars[i], t) || pick(m, 3) == 0) continue;
        buf_addf(&m->b, "x%zu", i);
        return true;
    }
    for (size_t i = 0; i < m->scope->n; i++) {
        if (m->scope->names[i].type == &object) {
            for (const struct cel_field *f = fields; f->name; f++) {
                if (!type_same(f->type, t) || pick(m, 2)) continue;
                buf_addf(&m->b, "%s.%s", m->scope->names[i].name, f->name);
                return true;
            }
        }
        if (!type_same(m->scope->names[i].type, t)) continue;
        buf_add(&m->b, str_of(m->scope->names[i].name));
        return true;
    }
    return false;
}

/* --- calls and operators, out of the table --- */

static void add_operator(struct maker *m, enum node_kind kind, const struct overload *o, int depth)
{
    bool index = kind == N_INDEX || kind == N_OPT_INDEX;

    if (o->n == 1) {
        buf_addf(&m->b, "%s(", op_text(kind));
        make(m, o->params[0], depth);
        buf_addc(&m->b, ')');
        return;
    }
    buf_addc(&m->b, '(');
    make(m, o->params[0], depth);
    buf_addf(&m->b, "%s", kind == N_INDEX ? ")[" : index ? ")[?" : kind == N_COND ? " ? " : " ");
    if (!index && kind != N_COND) buf_addf(&m->b, "%s ", op_text(kind));
    make(m, o->params[1], depth);
    if (o->n == 3) {
        buf_add(&m->b, STR(" : "));
        make(m, o->params[2], depth);
    }
    buf_addc(&m->b, index ? ']' : ')');
}

static void add_call(struct maker *m, const char *name, const struct overload *o, int depth)
{
    size_t first = o->method ? 1 : 0;

    if (o->method) {
        buf_addc(&m->b, '(');
        make(m, o->params[0], depth);
        buf_add(&m->b, STR(")."));
    }
    buf_addf(&m->b, "%s(", name);
    for (size_t i = first; i < o->n; i++) {
        if (i > first) buf_add(&m->b, STR(", "));
        make(m, o->params[i], depth);
    }
    buf_addc(&m->b, ')');
}

/* What is still open becomes a type for keys, which goes everywhere. */
static const struct cel_type *closed(struct maker *m, struct infer *x, const struct cel_type *t)
{
    static const struct cel_type *const keys[] = {&cel_string, &cel_int, &cel_uint, &cel_bool};

    t = infer_seen(x, t);
    if (t->kind == CEL_PARAM) {
        (void)infer_assign(x, keys[pick(m, COUNT_OF(keys))], t);
        t = infer_seen(x, t);
    }
    for (unsigned i = 0; i < t->n; i++) (void)closed(m, x, t->of[i]);
    return infer_final(x, t);
}

static bool keys_fit(const struct cel_type *t)
{
    if (t->kind == CEL_MAP && !key_type(t->of[0])) return false;
    for (unsigned i = 0; i < t->n; i++) {
        if (!keys_fit(t->of[i])) return false;
    }
    return true;
}

/* Whether the line gives exactly t; then its parameters are settled. */
static bool settle(struct maker *m, struct infer *x, struct overload *o, const struct cel_type *t)
{
    if (!infer_assign(x, o->result, t) || !type_same(closed(m, x, o->result), t)) return false;
    for (size_t i = 0; i < o->n; i++) {
        o->params[i] = closed(m, x, o->params[i]);
        if (!keys_fit(o->params[i])) return false;
    }
    return true;
}

/* One of the lines that give t, of an operator or function met from a place chosen at random. */
static bool add_from_table(struct maker *m, const struct cel_type *t, int depth)
{
    size_t functions = 0, all, start;

    while (signature_at(functions)) functions++;
    all = functions + N_OPT_INDEX + 1;
    start = pick(m, (unsigned)all);
    for (size_t k = 0; k < all; k++) {
        size_t at = (start + k) % all;
        enum node_kind kind = (enum node_kind)(at < functions ? 0 : at - functions);
        const struct signature *s = at < functions ? signature_at(at) : signature_of_operator(kind);
        struct str name = at < functions ? str_of(s->name) : STR(""), lines;
        size_t n = kind == N_COND ? 3 : kind == N_NOT || kind == N_NEG ? 1 : 2;
        struct overload o;
        struct infer x;

        if (!s) continue;
        lines = str_of(s->lines);
        infer_init(&x, m->arena);
        while (signature_next(&x, name, n, &lines, &o)) {
            if (o.n == 0 || !settle(m, &x, &o, t) || pick(m, 2)) continue;
            if (name.n)
                add_call(m, s->name, &o, depth);
            else
                add_operator(m, kind, &o, depth);
            return true;
        }
    }
    return false;
}

/* --- macros --- */

static void open_var(struct maker *m, const struct cel_type *t)
{
    buf_addf(&m->b, "x%zu, ", m->vars_n);
    m->vars[m->vars_n++] = t;
}

/* "(range).name(x, body)" with variables of those types; second NULL: one variable. */
static void add_each(struct maker *m, const struct cel_type *range, const char *name,
                     const struct cel_type *first, const struct cel_type *second,
                     const struct cel_type *body, int depth)
{
    size_t outer = m->vars_n;

    buf_addc(&m->b, '(');
    make(m, range, depth);
    buf_addf(&m->b, ").%s(", name);
    open_var(m, first);
    if (second) open_var(m, second);
    make(m, body, depth);
    buf_addc(&m->b, ')');
    m->vars_n = outer;
}

static bool add_test(struct maker *m, int depth)
{
    static const char *const tests[] = {"all", "exists", "exists_one"};
    const struct cel_type *of = any_type(m), *list = made(m, CEL_LIST, of, NULL);
    const char *name = tests[pick(m, COUNT_OF(tests))];

    if (pick(m, 2))
        add_each(m, list, name, of, NULL, &cel_bool, depth);
    else
        add_each(m, made(m, CEL_MAP, &cel_string, of), name, &cel_string, of, &cel_bool, depth);
    return true;
}

static bool add_list_macro(struct maker *m, const struct cel_type *t, int depth)
{
    const struct cel_type *of = any_type(m);

    switch (pick(m, 4)) {
    case 0:
        add_each(m, t, "filter", t->of[0], NULL, &cel_bool, depth);
        return true;
    case 1:
        add_each(m, t, "sortBy", t->of[0], NULL, pick(m, 2) ? &cel_int : &cel_string, depth);
        return true;
    case 2:
        add_each(m, made(m, CEL_LIST, of, NULL), "transformList", &cel_int, of, t->of[0], depth);
        return true;
    default:
        add_each(m, made(m, CEL_LIST, of, NULL), "map", of, NULL, t->of[0], depth);
        return true;
    }
}

static bool add_map_macro(struct maker *m, const struct cel_type *t, int depth)
{
    const struct cel_type *of = any_type(m);

    if (pick(m, 2) && t->of[0]->kind == CEL_INT)
        add_each(m, made(m, CEL_LIST, of, NULL), "transformMap", &cel_int, of, t->of[1], depth);
    else
        add_each(m, made(m, CEL_MAP, t->of[0], of), "transformMapEntry", t->of[0], of, t, depth);
    return true;
}

static bool add_bind(struct maker *m, const struct cel_type *t, int depth)
{
    const struct cel_type *of = any_type(m);
    size_t outer = m->vars_n;

    buf_addf(&m->b, "cel.bind(x%zu, ", m->vars_n);
    make(m, of, depth);
    buf_add(&m->b, STR(", "));
    m->vars[m->vars_n++] = of;
    make(m, t, depth);
    buf_addc(&m->b, ')');
    m->vars_n = outer;
    return true;
}

static bool add_opt_map(struct maker *m, const struct cel_type *t, int depth)
{
    bool flat = pick(m, 2);

    add_each(m, &maybe_int, flat ? "optFlatMap" : "optMap", &cel_int, NULL, flat ? t : t->of[0],
             depth);
    return true;
}

static bool add_macro(struct maker *m, const struct cel_type *t, int depth)
{
    if (m->vars_n + 2 > VARS) return false;
    if (pick(m, 4) == 0) return add_bind(m, t, depth);
    switch (t->kind) {
    case CEL_BOOL:
        return add_test(m, depth);
    case CEL_LIST:
        return add_list_macro(m, t, depth);
    case CEL_MAP:
        return add_map_macro(m, t, depth);
    case CEL_OPTIONAL:
        return add_opt_map(m, t, depth);
    default:
        return false;
    }
}

static void make(struct maker *m, const struct cel_type *t, int depth)
{
    unsigned what = pick(m, 8);

    if (t->kind == CEL_LIST && t->of[0]->kind == CEL_DYN && depth > 0) {
        buf_addc(&m->b, '[');
        make(m, any_type(m), depth - 1);
        buf_add(&m->b, STR(", "));
        make(m, &cel_dyn, depth - 1);
        buf_addc(&m->b, ']');
        return;
    }
    if (t->kind != CEL_DYN && t->kind != CEL_TYPE) {
        if (depth > 0 && what < 5 && add_from_table(m, t, depth - 1)) return;
        if (depth > 0 && what < 7 && add_macro(m, t, depth - 1)) return;
        if (what < 7 && add_name(m, t)) return;
    }
    add_literal(m, t, depth);
}

/* --- names --- */

static struct value text_list(struct arena *a)
{
    struct value *v = arena_get(a, 2 * sizeof *v);

    v[0] = v_cstr("b");
    v[1] = v_cstr("a");
    return v_list(v, 2);
}

static struct value number_list(struct arena *a)
{
    struct value *v = arena_get(a, 3 * sizeof *v);

    for (int i = 0; i < 3; i++) v[i] = v_int(3 - i);
    return v_list(v, 3);
}

static struct value a_map(struct arena *a)
{
    struct map m = {.arena = a};

    map_put(&m, STR("a"), v_int(1));
    map_put(&m, STR("b"), v_int(-2));
    return map_value(&m);
}

static struct value an_object(struct arena *a)
{
    struct map m = {.arena = a};

    map_put(&m, STR("n"), v_int(4));
    map_put(&m, STR("s"), v_cstr("text"));
    map_put(&m, STR("flag"), v_bool(true));
    map_put(&m, STR("list"), number_list(a));
    return map_value(&m);
}

static void declare(struct random_scope *s, const char *name, const struct cel_type *t,
                    struct value v)
{
    s->names[s->n] = (struct cel_name){name, t};
    s->values[s->n++] = v;
}

static void declare_all(struct arena *a, struct random_scope *s)
{
    s->n = 0;
    declare(s, "obj", &object, an_object(a));
    declare(s, "flag", &cel_bool, v_bool(true));
    declare(s, "i", &cel_int, v_int(42));
    declare(s, "u", &cel_uint, v_uint(7));
    declare(s, "d", &cel_double, v_double(2.5));
    declare(s, "s", &cel_string, v_cstr("a,b"));
    declare(s, "y", &cel_bytes, v_bytes(STR("yz")));
    declare(s, "t", &cel_timestamp, v_time(1700000000, 5));
    declare(s, "r", &cel_duration, v_duration(90000000000));
    declare(s, "li", &list_int, number_list(a));
    declare(s, "ls", &list_string, text_list(a));
    declare(s, "m", &map_int, a_map(a));
    declare(s, "o", &maybe_int, (struct value){.kind = V_OPTIONAL});
}

struct str random_expr(struct arena *a, uint64_t seed, int depth, struct random_scope *ret_scope,
                       const struct cel_type **ret_type)
{
    struct maker m = {.arena = a, .b = BUF(TEXT_MAX), .scope = ret_scope};
    struct str ret;

    declare_all(a, ret_scope);
    /* Some come out longer than an expression may be. */
    do {
        m.state = seed++ * UINT64_C(0x9E3779B97F4A7C15) | 1;
        for (int i = 0; i < 8; i++) (void)pick(&m, 2);
        buf_clear(&m.b);
        m.b.full = false;
        *ret_type = any_type(&m);
        make(&m, *ret_type, depth);
    } while (m.b.full);
    ret = str_n(arena_dup(a, m.b.p, m.b.n), m.b.n);
    buf_auto(&m.b);
    return ret;
}

bool random_fits(struct value v, const struct cel_type *t)
{
    static const uint8_t kinds[] = {
        [CEL_NULL] = V_NULL,        [CEL_BOOL] = V_BOOL,           [CEL_INT] = V_INT,
        [CEL_UINT] = V_UINT,        [CEL_DOUBLE] = V_DOUBLE,       [CEL_STRING] = V_STRING,
        [CEL_BYTES] = V_BYTES,      [CEL_TIMESTAMP] = V_TIMESTAMP, [CEL_DURATION] = V_DURATION,
        [CEL_TYPE] = V_TYPE,        [CEL_LIST] = V_LIST,           [CEL_MAP] = V_MAP,
        [CEL_OPTIONAL] = V_OPTIONAL};

    if (t->kind == CEL_DYN) return true;
    if (v.kind != kinds[t->kind]) return false;
    if (v.kind == V_OPTIONAL) return !v.one || random_fits(*v.one, t->of[0]);
    for (uint32_t i = 0; v.kind == V_LIST && i < v.n; i++) {
        if (!random_fits(v.list[i], t->of[0])) return false;
    }
    for (uint32_t i = 0; v.kind == V_MAP && i < v.n; i++) {
        if (!random_fits(v.map[i].key, t->of[0]) || !random_fits(v.map[i].value, t->of[1]))
            return false;
    }
    return true;
}
