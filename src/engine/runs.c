/* runs.c - live runs: what happens to one is worked in one thing at a time, each in a commit. */
#include "base/clock.h"
#include "base/log.h"
#include "engine/inside.h"

enum { DUE_AT_ONCE = 256 };

static size_t bucket_of(const struct id *id)
{
    return str_hash(id_str(id)) % RUN_BUCKETS;
}

struct live_run *live_find(struct engine *e, struct id id)
{
    struct live_run *l = e->runs[bucket_of(&id)];

    while (l && !str_eq(id_str(&l->id), id_str(&id))) l = l->next;
    return l;
}

struct live_run *live_add(struct engine *e, struct id id)
{
    struct live_run *l = mem_new(sizeof *l);
    size_t at = bucket_of(&id);

    l->id = id;
    l->last = &l->first;
    l->next = e->runs[at];
    e->runs[at] = l;
    e->counts.live_runs++;
    return l;
}

void run_forget(struct engine *e, struct live_run *l)
{
    run_free(l->run);
    l->run = NULL;
    version_release(e, l->version);
    l->version = NULL;
}

static void live_remove(struct engine *e, struct live_run *l)
{
    struct live_run **at = &e->runs[bucket_of(&l->id)];

    while (*at != l) at = &(*at)->next;
    *at = l->next;
    run_forget(e, l);
    free(l);
    e->counts.live_runs--;
}

struct pending *pending_new(enum occurrence_kind kind)
{
    struct arena *a = arena_new();
    struct pending *p = arena_get(a, sizeof *p);

    p->arena = a;
    p->what.kind = kind;
    return p;
}

void pending_answer(struct pending *p, const struct err *e)
{
    if (p->done) p->done(p->arg, e);
    arena_free(p->arena);
}

/* --- loading --- */

static bool keep_step(void *arg, const struct step_row *r)
{
    struct loading *load = arg;
    struct step_row *s = arena_push(load->arena, &load->steps, &load->steps_n, sizeof *s);
    struct arena *a = load->arena;

    *s = *r;
    s->path = arena_str(a, r->path);
    s->status = arena_str(a, r->status);
    s->outputs = arena_str(a, r->outputs);
    s->error = arena_str(a, r->error);
    s->boot = arena_str(a, r->boot);
    return true;
}

void loading_read(struct reader *r, void *arg)
{
    struct loading *load = arg;

    load->found = reader_run(r, load->id, load->arena, &load->run) &&
                  reader_version(r, load->run.version, load->arena, &load->version) &&
                  reader_event(r, load->run.event, load->arena, &load->event);
    if (load->found) reader_steps(r, load->id, keep_step, load);
}

struct version *version_of(struct engine *e, const struct version_row *row)
{
    struct version *v = version_find(e, row->hash);
    const struct workflow *now = config_workflow(engine_config(e), row->name);
    struct workflow *w;
    struct report report = {0};
    struct arena *a;

    if (v) {
        v->refs++;
        return v;
    }
    if (now && str_eq(now->hash, row->hash)) return version_get(e, now);
    a = arena_new();
    report.arena = a;
    w = workflow_load(a, row->source, &e->config.load, &report);
    if (!w) {
        log_error("a stored workflow cannot be read by this version of botops; its runs wait",
                  LOG_V("workflow", row->name), LOG_V("hash", row->hash),
                  LOG_S("why", report.n ? report.list[0].text : ""));
        arena_free(a);
        return NULL;
    }
    v = version_add(e, row->hash, w, a);
    v->refs++;
    return v;
}

struct run *loading_run(const struct loading *load, const struct version *v)
{
    struct run *r = run_of_row(v->workflow, &load->run, &load->event);
    struct str base = engine_config(load->engine)->server.url;

    if (base.n) r->url = str_of(arena_fmt(r->arena, STR_FMT "/runs/%s", STR_ARG(base), r->id.s));
    for (size_t i = 0; i < load->steps_n; i++) step_of_row(r, &load->steps[i]);
    run_drop_rounds(r);
    return r;
}

