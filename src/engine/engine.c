#include "engine/folder.h"
#include "engine/inside.h"

#include "base/log.h"

struct engine *engine_new(const struct engine_config *c)
{
    struct engine *e = mem_new(sizeof *e);
    const struct world *w = c->world;

    e->config = *c;
    e->world = w;
    for (int i = 0; i < PRIORITIES; i++) e->queues[i].last = &e->queues[i].first;
    e->wake_timer = w->timer_new(w->ctx, runs_woken, e);
    e->tick_timer = w->timer_new(w->ctx, ticks_due, e);
    e->retry_timer = w->timer_new(w->ctx, runs_retry, e);
    e->keep_timer = w->timer_new(w->ctx, keeping_due, e);
    return e;
}

void generation_release(struct engine *e, struct generation *g)
{
    (void)e;
    if (!g || --g->refs > 0) return;
    config_free(g->config);
    free(g);
}

static void free_runs(struct engine *e)
{
    for (size_t i = 0; i < RUN_BUCKETS; i++)
        while (e->runs[i]) {
            struct live_run *l = e->runs[i];

            e->runs[i] = l->next;
            while (l->first) {
                struct pending *p = l->first;

                l->first = p->next;
                arena_free(p->arena);
            }
            run_free(l->run);
            free(l);
        }
}

static void version_free(struct engine *e, struct version *v)
{
    generation_release(e, v->generation);
    arena_free(v->arena);
    free(v->text);
    free(v);
}

static void free_versions(struct engine *e)
{
    for (size_t i = 0; i < VERSION_BUCKETS; i++)
        while (e->versions[i]) {
            struct version *v = e->versions[i];

            e->versions[i] = v->next;
            version_free(e, v);
        }
}

void engine_free(struct engine *e)
{
    const struct world *w;

    if (!e) return;
    w = e->world;
    procs_forget(e);
    ticks_free(e);
    locks_free(e);
    w->timer_free(w->ctx, e->wake_timer);
    w->timer_free(w->ctx, e->tick_timer);
    w->timer_free(w->ctx, e->retry_timer);
    w->timer_free(w->ctx, e->keep_timer);
    free_runs(e);
    free_versions(e);
    while (e->listeners) engine_unlisten(e, e->listeners->ctx);
    generation_release(e, e->now);
    free(e);
}

void engine_use(struct engine *e, struct config *c)
{
    struct generation *g = mem_new(sizeof *g), *old = e->now;

    g->config = c;
    g->refs = 1;
    for (int s = 0; s < RUN_STATUSES; s++)
        g->listens[s] =
            run_ended((enum run_status)s) && match_listens(c, happening_type((enum run_status)s));
    e->now = g;
    ticks_use(e);
    procs_next(e); /* there may be room for more now */
    generation_release(e, old);
}

const struct config *engine_config(const struct engine *e)
{
    return e->now ? e->now->config : NULL;
}

static void started(void *arg)
{
    struct engine *e = arg;

    e->ready = true;
    ticks_begin(e);
    locks_begin(e);
    keeping_begin(e);
}

struct starting {
    struct engine *engine;
    world_call *ready;
    void *arg;
};

static void recovered(void *arg)
{
    struct starting *s = arg;

    started(s->engine);
    if (s->ready) s->ready(s->arg);
    free(s);
}

void engine_start(struct engine *e, world_call *ready, void *arg)
{
    struct starting *s = mem_new(sizeof *s);

    *s = (struct starting){e, ready, arg};
    recovery_begin(e, recovered, s);
}

bool engine_ready(const struct engine *e)
{
    return e->ready && !e->quiet;
}

void engine_quiesce(struct engine *e, world_call *idle, void *arg)
{
    e->quiet = true;
    e->idle = idle;
    e->idle_arg = arg;
    engine_hold(e);
    engine_release(e);
}

void engine_hold(struct engine *e)
{
    e->held++;
}

