/* index_build.c - makes the index of a configuration. */
#include <stdlib.h>

#include "workflow/index_inside.h"
#include "workflow/pattern_nodes.h"

/* A trigger in one of its groups, with all that could tell it apart there. */
struct entry {
    uint64_t group;
    uint32_t trigger;
    uint32_t tests_at, tests_n; /* in builder.tests */
};

struct test {
    uint32_t way;
    uint32_t keys_n;
    const uint64_t *keys;
};

struct listed { /* a number to stand under a key */
    uint64_t key;
    uint32_t trigger;
};

struct tally {    /* how many triggers of a group share a value, or a way */
    uint64_t key; /* 0: free */
    uint32_t n;
};

struct builder {
    struct match_index *x;
    struct arena *work;
    struct entry *entries;
    size_t entries_n;
    struct test *tests;
    size_t tests_n;
    struct listed *listed;
    size_t listed_n;
    size_t ways_n;
    struct tally *way_of; /* hash of a path, and its way */
    size_t way_of_size;
    struct tally *tally; /* of the group at hand */
    size_t tally_size;
    uint32_t group;     /* its number, from 1 */
    uint32_t *way_used; /* the last group that uses the way */
    uint32_t *pool;
    size_t pool_n;
    struct stretch *stretches;
    size_t stretches_n;
};

static struct tally *tally_at(struct tally *list, size_t size, uint64_t key)
{
    size_t i = (key >> 1) & (size - 1);

    key |= !key;
    while (list[i].key && list[i].key != key) i = (i + 1) & (size - 1);
    list[i].key = key;
    return &list[i];
}

/* --- what could tell a trigger apart --- */

static uint64_t path_hash(const struct fact *f)
{
    uint64_t h = key_mix(f->slot, f->path_n);

    for (size_t i = 0; i < f->path_n; i++) h = key_mix(h, str_hash(f->path[i]));
    return h;
}

static void grow_ways(struct builder *b)
{
    struct tally *old = b->way_of;
    size_t size = b->way_of_size;

    b->way_of_size = size ? 2 * size : 64;
    b->way_of = arena_get(b->work, b->way_of_size * sizeof *b->way_of);
    for (size_t i = 0; i < size; i++)
        if (old[i].key) *tally_at(b->way_of, b->way_of_size, old[i].key) = old[i];
}

static bool same_path(const struct fact *a, const struct fact *b)
{
    if (a->slot != b->slot || a->path_n != b->path_n) return false;
    for (size_t i = 0; i < a->path_n; i++)
        if (!str_eq(a->path[i], b->path[i])) return false;
    return true;
}

/* False, and the fact of no use, when the path has the hash of another. */
static bool find_way(struct builder *b, const struct fact *f, uint32_t *ret)
{
    struct tally *t;

    if (2 * (b->ways_n + 1) > b->way_of_size) grow_ways(b);
    t = tally_at(b->way_of, b->way_of_size, path_hash(f));
    if (!t->n) {
        t->n = (uint32_t)b->ways_n;
        *(struct fact *)arena_push(b->work, &b->x->ways, &b->ways_n, sizeof *f) = *f;
    }
    *ret = t->n;
    return same_path(&b->x->ways[t->n], f);
}

static void add_test(struct builder *b, uint32_t way, const uint64_t *keys, size_t n)
{
    struct test *t = arena_push(b->work, &b->tests, &b->tests_n, sizeof *t);

    *t = (struct test){.way = way, .keys = keys, .keys_n = (uint32_t)n};
}

static void add_fact(struct builder *b, const struct fact *f)
{
    uint32_t way;

    if (find_way(b, f, &way)) add_test(b, way, f->keys, f->n);
}

/* What must be one of some texts, such as the room of a line. */
static void add_texts(struct builder *b, struct fact f, const struct str *list, size_t n)
{
    uint64_t *keys = arena_raw(b->work, n * sizeof *keys);

    if (n == 0 || n > FACT_VALUES) return;
    for (size_t i = 0; i < n; i++) (void)fact_key(v_str(list[i]), &keys[i]);
    f.keys = keys;
    f.n = n;
    add_fact(b, &f);
}

