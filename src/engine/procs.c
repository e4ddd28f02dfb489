/* procs.c - the processes of `run` steps: their turn, their start, their end. */
#include "base/crash.h"
#include "data/json.h"
#include "engine/inside.h"
#include "workflow/outputs.h"

enum { JSON_OUTPUT_MAX = 4 << 20 };

static size_t bucket_of(const struct id *run, int step)
{
    return (str_hash(id_str(run)) + (uint64_t)step) % PROC_BUCKETS;
}

static struct live_proc *proc_find(struct engine *e, const struct id *run, int step, int attempt)
{
    struct live_proc *p = e->procs[bucket_of(run, step)];

    while (p && !(p->step == step && p->attempt == attempt && str_eq(id_str(&p->run), id_str(run))))
        p = p->next;
    return p;
}

static struct live_proc *proc_new(struct engine *e, struct live_run *l, int step, int attempt)
{
    struct arena *a = arena_new();
    struct live_proc *p = arena_get(a, sizeof *p);
    const struct step *as = &l->run->workflow->steps[step]; /* the run may be gone when it ends */
    size_t at = bucket_of(&l->id, step);
    AUTO(buf) struct buf stem = BUF(4096);

    engine_step_stem(e, &l->id, as->path, attempt, &stem);
    p->exec.spec.stem = arena_dup(a, stem.p, stem.n);
    p->arena = a;
    p->engine = e;
    p->run = l->id;
    p->step = step;
    p->attempt = attempt;
    p->json = as->json_output;
    p->priority = l->run->workflow->priority;
    p->next = e->procs[at];
    e->procs[at] = p;
    l->procs++;
    return p;
}

static void proc_free(struct live_proc *p)
{
    struct engine *e = p->engine;
    struct live_proc **at = &e->procs[bucket_of(&p->run, p->step)];
    struct live_run *l = live_find(e, p->run);

    while (*at != p) at = &(*at)->next;
    *at = p->next;
    l->procs--;
    if (p->stage == PROC_QUEUED)
        e->counts.queued_processes--;
    else
        e->counts.processes--;
    if (p->handle) e->world->forget(e->world->ctx, p->handle);
    arena_free(p->arena);
}

void procs_forget(struct engine *e)
{
    for (size_t i = 0; i < PROC_BUCKETS; i++)
        while (e->procs[i]) {
            struct live_proc *p = e->procs[i];

            e->procs[i] = p->next;
            if (p->handle) e->world->forget(e->world->ctx, p->handle);
            arena_free(p->arena);
        }
}

/* --- what it left behind --- */

static void read_outputs(struct live_proc *p, struct pending *what)
{
    struct engine *e = p->engine;
    AUTO(buf) struct buf path = BUF(4096);
    AUTO(buf) struct buf text = BUF(OUTPUTS_MAX);
    struct err err = {.code = OK};

    buf_addf(&path, "%s.outputs", p->exec.spec.stem);
    if (e->world->file_read(e->world->ctx, path.p, &text, &err) != OK && err.code == E_NOT_FOUND)
        return;
    if (err.code == OK && text.n == 0) return;
    if (err.code == OK &&
        outputs_read(what->arena, buf_str(&text), &what->what.outputs, &err) == OK)
        return;
    if (err.code != OK)
        what->what.error = str_of(arena_dup(what->arena, err.text, strlen(err.text)));
}

static void read_json_output(struct live_proc *p, struct pending *what)
{
    struct engine *e = p->engine;
    AUTO(buf) struct buf text = BUF(JSON_OUTPUT_MAX);
    struct map out = {.arena = what->arena};
    struct value v = NO_VALUE;
    struct err err = {.code = OK};

    if (e->world->stdout_read(e->world->ctx, p->exec.spec.stem, &text, &err) == OK) {
        struct str copy = str_n(arena_dup(what->arena, text.p, text.n), text.n);

        if (json_read(what->arena, copy, JSON_LIMITS, &v, &err) != OK)
            (void)wrap(&err, "its standard output should be one JSON value (line %d, column %d)",
                       err.line, err.col);
    }
    if (err.code != OK) {
        what->what.error = str_of(arena_dup(what->arena, err.text, strlen(err.text)));
        return;
    }
    for (uint32_t i = 0; what->what.outputs.kind == V_MAP && i < what->what.outputs.n; i++)
        map_put(&out, value_str(what->what.outputs.map[i].key), what->what.outputs.map[i].value);
    map_set(&out, STR("json"), v);
    what->what.outputs = map_value(&out);
}

