#include <string.h>

#include "store/backend.h"

/* Columns in the order in which the get_… functions read them. */
#define EVENT                                                                                      \
    "SELECT id, at, time, type, source, subject, connection, delivery, who, room, depth, data, "   \
    "decision FROM events "
#define RUN                                                                                        \
    "SELECT id, event, workflow, version, cause, who, room, inputs, created_at, seq, status, "     \
    "phase, verdict, vars, outputs, failed_step, message, started_at, ended_at, wake_at, live, "   \
    "attempt, lock, conflict, lock_limit, turn FROM runs "
#define STEP                                                                                       \
    "SELECT run, path, attempt, kind, status, outputs, error, exit_code, started_at, ended_at, "   \
    "due_at, boot, round FROM steps "
#define HISTORY "SELECT run, seq, at, moves FROM history "
#define SAY     "SELECT id, run, room, kind, text, created_at, sent_at, tries FROM outbox "
#define VERSION "SELECT hash, kind, name, source, created_at FROM versions "
#define TICK    "SELECT workflow, cause, last_at FROM ticks "

/* --- cursors --- */

bool reader_start(struct reader *r, const struct query *q, struct cursor *ret)
{
    if (!r->link || r->fault.code != OK) return false;
    return r->ops->query(r->link, q, ret, &r->fault) == OK;
}

bool reader_next(struct reader *r, struct cursor *c)
{
    if (r->ops->next(c, &r->fault)) return true;
    r->ops->end(c);
    return false;
}

void reader_stop(struct reader *r, struct cursor *c)
{
    r->ops->end(c);
}

err_t reader_fault(struct reader *r, struct err *e)
{
    if (r->fault.code != OK) *e = r->fault;
    return r->fault.code;
}

/* A row being read column by column; texts are copied where there is an arena. */
struct columns {
    const struct backend_ops *ops;
    struct cursor *cursor;
    struct arena *arena;
    int at;
};

static int64_t next_int(struct columns *c)
{
    return c->ops->number(c->cursor, c->at++);
}

static int32_t next_int32(struct columns *c)
{
    return (int32_t)next_int(c);
}

static struct str next_text(struct columns *c)
{
    struct str s = c->ops->text(c->cursor, c->at++);

    if (s.n == 0) return STR("");
    return c->arena ? str_n(arena_dup(c->arena, s.p, s.n), s.n) : s;
}

static struct id next_id(struct columns *c)
{
    struct str s = c->ops->text(c->cursor, c->at++);
    struct id id = {{0}};

    if (s.n == ID_LEN) memcpy(id.s, s.p, ID_LEN);
    return id;
}

static void get_event(struct columns *c, struct event_row *r)
{
    r->id = next_id(c);
    r->at = next_int(c);
    r->time = next_int(c);
    r->type = next_text(c);
    r->source = next_text(c);
    r->subject = next_text(c);
    r->connection = next_text(c);
    r->delivery = next_text(c);
    r->user = next_text(c);
    r->room = next_text(c);
    r->depth = next_int32(c);
    r->data = next_text(c);
    r->decision = next_text(c);
}

static void get_run(struct columns *c, struct run_row *r)
{
    r->id = next_id(c);
    r->event = next_id(c);
    r->workflow = next_text(c);
    r->version = next_text(c);
    r->trigger = next_text(c);
    r->user = next_text(c);
    r->room = next_text(c);
    r->inputs = next_text(c);
    r->created_at = next_int(c);
    r->seq = next_int32(c);
    r->status = next_text(c);
    r->phase = next_text(c);
    r->verdict = next_text(c);
    r->vars = next_text(c);
    r->outputs = next_text(c);
    r->failed_step = next_text(c);
    r->message = next_text(c);
    r->started_at = next_int(c);
    r->ended_at = next_int(c);
    r->wake_at = next_int(c);
    r->live = next_int(c) != 0;
    r->attempt = next_int32(c);
    r->lock = next_text(c);
    r->conflict = next_text(c);
    r->lock_limit = next_int32(c);
    r->turn = next_int32(c);
}

static void get_step(struct columns *c, struct step_row *r)
{
    r->run = next_id(c);
    r->path = next_text(c);
    r->attempt = next_int32(c);
    r->kind = next_text(c);
    r->status = next_text(c);
    r->outputs = next_text(c);
    r->error = next_text(c);
    r->exit_code = next_int32(c);
    r->started_at = next_int(c);
    r->ended_at = next_int(c);
    r->due_at = next_int(c);
    r->boot = next_text(c);
    r->round = next_int32(c);
}

static void get_history(struct columns *c, struct history_row *r)
{
    r->run = next_id(c);
    r->seq = next_int32(c);
    r->at = next_int(c);
    r->moves = next_text(c);
}

