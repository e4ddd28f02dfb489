#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/sqlite.h"

enum { KEPT = 40 }; /* constant queries of read.c and check.c */

struct link {
    sqlite3 *db;
    const char *path;
    struct {
        const char *sql; /* its address is its name */
        sqlite3_stmt *statement;
        bool used;
    } kept[KEPT];
    int kept_n;
};

sqlite3 *link_db(struct link *l)
{
    return l->db;
}

err_t link_open(struct backend *b, struct link **ret, struct err *e)
{
    struct link *l = mem_new(sizeof *l);
    err_t code;

    l->path = b->config.path;
    code = sqlite_connect(l->path, OPEN_READER, &l->db, e);
    if (code == OK) {
        if (b->config.read_only)
            sqlite3_db_config(l->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        *ret = l;
    } else {
        free(l);
    }
    return code;
}

void link_close(struct link *l)
{
    for (int i = 0; i < l->kept_n; i++) sqlite3_finalize(l->kept[i].statement);
    sqlite3_close_v2(l->db);
    free(l);
}

err_t link_begin(struct link *l, struct err *e)
{
    return sqlite_run(l->db, l->path, "BEGIN", e);
}

void link_end(struct link *l)
{
    if (!sqlite3_get_autocommit(l->db)) sqlite3_exec(l->db, "COMMIT", NULL, NULL, NULL);
}

/* The statement kept for a constant query, unless it is being read further up the stack. */
static sqlite3_stmt *take_kept(struct link *l, const char *sql)
{
    for (int i = 0; i < l->kept_n; i++) {
        if (l->kept[i].sql != sql || l->kept[i].used) continue;
        l->kept[i].used = true;
        return l->kept[i].statement;
    }
    return NULL;
}

static bool keep(struct link *l, const char *sql, sqlite3_stmt *st)
{
    if (l->kept_n == KEPT) return false;
    l->kept[l->kept_n].sql = sql;
    l->kept[l->kept_n].statement = st;
    l->kept[l->kept_n++].used = true;
    return true;
}

static void bind_params(sqlite3_stmt *st, const struct query *q)
{
    for (int i = 0; i < q->n; i++) {
        if (q->params[i].is_text)
            sqlite3_bind_text64(st, i + 1, q->params[i].text.n ? q->params[i].text.p : "",
                                q->params[i].text.n, SQLITE_TRANSIENT, SQLITE_UTF8);
        else
            sqlite3_bind_int64(st, i + 1, q->params[i].number);
    }
}

err_t link_query(struct link *l, const struct query *q, struct cursor *ret, struct err *e)
{
    sqlite3_stmt *st = q->keep ? take_kept(l, q->sql) : NULL;

    *ret = (struct cursor){.link = l, .kept = st != NULL};
    if (!st && sqlite3_prepare_v2(l->db, q->sql, -1, &st, NULL) != SQLITE_OK)
        return sqlite_fail(l->db, l->path, e);
    if (q->keep && !ret->kept) ret->kept = keep(l, q->sql, st);
    ret->statement = st;
    bind_params(st, q);
    return OK;
}

bool link_next(struct cursor *c, struct err *e)
{
    int rc = sqlite3_step(c->statement);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE) (void)sqlite_fail(c->link->db, c->link->path, e);
    return rc == SQLITE_ROW;
}

int64_t link_number(struct cursor *c, int column)
{
    return sqlite3_column_int64(c->statement, column);
}

struct str link_text(struct cursor *c, int column)
{
    const char *p = (const char *)sqlite3_column_text(c->statement, column);

    return str_n(p ? p : "", p ? (size_t)sqlite3_column_bytes(c->statement, column) : 0);
}

void link_stop(struct cursor *c)
{
    struct link *l = c->link;

    if (!c->kept) {
        sqlite3_finalize(c->statement);
        return;
    }
    sqlite3_reset(c->statement);
    sqlite3_clear_bindings(c->statement);
    for (int i = 0; i < l->kept_n; i++)
        if (l->kept[i].statement == c->statement) l->kept[i].used = false;
}

static int64_t file_bytes(const char *path, const char *tail)
{
    struct arena *a AUTO(arena) = arena_new();
    struct stat st;

    return stat(arena_fmt(a, "%s%s", path, tail), &st) == 0 ? st.st_size : 0;
}

int64_t link_bytes(struct link *l)
{
    return file_bytes(l->path, "") + file_bytes(l->path, "-wal");
}

void link_check(struct link *l, struct report *report)
{
    sqlite3_stmt *st = NULL;
    struct err e;
    int rc = sqlite3_prepare_v2(l->db, "PRAGMA integrity_check", -1, &st, NULL);

    if (rc == SQLITE_OK)
        while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
            const char *text = (const char *)sqlite3_column_text(st, 0);

            if (text && strcmp(text, "ok") != 0) report_add(report, l->path, 0, 0, "%s", text);
        }
    if (rc != SQLITE_DONE) {
        (void)sqlite_fail(l->db, l->path, &e);
        report_err(report, l->path, &e);
    }
    sqlite3_finalize(st);
}
