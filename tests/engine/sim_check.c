/* sim_check.c - the checker: what the file and the world's own record must agree on, whatever the
 * engine says. It knows the workflows of test_sim.c by heart, not by their configuration. */
#include "engine/sim_check.h"

#include <stdio.h>

/* I3, the slow way: which workflows a type of event starts. */
static void expected_workflows(const char *type, int64_t n, char out[256])
{
    static const struct {
        const char *workflow, *type;
        int64_t least;
    } all[] = {
        {"agree", "go.agree", 0},   {"ask", "go.ask", 0},       {"both", "go.both", 0},
        {"chain", "go.chain", 0},   {"dead", "go.dead", 0},     {"fork", "go.fork", 0},
        {"idem", "go.idem", 0},     {"json", "go.json", 0},     {"jury", "go.jury", 0},
        {"late", "go.late", 0},     {"lane", "go.lane", 0},     {"many", "go.", 7},
        {"newest", "go.newest", 0}, {"once", "go.once", 0},     {"par", "go.par", 0},
        {"rush", "go.rush", 0},     {"sleepy", "go.sleepy", 0}, {"sole", "go.sole", 0},
    };
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        bool fits = strcmp(all[i].workflow, "many") == 0 ? strncmp(type, "go.", 3) == 0
                                                         : strcmp(type, all[i].type) == 0;

        if (!fits || n < all[i].least) continue;
        at += (size_t)snprintf(out + at, 256 - at, "%s%s", at ? " " : "", all[i].workflow);
    }
}

void check_events(struct sim *s)
{
    sqlite3_stmt *st =
        sim_query(s, "SELECT e.id, e.type, json_extract(e.data, '$.n'), "
                     "(SELECT group_concat(workflow, ' ') FROM (SELECT workflow FROM runs "
                     "WHERE event = e.id AND cause <> 'retry' ORDER BY workflow)) "
                     "FROM events e WHERE e.type LIKE 'go.%'");

    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *got = (const char *)sqlite3_column_text(st, 3);
        char wanted[256];

        expected_workflows((const char *)sqlite3_column_text(st, 1), sqlite3_column_int64(st, 2),
                           wanted);
        if (strcmp(got ? got : "", wanted) != 0)
            sim_fault(s, "I3: event %s started '%s', not '%s'", sqlite3_column_text(st, 0),
                      got ? got : "", wanted);
    }
    sqlite3_finalize(st);
}

/* The receipts are what the sender knows. */
void check_receipts(struct sim *s, size_t since_crash)
{
    for (size_t i = 0; i < s->receipts_n; i++) {
        const struct sim_receipt *r = &s->receipts[i];

        if (r->calls > 1) sim_fault(s, "receipt %zu was given %d times", i, r->calls);
        if (i >= since_crash && r->calls != 1) sim_fault(s, "receipt %zu never came", i);
        if (!r->calls || r->how == COMMIT_FULL) continue;
        if (sim_number(s, "SELECT count(*) FROM events WHERE id='%s'", r->event.s) != 1)
            sim_fault(s, "I1: event %s was accepted and is not there", r->event.s);
        for (size_t k = 0; k < r->runs_n; k++)
            if (sim_number(s, "SELECT count(*) FROM runs WHERE id='%s' AND event='%s'",
                           r->runs[k].s, r->event.s) != 1)
                sim_fault(s, "I1: run %s was promised and is not there", r->runs[k].s);
    }
}