static struct pending *ended_as(const struct live_proc *p, const struct proc_status *s)
{
    static const enum ended ended[] = {
        [PROC_EXITED] = ENDED_EXIT,
        [PROC_SIGNAL] = ENDED_SIGNAL,
        [PROC_TIMEOUT] = ENDED_TIMEOUT,
        [PROC_KILLED] = ENDED_KILLED,
        [PROC_NOT_STARTED] = ENDED_NOT_STARTED,
    };
    struct pending *what = pending_new(OCCUR_ENDED);

    what->what.step = p->step;
    what->what.attempt = p->attempt;
    what->what.ended = ended[s->end];
    what->what.code = s->code;
    what->what.started_at = s->started_at;
    what->what.ended_at = s->ended_at;
    return what;
}

static void report_end(struct live_proc *p, const struct proc_status *s)
{
    struct engine *e = p->engine;
    struct pending *what = ended_as(p, s);
    struct id run = p->run;

    read_outputs(p, what);
    if (p->json && what->what.ended == ENDED_EXIT && what->what.code == 0 && !what->what.error.n)
        read_json_output(p, what);
    proc_free(p);
    CRASH_POINT(reap);
    run_feed(e, run, what);
}

static void report(struct live_proc *p, enum occurrence_kind kind)
{
    struct engine *e = p->engine;
    struct pending *what = pending_new(kind);
    struct id run = p->run;

    what->what.step = p->step;
    what->what.attempt = p->attempt;
    proc_free(p);
    run_feed(e, run, what);
}

static void report_killed(struct live_proc *p)
{
    struct proc_status killed = {.end = PROC_KILLED};
    struct engine *e = p->engine;
    struct pending *what = ended_as(p, &killed);
    struct id run = p->run;

    proc_free(p);
    run_feed(e, run, what);
}

static void report_failed_start(struct live_proc *p, struct str why)
{
    struct engine *e = p->engine;
    struct pending *what = pending_new(OCCUR_ENDED);
    struct id run = p->run;

    what->what.step = p->step;
    what->what.attempt = p->attempt;
    what->what.ended = ENDED_NOT_STARTED;
    what->what.error = str_n(arena_dup(what->arena, why.p, why.n), why.n);
    proc_free(p);
    run_feed(e, run, what);
}

/* --- its turn --- */

static void start(struct live_proc *p);

static void enqueue(struct engine *e, struct live_proc *p)
{
    struct proc_queue *q = &e->queues[p->priority];

    p->queue_next = NULL;
    *q->last = p;
    q->last = &p->queue_next;
}

static struct live_proc *dequeue(struct engine *e)
{
    struct proc_queue *q = e->queues;
    struct live_proc *p;

    while (q < e->queues + PRIORITIES - 1 && !q->first) q++;
    p = q->first;
    if (p) q->first = p->queue_next;
    if (!q->first) q->last = &q->first;
    return p;
}

void procs_next(struct engine *e)
{
    int most = engine_config(e)->server.max_processes;
    struct live_proc *p;

    while (e->counts.processes < most && !e->quiet && (p = dequeue(e)) != NULL) {
        e->counts.queued_processes--;
        e->counts.processes++;
        p->stage = PROC_STARTING;
        start(p);
    }
}

static void ended(void *arg);

/* What is known of its holder. */
enum holder {
    HOLDER_LATE,     /* it may still come, and is welcome */
    HOLDER_UNWANTED, /* it may still come, and shall not */
    HOLDER_GONE
};

