/* tick_list.h - the schedules of a configuration: by name, and by which is due first.
 *
 * A list and all of its ticks lie in one arena: a hundred thousand of them
 * are made anew at each reload. While it is filled a list is only a list; once
 * sealed it finds a tick by its name, and the one due first, without looking
 * at the others. Engine thread only.
 */
#ifndef ENGINE_TICK_LIST_H
#define ENGINE_TICK_LIST_H

#include "workflow/model.h"

struct flight;

struct tick {
    struct tick *next; /* in its list, the latest added first */
    struct tick *same; /* in its bucket */
    struct tick *then; /* ticks_due(): of those that are due now */
    size_t at;         /* its place in the heap, from 1; 0: it is not there */
    size_t number;     /* in the order in which they were added */
    struct workflow *workflow;
    const struct trigger *trigger;
    struct str schedule; /* expression and zone */
    struct str name;     /* in the store and in delivery ids; no two of a workflow are the same */
    int64_t last_at;     /* slots up to here fired, were passed over, or are in flight */
    int64_t stored_at;   /* what the store has of that; 0: nothing */
    const void *storing; /* a commit of nothing but places is under way: its unit … */
    int64_t storing_at;  /* … and what it says */
    int64_t slot, due;   /* the next slot; when it is let off: later by its jitter. 0: never */
    struct flight *flights; /* the latest first */
};

struct tick_list {
    struct arena *arena;
    struct tick *first;
    size_t n;
    struct tick **buckets; /* by name; NULL: not sealed */
    size_t buckets_n;
    struct tick **heap; /* those that are due some time, from 1: each before 2i and 2i + 1 */
    size_t heap_n;
};

struct tick_list *tick_list_new(void);
void tick_list_free(struct tick_list *l); /* NULL is fine */

struct tick *tick_list_add(struct tick_list *l); /* zeroed; to be filled in before the seal */
void tick_list_seal(struct tick_list *l);

/* Of a sealed list. */
struct tick *tick_list_find(const struct tick_list *l, struct str workflow, struct str name);
struct tick *tick_list_due(const struct tick_list *l);                /* first; NULL: none ever */
void tick_list_set(struct tick_list *l, struct tick *t, int64_t due); /* t->due; 0: never */

#endif
