#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "store/sqlite.h"

/* Version 1. Ids are ULIDs: inserts go to the right end of each tree. The columns that change least
   and are read most stand first; long texts last, where they may overflow. */
static const char version_1[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"

    "CREATE TABLE events ("
    " id TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, time INTEGER NOT NULL,"
    " depth INTEGER NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL,"
    " connection TEXT NOT NULL, delivery TEXT NOT NULL, who TEXT NOT NULL, room TEXT NOT NULL,"
    " decision TEXT NOT NULL, data TEXT NOT NULL) STRICT;"

    /* See sqlite_dedup.h. */
    "CREATE TABLE arrivals (seq INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;"
    "CREATE TABLE generations ("
    " id INTEGER PRIMARY KEY, depth INTEGER NOT NULL, filter_depth INTEGER NOT NULL,"
    " newest INTEGER NOT NULL) STRICT;"
    "CREATE TABLE deliveries (place INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"

    "CREATE TABLE runs ("
    " id TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, live INTEGER NOT NULL,"
    " wake_at INTEGER NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER NOT NULL,"
    " ended_at INTEGER NOT NULL, status TEXT NOT NULL, phase TEXT NOT NULL, verdict TEXT NOT NULL,"
    " event TEXT NOT NULL, workflow TEXT NOT NULL, version TEXT NOT NULL, cause TEXT NOT NULL,"
    " who TEXT NOT NULL, room TEXT NOT NULL, failed_step TEXT NOT NULL, message TEXT NOT NULL,"
    " inputs TEXT NOT NULL, vars TEXT NOT NULL, outputs TEXT NOT NULL) STRICT;"
    "CREATE INDEX runs_status ON runs (status, id);"
    "CREATE INDEX runs_event ON runs (event, id) WHERE event <> '';"
    "CREATE INDEX runs_open ON runs (id) WHERE ended_at = 0;"
    "CREATE INDEX runs_live ON runs (id) WHERE live = 1;"
    "CREATE INDEX runs_wake ON runs (wake_at, id) WHERE wake_at > 0 AND ended_at = 0;"

    /* n keeps the order in which steps were first recorded. */
    "CREATE TABLE steps ("
    " n INTEGER PRIMARY KEY, run TEXT NOT NULL, path TEXT NOT NULL, attempt INTEGER NOT NULL,"
    " exit_code INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,"
    " due_at INTEGER NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, boot TEXT NOT NULL,"
    " error TEXT NOT NULL, outputs TEXT NOT NULL, UNIQUE (run, path, attempt)) STRICT;"

    "CREATE TABLE history ("
    " run TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, moves TEXT NOT NULL,"
    " PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE outbox ("
    " id TEXT NOT NULL PRIMARY KEY, run TEXT NOT NULL, created_at INTEGER NOT NULL,"
    " sent_at INTEGER NOT NULL, tries INTEGER NOT NULL, room TEXT NOT NULL, kind TEXT NOT NULL,"
    " text TEXT NOT NULL) STRICT;"
    "CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at = 0;"
    "CREATE INDEX outbox_room ON outbox (room, id);"
    "CREATE INDEX outbox_run ON outbox (run, id) WHERE run <> '';"

    "CREATE TABLE versions ("
    " hash TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, source TEXT NOT NULL) STRICT;"

    "CREATE TABLE ticks ("
    " workflow TEXT NOT NULL, cause TEXT NOT NULL, last_at INTEGER NOT NULL,"
    " PRIMARY KEY (workflow, cause)) STRICT, WITHOUT ROWID;";

/* Version 2. A run that was begun by `botops retry` knows how many there were before it. */
static const char version_2[] = "ALTER TABLE runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;";

/* Version 3. A run may ask for a lock, and its turn is a part of the run: there is nothing beside
   it that could say otherwise. Runs of one turn stand in the order of their rows (rowid): ids
   follow the clock, which may be set back. */
static const char version_3[] =
    "ALTER TABLE runs ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN lock_limit INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE runs ADD COLUMN lock TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN conflict TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX runs_lock ON runs (lock, turn) WHERE turn > 0;"
    "CREATE INDEX runs_asking ON runs (lock) WHERE turn > 1 AND conflict IN ('reject', 'skip');";

/* Version 4. Steps in a branch know which attempt of the step around them they belong to. */
static const char version_4[] = "ALTER TABLE steps ADD COLUMN round INTEGER NOT NULL DEFAULT 0;";

static const char *const steps[] = {version_1, version_2, version_3, version_4};

const struct schema sqlite_schema = {.steps = steps, .version = COUNT_OF(steps)};

int store_schema_version(void)
{
    return sqlite_schema.version;
}

/* A copy that was cut short is never taken for a whole one: it gets its name when it is done. */
static err_t snapshot(sqlite3 *db, const char *path, int version, struct err *e)
{
    char part[4096], whole[4096];
    int n = snprintf(part, sizeof part, "%s.v%d.bak.part", path, version);

    if (n < 0 || (size_t)n >= sizeof part)
        return fail(e, E_CONFIG, "the path of the store is longer than %d bytes: use a shorter one",
                    (int)sizeof part - 32);
    snprintf(whole, sizeof whole, "%s.v%d.bak", path, version);
    unlink(part);
    TRY(sqlite_copy(db, part, e));
    if (rename(part, whole) != 0)
        return fail(e, E_IO, "%s cannot be renamed to %s: check the folder", part, whole);
    return sqlite_sync_folder(whole, e);
}

static err_t apply(sqlite3 *db, const char *path, const struct schema *schema, int from,
                   struct err *e)
{
    char sql[96];

    for (int v = from; v < schema->version; v++) {
        TRY(sqlite_run(db, path, schema->steps[v], e));
        if (v == from) CRASH_POINT(migrate_mid);
    }
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id=%d; PRAGMA user_version=%d", APP_ID,
                     schema->version);
    TRY(sqlite_run(db, path, sql, e));
    return sqlite_run(db, path, "COMMIT", e);
}

/* What the file holds: *ret_version, and whether it holds nothing yet. */
static err_t look(sqlite3 *db, const char *path, const struct schema *schema, int64_t *ret_version,
                  bool *ret_empty, struct err *e)
{
    int64_t app, tables;

    TRY(sqlite_number(db, path, "PRAGMA user_version", ret_version, e));
    TRY(sqlite_number(db, path, "PRAGMA application_id", &app, e));
    TRY(sqlite_number(db, path, "SELECT count(*) FROM sqlite_schema", &tables, e));
    *ret_empty = tables == 0;
    if (tables > 0 && app != APP_ID)
        return fail(e, E_CONFIG,
                    "%s is a database of another program: give another path as the store", path);
    if (*ret_version > schema->version)
        return fail(e, E_CONFIG,
                    "%s was written by a newer version of botops (schema %d, this one knows %d): "
                    "install that version, or restore a backup made before the upgrade",
                    path, (int)*ret_version, schema->version);
    return OK;
}

err_t sqlite_migrate(sqlite3 *db, const char *path, const struct schema *schema, struct err *e)
{
    int64_t version;
    bool empty;
    err_t code;

    TRY(look(db, path, schema, &version, &empty, e));
    TRY(sqlite_run(db, path, "PRAGMA journal_mode=WAL", e));
    if (version == schema->version && !empty) return OK;
    if (!empty) TRY(snapshot(db, path, (int)version, e));
    TRY(sqlite_run(db, path, "BEGIN IMMEDIATE", e));
    code = apply(db, path, schema, empty ? 0 : (int)version, e);
    if (code != OK && !sqlite3_get_autocommit(db)) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}
