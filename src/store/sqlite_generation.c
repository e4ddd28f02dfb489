#include <stdlib.h>
#include <string.h>

#include "base/crash.h"
#include "base/mem.h"
#include "store/sqlite.h"
#include "store/sqlite_generation.h"

static int64_t row_of(int64_t id, uint32_t place)
{
    return (id << PLACE_BITS) + place;
}

int generation_depth(const struct dedup *d)
{
    int depth = 0;

    while ((uint32_t)BLOCK_KEYS << depth < d->limits.seal) depth++;
    return depth;
}

/* --- filters within the limit --- */

static size_t all_filters(const struct dedup *d)
{
    size_t bytes = 0;

    for (const struct generation *g = d->list; g; g = g->next) bytes += filter_bytes(&g->filter);
    return bytes;
}

static struct generation *largest_filter(const struct dedup *d)
{
    struct generation *largest = d->list;

    for (struct generation *g = d->list; g; g = g->next)
        if (filter_bytes(&g->filter) >= filter_bytes(&largest->filter)) largest = g;
    return largest;
}

/* Halves the largest until one of `depth` finds room; returns the depth that does. A filter has at
   least one line. */
static int filter_room(struct dedup *d, int depth)
{
    while (all_filters(d) + ((size_t)FILTER_LINE << depth) > d->limits.filter_bytes) {
        struct generation *g = largest_filter(d);

        if (g && g->filter.depth > 0 && g->filter.depth >= depth)
            filter_halve(&g->filter);
        else if (depth > 0)
            depth--;
        else
            break;
    }
    return depth;
}

/* --- the list --- */

struct generation *generation_new(struct dedup *d, int depth)
{
    struct generation *g = mem_new(sizeof *g);

    g->id = ++d->last_id;
    g->depth = depth;
    filter_init(&g->filter, filter_room(d, depth));
    return g;
}

void generation_free(struct generation *g)
{
    if (!g) return;
    filter_done(&g->filter);
    free(g);
}

void generation_add(struct dedup *d, struct generation *g)
{
    g->next = d->list;
    d->list = g;
}

/* --- blocks --- */

int block_read(struct dedup *d, int64_t id, uint32_t block, const struct delivery **ret,
               size_t *ret_n)
{
    sqlite3_stmt *st = d->st[D_FIND];
    int rc;

    *ret = NULL;
    *ret_n = 0;
    sqlite3_bind_int64(st, 1, row_of(id, block));
    rc = sqlite3_step(st);
    if (rc == SQLITE_DONE) return SQLITE_OK;
    if (rc != SQLITE_ROW) return sqlite3_reset(st);
    *ret = sqlite3_column_blob(st, 0);
    *ret_n = (size_t)sqlite3_column_bytes(st, 0) / sizeof **ret;
    return SQLITE_OK;
}

int block_done(struct dedup *d)
{
    return sqlite3_reset(d->st[D_FIND]);
}

static int find_in(struct dedup *d, const struct generation *g, const struct delivery *what,
                   int64_t oldest_ms, struct id *ret_seen)
{
    const struct delivery *list, *found;
    size_t n;
    int rc = block_read(d, g->id, delivery_place(what, g->depth), &list, &n), again;

    d->reads++;
    if (rc != SQLITE_OK) return rc;
    found = delivery_find(list, n, what, oldest_ms);
    if (found) *ret_seen = delivery_event(found);
    again = block_done(d);
    return found ? SQLITE_CONSTRAINT : again;
}

int generation_find(struct dedup *d, const struct delivery *what, int64_t oldest_ms,
                    struct id *ret_seen)
{
    int rc = SQLITE_OK;

    for (const struct generation *g = d->list; g && rc == SQLITE_OK; g = g->next)
        if (g->state == LIVE && g->newest >= oldest_ms && filter_has(&g->filter, what))
            rc = find_in(d, g, what, oldest_ms, ret_seen);
    return rc;
}

static int put_bytes(struct dedup *d, int64_t row, const void *bytes, size_t n)
{
    sqlite3_stmt *st = d->st[D_PUT];

    sqlite3_bind_int64(st, 1, row);
    sqlite3_bind_blob64(st, 2, bytes, n, SQLITE_STATIC);
    return statement_run(st);
}

int generation_put(struct dedup *d, struct generation *g, uint32_t block,
                   const struct delivery *list, size_t n)
{
    if (n == 0) return SQLITE_OK;
    for (size_t i = 0; i < n; i++) {
        int64_t ms = delivery_ms(&list[i]);

        filter_add(&g->filter, &list[i]);
        if (ms > g->newest) g->newest = ms;
    }
    return put_bytes(d, row_of(g->id, block), list, n * sizeof *list);
}

int generation_live(struct dedup *d, const struct generation *g)
{
    size_t bytes = filter_bytes(&g->filter), piece = (size_t)PIECE_LINES * FILTER_LINE;
    sqlite3_stmt *st = d->st[D_LIVE];
    int rc = SQLITE_OK;

    for (size_t at = 0; at < bytes && rc == SQLITE_OK; at += piece)
        rc = put_bytes(d, row_of(g->id, PLACE_FILTER + (uint32_t)(at / piece)),
                       g->filter.lines + at, bytes - at < piece ? bytes - at : piece);
    if (rc != SQLITE_OK) return rc;
    sqlite3_bind_int64(st, 1, g->id);
    sqlite3_bind_int(st, 2, g->depth);
    sqlite3_bind_int(st, 3, g->filter.depth);
    sqlite3_bind_int64(st, 4, g->newest);
    return statement_run(st);
}

