#include "engine/tick_list.h"

struct tick_list *tick_list_new(void)
{
    struct arena *a = arena_new();
    struct tick_list *l = arena_get(a, sizeof *l);

    l->arena = a;
    return l;
}

void tick_list_free(struct tick_list *l)
{
    if (l) arena_free(l->arena);
}

struct tick *tick_list_add(struct tick_list *l)
{
    struct tick *t = arena_get(l->arena, sizeof *t);

    t->next = l->first;
    t->number = l->n++;
    l->first = t;
    return t;
}

/* --- by name --- */

static struct tick **bucket_of(const struct tick_list *l, struct str workflow, struct str name)
{
    return &l->buckets[(str_hash(workflow) * 31 + str_hash(name)) & (l->buckets_n - 1)];
}

struct tick *tick_list_find(const struct tick_list *l, struct str workflow, struct str name)
{
    struct tick *t = *bucket_of(l, workflow, name);

    while (t && !(str_eq(t->workflow->name, workflow) && str_eq(t->name, name))) t = t->same;
    return t;
}

void tick_list_seal(struct tick_list *l)
{
    for (l->buckets_n = 1; l->buckets_n < l->n;) l->buckets_n *= 2;
    l->buckets = arena_get(l->arena, l->buckets_n * sizeof(struct tick *));
    l->heap = arena_get(l->arena, (l->n + 1) * sizeof(struct tick *));
    for (struct tick *t = l->first; t; t = t->next) {
        struct tick **bucket = bucket_of(l, t->workflow->name, t->name);

        t->same = *bucket;
        *bucket = t;
        tick_list_set(l, t, t->due);
    }
}

/* --- by what is due first --- */

static bool is_before(const struct tick *a, const struct tick *b)
{
    return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void put(struct tick_list *l, size_t at, struct tick *t)
{
    l->heap[at] = t;
    t->at = at;
}

/* Puts t where it belongs, from the free place `at` on. */
static void settle(struct tick_list *l, size_t at, struct tick *t)
{
    for (; at > 1 && is_before(t, l->heap[at / 2]); at /= 2) put(l, at, l->heap[at / 2]);
    for (size_t child; (child = 2 * at) <= l->heap_n; at = child) {
        if (child < l->heap_n && is_before(l->heap[child + 1], l->heap[child])) child++;
        if (!is_before(l->heap[child], t)) break;
        put(l, at, l->heap[child]);
    }
    put(l, at, t);
}

static void take_out(struct tick_list *l, struct tick *t)
{
    struct tick *last = l->heap[l->heap_n--];
    size_t at = t->at;

    t->at = 0;
    if (last != t) settle(l, at, last);
}

struct tick *tick_list_due(const struct tick_list *l)
{
    return l->heap_n ? l->heap[1] : NULL;
}

void tick_list_set(struct tick_list *l, struct tick *t, int64_t due)
{
    t->due = due;
    if (!due) {
        if (t->at) take_out(l, t);
        return;
    }
    settle(l, t->at ? t->at : ++l->heap_n, t);
}
