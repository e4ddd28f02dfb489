#include "workflow/advance.h"

#include <string.h>

#include "base/clock.h"
#include "workflow/duration.h"
#include "workflow/turn.h"

static const int64_t QUICK_US = 10 * SECOND_US; /* a longer run says that it is over */

enum { LOST_ATTEMPTS = 10 }; /* in all, of a step that is tried again when its outcome was lost */

/* --- recording --- */

void turn_step_changes(struct turn *t, int step)
{
    struct advance *out = t->out;
    const struct step_state *now = &t->run->steps[step];
    struct step_change *c = NULL;

    for (size_t i = 0; i < out->steps_n && !c; i++)
        if (out->steps[i].step == step && out->steps[i].state.attempt == now->attempt)
            c = &out->steps[i];
    if (!c) c = arena_push(t->arena, &out->steps, &out->steps_n, sizeof *c);
    c->step = step;
    c->state = *now;
    out->changed = true;
}

static void note_move(struct turn *t, const char *what, struct str path, int attempt,
                      const char *from, const char *to)
{
    buf_addf(&t->moves, "%s%s" STR_FMT, t->moves.n ? "; " : "", what, STR_ARG(path));
    if (attempt) buf_addf(&t->moves, "#%d", attempt);
    buf_addf(&t->moves, " %s>%s", from, to);
    t->out->changed = true;
}

void turn_note(struct turn *t, int step, const char *text)
{
    buf_addf(&t->moves, "%s" STR_FMT "#%d: ", t->moves.n ? "; " : "",
             STR_ARG(turn_step(t, step)->path), t->run->steps[step].attempt);
    for (; *text; text++) buf_addc(&t->moves, *text == ';' ? ',' : *text);
    t->out->changed = true;
}

void turn_step_moves(struct turn *t, int step, enum step_status to)
{
    struct step_state *s = &t->run->steps[step];
    const char *const *names = step_machine.states;

    note_move(t, "", turn_step(t, step)->path, s->attempt, names[s->status], names[to]);
    machine_move(&step_machine, &s->status, to);
    if (!s->started_at) s->started_at = t->now;
    if (step_ended(to) && !s->ended_at) s->ended_at = t->now;
    turn_step_changes(t, step);
}

void turn_run_moves(struct turn *t, enum run_status to)
{
    struct run *r = t->run;
    const char *const *names = run_machine.states;

    if (r->status == (int)to) return;
    note_move(t, "run", STR(""), 0, names[r->status], names[to]);
    machine_move(&run_machine, &r->status, to);
    if (to == RUN_RUNNING && !r->started_at) r->started_at = t->now;
    if (run_ended(to)) r->ended_at = t->now;
}

struct effect *turn_effect(struct turn *t, enum effect_kind kind, int step)
{
    struct effect *f = arena_push(t->arena, &t->out->effects, &t->out->effects_n, sizeof *f);

    f->kind = kind;
    f->step = step;
    f->attempt = step >= 0 ? t->run->steps[step].attempt : 0;
    t->out->changed = true;
    return f;
}

void turn_say(struct turn *t, int step, const char *kind, struct str room, struct str text)
{
    struct effect *f = turn_effect(t, EFFECT_SAY, step);

    f->room = room;
    f->text = text;
    f->say_kind = kind;
}

/* --- failing, trying again --- */

static int tries(const struct step_state *s)
{
    return s->attempt - s->first + 1;
}

static void run_ends_badly(struct turn *t, int step, enum run_status as, struct str text)
{
    struct run *r = t->run;

    if (r->verdict >= 0 && !(r->phase == PHASE_FINALLY && r->verdict == RUN_SUCCEEDED)) return;
    if (r->phase == PHASE_ON_FAILURE) return;
    r->verdict = (int)as;
    r->failed_step = turn_step(t, step)->path;
    r->message = arena_str(r->arena, text);
    t->out->changed = true;
}

