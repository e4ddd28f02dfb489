/* sqlite_dedup.h - which deliveries were accepted: exact, for the cost of an append.
 *
 * A table of random keys costs a page a delivery. So deliveries are first kept
 * in the order of arrival (one row of `arrivals` a commit, 32 bytes each) and
 * in an exact set in memory. When the set is full it becomes a *generation*: a
 * block for every 32 deliveries, by the first bits of the key, appended to
 * `deliveries` in one transaction. Eight generations of a size are merged into
 * one, block by block, a few after each commit; so their number grows with the
 * logarithm of the deliveries. A look-up asks the set, then a filter in memory
 * for each generation, then reads one block where the filter said "perhaps".
 * Filters have 16 bits a delivery, together at most `filter_bytes`: when that
 * is reached the largest is halved, which costs look-ups, never exactness.
 *
 * An event's ULID tells how old a delivery is: what is too old is not found any
 * more, is left out when blocks are written, and a generation that has only
 * such goes whole, a few rows after each commit.
 *
 * Memory follows the disk: dedup_write() goes before COMMIT, then one of
 * dedup_committed(), dedup_rolled_back(). Rows of `deliveries` of which
 * `generations` knows nothing are what a crash left, and removed. Functions
 * that return int give a SQLite result. Store thread only.
 */
#ifndef STORE_SQLITE_DEDUP_H
#define STORE_SQLITE_DEDUP_H

#include <sqlite3.h>

#include "base/err.h"
#include "store/row.h"

struct dedup_limits {
    uint32_t seal;       /* deliveries in the set that become a generation */
    size_t filter_bytes; /* of all filters */
};
extern const struct dedup_limits dedup_limits;

struct dedup;

err_t dedup_open(sqlite3 *db, const char *path, const struct dedup_limits *limits,
                 struct dedup **ret, struct err *e) MUST_CHECK;
void dedup_free(struct dedup *d);

/* SQLITE_OK: new, and remembered from the next dedup_write() on; SQLITE_CONSTRAINT: ret_seen gets
   the event it was accepted as, one not made before oldest_ms (wall); else what went wrong. */
int dedup_remember(struct dedup *d, int64_t oldest_ms, const struct event_row *r,
                   struct id *ret_seen);
int dedup_write(struct dedup *d, int64_t oldest_ms); /* and some of what is left to do */
void dedup_committed(struct dedup *d);
void dedup_rolled_back(struct dedup *d);

struct dedup_state {
    size_t bytes; /* of memory */
    int generations, merging, dropping;
    int64_t reads; /* blocks read to answer dedup_remember() */
};
struct dedup_state dedup_state(const struct dedup *d);

#endif