static void begin_entry(struct builder *b, uint64_t group, uint32_t trigger)
{
    struct entry *e = arena_push(b->work, &b->entries, &b->entries_n, sizeof *e);

    *e = (struct entry){.group = group, .trigger = trigger, .tests_at = (uint32_t)b->tests_n};
}

static void end_entry(struct builder *b)
{
    struct entry *e = &b->entries[b->entries_n - 1];

    e->tests_n = (uint32_t)b->tests_n - e->tests_at;
}

/* --- groups of triggers --- */

static void add_beginning(struct builder *b, size_t length)
{
    struct match_index *x = b->x;
    size_t i = x->beginnings_n;

    for (size_t k = 0; k < x->beginnings_n; k++)
        if (x->beginnings[k] == length) return;
    for (; i && x->beginnings[i - 1] > length; i--) x->beginnings[i] = x->beginnings[i - 1];
    x->beginnings[i] = (uint16_t)length;
    x->beginnings_n++;
}

/* Before a run begins its names are event, user, room and now; the last is known only then. */
static void index_event(struct builder *b, const struct trigger *t, uint32_t number)
{
    static const struct str connection[] = {{"connection", 10}};
    const struct fact from = {.slot = SCOPE_EVENT, .path = connection, .path_n = 1};
    bool beginning = str_ends(t->type, STR("*"));
    size_t length = t->type.n - beginning, n;
    uint64_t h = TYPE_HASH;
    struct fact *facts;

    for (size_t i = 0; i < length; i++) h = type_hash_on(h, t->type.p[i]);
    if (beginning) add_beginning(b, length);
    begin_entry(b, group_key(beginning ? GROUP_BEGINNING : GROUP_TYPE, h), number);
    if (t->connection.n) add_texts(b, from, &t->connection, 1);
    n = t->when ? cel_facts(t->when, b->work, &facts) : 0;
    for (size_t i = 0; i < n; i++)
        if (facts[i].slot == SCOPE_EVENT || facts[i].slot == SCOPE_USER ||
            facts[i].slot == SCOPE_ROOM)
            add_fact(b, &facts[i]);
    end_entry(b);
}

static void add_words(struct builder *b, const struct pattern *p)
{
    for (size_t i = 0; i < p->n; i++) {
        uint64_t *key;

        if (p->nodes[i].kind != NODE_WORD || !p->nodes[i].needed) continue;
        key = arena_raw(b->work, sizeof *key);
        *key = word_key(p->nodes[i].word);
        add_test(b, WAY_WORD, key, 1);
    }
}

/* Its `if` is left alone: who may not, or forgot an input, is told so before the `if` is asked. */
static void index_pattern(struct builder *b, const struct trigger *t, uint32_t number,
                          const struct pattern *p)
{
    static const struct fact in = {.slot = SCOPE_ROOM};
    const uint64_t *first;
    size_t n = pattern_first(p, &first);

    for (size_t i = 0; i < (n ? n : 1); i++) {
        begin_entry(b, n ? group_key(GROUP_WORD, first[i]) : group_key(GROUP_ANY_WORD, 0), number);
        add_words(b, p);
        add_texts(b, in, t->rooms, t->rooms_n);
        end_entry(b);
    }
}

static void index_trigger(struct builder *b, const struct trigger *t, uint32_t number)
{
    b->x->triggers[number] = t;
    if (!t->enabled) return;
    if (t->kind == TRIGGER_EVENT) index_event(b, t, number);
    for (size_t i = 0; t->kind == TRIGGER_CHAT && i < t->patterns_n; i++)
        index_pattern(b, t, number, t->patterns[i]);
}

/* --- telling them apart --- */

static int by_group(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return (x->trigger > y->trigger) - (x->trigger < y->trigger);
}

