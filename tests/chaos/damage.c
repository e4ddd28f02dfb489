/* damage DIR - the checker's own test: DIR holds a good result; each damage done to it must be
 * found, by the invariant it breaks. A checker that finds nothing wrong proves nothing.
 */
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"
#include "tell.h"

/* One statement each, undone afterwards. */
static const struct damage {
    const char *name;
    int breaks;
    const char *sql;
} damages[] = {
    {"an acknowledged event is gone", 1,
     "DELETE FROM server.events WHERE id = (SELECT event FROM acks ORDER BY at LIMIT 1)"},
    {"an event has another delivery id", 1,
     "UPDATE server.events SET delivery = delivery || 'x' WHERE id = (SELECT max(event) FROM "
     "acks)"},
    {"a receipt named another event", 1,
     "UPDATE acks SET event = (SELECT max(event) FROM acks) WHERE rowid = 1"},
    {"a receipt named a run too many", 1,
     "UPDATE acks SET runs = runs || ',01ARZ3NDEKTSV4RRFFQ69G5FAV' WHERE rowid = 1"},
    {"a delivery was never acknowledged", 1,
     "DELETE FROM acks WHERE id = (SELECT id FROM acks ORDER BY at LIMIT 1)"},
    {"an event stands twice", 2,
     "INSERT INTO server.events SELECT '7' || substr(id, 2), at, time, depth, type, source, "
     "subject,"
     " connection, delivery, who, room, decision, data FROM server.events"
     " WHERE connection = 'gh' LIMIT 1"},
    {"an event of nobody", 2,
     "DELETE FROM tries WHERE id = (SELECT id FROM tries WHERE type = 'github.ping' LIMIT 1)"},
    {"a forged delivery was taken", 2, "UPDATE forged SET status = 202 WHERE rowid = 1"},
    {"a run is gone", 3, "DELETE FROM server.runs WHERE id = (SELECT max(id) FROM server.runs)"},
    {"a run too many", 3,
     "UPDATE server.runs SET workflow = 'naps' WHERE id ="
     " (SELECT id FROM server.runs WHERE workflow = 'single' LIMIT 1)"},
    {"a trigger's condition was read wrongly", 3,
     "UPDATE tries SET n = n + 1 WHERE type = 'github.push' AND connection = 'gh'"},
    {"a run of another event", 3, "UPDATE server.runs SET event = 'none' WHERE rowid = 1"},
    {"an effect happened twice", 4,
     "INSERT INTO effects SELECT run, step, attempt, id, nonce || 'x' FROM effects LIMIT 1"},
    {"an effect was written twice", 4,
     "INSERT INTO effects SELECT run, step, attempt + 7, id, nonce FROM effects LIMIT 1"},
    {"an effect is lost", 4, "DELETE FROM effects WHERE rowid = (SELECT max(rowid) FROM effects)"},
    {"an attempt too many", 4,
     "INSERT INTO effects SELECT run, step, 4, id, 'n' FROM effects WHERE attempt = 3 LIMIT 1"},
    {"an effect of no run", 4, "UPDATE effects SET run = 'none' WHERE rowid = 1"},
    {"an effect with another's id", 4,
     "UPDATE effects SET id = (SELECT id FROM effects WHERE rowid = 2) || 'x' WHERE rowid = 1"},
    {"an effect before its step was recorded", 4,
     "DELETE FROM server.steps WHERE (run, path) IN (SELECT run, step FROM effects LIMIT 1)"},
    {"a line of the effect log is torn", 4, "INSERT INTO torn VALUES ('01ARZ3 only')"},
    {"a run is stuck", 6,
     "UPDATE server.runs SET ended_at = 0, status = 'running', wake_at = 0"
     " WHERE id = (SELECT max(id) FROM server.runs)"},
    {"a run ended as it should not", 6,
     "UPDATE server.runs SET status = 'cancelled' WHERE id = (SELECT max(id) FROM server.runs)"},
    {"a lock had too many holders", 6, "UPDATE server.runs SET lock_limit = 0 WHERE lock <> ''"},
    {"a run was overtaken in the queue of its lock", 6,
     "UPDATE server.runs SET started_at = started_at + 3600000000 WHERE rowid ="
     " (SELECT min(rowid) FROM server.runs WHERE lock <> '' GROUP BY lock HAVING count(*) > 1)"},
    {"a step is unknown", 6,
     "UPDATE server.steps SET status = 'unknown' WHERE n = (SELECT max(n) FROM server.steps)"},
    {"a word was lost", 6,
     "DELETE FROM server.outbox WHERE id ="
     " (SELECT id FROM server.outbox WHERE kind = 'say' LIMIT 1)"},
    {"a history has a gap", 8,
     "DELETE FROM server.history WHERE seq = 2 AND run ="
     " (SELECT run FROM server.history WHERE seq = 3 LIMIT 1)"},
    {"a history lacks its end", 8,
     "DELETE FROM server.history WHERE (run, seq) IN"
     " (SELECT run, max(seq) FROM server.history GROUP BY run LIMIT 1)"},
    {"a run has no history", 8,
     "DELETE FROM server.history WHERE run = (SELECT min(run) FROM server.history)"},
    {"a terminal state changed", 8,
     "UPDATE server.history SET moves = moves || '; run succeeded>running; run running>failed'"
     " WHERE (run, seq) IN (SELECT id, seq FROM server.runs WHERE status = 'succeeded' LIMIT 1)"},
    {"a move starts where nothing was", 8,
     "UPDATE server.history SET moves = replace(moves, 'queued>running', 'waiting>running')"
     " WHERE (run, seq) IN (SELECT run, seq FROM server.history"
     " WHERE moves LIKE 'run queued>running%' LIMIT 1)"},
    {"a row is not where its history ends", 8,
     "UPDATE server.steps SET status = 'failed' WHERE n ="
     " (SELECT n FROM server.steps WHERE status = 'succeeded' LIMIT 1)"},
    {"an output was another's", 10,
     "UPDATE tries SET n = n + 1 WHERE type = 'github.workflow_run.completed'"},
    {"nothing was acknowledged", 0, "DELETE FROM acks"},
};

