/* loop_inside.h - what the files of io/ share of the loop; no other room includes it.
 *
 * A `later` is work that many calls of one turn share: however often it is
 * set, the call is made once, before the loop next waits. Loop thread only.
 */
#ifndef IO_LOOP_INSIDE_H
#define IO_LOOP_INSIDE_H

#include <uv.h>

#include "io/loop.h"

struct later {
    struct later *prev, *next; /* NULL: not set */
    struct loop *loop;
    loop_call *call;
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_idle_t soon; /* active while a `later` is set: the loop then polls without waiting */
    uv_check_t turn;
    struct later first; /* the ring of what is set */
    int working;        /* calls of loop_work() not done yet */
};

void later_init(struct later *x, struct loop *l, loop_call *call, void *arg);
void later_set(struct later *x);
void later_stop(struct later *x); /* harmless when it is not set */

/* libuv's own calls fail only by our bug, or at start for want of memory: ends the process. */
void loop_must(int rc, const char *what);

/* Closes a handle that is the first member of a heap object, and frees the object. */
void handle_free(uv_handle_t *h);

#endif
