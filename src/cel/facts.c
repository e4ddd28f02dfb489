#include "cel/facts.h"

#include <math.h>

#include "cel/compile.h"

#define WHOLE_MAX ((int64_t)1 << 53)

/* --- keys --- */

static uint64_t mix(uint64_t kind, uint64_t bits)
{
    uint64_t h = (bits + kind * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);

    h = (h ^ h >> 29) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 32;
}

/* Below 2^53 every comparison between kinds of numbers is exact. */
static bool whole_key(int64_t i, uint64_t *ret)
{
    *ret = mix(V_INT, (uint64_t)i);
    return i > -WHOLE_MAX && i < WHOLE_MAX;
}

static bool double_key(double d, uint64_t *ret)
{
    uint64_t bits;

    if (isnan(d)) return false;
    if (d == floor(d)) return fabs(d) < (double)WHOLE_MAX && whole_key((int64_t)d, ret);
    memcpy(&bits, &d, sizeof bits);
    *ret = mix(V_DOUBLE, bits);
    return true;
}

bool fact_key(struct value v, uint64_t *ret)
{
    switch (v.kind) {
    case V_NULL:
        *ret = mix(V_NULL, 0);
        return true;
    case V_BOOL:
        *ret = mix(V_BOOL, v.b);
        return true;
    case V_INT:
        return whole_key(v.i, ret);
    case V_UINT:
        return v.u < (uint64_t)WHOLE_MAX && whole_key((int64_t)v.u, ret);
    case V_DOUBLE:
        return double_key(v.d, ret);
    case V_STRING:
        *ret = mix(V_STRING, str_hash(value_str(v)));
        return true;
    default:
        return false;
    }
}

bool fact_look(const struct fact *f, const struct value *values, uint64_t *ret)
{
    struct value v = values[f->slot];

    for (size_t i = 0; i < f->path_n; i++)
        if (!value_get(v, f->path[i], &v)) return false;
    return fact_key(v, ret);
}

/* --- facts --- */

struct finding {
    struct arena *arena;
    struct fact *list;
    size_t n;
};

struct path {
    uint32_t slot;
    struct str keys[FACT_PATH];
    size_t n;
};

static bool add_step(struct path *p, struct str key)
{
    if (p->n == FACT_PATH) return false;
    p->keys[p->n++] = key;
    return true;
}

static bool path_of(const struct node *n, struct path *ret)
{
    switch (n->kind) {
    case N_SLOT:
        ret->slot = n->slot;
        return true;
    case N_PATH:
        if (!path_of(n->kid[0], ret)) return false;
        for (uint32_t i = 0; i < n->n; i++)
            if (!add_step(ret, n->path[i].name)) return false;
        return true;
    case N_FIELD:
        return path_of(n->kid[0], ret) && add_step(ret, n->name);
    case N_INDEX:
        return n->kid[1]->kind == N_CONST && n->kid[1]->value.kind == V_STRING &&
               path_of(n->kid[0], ret) && add_step(ret, value_str(n->kid[1]->value));
    default:
        return false;
    }
}

/* The constants one conjunct allows at one path. */
struct allowed {
    struct path path;
    uint64_t keys[FACT_VALUES];
    size_t n;
};

static bool allow(struct allowed *w, struct value v)
{
    if (v.kind == V_DOUBLE && isnan(v.d)) return true; /* equals nothing */
    return w->n < FACT_VALUES && fact_key(v, &w->keys[w->n]) && ++w->n;
}

static bool same_path(const struct path *a, const struct path *b)
{
    if (a->slot != b->slot || a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++)
        if (!str_eq(a->keys[i], b->keys[i])) return false;
    return true;
}

/* The first sets the path, those behind a || must have the same. */
static bool take_path(struct allowed *w, const struct node *n, bool first)
{
    struct path p = {.n = 0};

    if (!path_of(n, first ? &w->path : &p)) return false;
    return first || same_path(&w->path, &p);
}

static bool collect_list(struct allowed *w, const struct node *path, const struct node *list,
                         bool first)
{
    if (list->kind != N_CONST || list->value.kind != V_LIST) return false;
    for (uint32_t i = 0; i < list->value.n; i++)
        if (!allow(w, list->value.list[i])) return false;
    return take_path(w, path, first);
}

static bool collect(struct allowed *w, const struct node *n, bool first)
{
    switch (n->kind) {
    case N_OR:
        for (uint32_t i = 0; i < n->n; i++)
            if (!collect(w, n->kid[i], first && i == 0)) return false;
        return true;
    case N_EQ:
        if (n->kid[1]->kind == N_CONST)
            return take_path(w, n->kid[0], first) && allow(w, n->kid[1]->value);
        if (n->kid[0]->kind == N_CONST)
            return take_path(w, n->kid[1], first) && allow(w, n->kid[0]->value);
        return false;
    case N_IN:
        return collect_list(w, n->kid[0], n->kid[1], first);
    default:
        return false;
    }
}

static void add_fact(struct finding *f, const struct allowed *w)
{
    uint64_t *keys = arena_raw(f->arena, w->n * sizeof *keys);
    struct str *path = arena_raw(f->arena, w->path.n * sizeof *path);
    struct fact *fact = arena_push(f->arena, &f->list, &f->n, sizeof *fact);

    memcpy(keys, w->keys, w->n * sizeof *keys);
    memcpy(path, w->path.keys, w->path.n * sizeof *path);
    *fact = (struct fact){w->path.slot, path, w->path.n, keys, w->n};
}

static void find(struct finding *f, const struct node *n)
{
    struct allowed w;

    if (n->kind == N_AND) {
        for (uint32_t i = 0; i < n->n; i++) find(f, n->kid[i]);
        return;
    }
    w.n = w.path.n = 0;
    if (collect(&w, n, true) && w.n) add_fact(f, &w);
}

size_t cel_facts(const struct cel *c, struct arena *a, struct fact **ret)
{
    struct finding f = {.arena = a};

    find(&f, c->root);
    *ret = f.list;
    return f.n;
}
