/* The macros that go through a list or a map. */
#include <stdlib.h>

#include "cel/eval.h"

struct each {
    struct eval *x;
    const struct node *n;
    const struct node *filter, *body; /* filter: NULL when there is none */
    struct value range;
};

/* Puts item i into the variables: a list's item, a map's key; with two, index and item, key and
   value. */
static bool set_variables(struct each *m, uint32_t i)
{
    struct value *v = &m->x->local[m->n->slot];
    bool map = m->range.kind == V_MAP;

    if (m->n->vars == 2) {
        v[0] = map ? m->range.map[i].key : v_int(i);
        v[1] = map ? m->range.map[i].value : m->range.list[i];
    } else {
        v[0] = map ? m->range.map[i].key : m->range.list[i];
    }
    return charge(m->x, 1);
}

static const char *each_name(const struct node *n)
{
    static const char *const names[] = {"all", "exists",       "exists_one",        "filter",
                                        "map", "transformMap", "transformMapEntry", "sortBy"};

    return n->op == EACH_LIST && n->vars == 2 ? "transformList" : names[n->op];
}

/* A predicate: a bool or a fault. */
static struct value test(struct each *m, const struct node *n)
{
    struct value v = eval(m->x, n);

    if (v.kind == V_BOOL || v.kind == V_FAULT) return v;
    return overload(m->x, n, each_name(m->n), &v, 1);
}

/* all and exists: one item that decides absorbs the errors of the others. */
static struct value each_fold(struct each *m, bool decides)
{
    bool failed = false;
    struct why first;

    for (uint32_t i = 0; i < m->range.n; i++) {
        struct value v;

        if (!set_variables(m, i)) return v_fault();
        v = test(m, m->body);
        if (v.kind == V_BOOL) {
            if (v.b == decides) return v;
            continue;
        }
        if (!failed) first = m->x->why;
        failed = true;
    }
    if (!failed) return v_bool(!decides);
    m->x->why = first;
    return v_fault();
}

static struct value each_one(struct each *m)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < m->range.n; i++) {
        struct value v;

        if (!set_variables(m, i)) return v_fault();
        v = test(m, m->body);
        if (v.kind == V_FAULT) return v;
        found += v.b;
    }
    return v_bool(found == 1);
}

/* Whether item i passes the filter; a fault when that cannot be said. */
static struct value passes(struct each *m, uint32_t i, const struct node *filter)
{
    if (!set_variables(m, i)) return v_fault();
    return filter ? test(m, filter) : v_bool(true);
}

static struct value each_filter(struct each *m)
{
    struct grow items = {.arena = m->x->arena, .most = m->range.n};

    for (uint32_t i = 0; i < m->range.n; i++) {
        struct value v = passes(m, i, m->body);

        if (v.kind == V_FAULT) return v;
        if (!v.b) continue;
        v = m->range.kind == V_MAP ? m->range.map[i].key : m->range.list[i];
        *(struct value *)grow_add(&items, sizeof v) = v;
    }
    return v_list(items.list, items.n);
}

static struct value each_list(struct each *m)
{
    struct grow items = {.arena = m->x->arena, .most = m->range.n};

    for (uint32_t i = 0; i < m->range.n; i++) {
        struct value v = passes(m, i, m->filter);

        if (v.kind == V_FAULT) return v;
        if (!v.b) continue;
        v = eval(m->x, m->body);
        if (v.kind == V_FAULT) return v;
        *(struct value *)grow_add(&items, sizeof v) = v;
    }
    return v_list(items.list, items.n);
}

static struct value each_map(struct each *m)
{
    struct grow pairs = {.arena = m->x->arena, .most = m->range.n};

    for (uint32_t i = 0; i < m->range.n; i++) {
        struct value v = passes(m, i, m->filter);
        struct pair *p;

        if (v.kind == V_FAULT) return v;
        if (!v.b) continue;
        v = eval(m->x, m->body);
        if (v.kind == V_FAULT) return v;
        p = grow_add(&pairs, sizeof *p);
        *p = (struct pair){m->range.kind == V_MAP ? m->range.map[i].key : v_int(i), v};
    }
    return v_map(pairs.list, pairs.n);
}