/* A step in a branch fails the step around it. */
static void failure_counts(struct turn *t, int step, enum run_status as, struct str text)
{
    const struct step *s = turn_step(t, step);
    struct str inside = str_of(arena_fmt(t->arena, "`" STR_FMT "/", STR_ARG(s->path)));

    if (s->continue_on_error) return;
    if (s->parent < 0) {
        run_ends_badly(t, step, as, text);
        return;
    }
    if (!str_starts(text, inside)) /* otherwise it names the step already */
        text =
            str_of(arena_fmt(t->arena, "`" STR_FMT "`: " STR_FMT, STR_ARG(s->path), STR_ARG(text)));
    turn_parallel_fails(t, s->parent, text);
}

void turn_step_again(struct turn *t, int step, int64_t due_at)
{
    struct step_state *s = &t->run->steps[step];

    *s = (struct step_state){.attempt = s->attempt + 1,
                             .round = s->round,
                             .first = s->first,
                             .exit_code = -1,
                             .due_at = due_at};
    if (due_at > t->now)
        turn_step_moves(t, step, STEP_WAITING);
    else
        turn_step_begins(t, step);
}

/* Microseconds until the next attempt. */
static int64_t retry_delay(const struct retry *retry, int attempt)
{
    double delay = (double)retry->delay_us;

    for (int i = 1; i < attempt && delay < (double)retry->max_delay_us; i++)
        delay *= retry->backoff;
    return delay < (double)retry->max_delay_us ? (int64_t)delay : retry->max_delay_us;
}

static bool wants_retry(struct turn *t, int step)
{
    const struct retry *retry = &turn_step(t, step)->retry;
    const struct run *r = t->run;
    struct scope scope;
    bool yes = true;
    struct err e;

    if (tries(&r->steps[step]) >= retry->attempts || run_step_stopped(r, step)) return false;
    if (turn_step(t, step)->kind != STEP_RUN && turn_step(t, step)->kind != STEP_PARALLEL)
        return false;
    if (r->phase == PHASE_STEPS && r->verdict >= 0) return false;
    if (!retry->when) return true;
    turn_scope(t, step, &scope);
    return cel_test(retry->when, scope.values, t->arena, &yes, &e) == OK && yes;
}

void turn_step_fails(struct turn *t, int step, struct str text)
{
    struct step_state *s = &t->run->steps[step];
    const struct step *as = turn_step(t, step);
    bool denied = turn_was_denied(t, step);
    int64_t delay = retry_delay(&as->retry, tries(s));

    if (as->kind == STEP_PARALLEL && !delay) delay = 1; /* each attempt in a change of its own */
    s->error = arena_str(t->run->arena, text);
    turn_step_moves(t, step, STEP_FAILED);
    if (!denied && wants_retry(t, step))
        turn_step_again(t, step, t->now + delay);
    else
        failure_counts(t, step, denied ? RUN_DENIED : RUN_FAILED, s->error);
}

void turn_step_denied(struct turn *t, int step, struct str text)
{
    struct step_state *s = &t->run->steps[step];

    s->error = arena_str(t->run->arena, text);
    turn_step_moves(t, step, STEP_FAILED);
    failure_counts(t, step, RUN_DENIED, s->error);
}

/* --- ending --- */

/* A quick run that has spoken in its room needs no further word. */
static bool has_spoken(const struct run *r)
{
    if (r->status != RUN_SUCCEEDED || r->message.n) return false;
    if (r->ended_at - r->created_at > QUICK_US) return false;
    for (int i = 0; i < r->workflow->steps_n; i++) {
        const struct step *s = &r->workflow->steps[i];

        if (s->kind == STEP_SAY && !s->to && r->steps[i].status == STEP_SUCCEEDED) return true;
    }
    return false;
}

static void say_the_end(struct turn *t)
{
    const struct run *r = t->run;
    struct str name = r->workflow->name, what = r->message;
    char took[DURATION_TEXT];
    const char *text;

    if (!r->room.n || has_spoken(r)) return;
    duration_text(r->ended_at - r->created_at, took);
    if (r->status == RUN_SUCCEEDED && !what.n)
        text = arena_fmt(t->arena, "`" STR_FMT "` succeeded in %s", STR_ARG(name), took);
    else if (r->failed_step.n)
        text = arena_fmt(t->arena, "`" STR_FMT "` %s in `" STR_FMT "`: " STR_FMT, STR_ARG(name),
                         run_machine.states[r->status], STR_ARG(r->failed_step), STR_ARG(what));
    else
        text = arena_fmt(t->arena, "`" STR_FMT "` %s: " STR_FMT, STR_ARG(name),
                         run_machine.states[r->status], STR_ARG(what));
    turn_say(t, -1, "end", r->room, str_of(text));
}

