/* world_sim_client.c - who sends events and commands, and looks into the file. */
#include "engine/world_sim_inside.h"

#include "data/json.h"

/* --- events in --- */

static void receive(void *arg, const struct receipt *r)
{
    struct sim_receipt *to = arg;
    struct sim *s = to->sim;

    to->calls++;
    to->how = r->how;
    to->event = r->event;
    to->runs_n = r->runs_n;
    for (size_t i = 0; i < r->runs_n && i < SIM_RUNS; i++) to->runs[i] = r->runs[i];
    if (r->refused) snprintf(to->refused, sizeof to->refused, "%s", r->refused);
    for (size_t i = 0; r->decision && i < r->decision->n; i++)
        to->verdicts += r->decision->list[i].trigger->workflow->name.n > 0; /* still there? */
    sim_mix(s, (uint64_t)r->how);
    sim_mix_text(s, r->event.s);
    to->stored = sim_number(s, "SELECT count(*) FROM events WHERE id='%s'", r->event.s);
    if (r->how == COMMIT_OK || r->how == COMMIT_SEEN) {
        if (to->stored != 1)
            sim_fault(s, "event %s was answered before it was on disk", r->event.s);
        for (size_t i = 0; i < r->runs_n; i++)
            if (!sim_status(s, r->runs[i])[0])
                sim_fault(s, "run %s was answered before it was on disk", r->runs[i].s);
    }
}

size_t sim_give(struct sim *s, struct intake in)
{
    struct sim_receipt *r = &s->receipts[s->receipts_n];

    assert_true(s->receipts_n < SIM_RECEIPTS);
    r->sim = s;
    in.done = receive;
    in.arg = r;
    s->receipts_n++;
    engine_accept(s->engine, &in);
    return s->receipts_n - 1;
}

size_t sim_event(struct sim *s, const char *type, const char *delivery, const char *data)
{
    struct intake in = {.event = {.type = str_of(type),
                                  .source = STR("test"),
                                  .connection = STR("door"),
                                  .delivery = str_of(delivery),
                                  .user = STR("ana"),
                                  .room = STR("console/ana"),
                                  .owner = true}};
    struct err e = {.text = ""};

    PASS(json_read(s->arena, str_of(arena_dup(s->arena, data, strlen(data))), JSON_LIMITS,
                   &in.event.data, &e));
    return sim_give(s, in);
}

struct id sim_start(struct sim *s, const char *type)
{
    size_t at = sim_event(s, type, "", "{}");

    SIM_UNTIL(s, s->receipts[at].calls);
    EQ(s->receipts[at].how, COMMIT_OK);
    assert_true(s->receipts[at].runs_n > 0);
    return s->receipts[at].runs[0];
}

/* --- commands --- */

void sim_answered(void *arg, const struct err *e)
{
    struct sim *s = arg;

    s->answer.calls++;
    s->answer.code = e->code;
    snprintf(s->answer.text, sizeof s->answer.text, "%s", e->code == OK ? "" : e->text);
}

void sim_retried(void *arg, const struct err *e, struct id made, bool seen)
{
    struct sim *s = arg;

    s->answer.run = made;
    s->answer.seen = seen;
    sim_answered(arg, e);
}

void sim_cancel(struct sim *s, struct id run)
{
    s->answer = (struct sim_answer){0};
    engine_cancel(s->engine, run, STR("eve"), sim_answered, s);
    SIM_UNTIL(s, s->answer.calls);
}

void sim_resolve(struct sim *s, struct id run, const char *step, enum resolve as)
{
    s->answer = (struct sim_answer){0};
    engine_resolve(s->engine, run, str_of(step), as, STR("eve"), sim_answered, s);
    SIM_UNTIL(s, s->answer.calls);
}

void sim_retry(struct sim *s, struct id run, const char *from)
{
    const struct once_more what = {.run = run, .from = str_of(from), .by = STR("eve")};

    s->answer = (struct sim_answer){0};
    engine_retry(s->engine, &what, sim_retried, s);
    SIM_UNTIL(s, s->answer.calls);
}

void sim_retry_once(struct sim *s, struct id run, const char *key)
{
    const struct once_more what = {.run = run, .by = STR("eve"), .key = str_of(key)};

    s->answer = (struct sim_answer){0};
    engine_retry(s->engine, &what, sim_retried, s);
    SIM_UNTIL(s, s->answer.calls);
}

void sim_vote(struct sim *s, struct id run, enum vote_kind kind, const char *user,
              const char *comment)
{
    struct vote v = {.kind = kind,
                     .who = {str_of(user), false},
                     .room = STR("ops"),
                     .way = STR("chat"),
                     .comment = kind == VOTE_ANSWER ? STR("") : str_of(comment),
                     .answer = kind == VOTE_ANSWER ? v_cstr(comment) : NO_VALUE};

    s->answer = (struct sim_answer){0};
    engine_vote(s->engine, run, STR(""), &v, sim_answered, s);
    SIM_UNTIL(s, s->answer.calls);
}

/* --- what the file says --- */

sqlite3_stmt *sim_query(struct sim *s, const char *sql)
{
    sqlite3_stmt *st = NULL;

    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
        print_error("%s: %s\n", sql, sqlite3_errmsg(s->db));
    assert_non_null(st);
    return st;
}

int64_t sim_number(struct sim *s, const char *sql, ...)
{
    char text[1024];
    sqlite3_stmt *st;
    int64_t n = 0;
    va_list args;

    va_start(args, sql);
    vsnprintf(text, sizeof text, sql, args);
    va_end(args);
    st = sim_query(s, text);
    if (sqlite3_step(st) == SQLITE_ROW) n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

const char *sim_text(struct sim *s, const char *sql, ...)
{
    static char kept[8][SIM_TEXT];
    static unsigned at;
    char text[1024], *out = kept[at++ % 8];
    sqlite3_stmt *st;
    va_list args;

    va_start(args, sql);
    vsnprintf(text, sizeof text, sql, args);
    va_end(args);
    st = sim_query(s, text);
    out[0] = '\0';
    if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0))
        snprintf(out, SIM_TEXT, "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    return out;
}

const char *sim_status(struct sim *s, struct id run)
{
    return sim_text(s, "SELECT status FROM runs WHERE id='%s'", run.s);
}

const char *sim_step_status(struct sim *s, struct id run, const char *step)
{
    return sim_text(
        s, "SELECT status FROM steps WHERE run='%s' AND path='%s' ORDER BY attempt DESC LIMIT 1",
        run.s, step);
}

const char *sim_outputs(struct sim *s, struct id run, const char *step)
{
    return sim_text(s, "SELECT outputs FROM steps WHERE run='%s' AND path='%s'", run.s, step);
}

const char *sim_error(struct sim *s, struct id run, const char *step)
{
    return sim_text(
        s, "SELECT error FROM steps WHERE run='%s' AND path='%s' ORDER BY attempt DESC LIMIT 1",
        run.s, step);
}

const char *sim_argv(const struct sim *s)
{
    static char text[2048];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; s->last_argv[i]; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? "|" : "", s->last_argv[i]);
    return text;
}

void sim_to_end(struct sim *s, struct id run)
{
    SIM_UNTIL(s, sim_number(s, "SELECT ended_at FROM runs WHERE id='%s'", run.s));
}
