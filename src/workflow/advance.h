/* advance.h - the heart: what happened → what changes, and what is to be done.
 *
 * Pure: no clock, no I/O, nothing kept outside the run. The caller gives one
 * occurrence at a time, commits the changes, and only then starts the effects;
 * every outcome of an effect comes back as another occurrence. An occurrence
 * that comes late or twice (another attempt, a step that has ended) changes
 * nothing.
 */
#ifndef WORKFLOW_ADVANCE_H
#define WORKFLOW_ADVANCE_H

#include "workflow/vote.h"

enum occurrence_kind {
    OCCUR_START,   /* the run begins; one that needs a lock asks for it, and stays queued */
    OCCUR_TURN,    /* it has its lock now */
    OCCUR_HELD,    /* its lock is held, and it rather ends than waits */
    OCCUR_ENDED,   /* a step's process ended */
    OCCUR_LOST,    /* a step's process is gone and how it ended was lost */
    OCCUR_NEVER,   /* a step's process was never started, surely nothing of it ran: start it */
    OCCUR_TIME,    /* something is due: look at the clock */
    OCCUR_CANCEL,  /* a person or a rule wants it to end */
    OCCUR_RESOLVE, /* a person decided what became of an unknown step */
    OCCUR_VOTE     /* a person decided what a step asks; vote_check() has passed it */
};

enum ended { ENDED_EXIT, ENDED_SIGNAL, ENDED_TIMEOUT, ENDED_KILLED, ENDED_NOT_STARTED };
enum resolve { RESOLVE_DONE, RESOLVE_FAILED, RESOLVE_RETRY };

struct occurrence {
    enum occurrence_kind kind;
    int step, attempt;            /* ENDED, LOST, NEVER; RESOLVE, VOTE (attempt is not read) */
    enum ended ended;             /* ENDED */
    int code;                     /* exit status, signal, or errno */
    struct value outputs;         /* ENDED: a map, or null */
    struct str error;             /* ENDED: its outputs could not be read: why; empty: they could */
    enum resolve resolve;         /* RESOLVE */
    struct str by;                /* CANCEL, RESOLVE: who; HELD: by whom; for the record */
    struct vote vote;             /* VOTE */
    int64_t started_at, ended_at; /* ENDED: as measured; 0: now */
};

enum effect_kind {
    EFFECT_EXEC, /* start the process of a `run` step */
    EFFECT_KILL, /* end it */
    EFFECT_SAY,  /* a text for a room: goes into the outbox with the same commit */
    EFFECT_TELL  /* an event of the server's own about a step, in the same commit */
};

struct effect {
    enum effect_kind kind;
    int step, attempt;
    struct str room, text; /* SAY */
    const char *say_kind;  /* SAY: "say", "end", "ask" */
    const char *type;      /* TELL: "botops.approval.requested", … */
};

struct step_change {
    int step;
    struct step_state state;
};

struct advance {               /* the result; lives in the arena given */
    bool changed;              /* false: nothing happened, commit nothing */
    struct step_change *steps; /* attempts that changed, in order, each once with its last state */
    size_t steps_n;
    struct effect *effects;
    size_t effects_n;
    struct str
        moves; /* for history: "run queued>running; build#1 pending>running"; notes: turn.h */
};

/* Changes `run` in place and says what changed. If the commit then fails the caller throws the run
   away and loads it again. The returned texts live in `a`. */
void advance(struct run *run, const struct occurrence *o, int64_t now, struct arena *a,
             struct advance *ret);

/* Is `moves` a text that only holds allowed moves, and notes? For fsck. */
bool moves_allowed(struct str moves);

#endif