static void get_say(struct columns *c, struct say_row *r)
{
    r->id = next_id(c);
    r->run = next_id(c);
    r->room = next_text(c);
    r->kind = next_text(c);
    r->text = next_text(c);
    r->created_at = next_int(c);
    r->sent_at = next_int(c);
    r->tries = next_int32(c);
}

static void get_version(struct columns *c, struct version_row *r)
{
    r->hash = next_text(c);
    r->kind = next_text(c);
    r->name = next_text(c);
    r->source = next_text(c);
    r->created_at = next_int(c);
}

static void get_tick(struct columns *c, struct tick_row *r)
{
    r->workflow = next_text(c);
    r->trigger = next_text(c);
    r->last_at = next_int(c);
}

/* --- single rows --- */

/* Starts a constant query that gives at most one row; true: it stands on the row. */
static bool find(struct reader *r, const char *sql, const struct param *params, int n,
                 struct cursor *ret)
{
    struct query q = {.sql = sql, .keep = true, .params = params, .n = n};

    return reader_start(r, &q, ret) && reader_next(r, ret);
}

#define FIND(type)                                                                                 \
    struct cursor cursor;                                                                          \
    struct columns c = {r->ops, &cursor, a, 0};                                                    \
                                                                                                   \
    if (!find(r, sql, &key, 1, &cursor)) return false;                                             \
    get_##type(&c, ret);                                                                           \
    reader_stop(r, &cursor);                                                                       \
    return true

bool reader_event(struct reader *r, struct id id, struct arena *a, struct event_row *ret)
{
    static const char sql[] = EVENT "WHERE id = $1";
    struct param key = P_ID(&id);

    FIND(event);
}

bool reader_run(struct reader *r, struct id id, struct arena *a, struct run_row *ret)
{
    static const char sql[] = RUN "WHERE id = $1";
    struct param key = P_ID(&id);

    FIND(run);
}

bool reader_version(struct reader *r, struct str hash, struct arena *a, struct version_row *ret)
{
    static const char sql[] = VERSION "WHERE hash = $1";
    struct param key = P_TEXT(hash);

    FIND(version);
}

bool reader_say(struct reader *r, struct id id, struct arena *a, struct say_row *ret)
{
    static const char sql[] = SAY "WHERE id = $1";
    struct param key = P_ID(&id);

    FIND(say);
}

bool reader_meta(struct reader *r, struct str key, struct arena *a, struct str *ret)
{
    static const char sql[] = "SELECT value FROM meta WHERE key = $1";
    struct cursor cursor;
    struct columns c = {r->ops, &cursor, a, 0};

    if (!find(r, sql, &P_TEXT(key), 1, &cursor)) return false;
    *ret = next_text(&c);
    reader_stop(r, &cursor);
    return true;
}

static bool find_int(struct reader *r, const char *sql, const struct param *params, int n,
                     int64_t *ret)
{
    struct cursor cursor;

    if (!find(r, sql, params, n, &cursor)) return false;
    *ret = r->ops->number(&cursor, 0);
    reader_stop(r, &cursor);
    return true;
}

bool reader_tick(struct reader *r, struct str workflow, struct str trigger, int64_t *ret_last_at)
{
    static const char sql[] = "SELECT last_at FROM ticks WHERE workflow = $1 AND cause = $2";
    struct param key[] = {P_TEXT(workflow), P_TEXT(trigger)};

    return find_int(r, sql, key, 2, ret_last_at);
}

int64_t reader_next_wake(struct reader *r, int64_t after)
{
    static const char sql[] = "SELECT wake_at FROM runs WHERE wake_at > 0 AND wake_at > $1 "
                              "AND ended_at = 0 ORDER BY wake_at LIMIT 1";
    struct param key[] = {P_INT(after)};
    int64_t at = 0;

    find_int(r, sql, key, 1, &at);
    return at;
}

/* The partial indexes make the last two cheap; the first two walk a key each. */
void reader_counts(struct reader *r, struct store_counts *ret)
{
    static const char events[] = "SELECT count(*) FROM events";
    static const char runs[] = "SELECT count(*) FROM runs";
    static const char open[] = "SELECT count(*) FROM runs WHERE ended_at = 0";
    static const char unsent[] = "SELECT count(*) FROM outbox WHERE sent_at = 0";

    *ret = (struct store_counts){0};
    find_int(r, events, NULL, 0, &ret->events);
    find_int(r, runs, NULL, 0, &ret->runs);
    find_int(r, open, NULL, 0, &ret->open_runs);
    find_int(r, unsent, NULL, 0, &ret->unsent);
    if (r->link) ret->bytes = r->ops->bytes(r->link);
}

