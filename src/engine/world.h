/* world.h - everything outside the engine that it can reach: one struct.
 *
 * world_live.c is the real one; a simulation supplies its own, with seeded
 * time and faults at every function. All calls are made on the engine's
 * thread, and all call-backs come there; none comes before the call that
 * asked for it has returned. Times: wall is microseconds since 1970, and may
 * jump; mono only measures distance.
 */
#ifndef ENGINE_WORLD_H
#define ENGINE_WORLD_H

#include "io/proc.h"
#include "store/store.h"

typedef void world_call(void *arg);

struct world_timer;
struct world_proc;

struct world_exec { /* a process to start; every text must live until `started` was called */
    const char *run_folder;  /* made with its parents if it is not there: where the stem is */
    const char *work_folder; /* the same; the process starts in work_dir */
    const char *scripts;     /* a folder to link into the work folder as `scripts`; NULL: none */
    const char *script_file; /* NULL, or a file to be written before: */
    struct str script;
    struct proc_spec spec;
};

/* Started: handle is valid until forget(). Else handle is NULL and e says why: surely nothing ran
   then, but with E_OFFLINE, when it may run all the same and adopt() tells. */
typedef void world_started(void *arg, struct world_proc *p, const struct err *e);

struct world {
    void *ctx;

    int64_t (*wall)(void *ctx);
    int64_t (*mono)(void *ctx);
    void (*random)(void *ctx, void *out, size_t n);

    /* Timers by the wall clock: they also fire soon after it was set forward past them. */
    struct world_timer *(*timer_new)(void *ctx, world_call *call, void *arg);
    void (*timer_set)(void *ctx, struct world_timer *t, int64_t wall_us); /* 0: off */
    void (*timer_free)(void *ctx, struct world_timer *t);

    /* Processes. `ended` is called once when the holder of a started or adopted one is gone. */
    void (*exec)(void *ctx, const struct world_exec *x, world_started *started, world_call *ended,
                 void *arg);
    /* What became of the process of a stem; PROC_ALIVE gives a handle. With `forbid` it also
       makes sure that one that has not started never does: as proc_forbid(). */
    enum proc_state (*adopt)(void *ctx, const char *stem, bool forbid, world_call *ended, void *arg,
                             struct world_proc **ret, struct proc_status *ret_status);
    void (*kill)(void *ctx, struct world_proc *p);
    void (*forget)(void *ctx, struct world_proc *p); /* stop watching; the process goes on */
    const char *(*boot)(void *ctx);                  /* this boot of the machine */

    /* Files. */
    err_t (*file_read)(void *ctx, const char *path, struct buf *out, struct err *e);
    err_t (*stdout_read)(void *ctx, const char *stem, struct buf *out, struct err *e);
    void (*folder_remove)(void *ctx, const char *path, world_call *done, void *arg);
    const char *(*env)(void *ctx,
                       const char *name); /* the server's own environment; NULL: not set */

    /* The store; see store.h. */
    void (*commit)(void *ctx, struct batch *b, commit_done *done, void *arg);
    void (*read)(void *ctx, enum lane lane, read_work *work, read_done *done, void *arg);
    void (*forget_old)(void *ctx, struct forget *f, void (*done)(void *arg, enum commit how),
                       void *arg);

    /* The disk has failed or our own state is wrong: say so and end the process. Does not return.
     */
    void (*broken)(void *ctx, const char *why);
};

#endif