/* Each query counts what must not be. */
void check_rows(struct sim *s)
{
    static const struct {
        const char *what, *sql;
    } rules[] = {
        {"I2: one delivery made two events",
         "SELECT count(*) - count(DISTINCT connection || ' ' || delivery) FROM events "
         "WHERE delivery <> ''"},
        {"I4: an attempt was followed by another though it had not failed",
         "SELECT count(*) FROM steps a JOIN steps b ON b.run = a.run AND b.path = a.path "
         "AND b.attempt = a.attempt + 1 AND b.round = a.round WHERE a.status <> 'failed'"},
        {"I4: a step with branches was tried again though it had not failed",
         "SELECT count(*) FROM steps a JOIN steps b ON b.run = a.run AND b.path = a.path "
         "AND b.attempt = a.attempt + 1 AND a.path NOT LIKE '%/%/%' WHERE a.status <> 'failed'"},
        {"a step with branches ended before what is inside it, or otherwise than that",
         "SELECT count(*) FROM steps p JOIN steps c ON c.run = p.run AND c.round = p.attempt "
         "AND c.path LIKE p.path || '/%/%' AND c.path NOT LIKE p.path || '/%/%/%' "
         "WHERE p.kind = 'parallel' AND p.ended_at > 0 AND (c.ended_at = 0 OR p.status = "
         "'succeeded' AND c.status <> 'succeeded' AND NOT EXISTS (SELECT 1 FROM steps d WHERE "
         "d.run = c.run AND d.path = "
         "c.path AND d.round = c.round AND d.attempt > c.attempt))"},
        {"I4: a step that may run once was tried again by itself",
         "SELECT count(*) FROM steps a JOIN steps b ON b.run = a.run AND b.path = a.path "
         "AND b.attempt = a.attempt + 1 WHERE a.path IN ('a', 'c', 'finally/z') "
         "AND a.error NOT LIKE 'resolved by%' AND a.run NOT IN "
         "(SELECT id FROM runs WHERE workflow = 'idem')"},
        {"I6: a run neither ended nor waits for a person",
         "SELECT count(*) FROM runs WHERE ended_at = 0 AND id NOT IN "
         "(SELECT run FROM steps WHERE status = 'unknown')"},
        {"an ended run has a step that is open",
         "SELECT count(*) FROM steps WHERE ended_at = 0 AND run IN "
         "(SELECT id FROM runs WHERE ended_at > 0)"},
        {"a run that ended told nobody, or told it twice",
         "SELECT count(*) FROM runs r WHERE ended_at > 0 AND room <> '' AND (NOT EXISTS "
         "(SELECT 1 FROM outbox WHERE run = r.id AND kind IN ('say', 'end')) OR 1 < "
         "(SELECT count(*) FROM outbox WHERE run = r.id AND kind = 'end'))"},
        {"a run that failed or succeeded is not one happening",
         "SELECT count(*) FROM runs r LEFT JOIN (SELECT json_extract(data, '$.run') run, type, "
         "count(*) n FROM events WHERE type LIKE 'botops.run.%' GROUP BY 1, 2) e ON e.run = r.id "
         "AND e.type = 'botops.run.' || r.status "
         "WHERE r.status IN ('failed', 'succeeded') AND coalesce(e.n, 0) <> "
         "(r.status = 'failed' OR r.started_at > 0)"},
        {"a run that was skipped did something, or says nothing of it",
         "SELECT count(*) FROM runs r WHERE status = 'succeeded' AND (started_at = 0) <> "
         "(message LIKE 'skipped because the lock %' AND NOT EXISTS "
         "(SELECT 1 FROM steps WHERE run = r.id))"},
        {"a run stands to its lock in another way than its status says",
         "SELECT count(*) FROM runs WHERE turn <> CASE WHEN lock = '' OR ended_at > 0 THEN 0 "
         "WHEN status <> 'queued' THEN 1 WHEN workflow = 'rush' THEN 2 ELSE 3 END"},
        {"a follower was not followed",
         "SELECT count(*) FROM runs r WHERE workflow = 'follow' AND 1 <> (SELECT count(*) FROM "
         "runs f JOIN events e ON e.id = f.event WHERE f.workflow = 'echo' AND f.cause = 'event' "
         "AND e.type = 'botops.run.succeeded' AND json_extract(e.data, '$.run') = r.id)"},
        {"a run is not the attempt that it should be",
         "SELECT count(*) FROM runs WHERE (attempt > 1) <> (cause = 'retry')"},
        {"a happening did not start its follower",
         "SELECT count(*) FROM events e WHERE type = 'botops.run.failed' AND 1 <> "
         "(SELECT count(*) FROM runs WHERE event = e.id AND workflow = 'follow' AND cause = "
         "'event')"},
        {"a run went on though it was not approved by two",
         "SELECT count(*) FROM runs r JOIN steps t ON t.run = r.id AND t.path IN ('go', 'p/l/go') "
         "WHERE "
         "((SELECT count(DISTINCT json_extract(value, '$.user')) FROM json_each(t.outputs, "
         "'$.approved_by')) < 2 AND (t.status = 'succeeded' OR EXISTS (SELECT 1 FROM steps a "
         "WHERE a.run = r.id AND a.round = t.round AND a.path = replace(t.path, 'go', 'a'))))"},
        {"a person was counted twice",
         "SELECT count(*) FROM steps t WHERE path IN ('go', 'p/l/go') AND (SELECT count(*) - "
         "count(DISTINCT "
         "json_extract(value, '$.user')) FROM json_each(t.outputs, '$.approved_by'))"},
        {"a run is denied though nobody did, or the other way round",
         "SELECT count(*) FROM runs r WHERE r.ended_at > 0 AND (r.status = 'denied') <> EXISTS "
         "(SELECT 1 FROM steps t WHERE t.run = r.id AND t.path IN ('go', 'p/l/go') AND t.status = "
         "'failed') AND (r.workflow <> 'jury' OR r.status <> 'cancelled')"},
        {"a run has no version",
         "SELECT count(*) FROM runs WHERE version NOT IN (SELECT hash FROM versions)"},
    };

    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (sim_number(s, "%s", rules[i].sql)) sim_fault(s, "%s", rules[i].what);
}