static struct value add_entries(struct each *m, struct pair **pairs, size_t *n, struct value more)
{
    if (more.kind != V_MAP) return overload(m->x, m->body, each_name(m->n), &more, 1);
    for (uint32_t i = 0; i < more.n; i++) {
        if (!charge(m->x, 1)) return v_fault();
        if (key_taken(m->x, *pairs, *n, more.map[i].key))
            return fault_of(m->x, m->body->at, "the key {a} is there twice", more.map[i].key);
        *(struct pair *)arena_push(m->x->arena, pairs, n, sizeof **pairs) = more.map[i];
    }
    return more;
}

static struct value each_entries(struct each *m)
{
    struct pair *pairs = NULL;
    size_t n = 0;

    for (uint32_t i = 0; i < m->range.n; i++) {
        struct value v = passes(m, i, m->filter);

        if (v.kind == V_FAULT) return v;
        if (!v.b) continue;
        v = eval(m->x, m->body);
        if (v.kind != V_FAULT) v = add_entries(m, &pairs, &n, v);
        if (v.kind == V_FAULT) return v;
    }
    return v_map(pairs, n);
}

static int by_key(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    int c = compare(p->key, q->key);

    if (c == CMP_NAN || c == CMP_NONE) c = 0;
    return c ? c : (p->value.list > q->value.list) - (p->value.list < q->value.list);
}

/* One more key. False: a fault is in *ret. */
static bool take_key(struct each *m, uint32_t i, struct grow *pairs, struct value *ret)
{
    const struct pair *first = pairs->list;
    struct value both[2];

    *ret = v_fault();
    if (!set_variables(m, i)) return false;
    *ret = eval(m->x, m->body);
    if (ret->kind == V_FAULT) return false;
    if (ret->kind == V_STRING && !charge(m->x, ret->n / 4)) {
        *ret = v_fault();
        return false;
    }
    both[0] = i ? first->key : *ret;
    both[1] = *ret;
    if (ret->kind != both[0].kind || compare(*ret, both[0]) == CMP_NONE) {
        *ret = overload(m->x, m->body, "sortBy", both, 2);
        return false;
    }
    *(struct pair *)grow_add(pairs, sizeof *first) =
        (struct pair){*ret, v_list(&m->range.list[i], 1)};
    return true;
}

/* The pairs' values point at the items, whose order settles equal keys: the sort is stable. */
static struct value each_sort(struct each *m)
{
    struct grow pairs = {.arena = m->x->arena, .most = m->range.n};
    struct value *items, failed;

    if (m->range.kind != V_LIST) return overload(m->x, m->n, "sortBy", &m->range, 1);
    for (uint32_t i = 0; i < m->range.n; i++) {
        if (!take_key(m, i, &pairs, &failed)) return failed;
    }
    if (pairs.n) qsort(pairs.list, pairs.n, sizeof(struct pair), by_key);
    items = arena_raw(m->x->arena, pairs.n * sizeof *items);
    for (size_t i = 0; i < pairs.n; i++) items[i] = *((struct pair *)pairs.list)[i].value.list;
    return v_list(items, pairs.n);
}

static struct value run(struct each *m)
{
    switch ((enum each_op)m->n->op) {
    case EACH_ALL:
        return each_fold(m, false);
    case EACH_EXISTS:
        return each_fold(m, true);
    case EACH_ONE:
        return each_one(m);
    case EACH_FILTER:
        return each_filter(m);
    case EACH_LIST:
        return each_list(m);
    case EACH_MAP:
        return each_map(m);
    case EACH_ENTRIES:
        return each_entries(m);
    case EACH_SORT:
        return each_sort(m);
    }
    return v_fault();
}

struct value eval_each(struct eval *x, const struct node *n)
{
    struct each m = {.x = x, .n = n, .range = eval(x, n->kid[0])};
    struct value v;

    if (m.range.kind == V_FAULT) return m.range;
    if (m.range.kind != V_LIST && m.range.kind != V_MAP)
        return overload(x, n, each_name(n), &m.range, 1);
    m.filter = n->n == 3 ? n->kid[1] : NULL;
    m.body = n->kid[n->n - 1];
    x->hidden++;
    v = run(&m);
    x->hidden--;
    return v;
}