err_t reader_backup(struct reader *r, const char *path, struct err *e)
{
    TRY(reader_fault(r, e));
    return r->ops->backup(r->link, path, e);
}

/* --- lists --- */

#define EACH(type, query)                                                                          \
    struct cursor cursor;                                                                          \
    struct type##_row row;                                                                         \
                                                                                                   \
    if (!reader_start(r, (query), &cursor)) return;                                                \
    while (reader_next(r, &cursor)) {                                                              \
        struct columns c = {r->ops, &cursor, NULL, 0};                                             \
                                                                                                   \
        get_##type(&c, &row);                                                                      \
        if (each(arg, &row)) continue;                                                             \
        reader_stop(r, &cursor);                                                                   \
        return;                                                                                    \
    }

/* A query whose conditions depend on the filter. */
enum { FILTER_SQL = 1024, FILTER_PARAMS = 8 };
struct builder {
    struct buf sql;
    struct param params[FILTER_PARAMS];
    int n;
};

static void builder_auto(struct builder *b)
{
    buf_auto(&b->sql);
}

static void builder_add(struct builder *b, const char *condition, struct param p)
{
    b->params[b->n++] = p;
    buf_addf(&b->sql, "%s %s $%d ", b->n == 1 ? "WHERE" : "AND", condition, b->n);
}

static struct query builder_end(struct builder *b, const char *order, int limit)
{
    b->params[b->n++] = P_INT(limit);
    buf_addf(&b->sql, "ORDER BY %s LIMIT $%d", order, b->n);
    return (struct query){.sql = b->sql.p, .params = b->params, .n = b->n};
}

/* A prefix is a range, so that no character of it means anything. 0xff is in no UTF-8 text. */
static void add_type(struct builder *b, struct str type, char end[static 256])
{
    size_t n = type.n - 1;

    if (type.p[n] != '*') {
        builder_add(b, "type =", P_TEXT(type));
        return;
    }
    if (n > 254) n = 254;
    memcpy(end, type.p, n);
    end[n] = '\xff';
    builder_add(b, "type >=", P_TEXT(str_n(type.p, n)));
    builder_add(b, "type <", P_TEXT(str_n(end, n + 1)));
}

void reader_events(struct reader *r, const struct event_filter *f, each_event *each, void *arg)
{
    AUTO(builder) struct builder b = {.sql = BUF(FILTER_SQL)};
    struct query q;
    char end[256];

    buf_add(&b.sql, STR(EVENT));
    if (f->type.n) add_type(&b, f->type, end);
    if (f->connection.n) builder_add(&b, "connection =", P_TEXT(f->connection));
    if (f->before.s[0]) builder_add(&b, "id <", P_ID(&f->before));
    q = builder_end(&b, "id DESC", f->limit);
    EACH(event, &q)
}

void reader_runs(struct reader *r, const struct run_filter *f, each_run *each, void *arg)
{
    AUTO(builder) struct builder b = {.sql = BUF(FILTER_SQL)};
    struct query q;

    buf_add(&b.sql, STR(RUN));
    if (f->event.s[0]) builder_add(&b, "event =", P_ID(&f->event));
    if (f->status.n) builder_add(&b, "status =", P_TEXT(f->status));
    if (f->workflow.n) builder_add(&b, "workflow =", P_TEXT(f->workflow));
    if (f->room.n) builder_add(&b, "room =", P_TEXT(f->room));
    if (f->before.s[0]) builder_add(&b, "id <", P_ID(&f->before));
    q = builder_end(&b, "id DESC", f->limit);
    EACH(run, &q)
}

void reader_live_runs(struct reader *r, each_run *each, void *arg)
{
    struct query q = {.sql = RUN "WHERE live = 1 ORDER BY id", .keep = true};

    EACH(run, &q)
}

void reader_due_runs(struct reader *r, int64_t now, int limit, each_run *each, void *arg)
{
    struct param params[] = {P_INT(now), P_INT(limit)};
    struct query q = {.sql = RUN "WHERE wake_at > 0 AND ended_at = 0 AND wake_at <= $1 "
                                 "ORDER BY wake_at, id LIMIT $2",
                      .keep = true,
                      .params = params,
                      .n = 2};

    EACH(run, &q)
}

/* --- locks. `turn > 0` and the like stand there for the partial indexes; those that hold one are a
   range (`< 2`), because beside `> 0` an equality is not looked up --- */

