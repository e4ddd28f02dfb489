#include <errno.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "store/sqlite.h"

#define DAY_US (86400 * SECOND_US)

static const char *const texts[W_KINDS] = {
    [W_BEGIN] = "BEGIN IMMEDIATE",
    [W_COMMIT] = "COMMIT",
    [W_ROLLBACK] = "ROLLBACK",
    [W_EVENT] = "INSERT INTO events (id, at, time, depth, type, source, subject, connection, "
                "delivery, who, room, decision, data) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [W_RUN_NEW] = "INSERT INTO runs (id, seq, live, wake_at, started_at, ended_at, status, phase, "
                  "verdict, failed_step, message, vars, outputs, created_at, event, workflow, "
                  "version, cause, who, room, inputs, attempt, turn, lock, conflict, lock_limit) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?15, ?16, ?17, "
                  "?18, ?19, ?20, ?21, ?22, ?23, ?14, ?24, ?25, ?26)",
    [W_RUN] = "UPDATE runs SET seq = ?2, live = ?3, wake_at = ?4, started_at = ?5, ended_at = ?6, "
              "status = ?7, phase = ?8, verdict = ?9, failed_step = ?10, message = ?11, "
              "vars = ?12, outputs = ?13, turn = ?14 WHERE id = ?1 AND seq = ?2 - 1",
    [W_STEP] = "INSERT INTO steps (run, path, attempt, exit_code, started_at, ended_at, due_at, "
               "kind, status, boot, error, outputs, round) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
               "ON CONFLICT (run, path, attempt) DO UPDATE SET exit_code = ?4, started_at = ?5, "
               "ended_at = ?6, due_at = ?7, kind = ?8, status = ?9, boot = ?10, error = ?11, "
               "outputs = ?12",
    [W_HISTORY] = "INSERT INTO history (run, seq, at, moves) VALUES (?1, ?2, ?3, ?4)",
    [W_SAY] = "INSERT INTO outbox (id, run, created_at, sent_at, tries, room, kind, text) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [W_SAID] = "UPDATE outbox SET sent_at = ?2 WHERE id = ?1",
    [W_SAY_FAILED] = "UPDATE outbox SET tries = ?2 WHERE id = ?1",
    [W_VERSION] = "INSERT INTO versions (hash, kind, name, created_at, source) "
                  "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (hash) DO NOTHING",
    [W_TICK] = "INSERT INTO ticks (workflow, cause, last_at) VALUES (?1, ?2, ?3) "
               "ON CONFLICT (workflow, cause) DO UPDATE SET last_at = ?3",
    [W_META] = "INSERT INTO meta (key, value) VALUES (?1, ?2) "
               "ON CONFLICT (key) DO UPDATE SET value = ?2",
};

err_t write_prepare(struct backend *b, struct err *e)
{
    for (int i = 0; i < W_KINDS; i++)
        if (sqlite3_prepare_v3(b->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &b->write[i],
                               NULL) != SQLITE_OK)
            return sqlite_fail(b->db, b->config.path, e);
    checkpoint_watch(b);
    return OK;
}

void write_done(struct backend *b)
{
    for (int i = 0; i < W_KINDS; i++) sqlite3_finalize(b->write[i]);
    for (int i = 0; i < FORGET_STATEMENTS; i++) sqlite3_finalize(b->forget[i]);
}

int statement_run(sqlite3_stmt *st)
{
    int rc, again;

    errno = 0; /* see write_failed() */
    rc = sqlite3_step(st);
    again = sqlite3_reset(st);
    return rc == SQLITE_DONE ? SQLITE_OK : again;
}

/* --- one row each --- */

static int put_event(sqlite3_stmt *st, const struct event_row *r)
{
    bind_id(st, 1, &r->id);
    sqlite3_bind_int64(st, 2, r->at);
    sqlite3_bind_int64(st, 3, r->time);
    sqlite3_bind_int(st, 4, r->depth);
    bind_str(st, 5, r->type);
    bind_str(st, 6, r->source);
    bind_str(st, 7, r->subject);
    bind_str(st, 8, r->connection);
    bind_str(st, 9, r->delivery);
    bind_str(st, 10, r->user);
    bind_str(st, 11, r->room);
    bind_str(st, 12, r->decision);
    bind_str(st, 13, r->data);
    return statement_run(st);
}

static void bind_changes(sqlite3_stmt *st, const struct run_row *r)
{
    bind_id(st, 1, &r->id);
    sqlite3_bind_int(st, 2, r->seq);
    sqlite3_bind_int(st, 3, r->live);
    sqlite3_bind_int64(st, 4, r->wake_at);
    sqlite3_bind_int64(st, 5, r->started_at);
    sqlite3_bind_int64(st, 6, r->ended_at);
    bind_str(st, 7, r->status);
    bind_str(st, 8, r->phase);
    bind_str(st, 9, r->verdict);
    bind_str(st, 10, r->failed_step);
    bind_str(st, 11, r->message);
    bind_str(st, 12, r->vars);
    bind_str(st, 13, r->outputs);
    sqlite3_bind_int(st, 14, r->turn);
}

static int put_run_new(sqlite3_stmt *st, const struct run_row *r)
{
    bind_changes(st, r);
    sqlite3_bind_int64(st, 15, r->created_at);
    bind_id(st, 16, &r->event);
    bind_str(st, 17, r->workflow);
    bind_str(st, 18, r->version);
    bind_str(st, 19, r->trigger);
    bind_str(st, 20, r->user);
    bind_str(st, 21, r->room);
    bind_str(st, 22, r->inputs);
    sqlite3_bind_int(st, 23, r->attempt);
    bind_str(st, 24, r->lock);
    bind_str(st, 25, r->conflict);
    sqlite3_bind_int(st, 26, r->lock_limit);
    return statement_run(st);
}

/* Two writers of one run, or a change lost between: going on would hide our own bug. */
static int put_run(sqlite3_stmt *st, const struct run_row *r)
{
    int rc;

    bind_changes(st, r);
    rc = statement_run(st);
    if (rc != SQLITE_OK || sqlite3_changes(sqlite3_db_handle(st)) == 1) return rc;
    log_error("a change of a run does not follow the one stored", LOG_V("run", id_str(&r->id)),
              LOG_N("change", r->seq));
    return SQLITE_MISUSE;
}

static int put_step(sqlite3_stmt *st, const struct step_row *r)
{
    bind_id(st, 1, &r->run);
    bind_str(st, 2, r->path);
    sqlite3_bind_int(st, 3, r->attempt);
    sqlite3_bind_int(st, 4, r->exit_code);
    sqlite3_bind_int64(st, 5, r->started_at);
    sqlite3_bind_int64(st, 6, r->ended_at);
    sqlite3_bind_int64(st, 7, r->due_at);
    bind_str(st, 8, r->kind);
    bind_str(st, 9, r->status);
    bind_str(st, 10, r->boot);
    bind_str(st, 11, r->error);
    bind_str(st, 12, r->outputs);
    sqlite3_bind_int(st, 13, r->round);
    return statement_run(st);
}

static int put_history(sqlite3_stmt *st, const struct history_row *r)
{
    bind_id(st, 1, &r->run);
    sqlite3_bind_int(st, 2, r->seq);
    sqlite3_bind_int64(st, 3, r->at);
    bind_str(st, 4, r->moves);
    return statement_run(st);
}

static int put_say(sqlite3_stmt *st, const struct say_row *r)
{
    bind_id(st, 1, &r->id);
    bind_id(st, 2, &r->run);
    sqlite3_bind_int64(st, 3, r->created_at);
    sqlite3_bind_int64(st, 4, r->sent_at);
    sqlite3_bind_int(st, 5, r->tries);
    bind_str(st, 6, r->room);
    bind_str(st, 7, r->kind);
    bind_str(st, 8, r->text);
    return statement_run(st);
}

static int put_said(sqlite3_stmt *st, const struct id *say, int64_t what)
{
    bind_id(st, 1, say);
    sqlite3_bind_int64(st, 2, what);
    return statement_run(st);
}

static int put_version(sqlite3_stmt *st, const struct version_row *r)
{
    bind_str(st, 1, r->hash);
    bind_str(st, 2, r->kind);
    bind_str(st, 3, r->name);
    sqlite3_bind_int64(st, 4, r->created_at);
    bind_str(st, 5, r->source);
    return statement_run(st);
}

static int put_tick(sqlite3_stmt *st, const struct tick_row *r)
{
    bind_str(st, 1, r->workflow);
    bind_str(st, 2, r->trigger);
    sqlite3_bind_int64(st, 3, r->last_at);
    return statement_run(st);
}

static int put_meta(sqlite3_stmt *st, const struct meta_row *r)
{
    bind_str(st, 1, r->key);
    bind_str(st, 2, r->value);
    return statement_run(st);
}

static int put(struct backend *b, const struct op *op)
{
    sqlite3_stmt **w = b->write;
    const struct said_row *said = op->row;

    switch (op->kind) {
    case OP_EVENT:
        return put_event(w[W_EVENT], op->row);
    case OP_RUN_NEW:
        return put_run_new(w[W_RUN_NEW], op->row);
    case OP_RUN:
        return put_run(w[W_RUN], op->row);
    case OP_STEP:
        return put_step(w[W_STEP], op->row);
    case OP_HISTORY:
        return put_history(w[W_HISTORY], op->row);
    case OP_SAY:
        return put_say(w[W_SAY], op->row);
    case OP_SAID:
        return put_said(w[W_SAID], &said->say, said->at);
    case OP_SAY_FAILED:
        return put_said(w[W_SAY_FAILED], &said->say, said->tries);
    case OP_VERSION:
        return put_version(w[W_VERSION], op->row);
    case OP_TICK:
        return put_tick(w[W_TICK], op->row);
    case OP_META:
        return put_meta(w[W_META], op->row);
    case OP_KINDS:
        break;
    }
    return SQLITE_MISUSE;
}

/* --- a group --- */

/* The delivery is looked up before anything else is written, so a batch seen before leaves nothing
   to undo. */
static int put_batch(struct backend *b, struct batch *batch, int64_t oldest_ms)
{
    int rc = SQLITE_OK;

    if (batch->event && batch->event->delivery.n) {
        rc = dedup_remember(b->dedup, oldest_ms, batch->event, &batch->seen);
        if (rc == SQLITE_CONSTRAINT) {
            batch->job.how = COMMIT_SEEN;
            return SQLITE_OK;
        }
    }
    batch->job.how = COMMIT_OK;
    for (const struct op *op = batch->first; op && rc == SQLITE_OK; op = op->next) rc = put(b, op);
    return rc;
}

int64_t write_oldest(const struct backend *b)
{
    int64_t today = b->config.wall(b->config.ctx) / DAY_US;

    return (today - b->config.dedup_days) * (DAY_US / MS_US);
}

int write_end(struct backend *b, int64_t oldest_ms)
{
    int rc = dedup_write(b->dedup, oldest_ms);

    if (rc == SQLITE_OK) rc = statement_run(b->write[W_COMMIT]);
    if (rc == SQLITE_OK) dedup_committed(b->dedup);
    return rc;
}

static int put_group(struct backend *b, struct job *first)
{
    int64_t oldest_ms = write_oldest(b);
    int rc = statement_run(b->write[W_BEGIN]);

    for (struct job *j = first; j && rc == SQLITE_OK; j = j->next)
        rc = put_batch(b, (struct batch *)(void *)j, oldest_ms);
    CRASH_POINT(commit_mid);
    return rc == SQLITE_OK ? write_end(b, oldest_ms) : rc;
}

enum commit write_failed(struct backend *b, int rc)
{
    bool full = sqlite_is_full(b->db, rc, errno) || (rc & 0xff) == SQLITE_BUSY;
    struct err e;

    if (rc == SQLITE_MISUSE)
        (void)fail(&e, E_IO, "the store was asked for something impossible: see the line above");
    else
        (void)sqlite_fail(b->db, b->config.path, &e);
    if (!sqlite3_get_autocommit(b->db) && statement_run(b->write[W_ROLLBACK]) != SQLITE_OK)
        full = false;
    dedup_rolled_back(b->dedup);
    if (!full) {
        if (!atomic_exchange(&b->broken, true)) log_error(e.text);
        return COMMIT_BROKEN;
    }
    if (!b->full) log_warn(e.text);
    b->full = true;
    return COMMIT_FULL;
}

void write_commit(struct backend *b, struct job *first)
{
    enum commit how = COMMIT_BROKEN;

    CRASH_POINT(commit_pre);
    if (!atomic_load(&b->broken)) {
        int rc = put_group(b, first);

        if (rc == SQLITE_OK) {
            CRASH_POINT(commit_post);
            b->full = false;
            return;
        }
        how = write_failed(b, rc);
    }
    for (struct job *j = first; j; j = j->next) j->how = how;
}
