#include "workflow/index.h"

#include <stdlib.h>

#include "workflow/index_inside.h"

struct search {
    const struct match_index *x;
    const struct sought *sought;
    struct arena *arena;
    uint32_t *found;
    size_t n, size, in_groups;
};

static void take(struct search *s, const uint32_t *list, size_t n)
{
    uint32_t *more;

    if (s->n + n > s->size) {
        s->size = 2 * s->size + n + 16;
        more = arena_raw(s->arena, s->size * sizeof *more);
        if (s->n) memcpy(more, s->found, s->n * sizeof *more);
        s->found = more;
    }
    if (n) memcpy(s->found + s->n, list, n * sizeof *list);
    s->n += n;
}

static void take_value(struct search *s, uint64_t group, uint32_t way, uint64_t value)
{
    const struct stretch *at = stretch_find(s->x, value_key(group, way, value));

    if (at) take(s, s->x->pool + at->at, at->n);
}

static void take_way(struct search *s, uint64_t group, uint32_t way)
{
    const struct tokens *t = s->sought->tokens;
    uint64_t value;

    if (way == WAY_WORD) {
        for (size_t i = 0; t && i < t->n; i++) take_value(s, group, way, word_key(t->list[i].text));
    } else if (fact_look(&s->x->ways[way], s->sought->values, &value)) {
        take_value(s, group, way, value);
    }
}

static void take_group(struct search *s, uint64_t key)
{
    const struct stretch *at = stretch_find(s->x, key);
    const uint32_t *group;
    uint32_t ways;

    if (!at) return;
    group = s->x->pool + at->at;
    s->in_groups += group[0];
    ways = group[1];
    for (uint32_t i = 0; i < ways; i++) take_way(s, key, group[2 + i]);
    take(s, group + 2 + ways, at->n - 2 - ways);
}

/* The groups of a type: each beginning of it that is listened to, and the whole. */
struct type_groups {
    struct str type;
    size_t at, next; /* in the type; in the index's beginnings */
    uint64_t hash;
};

static bool next_group(const struct match_index *x, struct type_groups *g, uint64_t *ret)
{
    if (g->next < x->beginnings_n && x->beginnings[g->next] <= g->type.n) {
        while (g->at < x->beginnings[g->next]) g->hash = type_hash_on(g->hash, g->type.p[g->at++]);
        g->next++;
        *ret = group_key(GROUP_BEGINNING, g->hash);
        return true;
    }
    if (g->at > g->type.n) return false;
    while (g->at < g->type.n) g->hash = type_hash_on(g->hash, g->type.p[g->at++]);
    g->at++;
    *ret = group_key(GROUP_TYPE, g->hash);
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void index_find(const struct match_index *x, const struct sought *s, struct arena *a,
                struct offer *ret)
{
    struct search q = {.x = x, .sought = s, .arena = a};
    struct type_groups g = {.type = s->type, .hash = TYPE_HASH};
    uint64_t group;

    while (next_group(x, &g, &group)) take_group(&q, group);
    if (s->tokens && s->tokens->key) {
        take_group(&q, group_key(GROUP_WORD, s->tokens->key));
        take_group(&q, group_key(GROUP_ANY_WORD, 0));
    }
    if (q.n > 1) qsort(q.found, q.n, sizeof *q.found, by_number);
    ret->n = 0;
    ret->list = arena_raw(a, q.n * sizeof(struct trigger *));
    for (size_t i = 0; i < q.n; i++)
        if (i == 0 || q.found[i] != q.found[i - 1]) ret->list[ret->n++] = x->triggers[q.found[i]];
    ret->left_out = q.in_groups > ret->n ? q.in_groups - ret->n : 0;
}

bool index_listens(const struct match_index *x, struct str type)
{
    struct type_groups g = {.type = type, .hash = TYPE_HASH};
    uint64_t group;

    while (next_group(x, &g, &group))
        if (stretch_find(x, group)) return true;
    return false;
}
