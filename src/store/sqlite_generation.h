/* sqlite_generation.h - the insides of sqlite_dedup.h, for its three files.
 *
 * A generation is a row of `generations` and rows of `deliveries`: block i at
 * place id * 2^24 + i, which holds the deliveries whose keys begin with the
 * bits of i; and the pieces of its filter, from id * 2^24 + 2^23 on. Only the
 * row of `generations` makes it count; it is written last and removed first.
 * Functions that return int give a SQLite result. What they change in memory
 * but what is in `plan` may stay when the transaction is rolled back.
 */
#ifndef STORE_SQLITE_GENERATION_H
#define STORE_SQLITE_GENERATION_H

#include "store/delivery.h"
#include "store/sqlite_dedup.h"

enum {
    MERGE_DEPTH = 3, /* 2^3 generations become one */
    MERGE_WAYS = 1 << MERGE_DEPTH,
    BLOCK_KEYS = 32, /* about; a block is 1 KB: three or four lie on a page */
    DEPTH_MAX = 21,  /* 67 million deliveries; larger generations are not made */
    PLACE_BITS = 24, /* of a row in its generation: blocks, then pieces of its filter */
    PLACE_FILTER = 1 << (PLACE_BITS - 1),
    PIECE_LINES = 1024 /* of a filter in one row: 64 KB */
};

enum dedup_statement { D_ARRIVE, D_CLEAR, D_FIND, D_PUT, D_LIVE, D_DEAD, D_DROP, D_KINDS };

enum generation_state { BUILDING, LIVE, DEAD };

struct generation {
    struct generation *next; /* the one made before */
    int64_t id;
    int64_t newest; /* the latest event's time, milliseconds */
    int depth;      /* it has 2^depth blocks */
    enum generation_state state;
    bool merging; /* it is a source */
    struct filter filter;
};

struct merge {
    struct generation *from[MERGE_WAYS], *into; /* into is NULL: there is none */
    uint32_t next;                              /* block of the sources */
};

struct dedup {
    sqlite3 *db;
    struct dedup_limits limits;
    sqlite3_stmt *st[D_KINDS];
    struct delivery_set set;
    uint32_t saved; /* of the set's deliveries, how many are in `arrivals` */
    struct generation *list;
    int64_t last_id, reads;
    struct merge merges[DEPTH_MAX + 1]; /* by the sources' depth */
    struct {                            /* what becomes true with the commit */
        struct generation *sealed, *dead, *gone;
        struct merge *merge;
        uint32_t next;
    } plan;
};

/* --- sqlite_generation.c --- */

int generation_depth(const struct dedup *d);                   /* of one that was sealed */
struct generation *generation_new(struct dedup *d, int depth); /* its filter within the limits */
void generation_free(struct generation *g);
void generation_add(struct dedup *d, struct generation *g);
int generation_find(struct dedup *d, const struct delivery *what, int64_t oldest_ms,
                    struct id *ret_seen);
int generation_seal(struct dedup *d, int64_t oldest_ms, struct generation **ret);
int generation_put(struct dedup *d, struct generation *g, uint32_t block,
                   const struct delivery *list, size_t n); /* a block, and its keys to the filter */
int generation_live(struct dedup *d, const struct generation *g); /* when all its blocks are */
err_t generation_load(struct dedup *d, const char *path, struct err *e) MUST_CHECK;
int block_read(struct dedup *d, int64_t id, uint32_t block, const struct delivery **ret,
               size_t *ret_n); /* until block_done() */
int block_done(struct dedup *d);

/* --- sqlite_merge.c: what rides on commits --- */

int merge_some(struct dedup *d, int64_t oldest_ms, uint32_t blocks);
void merge_committed(struct dedup *d);
int drop_some(struct dedup *d, int64_t oldest_ms, uint32_t rows);
void drop_committed(struct dedup *d);

#endif
