#include "rows.h"

#include <sqlite3.h>
#include <stdio.h>

#include "kit.h"

struct rows {
    sqlite3 *db;
    sqlite3_stmt *begin, *add, *commit;
    bool begun, ordered;
    long long n;
};

static void must(struct rows *r, int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE) return;
    die(sqlite3_errmsg(r->db));
}

static sqlite3_stmt *prepare(struct rows *r, const char *sql)
{
    sqlite3_stmt *s;

    must(r, sqlite3_prepare_v3(r->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL));
    return s;
}

static void run(struct rows *r, sqlite3_stmt *s)
{
    must(r, sqlite3_step(s));
    sqlite3_reset(s);
}

struct rows *rows_open(const char *folder, bool ordered)
{
    struct rows *r = mem_new(sizeof *r);
    char path[4096];

    r->ordered = ordered;
    snprintf(path, sizeof path, "%s/rows.db", folder);
    must(r,
         sqlite3_open_v2(path, &r->db,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    must(r, sqlite3_exec(r->db,
                         "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                         "CREATE TABLE e (id INTEGER PRIMARY KEY, source TEXT, delivery TEXT,"
                         " at INTEGER, state INTEGER, body TEXT, UNIQUE (source, delivery))",
                         NULL, NULL, NULL));
    r->begin = prepare(r, "BEGIN IMMEDIATE");
    r->commit = prepare(r, "COMMIT");
    r->add = prepare(r, "INSERT INTO e (source, delivery, at, state, body) VALUES (?,?,?,?,?)");
    return r;
}

void rows_close(struct rows *r)
{
    sqlite3_finalize(r->begin);
    sqlite3_finalize(r->add);
    sqlite3_finalize(r->commit);
    sqlite3_close(r->db);
    free(r);
}

void rows_add(struct rows *r, struct str delivery, struct str body)
{
    char key[128];
    int n = r->ordered ? snprintf(key, sizeof key, "%016llx-" STR_FMT, r->n++, STR_ARG(delivery))
                       : snprintf(key, sizeof key, STR_FMT, STR_ARG(delivery));

    if (n < 0 || n >= (int)sizeof key) die("a delivery id is too long");
    if (!r->begun) run(r, r->begin);
    r->begun = true;
    sqlite3_bind_text(r->add, 1, "github", 6, SQLITE_STATIC);
    sqlite3_bind_text(r->add, 2, key, n, SQLITE_STATIC);
    sqlite3_bind_int64(r->add, 3, clock_wall());
    sqlite3_bind_int(r->add, 4, 1);
    sqlite3_bind_text(r->add, 5, body.p, (int)body.n, SQLITE_STATIC);
    run(r, r->add);
}

void rows_commit(struct rows *r)
{
    if (r->begun) run(r, r->commit);
    r->begun = false;
}
