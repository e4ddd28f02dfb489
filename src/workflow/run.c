#include "workflow/run.h"

#include "base/buf.h"

struct run *run_new(const struct workflow *w, const struct run_begin *b)
{
    struct arena *a = arena_new();
    struct run *r = arena_get(a, sizeof *r);

    r->arena = a;
    r->workflow = w;
    r->id = b->id;
    r->event_id = b->event_id;
    r->trigger = arena_str(a, b->trigger);
    r->user = arena_str(a, b->user);
    r->room = arena_str(a, b->room);
    r->url = arena_str(a, b->url);
    r->inputs = value_copy(a, b->inputs);
    r->event = value_copy(a, b->event);
    r->vars = b->vars.kind == V_MAP ? value_copy(a, b->vars) : v_map(NULL, 0);
    r->attempt = b->attempt ? b->attempt : 1;
    r->verdict = -1;
    r->created_at = b->now;
    r->steps = arena_get(a, sizeof *r->steps * (size_t)w->steps_n);
    for (int i = 0; i < w->steps_n; i++) r->steps[i].exit_code = -1;
    return r;
}

void run_free(struct run *r)
{
    if (r) arena_free(r->arena);
}

static struct value time_or_null(int64_t us)
{
    return us ? v_time_us(us) : NO_VALUE;
}

static struct value outputs_of(const struct run *r, int step, struct arena *a);

/* Step → its outputs. */
static struct value branch_outputs(const struct run *r, int parent, int branch, struct arena *a)
{
    const struct step *steps = r->workflow->steps;
    struct map all = {.arena = a};

    for (int i = parent + 1; i <= parent + steps[parent].inside_n; i += 1 + steps[i].inside_n)
        if (steps[i].branch == branch) map_put(&all, steps[i].id, outputs_of(r, i, a));
    return map_value(&all);
}

/* Those of a step with branches are kept in them alone. */
static struct value outputs_of(const struct run *r, int step, struct arena *a)
{
    const struct step *as = &r->workflow->steps[step];
    const struct step_state *s = &r->steps[step];
    struct map all = {.arena = a};

    if (s->outputs.kind == V_MAP) return s->outputs;
    if (!step_ended(s->status) || s->status == STEP_SKIPPED) return v_map(NULL, 0);
    for (int b = 0; b < as->branches_n; b++)
        map_put(&all, as->branches[b], branch_outputs(r, step, b, a));
    return map_value(&all);
}

static struct value step_value(const struct run *r, int step, struct arena *a)
{
    const struct step_state *s = &r->steps[step];
    struct pair *p = arena_raw(a, 5 * sizeof *p);
    const char *status = step_machine.states[s->status];

    p[0] = (struct pair){v_cstr("outputs"), outputs_of(r, step, a)};
    p[1] = (struct pair){v_cstr("status"), v_cstr(status)};
    p[2] = (struct pair){v_cstr("error"), v_str(s->error.p ? s->error : STR(""))};
    p[3] = (struct pair){v_cstr("started"), time_or_null(s->started_at)};
    p[4] = (struct pair){v_cstr("ended"), time_or_null(s->ended_at)};
    return v_map(p, 5);
}

struct seen { /* the steps an expression can name */
    const struct run *run;
    struct arena *arena;
    struct pair *list;
    size_t n;
};

/* A step in a branch hides one outside that is called the same. */
static void see(struct seen *s, int step, size_t inner_n)
{
    struct str id = s->run->workflow->steps[step].id;

    for (size_t i = 0; i < inner_n; i++)
        if (str_eq(value_str(s->list[i].key), id)) return;
    s->list[s->n++] = (struct pair){v_str(id), step_value(s->run, step, s->arena)};
}

static void see_branch(struct seen *s, int parent, int branch)
{
    const struct step *steps = s->run->workflow->steps;
    size_t inner_n = s->n;

    for (int i = parent + 1; i <= parent + steps[parent].inside_n; i += 1 + steps[i].inside_n)
        if (steps[i].branch == branch) see(s, i, inner_n);
}

static struct value steps_value(const struct run *r, int step, struct arena *a)
{
    const struct workflow *w = r->workflow;
    struct seen s = {.run = r, .arena = a};
    size_t inner_n;

    s.list = arena_raw(a, sizeof *s.list * (size_t)(w->steps_n + 1));
    for (int i = step; i >= 0 && w->steps[i].parent >= 0; i = w->steps[i].parent)
        see_branch(&s, w->steps[i].parent, w->steps[i].branch);
    inner_n = s.n;
    for (int i = 0; i < w->block_at[BLOCK_ON_FAILURE]; i += 1 + w->steps[i].inside_n)
        see(&s, i, inner_n);
    return v_map(s.list, s.n);
}