/* --- what happened --- */

static bool past_deadline(const struct run *r, int64_t now)
{
    return r->workflow->timeout_us && r->started_at &&
           now >= r->started_at + r->workflow->timeout_us;
}

void turn_stop(struct turn *t, int from, int to)
{
    for (int i = from; i < to; i++) {
        int s = t->run->steps[i].status;

        if (run_step_live(t->run, i))
            turn_effect(t, EFFECT_KILL, i);
        else if (s == STEP_WAITING || s == STEP_UNKNOWN)
            turn_step_moves(t, i, STEP_CANCELLED);
    }
}

/* Whatever still goes on is to end. */
static void stop_active(struct turn *t)
{
    t->run->stopping = true;
    turn_stop(t, 0, t->run->workflow->steps_n);
}

/* It ends without having begun: none of its blocks has anything to clean up. */
static void end_queued(struct turn *t, enum run_status as, const char *message)
{
    struct run *r = t->run;

    r->verdict = as;
    r->message = arena_str(r->arena, str_of(message));
    turn_run_moves(t, as);
    say_the_end(t);
}

static void ask_for_lock(struct turn *t)
{
    struct run *r = t->run;
    struct scope scope;
    struct str lock;
    struct err e;

    turn_scope(t, -1, &scope);
    if (template_eval_text(r->workflow->concurrency.group, scope.values, NULL, NULL, t->arena,
                           &lock, &e) != OK)
        (void)wrap(&e, "`concurrency.group`");
    else if (lock.n == 0 || lock.n > LOCK_NAME_MAX)
        (void)fail(&e, E_INPUT,
                   "`concurrency.group` came to %zu bytes: the name of a lock has 1 to %d", lock.n,
                   LOCK_NAME_MAX);
    else
        e.code = OK;
    if (e.code != OK) {
        end_queued(t, RUN_FAILED, e.text);
        return;
    }
    r->lock = arena_str(r->arena, lock);
    t->out->changed = true;
}

static void occur_start(struct turn *t, const struct occurrence *o)
{
    (void)o;
    if (t->run->status != RUN_QUEUED) return;
    if (t->run->workflow->concurrency.group)
        ask_for_lock(t);
    else
        turn_run_moves(t, RUN_RUNNING);
}

static void occur_turn(struct turn *t, const struct occurrence *o)
{
    (void)o;
    if (t->run->status == RUN_QUEUED) turn_run_moves(t, RUN_RUNNING);
}

static void occur_held(struct turn *t, const struct occurrence *o)
{
    const struct run *r = t->run;
    bool skip = r->workflow->concurrency.on_conflict == CONFLICT_SKIP;

    if (r->status != RUN_QUEUED) return;
    end_queued(t, skip ? RUN_SUCCEEDED : RUN_FAILED,
               arena_fmt(t->arena, "%s the lock `" STR_FMT "` is held by " STR_FMT,
                         skip ? "skipped because" : "rejected:", STR_ARG(r->lock), STR_ARG(o->by)));
}

static struct str timeout_text(struct turn *t, int step)
{
    char took[DURATION_TEXT];

    duration_text(turn_step(t, step)->timeout_us, took);
    return str_of(arena_fmt(t->arena, "took longer than its timeout of %s", took));
}

static struct str ended_text(struct turn *t, const struct occurrence *o)
{
    switch (o->ended) {
    case ENDED_SIGNAL:
        return str_of(arena_fmt(t->arena, "ended by signal %d (%s)", o->code, strsignal(o->code)));
    case ENDED_TIMEOUT:
        return timeout_text(t, o->step);
    case ENDED_NOT_STARTED:
        return str_of(arena_fmt(t->arena, "could not be started: %s", strerror(o->code)));
    case ENDED_KILLED:
        return past_deadline(t->run, t->now) ? STR("stopped, because the run passed its timeout")
                                             : STR("stopped from outside (SIGTERM)");
    case ENDED_EXIT:
        break;
    }
    return str_of(arena_fmt(t->arena, "exit code %d", o->code));
}

