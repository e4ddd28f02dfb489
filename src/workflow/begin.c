/* begin.c - what beginning a step means, one function a kind. */
#include "base/clock.h"
#include "workflow/duration.h"
#include "workflow/turn.h"

void turn_scope(const struct turn *t, int step, struct scope *ret)
{
    run_scope(t->run, step, t->run->workflow->uses, t->now, t->arena, ret);
}

bool turn_text(struct turn *t, int step, const struct template *from, struct str *ret)
{
    struct scope scope;
    struct err e;

    *ret = STR("");
    if (!from) return true;
    turn_scope(t, step, &scope);
    if (template_eval_text(from, scope.values, NULL, NULL, t->arena, ret, &e) == OK) return true;
    turn_step_fails(t, step, str_of(e.text));
    return false;
}

bool turn_value(struct turn *t, int step, const struct template *from, struct value *ret)
{
    struct scope scope;
    struct err e;

    *ret = NO_VALUE;
    if (!from) return true;
    turn_scope(t, step, &scope);
    if (template_eval(from, scope.values, NULL, NULL, t->arena, ret, &e) == OK) return true;
    turn_step_fails(t, step, str_of(e.text));
    return false;
}

/* Arguments and environment are worked out again when the process starts, then with secrets; here
   only to find what is wrong with them before anything is started. */
static void begin_run(struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);
    struct value ignored;
    struct str dir;

    if (!turn_value(t, step, s->args, &ignored) || !turn_value(t, step, s->env, &ignored) ||
        !turn_text(t, step, s->dir, &dir))
        return;
    turn_step_runs(t, step);
}

static void begin_say(struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);
    struct str text, room;

    if (!turn_text(t, step, s->text, &text) || !turn_text(t, step, s->to, &room)) return;
    turn_say(t, step, "say", s->to ? room : t->run->room, text);
    turn_step_moves(t, step, STEP_SUCCEEDED);
}

static void begin_set(struct turn *t, int step)
{
    struct run *r = t->run;
    struct map vars = {.arena = r->arena};
    struct value more;

    if (!turn_value(t, step, turn_step(t, step)->set, &more)) return;
    more = value_copy(r->arena, more);
    for (uint32_t i = 0; i < r->vars.n; i++)
        map_put(&vars, value_str(r->vars.map[i].key), r->vars.map[i].value);
    for (uint32_t i = 0; i < more.n; i++)
        map_set(&vars, value_str(more.map[i].key), more.map[i].value);
    r->vars = map_value(&vars);
    r->steps[step].outputs = more;
    turn_step_moves(t, step, STEP_SUCCEEDED);
}

static void begin_fail(struct turn *t, int step)
{
    struct str text;

    if (turn_text(t, step, turn_step(t, step)->text, &text)) turn_step_fails(t, step, text);
}

static void begin_stop(struct turn *t, int step)
{
    struct run *r = t->run;
    struct str text;

    if (!turn_text(t, step, turn_step(t, step)->text, &text)) return;
    turn_step_moves(t, step, STEP_SUCCEEDED);
    if (r->phase != PHASE_STEPS || r->verdict >= 0) return;
    r->verdict = RUN_SUCCEEDED;
    r->message = arena_str(r->arena, text);
}

/* `until` is a timestamp, or RFC 3339 text. */
static bool until_us(struct value v, int64_t *ret)
{
    int64_t seconds = v.i;
    int32_t nanos = (int32_t)v.n;

    if (v.kind != V_TIMESTAMP && !clock_parse(value_str(v), &seconds, &nanos)) return false;
    *ret = seconds * SECOND_US + nanos / 1000;
    return true;
}

static bool sleep_us(struct value v, int64_t *ret)
{
    *ret = v.i / 1000;
    return v.kind == V_DURATION || duration_parse(value_str(v), ret);
}

static void begin_sleep(struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);
    struct value v;
    int64_t due;

    if (!turn_value(t, step, s->sleep ? s->sleep : s->until, &v)) return;
    if (s->sleep && sleep_us(v, &due) && due >= 0 && due < INT64_MAX - t->now)
        due += t->now;
    else if (s->sleep || !until_us(v, &due)) {
        struct str shown = cel_text(t->arena, v);

        turn_step_fails(t, step,
                        str_of(arena_fmt(t->arena, "`" STR_FMT "` is not %s", STR_ARG(shown),
                                         s->sleep ? "a duration such as 90s or 1h30m"
                                                  : "a time such as 2026-12-01T09:00:00Z")));
        return;
    }
    if (due <= t->now) {
        turn_step_moves(t, step, STEP_SUCCEEDED);
        return;
    }
    t->run->steps[step].due_at = due;
    turn_step_moves(t, step, STEP_WAITING);
}

static void (*const begin[STEP_KINDS])(struct turn *t, int step) = {
    [STEP_RUN] = begin_run,
    [STEP_APPROVAL] = approval_begins,
    [STEP_ASK] = ask_begins,
    [STEP_SAY] = begin_say,
    [STEP_SET] = begin_set,
    [STEP_FAIL] = begin_fail,
    [STEP_STOP] = begin_stop,
    [STEP_SLEEP] = begin_sleep,
    [STEP_PARALLEL] = turn_parallel_runs,
};

void turn_step_runs(struct turn *t, int step)
{
    struct step_state *s = &t->run->steps[step];

    s->due_at = 0;
    turn_step_moves(t, step, STEP_RUNNING);
    turn_effect(t, EFFECT_EXEC, step);
}

void turn_step_begins(struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);
    struct step_state *state = &t->run->steps[step];
    struct scope scope;
    bool yes = true;
    struct err e;

    if (!state->first) state->first = ++state->attempt;
    if (s->when && state->attempt == state->first) {
        turn_scope(t, step, &scope);
        if (cel_test(s->when, scope.values, t->arena, &yes, &e) != OK) {
            (void)wrap(&e, "`if`");
            turn_step_fails(t, step, str_of(e.text));
            return;
        }
    }
    if (!yes)
        turn_step_moves(t, step, STEP_SKIPPED);
    else
        begin[s->kind](t, step);
}
