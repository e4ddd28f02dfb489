/* Optional values (cel-go "Optional types"). */
#include "cel/fn.h"

static struct value of(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    (void)at, (void)n;
    return optional_some(x, *v);
}

static struct value none(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    (void)x, (void)at, (void)v, (void)n;
    return optional_none();
}

static bool is_zero(struct value v)
{
    switch (v.kind) {
    case V_NULL:
        return true;
    case V_BOOL:
        return !v.b;
    case V_INT:
    case V_UINT:
    case V_DURATION:
        return v.i == 0;
    case V_DOUBLE:
        return v.d == 0;
    case V_STRING:
    case V_BYTES:
    case V_LIST:
    case V_MAP:
        return v.n == 0;
    case V_TIMESTAMP:
        return v.i == 0 && v.n == 0;
    case V_OPTIONAL:
        return !v.one;
    default:
        return false;
    }
}

static struct value of_non_zero(struct eval *x, const struct node *at, const struct value *v,
                                size_t n)
{
    (void)at, (void)n;
    return is_zero(*v) ? optional_none() : optional_some(x, *v);
}

static struct value has_value(struct eval *x, const struct node *at, const struct value *v,
                              size_t n)
{
    if (v->kind != V_OPTIONAL) return overload(x, at, "hasValue", v, n);
    return v_bool(v->one);
}

static struct value value(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (v->kind != V_OPTIONAL) return overload(x, at, "value", v, n);
    if (!v->one) return fault(x, at->at, "this optional holds no value; write .orValue(…)");
    return *v->one;
}

static struct value or_value(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (n == 1) return *v[0].one;
    return v[0].kind == V_OPTIONAL ? v[1] : overload(x, at, "orValue", v, n);
}

static struct value or_optional(struct eval *x, const struct node *at, const struct value *v,
                                size_t n)
{
    if (n == 1) return v[0];
    if (v[0].kind != V_OPTIONAL || v[1].kind != V_OPTIONAL) return overload(x, at, "or", v, n);
    return v[1];
}

static struct value unwrap(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct value *items;
    size_t count = 0;

    if (v->kind != V_LIST) return overload(x, at, "optional.unwrap", v, n);
    if (!charge(x, v->n)) return v_fault();
    items = arena_raw(x->arena, v->n * sizeof *items);
    for (uint32_t i = 0; i < v->n; i++) {
        if (v->list[i].kind != V_OPTIONAL)
            return overload(x, at, "optional.unwrap", &v->list[i], 1);
        if (v->list[i].one) items[count++] = *v->list[i].one;
    }
    return v_list(items, count);
}

static const struct fn list[] = {
    {"optional.of", FN_GLOBAL, 1, 1, of},
    {"optional.none", FN_GLOBAL, 0, 0, none},
    {"optional.ofNonZeroValue", FN_GLOBAL, 1, 1, of_non_zero},
    {"optional.unwrap", FN_GLOBAL, 1, 1, unwrap},
    {"unwrapOpt", FN_METHOD, 1, 1, unwrap},
    {"hasValue", FN_METHOD, 1, 1, has_value},
    {"value", FN_METHOD, 1, 1, value},
    {"or", FN_METHOD | FN_LAZY, 2, 2, or_optional},
    {"orValue", FN_METHOD | FN_LAZY, 2, 2, or_value},
};

const struct fn_set fn_optional = {list, COUNT_OF(list)};
