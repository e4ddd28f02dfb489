/* Fields, indexes and keys; through optionals too. */
#include <math.h>

#include "cel/eval.h"

bool map_key(struct value v)
{
    return v.kind == V_STRING || v.kind == V_INT || v.kind == V_UINT || v.kind == V_BOOL;
}

static inline bool is_key(const struct pair *p, struct str name)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a map that has pairs points at them */
    return p->key.n == name.n && p->key.kind == V_STRING && same_bytes(p->key.s, name.p, name.n);
}

/* The place of a key, or n. Keys of its length may differ in their last byte only. */
static uint32_t key_place(struct eval *x, const struct value *map, struct str key)
{
    uint32_t cost = (uint32_t)(key.n / CHARGED_TEXT), i;

    x->fuel -= map->n / 32;
    for (i = 0; i < map->n; i++) {
        const struct pair *p = &map->map[i];

        if (p->key.n != key.n || p->key.kind != V_STRING) continue;
        x->fuel -= cost;
        if (same_bytes(p->key.s, key.p, key.n)) break;
    }
    return i;
}

static const struct value *search_name(struct eval *x, const struct value *map, struct field *f)
{
    uint32_t i = key_place(x, map, f->name);

    if (i == map->n) return NULL;
    atomic_store_explicit(&f->hint, i, memory_order_relaxed);
    return &map->map[i].value;
}

/* Events of one source have their keys in one order, so the last place is tried first. */
static inline const struct value *find_name(struct eval *x, const struct value *map,
                                            struct field *f)
{
    uint32_t hint = atomic_load_explicit(&f->hint, memory_order_relaxed);

    if (hint < map->n && is_key(&map->map[hint], f->name)) return &map->map[hint].value;
    return search_name(x, map, f);
}

static const struct value *find_text(struct eval *x, struct value map, struct str key)
{
    uint32_t i = key_place(x, &map, key);

    return i < map.n ? &map.map[i].value : NULL;
}

const struct value *map_find(struct eval *x, struct value map, struct value key)
{
    if (key.kind == V_STRING) return find_text(x, map, value_str(key));
    if (!map_key(key) && key.kind != V_DOUBLE) return NULL;
    x->fuel -= map.n / 16;
    for (uint32_t i = 0; i < map.n; i++) {
        if (map.map[i].key.kind != V_STRING && equal(x, map.map[i].key, key))
            return &map.map[i].value;
    }
    return NULL;
}

bool key_taken(struct eval *x, const struct pair *pairs, size_t n, struct value key)
{
    return map_find(x, v_map(pairs, n), key) != NULL;
}

struct value optional_some(struct eval *x, struct value v)
{
    struct value *one = arena_raw(x->arena, sizeof *one);

    *one = v;
    return (struct value){.kind = V_OPTIONAL, .one = one};
}

static struct value no_field(struct eval *x, uint32_t at, struct str name, struct value v)
{
    if (v.kind == V_MAP) return fault_of(x, at, "no such key: {a}", v_str(name));
    return fault_two(x, at, "no such key: {a}, in a value of type {b}", v_str(name),
                     v_type(value_kind_name((enum value_kind)v.kind)));
}

/* From field i on, which *v does not simply have. */
static void path_rest(struct eval *x, const struct node *n, uint32_t i, struct value *v)
{
    for (; i < n->n && v->kind != V_FAULT; i++) {
        const struct value *found = v->kind == V_MAP ? find_name(x, v, &n->path[i]) : NULL;

        if (found)
            *v = *found;
        else if (v->kind == V_OPTIONAL)
            *v = field_of(x, *v, &n->path[i]);
        else
            *v = no_field(x, n->path[i].at, n->path[i].name, *v);
    }
}

const struct value *path_find(struct eval *x, const struct node *n, struct value *spare)
{
    const struct node *root = n->kid[0];
    const struct value *v = spare;

    if (root->kind == N_SLOT)
        v = &x->values[root->slot];
    else
        *spare = eval(x, root);
    for (uint32_t i = 0; i < n->n; i++) {
        const struct value *found = v->kind == V_MAP ? find_name(x, v, &n->path[i]) : NULL;

        if (!found) {
            *spare = *v;
            path_rest(x, n, i, spare);
            return spare;
        }
        v = found;
    }
    return v;
}

struct value eval_path(struct eval *x, const struct node *n)
{
    struct value spare;

    return *path_find(x, n, &spare);
}

/* A field of what is in an optional is an optional. */
struct value field_of(struct eval *x, struct value v, struct field *f)
{
    const struct value *found;

    if (!v.one) return v;
    if (v.one->kind != V_MAP) return no_field(x, f->at, f->name, *v.one);
    found = find_name(x, v.one, f);
    return found ? optional_some(x, *found) : optional_none();
}

static struct value has_field(struct eval *x, const struct node *n, struct value v)
{
    if (v.kind == V_OPTIONAL) {
        if (!v.one) return v_bool(false);
        v = *v.one;
    }
    if (v.kind != V_MAP) return no_field(x, n->at, n->name, v);
    return v_bool(find_text(x, v, n->name) != NULL);
}

struct value select_field(struct eval *x, const struct node *n, struct value v)
{
    bool was_optional = v.kind == V_OPTIONAL;
    const struct value *found;

    if (n->kind == N_HAS) return has_field(x, n, v);
    if (was_optional) {
        if (!v.one) return v;
        v = *v.one;
    }
    if (v.kind != V_MAP) return no_field(x, n->at, n->name, v);
    found = find_text(x, v, n->name);
    if (was_optional || n->kind == N_OPT_FIELD)
        return found ? optional_some(x, *found) : optional_none();
    return found ? *found : no_field(x, n->at, n->name, v);
}

/* A whole number of any kind as the place in a list. */
static bool list_place(struct value key, uint32_t n, uint32_t *ret)
{
    int64_t i = -1;

    if (key.kind == V_INT) i = key.i;
    if (key.kind == V_UINT && key.u <= INT64_MAX) i = (int64_t)key.u;
    if (key.kind == V_DOUBLE && key.d >= 0 && key.d < 4294967296.0 && floor(key.d) == key.d)
        i = (int64_t)key.d;
    *ret = (uint32_t)i;
    return i >= 0 && i < (int64_t)n;
}

struct value select_index(struct eval *x, const struct node *n, struct value v, struct value key)
{
    bool optional = n->kind == N_OPT_INDEX || v.kind == V_OPTIONAL;
    struct value both[] = {v, key};
    const struct value *found = NULL;
    uint32_t place;

    if (v.kind == V_OPTIONAL) {
        if (!v.one) return v;
        v = both[0] = *v.one;
    }
    if (v.kind == V_MAP) {
        found = map_find(x, v, key);
        if (!found && !optional) return fault_of(x, n->at, "no such key: {a}", key);
    } else if (v.kind == V_LIST && is_number(key)) {
        if (list_place(key, v.n, &place)) found = &v.list[place];
        if (!found && !optional)
            return fault_two(x, n->at, "index {a} is outside of a list of {b}", key, v_int(v.n));
    } else {
        return overload(x, n, optional ? "_[?_]" : "_[_]", both, 2);
    }
    if (!optional) return *found;
    return found ? optional_some(x, *found) : optional_none();
}
