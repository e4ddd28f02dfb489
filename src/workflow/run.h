/* run.h - one run of a workflow: its state, as advance() sees it.
 *
 * The state machines of runs and steps are declared here. A step's state is
 * that of its latest attempt; earlier attempts are history, kept by the store.
 */
#ifndef WORKFLOW_RUN_H
#define WORKFLOW_RUN_H

#include "base/id.h"
#include "base/machine.h"
#include "workflow/model.h"

enum run_status {
    RUN_QUEUED,
    RUN_RUNNING,
    RUN_WAITING, /* nothing runs; something is due later, or a person must decide */
    RUN_SUCCEEDED,
    RUN_FAILED,
    RUN_CANCELLED,
    RUN_DENIED,
    RUN_STATUSES
};

enum step_status {
    STEP_PENDING,
    STEP_RUNNING,
    STEP_WAITING, /* asleep, until it is tried again, or until people decide */
    STEP_UNKNOWN, /* started, and how it ended was lost */
    STEP_SUCCEEDED,
    STEP_FAILED,
    STEP_SKIPPED, /* its `if` was false */
    STEP_CANCELLED,
    STEP_STATUSES
};

enum phase { PHASE_STEPS, PHASE_ON_FAILURE, PHASE_FINALLY, PHASE_DONE, PHASES };

/* A copy in the arena, NUL-terminated. */
static inline struct str arena_str(struct arena *a, struct str s)
{
    return str_n(arena_dup(a, s.p, s.n), s.n);
}

extern const struct machine run_machine, step_machine, phase_machine;

static inline bool run_ended(enum run_status s)
{
    return s >= RUN_SUCCEEDED;
}

static inline bool step_ended(enum step_status s)
{
    return s >= STEP_SUCCEEDED;
}

struct step_state {
    int status;  /* enum step_status */
    int attempt; /* from 1; 0: never begun */
    int round;   /* the attempt of the step around it that this belongs to; 0: there is none */
    int first;   /* the attempt with which it began in this round; 0: it has not */
    int64_t started_at, ended_at, due_at; /* due 0 while it waits: no end to it */
    struct value outputs;                 /* a map, or null */
    struct str error;
    int exit_code; /* -1: none */
};

struct run {
    struct arena *arena; /* everything below lives here */
    const struct workflow *workflow;
    struct id id, event_id;
    struct str trigger, user, room, url;
    int attempt;   /* 1, or one more than that of the run it was retried from */
    int status;    /* enum run_status */
    int phase;     /* enum phase */
    int verdict;   /* the terminal status it is bound for; -1 while that is open */
    bool stopping; /* what runs of its steps was told to end */
    int32_t seq;
    struct str lock;                    /* the one it asks for, or holds; empty: none */
    struct value inputs, vars, outputs; /* maps; outputs null until the end */
    struct value event;                 /* what `event` shows; null when not loaded */
    struct str failed_step, message;
    int64_t created_at, started_at, ended_at;
    struct step_state *steps; /* workflow->steps_n */
};

/* A queued run, in a new arena. Texts and values are copied. */
struct run_begin {
    struct id id, event_id;
    struct str trigger, user, room, url;
    struct value inputs, event;
    struct value vars; /* to begin with: those of its room; null: none */
    int attempt;       /* 0: the first */
    int64_t now;
};
struct run *run_new(const struct workflow *w, const struct run_begin *b);
void run_free(struct run *r);

/* After its steps were read: those of an earlier attempt of the step around them begin anew. */
void run_drop_rounds(struct run *r);

/* The names an expression sees, for the slots in `uses`. `step` is where it stands (may be -1).
   Values point into the run and into `a`. */
void run_scope(const struct run *r, int step, uint64_t uses, int64_t now, struct arena *a,
               struct scope *ret);

int64_t run_wake_at(const struct run *r); /* the next time something of it is due; 0: nothing */
bool run_live(const struct run *r);       /* some step is running in a process */
bool run_step_live(const struct run *r, int step);    /* that one is */
bool run_step_limited(const struct run *r, int step); /* the server holds it to its time limit */

/* Some step around this one is to end because it failed: nothing in it may go on. While such a step
   is still running, its `error` says why. */
bool run_step_stopped(const struct run *r, int step);

/* What its steps have come to, in short for people: "2 of 5 steps done, `build` is running". */
void run_progress(const struct run *r, struct buf *out);

#endif