static void refuse_all(struct engine *e, struct live_run *l, const struct err *why)
{
    while (l->first) {
        struct pending *p = l->first;

        l->first = p->next;
        pending_answer(p, why);
    }
    l->last = &l->first;
    if (!l->procs) live_remove(e, l);
}

static void loaded(void *arg)
{
    struct loading *load = arg;
    struct engine *e = load->engine;
    struct live_run *l = live_find(e, load->id);
    struct version *v = load->found && !l->run ? version_of(e, &load->version) : NULL;
    struct err err;

    l->busy = false;
    if (l->run) { /* the report of its first commit came in between */
        run_work(e, l);
    } else if (v) {
        l->version = v;
        l->run = loading_run(load, v);
        l->depth = load->event.depth;
        run_work(e, l);
    } else {
        (void)fail(&err, E_NOT_FOUND, "there is no run %s", load->id.s);
        refuse_all(e, l, &err);
    }
    arena_free(load->arena);
}

static void run_load(struct engine *e, struct live_run *l)
{
    struct arena *a = arena_new();
    struct loading *load = arena_get(a, sizeof *load);

    *load = (struct loading){.engine = e, .id = l->id, .arena = a};
    l->busy = true;
    engine_read(e, loading_read, loaded, load);
}

/* --- working in --- */

/* A command that does not fit the run's state is answered, not worked in. */
static bool command_fits(const struct engine *en, const struct live_run *l, struct pending *p,
                         struct err *e)
{
    const struct run *r = l->run;
    const char *status = run_machine.states[r->status];
    int i;

    if (p->what.kind == OCCUR_VOTE)
        return vote_check(engine_config(en), r, p->step, &p->what.vote, p->arena, &p->what.step,
                          e) == OK;
    if (p->what.kind != OCCUR_CANCEL && p->what.kind != OCCUR_RESOLVE) return true;
    if (run_ended(r->status)) {
        (void)fail(e, E_CONFLICT, "run %s has already ended: it %s", r->id.s, status);
        return false;
    }
    if (p->what.kind == OCCUR_CANCEL) return true;
    i = workflow_step(r->workflow, p->step);
    p->what.step = i;
    if (i < 0)
        (void)fail(e, E_NOT_FOUND, "run %s has no step `" STR_FMT "`; `botops show %s` lists them",
                   r->id.s, STR_ARG(p->step), r->id.s);
    else if (r->steps[i].status != STEP_UNKNOWN)
        (void)fail(e, E_CONFLICT, "step `" STR_FMT "` is %s; only an unknown step can be resolved",
                   STR_ARG(p->step), step_machine.states[r->steps[i].status]);
    else
        return true;
    return false;
}

/* True when it was worked in without a commit; false when a commit is under way. */
static bool work_one(struct engine *e, struct live_run *l, struct pending *p)
{
    struct err err = {.code = OK};
    struct unit *u;

    if (!command_fits(e, l, p, &err)) {
        pending_answer(p, &err);
        return true;
    }
    u = unit_new(e);
    advance(l->run, &p->what, e->world->wall(e->world->ctx), u->arena, &u->change);
    if (!u->change.changed) {
        batch_free(u->batch);
        pending_answer(p, &err);
        return true;
    }
    u->pending = p;
    l->busy = true;
    unit_goes_on(u, l);
    unit_commit(u);
    return false;
}

/* What is only effects (a kill asked again) needs no new state but is committed all the same: rare.
 */
void run_work(struct engine *e, struct live_run *l)
{
    if (e->quiet) return; /* what waits is found again by the next start */
    while (!l->busy && l->first) {
        struct pending *p = l->first;

        if (!l->run) {
            run_load(e, l);
            return;
        }
        l->first = p->next;
        if (!l->first) l->last = &l->first;
        if (!work_one(e, l, p)) return;
    }
    /* At rest: whoever waits for time or people is not kept in memory. */
    if (!l->busy && !l->first && !l->procs && (!l->run || !run_live(l->run))) live_remove(e, l);
}