/* --- sealing --- */

/* Sorts what is not too old by place; the deliveries of block i are from[i] to from[i + 1]. */
static void sort(const struct delivery_set *s, int depth, int64_t oldest_ms,
                 struct delivery *sorted, uint32_t *from)
{
    uint32_t blocks = 1u << depth;

    for (uint32_t i = 0; i < s->n; i++)
        if (delivery_ms(&s->list[i]) >= oldest_ms) from[delivery_place(&s->list[i], depth)]++;
    for (uint32_t i = 1; i <= blocks; i++) from[i] += from[i - 1];
    for (uint32_t i = s->n; i-- > 0;)
        if (delivery_ms(&s->list[i]) >= oldest_ms)
            sorted[--from[delivery_place(&s->list[i], depth)]] = s->list[i];
}

/* 0.5 MB: a few milliseconds in one commit of several hundred. */
int generation_seal(struct dedup *d, int64_t oldest_ms, struct generation **ret)
{
    int depth = generation_depth(d), rc = statement_run(d->st[D_CLEAR]);
    uint32_t blocks = 1u << depth, *from = mem_new((blocks + 1) * sizeof *from);
    struct delivery *sorted = mem_new(d->set.n * sizeof *sorted);
    struct generation *g = generation_new(d, depth);

    *ret = g;
    sort(&d->set, depth, oldest_ms, sorted, from);
    for (uint32_t i = 0; i < blocks && rc == SQLITE_OK; i++)
        rc = generation_put(d, g, i, sorted + from[i], from[i + 1] - from[i]);
    CRASH_POINT(seal_mid);
    if (rc == SQLITE_OK) rc = generation_live(d, g);
    free(sorted);
    free(from);
    return rc;
}

/* --- starting --- */

/* A piece that is not there lets every look-up through. */
static int read_filter(struct dedup *d, struct generation *g, int depth)
{
    size_t piece = (size_t)PIECE_LINES * FILTER_LINE, bytes;
    int rc = SQLITE_OK;

    filter_init(&g->filter, depth);
    bytes = filter_bytes(&g->filter);
    memset(g->filter.lines, 0xff, bytes);
    for (size_t at = 0; at < bytes && rc == SQLITE_OK; at += piece) {
        size_t want = bytes - at < piece ? bytes - at : piece;
        sqlite3_stmt *st = d->st[D_FIND];

        sqlite3_bind_int64(st, 1, row_of(g->id, PLACE_FILTER + (uint32_t)(at / piece)));
        if (sqlite3_step(st) == SQLITE_ROW && (size_t)sqlite3_column_bytes(st, 0) == want)
            memcpy(g->filter.lines + at, sqlite3_column_blob(st, 0), want);
        rc = sqlite3_reset(st);
    }
    return rc;
}

static int load_one(struct dedup *d, sqlite3_stmt *st)
{
    struct generation *g = mem_new(sizeof *g);
    int depth = sqlite3_column_int(st, 2);

    g->id = d->last_id = sqlite3_column_int64(st, 0);
    g->depth = sqlite3_column_int(st, 1);
    g->newest = sqlite3_column_int64(st, 3);
    g->state = LIVE;
    generation_add(d, g);
    if (g->depth < 0 || g->depth > DEPTH_MAX || depth < 0 || depth > g->depth)
        return SQLITE_CORRUPT;
    return read_filter(d, g, depth);
}

static bool is_listed(const struct dedup *d, int64_t id)
{
    for (const struct generation *g = d->list; g; g = g->next)
        if (g->id == id) return true;
    return false;
}

/* Blocks without a generation: a merge that was cut short, or a drop. */
static int load_left(struct dedup *d)
{
    sqlite3_stmt *st = NULL;
    int64_t id = -1;
    int rc = sqlite3_prepare_v2(
        d->db, "SELECT place FROM deliveries WHERE place >= ?1 ORDER BY place LIMIT 1", -1, &st,
        NULL);

    while (rc == SQLITE_OK) {
        sqlite3_bind_int64(st, 1, row_of(id + 1, 0));
        rc = sqlite3_step(st);
        if (rc != SQLITE_ROW) break;
        id = sqlite3_column_int64(st, 0) >> PLACE_BITS;
        if (!is_listed(d, id)) {
            struct generation *g = mem_new(sizeof *g);

            g->id = id;
            g->state = DEAD;
            generation_add(d, g);
        }
        if (id > d->last_id) d->last_id = id;
        rc = sqlite3_reset(st);
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

err_t generation_load(struct dedup *d, const char *path, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(
        d->db, "SELECT id, depth, filter_depth, newest FROM generations ORDER BY id", -1, &st,
        NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        rc = load_one(d, st);
        if (rc == SQLITE_OK) filter_room(d, 0);
    }
    sqlite3_finalize(st);
    if (rc == SQLITE_DONE) rc = load_left(d);
    if (rc == SQLITE_CORRUPT)
        return fail(e, E_IO,
                    "%s is damaged (generations of deliveries): run `botops fsck`, then "
                    "restore a backup",
                    path);
    return rc == SQLITE_OK ? OK : sqlite_fail(d->db, path, e);
}
