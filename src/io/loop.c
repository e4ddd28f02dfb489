#include "io/loop.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "io/loop_inside.h"

struct timer {
    uv_timer_t uv;
    struct later now; /* a due time in the past */
    loop_call *call;
    void *arg;
};

struct wake {
    uv_async_t uv;
    atomic_bool sent; /* also what orders the sender's writes before the call's reads */
    loop_call *call;
    void *arg;
};

static void closed(uv_handle_t *h)
{
    free(h);
}

void handle_free(uv_handle_t *h)
{
    uv_close(h, closed);
}

void loop_must(int rc, const char *what)
{
    if (rc == 0) return;
    fprintf(stderr, "botops: %s: %s\n", what, uv_strerror(rc));
    abort();
}

/* Runs what waits now; what that adds waits for the next run, so descriptors get their turn. */
static void run_later(struct loop *l)
{
    struct later mine = l->first;

    if (mine.next == &l->first) { /* all that was set was stopped again */
        uv_idle_stop(&l->soon);
        return;
    }
    mine.next->prev = mine.prev->next = &mine;
    l->first.prev = l->first.next = &l->first;
    while (mine.next != &mine) {
        struct later *x = mine.next;

        later_stop(x);
        x->call(x->arg);
    }
    if (l->first.next == &l->first) uv_idle_stop(&l->soon);
}

static void on_idle(uv_idle_t *h)
{
    run_later(h->data);
}

static void on_check(uv_check_t *h)
{
    run_later(h->data);
}

void later_init(struct later *x, struct loop *l, loop_call *call, void *arg)
{
    *x = (struct later){.loop = l, .call = call, .arg = arg};
}

void later_set(struct later *x)
{
    struct later *first = &x->loop->first;

    if (x->next) return;
    if (first->next == first) uv_idle_start(&x->loop->soon, on_idle);
    x->prev = first->prev;
    x->next = first;
    x->prev->next = x;
    first->prev = x;
}

void later_stop(struct later *x)
{
    if (!x->next) return;
    x->prev->next = x->next;
    x->next->prev = x->prev;
    x->prev = x->next = NULL;
}

err_t loop_new(struct loop **ret, struct err *e)
{
    struct loop *l = mem_new(sizeof *l);
    int rc = uv_loop_init(&l->uv);

    if (rc) {
        free(l);
        return fail(e, E_IO,
                    "cannot make the event loop: %s; raise the limit of open files "
                    "(ulimit -n)",
                    uv_strerror(rc));
    }
    l->first.prev = l->first.next = &l->first;
    loop_must(uv_idle_init(&l->uv, &l->soon), "uv_idle_init");
    loop_must(uv_check_init(&l->uv, &l->turn), "uv_check_init");
    l->soon.data = l->turn.data = l;
    loop_must(uv_check_start(&l->turn, on_check), "uv_check_start");
    uv_unref((uv_handle_t *)&l->turn); /* it alone is nothing to wait for */
    *ret = l;
    return OK;
}

void loop_free(struct loop *l)
{
    if (!l) return;
    while (l->working) uv_run(&l->uv, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&l->soon, NULL);
    uv_close((uv_handle_t *)&l->turn, NULL);
    uv_run(&l->uv, UV_RUN_NOWAIT); /* the closing calls of what was freed before */
    loop_must(uv_loop_close(&l->uv), "freed an event loop that is still in use");
    free(l);
}

void loop_run(struct loop *l)
{
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
    uv_stop(&l->uv);
}

static void on_timer(uv_timer_t *h)
{
    struct timer *t = (struct timer *)h;

    t->call(t->arg);
}

struct timer *timer_new(struct loop *l, loop_call *call, void *arg)
{
    struct timer *t = mem_new(sizeof *t);

    loop_must(uv_timer_init(&l->uv, &t->uv), "uv_timer_init");
    later_init(&t->now, l, call, arg);
    t->call = call;
    t->arg = arg;
    return t;
}

/* libuv counts whole milliseconds of the same clock; rounding up keeps a timer from being early.
   A past time goes by `later`: libuv would run a timer that sets itself again before any I/O. */
void timer_set(struct timer *t, int64_t mono_us)
{
    uint64_t now = uv_now(t->uv.loop), due;

    timer_stop(t);
    due = mono_us <= 0 ? 0 : (uint64_t)mono_us / 1000 + (mono_us % 1000 != 0);
    if (due <= now)
        later_set(&t->now);
    else
        loop_must(uv_timer_start(&t->uv, on_timer, due - now, 0), "uv_timer_start");
}

void timer_stop(struct timer *t)
{
    later_stop(&t->now);
    uv_timer_stop(&t->uv);
}

void timer_free(struct timer *t)
{
    if (!t) return;
    timer_stop(t);
    handle_free((uv_handle_t *)&t->uv);
}

static void on_wake(uv_async_t *h)
{
    struct wake *w = (struct wake *)h;

    if (atomic_exchange(&w->sent, false)) w->call(w->arg);
}

struct wake *wake_new(struct loop *l, loop_call *call, void *arg)
{
    struct wake *w = mem_new(sizeof *w);

    loop_must(uv_async_init(&l->uv, &w->uv, on_wake), "uv_async_init");
    w->call = call;
    w->arg = arg;
    return w;
}

void wake_send(struct wake *w)
{
    if (!atomic_exchange(&w->sent, true)) uv_async_send(&w->uv);
}

void wake_free(struct wake *w)
{
    if (w) handle_free((uv_handle_t *)&w->uv);
}
