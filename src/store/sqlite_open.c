#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite.h"

/* Memory statistics cost a lock at every allocation, and nobody reads them. */
static void configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
}

bool sqlite_is_full(sqlite3 *db, int rc, int os)
{
    int kind = rc & 0xff, kept = sqlite3_system_errno(db);

    if (kind == SQLITE_FULL) return true;
    /* A sync that failed may have dropped what it should have written, whatever the reason. */
    if (kind != SQLITE_IOERR || rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
        return false;
    if (kept) os = kept;
    return os == ENOSPC || os == EDQUOT || os == EFBIG;
}

static err_t cannot_open(const char *path, int os, struct err *e)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return fail(e, E_CONFIG, "%s is a folder: give the path of a file in it as the store",
                    path);
    if (os == ENOENT)
        return fail(e, E_CONFIG, "the folder of %s does not exist: create it, or give another path",
                    path);
    if (os == EACCES || os == EPERM || os == EROFS)
        return fail(e, E_IO,
                    "%s cannot be written (%s): let the user who runs botops write the file and "
                    "its folder",
                    path, strerror(os));
    if (os == ENOSPC || os == EDQUOT)
        return fail(e, E_FULL, "%s cannot be created (%s): make room on its disk", path,
                    strerror(os));
    return fail(e, E_IO, "%s cannot be opened (%s): see whether its disk is in order", path,
                os ? strerror(os) : "no reason given");
}

err_t sqlite_fail(sqlite3 *db, const char *path, struct err *e)
{
    int rc = sqlite3_extended_errcode(db), os = sqlite3_system_errno(db);
    const char *why = sqlite3_errmsg(db);

    if (sqlite_is_full(db, rc, errno))
        return fail(e, E_FULL, "there is no room to write %s: free some space on its disk", path);
    switch (rc & 0xff) {
    case SQLITE_NOTADB:
        return fail(e, E_IO,
                    "%s is not a SQLite database, or its beginning was overwritten: restore a "
                    "backup, or move it away to begin with an empty store",
                    path);
    case SQLITE_CORRUPT:
        return fail(e, E_IO, "%s is damaged (%s): run `botops fsck`, then restore a backup", path,
                    why);
    case SQLITE_CANTOPEN:
        return cannot_open(path, os, e);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return fail(e, E_IO,
                    "%s cannot be written: let the user who runs botops write the file and its "
                    "folder",
                    path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(e, E_CONFLICT, "%s is in use by another program: end that program first", path);
    case SQLITE_IOERR:
        return fail(e, E_IO, "the disk failed while %s was read or written (%s): check the disk",
                    path, os ? strerror(os) : why);
    default:
        return fail(e, E_IO, "%s: %s", path, why);
    }
}

err_t sqlite_run(sqlite3 *db, const char *path, const char *sql, struct err *e)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? OK : sqlite_fail(db, path, e);
}

err_t sqlite_number(sqlite3 *db, const char *path, const char *sql, int64_t *ret, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

    if (rc == SQLITE_OK) rc = sqlite3_step(st);
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        *ret = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    else
        (void)sqlite_fail(db, path, e);
    sqlite3_finalize(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? OK : e->code;
}

/* SQLite would create the file with the mode of the umask; its log gets the mode of the file. */
static err_t create_file(const char *path, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) return errno == EEXIST ? OK : cannot_open(path, errno, e);
    close(fd);
    return OK;
}

static err_t set_up(sqlite3 *db, const char *path, enum open_as as, struct err *e)
{
    char sql[256];
    int kb = as == OPEN_READER ? READER_CACHE_KB : WRITER_CACHE_KB;

    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_snprintf(sizeof sql, sql,
                     "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                     "PRAGMA journal_size_limit=-1; PRAGMA foreign_keys=0; PRAGMA mmap_size=0;"
                     "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-%d; PRAGMA query_only=%d",
                     kb, as == OPEN_READER);
    return sqlite_run(db, path, sql, e);
}

err_t sqlite_connect(const char *path, enum open_as as, sqlite3 **ret, struct err *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sqlite3 *db = NULL;
    err_t code = OK;

    pthread_once(&once, configure);
    if (as == OPEN_CREATE) TRY(create_file(path, e));
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        code = db ? sqlite_fail(db, path, e) : fail(e, E_IO, "%s: out of memory", path);
    if (code == OK) code = set_up(db, path, as, e);
    if (code == OK)
        *ret = db;
    else
        sqlite3_close_v2(db);
    return code;
}

/* --- the backend --- */

static err_t check_kind(sqlite3 *db, const char *path, struct err *e)
{
    int64_t app = 0, version = 0;

    TRY(sqlite_number(db, path, "PRAGMA application_id", &app, e));
    TRY(sqlite_number(db, path, "PRAGMA user_version", &version, e));
    if (app != APP_ID || version != sqlite_schema.version)
        return fail(e, E_CONFIG,
                    "%s has schema %d, but this program reads schema %d: use the "
                    "program that made it, or start the server once to upgrade it",
                    path, (int)version, sqlite_schema.version);
    return OK;
}

static err_t open_for_writing(struct backend *b, struct err *e)
{
    const char *path = b->config.path;

    TRY(sqlite_connect(path, OPEN_CREATE, &b->db, e));
    if (sqlite3_db_readonly(b->db, "main") == 1) return cannot_open(path, EACCES, e);
    TRY(sqlite_migrate(b->db, path, &sqlite_schema, e));
    TRY(write_prepare(b, e));
    return dedup_open(b->db, path, &dedup_limits, &b->dedup, e);
}

static err_t open_for_reading(struct backend *b, struct err *e)
{
    TRY(sqlite_connect(b->config.path, OPEN_READER, &b->db, e));
    /* The last one out would otherwise write the log into the database. */
    sqlite3_db_config(b->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return check_kind(b->db, b->config.path, e);
}

static void backend_close(struct backend *b)
{
    write_done(b);
    dedup_free(b->dedup);
    if (b->db && atomic_load(&b->broken)) { /* leave the log to the next start */
        sqlite3_db_config(b->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        if (b->checkpoint_db)
            sqlite3_db_config(b->checkpoint_db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    sqlite3_close_v2(b->checkpoint_db);
    sqlite3_close_v2(b->db);
    free(b);
}

static err_t backend_open(const struct store_config *c, struct backend **ret, struct err *e)
{
    struct backend *b = mem_new(sizeof *b);
    err_t code;

    b->config = *c;
    code = c->read_only ? open_for_reading(b, e) : open_for_writing(b, e);
    if (code == OK)
        *ret = b;
    else
        backend_close(b);
    return code;
}

const struct backend_ops sqlite_backend = {
    .open = backend_open,
    .close = backend_close,
    .commit = write_commit,
    .forget = write_forget,
    .checkpoint_due = checkpoint_due,
    .checkpoint = checkpoint_run,
    .link_open = link_open,
    .link_close = link_close,
    .link_begin = link_begin,
    .link_end = link_end,
    .query = link_query,
    .next = link_next,
    .number = link_number,
    .text = link_text,
    .end = link_stop,
    .bytes = link_bytes,
    .backup = link_backup,
    .check = link_check,
};
