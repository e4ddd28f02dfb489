#include "judge.h"

#include <stdarg.h>
#include <string.h>

enum { SHOWN = 8 };

const char *const invariant_texts[INVARIANTS] = {
    [0] = "the storm met what it was made for",
    [1] = "I1 what was acknowledged is stored, with the receipt that was given",
    [2] = "I2 a delivery is one event",
    [3] = "I3 the runs of an event are those that a slow matcher finds",
    [4] = "I4 each step that ran, ran once, and was recorded before",
    [5] = "I5 no process is left over",
    [6] = "I6 every run has ended, as it should",
    [8] = "I8 histories have no gap and only allowed moves",
    [10] = "I10 outputs are whole",
};

/* `forgot`: what was tried before may have been deleted since, but wholly. */
static const char derived[] =
    "CREATE TEMP TABLE ev AS SELECT id, connection, delivery, at FROM server.events"
    " WHERE connection IN ('gh', 'hub');"
    "CREATE INDEX temp.ev_delivery ON ev (delivery, connection);"
    "CREATE TEMP TABLE ru AS SELECT id, event, workflow, status, ended_at, wake_at FROM "
    "server.runs;"
    "CREATE INDEX temp.ru_event ON ru (event);"
    "CREATE UNIQUE INDEX temp.ru_id ON ru (id);"
    "CREATE UNIQUE INDEX temp.ev_id ON ev (id);"
    "CREATE INDEX IF NOT EXISTS acks_id ON acks (id, connection);"
    "CREATE INDEX IF NOT EXISTS kills_at ON kills (at);"
    "CREATE INDEX IF NOT EXISTS effects_run ON effects (run, step, attempt);"
    "CREATE TEMP VIEW forgot AS SELECT coalesce(max(value), 0) AS at FROM meta WHERE key = "
    "'forgot';"

    "CREATE TEMP TABLE locked AS SELECT rowid AS n, id, lock, lock_limit, started_at,"
    " CASE ended_at WHEN 0 THEN 9e18 ELSE ended_at END AS ended_at"
    " FROM server.runs WHERE lock <> '' AND started_at > 0;"
    "CREATE INDEX temp.locked_lock ON locked (lock, n);"

    /* The workflows of place.c, told once more: which of them an event starts, and how often. */
    "CREATE TEMP TABLE wanted AS"
    " SELECT id, connection, 'single' AS workflow, 1 AS times FROM tries"
    "  WHERE type = 'github.push' AND n % 2 = 0 AND connection = 'gh'"
    " UNION ALL SELECT id, connection, 'double', 1 FROM tries"
    "  WHERE type = 'github.push' AND repo = 'acme/r1'"
    " UNION ALL SELECT id, connection, 'forks', 1 FROM tries"
    "  WHERE type = 'github.push' AND repo = 'acme/r2'"
    " UNION ALL SELECT id, connection, 'pours', 1 FROM tries WHERE type = "
    "'github.workflow_run.completed'"
    " UNION ALL SELECT id, connection, 'again', 1 FROM tries WHERE type = 'github.issues.opened'"
    " UNION ALL SELECT id, connection, 'litters', 1 FROM tries WHERE type = 'github.fork'"
    " UNION ALL SELECT id, connection, 'words', 1 FROM tries"
    "  WHERE substr(type, 1, 12) = 'github.star.' AND flag = 1"
    " UNION ALL SELECT id, connection, 'fails', 1 FROM tries"
    "  WHERE type = 'github.issues.opened' AND flag = 1"
    " UNION ALL SELECT id, connection, 'naps', 1 FROM tries WHERE type = 'github.deployment'"
    " UNION ALL SELECT id, connection, 'twice', (type = 'github.release.published') + flag FROM "
    "tries"
    "  WHERE substr(type, 1, 15) = 'github.release.'"
    "   AND (type = 'github.release.published' OR flag = 1);"
    "CREATE INDEX temp.wanted_id ON wanted (id, connection, workflow);"

    /* What a run of each does, and how it ends. */
    "CREATE TEMP TABLE plan (workflow, step, attempt);"
    "INSERT INTO plan VALUES ('single', 'only', 1), ('double', 'first', 1), ('double', 'second', "
    "1),"
    " ('forks', 'p/l/a', 1), ('forks', 'p/m/b', 1), ('forks', 'p/m/in/k/c', 1), ('forks', "
    "'joined', "
    "1),"
    " ('pours', 'pour', 1), ('again', 'try', 1), ('again', 'try', 2), ('again', 'try', 3),"
    " ('litters', 'litter', 1), ('fails', 'bad', 1), ('fails', 'on_failure/told', 1),"
    " ('fails', 'finally/last', 1), ('naps', 'awake', 1), ('twice', 'done', 1);"
    "CREATE TEMP TABLE ending AS SELECT DISTINCT workflow,"
    " CASE workflow WHEN 'fails' THEN 'failed' ELSE 'succeeded' END AS status"
    " FROM (SELECT workflow FROM plan UNION SELECT 'words');";

