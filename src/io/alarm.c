#include "io/alarm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/mem.h"

struct alarm {
    int fd;
    int64_t at;
    struct watch *watch;
    loop_call *call;
    void *arg;
};

static void arm(const struct alarm *a)
{
    struct itimerspec when = {0};
    int64_t at = a->at > 0 ? a->at : 1;

    if (a->at) {
        when.it_value.tv_sec = at / 1000000;
        when.it_value.tv_nsec = at % 1000000 * 1000;
    }
    timerfd_settime(a->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL);
}

static void readable(void *arg, int events)
{
    struct alarm *a = arg;
    uint64_t times;

    (void)events;
    if (read(a->fd, &times, sizeof times) < 0) {
        if (errno == ECANCELED) arm(a); /* the clock was set: the same time may be past by now */
        return;
    }
    a->at = 0;
    a->call(a->arg);
}

err_t alarm_new(struct loop *l, loop_call *call, void *arg, struct alarm **ret, struct err *e)
{
    struct alarm *a = mem_new(sizeof *a);

    a->call = call;
    a->arg = arg;
    a->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (a->fd < 0) {
        free(a);
        return fail(e, E_IO, "the system gives no timer: %s", strerror(errno));
    }
    if (watch_new(l, a->fd, WATCH_READ, readable, a, &a->watch, e) != OK) {
        close(a->fd);
        free(a);
        return e->code;
    }
    *ret = a;
    return OK;
}

void alarm_set(struct alarm *a, int64_t wall_us)
{
    a->at = wall_us;
    arm(a);
}

void alarm_free(struct alarm *a)
{
    if (!a) return;
    watch_free(a->watch);
    close(a->fd);
    free(a);
}
