/* Arithmetic, equality and order (langdef.md, "Equality", "Ordering", "Overflow"). */
#include <math.h>

#include "base/str.h"
#include "cel/eval.h"
#include "cel/times.h"

static int sign_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_doubles(double a, double b)
{
    if (isnan(a) || isnan(b)) return CMP_NAN;
    return (a > b) - (a < b);
}

/* Numbers are on one line, whatever their kind. */
static int compare_numbers(struct value a, struct value b)
{
    if (a.kind == V_DOUBLE || b.kind == V_DOUBLE) {
        double x = a.kind == V_INT ? (double)a.i : a.kind == V_UINT ? (double)a.u : a.d;
        double y = b.kind == V_INT ? (double)b.i : b.kind == V_UINT ? (double)b.u : b.d;

        return compare_doubles(x, y);
    }
    if (a.kind == V_INT && b.kind == V_INT) return sign_of(a.i, b.i);
    if (a.kind == V_INT && a.i < 0) return -1;
    if (b.kind == V_INT && b.i < 0) return 1;
    return (a.u > b.u) - (a.u < b.u);
}

int compare(struct value a, struct value b)
{
    if (is_number(a) && is_number(b)) return compare_numbers(a, b);
    if (a.kind != b.kind) return CMP_NONE;
    switch (a.kind) {
    case V_STRING:
    case V_BYTES: {
        int c = str_cmp(value_str(a), value_str(b));

        return (c > 0) - (c < 0);
    }
    case V_BOOL:
        return a.b - b.b;
    case V_DURATION:
        return sign_of(a.i, b.i);
    case V_TIMESTAMP:
        return a.i != b.i ? sign_of(a.i, b.i) : sign_of(a.n, b.n);
    default:
        return CMP_NONE;
    }
}

static bool equal_lists(struct eval *x, struct value a, struct value b)
{
    if (a.n != b.n || !charge(x, a.n)) return false;
    for (uint32_t i = 0; i < a.n; i++) {
        if (!equal(x, a.list[i], b.list[i])) return false;
    }
    return true;
}

static bool equal_maps(struct eval *x, struct value a, struct value b)
{
    if (a.n != b.n || !charge(x, a.n)) return false;
    for (uint32_t i = 0; i < a.n; i++) {
        const struct value *other = NULL;

        if (a.map[i].key.kind == b.map[i].key.kind && equal(x, a.map[i].key, b.map[i].key))
            other = &b.map[i].value;
        else
            other = map_find(x, b, a.map[i].key);
        if (!other || !charge(x, 0) || !equal(x, a.map[i].value, *other)) return false;
    }
    return true;
}

static bool equal_optionals(struct eval *x, struct value a, struct value b)
{
    if (!a.one || !b.one) return a.one == b.one;
    return equal(x, *a.one, *b.one);
}

bool equal(struct eval *x, struct value a, struct value b)
{
    if (a.kind != b.kind) return is_number(a) && is_number(b) && compare_numbers(a, b) == 0;
    switch (a.kind) {
    case V_NULL:
        return true;
    case V_BOOL:
        return a.b == b.b;
    case V_INT:
    case V_UINT:
    case V_DURATION:
        return a.i == b.i;
    case V_DOUBLE:
        return a.d == b.d;
    case V_STRING:
    case V_BYTES:
    case V_TYPE:
        if (a.n != b.n) return false;
        x->fuel -= a.n / CHARGED_TEXT;
        return same_bytes(a.s, b.s, a.n);
    case V_TIMESTAMP:
        return a.i == b.i && a.n == b.n;
    case V_LIST:
        return equal_lists(x, a, b);
    case V_MAP:
        return equal_maps(x, a, b);
    case V_OPTIONAL:
        return equal_optionals(x, a, b);
    default:
        return false; /* a secret equals nothing, so that no expression can probe it */
    }
}

static struct value no_overload(struct eval *x, const struct node *n, struct value a,
                                struct value b)
{
    x->why = (struct why){.sentence = "no such overload: {a} {op} {b}",
                          .op = op_text((enum node_kind)n->kind),
                          .at = n->at};
    x->why.a = v_type(value_kind_name((enum value_kind)a.kind));
    x->why.b = v_type(value_kind_name((enum value_kind)b.kind));
    return v_fault();
}

static struct value overflow(struct eval *x, const struct node *n, struct value a, struct value b)
{
    x->why = (struct why){.sentence = "overflow: {a} {op} {b} does not fit in 64 bits",
                          .op = op_text((enum node_kind)n->kind),
                          .at = n->at};
    x->why.a = a;
    x->why.b = b;
    return v_fault();
}

static struct value by_zero(struct eval *x, const struct node *n)
{
    return fault(x, n->at, n->kind == N_DIV ? "divide by zero" : "modulus by zero");
}

static struct value int_math(struct eval *x, const struct node *n, struct value a, struct value b)
{
    int64_t r = 0;
    bool over = false;