static bool kill_was_ours(const struct run *r, int step)
{
    return run_step_stopped(r, step) || r->verdict == RUN_CANCELLED || r->phase != PHASE_STEPS;
}

static void occur_ended(struct turn *t, const struct occurrence *o)
{
    struct step_state *s = &t->run->steps[o->step];

    if (s->status != STEP_RUNNING || s->attempt != o->attempt) return;
    if (o->started_at) s->started_at = o->started_at;
    if (o->ended_at) s->ended_at = o->ended_at;
    if (o->ended == ENDED_EXIT) s->exit_code = o->code;
    s->outputs = value_copy(t->run->arena, o->outputs);
    if (o->ended == ENDED_EXIT && o->code == 0 && !o->error.n)
        turn_step_moves(t, o->step, STEP_SUCCEEDED);
    else if (o->ended == ENDED_KILLED && kill_was_ours(t->run, o->step))
        turn_step_moves(t, o->step, STEP_CANCELLED);
    else
        turn_step_fails(t, o->step, o->error.n ? o->error : ended_text(t, o));
}

static void ask_about(struct turn *t, int step)
{
    const struct run *r = t->run;
    struct str path = turn_step(t, step)->path;

    if (!r->room.n) return;
    turn_say(t, step, "ask", r->room,
             str_of(arena_fmt(t->arena,
                              "`" STR_FMT "` was running `" STR_FMT
                              "` when its machine died, and how it ended is not known. Look, then "
                              "say one of `resolve %s " STR_FMT " done`, `… failed`, `… retry`.",
                              STR_ARG(r->workflow->name), STR_ARG(path), r->id.s, STR_ARG(path))));
}

static const struct str lost_text = {
    "its outcome was lost (the machine or its holder died while it ran)", 66};

/* Was the run, or a step around this one, told to end, so that it is not to begin again? */
static bool is_stopped(const struct turn *t, int step)
{
    const struct run *r = t->run;

    if (run_step_stopped(r, step)) return true;
    return r->phase == PHASE_STEPS && r->verdict >= 0 &&
           (r->verdict == RUN_CANCELLED || past_deadline(r, t->now));
}

/* Its holder may die each time: not for ever, and not as fast as it can. */
static void lost_again(struct turn *t, int step)
{
    const struct retry *retry = &turn_step(t, step)->retry;
    const struct step_state *s = &t->run->steps[step];
    int64_t delay = retry_delay(retry, tries(s));

    if (tries(s) >= LOST_ATTEMPTS && tries(s) >= retry->attempts) {
        turn_step_fails(t, step,
                        str_of(arena_fmt(t->arena,
                                         "its outcome was lost also in attempt %d, which was the "
                                         "last: find out what ends its holder (memory? a kill by "
                                         "hand?), then retry the run",
                                         s->attempt)));
        return;
    }
    turn_step_moves(t, step, STEP_FAILED);
    turn_step_again(t, step, t->now + delay);
}

static void occur_lost(struct turn *t, const struct occurrence *o)
{
    struct step_state *s = &t->run->steps[o->step];
    const struct step *as = turn_step(t, o->step);
    bool again = as->idempotent || as->on_unknown == UNKNOWN_RETRY;

    if (s->status != STEP_RUNNING || s->attempt != o->attempt) return;
    if (is_stopped(t, o->step)) { /* its process is gone: it counts as killed */
        struct occurrence killed = *o;

        killed.ended = ENDED_KILLED;
        occur_ended(t, &killed);
        return;
    }
    s->error = lost_text;
    if (again && (t->run->phase != PHASE_STEPS || t->run->verdict < 0)) {
        lost_again(t, o->step);
    } else if (again || as->on_unknown == UNKNOWN_FAIL) {
        turn_step_fails(t, o->step, lost_text);
    } else {
        turn_step_moves(t, o->step, STEP_UNKNOWN);
        ask_about(t, o->step);
    }
}

static void occur_never(struct turn *t, const struct occurrence *o)
{
    const struct step_state *s = &t->run->steps[o->step];

    if (s->status != STEP_RUNNING || s->attempt != o->attempt) return;
    turn_effect(t, is_stopped(t, o->step) ? EFFECT_KILL : EFFECT_EXEC, o->step);
}

