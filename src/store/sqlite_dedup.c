#include "store/sqlite_generation.h"

#include <stdlib.h>

#include "store/sqlite.h"

/* The set: 0.8 MB. The filters: whole for half a million deliveries a megabyte. */
#ifdef CRASH_POINTS /* so that a short storm seals and merges, too */
const struct dedup_limits dedup_limits = {.seal = 256, .filter_bytes = 8 << 20};
#else
const struct dedup_limits dedup_limits = {.seal = 16384, .filter_bytes = 8 << 20};
#endif

/* Each delivery is written into a block once when it is sealed and once at each merge: 5 times,
   each time with 31 others, and dropped as often. Twice that pace, so that the work is done before
   the next of it comes. */
enum { DELIVERIES_A_MERGE = 32, DROP_ROWS = 8 };

static const char *const texts[D_KINDS] = {
    [D_ARRIVE] = "INSERT INTO arrivals (entries) VALUES (?1)",
    [D_CLEAR] = "DELETE FROM arrivals",
    [D_FIND] = "SELECT bytes FROM deliveries WHERE place = ?1",
    [D_PUT] = "INSERT INTO deliveries (place, bytes) VALUES (?1, ?2)",
    [D_LIVE] = "INSERT INTO generations (id, depth, filter_depth, newest) VALUES (?1, ?2, ?3, ?4)",
    [D_DEAD] = "DELETE FROM generations WHERE id = ?1",
    [D_DROP] = ("DELETE FROM deliveries WHERE place IN (SELECT place FROM deliveries "
                "WHERE place >= ?1 AND place < ?2 ORDER BY place LIMIT ?3)"),
};

int dedup_remember(struct dedup *d, int64_t oldest_ms, const struct event_row *r,
                   struct id *ret_seen)
{
    struct delivery what = delivery_make(r->connection, r->delivery, &r->id);
    const struct delivery *found = delivery_set_find(&d->set, &what, oldest_ms);
    int rc;

    if (found) {
        *ret_seen = delivery_event(found);
        return SQLITE_CONSTRAINT;
    }
    rc = generation_find(d, &what, oldest_ms, ret_seen);
    if (rc == SQLITE_OK) delivery_set_add(&d->set, &what);
    return rc;
}

static int arrive(struct dedup *d)
{
    sqlite3_stmt *st = d->st[D_ARRIVE];

    sqlite3_bind_blob64(st, 1, d->set.list + d->saved, (d->set.n - d->saved) * sizeof *d->set.list,
                        SQLITE_STATIC);
    return statement_run(st);
}

int dedup_write(struct dedup *d, int64_t oldest_ms)
{
    uint32_t fresh = d->set.n - d->saved;
    int rc = SQLITE_OK;

    if (d->set.n >= d->limits.seal) return generation_seal(d, oldest_ms, &d->plan.sealed);
    if (fresh) rc = arrive(d);
    if (rc == SQLITE_OK) rc = merge_some(d, oldest_ms, fresh / DELIVERIES_A_MERGE + 1);
    if (rc == SQLITE_OK) rc = drop_some(d, oldest_ms, fresh / 2 + DROP_ROWS);
    return rc;
}

void dedup_committed(struct dedup *d)
{
    if (d->plan.sealed) {
        delivery_set_cut(&d->set, 0);
        generation_add(d, d->plan.sealed);
        d->plan.sealed->state = LIVE;
        d->plan.sealed = NULL;
    }
    d->saved = d->set.n;
    merge_committed(d);
    drop_committed(d);
}

void dedup_rolled_back(struct dedup *d)
{
    delivery_set_cut(&d->set, d->saved);
    generation_free(d->plan.sealed);
    d->plan.sealed = d->plan.dead = d->plan.gone = NULL;
    d->plan.merge = NULL;
}

/* --- life --- */

static err_t load_arrivals(struct dedup *d, const char *path, struct err *e)
{
    int64_t bytes = 0;
    sqlite3_stmt *st = NULL;
    uint32_t all;
    int rc;

    TRY(sqlite_number(d->db, path, "SELECT coalesce(sum(length(entries)), 0) FROM arrivals", &bytes,
                      e));
    all = (uint32_t)(bytes / (int64_t)sizeof(struct delivery));
    delivery_set_init(&d->set, (all > d->limits.seal ? all : d->limits.seal) + GROUP_BATCHES);
    rc = sqlite3_prepare_v2(d->db, "SELECT entries FROM arrivals ORDER BY seq", -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        size_t n = (size_t)sqlite3_column_bytes(st, 0) / sizeof(struct delivery);
        const struct delivery *list = sqlite3_column_blob(st, 0);

        for (size_t i = 0; i < n && d->set.n < d->set.max; i++) delivery_set_add(&d->set, &list[i]);
        rc = SQLITE_OK;
    }
    d->saved = d->set.n;
    if (rc != SQLITE_DONE) (void)sqlite_fail(d->db, path, e);
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? OK : e->code;
}

static err_t load(struct dedup *d, const char *path, struct err *e)
{
    for (int i = 0; i < D_KINDS; i++)
        if (sqlite3_prepare_v3(d->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &d->st[i], NULL) !=
            SQLITE_OK)
            return sqlite_fail(d->db, path, e);
    TRY(load_arrivals(d, path, e));
    return generation_load(d, path, e);
}

err_t dedup_open(sqlite3 *db, const char *path, const struct dedup_limits *limits,
                 struct dedup **ret, struct err *e)
{
    struct dedup *d = mem_new(sizeof *d);
    err_t code;

    d->db = db;
    d->limits = *limits;
    code = load(d, path, e);
    if (code == OK)
        *ret = d;
    else
        dedup_free(d);
    return code;
}

void dedup_free(struct dedup *d)
{
    if (!d) return;
    for (int i = 0; i < D_KINDS; i++) sqlite3_finalize(d->st[i]);
    delivery_set_done(&d->set);
    generation_free(d->plan.sealed);
    while (d->list) {
        struct generation *g = d->list;

        d->list = g->next;
        generation_free(g);
    }
    free(d);
}

struct dedup_state dedup_state(const struct dedup *d)
{
    struct dedup_state s = {.bytes = sizeof *d + delivery_set_bytes(&d->set), .reads = d->reads};

    for (const struct generation *g = d->list; g; g = g->next) {
        s.bytes += sizeof *g + filter_bytes(&g->filter);
        if (g->state == LIVE) s.generations++;
        if (g->state == BUILDING) s.merging++;
        if (g->state == DEAD) s.dropping++;
    }
    return s;
}
