#include <stdlib.h>
#include <string.h>

#include "base/crash.h"
#include "base/mem.h"
#include "store/sqlite.h"
#include "store/sqlite_generation.h"

/* --- merging --- */

/* One block of each source, and what becomes of them: as many blocks, with one source's share. */
struct blend {
    struct delivery *list;
    size_t n, max;
    size_t from[MERGE_WAYS + 1];
};

static void blend_add(struct blend *b, const struct delivery *list, size_t n, int64_t oldest_ms)
{
    if (b->n + n > b->max) {
        b->max = 2 * (b->n + n);
        b->list = mem_grow(b->list, b->max * sizeof *b->list);
    }
    for (size_t i = 0; i < n; i++)
        if (delivery_ms(&list[i]) >= oldest_ms) b->list[b->n++] = list[i];
}

static unsigned way_of(const struct delivery *d, int depth)
{
    return delivery_place(d, depth) & (MERGE_WAYS - 1);
}

/* A block's deliveries are few: each way is gathered by one look at all of them. */
static int blend_put(struct dedup *d, const struct blend *b, struct generation *into,
                     uint32_t first, struct delivery *sorted)
{
    int rc = SQLITE_OK;

    for (unsigned way = 0; way < MERGE_WAYS && rc == SQLITE_OK; way++) {
        size_t n = 0;

        for (size_t i = 0; i < b->n; i++)
            if (way_of(&b->list[i], into->depth) == way) sorted[n++] = b->list[i];
        rc = generation_put(d, into, first + way, sorted, n);
    }
    return rc;
}

static int merge_block(struct dedup *d, const struct merge *m, uint32_t block, int64_t oldest_ms,
                       struct blend *b)
{
    struct delivery *sorted;
    int rc = SQLITE_OK;

    b->n = 0;
    for (int i = 0; i < MERGE_WAYS && rc == SQLITE_OK; i++) {
        const struct delivery *list;
        size_t n;

        rc = block_read(d, m->from[i]->id, block, &list, &n);
        if (rc != SQLITE_OK) break;
        blend_add(b, list, n, oldest_ms);
        rc = block_done(d);
    }
    if (rc != SQLITE_OK || b->n == 0) return rc;
    sorted = mem_grow(NULL, b->n * sizeof *sorted);
    rc = blend_put(d, b, m->into, block << MERGE_DEPTH, sorted);
    free(sorted);
    return rc;
}

static int merge_end(struct dedup *d, const struct merge *m)
{
    int rc = generation_live(d, m->into);

    for (int i = 0; i < MERGE_WAYS && rc == SQLITE_OK; i++) {
        sqlite3_bind_int64(d->st[D_DEAD], 1, m->from[i]->id);
        rc = statement_run(d->st[D_DEAD]);
    }
    return rc;
}

static int merge_go_on(struct dedup *d, struct merge *m, int64_t oldest_ms, uint32_t blocks)
{
    uint32_t all = 1u << m->from[0]->depth;
    struct blend b = {0};
    int rc = SQLITE_OK;

    d->plan.merge = m;
    d->plan.next = m->next;
    for (; blocks > 0 && d->plan.next < all && rc == SQLITE_OK; blocks--, d->plan.next++)
        rc = merge_block(d, m, d->plan.next, oldest_ms, &b);
    CRASH_POINT(merge_mid);
    if (rc == SQLITE_OK && d->plan.next == all) rc = merge_end(d, m);
    free(b.list);
    return rc;
}

/* The oldest of a depth are merged: they stand last in the list. */
static void merge_begin(struct dedup *d, int depth, int64_t oldest_ms)
{
    struct merge *m = &d->merges[depth];
    struct generation *from[MERGE_WAYS];
    int n = 0;

    for (struct generation *g = d->list; g; g = g->next)
        if (g->depth == depth && g->state == LIVE && !g->merging && g->newest >= oldest_ms)
            from[n++ % MERGE_WAYS] = g;
    if (n < MERGE_WAYS) return;
    *m = (struct merge){.into = generation_new(d, depth + MERGE_DEPTH)};
    generation_add(d, m->into);
    for (int i = 0; i < MERGE_WAYS; i++) {
        m->from[i] = from[i];
        from[i]->merging = true;
    }
}

/* The smallest go first: they are soonest done, and become most soon too many. */
int merge_some(struct dedup *d, int64_t oldest_ms, uint32_t blocks)
{
    for (int depth = 0; depth <= DEPTH_MAX - MERGE_DEPTH; depth++) {
        struct merge *m = &d->merges[depth];

        if (!m->into) merge_begin(d, depth, oldest_ms);
        if (m->into) return merge_go_on(d, m, oldest_ms, blocks);
    }
    return SQLITE_OK;
}

static void die(struct generation *g)
{
    g->state = DEAD;
    g->merging = false;
    filter_done(&g->filter);
}

void merge_committed(struct dedup *d)
{
    struct merge *m = d->plan.merge;

    if (!m) return;
    d->plan.merge = NULL;
    m->next = d->plan.next;
    if (m->next < 1u << m->from[0]->depth) return;
    m->into->state = LIVE;
    for (int i = 0; i < MERGE_WAYS; i++) die(m->from[i]);
    m->into = NULL;
}

/* --- dropping --- */

static struct generation *find_state(const struct dedup *d, enum generation_state state,
                                     int64_t oldest_ms)
{
    for (struct generation *g = d->list; g; g = g->next)
        if (g->state == state && !g->merging && g->newest < oldest_ms) return g;
    return NULL;
}

int drop_some(struct dedup *d, int64_t oldest_ms, uint32_t rows)
{
    struct generation *old = find_state(d, LIVE, oldest_ms), *dead = find_state(d, DEAD, INT64_MAX);
    sqlite3_stmt *st = d->st[D_DROP];
    int rc = SQLITE_OK;

    if (old) {
        sqlite3_bind_int64(d->st[D_DEAD], 1, old->id);
        rc = statement_run(d->st[D_DEAD]);
        d->plan.dead = old;
    }
    if (!dead || rc != SQLITE_OK) return rc;
    sqlite3_bind_int64(st, 1, dead->id << PLACE_BITS);
    sqlite3_bind_int64(st, 2, (dead->id + 1) << PLACE_BITS);
    sqlite3_bind_int64(st, 3, rows);
    rc = statement_run(st);
    if (rc == SQLITE_OK && (uint32_t)sqlite3_changes(d->db) < rows) d->plan.gone = dead;
    return rc;
}

void drop_committed(struct dedup *d)
{
    struct generation *gone = d->plan.gone;

    if (d->plan.dead) die(d->plan.dead);
    for (struct generation **p = &d->list; gone && *p; p = &(*p)->next) {
        if (*p != gone) continue;
        *p = gone->next;
        generation_free(gone);
        break;
    }
    d->plan.dead = d->plan.gone = NULL;
}
