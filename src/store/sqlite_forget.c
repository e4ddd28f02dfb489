#include <string.h>

#include "base/crash.h"
#include "store/sqlite.h"

/* What is deleted one after the other. Runs whose words still wait to be sent stay until they are.
 */
enum forget_step { F_RUNS, F_STEPS, F_HISTORY, F_SAYS, F_RUN, F_EVENTS, F_OTHER_SAYS, F_KINDS };

_Static_assert((int)F_KINDS <= (int)FORGET_STATEMENTS, "struct backend has room for them");

static const char *const texts[F_KINDS] = {
    [F_RUNS] =
        "SELECT id FROM runs WHERE id < ?1 AND ended_at > 0 AND ended_at < ?2 AND NOT EXISTS "
        "(SELECT 1 FROM outbox WHERE run = runs.id AND run <> '' AND sent_at = 0) "
        "ORDER BY id LIMIT ?3",
    [F_STEPS] = "DELETE FROM steps WHERE run = ?1",
    [F_HISTORY] = "DELETE FROM history WHERE run = ?1",
    [F_SAYS] = "DELETE FROM outbox WHERE run = ?1 AND run <> ''",
    [F_RUN] = "DELETE FROM runs WHERE id = ?1",
    [F_EVENTS] =
        "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < ?1 AND NOT EXISTS "
        "(SELECT 1 FROM runs WHERE event = events.id AND event <> '') "
        "ORDER BY id LIMIT ?2)",
    [F_OTHER_SAYS] = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE id < ?1 "
                     "AND run = '' AND sent_at > 0 ORDER BY id LIMIT ?2)",
};

static int prepare(struct backend *b)
{
    int rc = SQLITE_OK;

    for (int i = 0; i < F_KINDS && rc == SQLITE_OK; i++)
        if (!b->forget[i])
            rc = sqlite3_prepare_v3(b->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &b->forget[i],
                                    NULL);
    return rc;
}

/* The least ULID of a millisecond: what was made before it has a smaller id. */
static struct id least_id(int64_t wall_us)
{
    static const uint8_t zeros[ID_RANDOM];
    struct id_maker m = {0};

    return id_next(&m, wall_us > 0 ? wall_us : 0, zeros);
}

static int delete_all(struct backend *b, enum forget_step what, const struct id *run,
                      struct forget *f)
{
    int rc;

    bind_id(b->forget[what], 1, run);
    rc = statement_run(b->forget[what]);
    if (rc == SQLITE_OK) f->rows += (size_t)sqlite3_changes(b->db);
    return rc;
}

static int delete_run(struct backend *b, const struct id *run, struct forget *f)
{
    int rc = SQLITE_OK;

    for (int what = F_STEPS; what <= F_RUN && rc == SQLITE_OK; what++)
        rc = delete_all(b, what, run, f);
    if (rc == SQLITE_OK)
        *(struct id *)arena_push(f->arena, &f->runs, &f->runs_n, sizeof *f->runs) = *run;
    return rc;
}

/* Whole runs until the slice is full; ids are taken first, for the deletions change what is read.
 */
static int delete_runs(struct backend *b, struct forget *f, const struct id *end, size_t limit)
{
    struct id list[64];
    size_t n = 0;
    sqlite3_stmt *st = b->forget[F_RUNS];
    int rc;

    bind_id(st, 1, end);
    sqlite3_bind_int64(st, 2, f->before);
    sqlite3_bind_int64(st, 3, COUNT_OF(list));
    while (n < COUNT_OF(list) && sqlite3_step(st) == SQLITE_ROW) {
        memset(&list[n], 0, sizeof list[n]);
        memcpy(list[n].s, sqlite3_column_text(st, 0), ID_LEN);
        n++;
    }
    rc = sqlite3_reset(st);
    for (size_t i = 0; i < n && rc == SQLITE_OK && f->rows < limit; i++)
        rc = delete_run(b, &list[i], f);
    return rc;
}

static int delete_some(struct backend *b, enum forget_step what, struct forget *f,
                       const struct id *end, size_t limit)
{
    int rc;

    if (f->rows >= limit) return SQLITE_OK;
    bind_id(b->forget[what], 1, end);
    sqlite3_bind_int64(b->forget[what], 2, (int64_t)(limit - f->rows));
    rc = statement_run(b->forget[what]);
    if (rc == SQLITE_OK) f->rows += (size_t)sqlite3_changes(b->db);
    return rc;
}

static int delete_slice(struct backend *b, struct forget *f, size_t limit)
{
    struct id end = least_id(f->before);
    size_t before = f->rows;
    int rc = statement_run(b->write[W_BEGIN]);

    if (rc == SQLITE_OK) rc = delete_runs(b, f, &end, limit);
    if (rc == SQLITE_OK && f->rows == before) rc = delete_some(b, F_EVENTS, f, &end, limit);
    if (rc == SQLITE_OK) rc = delete_some(b, F_OTHER_SAYS, f, &end, limit);
    CRASH_POINT(forget_mid);
    return rc == SQLITE_OK ? write_end(b, write_oldest(b)) : rc;
}

enum commit write_forget(struct backend *b, struct forget *f, size_t rows, bool *ret_more)
{
    size_t rows_before = f->rows, runs_before = f->runs_n;
    int rc;

    if (atomic_load(&b->broken)) return COMMIT_BROKEN;
    rc = prepare(b);
    if (rc == SQLITE_OK) rc = delete_slice(b, f, f->rows + rows);
    if (rc == SQLITE_OK) {
        *ret_more = f->rows > rows_before;
        return COMMIT_OK;
    }
    f->rows = rows_before;
    f->runs_n = runs_before;
    return write_failed(b, rc);
}