/* Each row that a query finds is a fault; `lost` and `doubled` are counted. */
static const struct rule {
    int invariant;
    enum { FAULT, LOST, DOUBLED } what;
    const char *text, *sql;
} rules[] = {
    {1, LOST, "acknowledged, but not stored",
     "SELECT DISTINCT a.id, a.connection FROM acks a JOIN tries t USING (id, connection)"
     " WHERE t.at >= (SELECT at FROM forgot) AND NOT EXISTS"
     " (SELECT 1 FROM ev WHERE delivery = a.id AND connection = a.connection)"},
    {1, FAULT, "the receipt names another event than the one that is stored",
     "SELECT a.id, a.event || ' instead of ' || e.id FROM acks a"
     " JOIN ev e ON e.delivery = a.id AND e.connection = a.connection WHERE e.id <> a.event"},
    {1, FAULT, "two receipts of one delivery differ",
     "SELECT id, connection FROM acks JOIN tries t USING (id, connection)"
     " WHERE t.at >= (SELECT at FROM forgot)"
     " GROUP BY id, connection HAVING count(DISTINCT event || runs) > 1"},
    {1, FAULT, "the receipt does not name the runs that are stored",
     "SELECT a.id, a.runs FROM acks a JOIN ev e ON e.id = a.event"
     " JOIN tries t ON t.id = a.id AND t.connection = a.connection"
     " WHERE t.at >= (SELECT at FROM forgot) AND a.runs <> coalesce((SELECT group_concat(id)"
     "  FROM (SELECT id FROM ru WHERE event = e.id ORDER BY id)), '-')"},
    {1, LOST, "sent, but never acknowledged",
     "SELECT id, connection FROM tries t WHERE NOT EXISTS"
     " (SELECT 1 FROM acks a WHERE a.id = t.id AND a.connection = t.connection)"},
    {2, DOUBLED, "stored more than once",
     "SELECT delivery, connection FROM ev GROUP BY delivery, connection HAVING count(*) > 1"},
    {2, FAULT, "stored, but never sent, or forged",
     "SELECT delivery, connection FROM ev WHERE NOT EXISTS"
     " (SELECT 1 FROM tries WHERE id = delivery AND tries.connection = ev.connection)"},
    {2, FAULT, "forged, but not refused", "SELECT id, status FROM forged WHERE status <> 401"},
    {3, LOST, "a run that should be there is not",
     "SELECT w.id, w.workflow FROM wanted w JOIN tries t USING (id, connection)"
     " LEFT JOIN ev e ON e.delivery = w.id AND e.connection = w.connection"
     " WHERE t.at >= (SELECT at FROM forgot) AND"
     " (SELECT count(*) FROM ru WHERE event = e.id AND workflow = w.workflow) < w.times"},
    {3, DOUBLED, "a run that should not be there is",
     "SELECT r.id, r.workflow FROM ru r JOIN ev e ON e.id = r.event GROUP BY e.id, r.workflow"
     " HAVING count(*) > coalesce((SELECT times FROM wanted w WHERE w.id = e.delivery"
     "  AND w.connection = e.connection AND w.workflow = r.workflow), 0)"},
    {3, FAULT, "a run without its event",
     "SELECT id, event FROM ru WHERE NOT EXISTS (SELECT 1 FROM ev WHERE id = event)"},
    {4, FAULT, "a line of the effect log is torn", "SELECT line, '' FROM torn"},
    {4, DOUBLED, "a step ran twice",
     "SELECT run, step || '#' || attempt FROM effects GROUP BY run, step, attempt"
     " HAVING count(*) > 1"},
    {4, DOUBLED, "one line twice",
     "SELECT nonce, run FROM effects GROUP BY nonce HAVING count(*) > 1"},
    {4, LOST, "a step of an ended run has no effect",
     "SELECT r.id, p.step || '#' || p.attempt FROM ru r JOIN plan p USING (workflow)"
     " WHERE r.ended_at > 0 AND NOT EXISTS (SELECT 1 FROM effects x"
     "  WHERE x.run = r.id AND x.step = p.step AND x.attempt = p.attempt)"},
    {4, FAULT, "an effect that no workflow has",
     "SELECT x.run, x.step || '#' || x.attempt FROM effects x JOIN ru r ON r.id = x.run"
     " WHERE NOT EXISTS (SELECT 1 FROM plan p WHERE p.workflow = r.workflow AND p.step = x.step"
     "  AND p.attempt = x.attempt)"},
    {4, FAULT, "an effect without its run",
     "SELECT x.run, x.id FROM effects x WHERE NOT EXISTS (SELECT 1 FROM ru WHERE id = x.run)"
     " AND (SELECT max(at) FROM tries t WHERE t.id = x.id) >= (SELECT at FROM forgot)"},
    {4, FAULT, "an effect whose step was not recorded as started",
     "SELECT x.run, x.step || '#' || x.attempt FROM effects x JOIN ru r ON r.id = x.run"
     " WHERE NOT EXISTS (SELECT 1 FROM server.steps s WHERE s.run = x.run AND s.path = x.step"
     "  AND s.attempt = x.attempt AND s.started_at > 0)"},
    {4, FAULT, "an effect that was given another event's id",
     "SELECT x.run, x.id FROM effects x JOIN ru r ON r.id = x.run JOIN ev e ON e.id = r.event"
     " WHERE e.delivery <> x.id"},
    {6, FAULT, "neither ended nor waiting for a time to come",
     "SELECT id, workflow || ' ' || status FROM ru WHERE ended_at = 0"
     " AND wake_at <= (SELECT unixepoch() * 1000000)"},
    {6, FAULT, "ended otherwise than its workflow does",
     "SELECT r.id, r.workflow || ' ' || r.status FROM ru r LEFT JOIN ending n USING (workflow)"
     " WHERE r.ended_at > 0 AND r.status IS NOT n.status"},
    {6, FAULT, "a step is left open or unknown",
     "SELECT run, path || ' ' || status FROM server.steps"
     " WHERE status NOT IN ('succeeded', 'failed', 'skipped', 'cancelled')"},
    {6, FAULT, "it got its turn while its lock had as many holders as may be",
     "SELECT a.id, a.lock FROM locked a WHERE a.lock_limit < (SELECT count(*) FROM locked b"
     " WHERE b.lock = a.lock AND b.n <= a.n AND b.ended_at > a.started_at)"},
    {6, FAULT, "it got its turn before one that came earlier",
     "SELECT a.id, a.lock FROM locked a WHERE a.started_at < (SELECT max(b.started_at)"
     " FROM locked b WHERE b.lock = a.lock AND b.n < a.n)"},
    {6, FAULT, "a step without its run",
     "SELECT run, path FROM server.steps s WHERE NOT EXISTS (SELECT 1 FROM ru WHERE id = s.run)"},
    {6, FAULT, "a history without its run",
     "SELECT DISTINCT run, '' FROM server.history h WHERE NOT EXISTS"
     " (SELECT 1 FROM ru WHERE id = h.run)"},
    {6, FAULT, "what was to be said was not kept, or twice",
     "SELECT r.id, r.workflow FROM ru r WHERE r.workflow = 'words' AND r.ended_at > 0"
     " AND (SELECT count(*) FROM server.outbox o WHERE o.run = r.id AND o.run <> ''"
     " AND o.kind = 'say') <> 1"},
};

