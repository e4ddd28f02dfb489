#include "data/value.h"

#include <math.h>
#include <stdlib.h>

/* Pairs of values still to be compared, or a value and the place of its copy: work lists, so that
   no nesting can use up the stack. */
struct job {
    const struct value *a, *b;
    struct value *to;
};

enum { JOBS_FIRST = 64, INDEX_FROM = 16 };

struct jobs {
    struct job *list;
    size_t n, cap;
    struct job first[JOBS_FIRST];
};

static void jobs_init(struct jobs *w)
{
    w->list = w->first;
    w->n = 0;
    w->cap = JOBS_FIRST;
}

static void jobs_auto(struct jobs *w)
{
    if (w->list != w->first) free(w->list);
}

static void jobs_add(struct jobs *w, struct job j)
{
    if (w->n == w->cap) {
        struct job *more =
            mem_grow(w->list == w->first ? NULL : w->list, 2 * w->cap * sizeof *more);

        if (w->list == w->first) memcpy(more, w->first, sizeof w->first);
        w->list = more;
        w->cap *= 2;
    }
    w->list[w->n++] = j;
}

const char *value_kind_name(enum value_kind k)
{
    static const char *const names[V_KINDS] = {
        [V_NULL] = "null_type",
        [V_BOOL] = "bool",
        [V_INT] = "int",
        [V_UINT] = "uint",
        [V_DOUBLE] = "double",
        [V_STRING] = "string",
        [V_BYTES] = "bytes",
        [V_LIST] = "list",
        [V_MAP] = "map",
        [V_TIMESTAMP] = "google.protobuf.Timestamp",
        [V_DURATION] = "google.protobuf.Duration",
        [V_OPTIONAL] = "optional_type",
        [V_TYPE] = "type",
        [V_SECRET] = "secret",
    };

    return (unsigned)k < V_KINDS ? names[k] : "unknown";
}

static const struct pair *find_str(struct value v, struct str key)
{
    if (v.kind != V_MAP) return NULL;
    for (uint32_t i = 0; i < v.n; i++) {
        const struct pair *p = v.map + i;

        if (p->key.n == key.n && p->key.kind == V_STRING &&
            (key.n == 0 || (p->key.s[0] == key.p[0] && memcmp(p->key.s, key.p, key.n) == 0)))
            return p;
    }
    return NULL;
}

bool value_get(struct value v, struct str key, struct value *ret)
{
    const struct pair *p = find_str(v, key);

    if (p) *ret = p->value;
    return p != NULL;
}

struct str value_get_str(struct value v, const char *key)
{
    const struct pair *p = find_str(v, str_of(key));

    return p && p->value.kind == V_STRING ? value_str(p->value) : STR("");
}

struct value value_at(struct value v, const char *path)
{
    struct str rest = str_of(path), key;

    while (str_cut(&rest, '.', &key))
        if (!value_get(v, key, &v)) return NO_VALUE;
    return v;
}

static bool is_number(struct value v)
{
    return v.kind == V_INT || v.kind == V_UINT || v.kind == V_DOUBLE;
}

/* Exact: a double equals an integer only when it is that integer. */
static bool double_is(double d, struct value whole)
{
    const double two63 = 9223372036854775808.0;

    if (isnan(d) || d != trunc(d)) return false;
    if (whole.kind == V_INT) return d >= -two63 && d < two63 && (int64_t)d == whole.i;
    return d >= 0 && d < 2 * two63 && (uint64_t)d == whole.u;
}

static bool number_eq(struct value a, struct value b)
{
    if (a.kind == V_DOUBLE && b.kind == V_DOUBLE) return a.d == b.d;
    if (a.kind == V_DOUBLE) return double_is(a.d, b);
    if (b.kind == V_DOUBLE) return double_is(b.d, a);
    /* The same 64 bits mean the same number unless one is a negative int. */
    return a.u == b.u && (a.kind == b.kind || a.i >= 0);
}

static bool is_leaf(struct value v)
{
    return v.kind != V_LIST && v.kind != V_MAP && v.kind != V_OPTIONAL;
}

static bool leaf_eq(struct value a, struct value b)
{
    if (is_number(a) && is_number(b)) return number_eq(a, b);
    if (a.kind != b.kind) return false;
    switch (a.kind) {
    case V_NULL:
        return true;
    case V_BOOL:
        return a.b == b.b;
    case V_TIMESTAMP:
        return a.i == b.i && a.n == b.n;
    case V_DURATION:
        return a.i == b.i;
    default:
        return str_eq(str_n(a.s, a.n), str_n(b.s, b.n));
    }
}

static size_t key_slot(struct value key, size_t slots)
{
    uint64_t h = key.kind == V_STRING ? str_hash(value_str(key))
                 : key.kind == V_BOOL ? key.b
                                      : key.u * 0x9e3779b97f4a7c15u; /* ints and uints alike */

    return (size_t)(h ^ h >> 32) & (slots - 1);
}

