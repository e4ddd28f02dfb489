#include <errno.h>

#include "base/crash.h"
#include "base/log.h"
#include "store/sqlite.h"

static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct backend *b = arg;

    (void)db;
    (void)name;
    atomic_store(&b->log_pages, pages);
    return SQLITE_OK;
}

void checkpoint_watch(struct backend *b)
{
    sqlite3_wal_hook(b->db, on_commit, b);
}

bool checkpoint_due(struct backend *b)
{
    int log = atomic_load(&b->log_pages), done = atomic_load(&b->checkpoint_pages);

    if (atomic_load(&b->broken)) return false;
    return (log >= done ? log - done : log) >=
           CHECKPOINT_PAGES; /* less: begun from its start again */
}

/* A database that did not reach the disk must not be trusted again in this process; only the log
   knows the truth, and the next start reads it. No room is no harm: the log still has all. */
static void failed(struct backend *b, int rc, const struct err *e)
{
    if (sqlite_is_full(b->checkpoint_db, rc, errno) || (rc & 0xff) == SQLITE_BUSY) return;
    if (!atomic_exchange(&b->broken, true)) log_error(e->text);
}

bool checkpoint_run(struct backend *b)
{
    int log = 0, done = 0, rc;
    struct err e;

    if (!b->checkpoint_db &&
        sqlite_connect(b->config.path, OPEN_WRITER, &b->checkpoint_db, &e) != OK) {
        log_warn(e.text);
        return false;
    }
    CRASH_POINT(checkpoint);
    errno = 0;
    rc = sqlite3_wal_checkpoint_v2(b->checkpoint_db, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &done);
    if (rc != SQLITE_OK) {
        (void)sqlite_fail(b->checkpoint_db, b->config.path, &e);
        failed(b, rc, &e);
        return false;
    }
    atomic_store(&b->checkpoint_pages, done);
    /* Readers may hold the log where it is; then asking again helps nothing. */
    return done == log && atomic_load(&b->log_pages) > done && log > LOG_PAGES;
}