void broken(struct verdict *v, int invariant, const char *fmt, ...)
{
    va_list ap;

    if (v->found[invariant]++ >= SHOWN || !v->say) return;
    fprintf(v->say, "# I%d: ", invariant);
    va_start(ap, fmt);
    vfprintf(v->say, fmt, ap);
    va_end(ap);
    fputc('\n', v->say);
}

static void apply(sqlite3 *db, const struct rule *r, struct verdict *v)
{
    sqlite3_stmt *st = sql_prepare(db, r->sql);
    int n = 0;

    for (; sqlite3_step(st) == SQLITE_ROW; n++)
        broken(v, r->invariant, "%s: %s %s", r->text, (const char *)sqlite3_column_text(st, 0),
               (const char *)sqlite3_column_text(st, 1));
    if (r->what == LOST) v->lost += n;
    if (r->what == DOUBLED) v->doubled += n;
    sqlite3_finalize(st);
}

static void judge_process(void *arg, int pid, const char *what)
{
    broken(arg, 5, "%s is alive: process %d", what, pid);
}

/* A file that SQLite itself finds damaged proves nothing else. */
static void judge_file(sqlite3 *db, struct verdict *v)
{
    sqlite3_stmt *st = sql_prepare(db, "PRAGMA server.integrity_check");

    while (sqlite3_step(st) == SQLITE_ROW)
        if (strcmp((const char *)sqlite3_column_text(st, 0), "ok") != 0)
            broken(v, 1, "the database file is damaged: %s",
                   (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
}

/* Kills that met nothing at work would make all of the above easy. */
static void judge_storm(sqlite3 *db, struct verdict *v)
{
    long across = sql_number(db, "SELECT count(*) FROM server.steps s WHERE EXISTS"
                                 " (SELECT 1 FROM kills k WHERE k.at > s.started_at + 20000"
                                 "  AND k.at < s.ended_at)");
    long before = sql_number(db, "SELECT count(*) FROM acks WHERE status = 200");

    if (v->say)
        fprintf(v->say, "# %ld steps ran while the server was killed, %ld deliveries came again\n",
                across, before);
    if (v->acked == 0) broken(v, 0, "nothing was acknowledged");
    if (v->kills >= 20 && across == 0) broken(v, 0, "no kill met a running step");
}

void judge(const struct place *p, sqlite3 *db, struct verdict *ret)
{
    sql_run(db, derived);
    ret->kills = sql_number(db, "SELECT count(*) FROM kills");
    ret->acked = sql_number(db, "SELECT count(*) FROM (SELECT DISTINCT id, connection FROM acks)");
    ret->effects = sql_number(db, "SELECT count(*) FROM effects");
    judge_file(db, ret);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) apply(db, &rules[i], ret);
    place_processes(p, judge_process, ret);
    judge_history(db, ret);
    judge_output(p, db, ret);
    judge_storm(db, ret);
}
