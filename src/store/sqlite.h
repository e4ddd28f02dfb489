/* sqlite.h - the parts of the SQLite backend; seen by sqlite_*.c and their tests only.
 *
 * One connection writes (store thread), one checkpoints (its thread), each
 * reading lane has one. WAL with synchronous=FULL: a commit is one fsync of the
 * log. The log file is kept at its size while the server runs, because
 * overwriting is twice as fast as appending; the last connection to close
 * empties it into the database and removes it.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "store/backend.h"
#include "store/sqlite_dedup.h"

enum {
    APP_ID = 0x426f744f, /* "BotO", in the file's header */
    WRITER_CACHE_KB = 1024,
    READER_CACHE_KB = 256,
    BUSY_MS = 5000,          /* how long to wait for another program's lock */
    CHECKPOINT_PAGES = 2000, /* a checkpoint each time the log grew by this: 8 MB */
    LOG_PAGES = 8000 /* past this the writer is held for the checkpoint's last part: 32 MB */
};

/* --- statements for writing --- */

enum write {
    W_BEGIN,
    W_COMMIT,
    W_ROLLBACK,
    W_EVENT,
    W_RUN_NEW,
    W_RUN,
    W_STEP,
    W_HISTORY,
    W_SAY,
    W_SAID,
    W_SAY_FAILED,
    W_VERSION,
    W_TICK,
    W_META,
    W_KINDS
};

enum { FORGET_STATEMENTS = 7 };

struct backend {
    struct store_config config;
    sqlite3 *db;
    sqlite3_stmt *write[W_KINDS];
    sqlite3_stmt *forget[FORGET_STATEMENTS];
    sqlite3 *checkpoint_db; /* opened by the first checkpoint */
    struct dedup *dedup;

    bool full;                   /* the last group did not fit; to log it once */
    atomic_bool broken;          /* a sync or a write failed: nothing is accepted any more */
    atomic_int log_pages;        /* in the log, as of the last commit */
    atomic_int checkpoint_pages; /* of them already in the database */
};

/* --- sqlite_open.c: connections, and errors in words --- */

enum open_as { OPEN_WRITER, OPEN_CREATE, OPEN_READER };
err_t sqlite_connect(const char *path, enum open_as as, sqlite3 **ret, struct err *e) MUST_CHECK;
err_t sqlite_run(sqlite3 *db, const char *path, const char *sql, struct err *e) MUST_CHECK;
err_t sqlite_number(sqlite3 *db, const char *path, const char *sql, int64_t *ret,
                    struct err *e) MUST_CHECK; /* the first column of the first row; 0 when none */
err_t sqlite_fail(sqlite3 *db, const char *path, struct err *e); /* the connection's last error */
bool sqlite_is_full(sqlite3 *db, int rc, int os); /* no room: may pass later; os: errno, which
                                                     SQLite does not always keep */

/* --- sqlite_schema.c --- */

struct schema {
    const char *const *steps; /* steps[v] leads from version v to v + 1 */
    int version;              /* how many there are */
};
extern const struct schema sqlite_schema;

/* Brings the file to the schema's version: creates it, or migrates in one transaction after a
   snapshot beside it. E_CONFIG: made by a newer version. */
err_t sqlite_migrate(sqlite3 *db, const char *path, const struct schema *schema,
                     struct err *e) MUST_CHECK;

/* --- sqlite_write.c --- */

err_t write_prepare(struct backend *b, struct err *e) MUST_CHECK;
void write_done(struct backend *b);
void write_commit(struct backend *b, struct job *first);
enum commit write_forget(struct backend *b, struct forget *f, size_t rows, bool *ret_more);
int64_t write_oldest(const struct backend *b); /* deliveries are known back to then: wall ms */
int write_end(struct backend *b, int64_t oldest_ms); /* the rest of a transaction, and COMMIT */
/* What a failed statement means, by its code and errno; rolls back. COMMIT_FULL or COMMIT_BROKEN.
 */
enum commit write_failed(struct backend *b, int rc);
int statement_run(sqlite3_stmt *st); /* for statements without rows: SQLITE_OK or the error */

static inline void bind_str(sqlite3_stmt *st, int at, struct str s)
{
    sqlite3_bind_text64(st, at, s.n ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

static inline void bind_id(sqlite3_stmt *st, int at, const struct id *id)
{
    bind_str(st, at, id_str(id));
}

/* --- sqlite_checkpoint.c --- */

bool checkpoint_due(struct backend *b);
bool checkpoint_run(struct backend *b);
void checkpoint_watch(struct backend *b); /* counts the log's pages at each commit */

/* --- sqlite_read.c --- */

err_t link_open(struct backend *b, struct link **ret, struct err *e);
void link_close(struct link *l);
err_t link_begin(struct link *l, struct err *e);
void link_end(struct link *l);
err_t link_query(struct link *l, const struct query *q, struct cursor *ret, struct err *e);
bool link_next(struct cursor *c, struct err *e);
int64_t link_number(struct cursor *c, int column);
struct str link_text(struct cursor *c, int column);
void link_stop(struct cursor *c);
int64_t link_bytes(struct link *l);
void link_check(struct link *l, struct report *report);
err_t link_backup(struct link *l, const char *path, struct err *e); /* in sqlite_backup.c */
sqlite3 *link_db(struct link *l);

/* --- sqlite_backup.c --- */

/* Copies what `from` sees into a new file, and syncs it and its folder. */
err_t sqlite_copy(sqlite3 *from, const char *path, struct err *e) MUST_CHECK;
err_t sqlite_sync_folder(const char *path, struct err *e) MUST_CHECK; /* the one `path` lies in */

#endif