static struct value run_value(const struct run *r, struct arena *a)
{
    int shown = r->verdict >= 0 ? r->verdict : r->status;
    struct pair *p = arena_raw(a, 5 * sizeof *p);

    p[0] = (struct pair){v_cstr("id"), v_str(id_str(&r->id))};
    p[1] = (struct pair){v_cstr("url"), v_str(r->url)};
    p[2] = (struct pair){v_cstr("workflow"), v_str(r->workflow->name)};
    p[3] = (struct pair){v_cstr("attempt"), v_int(r->attempt)};
    p[4] = (struct pair){v_cstr("status"), v_cstr(run_machine.states[shown])};
    return v_map(p, 5);
}

static struct value failure_value(const struct run *r, struct arena *a)
{
    struct pair *p = arena_raw(a, 2 * sizeof *p);

    p[0] = (struct pair){v_cstr("step"), v_str(r->failed_step.p ? r->failed_step : STR(""))};
    p[1] = (struct pair){v_cstr("message"), v_str(r->message.p ? r->message : STR(""))};
    return v_map(p, 2);
}

void run_scope(const struct run *r, int step, uint64_t uses, int64_t now, struct arena *a,
               struct scope *ret)
{
    *ret = (struct scope){0};
    ret->values[SCOPE_INPUTS] = r->inputs;
    ret->values[SCOPE_EVENT] = r->event;
    ret->values[SCOPE_USER] = v_str(r->user);
    ret->values[SCOPE_ROOM] = v_str(r->room);
    ret->values[SCOPE_VARS] = r->vars;
    ret->values[SCOPE_NOW] = v_time_us(now);
    if (uses & (1u << SCOPE_STEPS)) ret->values[SCOPE_STEPS] = steps_value(r, step, a);
    if (uses & (1u << SCOPE_RUN)) ret->values[SCOPE_RUN] = run_value(r, a);
    if (uses & (1u << SCOPE_FAILURE)) ret->values[SCOPE_FAILURE] = failure_value(r, a);
}

bool run_step_limited(const struct run *r, int step)
{
    const struct step_state *s = &r->steps[step];

    return s->status == STEP_RUNNING && r->workflow->steps[step].kind == STEP_PARALLEL &&
           s->due_at && !s->error.n;
}

int64_t run_wake_at(const struct run *r)
{
    int64_t at = 0;

    if (run_ended(r->status)) return 0;
    if (r->workflow->timeout_us && r->started_at && r->phase == PHASE_STEPS && !r->stopping)
        at = r->started_at + r->workflow->timeout_us;
    for (int i = 0; i < r->workflow->steps_n; i++) {
        const struct step_state *s = &r->steps[i];

        if (s->status != STEP_WAITING && !run_step_limited(r, i)) continue;
        if (s->due_at && (!at || s->due_at < at)) at = s->due_at;
    }
    return at;
}

bool run_step_live(const struct run *r, int step)
{
    return r->steps[step].status == STEP_RUNNING && r->workflow->steps[step].kind == STEP_RUN;
}

bool run_live(const struct run *r)
{
    for (int i = 0; i < r->workflow->steps_n; i++)
        if (run_step_live(r, i)) return true;
    return false;
}

bool run_step_stopped(const struct run *r, int step)
{
    const struct step *steps = r->workflow->steps;

    for (int i = steps[step].parent; i >= 0; i = steps[i].parent)
        if (r->steps[i].error.n) return true;
    return false;
}

void run_drop_rounds(struct run *r)
{
    for (int i = 0; i < r->workflow->steps_n; i++) {
        int parent = r->workflow->steps[i].parent;
        struct step_state *s = &r->steps[i];

        if (parent < 0 || (r->steps[parent].first && s->round == r->steps[parent].attempt))
            continue;
        *s = (struct step_state){
            .attempt = s->attempt, .round = r->steps[parent].attempt, .exit_code = -1};
    }
}

void run_progress(const struct run *r, struct buf *out)
{
    const struct workflow *w = r->workflow;
    int done = 0, all = 0;

    for (int i = 0; i < w->block_at[BLOCK_ON_FAILURE]; i += 1 + w->steps[i].inside_n) {
        all++;
        done += step_ended(r->steps[i].status);
    }
    buf_addf(out, "%d of %d steps done", done, all);
    for (int i = 0; i < w->steps_n; i++) {
        int s = r->steps[i].status;

        if (s == STEP_RUNNING && !run_step_live(r, i)) continue; /* its branches are told */
        if (s == STEP_RUNNING || s == STEP_WAITING || s == STEP_UNKNOWN)
            buf_addf(out, ", `" STR_FMT "` is %s", STR_ARG(w->steps[i].path),
                     step_machine.states[s]);
    }
}