static int number, bad;

static void tell(bool ok, const char *name)
{
    printf("%s %d - found: %s\n", ok ? "ok" : "not ok", ++number, name);
    bad += !ok;
}

static void judge_after(const struct place *p, sqlite3 *db, const char *sql, struct verdict *ret)
{
    *ret = (struct verdict){0};
    sql_run(db, "BEGIN");
    if (sql) sql_run(db, sql);
    if (sql && sqlite3_changes(db) == 0) die("there is nothing to damage: %s", sql);
    judge(p, db, ret);
    sql_run(db, "ROLLBACK");
}

static void all_by_sql(const struct place *p, sqlite3 *db)
{
    struct verdict v;

    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        judge_after(p, db, damages[i].sql, &v);
        tell(v.found[damages[i].breaks] > 0, damages[i].name);
    }
}

/* --- damage that is no row --- */

static void output_path(const struct place *p, sqlite3 *db, char *path, size_t size)
{
    sqlite3_stmt *st = sql_prepare(
        db, "SELECT id, strftime('%Y%m%d', created_at / 1000000, 'unixepoch') FROM server.runs"
            " WHERE workflow = 'pours' LIMIT 1");

    if (sqlite3_step(st) != SQLITE_ROW) die("there is no run of `pours`");
    snprintf(path, size, "%s/data/runs/%s/%s/pour.1.output", p->dir,
             (const char *)sqlite3_column_text(st, 1), (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
}

static void by_output(const struct place *p, sqlite3 *db)
{
    char path[PLACE_PATH + 128];
    struct verdict v;
    FILE *f;
    int c;

    output_path(p, db, path, sizeof path);
    f = fopen(path, "r+e");
    if (!f) die("%s is not there", path);
    fseek(f, 999, SEEK_SET);
    c = fgetc(f);
    fseek(f, 999, SEEK_SET);
    fputc(c ^ 1, f);
    fflush(f);
    judge_after(p, db, NULL, &v);
    tell(v.found[10] > 0, "one bit of an output is wrong");
    fseek(f, 999, SEEK_SET);
    fputc(c, f);
    fseek(f, 0, SEEK_END);
    fputc('\n', f);
    fflush(f);
    judge_after(p, db, NULL, &v);
    tell(v.found[10] > 0, "an output is a byte too long");
    if (ftruncate(fileno(f), ftell(f) - 1) != 0) die("%s cannot be cut", path);
    fclose(f);
}

static void by_process(const struct place *p, sqlite3 *db)
{
    char output[PLACE_PATH + 32],
        *env[] = {(char[]){"BOTOPS_RUN_ID=01ARZ3NDEKTSV4RRFFQ69G5FAV"}, output, NULL};
    char *argv[] = {(char[]){"sleep"}, (char[]){"30"}, NULL};
    struct verdict v;
    pid_t pid;

    snprintf(output, sizeof output, "BOTOPS_OUTPUT=%s/data", p->dir);
    if (posix_spawn(&pid, "/bin/sleep", NULL, NULL, argv, env) != 0) die("nothing can be started");
    judge_after(p, db, NULL, &v);
    tell(v.found[5] > 0, "a process is left over");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    struct verdict v;
    struct place p;
    sqlite3 *db;

    if (argc != 2) die("usage: damage DIR");
    place_init(&p, argv[1]);
    db = evidence_open(&p);
    judge_after(&p, db, NULL, &v);
    for (int i = 0; i < INVARIANTS; i++)
        if (v.found[i]) die("the result is not good to begin with: I%d", i);
    all_by_sql(&p, db);
    by_output(&p, db);
    by_process(&p, db);
    judge_after(&p, db, NULL, &v);
    for (int i = 0; i < INVARIANTS; i++)
        if (v.found[i]) die("a damage was not undone: I%d", i);
    printf("1..%d\n", number);
    sqlite3_close(db);
    return bad > 0;
}
