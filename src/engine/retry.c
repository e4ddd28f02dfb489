/* retry.c - a run once more: a new run of the same version with the same inputs. */
#include "engine/inside.h"

struct retrying {
    struct loading load; /* first: loading_read() is given this */
    struct str from, by;
    retried *done;
    void *arg;
    struct id made;
    struct version *version;
};

static void answer(struct retrying *t, const struct err *e)
{
    struct arena *a = t->load.arena;

    t->done(t->arg, e, t->made);
    arena_free(a);
}

static void committed(void *arg, enum commit how)
{
    struct retrying *t = arg;
    struct err e = {.code = OK};

    if (how != COMMIT_OK)
        (void)fail(&e, E_FULL, "the disk is full: nothing was started; make room and try again");
    answer(t, &e);
}

/* Steps that stand before `from` and came out well keep what they had. */
static void carry_over(const struct run *old, struct run *new, int from)
{
    for (int i = 0; i < from; i++) {
        const struct step_state *s = &old->steps[i];

        int parent = old->workflow->steps[i].parent;

        if (s->status != STEP_SUCCEEDED && s->status != STEP_SKIPPED) continue;
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
        .user = t->by,
        .room = old->room,
        .inputs = old->inputs,
        .attempt = old->attempt + 1,
        .event = old->event,
        .now = e->world->wall(e->world->ctx),
    };
    struct began *began;
    struct run *r;

    t->made = begin.id;
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
    if (t->from.n) from = workflow_step(old->workflow, t->from);
    if (!run_ended(old->status))
        (void)fail(&err, E_CONFLICT, "run %s has not ended: it is %s; cancel it first",
                   t->load.id.s, run_machine.states[old->status]);
    else if (from >= 0 && old->workflow->steps[from].parent >= 0)
        (void)fail(&err, E_INPUT,
                   "step `" STR_FMT "` stands in a branch: begin from the step around it, or from "
                   "another one outside",
                   STR_ARG(t->from));
    else if (from < 0 || from >= old->workflow->block_at[BLOCK_ON_FAILURE])
        (void)fail(&err, E_NOT_FOUND, "run %s has no step `" STR_FMT "` to begin from",
                   t->load.id.s, STR_ARG(t->from));
    if (err.code == OK) {
        again(t, old, from);
    } else {
        version_release(e, t->version);
        answer(t, &err);
    }
    run_free(old);
}

void engine_retry(struct engine *e, struct id run, struct str from, struct str by, retried *done,
                  void *arg)
{
    struct arena *a = arena_new();
    struct retrying *t = arena_get(a, sizeof *t);
    struct err early;

    t->load = (struct loading){.engine = e, .id = run, .arena = a};
    t->from = arena_str(a, from);
    t->by = arena_str(a, by);
    t->done = done;
    t->arg = arg;
    if (!e->ready) {
        (void)fail(&early, E_FULL, "the server is starting; try again in a moment");
        answer(t, &early);
        return;
    }
    engine_read(e, loading_read, loaded, t);
}