void engine_release(struct engine *e)
{
    world_call *idle = e->idle;

    if (--e->held > 0 || !idle) return;
    e->idle = NULL;
    idle(e->idle_arg);
}

struct reading {
    struct engine *engine;
    read_work *work;
    read_done *done;
    void *arg;
};

static void read_now(struct reader *r, void *arg)
{
    struct reading *x = arg;

    x->work(r, x->arg);
}

static void read_ended(void *arg)
{
    struct reading x = *(struct reading *)arg;

    free(arg);
    x.done(x.arg);
    engine_release(x.engine);
}

void engine_read(struct engine *e, read_work *work, read_done *done, void *arg)
{
    struct reading *x = mem_new(sizeof *x);

    *x = (struct reading){e, work, done, arg};
    engine_hold(e);
    e->world->read(e->world->ctx, LANE_ENGINE, read_now, read_ended, x);
}

struct id engine_id(struct engine *e)
{
    uint8_t bytes[ID_RANDOM];

    e->world->random(e->world->ctx, bytes, sizeof bytes);
    return id_next(&e->ids, e->world->wall(e->world->ctx), bytes);
}

/* --- versions --- */

static struct version **version_bucket(struct engine *e, struct str hash)
{
    return &e->versions[str_hash(hash) % VERSION_BUCKETS];
}

struct version *version_find(struct engine *e, struct str hash)
{
    struct version *v = *version_bucket(e, hash);

    while (v && !str_eq(v->hash, hash)) v = v->next;
    return v;
}

static struct version *version_put(struct engine *e, struct str hash, const struct workflow *w)
{
    struct version **bucket = version_bucket(e, hash), *v = mem_new(sizeof *v);

    v->text = mem_dup(hash.p, hash.n);
    v->hash = str_n(v->text, hash.n);
    v->workflow = w;
    v->next = *bucket;
    *bucket = v;
    return v;
}

struct version *version_get(struct engine *e, const struct workflow *w)
{
    struct version *v = version_find(e, w->hash);

    if (!v) {
        v = version_put(e, w->hash, w);
        v->generation = e->now;
        e->now->refs++;
    }
    v->refs++;
    return v;
}

struct version *version_add(struct engine *e, struct str hash, const struct workflow *w,
                            struct arena *owner)
{
    struct version *v = version_put(e, hash, w);

    v->arena = owner;
    v->stored = true;
    return v;
}

void version_release(struct engine *e, struct version *v)
{
    struct version **at;

    if (!v || --v->refs > 0) return;
    at = version_bucket(e, v->hash);
    while (*at != v) at = &(*at)->next;
    *at = v->next;
    version_free(e, v);
}

/* --- listeners --- */

void engine_listen(struct engine *e, engine_heard *heard, void *ctx)
{
    struct listener *l = mem_new(sizeof *l);

    l->heard = heard;
    l->ctx = ctx;
    l->next = e->listeners;
    e->listeners = l;
}

void engine_unlisten(struct engine *e, void *ctx)
{
    struct listener **at = &e->listeners;

    while (*at && (*at)->ctx != ctx) at = &(*at)->next;
    if (*at) {
        struct listener *gone = *at;

        *at = gone->next;
        free(gone);
    }
}

void engine_tell(struct engine *e, const struct changed *c)
{
    struct listener *l = e->listeners;

    while (l) {
        struct listener *next = l->next; /* a listener may leave while it is told */

        l->heard(l->ctx, c);
        l = next;
    }
}

const struct engine_counts *engine_counts(const struct engine *e)
{
    return &e->counts;
}

void engine_run_folder(const struct engine *e, const struct id *run, struct buf *out)
{
    folder_of_run(e->config.data, run, out);
}

void engine_step_stem(const struct engine *e, const struct id *run, struct str path, int attempt,
                      struct buf *out)
{
    stem_of_step(e->config.data, run, path, attempt, out);
}
