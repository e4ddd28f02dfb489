/* parallel.c - a step with branches: how it begins, fails and ends. What begins in it is decided
 * by advance.c, as for all steps. */
#include "workflow/turn.h"

struct branch { /* how far one has come */
    bool begun, over;
};

/* The place after a step and all that is inside it. */
static int end_of(const struct turn *t, int step)
{
    return step + 1 + turn_step(t, step)->inside_n;
}

void turn_parallel_runs(struct turn *t, int step)
{
    const struct step *as = turn_step(t, step);
    struct step_state *s = &t->run->steps[step];

    for (int i = step + 1; i < end_of(t, step); i++) {
        struct step_state *in = &t->run->steps[i];

        *in = (struct step_state){.attempt = in->attempt, .exit_code = -1};
        if (turn_step(t, i)->parent == step) in->round = s->attempt;
    }
    s->due_at = as->timeout_us ? t->now + as->timeout_us : 0;
    turn_step_moves(t, step, STEP_RUNNING);
}

void turn_parallel_fails(struct turn *t, int step, struct str text)
{
    struct step_state *s = &t->run->steps[step];

    if (s->error.n) return;
    s->error = arena_str(t->run->arena, text);
    turn_step_changes(t, step);
    turn_stop(t, step + 1, end_of(t, step));
}

/* Is it this step, or one inside it, of whose failure the text tells? */
static bool tells_of(struct str text, struct str path)
{
    size_t n = path.n + 1;

    return text.n > n && text.p[0] == '`' && str_starts(str_skip(text, 1), path) &&
           (text.p[n] == '`' || text.p[n] == '/');
}

bool turn_was_denied(const struct turn *t, int step)
{
    const struct step_state *s = &t->run->steps[step];

    if (turn_step(t, step)->kind == STEP_APPROVAL)
        return s->status == STEP_FAILED && value_at(s->outputs, "approved").kind == V_BOOL;
    for (int i = step + 1; i < end_of(t, step); i = end_of(t, i))
        if (tells_of(s->error, turn_step(t, i)->path)) return turn_was_denied(t, i);
    return false;
}

static struct branch branch_of(const struct turn *t, int parent, int branch)
{
    struct branch b = {.over = true};

    for (int i = parent + 1; i < end_of(t, parent); i = end_of(t, i)) {
        int status = t->run->steps[i].status;

        if (turn_step(t, i)->branch != branch) continue;
        b.begun = b.begun || status != STEP_PENDING;
        b.over = b.over && step_ended(status);
    }
    return b;
}

bool turn_parallel_room(const struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);
    const struct step *around = s->parent < 0 ? NULL : turn_step(t, s->parent);
    int going = 0;

    if (!around) return true;
    if (run_step_stopped(t->run, step)) return false;
    if (!around->max_parallel || branch_of(t, s->parent, s->branch).begun) return true;
    for (int b = 0; b < around->branches_n; b++) {
        struct branch other = branch_of(t, s->parent, b);

        going += other.begun && !other.over;
    }
    return going < around->max_parallel;
}

void turn_parallel_ends(struct turn *t, int step)
{
    struct step_state *s = &t->run->steps[step];
    bool whole = true;

    for (int i = step + 1; i < end_of(t, step); i = end_of(t, i)) {
        int status = t->run->steps[i].status;

        whole = whole && step_ended(status) && status != STEP_CANCELLED;
    }
    if (s->error.n)
        turn_step_fails(t, step, s->error);
    else
        turn_step_moves(t, step, whole ? STEP_SUCCEEDED : STEP_CANCELLED);
}