/* Its holder is gone, or the server was: what do its files tell? */
static void look_after(struct live_proc *p, enum holder holder)
{
    struct engine *e = p->engine;
    const struct world *w = e->world;
    struct proc_status status;
    enum proc_state state =
        w->adopt(w->ctx, p->exec.spec.stem, holder != HOLDER_LATE, ended, p, &p->handle, &status);

    if (state == PROC_UNSURE && holder == HOLDER_GONE) state = PROC_NEVER;
    if (state == PROC_ALIVE) {
        p->stage = PROC_RUNNING;
        if (p->kill) w->kill(w->ctx, p->handle);
    } else if (state == PROC_ENDED) {
        report_end(p, &status);
    } else if (state != PROC_NEVER || p->other_boot) {
        report(p, OCCUR_LOST);
    } else if (p->kill) {
        report_killed(p);
    } else if (holder != HOLDER_LATE) {
        report_failed_start(p, p->failure.n
                                   ? p->failure
                                   : STR("its holder ended before it began; is the disk full?"));
    } else {
        report(p, OCCUR_NEVER);
    }
}

static void ended(void *arg)
{
    struct live_proc *p = arg;
    struct engine *e = p->engine;

    e->world->forget(e->world->ctx, p->handle);
    p->handle = NULL;
    look_after(p, HOLDER_GONE);
    procs_next(e);
}

static void shim_started(void *arg, struct world_proc *handle, const struct err *why)
{
    struct live_proc *p = arg;
    struct engine *e = p->engine;

    CRASH_POINT(spawn_post);
    if (!handle) {
        p->failure = str_of(arena_dup(p->arena, why->text, strlen(why->text)));
        look_after(p, why->code == E_OFFLINE ? HOLDER_UNWANTED : HOLDER_GONE);
        procs_next(e);
    } else {
        p->handle = handle;
        p->stage = PROC_RUNNING;
        if (p->kill) e->world->kill(e->world->ctx, handle);
    }
    engine_release(e);
}

static void start(struct live_proc *p)
{
    struct engine *e = p->engine;
    struct live_run *l = live_find(e, p->run);

    if (!l->run) { /* thrown away on a full disk, or being read: its turn comes once more */
        report(p, OCCUR_NEVER);
        return;
    }
    if (!exec_make(e, l->run, p->step, p->attempt, p->arena, &p->exec, &p->failure)) {
        look_after(p, HOLDER_UNWANTED);
        return;
    }
    CRASH_POINT(spawn_pre);
    engine_hold(e);
    e->world->exec(e->world->ctx, &p->exec, shim_started, ended, p);
}

void proc_begin(struct engine *e, struct live_run *l, int step, int attempt)
{
    struct live_proc *p;

    if (proc_find(e, &l->id, step, attempt)) return;
    p = proc_new(e, l, step, attempt);
    p->stage = PROC_QUEUED;
    e->counts.queued_processes++;
    enqueue(e, p);
    procs_next(e);
}

static void leave_queue(struct engine *e, struct live_proc *p)
{
    struct proc_queue *q = &e->queues[p->priority];
    struct live_proc **at = &q->first;

    while (*at != p) at = &(*at)->queue_next;
    *at = p->queue_next;
    if (!*at) q->last = at;
}

void proc_stop(struct engine *e, const struct id *run, int step, int attempt)
{
    struct live_proc *p = proc_find(e, run, step, attempt);

    if (!p) { /* what is told of it waits to be worked in, or it is not known to have begun */
        struct live_run *l = live_find(e, *run);

        if (l && l->run && l->run->steps[step].attempt == attempt)
            proc_adopt(e, l, step, true, str_of(e->world->boot(e->world->ctx)));
        return;
    }
    p->kill = true;
    if (p->stage == PROC_QUEUED) {
        leave_queue(e, p);
        e->counts.queued_processes--;
        e->counts.processes++;
        p->stage = PROC_STARTING;
        look_after(p, HOLDER_UNWANTED);
    } else if (p->handle) {
        e->world->kill(e->world->ctx, p->handle);
    }
}

/* After a restart: the folder tells what became of it. */
void proc_adopt(struct engine *e, struct live_run *l, int step, bool forbid, struct str boot)
{
    struct live_proc *p = proc_new(e, l, step, l->run->steps[step].attempt);

    p->stage = PROC_STARTING;
    p->kill = forbid;
    p->other_boot = !str_is(boot, e->world->boot(e->world->ctx));
    e->counts.processes++;
    look_after(p, forbid ? HOLDER_UNWANTED : HOLDER_LATE);
}
