/* The lists extension (cel-go ext/README.md, "Lists"). */
#include <stdlib.h>

#include "cel/fn.h"

static struct value slice(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (v[0].kind != V_LIST || v[1].kind != V_INT || v[2].kind != V_INT)
        return overload(x, at, "slice", v, n);
    if (v[1].i < 0 || v[2].i < v[1].i || v[2].i > v[0].n)
        return fault_two(x, at->at, "a slice from {a} to {b} is outside of the list", v[1], v[2]);
    if (v[2].i == v[1].i) return v_list(NULL, 0); /* an empty list has no items to point at */
    return v_list(v[0].list + v[1].i, (size_t)(v[2].i - v[1].i));
}

static bool flatten_into(struct eval *x, struct value list, int64_t depth, struct value **items,
                         size_t *count)
{
    for (uint32_t i = 0; i < list.n; i++) {
        if (!charge(x, 1)) return false;
        if (list.list[i].kind == V_LIST && depth > 0) {
            if (!flatten_into(x, list.list[i], depth - 1, items, count)) return false;
            continue;
        }
        *(struct value *)arena_push(x->arena, items, count, sizeof **items) = list.list[i];
    }
    return true;
}

static struct value flatten(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct value *items = NULL;
    size_t count = 0;

    if (v[0].kind != V_LIST || (n == 2 && v[1].kind != V_INT))
        return overload(x, at, "flatten", v, n);
    if (n == 2 && v[1].i < 0)
        return fault_of(x, at->at, "flatten needs a depth of 0 or more", v[1]);
    if (!flatten_into(x, v[0], n == 2 ? v[1].i : 1, &items, &count)) return v_fault();
    return v_list(items, count);
}

static struct value distinct(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct value *items;
    size_t count = 0;

    if (v->kind != V_LIST) return overload(x, at, "distinct", v, n);
    items = arena_raw(x->arena, v->n * sizeof *items);
    for (uint32_t i = 0; i < v->n; i++) {
        size_t k = 0;

        if (!charge(x, 1 + count / 16)) return v_fault();
        while (k < count && !equal(x, items[k], v->list[i])) k++;
        if (k == count) items[count++] = v->list[i];
    }
    return v_list(items, count);
}

static int by_value(const void *a, const void *b)
{
    int c = compare(*(const struct value *)a, *(const struct value *)b);

    return c == CMP_NAN || c == CMP_NONE ? 0 : c;
}

static struct value sort(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct value *items;

    if (v->kind != V_LIST) return overload(x, at, "sort", v, n);
    if (v->n == 0) return *v;
    if (!charge(x, v->n)) return v_fault();
    items = arena_raw(x->arena, v->n * sizeof *items);
    memcpy(items, v->list, v->n * sizeof *items);
    for (uint32_t i = 0; i < v->n; i++) {
        struct value both[2] = {items[0], items[i]};

        if (items[i].kind == V_STRING && !charge(x, items[i].n / 4)) return v_fault();
        if (items[i].kind != items[0].kind || compare(items[i], items[0]) == CMP_NONE)
            return overload(x, at, "sort", both, 2);
    }
    qsort(items, v->n, sizeof *items, by_value);
    return v_list(items, v->n);
}

static struct value range(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct value *items;

    if (v->kind != V_INT) return overload(x, at, "lists.range", v, n);
    if (v->i <= 0) return v_list(NULL, 0);
    if (!charge(x, (size_t)v->i)) return v_fault();
    items = arena_raw(x->arena, (size_t)v->i * sizeof *items);
    for (int64_t i = 0; i < v->i; i++) items[i] = v_int(i);
    return v_list(items, (size_t)v->i);
}

static struct value first(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (v->kind != V_LIST) return overload(x, at, "first", v, n);
    return v->n ? optional_some(x, v->list[0]) : optional_none();
}

static struct value last(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (v->kind != V_LIST) return overload(x, at, "last", v, n);
    return v->n ? optional_some(x, v->list[v->n - 1]) : optional_none();
}

static const struct fn list[] = {
    {"slice", FN_METHOD, 3, 3, slice},       {"flatten", FN_METHOD, 1, 2, flatten},
    {"distinct", FN_METHOD, 1, 1, distinct}, {"sort", FN_METHOD, 1, 1, sort},
    {"lists.range", FN_GLOBAL, 1, 1, range}, {"first", FN_METHOD, 1, 1, first},
    {"last", FN_METHOD, 1, 1, last},
};

const struct fn_set fn_list = {list, COUNT_OF(list)};
