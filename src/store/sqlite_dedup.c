#include <string.h>

#include "io/crypto.h"
#include "store/sqlite.h"

/* A delivery is known by the first half of SHA-256 over "connection NUL delivery": whoever could
   find two that agree can only make a delivery of their own unheard, and the short key keeps a row
   at 60 bytes. Rows lie by (day, key): a day's rows are purged as one range, and days gone by are
   only read. */
enum { KEY_LEN = 16, PURGE_ROWS = 200 };

static const int64_t DAY_US = 86400 * INT64_C(1000000);

static void make_key(const struct event_row *r, uint8_t key[SHA256_LEN])
{
    char text[512];
    size_t n = r->connection.n + 1 + r->delivery.n;

    if (n <= sizeof text) {
        if (r->connection.n) memcpy(text, r->connection.p, r->connection.n);
        text[r->connection.n] = '\0';
        memcpy(text + r->connection.n + 1, r->delivery.p, r->delivery.n);
        sha256(str_n(text, n), key);
    } else {
        struct sha256 *h = sha256_new();

        sha256_add(h, r->connection);
        sha256_add(h, str_n("", 1));
        sha256_add(h, r->delivery);
        sha256_end(h, key);
    }
}

int64_t dedup_today(const struct backend *b)
{
    return b->config.wall(b->config.ctx) / DAY_US;
}

/* --- the days that have rows --- */

static bool has_day(const struct backend *b, int64_t day)
{
    for (int i = b->days_n; i > 0; i--)
        if (b->days[i - 1] == day) return true;
    return false;
}

/* When the list is full the oldest is forgotten here; its rows are found again at the next start.
 */
static void add_day(struct backend *b, int64_t day)
{
    int at;

    if (has_day(b, day)) return;
    if (b->days_n == DAYS_MAX) memmove(b->days, b->days + 1, --b->days_n * sizeof *b->days);
    for (at = b->days_n; at > 0 && b->days[at - 1] > day; at--) b->days[at] = b->days[at - 1];
    b->days[at] = day;
    b->days_n++;
}

err_t dedup_load(struct backend *b, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int64_t last = INT64_MIN;
    int rc =
        sqlite3_prepare_v2(b->db, "SELECT min(day) FROM deliveries WHERE day > ?1", -1, &st, NULL);

    b->days_n = 0;
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        sqlite3_bind_int64(st, 1, last);
        rc = sqlite3_step(st);
        if (rc != SQLITE_ROW || sqlite3_column_type(st, 0) == SQLITE_NULL) break;
        last = sqlite3_column_int64(st, 0);
        add_day(b, last);
        sqlite3_reset(st);
    }
    if (rc != SQLITE_ROW) (void)sqlite_fail(b->db, b->config.path, e);
    sqlite3_finalize(st);
    return rc == SQLITE_ROW ? OK : e->code;
}

/* --- asking and remembering --- */

static int find(struct backend *b, int64_t day, const uint8_t *key, struct id *ret_seen)
{
    sqlite3_stmt *st = b->write[W_SEEN];
    int rc, again;

    sqlite3_bind_int64(st, 1, day);
    sqlite3_bind_blob(st, 2, key, KEY_LEN, SQLITE_STATIC);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(st, 0) == ID_LEN)
        memcpy(ret_seen->s, sqlite3_column_text(st, 0), ID_LEN);
    again = sqlite3_reset(st);
    if (rc == SQLITE_ROW) return SQLITE_CONSTRAINT;
    return rc == SQLITE_DONE ? SQLITE_OK : again;
}

int dedup_remember(struct backend *b, int64_t today, const struct event_row *r, struct id *ret_seen)
{
    sqlite3_stmt *st = b->write[W_REMEMBER];
    uint8_t key[SHA256_LEN];
    int rc = SQLITE_OK;

    make_key(r, key);
    for (int i = b->days_n; i > 0 && rc == SQLITE_OK; i--)
        if (b->days[i - 1] != today && b->days[i - 1] >= today - b->config.dedup_days)
            rc = find(b, b->days[i - 1], key, ret_seen);
    if (rc != SQLITE_OK) return rc;

    sqlite3_bind_int64(st, 1, today);
    sqlite3_bind_blob(st, 2, key, KEY_LEN, SQLITE_STATIC);
    bind_id(st, 3, &r->id);
    rc = statement_run(st);
    if (rc != SQLITE_OK) return rc;
    if (sqlite3_changes(b->db) == 0) return find(b, today, key, ret_seen);
    add_day(b, today);
    return SQLITE_OK;
}

/* Rides on commits, so that an idle server does nothing. */
int dedup_purge(struct backend *b, int64_t today)
{
    sqlite3_stmt *st = b->write[W_PURGE];
    int rc;

    if (b->days_n == 0 || b->days[0] >= today - b->config.dedup_days) return SQLITE_OK;
    sqlite3_bind_int64(st, 1, b->days[0]);
    sqlite3_bind_int(st, 2, PURGE_ROWS);
    rc = statement_run(st);
    if (rc == SQLITE_OK && sqlite3_changes(b->db) < PURGE_ROWS)
        memmove(b->days, b->days + 1, --b->days_n * sizeof *b->days);
    return rc;
}