    switch (n->kind) {
    case N_ADD:
        over = __builtin_add_overflow(a.i, b.i, &r);
        break;
    case N_SUB:
        over = __builtin_sub_overflow(a.i, b.i, &r);
        break;
    case N_MUL:
        over = __builtin_mul_overflow(a.i, b.i, &r);
        break;
    default:
        if (b.i == 0) return by_zero(x, n);
        over = b.i == -1 && a.i == INT64_MIN;
        if (!over) r = n->kind == N_DIV ? a.i / b.i : a.i % b.i;
        break;
    }
    return over ? overflow(x, n, a, b) : v_int(r);
}

static struct value uint_math(struct eval *x, const struct node *n, struct value a, struct value b)
{
    uint64_t r = 0;
    bool over = false;

    switch (n->kind) {
    case N_ADD:
        over = __builtin_add_overflow(a.u, b.u, &r);
        break;
    case N_SUB:
        over = __builtin_sub_overflow(a.u, b.u, &r);
        break;
    case N_MUL:
        over = __builtin_mul_overflow(a.u, b.u, &r);
        break;
    default:
        if (b.u == 0) return by_zero(x, n);
        r = n->kind == N_DIV ? a.u / b.u : a.u % b.u;
        break;
    }
    return over ? overflow(x, n, a, b) : v_uint(r);
}

static struct value double_math(struct eval *x, const struct node *n, struct value a,
                                struct value b)
{
    switch (n->kind) {
    case N_ADD:
        return v_double(a.d + b.d);
    case N_SUB:
        return v_double(a.d - b.d);
    case N_MUL:
        return v_double(a.d * b.d);
    case N_DIV:
        return v_double(a.d / b.d);
    default:
        return no_overload(x, n, a, b);
    }
}

/* a + b + c makes one text: what was made last has room behind it, and grows in place. */
static struct value join_texts(struct eval *x, struct value a, struct value b)
{
    size_t n = (size_t)a.n + b.n;
    char *p;

    if (b.n == 0) return a;
    if (a.n == 0) return b;
    if (!text_count(x, n)) return x_limit_text(x);
    if (a.s + a.n != x->tail || b.n > x->tail_room) {
        x->tail_room = n / 2 + 32;
        p = arena_raw(x->arena, n + x->tail_room);
        memcpy(p, a.s, a.n);
        x->tail = p + a.n;
        x->tail_room += b.n;
    }
    memcpy(x->tail, b.s, b.n);
    x->tail += b.n;
    x->tail_room -= b.n;
    return (struct value){.kind = a.kind, .n = (uint32_t)n, .s = x->tail - n};
}

static struct value join_lists(struct eval *x, struct value a, struct value b)
{
    size_t n = (size_t)a.n + b.n;
    struct value *items;

    if (b.n == 0) return a;
    if (a.n == 0) return b;
    if (!charge(x, n)) return v_fault();
    items = arena_raw(x->arena, n * sizeof *items);
    memcpy(items, a.list, a.n * sizeof *items);
    memcpy(items + a.n, b.list, b.n * sizeof *items);
    return v_list(items, n);
}

static struct value order(struct eval *x, const struct node *n, struct value a, struct value b)
{
    int c = compare(a, b);

    if (a.kind == V_STRING || a.kind == V_BYTES) x->fuel -= a.n / 64;
    if (c == CMP_NONE) return no_overload(x, n, a, b);
    if (c == CMP_NAN) return v_bool(false);
    switch (n->kind) {
    case N_LT:
        return v_bool(c < 0);
    case N_LE:
        return v_bool(c <= 0);
    case N_GT:
        return v_bool(c > 0);
    default:
        return v_bool(c >= 0);
    }
}

struct value op_binary(struct eval *x, const struct node *n, struct value a, struct value b)
{
    if (n->kind <= N_GE) return order(x, n, a, b);
    if (a.kind == b.kind) {
        switch (a.kind) {
        case V_INT:
            return int_math(x, n, a, b);
        case V_UINT:
            return uint_math(x, n, a, b);
        case V_DOUBLE:
            return double_math(x, n, a, b);
        case V_STRING:
        case V_BYTES:
            if (n->kind == N_ADD) return join_texts(x, a, b);
            break;
        case V_LIST:
            if (n->kind == N_ADD) return join_lists(x, a, b);
            break;
        default:
            break;
        }
    }
    if ((n->kind == N_ADD || n->kind == N_SUB) && times_fit(n->kind, a, b))
        return times_math(x, n, a, b);
    return no_overload(x, n, a, b);
}

struct value op_negate(struct eval *x, const struct node *n, struct value a)
{
    if (a.kind == V_DOUBLE) return v_double(-a.d);
    if (a.kind != V_INT) return overload(x, n, "-", &a, 1);
    if (a.i == INT64_MIN) return fault_of(x, n->at, "overflow: -({a}) does not fit in 64 bits", a);
    return v_int(-a.i);
}

struct value op_in(struct eval *x, const struct node *n, struct value a, struct value b)
{
    if (b.kind == V_MAP) return v_bool(map_find(x, b, a) != NULL);
    if (b.kind != V_LIST) return no_overload(x, n, a, b);
    x->fuel -= b.n / 16;
    for (uint32_t i = 0; i < b.n; i++) {
        if (equal(x, b.list[i], a)) return v_bool(true);
    }
    return v_bool(false);
}
