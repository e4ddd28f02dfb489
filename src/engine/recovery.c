/* recovery.c - what was open when the server died is taken up again.
 *
 * Only runs that had a process, or an effect to be looked after, are read: those that wait for time
 * or people stay where they are until they are due. So a start costs what is live, not what is
 * open.
 */
#include "base/log.h"
#include "engine/inside.h"

struct recovery {
    struct engine *engine;
    struct arena *arena;
    world_call *ready;
    void *arg;
    struct id *ids;
    size_t n, at;
    int64_t next_wake;
};

static bool keep_id(void *arg, const struct run_row *r)
{
    struct recovery *rec = arg;
    struct id *id = arena_push(rec->arena, &rec->ids, &rec->n, sizeof *id);

    *id = r->id;
    return true;
}

static void find_live(struct reader *r, void *arg)
{
    struct recovery *rec = arg;

    reader_live_runs(r, keep_id, rec);
    rec->next_wake = reader_next_wake(r, 0);
}

/* The latest attempt's boot id; rows stand in the order of their start. */
static struct str boot_of(const struct loading *load, struct str path)
{
    struct str boot = STR("");

    for (size_t i = 0; i < load->steps_n; i++)
        if (str_eq(load->steps[i].path, path)) boot = load->steps[i].boot;
    return boot;
}

/* It was told to end because of its timeout; whether that reached its processes is not known. */
static bool is_late(const struct engine *e, const struct run *r)
{
    return r->verdict >= 0 && r->workflow->timeout_us && r->started_at &&
           e->world->wall(e->world->ctx) >= r->started_at + r->workflow->timeout_us;
}

static void take_up(struct engine *e, const struct loading *load)
{
    struct version *v = load->found ? version_of(e, &load->version) : NULL;
    struct live_run *l;
    struct run *r;
    bool stop;

    if (!v) return;
    r = loading_run(load, v);
    l = live_add(e, load->id);
    l->run = r;
    l->version = v;
    l->depth = load->event.depth;
    l->busy = true; /* until all its processes are looked at */
    stop = r->phase == PHASE_STEPS && (r->verdict == RUN_CANCELLED || is_late(e, r));
    for (int i = 0; i < v->workflow->steps_n; i++)
        if (run_step_live(r, i))
            proc_adopt(e, l, i, stop || run_step_stopped(r, i),
                       boot_of(load, v->workflow->steps[i].path));
    l->busy = false;
    run_work(e, l);
}

static void read_next(struct recovery *rec);

static void one_read(void *arg)
{
    struct loading *load = arg;
    struct engine *e = load->engine;
    struct recovery *rec = e->recovery;

    take_up(e, load);
    arena_free(load->arena);
    read_next(rec);
}

static void read_next(struct recovery *rec)
{
    struct engine *e = rec->engine;
    struct arena *a;
    struct loading *load;

    if (rec->at == rec->n) {
        e->recovery = NULL;
        runs_wake_by(e, rec->next_wake);
        if (rec->n) runs_wake_by(e, e->world->wall(e->world->ctx));
        if (rec->n)
            log_info("runs with a process were taken up again", LOG_N("runs", (int64_t)rec->n));
        rec->ready(rec->arg);
        arena_free(rec->arena);
        return;
    }
    a = arena_new();
    load = arena_get(a, sizeof *load);
    *load = (struct loading){.engine = e, .id = rec->ids[rec->at++], .arena = a};
    engine_read(e, loading_read, one_read, load);
}

static void live_found(void *arg)
{
    read_next(arg);
}

void recovery_begin(struct engine *e, world_call *ready, void *arg)
{
    struct arena *a = arena_new();
    struct recovery *rec = arena_get(a, sizeof *rec);

    *rec = (struct recovery){.engine = e, .arena = a, .ready = ready, .arg = arg};
    e->recovery = rec;
    engine_read(e, find_live, live_found, rec);
}
