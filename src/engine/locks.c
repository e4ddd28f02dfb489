/* locks.c - whose turn it is: locks that runs share, one look at a lock at a time.
 *
 * A run that asks for a lock is stored as queued; who holds it and who waits is what the rows of
 * the runs say, and nothing else. After each commit that may give somebody a turn the lock is
 * looked at: a read of its first few rows, then a plan (workflow/lock.h), then a commit for each
 * run it concerns. Only a look begins a queued run, and the next look at the same lock waits until
 * all of that is stored: so there are never more holders than the limit, and after a crash the rows
 * tell what is left to do.
 */
#include "engine/inside.h"
#include "workflow/lock.h"

enum {
    QUEUE_SEEN = 2,     /* runs of a queue that one look sees */
    ENDED_AT_ONCE = 64, /* runs that one look ends, or holders it cancels */
    SCAN_AT_ONCE = 64   /* locks looked at together after a start */
};

struct turning { /* a look at a lock, until nothing is left to do */
    struct turning *next;
    struct engine *engine;
    char *name; /* owns lock */
    struct str lock;
    bool reading;
    bool again;   /* something has changed since the last read began */
    bool waiting; /* for room on the disk */
    bool full, stuck;
    int open; /* commits that are not answered yet */

    struct arena *arena; /* of one look */
    struct lock_plan plan;
    struct lock_asker queue[QUEUE_SEEN];
    struct id runs[QUEUE_SEEN];
    struct str workflows[QUEUE_SEEN];
    size_t n;
    struct id ended[ENDED_AT_ONCE]; /* holders to be cancelled, or runs that end unbegun */
    size_t ended_n;
    struct str holder; /* for those that are refused */
};

static struct turning **place_of(struct engine *e, struct str lock)
{
    struct turning **at = &e->turnings[str_hash(lock) % LOCK_BUCKETS];

    while (*at && !str_eq((*at)->lock, lock)) at = &(*at)->next;
    return at;
}

static void scan_next(struct engine *e);

static void turning_end(struct turning *t)
{
    struct engine *e = t->engine;
    struct turning **at = place_of(e, t->lock);

    *at = t->next;
    free(t->name);
    free(t);
    e->turnings_n--;
    if (e->lock_scan && e->turnings_n < SCAN_AT_ONCE) scan_next(e);
}

void locks_free(struct engine *e)
{
    for (size_t i = 0; i < LOCK_BUCKETS; i++)
        while (e->turnings[i]) {
            struct turning *t = e->turnings[i];

            e->turnings[i] = t->next;
            if (t->reading) continue; /* the server is stopped short: the reader has it */
            arena_free(t->arena);
            free(t->name);
            free(t);
        }
    arena_free(e->lock_scan);
}

/* --- reading: on a reader thread --- */

static bool keep_waiting(void *arg, const struct run_row *r)
{
    struct turning *t = arg;
    struct lock_asker *a = &t->queue[t->n];

    a->limit = r->lock_limit;
    a->priority = (enum priority)(r->turn - TURN_HIGH);
    a->on_conflict = lock_conflict(r->conflict);
    t->workflows[t->n] = arena_str(t->arena, r->workflow);
    t->runs[t->n++] = r->id;
    return true;
}

/* One that cleans up, or has failed, ends by itself. */
static bool keep_holder(void *arg, const struct run_row *r)
{
    struct turning *t = arg;

    if (!str_is(r->phase, phase_machine.states[PHASE_STEPS]) || r->verdict.n) return true;
    t->ended[t->ended_n++] = r->id;
    return t->ended_n < ENDED_AT_ONCE;
}

static bool keep_asking(void *arg, const struct run_row *r)
{
    struct turning *t = arg;

    t->ended[t->ended_n++] = r->id;
    return true;
}

static bool keep_name(void *arg, const struct run_row *r)
{
    struct turning *t = arg;

    t->holder = lock_holder(t->arena, id_str(&r->id), r->workflow, r->started_at);
    return false;
}

static void look_read(struct reader *r, void *arg)
{
    struct turning *t = arg;
    size_t held = (size_t)reader_lock_held(r, t->lock);

    reader_lock_runs(r, t->lock, LOCK_WAITING, QUEUE_SEEN, keep_waiting, t);
    t->plan = lock_plan(held, t->queue, t->n);
    if (t->plan.begin || t->plan.give_way) return;
    if (t->plan.cancel) {
        reader_lock_runs(r, t->lock, LOCK_HOLDING, LOCK_LIMIT_MAX, keep_holder, t);
        if (t->ended_n) return;
        t->plan.cancel = false;
    }
    if (!t->plan.refuse) return;
    reader_lock_runs(r, t->lock, LOCK_ASKING, ENDED_AT_ONCE, keep_asking, t);
    if (t->ended_n) reader_lock_runs(r, t->lock, LOCK_HOLDING, 1, keep_name, t);
}

