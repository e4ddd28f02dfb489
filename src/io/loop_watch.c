#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/loop_inside.h"

struct watch {
    uv_poll_t uv;
    int events;
    watch_call *call;
    void *arg;
};

struct signal_watch {
    uv_signal_t uv;
    loop_call *call;
    void *arg;
};

struct folder_watch {
    uv_fs_event_t uv;
    struct timer *settled;
    int settle_ms;
};

struct work {
    uv_work_t uv;
    struct loop *loop;
    loop_call *work, *done;
    void *arg;
};

static void on_watch(uv_poll_t *h, int status, int got);

static void watch_start(struct watch *w)
{
    int events = (w->events & WATCH_READ ? UV_READABLE : 0) |
                 (w->events & WATCH_WRITE ? UV_WRITABLE : 0) |
                 (w->events & WATCH_HUP ? UV_DISCONNECT : 0);

    if (events)
        loop_must(uv_poll_start(&w->uv, events, on_watch), "uv_poll_start");
    else
        loop_must(uv_poll_stop(&w->uv), "uv_poll_stop");
}

static void on_watch(uv_poll_t *h, int status, int got)
{
    struct watch *w = (struct watch *)h;
    int events = (got & UV_READABLE ? WATCH_READ : 0) | (got & UV_WRITABLE ? WATCH_WRITE : 0) |
                 (got & UV_DISCONNECT ? WATCH_HUP : 0);

    if (status < 0) { /* libuv stops on an error of the descriptor; reading it tells which */
        watch_start(w);
        events = w->events;
    }
    w->call(w->arg, events);
}

/* NOLINTNEXTLINE(readability-function-size): seven parameters, as in its header */
err_t watch_new(struct loop *l, int fd, int events, watch_call *call, void *arg, struct watch **ret,
                struct err *e)
{
    struct watch *w = mem_new(sizeof *w);
    int rc = uv_poll_init(&l->uv, &w->uv, fd);

    if (rc) {
        free(w);
        return fail(e, E_IO, "cannot wait for descriptor %d: %s", fd, uv_strerror(rc));
    }
    w->events = events;
    w->call = call;
    w->arg = arg;
    watch_start(w);
    *ret = w;
    return OK;
}

void watch_set(struct watch *w, int events)
{
    if (w->events == events) return;
    w->events = events;
    watch_start(w);
}

void watch_free(struct watch *w)
{
    if (!w) return;
    uv_poll_stop(&w->uv); /* at once, for the owner closes the descriptor next */
    handle_free((uv_handle_t *)&w->uv);
}

static void on_signal(uv_signal_t *h, int signum)
{
    struct signal_watch *s = (struct signal_watch *)h;

    (void)signum;
    s->call(s->arg);
}

struct signal_watch *signal_watch_new(struct loop *l, int signum, loop_call *call, void *arg)
{
    struct signal_watch *s = mem_new(sizeof *s);

    s->call = call;
    s->arg = arg;
    loop_must(uv_signal_init(&l->uv, &s->uv), "uv_signal_init");
    loop_must(uv_signal_start(&s->uv, on_signal, signum), "uv_signal_start");
    return s;
}

void signal_watch_free(struct signal_watch *s)
{
    if (s) handle_free((uv_handle_t *)&s->uv);
}

static void on_folder(uv_fs_event_t *h, const char *name, int events, int status)
{
    struct folder_watch *f = (struct folder_watch *)h;

    (void)name, (void)events, (void)status; /* a lost event is a change too */
    timer_set(f->settled, clock_mono() + f->settle_ms * MS_US);
}

/* NOLINTNEXTLINE(readability-function-size): the same */
err_t folder_watch_new(struct loop *l, const char *path, int settle_ms, loop_call *call, void *arg,
                       struct folder_watch **ret, struct err *e)
{
    struct folder_watch *f = mem_new(sizeof *f);
    int rc;

    loop_must(uv_fs_event_init(&l->uv, &f->uv), "uv_fs_event_init");
    f->settle_ms = settle_ms;
    f->settled = timer_new(l, call, arg);
    rc = uv_fs_event_start(&f->uv, on_folder, path, 0);
    if (rc) {
        folder_watch_free(f);
        return fail(e, rc == UV_ENOENT ? E_NOT_FOUND : E_IO,
                    rc == UV_ENOSPC
                        ? "cannot watch %s: %s; raise fs.inotify.max_user_watches with sysctl"
                        : "cannot watch %s: %s",
                    path, rc == UV_ENOSPC ? "the limit of watches is reached" : uv_strerror(rc));
    }
    *ret = f;
    return OK;
}

void folder_watch_free(struct folder_watch *f)
{
    if (!f) return;
    timer_free(f->settled);
    handle_free((uv_handle_t *)&f->uv);
}

static void on_work(uv_work_t *h)
{
    struct work *w = (struct work *)h;

    w->work(w->arg);
}

static void on_worked(uv_work_t *h, int status)
{
    struct work *w = (struct work *)h;

    (void)status; /* nobody cancels */
    w->loop->working--;
    w->done(w->arg);
    free(w);
}

void loop_work(struct loop *l, loop_call *work, loop_call *done, void *arg)
{
    struct work *w = mem_new(sizeof *w);

    l->working++;
    w->loop = l;
    w->work = work;
    w->done = done;
    w->arg = arg;
    loop_must(uv_queue_work(&l->uv, &w->uv, on_work, on_worked), "uv_queue_work");
}
