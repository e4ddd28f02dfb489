/* turn.h - one call of advance(), seen from inside: advance.c, begin.c, people.c and parallel.c
 * only. */
#ifndef WORKFLOW_TURN_H
#define WORKFLOW_TURN_H

#include "base/buf.h"
#include "workflow/advance.h"

struct turn {
    struct run *run;
    int64_t now;
    struct arena *arena; /* of the result */
    struct advance *out;
    struct buf moves;
};

enum { MOVES_MAX = 1 << 20 }; /* bytes of history of one change */

static inline const struct step *turn_step(const struct turn *t, int i)
{
    return &t->run->workflow->steps[i];
}

void turn_step_moves(struct turn *t, int step,
                     enum step_status to);        /* and notes it for the store */
void turn_step_changes(struct turn *t, int step); /* something of it other than its status */
/* What history says besides moves: "go#1: approved by ana". No user's text: a name at most. */
void turn_note(struct turn *t, int step, const char *text);
void turn_run_moves(struct turn *t, enum run_status to);
struct effect *turn_effect(struct turn *t, enum effect_kind kind, int step);
void turn_say(struct turn *t, int step, const char *kind, struct str room, struct str text);

/* The step's attempt failed: it is tried again, passed over, or the run fails. `text` is a
 * sentence. */
void turn_step_fails(struct turn *t, int step, struct str text);
void turn_step_denied(struct turn *t, int step, struct str text); /* people said no to it */
void turn_step_again(struct turn *t, int step, int64_t due_at); /* a new attempt; due 0: at once */

/* Begins a pending step: its `if`, then what its kind does. */
void turn_step_begins(struct turn *t, int step);
void turn_step_runs(struct turn *t, int step); /* a `run` step's attempt: its process is to start */
void turn_stop(struct turn *t, int from, int to); /* whatever goes on in these steps is to end */

/* `step` is where the expression stands; -1: outside the steps. */
void turn_scope(const struct turn *t, int step, struct scope *ret);

/* A template's text or value, "" or null for NULL; when it fails, so did the step: false. */
bool turn_text(struct turn *t, int step, const struct template *from, struct str *ret);
bool turn_value(struct turn *t, int step, const struct template *from, struct value *ret);

/* people.c */
void approval_begins(struct turn *t, int step);
void ask_begins(struct turn *t, int step);
void people_vote(struct turn *t, int step, const struct vote *v);
void people_time_is_over(struct turn *t, int step);

/* parallel.c */
void turn_parallel_runs(struct turn *t, int step); /* an attempt: what is inside begins anew */
void turn_parallel_fails(struct turn *t, int step, struct str text); /* what goes on in it ends */
bool turn_was_denied(const struct turn *t, int step);    /* people said no to it, or inside it */
bool turn_parallel_room(const struct turn *t, int step); /* may a step in a branch begin? */
void turn_parallel_ends(struct turn *t, int step);       /* nothing goes on in it any more */

#endif