/* Places of a map's keys, for maps too big to be searched from end to end. */
struct index {
    uint32_t *at; /* 1 + place of the pair */
    size_t slots;
};

static void index_auto(struct index *x)
{
    free(x->at);
}

static void index_make(struct index *x, struct value map)
{
    x->slots = 32;
    while (x->slots < 2 * (size_t)map.n) x->slots *= 2;
    x->at = mem_new(x->slots * sizeof *x->at);
    for (uint32_t i = 0; i < map.n; i++) {
        size_t s = key_slot(map.map[i].key, x->slots);

        while (x->at[s]) s = (s + 1) & (x->slots - 1);
        x->at[s] = i + 1;
    }
}

static const struct pair *index_find(const struct index *x, struct value map, struct value key)
{
    for (size_t s = key_slot(key, x->slots); x->at[s]; s = (s + 1) & (x->slots - 1))
        if (leaf_eq(map.map[x->at[s] - 1].key, key)) return map.map + x->at[s] - 1;
    return NULL;
}

static const struct pair *find_key(struct value map, struct value key)
{
    for (uint32_t i = 0; i < map.n; i++)
        if (leaf_eq(map.map[i].key, key)) return map.map + i;
    return NULL;
}

/* Leaves are compared here, the rest is put on the work list. */
static bool eq_or_later(struct jobs *w, const struct value *a, const struct value *b)
{
    if (is_leaf(*a) || is_leaf(*b)) return leaf_eq(*a, *b);
    jobs_add(w, (struct job){.a = a, .b = b});
    return true;
}

/* Maps from one source have their keys in one order: the same place is tried first. */
static bool map_eq(struct jobs *w, struct value a, struct value b)
{
    AUTO(index) struct index x = {0};

    for (uint32_t i = 0; i < a.n; i++) {
        const struct pair *p = &b.map[i];

        if (!leaf_eq(p->key, a.map[i].key)) {
            if (a.n > INDEX_FROM && !x.at) index_make(&x, b);
            p = x.at ? index_find(&x, b, a.map[i].key) : find_key(b, a.map[i].key);
        }
        if (!p || !eq_or_later(w, &a.map[i].value, &p->value)) return false;
    }
    return true;
}

static bool branch_eq(struct jobs *w, const struct value *a, const struct value *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind == V_OPTIONAL)
        return a->one && b->one ? eq_or_later(w, a->one, b->one) : a->one == b->one;
    if (a->n != b->n) return false;
    if (a->kind == V_MAP) return map_eq(w, *a, *b);
    for (uint32_t i = 0; i < a->n; i++)
        if (!eq_or_later(w, &a->list[i], &b->list[i])) return false;
    return true;
}

static bool tree_eq(const struct value *a, const struct value *b)
{
    AUTO(jobs) struct jobs w;

    jobs_init(&w);
    (void)eq_or_later(&w, a, b);
    while (w.n) {
        struct job j = w.list[--w.n];

        if (!branch_eq(&w, j.a, j.b)) return false;
    }
    return true;
}

bool value_eq(struct value a, struct value b)
{
    return is_leaf(a) || is_leaf(b) ? leaf_eq(a, b) : tree_eq(&a, &b);
}

/* Copies one value; what a list, map or optional holds is put on the work list. */
static struct value copy_one(struct arena *a, struct jobs *w, struct value v)
{
    switch (v.kind) {
    case V_STRING:
    case V_BYTES:
    case V_TYPE:
    case V_SECRET:
        v.s = arena_dup(a, v.s, v.n);
        break;
    case V_LIST:
    case V_MAP:
    case V_OPTIONAL: {
        size_t n = v.kind == V_OPTIONAL ? v.one != NULL : v.kind == V_MAP ? 2 * (size_t)v.n : v.n;
        struct value *to = n ? arena_raw(a, n * sizeof *to) : NULL;

        /* A pair is two values, a list is n of them, an optional is one. */
        if (n) memcpy(to, v.list, n * sizeof *to);
        for (size_t i = 0; i < n; i++) jobs_add(w, (struct job){.to = &to[i]});
        v.list = to;
        break;
    }
    default:
        break;
    }
    return v;
}

struct value value_copy(struct arena *a, struct value v)
{
    AUTO(jobs) struct jobs w;

    jobs_init(&w);
    jobs_add(&w, (struct job){.to = &v});
    while (w.n) {
        struct value *place = w.list[--w.n].to;

        *place = copy_one(a, &w, *place);
    }
    return v;
}

void map_put(struct map *m, struct str key, struct value v)
{
    struct pair *p = arena_push(m->arena, &m->pairs, &m->n, sizeof *p);

    p->key = v_str(key);
    p->value = v;
}

void map_set(struct map *m, struct str key, struct value v)
{
    const struct pair *p = find_str(map_value(m), key);

    if (p)
        m->pairs[p - m->pairs].value = v;
    else
        map_put(m, key, v);
}