static uint32_t *tally(struct builder *b, uint32_t way, uint64_t value)
{
    return &tally_at(b->tally, b->tally_size, value_key(1, way, value))->n;
}

static uint32_t *tally_way(struct builder *b, uint32_t way)
{
    return &tally_at(b->tally, b->tally_size, value_key(2, way, 0))->n;
}

static void count_tests(struct builder *b, const struct entry *list, size_t n)
{
    size_t keys = 0;

    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < list[i].tests_n; k++)
            keys += b->tests[list[i].tests_at + k].keys_n + 1;
    for (b->tally_size = 16; b->tally_size < 2 * keys;) b->tally_size *= 2;
    b->tally = mem_new(b->tally_size * sizeof *b->tally);
    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < list[i].tests_n; k++) {
            const struct test *t = &b->tests[list[i].tests_at + k];

            for (uint32_t m = 0; m < t->keys_n; m++) ++*tally(b, t->way, t->keys[m]);
            ++*tally_way(b, t->way);
        }
}

/* The test that fewest share; of equals the way that most go, for each way is a look at the event.
 */
static const struct test *best_test(struct builder *b, const struct entry *e)
{
    const struct test *best = NULL;
    uint32_t least = UINT32_MAX, most = 0;

    for (uint32_t i = 0; i < e->tests_n; i++) {
        const struct test *t = &b->tests[e->tests_at + i];
        uint32_t share = 0, way = *tally_way(b, t->way);

        for (uint32_t k = 0; k < t->keys_n; k++)
            if (*tally(b, t->way, t->keys[k]) > share) share = *tally(b, t->way, t->keys[k]);
        if (share > least || (share == least && way <= most)) continue;
        least = share;
        most = way;
        best = t;
    }
    return best;
}

static void put(struct builder *b, uint32_t number)
{
    *(uint32_t *)arena_push(b->work, &b->pool, &b->pool_n, sizeof number) = number;
}

static void list_under(struct builder *b, uint64_t key, uint32_t trigger)
{
    struct listed *l = arena_push(b->work, &b->listed, &b->listed_n, sizeof *l);

    *l = (struct listed){key, trigger};
}

/* Puts the ways used, and lists what each tells apart. The triggers that no test tells apart stand
   in `plain` after it; they are as many as returned. */
static size_t split_group(struct builder *b, const struct entry *list, size_t n, uint32_t *plain)
{
    size_t plain_n = 0;

    b->group++;
    count_tests(b, list, n);
    for (size_t i = 0; i < n; i++) {
        const struct test *t = best_test(b, &list[i]);

        if (!t) {
            plain[plain_n++] = list[i].trigger;
            continue;
        }
        for (uint32_t k = 0; k < t->keys_n; k++)
            list_under(b, value_key(list[i].group, t->way, t->keys[k]), list[i].trigger);
        if (b->way_used[t->way] != b->group) put(b, t->way);
        b->way_used[t->way] = b->group;
    }
    free(b->tally);
    return plain_n;
}

static size_t count_triggers(const struct entry *list, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) count += i == 0 || list[i].trigger != list[i - 1].trigger;
    return count;
}

static void add_stretch(struct builder *b, uint64_t key, size_t at)
{
    *(struct stretch *)arena_push(b->work, &b->stretches, &b->stretches_n, sizeof *b->stretches) =
        (struct stretch){key, (uint32_t)at, (uint32_t)(b->pool_n - at)};
}

static void add_group(struct builder *b, const struct entry *list, size_t n)
{
    uint32_t *plain = mem_new(n * sizeof *plain);
    size_t count = count_triggers(list, n), at = b->pool_n, plain_n = 0;

    put(b, (uint32_t)count);
    put(b, 0);
    if (count > GROUP_SMALL)
        plain_n = split_group(b, list, n, plain);
    else
        for (size_t i = 0; i < n; i++) plain[plain_n++] = list[i].trigger;
    b->pool[at + 1] = (uint32_t)(b->pool_n - at - 2);
    for (size_t i = 0; i < plain_n; i++)
        if (i == 0 || plain[i] != plain[i - 1]) put(b, plain[i]);
    add_stretch(b, list[0].group, at);
    free(plain);
}