/* --- doing --- */

static void look(struct turning *t);

static void settle(struct turning *t)
{
    arena_free(t->arena);
    t->arena = NULL;
    if (t->engine->quiet || (t->stuck && !t->again))
        turning_end(t); /* when the server ends: the next start finds it */
    else if (t->full)
        t->waiting = true;
    else
        look(t);
}

static void answered_one(void *arg, const struct err *e)
{
    struct turning *t = arg;

    if (e->code == E_FULL) t->full = true;
    if (e->code == E_NOT_FOUND) t->stuck = true; /* it cannot be read: those behind it wait */
    if (--t->open == 0) settle(t);
}

static void feed(struct turning *t, struct id run, enum occurrence_kind kind, struct str by)
{
    struct pending *p = pending_new(kind);

    p->what.by = arena_str(p->arena, by);
    p->done = answered_one;
    p->arg = t;
    t->open++;
    run_feed(t->engine, run, p);
}

/* "run 01J… (deploy), which needs the lock `web`" */
static struct str asker_text(struct turning *t, size_t i)
{
    return str_of(arena_fmt(t->arena, "run %s (" STR_FMT "), which needs the lock `" STR_FMT "`",
                            t->runs[i].s, STR_ARG(t->workflows[i]), STR_ARG(t->lock)));
}

static void carry_out(struct turning *t)
{
    const struct lock_plan *p = &t->plan;

    if (p->begin) feed(t, t->runs[0], OCCUR_TURN, STR(""));
    if (p->give_way) feed(t, t->runs[0], OCCUR_CANCEL, asker_text(t, 1));
    for (size_t i = 0; i < t->ended_n; i++)
        if (p->cancel)
            feed(t, t->ended[i], OCCUR_CANCEL, asker_text(t, 0));
        else
            feed(t, t->ended[i], OCCUR_HELD, t->holder);
}

static void looked(void *arg)
{
    struct turning *t = arg;

    t->reading = false;
    if (t->plan.begin || t->plan.give_way || t->ended_n) {
        t->open = 1; /* answers may come before all are asked */
        carry_out(t);
        if (--t->open == 0) settle(t);
        return;
    }
    arena_free(t->arena);
    if (t->again && !t->engine->quiet)
        look(t);
    else
        turning_end(t);
}

static void look(struct turning *t)
{
    t->again = t->waiting = t->full = t->stuck = false;
    t->n = t->ended_n = 0;
    t->holder = STR("another run");
    t->plan = (struct lock_plan){0};
    t->arena = arena_new();
    t->reading = true;
    engine_read(t->engine, look_read, looked, t);
}

void lock_look(struct engine *e, struct str lock)
{
    struct turning **at, *t;

    if (e->quiet || e->recovery) return; /* at the end of recovery all locks are looked at */
    at = place_of(e, lock);
    if (*at) {
        (*at)->again = true;
        return;
    }
    t = mem_new(sizeof *t);
    t->engine = e;
    t->name = mem_dup(lock.p, lock.n);
    t->lock = str_n(t->name, lock.n);
    *at = t;
    e->turnings_n++;
    look(t);
}

void locks_retry(struct engine *e)
{
    for (size_t i = 0; i < LOCK_BUCKETS; i++)
        for (struct turning *t = e->turnings[i]; t; t = t->next)
            if (t->waiting) look(t);
}

/* --- after a start: locks that somebody could have --- */

struct scan {
    struct engine *engine;
    struct arena *arena;
    struct str after, list[SCAN_AT_ONCE];
    size_t n;
};

static bool keep_lock(void *arg, const struct lock_row *r)
{
    struct scan *s = arg;

    s->list[s->n++] = arena_str(s->arena, r->lock);
    return true;
}

static void scan_read(struct reader *r, void *arg)
{
    struct scan *s = arg;

    reader_locks_due(r, s->after, SCAN_AT_ONCE, keep_lock, s);
}

static void scanned(void *arg)
{
    struct scan *s = arg;
    struct engine *e = s->engine;

    if (s->n == SCAN_AT_ONCE && !e->quiet) {
        e->lock_scan = arena_new();
        e->lock_after = arena_str(e->lock_scan, s->list[s->n - 1]);
    }
    for (size_t i = 0; i < s->n; i++) lock_look(e, s->list[i]);
    arena_free(s->arena);
}

static void scan_from(struct engine *e, struct str after)
{
    struct arena *a = arena_new();
    struct scan *s = arena_get(a, sizeof *s);

    s->engine = e;
    s->arena = a;
    s->after = arena_str(a, after);
    engine_read(e, scan_read, scanned, s);
}

static void scan_next(struct engine *e)
{
    struct arena *a = e->lock_scan;

    e->lock_scan = NULL;
    if (!e->quiet) scan_from(e, e->lock_after);
    arena_free(a);
}

void locks_begin(struct engine *e)
{
    scan_from(e, STR(""));
}
