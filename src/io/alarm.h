/* alarm.h - timers by the wall clock.
 *
 * An alarm goes off at a time of day, also when the clock is set forward past
 * it (timerfd with TFD_TIMER_CANCEL_ON_SET); an idle alarm wakes nobody.
 */
#ifndef IO_ALARM_H
#define IO_ALARM_H

#include <stdint.h>

#include "io/loop.h"

struct alarm;

err_t alarm_new(struct loop *l, loop_call *call, void *arg, struct alarm **ret,
                struct err *e) MUST_CHECK;
void alarm_set(struct alarm *a, int64_t wall_us); /* in the past: as soon as possible; 0: off */
void alarm_free(struct alarm *a);

#endif
