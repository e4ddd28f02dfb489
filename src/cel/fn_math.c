/* The math extension (cel-go ext/README.md, "Math"). */
#include <math.h>

#include "cel/fn.h"

/* The least (sign -1) or the greatest of a number or of a list of numbers. */
static struct value extreme(struct eval *x, const struct node *at, struct value v, int sign)
{
    const char *name = at->call.fn->name;
    struct value best;

    if (is_number(v)) return v;
    if (v.kind != V_LIST) return overload(x, at, name, &v, 1);
    if (v.n == 0) return fault(x, at->at, "an empty list has neither a least nor a greatest");
    if (!charge(x, v.n / 8)) return v_fault();
    best = v.list[0];
    for (uint32_t i = 0; i < v.n; i++) {
        if (!is_number(v.list[i])) return overload(x, at, name, &v.list[i], 1);
        if (compare(v.list[i], best) == sign) best = v.list[i];
    }
    return best;
}

static struct value greatest(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    (void)n;
    return extreme(x, at, *v, 1);
}

static struct value least(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    (void)n;
    return extreme(x, at, *v, -1);
}

#define OF_DOUBLE(id, expr)                                                                        \
    static struct value id(struct eval *x, const struct node *at, const struct value *v, size_t n) \
    {                                                                                              \
        if (v->kind != V_DOUBLE) return overload(x, at, at->call.fn->name, v, n);                  \
        return expr;                                                                               \
    }

OF_DOUBLE(math_ceil, v_double(ceil(v->d)))
OF_DOUBLE(math_floor, v_double(floor(v->d)))
OF_DOUBLE(math_round, v_double(round(v->d)))
OF_DOUBLE(math_trunc, v_double(trunc(v->d)))
OF_DOUBLE(is_nan, v_bool(isnan(v->d)))
OF_DOUBLE(is_inf, v_bool(isinf(v->d)))
OF_DOUBLE(is_finite, v_bool(isfinite(v->d)))

static struct value math_abs(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (v->kind == V_UINT) return *v;
    if (v->kind == V_DOUBLE) return v_double(fabs(v->d));
    if (v->kind != V_INT) return overload(x, at, "math.abs", v, n);
    if (v->i == INT64_MIN) return fault_of(x, at->at, "overflow: math.abs({a})", *v);
    return v_int(v->i < 0 ? -v->i : v->i);
}

static struct value math_sign(struct eval *x, const struct node *at, const struct value *v,
                              size_t n)
{
    if (v->kind == V_UINT) return v_uint(v->u > 0);
    if (v->kind == V_INT) return v_int((v->i > 0) - (v->i < 0));
    if (v->kind != V_DOUBLE) return overload(x, at, "math.sign", v, n);
    if (isnan(v->d)) return *v;
    return v_double((v->d > 0) - (v->d < 0));
}

static struct value math_sqrt(struct eval *x, const struct node *at, const struct value *v,
                              size_t n)
{
    if (v->kind == V_DOUBLE) return v_double(sqrt(v->d));
    if (v->kind == V_INT) return v_double(sqrt((double)v->i));
    if (v->kind == V_UINT) return v_double(sqrt((double)v->u));
    return overload(x, at, "math.sqrt", v, n);
}

static bool same_whole(const struct value *v)
{
    return v[0].kind == v[1].kind && (v[0].kind == V_INT || v[0].kind == V_UINT);
}

#define OF_BITS(id, op)                                                                            \
    static struct value id(struct eval *x, const struct node *at, const struct value *v, size_t n) \
    {                                                                                              \
        struct value r = v[0];                                                                     \
                                                                                                   \
        if (!same_whole(v)) return overload(x, at, at->call.fn->name, v, n);                       \
        r.u = v[0].u op v[1].u;                                                                    \
        return r;                                                                                  \
    }

OF_BITS(bit_and, &)
OF_BITS(bit_or, |)
OF_BITS(bit_xor, ^)

static struct value bit_not(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct value r = *v;

    if (v->kind != V_INT && v->kind != V_UINT) return overload(x, at, "math.bitNot", v, n);
    r.u = ~v->u;
    return r;
}

/* Shifts are of the bits, so to the right a sign is not kept. */
static struct value shift(struct eval *x, const struct node *at, const struct value *v, bool left)
{
    struct value r = v[0];

    if ((v[0].kind != V_INT && v[0].kind != V_UINT) || v[1].kind != V_INT)
        return overload(x, at, at->call.fn->name, v, 2);
    if (v[1].i < 0) return fault_of(x, at->at, "a shift by {a} is negative", v[1]);
    if (v[1].i > 63)
        r.u = 0;
    else
        r.u = left ? v[0].u << v[1].i : v[0].u >> v[1].i;
    return r;
}

static struct value shift_left(struct eval *x, const struct node *at, const struct value *v,
                               size_t n)
{
    (void)n;
    return shift(x, at, v, true);
}

static struct value shift_right(struct eval *x, const struct node *at, const struct value *v,
                                size_t n)
{
    (void)n;
    return shift(x, at, v, false);
}

static const struct fn list[] = {
    {"math.greatest", FN_GLOBAL | FN_LIST, 1, 1, greatest},
    {"math.least", FN_GLOBAL | FN_LIST, 1, 1, least},
    {"math.ceil", FN_GLOBAL, 1, 1, math_ceil},
    {"math.floor", FN_GLOBAL, 1, 1, math_floor},
    {"math.round", FN_GLOBAL, 1, 1, math_round},
    {"math.trunc", FN_GLOBAL, 1, 1, math_trunc},
    {"math.isNaN", FN_GLOBAL, 1, 1, is_nan},
    {"math.isInf", FN_GLOBAL, 1, 1, is_inf},
    {"math.isFinite", FN_GLOBAL, 1, 1, is_finite},
    {"math.abs", FN_GLOBAL, 1, 1, math_abs},
    {"math.sign", FN_GLOBAL, 1, 1, math_sign},
    {"math.sqrt", FN_GLOBAL, 1, 1, math_sqrt},
    {"math.bitAnd", FN_GLOBAL, 2, 2, bit_and},
    {"math.bitOr", FN_GLOBAL, 2, 2, bit_or},
    {"math.bitXor", FN_GLOBAL, 2, 2, bit_xor},
    {"math.bitNot", FN_GLOBAL, 1, 1, bit_not},
    {"math.bitShiftLeft", FN_GLOBAL, 2, 2, shift_left},
    {"math.bitShiftRight", FN_GLOBAL, 2, 2, shift_right},
};

const struct fn_set fn_math = {list, COUNT_OF(list)};
