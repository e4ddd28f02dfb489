/* lock.h - whose turn it is with a lock. Pure.
 *
 * A lock is a name that runs share. Runs that hold it have begun and have not
 * ended; those that wait are `queued`, in the order of their priority, then of
 * their arrival. Each asks with the limit and the way of its own workflow.
 */
#ifndef WORKFLOW_LOCK_H
#define WORKFLOW_LOCK_H

#include "base/mem.h"
#include "workflow/model.h"

extern const char *const on_conflict_names[], *const priority_names[]; /* end in NULL */

struct lock_asker { /* a run that waits */
    int limit;
    enum priority priority;
    enum on_conflict on_conflict;
};

struct lock_plan {
    bool begin;    /* the first of the queue has its turn … */
    bool give_way; /* … or it ends for the second, which would have it cancelled, … */
    bool cancel;   /* … or the holders are to be cancelled for it */
    bool refuse;   /* nobody begins: those that rather end than wait are to end */
};

/* What is to be done when `held` runs hold the lock and `queue` are the first that wait: two say it
   all. One thing at a time, so that the order is strict: once it is stored the lock is looked at
   again, until nothing is left to do. */
struct lock_plan lock_plan(size_t held, const struct lock_asker *queue, size_t n);

enum on_conflict lock_conflict(struct str name); /* a name of on_conflict_names */

/* "run 01J… (deploy) since 2026-01-02 14:02:05 UTC": who holds it, for people. */
struct str lock_holder(struct arena *a, struct str run, struct str workflow, int64_t since);

#endif
