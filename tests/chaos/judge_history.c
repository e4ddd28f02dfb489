/* judge_history.c - I8: what each run went through, move by move, against tables of this file. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum { ENTITIES = 32, NAME_MAX_BYTES = 128, MOVES_BYTES = 8192 };

struct entity { /* "run", or "build#1" */
    char name[NAME_MAX_BYTES];
    char state[16];
};

struct past { /* of the run that is being read */
    char run[32];
    long seq;
    struct entity list[ENTITIES];
    int n;
};

static const char run_moves[] =
    " queued>running queued>succeeded queued>failed queued>cancelled queued>denied"
    " running>waiting running>succeeded"
    " running>failed running>cancelled running>denied waiting>running waiting>succeeded"
    " waiting>failed waiting>cancelled waiting>denied ";
static const char step_moves[] =
    " pending>running pending>waiting pending>succeeded pending>failed pending>skipped"
    " pending>cancelled running>succeeded running>failed running>cancelled running>unknown"
    " waiting>running waiting>succeeded waiting>failed waiting>cancelled unknown>succeeded"
    " unknown>failed unknown>cancelled ";

static struct entity *entity_of(struct past *p, const char *name)
{
    struct entity *e = p->list;

    while (e < p->list + p->n && strcmp(e->name, name) != 0) e++;
    if (e < p->list + p->n || p->n == ENTITIES) return e < p->list + p->n ? e : NULL;
    snprintf(e->name, sizeof e->name, "%s", name);
    snprintf(e->state, sizeof e->state, "%s", strcmp(name, "run") == 0 ? "queued" : "pending");
    p->n++;
    return e;
}

/* "build#1 pending>running"; "go#1: approved by ana, 1 of 2" is no move */
static void judge_move(struct past *p, char *text, struct verdict *v)
{
    char *save = NULL, *name = strtok_r(text, " ", &save), *move = strtok_r(NULL, " ", &save);
    char *to = move ? strchr(move, '>') : NULL, wanted[64];
    struct entity *e = name && to ? entity_of(p, name) : NULL;

    if (name && name[strlen(name) - 1] == ':') return;
    if (!e) {
        broken(v, 8, "run %s: a move cannot be read: %s", p->run, text);
        return;
    }
    snprintf(wanted, sizeof wanted, " %s ", move);
    if (!strstr(strcmp(name, "run") == 0 ? run_moves : step_moves, wanted))
        broken(v, 8, "run %s: %s made the move %s, which is not allowed", p->run, name, move);
    if (strncmp(move, e->state, (size_t)(to - move)) != 0 ||
        strlen(e->state) != (size_t)(to - move))
        broken(v, 8, "run %s: %s made the move %s while it was %s", p->run, name, move, e->state);
    snprintf(e->state, sizeof e->state, "%s", to + 1);
}

static void judge_moves(struct past *p, const char *moves, struct verdict *v)
{
    char text[MOVES_BYTES], *save = NULL;

    snprintf(text, sizeof text, "%s", moves);
    for (char *one = strtok_r(text, ";", &save); one; one = strtok_r(NULL, ";", &save))
        judge_move(p, one, v);
}

/* What the rows say now must be where the history ends. */
static void judge_end(sqlite3 *db, struct past *p, struct verdict *v)
{
    static const char sql[] =
        "SELECT 'run', status, seq FROM server.runs WHERE id = ?1"
        " UNION ALL SELECT path || '#' || attempt, status, 0 FROM server.steps WHERE run = ?1";
    sqlite3_stmt *st;

    if (!p->run[0]) return;
    st = sql_prepare(db, sql);
    sqlite3_bind_text(st, 1, p->run, -1, SQLITE_STATIC);
    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(st, 0);
        const char *state = (const char *)sqlite3_column_text(st, 1);
        const struct entity *e = entity_of(p, name);

        if (!e || strcmp(e->state, state) != 0)
            broken(v, 8, "run %s: %s is %s, but its history ends in %s", p->run, name, state,
                   e ? e->state : "too many steps");
        if (strcmp(name, "run") == 0 && sqlite3_column_int64(st, 2) != p->seq)
            broken(v, 8, "run %s: it changed %lld times, but its history tells of %ld", p->run,
                   (long long)sqlite3_column_int64(st, 2), p->seq);
    }
    sqlite3_finalize(st);
}

void judge_history(sqlite3 *db, struct verdict *v)
{
    static const char sql[] = "SELECT run, seq, moves FROM server.history ORDER BY run, seq";
    static const char without[] = "SELECT id FROM server.runs r WHERE NOT EXISTS (SELECT 1 FROM "
                                  "server.history WHERE run = r.id)";
    static struct past p;
    sqlite3_stmt *st;

    p = (struct past){0};
    st = sql_prepare(db, sql);
    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *run = (const char *)sqlite3_column_text(st, 0);
        long seq = (long)sqlite3_column_int64(st, 1);

        if (strcmp(run, p.run) != 0) {
            judge_end(db, &p, v);
            p = (struct past){0};
            snprintf(p.run, sizeof p.run, "%s", run);
        }
        if (seq != ++p.seq) broken(v, 8, "run %s: change %ld follows %ld", run, seq, p.seq - 1);
        p.seq = seq;
        judge_moves(&p, (const char *)sqlite3_column_text(st, 2), v);
    }
    judge_end(db, &p, v);
    sqlite3_finalize(st);
    st = sql_prepare(db, without);
    while (sqlite3_step(st) == SQLITE_ROW)
        broken(v, 8, "run %s has no history", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
}
