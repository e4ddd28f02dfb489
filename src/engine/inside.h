/* inside.h - the engine seen from inside: engine/ only.
 *
 * engine.c   life, configuration, listeners      intake.c   events in
 * runs.c     live runs, one change at a time     unit.c     one commit and what follows it
 * rows.c     runs to rows and back               procs.c    processes of `run` steps
 * exec.c     what a process is given             recovery.c what was open when the server died
 * ticks.c    schedules                           keeping.c  what is old goes
 * retry.c    a run once more                     locks.c    whose turn it is
 * tick_list.c which schedule is due
 */
#ifndef ENGINE_INSIDE_H
#define ENGINE_INSIDE_H

#include "engine/engine.h"

struct generation { /* a configuration and who still needs it */
    struct config *config;
    int refs;
    bool listens[RUN_STATUSES]; /* does any trigger follow runs that ended so? */
};

struct version {          /* a workflow by its content, shared by the runs pinned to it */
    struct version *next; /* in its bucket */
    struct str hash;
    char *text; /* owns hash */
    const struct workflow *workflow;
    struct generation *generation; /* owns the workflow; NULL: `arena` does */
    struct arena *arena;
    bool stored; /* its row is on disk */
    int refs;
};

struct pending { /* something that happened to a run and is not worked in yet */
    struct pending *next;
    struct occurrence what;
    struct arena *arena; /* of its texts and values */
    struct str step;     /* RESOLVE, VOTE: the path, until the workflow is known */
    answered *done;      /* a command waits for the answer; NULL: nobody does */
    void *arg;
};

struct live_run {          /* a run in memory */
    struct live_run *next; /* in its bucket */
    struct id id;
    struct run *run;         /* NULL: to be loaded */
    struct version *version; /* of run */
    int depth;               /* of the event it came from */
    bool busy;               /* loading, or a commit is under way */
    int procs;               /* its processes that are queued, starting or running */
    struct pending *first, **last;
};

enum proc_stage { PROC_QUEUED, PROC_STARTING, PROC_RUNNING };

struct live_proc {          /* a process of a `run` step */
    struct live_proc *next; /* of all, and of those queued */
    struct live_proc *queue_next;
    struct engine *engine;
    struct arena *arena;
    struct id run;
    int step, attempt;
    enum proc_stage stage;
    enum priority priority; /* of its workflow */
    bool kill;              /* to be killed as soon as it can be */
    bool other_boot;        /* the machine was started anew since: what left no trace is lost */
    bool json;              /* its standard output is to be read as JSON */
    struct str failure;     /* why it could not be started */
    struct world_proc *handle;
    struct world_exec exec;
};

struct listener {
    struct listener *next;
    engine_heard *heard;
    void *ctx;
};

enum { RUN_BUCKETS = 4096, PROC_BUCKETS = 256, VERSION_BUCKETS = 1024, LOCK_BUCKETS = 1024 };

struct tick_list;
struct turning;

struct proc_queue {
    struct live_proc *first, **last;
};

struct engine {
    const struct world *world;
    struct engine_config config;
    struct generation *now;
    struct version *versions[VERSION_BUCKETS];
    struct live_run *runs[RUN_BUCKETS];
    struct live_proc *procs[PROC_BUCKETS];
    struct proc_queue queues[PRIORITIES];
    struct turning *turnings[LOCK_BUCKETS]; /* locks that are looked at */
    size_t turnings_n;
    struct arena *lock_scan; /* not NULL: locks from lock_after on are still to be looked at */
    struct str lock_after;
    struct listener *listeners;
    struct id_maker ids;
    struct engine_counts counts;
    bool ready, quiet;
    int64_t held; /* commits, reads and starts under way: what will call back */
    world_call *idle;
    void *idle_arg;
    struct world_timer *wake_timer;
    int64_t wake_at; /* what it is set to; 0: off */
    struct world_timer *tick_timer;
    struct tick_list *ticks;
    int64_t places_at; /* when where they stand is to be stored again, after a full disk; 0: not */
    bool ticking;      /* what was missed is made up for: from now on the timer lets slots off */
    struct world_timer *retry_timer; /* runs whose commit met a full disk */
    struct world_timer *keep_timer;
    void *recovery; /* while it goes on */
};

/* engine.c */
struct id engine_id(struct engine *e);
void engine_hold(struct engine *e);    /* something will call back … */
void engine_release(struct engine *e); /* … and has; the last one may end the engine */
void engine_read(struct engine *e, read_work *work, read_done *done, void *arg);
void engine_tell(struct engine *e, const struct changed *c);
void generation_release(struct engine *e, struct generation *g);
struct version *version_get(struct engine *e,
                            const struct workflow *w);           /* of the configuration now */
struct version *version_find(struct engine *e, struct str hash); /* NULL; takes no reference */
struct version *version_add(struct engine *e, struct str hash, const struct workflow *w,
                            struct arena *owner);