void run_feed(struct engine *e, struct id id, struct pending *p)
{
    struct live_run *l = live_find(e, id);
    struct err err;

    if (e->quiet && p->done) {
        (void)fail(&err, E_FULL, "the server is shutting down; try again in a moment");
        pending_answer(p, &err);
        return;
    }
    if (!l) l = live_add(e, id);
    p->next = NULL;
    *l->last = p;
    l->last = &p->next;
    run_work(e, l);
}

void runs_retry(void *arg)
{
    struct engine *e = arg;

    for (size_t i = 0; i < RUN_BUCKETS; i++)
        for (struct live_run *l = e->runs[i], *next; l; l = next) {
            next = l->next;
            if (!l->busy && (l->first || !l->run)) run_work(e, l);
        }
    locks_retry(e);
}

/* --- what is due --- */

struct due {
    struct engine *engine;
    int64_t now, next;
    struct id ids[DUE_AT_ONCE];
    size_t n;
};

void runs_wake_by(struct engine *e, int64_t at)
{
    if (!at || (e->wake_at && e->wake_at <= at)) return;
    e->wake_at = at;
    e->world->timer_set(e->world->ctx, e->wake_timer, at);
}

static bool keep_due(void *arg, const struct run_row *r)
{
    struct due *due = arg;

    due->ids[due->n++] = r->id;
    return due->n < DUE_AT_ONCE;
}

static void due_read(struct reader *r, void *arg)
{
    struct due *due = arg;

    reader_due_runs(r, due->now, DUE_AT_ONCE, keep_due, due);
    due->next = reader_next_wake(r, due->now);
}

static void due_found(void *arg)
{
    struct due *due = arg;
    struct engine *e = due->engine;

    for (size_t i = 0; i < due->n; i++) {
        struct live_run *l = live_find(e, due->ids[i]);

        /* One whose commit is under way looks at the clock again when it is stored; one that is
           being read may be left as it is. */
        if (!l || !l->busy || !l->run) run_feed(e, due->ids[i], pending_new(OCCUR_TIME));
    }
    runs_wake_by(e, due->next);
    if (due->n == DUE_AT_ONCE) runs_wake_by(e, due->now + 5 * MS_US);
    free(due);
}

void runs_woken(void *arg)
{
    struct engine *e = arg;
    struct due *due;

    e->wake_at = 0;
    if (e->recovery) return; /* what is due may not be taken up yet; recovery looks at its end */
    due = mem_new(sizeof *due);
    due->engine = e;
    due->now = e->world->wall(e->world->ctx);
    engine_read(e, due_read, due_found, due);
}

/* --- commands --- */

/* Until recovery has taken up what was live, a run must not be read a second time. */
static bool is_early(const struct engine *e, struct err *ret)
{
    if (!e->ready) (void)fail(ret, E_FULL, "the server is starting; try again in a moment");
    return !e->ready;
}

static struct pending *command(enum occurrence_kind kind, struct str by, answered *done, void *arg)
{
    struct pending *p = pending_new(kind);

    p->what.by = arena_str(p->arena, by);
    p->done = done;
    p->arg = arg;
    return p;
}

void engine_cancel(struct engine *e, struct id run, struct str by, answered *done, void *arg)
{
    struct err early;

    if (is_early(e, &early))
        done(arg, &early);
    else
        run_feed(e, run, command(OCCUR_CANCEL, by, done, arg));
}

void engine_resolve(struct engine *e, struct id run, struct str step, enum resolve as,
                    struct str by, answered *done, void *arg)
{
    struct pending *p;
    struct err early;

    if (is_early(e, &early)) {
        done(arg, &early);
        return;
    }
    p = command(OCCUR_RESOLVE, by, done, arg);
    p->what.resolve = as;
    p->step = arena_str(p->arena, step);
    run_feed(e, run, p);
}

void engine_vote(struct engine *e, struct id run, struct str step, const struct vote *v,
                 answered *done, void *arg)
{
    struct pending *p;
    struct err early;

    if (is_early(e, &early)) {
        done(arg, &early);
        return;
    }
    p = command(OCCUR_VOTE, v->who.user, done, arg);
    p->what.vote = vote_copy(p->arena, v);
    p->step = arena_str(p->arena, step);
    run_feed(e, run, p);
}
