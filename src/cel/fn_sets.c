/* The sets extension: lists without regard to order and repeats. */
#include "cel/fn.h"

static bool has_item(struct eval *x, struct value list, struct value v)
{
    for (uint32_t i = 0; i < list.n; i++) {
        if (!charge(x, i % 16 == 0)) return false;
        if (equal(x, list.list[i], v)) return true;
    }
    return false;
}

static bool has_all(struct eval *x, struct value list, struct value of)
{
    for (uint32_t i = 0; i < of.n; i++) {
        if (!charge(x, 1) || !has_item(x, list, of.list[i])) return false;
    }
    return true;
}

static bool two_lists(const struct value *v)
{
    return v[0].kind == V_LIST && v[1].kind == V_LIST;
}

static struct value contains(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (!two_lists(v)) return overload(x, at, "sets.contains", v, n);
    return v_bool(has_all(x, v[0], v[1]));
}

static struct value equivalent(struct eval *x, const struct node *at, const struct value *v,
                               size_t n)
{
    if (!two_lists(v)) return overload(x, at, "sets.equivalent", v, n);
    return v_bool(has_all(x, v[0], v[1]) && has_all(x, v[1], v[0]));
}

static struct value intersects(struct eval *x, const struct node *at, const struct value *v,
                               size_t n)
{
    if (!two_lists(v)) return overload(x, at, "sets.intersects", v, n);
    for (uint32_t i = 0; i < v[1].n; i++) {
        if (!charge(x, 1)) return v_fault();
        if (has_item(x, v[0], v[1].list[i])) return v_bool(true);
    }
    return v_bool(false);
}

static const struct fn list[] = {
    {"sets.contains", FN_GLOBAL, 2, 2, contains},
    {"sets.equivalent", FN_GLOBAL, 2, 2, equivalent},
    {"sets.intersects", FN_GLOBAL, 2, 2, intersects},
};

const struct fn_set fn_sets = {list, COUNT_OF(list)};