static void occur_time(struct turn *t, const struct occurrence *o)
{
    struct run *r = t->run;
    char limit[DURATION_TEXT];

    (void)o;
    if (r->phase == PHASE_STEPS && past_deadline(r, t->now)) {
        if (r->verdict < 0) {
            duration_text(r->workflow->timeout_us, limit);
            r->verdict = RUN_FAILED;
            r->message =
                str_of(arena_fmt(r->arena, "the run took longer than its timeout of %s", limit));
            t->out->changed = true;
        }
        if (!r->stopping) stop_active(t);
        return;
    }
    for (int i = 0; i < r->workflow->steps_n; i++) {
        const struct step_state *s = &r->steps[i];
        enum step_kind kind = turn_step(t, i)->kind;

        if (!s->due_at || s->due_at > t->now) continue;
        if (run_step_limited(r, i))
            turn_parallel_fails(t, i, timeout_text(t, i));
        else if (s->status != STEP_WAITING)
            continue;
        else if (kind == STEP_SLEEP)
            turn_step_moves(t, i, STEP_SUCCEEDED);
        else if (kind == STEP_APPROVAL || kind == STEP_ASK)
            people_time_is_over(t, i);
        else if (kind == STEP_PARALLEL)
            turn_parallel_runs(t, i);
        else
            turn_step_runs(t, i);
    }
}

static void occur_cancel(struct turn *t, const struct occurrence *o)
{
    struct run *r = t->run;

    if (r->status == RUN_QUEUED) {
        end_queued(t, RUN_CANCELLED, arena_fmt(t->arena, "cancelled by " STR_FMT, STR_ARG(o->by)));
        return;
    }
    if (r->verdict < 0 || r->verdict == RUN_SUCCEEDED) {
        r->verdict = RUN_CANCELLED;
        r->message = str_of(arena_fmt(r->arena, "cancelled by " STR_FMT, STR_ARG(o->by)));
        t->out->changed = true;
    }
    stop_active(t);
}

static void occur_resolve(struct turn *t, const struct occurrence *o)
{
    struct step_state *s = &t->run->steps[o->step];
    const char *by = arena_fmt(t->arena, "resolved by " STR_FMT, STR_ARG(o->by));

    if (s->status != STEP_UNKNOWN) return;
    if (o->resolve == RESOLVE_DONE) {
        s->error = arena_str(t->run->arena, str_of(by));
        turn_step_moves(t, o->step, STEP_SUCCEEDED);
    } else if (o->resolve == RESOLVE_FAILED) {
        s->error = arena_str(t->run->arena, str_of(arena_fmt(t->arena, "%s, as failed", by)));
        turn_step_moves(t, o->step, STEP_FAILED);
        failure_counts(t, o->step, RUN_FAILED, s->error);
    } else {
        s->error =
            arena_str(t->run->arena, str_of(arena_fmt(t->arena, "%s, to be tried again", by)));
        turn_step_moves(t, o->step, STEP_FAILED);
        turn_step_again(t, o->step, 0);
    }
}

static void occur_vote(struct turn *t, const struct occurrence *o)
{
    people_vote(t, o->step, &o->vote);
}

static void (*const occur[])(struct turn *t, const struct occurrence *o) = {
    [OCCUR_START] = occur_start, [OCCUR_TURN] = occur_turn,     [OCCUR_HELD] = occur_held,
    [OCCUR_ENDED] = occur_ended, [OCCUR_LOST] = occur_lost,     [OCCUR_NEVER] = occur_never,
    [OCCUR_TIME] = occur_time,   [OCCUR_CANCEL] = occur_cancel, [OCCUR_RESOLVE] = occur_resolve,
    [OCCUR_VOTE] = occur_vote,
};

/* --- what follows from it --- */

static bool needs_met(const struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);

    for (int i = 0; i < s->needs_n; i++)
        if (!step_ended(t->run->steps[s->needs[i]].status)) return false;
    return true;
}

static bool work_steps(struct turn *t, int from, int to);

/* What is inside a step. When that fails, what stood before the failure in it has been stopped. */
static void work_inside(struct turn *t, int step)
{
    const struct step_state *s = &t->run->steps[step];
    bool failed, active;

    do {
        failed = s->error.n > 0;
        active = work_steps(t, step + 1, step + 1 + turn_step(t, step)->inside_n);
    } while (!failed && s->error.n > 0);
    if (!active) turn_parallel_ends(t, step);
}