static void add_groups(struct builder *b)
{
    size_t from = 0;

    if (b->entries_n) qsort(b->entries, b->entries_n, sizeof *b->entries, by_group);
    for (size_t i = 1; i <= b->entries_n; i++)
        if (i == b->entries_n || b->entries[i].group != b->entries[from].group) {
            add_group(b, b->entries + from, i - from);
            from = i;
        }
}

static int by_key(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;

    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->trigger > y->trigger) - (x->trigger < y->trigger);
}

static void add_listed(struct builder *b)
{
    const struct listed *l = b->listed;
    size_t at = b->pool_n;

    if (b->listed_n) qsort(b->listed, b->listed_n, sizeof *b->listed, by_key);
    for (size_t i = 0; i < b->listed_n; i++) {
        bool last = i + 1 == b->listed_n || l[i + 1].key != l[i].key;

        if (last || l[i + 1].trigger != l[i].trigger) put(b, l[i].trigger);
        if (!last) continue;
        add_stretch(b, l[i].key, at);
        at = b->pool_n;
    }
}

/* --- all together --- */

static void * final(struct arena *a, const void *list, size_t n, size_t size)
{
    void *copy = arena_raw(a, n * size);

    if (n) memcpy(copy, list, n * size);
    return copy;
}

/* Whoever is nearer to its place makes room (Robin Hood hashing). */
static void table_put(struct match_index *x, struct stretch s)
{
    size_t i = slot_of(x, s.key), far = 0;

    for (; x->table[i].n; i = (i + 1) & (x->size - 1), far++) {
        struct stretch other = x->table[i];

        if (slot_distance(x, i) >= far) continue;
        far = slot_distance(x, i);
        x->table[i] = s;
        s = other;
    }
    x->table[i] = s;
}

static void finish(struct builder *b, struct arena *a)
{
    struct match_index *x = b->x;

    for (size_t i = 1; i < b->ways_n; i++) {
        struct fact *way = &x->ways[i];

        way->path = final(a, way->path, way->path_n, sizeof *way->path);
        way->keys = NULL;
        way->n = 0;
    }
    x->ways = final(a, x->ways, b->ways_n, sizeof *x->ways);
    x->beginnings = final(a, x->beginnings, x->beginnings_n, sizeof *x->beginnings);
    x->pool = final(a, b->pool, b->pool_n, sizeof *b->pool);
    for (x->size = 16; 4 * x->size < 5 * b->stretches_n;) x->size *= 2;
    x->table = arena_get(a, x->size * sizeof *x->table);
    for (size_t i = 0; i < b->stretches_n; i++) table_put(x, b->stretches[i]);
}

struct match_index *index_build(const struct config *c)
{
    AUTO(arena) struct arena *work = arena_new();
    struct match_index *x = arena_get(c->arena, sizeof *x);
    uint16_t beginnings[TYPE_BYTES];
    struct builder b = {.x = x, .work = work};
    size_t triggers = 0;
    uint32_t number = 0;

    x->beginnings = beginnings;
    (void)arena_push(work, &x->ways, &b.ways_n, sizeof *x->ways); /* WAY_WORD */
    for (size_t i = 0; i < c->workflows_n; i++) triggers += c->workflows[i]->triggers_n;
    x->triggers = arena_raw(c->arena, triggers * sizeof(struct trigger *));
    for (size_t i = 0; i < c->workflows_n; i++)
        for (size_t k = 0; k < c->workflows[i]->triggers_n; k++)
            index_trigger(&b, &c->workflows[i]->triggers[k], number++);
    b.way_used = arena_get(work, b.ways_n * sizeof *b.way_used);
    add_groups(&b);
    add_listed(&b);
    finish(&b, c->arena);
    return x;
}