/* Each turn is judged in the transaction that gives it: by how many hold the lock then, and who of
   the same priority came before and still waits. */
void watch_locks(struct sim *s)
{
    static const char sql[] =
        "CREATE TABLE turns (run TEXT, held INTEGER, most INTEGER, before INTEGER);"
        "CREATE TRIGGER turns AFTER UPDATE OF turn ON runs WHEN old.turn > 1 BEGIN "
        "INSERT INTO turns SELECT new.id, "
        "(SELECT count(*) FROM runs WHERE turn > 0 AND lock = new.lock AND turn = 1), "
        "CASE new.turn WHEN 1 THEN new.lock_limit END, (SELECT count(*) FROM runs WHERE turn > 0 "
        "AND lock = new.lock AND turn = old.turn AND rowid < new.rowid AND new.turn = 1); END;";

    EQ(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

size_t check_locks(struct sim *s)
{
    if (sim_number(s, "SELECT count(*) FROM turns WHERE held > most"))
        sim_fault(s, "a lock had more holders than its limit");
    if (sim_number(s, "SELECT count(*) FROM turns WHERE before > 0"))
        sim_fault(s, "a run was overtaken by one of its own priority");
    return (size_t)sim_number(s, "SELECT count(*) FROM turns JOIN runs ON id = run "
                                 "WHERE most > 0 AND started_at > created_at + 1000000");
}

void check_slots(struct sim *s)
{
    if (sim_number(s, "SELECT count(*) FROM (SELECT count(*) n, (max(time) - min(time)) / "
                      "(CASE subject WHEN 'clock' THEN 30000000 ELSE 120000000 END) + 1 m "
                      "FROM events WHERE type = 'schedule.tick' "
                      "GROUP BY subject, delivery LIKE '%%#%%') WHERE n <> m"))
        sim_fault(s, "a slot of a schedule is missing");
}

/* I4 the other way round: what succeeded did run, in that attempt. */
void check_effects(struct sim *s)
{
    sqlite3_stmt *st =
        sim_query(s, "SELECT run, path, attempt FROM steps t WHERE kind = 'run' "
                     "AND status = 'succeeded' AND error = '' AND EXISTS (SELECT 1 FROM "
                     "history h WHERE h.run = t.run AND h.moves LIKE '%' || t.path || '#' "
                     "|| t.attempt || ' running>succeeded%')");

    while (sqlite3_step(st) == SQLITE_ROW) {
        size_t n = 0;

        for (size_t i = 0; i < s->effects_n; i++)
            n += strcmp(s->effects[i].run, (const char *)sqlite3_column_text(st, 0)) == 0 &&
                 strcmp(s->effects[i].step, (const char *)sqlite3_column_text(st, 1)) == 0 &&
                 s->effects[i].attempt == sqlite3_column_int(st, 2);
        if (n != 1)
            sim_fault(s, "I4: %s#%d of %s succeeded and ran %zu times", sqlite3_column_text(st, 1),
                      sqlite3_column_int(st, 2), sqlite3_column_text(st, 0), n);
    }
    sqlite3_finalize(st);
}

/* I1 for people: what was counted is kept. */
void check_votes(struct sim *s, const struct given_vote *votes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct given_vote *v = &votes[i];
        static const char *const where[] = {"'$.approved_by'", "'$.denied_by'", "'$.answered_by'"};

        if (v->counted && !sim_number(s,
                                      "SELECT count(*) FROM steps t WHERE run='%s' AND "
                                      "CASE WHEN kind IN ('approval', 'ask') THEN "
                                      "json_extract(outputs, %s) END LIKE '%%\"user\":\"%s\"%%'",
                                      v->run.s, where[v->kind], v->user))
            sim_fault(s, "I1: the vote %d of %s on run %s was counted and is not there", v->kind,
                      v->user, v->run.s);
    }
}

/* --- I8: the history, played again --- */

struct replay {
    char run[ID_LEN + 1];
    int seq;
    struct {
        char what[64], state[16];
    } all[64];
    size_t n;
};

static char *state_of(struct replay *p, const char *what)
{
    size_t i = 0;

    while (i < p->n && strcmp(p->all[i].what, what) != 0) i++;
    if (i == p->n) {
        assert_true(p->n < COUNT_OF(p->all));
        snprintf(p->all[i].what, sizeof p->all[i].what, "%s", what);
        snprintf(p->all[i].state, sizeof p->all[i].state, "%s",
                 strcmp(what, "run") == 0 ? "queued" : "pending");
        p->n++;
    }
    return p->all[i].state;
}

static bool is_end(const char *state)
{
    static const char *const ends[] = {"succeeded", "failed", "cancelled", "skipped", "denied"};

    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (strcmp(state, ends[i]) == 0) return true;
    return false;
}

static void replay_move(struct sim *s, struct replay *p, struct str move)
{
    char what[64] = "", from[16] = "";
    struct str part;
    size_t colon;
    char *state;

    move = str_trim(move);
    if (str_find(move, STR(": "), &colon)) return; /* a note of what people said */
    if (move.n == 0) return; /* a change of the run that moves nothing: who cancelled it */
    if (str_cut(&move, ' ', &part)) snprintf(what, sizeof what, STR_FMT, STR_ARG(part));
    if (str_cut(&move, '>', &part)) snprintf(from, sizeof from, STR_FMT, STR_ARG(part));
    if (!from[0]) {
        sim_fault(s, "I8: run %s: no move is `" STR_FMT "`", p->run, STR_ARG(move));
        return;
    }
    state = state_of(p, what);
    if (strcmp(state, from) != 0 || is_end(from))
        sim_fault(s, "I8: run %s: `%s` is %s and moves from %s to " STR_FMT, p->run, what, state,
                  from, STR_ARG(move));
    snprintf(state, 16, STR_FMT, STR_ARG(move));
}

/* What the replay came to must be what the rows say. */
static void replay_ends(struct sim *s, struct replay *p)
{
    if (!p->run[0]) return;
    if (sim_number(s, "SELECT seq FROM runs WHERE id='%s'", p->run) != p->seq)
        sim_fault(s, "I8: the history of run %s ends with change %d", p->run, p->seq);
    for (size_t i = 0; i < p->n; i++) {
        const char *what = p->all[i].what, *hash = strrchr(what, '#'), *row;

        if (strcmp(what, "run") == 0)
            row = sim_text(s, "SELECT status FROM runs WHERE id='%s'", p->run);
        else
            row = sim_text(s,
                           "SELECT status FROM steps WHERE run='%s' AND path='%.*s' AND attempt=%s",
                           p->run, (int)(hash - what), what, hash + 1);
        if (strcmp(row, p->all[i].state) != 0)
            sim_fault(s, "I8: `%s` of run %s is %s by its history and '%s' by its row", what,
                      p->run, p->all[i].state, row);
    }
}

void check_history(struct sim *s)
{
    sqlite3_stmt *st = sim_query(s, "SELECT run, seq, moves FROM history ORDER BY run, seq");
    struct replay p = {.n = 0};

    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *run = (const char *)sqlite3_column_text(st, 0);
        struct str rest = str_of((const char *)sqlite3_column_text(st, 2)), move;

        if (!moves_allowed(rest)) sim_fault(s, "I8: run %s: %s is not allowed", run, rest.p);
        if (strcmp(run, p.run) != 0) {
            replay_ends(s, &p);
            p.n = 0;
            p.seq = 0;
            snprintf(p.run, sizeof p.run, "%s", run);
        }
        if (sqlite3_column_int(st, 1) != p.seq + 1) sim_fault(s, "I8: run %s skips a change", run);
        p.seq++;
        while (str_cut(&rest, ';', &move)) replay_move(s, &p, move);
    }
    replay_ends(s, &p);
    sqlite3_finalize(st);
}
