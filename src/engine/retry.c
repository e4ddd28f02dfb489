/* retry.c - a run once more: a new run of the same version with the same inputs. */
#include "base/crash.h"
#include "engine/inside.h"

struct retrying {
    struct loading load; /* first: loading_read() is given this */
    struct once_more what;
    retried *done;
    void *arg;
    struct id made;
    bool seen;
    struct batch *batch;
    struct version *version;
};

static void answer(struct retrying *t, const struct err *e)
{
    struct arena *a = t->load.arena;

    t->done(t->arg, e, t->made, t->seen);
    arena_free(a);
}

static void committed(void *arg, enum commit how)
{
    struct retrying *t = arg;
    struct err e = {.code = OK};

    CRASH_POINT(reply);
    t->seen = how == COMMIT_SEEN;
    if (t->seen)
        t->made = batch_seen(t->batch);
    else if (how != COMMIT_OK)
        (void)fail(&e, E_FULL, "the disk is full: nothing was started; make room and try again");
    answer(t, &e);
}

/* What people approved was the old run: so they are asked again, also in a branch. */
static bool is_asked_again(const struct workflow *w, int step)
{
    for (int i = step; i <= step + w->steps[step].inside_n; i++)
        if (w->steps[i].kind == STEP_APPROVAL) return true;
    return false;
}

/* Steps that stand before `from` and came out well keep what they had. */
static void carry_over(const struct run *old, struct run *new, int from)
{
    for (int i = 0; i < from; i++) {
        const struct step_state *s = &old->steps[i];
        int parent = old->workflow->steps[i].parent;

        if (s->status != STEP_SUCCEEDED && s->status != STEP_SKIPPED) continue;
        if (is_asked_again(old->workflow, i)) continue;
        if (parent >= 0 && !new->steps[parent].attempt) continue; /* all of it, or none */
        new->steps[i] = *s;
        new->steps[i].outputs = value_copy(new->arena, s->outputs);
        new->steps[i].error = STR("");
    }
    new->vars = value_copy(new->arena, old->vars);
}

static void again(struct retrying *t, const struct run *old, int from)
{
    struct engine *e = t->load.engine;
    struct unit *u = unit_new(e);
    struct run_begin begin = {
        .id = engine_id(e),
        .event_id = old->event_id,
        .trigger = STR("retry"),
        .user = t->what.by,
        .room = old->room,
        .inputs = old->inputs,
        .attempt = old->attempt + 1,
        .event = old->event,
        .now = e->world->wall(e->world->ctx),
    };
    struct began *began;
    struct run *r;

    t->made = begin.id;
    t->batch = u->batch;
    if (t->what.key.n)
        batch_once(
            u->batch,
            str_of(arena_fmt(u->arena, "retry %s " STR_FMT, old->id.s, STR_ARG(t->what.key))),
            t->made);
    begin.url = unit_run_url(u, &begin.id);
    r = run_new(t->version->workflow, &begin);
    carry_over(old, r, from);
    began = unit_add(u, t->version, r, t->load.event.depth);
    for (int i = 0; i < from; i++)
        if (r->steps[i].attempt) {
            struct step_change *c =
                arena_push(u->arena, &began->change.steps, &began->change.steps_n, sizeof *c);

            *c = (struct step_change){i, r->steps[i]};
        }
    t->version = NULL; /* the run has it now */
    u->done = committed;
    u->arg = t;
    unit_commit(u);
}

static void loaded(void *arg)
{
    struct retrying *t = arg;
    struct engine *e = t->load.engine;
    struct err err = {.code = OK};
    struct run *old;
    int from = 0;

    t->version = t->load.found ? version_of(e, &t->load.version) : NULL;
    if (!t->version) {
        (void)fail(&err, E_NOT_FOUND, "there is no run %s", t->load.id.s);
        answer(t, &err);
        return;
    }
    old = loading_run(&t->load, t->version);
    if (t->what.from.n) from = workflow_step(old->workflow, t->what.from);
    if (!run_ended(old->status))
        (void)fail(&err, E_CONFLICT, "run %s has not ended: it is %s; cancel it first",
                   t->load.id.s, run_machine.states[old->status]);
    else if (from >= 0 && old->workflow->steps[from].parent >= 0)
        (void)fail(&err, E_INPUT,
                   "step `" STR_FMT "` stands in a branch: begin from the step around it, or from "
                   "another one outside",
                   STR_ARG(t->what.from));
    else if (from < 0 || from >= old->workflow->block_at[BLOCK_ON_FAILURE])
        (void)fail(&err, E_NOT_FOUND, "run %s has no step `" STR_FMT "` to begin from",
                   t->load.id.s, STR_ARG(t->what.from));
    if (err.code == OK) {
        again(t, old, from);
    } else {
        version_release(e, t->version);
        answer(t, &err);
    }
    run_free(old);
}

void engine_retry(struct engine *e, const struct once_more *what, retried *done, void *arg)
{
    struct arena *a = arena_new();
    struct retrying *t = arena_get(a, sizeof *t);
    struct err early;

    t->load = (struct loading){.engine = e, .id = what->run, .arena = a};
    t->what = (struct once_more){.run = what->run,
                                 .from = arena_str(a, what->from),
                                 .by = arena_str(a, what->by),
                                 .key = arena_str(a, what->key)};
    t->done = done;
    t->arg = arg;
    if (!e->ready) {
        (void)fail(&early, E_FULL, "the server is starting; try again in a moment");
        answer(t, &early);
        return;
    }
    engine_read(e, loading_read, loaded, t);
}
