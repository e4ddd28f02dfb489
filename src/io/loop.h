/* loop.h - the loop thread's event loop: timers, wake-ups, descriptors, signals, a worker pool.
 *
 * A thin face over libuv, so that no other room knows it. Everything here is
 * called on the loop thread, except wake_send(). Callbacks run on the loop
 * thread and may free the very object that called them.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct loop;
typedef void loop_call(void *arg);

err_t loop_new(struct loop **ret, struct err *e) MUST_CHECK;
void loop_free(struct loop *l); /* every object made from it must be freed: else aborts */
void loop_run(struct loop *l);  /* returns after loop_stop(), or when nothing is left to wait for */
void loop_stop(struct loop *l);

/* A timer on the monotonic clock of clock_mono(); at most one due time at once. */
struct timer;
struct timer *timer_new(struct loop *l, loop_call *call, void *arg);
void timer_set(struct timer *t, int64_t mono_us); /* in the past: as soon as possible */
void timer_stop(struct timer *t);
void timer_free(struct timer *t);

/* A wake-up that any thread may send; several sends may make one call. */
struct wake;
struct wake *wake_new(struct loop *l, loop_call *call, void *arg);
void wake_send(struct wake *w);
void wake_free(struct wake *w);

/* Calls back while the descriptor is readable (or writable, or its peer will send no more). Does
   not own the descriptor; free the watch before closing it. An error shows as all that is watched.
 */
enum { WATCH_READ = 1, WATCH_WRITE = 2, WATCH_HUP = 4 };
struct watch;
typedef void watch_call(void *arg, int events);
err_t watch_new(struct loop *l, int fd, int events, watch_call *call, void *arg, struct watch **ret,
                struct err *e) MUST_CHECK;
void watch_set(struct watch *w, int events); /* 0 pauses */
void watch_free(struct watch *w);

/* Calls back on a signal. */
struct signal_watch;
struct signal_watch *signal_watch_new(struct loop *l, int signum, loop_call *call, void *arg);
void signal_watch_free(struct signal_watch *s);

/* Calls back once the files of a folder (not its subfolders) have changed; bursts are one call
   after `settle_ms` of quiet. */
struct folder_watch;
err_t folder_watch_new(struct loop *l, const char *path, int settle_ms, loop_call *call, void *arg,
                       struct folder_watch **ret, struct err *e) MUST_CHECK;
void folder_watch_free(struct folder_watch *f);

/* Runs `work` on the pool, then `done` on the loop thread. */
void loop_work(struct loop *l, loop_call *work, loop_call *done, void *arg);

#endif