void reader_lock_runs(struct reader *r, struct str lock, enum lock_part part, int limit,
                      each_run *each, void *arg)
{
    static const char *const sql[] = {
        [LOCK_ALL] = RUN "WHERE turn > 0 AND lock = $1 ORDER BY turn, rowid LIMIT $2",
        [LOCK_HOLDING] =
            RUN "WHERE turn > 0 AND lock = $1 AND turn < 2 ORDER BY turn, rowid LIMIT $2",
        [LOCK_WAITING] =
            RUN "WHERE turn > 0 AND lock = $1 AND turn > 1 ORDER BY turn, rowid LIMIT $2",
        [LOCK_ASKING] = RUN "WHERE turn > 1 AND conflict IN ('reject', 'skip') AND lock = $1 "
                            "ORDER BY rowid LIMIT $2",
    };
    struct param params[] = {P_TEXT(lock), P_INT(limit)};
    struct query q = {.sql = sql[part], .keep = true, .params = params, .n = 2};

    EACH(run, &q)
}

int64_t reader_lock_held(struct reader *r, struct str lock)
{
    static const char sql[] = "SELECT count(*) FROM runs WHERE turn > 0 AND lock = $1 AND turn < 2";
    struct param key[] = {P_TEXT(lock)};
    int64_t n = 0;

    find_int(r, sql, key, 1, &n);
    return n;
}

int64_t reader_lock_before(struct reader *r, struct id run)
{
    static const char sql[] =
        "SELECT count(*) FROM runs x JOIN runs b ON b.lock = x.lock AND b.turn > 0 AND b.turn > 1 "
        "AND (b.turn < x.turn OR (b.turn = x.turn AND b.rowid < x.rowid)) "
        "WHERE x.id = $1 AND x.turn > 1";
    struct param key[] = {P_ID(&run)};
    int64_t n = 0;

    find_int(r, sql, key, 1, &n);
    return n;
}

static void get_lock(struct columns *c, struct lock_row *r)
{
    r->lock = next_text(c);
    r->held = next_int(c);
    r->waiting = next_int(c);
}

#define LOCKS                                                                                      \
    "SELECT lock, count(CASE WHEN turn = 1 THEN 1 END), count(CASE WHEN turn > 1 THEN 1 END) "     \
    "FROM runs WHERE turn > 0 AND lock > $1 GROUP BY lock "

void reader_locks(struct reader *r, struct str after, int limit, each_lock *each, void *arg)
{
    struct param params[] = {P_TEXT(after), P_INT(limit)};
    struct query q = {
        .sql = LOCKS "ORDER BY lock LIMIT $2", .keep = true, .params = params, .n = 2};

    EACH(lock, &q)
}

void reader_locks_due(struct reader *r, struct str after, int limit, each_lock *each, void *arg)
{
    struct param params[] = {P_TEXT(after), P_INT(limit)};
    struct query q = {.sql = LOCKS
                      "HAVING count(CASE WHEN turn > 1 AND conflict <> 'queue' THEN 1 END) > 0 "
                      "OR count(CASE WHEN turn = 1 THEN 1 END) < "
                      "max(CASE WHEN turn > 1 THEN lock_limit END) "
                      "ORDER BY lock LIMIT $2",
                      .keep = true,
                      .params = params,
                      .n = 2};

    EACH(lock, &q)
}

void reader_steps(struct reader *r, struct id run, each_step *each, void *arg)
{
    struct param key = P_ID(&run);
    struct query q = {
        .sql = STEP "WHERE run = $1 ORDER BY n", .keep = true, .params = &key, .n = 1};

    EACH(step, &q)
}

void reader_history(struct reader *r, struct id run, each_history *each, void *arg)
{
    struct param key = P_ID(&run);
    struct query q = {
        .sql = HISTORY "WHERE run = $1 ORDER BY seq", .keep = true, .params = &key, .n = 1};

    EACH(history, &q)
}

void reader_unsent(struct reader *r, each_say *each, void *arg)
{
    struct query q = {.sql = SAY "WHERE sent_at = 0 ORDER BY id", .keep = true};

    EACH(say, &q)
}

void reader_says(struct reader *r, struct str room, struct id after, int limit, each_say *each,
                 void *arg)
{
    struct param params[] = {P_TEXT(room), P_ID(&after), P_INT(limit)};
    struct query q = {.sql = SAY "WHERE room = $1 AND id > $2 ORDER BY id LIMIT $3",
                      .keep = true,
                      .params = params,
                      .n = 3};

    EACH(say, &q)
}

void reader_run_says(struct reader *r, struct id run, each_say *each, void *arg)
{
    struct param key = P_ID(&run);
    struct query q = {.sql = SAY "WHERE run = $1 AND run <> '' ORDER BY id",
                      .keep = true,
                      .params = &key,
                      .n = 1};

    EACH(say, &q)
}

void reader_ticks(struct reader *r, each_tick *each, void *arg)
{
    struct query q = {.sql = TICK "ORDER BY workflow, cause", .keep = true};

    EACH(tick, &q)
}