/* Begins what can begin in these steps, in order; true while something of them is going on. */
static bool work_steps(struct turn *t, int from, int to)
{
    struct run *r = t->run;
    bool active = false;

    for (int i = from; i < to; i += 1 + turn_step(t, i)->inside_n) {
        bool open = r->phase != PHASE_STEPS || r->verdict < 0;
        int s;

        if (r->steps[i].status == STEP_PENDING && open && needs_met(t, i) &&
            turn_parallel_room(t, i))
            turn_step_begins(t, i);
        if (!open && r->steps[i].status == STEP_WAITING) turn_step_moves(t, i, STEP_CANCELLED);
        if (r->steps[i].status == STEP_RUNNING && turn_step(t, i)->inside_n) work_inside(t, i);
        s = r->steps[i].status;
        active = active || s == STEP_RUNNING || s == STEP_WAITING || s == STEP_UNKNOWN;
    }
    return active;
}

/* The steps are over: what was it, and what does the run leave behind? */
static void decide(struct turn *t)
{
    struct run *r = t->run;
    struct scope scope;
    struct err e;

    if (r->verdict < 0) r->verdict = RUN_SUCCEEDED;
    if (r->verdict != RUN_SUCCEEDED || !r->workflow->outputs) return;
    turn_scope(t, -1, &scope);
    if (template_eval(r->workflow->outputs, scope.values, NULL, NULL, r->arena, &r->outputs, &e) ==
        OK) {
        r->outputs = value_copy(r->arena, r->outputs);
        return;
    }
    r->outputs = NO_VALUE;
    r->verdict = RUN_FAILED;
    r->failed_step = STR("outputs");
    r->message = arena_str(r->arena, str_of(e.text));
}

static void next_phase(struct turn *t)
{
    struct run *r = t->run;
    int to = r->phase + 1;

    if (r->phase == PHASE_STEPS) {
        decide(t);
        if (r->verdict == RUN_SUCCEEDED) to = PHASE_FINALLY;
    }
    machine_move(&phase_machine, &r->phase, to);
    t->out->changed = true;
}

static void settle(struct turn *t)
{
    struct run *r = t->run;

    if (run_ended(r->status) || r->status == RUN_QUEUED) return;
    while (r->phase != PHASE_DONE) {
        const int *at = &r->workflow->block_at[r->phase];
        int verdict = r->verdict;
        bool active = work_steps(t, at[0], at[1]);

        if (active && r->verdict != verdict) continue; /* what waits beside that is cancelled */
        if (active) {
            turn_run_moves(t, run_live(r) ? RUN_RUNNING : RUN_WAITING);
            return;
        }
        next_phase(t);
    }
    turn_run_moves(t, (enum run_status)r->verdict);
    say_the_end(t);
}

void advance(struct run *run, const struct occurrence *o, int64_t now, struct arena *a,
             struct advance *ret)
{
    struct turn t = {.run = run, .now = now, .arena = a, .out = ret, .moves = BUF(MOVES_MAX)};

    *ret = (struct advance){0};
    if (run_ended(run->status)) return;
    occur[o->kind](&t, o);
    settle(&t);
    if (ret->changed) run->seq++;
    ret->moves = str_n(arena_dup(a, t.moves.p, t.moves.n), t.moves.n);
    buf_auto(&t.moves);
}

/* --- reading history --- */

static bool move_allowed(struct str move)
{
    struct str what, from;
    const struct machine *m = &step_machine;
    int a, b;

    if (!str_cut(&move, ' ', &what)) return false;
    if (str_ends(what, STR(":"))) return what.n > 1; /* a note */
    if (!str_cut(&move, '>', &from)) return false;
    if (str_is(what, "run")) m = &run_machine;
    a = machine_find(m, from);
    b = machine_find(m, move);
    return a >= 0 && b >= 0 && machine_can(m, a, b);
}

bool moves_allowed(struct str moves)
{
    struct str one;

    while (str_cut(&moves, ';', &one)) {
        one = str_trim(one);
        if (one.n && !move_allowed(one)) return false;
    }
    return true;
}