void version_release(struct engine *e, struct version *v);

/* runs.c */
struct live_run *live_find(struct engine *e, struct id id);
struct live_run *live_add(struct engine *e, struct id id);
struct pending *pending_new(enum occurrence_kind kind);
void pending_answer(struct pending *p, const struct err *e);      /* and frees it */
void run_feed(struct engine *e, struct id id, struct pending *p); /* takes p */
void run_work(struct engine *e, struct live_run *l);
void run_forget(struct engine *e, struct live_run *l); /* drops its state; it can be loaded again */

struct loading { /* what the store knows of a run, while it is read */
    struct engine *engine;
    struct id id;
    struct arena *arena;
    bool found;
    struct run_row run;
    struct event_row event;
    struct version_row version;
    struct step_row *steps;
    size_t steps_n;
};
void loading_read(struct reader *r, void *loading);
struct version *version_of(struct engine *e, const struct version_row *row); /* NULL: unreadable */
struct run *loading_run(const struct loading *l, const struct version *v);

void runs_wake_by(struct engine *e, int64_t wall_us);
void runs_woken(void *arg);
void runs_retry(void *arg);

/* unit.c: one commit and what follows it */
struct began { /* a run that begins with this commit */
    struct run *run;
    struct version *version;
    struct advance change;
    int depth;   /* of the event it came from */
    bool untold; /* it has ended, and the event that says so is for the next commit */
};

struct unit {
    struct engine *engine;
    struct batch *batch;
    struct arena *arena; /* the batch's */
    struct id live;      /* the run that goes on; empty: none */
    struct advance change;
    struct pending *pending;
    struct began *began;
    size_t began_n;
    struct said_event { /* what listeners are told of each event */
        struct id id;
        struct str room;
    } * events;
    size_t events_n;
    struct event event;            /* the first … */
    struct decision decision;      /* … what it decided … */
    size_t answer_n;               /* … and how many runs it began: they stand first */
    struct generation *generation; /* of the decision; NULL: none */
    struct str reply;
    const struct intake *intake; /* in `arena`; NULL: nobody waits for a receipt */
    struct say_row *says;
    size_t says_n;
    void (*done)(void *arg, enum commit how);
    void *arg;
};
struct unit *unit_new(struct engine *e);
void unit_goes_on(struct unit *u, struct live_run *l); /* after advance() filled u->change */
/* The event, and the runs that the decision begins; all but the first have no delivery. */
void unit_event(struct unit *u, const struct event *ev, const struct decision *d,
                struct str trigger, struct str raw);
struct began *unit_add(struct unit *u, struct version *v, struct run *run,
                       int depth); /* takes version and run */
struct str unit_run_url(struct unit *u, const struct id *run);
void unit_say(struct unit *u, struct id run, const char *kind, struct str room, struct str text);
void unit_commit(struct unit *u);

struct str happening_type(enum run_status s); /* "botops.run.failed" …; empty: it has not ended */

/* rows.c */
void row_of_run(const struct run *r, struct arena *a, struct run_row *ret);
void row_of_step(const struct run *r, const struct step_change *c, const char *boot,
                 struct arena *a, struct step_row *ret);
void row_of_event(const struct event *ev, struct str raw, struct arena *a, struct event_row *ret);
struct str json_text(struct arena *a, struct value v);
struct run *run_of_row(const struct workflow *w, const struct run_row *r,
                       const struct event_row *ev);
void step_of_row(struct run *run,
                 const struct step_row *r); /* later attempts replace earlier ones */
bool event_of_row(const struct event_row *r, struct arena *a, struct event *ret);

/* procs.c */
void proc_begin(struct engine *e, struct live_run *l, int step, int attempt);
void proc_stop(struct engine *e, const struct id *run, int step, int attempt);
void proc_adopt(struct engine *e, struct live_run *l, int step, bool forbid, struct str boot);
void procs_forget(struct engine *e);
void procs_next(struct engine *e); /* starts those that wait, as many as may run */

/* exec.c: false when it cannot be made: *ret_error is why */
bool exec_make(struct engine *e, const struct run *r, int step, int attempt, struct arena *a,
               struct world_exec *ret, struct str *ret_error);

/* locks.c */
void locks_begin(struct engine *e); /* after recovery: locks that somebody could have */
void lock_look(struct engine *e, struct str lock); /* somebody may have a turn now */
void locks_retry(struct engine *e);                /* after a full disk */
void locks_free(struct engine *e);

/* recovery.c, ticks.c, keeping.c */
void recovery_begin(struct engine *e, world_call *ready, void *arg);
void ticks_use(struct engine *e);   /* after a new configuration */
void ticks_begin(struct engine *e); /* after recovery: what was missed, then the timer */
void ticks_due(void *arg);
void ticks_free(struct engine *e);
void keeping_begin(struct engine *e);
void keeping_due(void *arg);

#endif
