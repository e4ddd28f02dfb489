/* fill.c - makes a store with many open runs: copies the newest waiting run of DATABASE, with its
 * event, steps and history, COUNT times. No server may have the store open.
 *
 *     fill DATABASE COUNT
 */
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/crypto.h"
#include "kit.h"
#include "store/store.h"

enum { IN_FLIGHT = 500, STEPS_MAX = 16 };

struct fill {
    struct store *store;
    struct arena *arena;
    struct id_maker ids;
    int wake;
    int64_t flying, count;
    bool found;
    struct run_row run;
    struct event_row event;
    struct step_row steps[STEPS_MAX];
    struct history_row history[STEPS_MAX];
    size_t steps_n, history_n;
};

static int64_t wall(void *ctx)
{
    (void)ctx;
    return clock_wall();
}

static void notify(void *ctx)
{
    const struct fill *f = ctx;
    uint64_t one = 1;

    if (write(f->wake, &one, sizeof one) < 0) die("eventfd");
}

static void wait_some(struct fill *f)
{
    uint64_t n;

    if (read(f->wake, &n, sizeof n) < 0) die("eventfd");
    store_drain(f->store);
}

static struct str keep(struct fill *f, struct str s)
{
    return str_n(arena_dup(f->arena, s.p, s.n), s.n);
}

static bool keep_run(void *arg, const struct run_row *r)
{
    struct fill *f = arg;

    f->run.id = r->id;
    f->found = true;
    return false;
}

static bool keep_step(void *arg, const struct step_row *r)
{
    struct fill *f = arg;
    struct step_row *s = &f->steps[f->steps_n++];

    *s = *r;
    s->path = keep(f, r->path);
    s->kind = keep(f, r->kind);
    s->status = keep(f, r->status);
    s->outputs = keep(f, r->outputs);
    s->error = keep(f, r->error);
    s->boot = keep(f, r->boot);
    return f->steps_n < STEPS_MAX;
}

static bool keep_history(void *arg, const struct history_row *r)
{
    struct fill *f = arg;
    struct history_row *h = &f->history[f->history_n++];

    *h = *r;
    h->moves = keep(f, r->moves);
    return f->history_n < STEPS_MAX;
}

static void find_run(struct reader *r, void *arg)
{
    struct fill *f = arg;
    const struct run_filter filter = {.status = STR("waiting"), .limit = 1};

    reader_runs(r, &filter, keep_run, f);
    if (!f->found) return;
    f->found = reader_run(r, f->run.id, f->arena, &f->run) &&
               reader_event(r, f->run.event, f->arena, &f->event);
    reader_steps(r, f->run.id, keep_step, f);
    reader_history(r, f->run.id, keep_history, f);
}

static void found(void *arg)
{
    ((struct fill *)arg)->flying--;
}

static void copied(void *arg, struct batch *b, enum commit how)
{
    (void)b;
    if (how != COMMIT_OK) die("the store does not take it");
    ((struct fill *)arg)->flying--;
}

static struct id new_id(struct fill *f)
{
    uint8_t random[ID_RANDOM];

    random_bytes(random, sizeof random);
    return id_next(&f->ids, clock_wall(), random);
}

static void copy_one(struct fill *f)
{
    struct batch *b = batch_new();
    struct event_row event = f->event;
    struct run_row run = f->run;

    event.id = run.event = new_id(f);
    event.delivery = STR("");
    run.id = new_id(f);
    batch_event(b, &event);
    batch_run_new(b, &run);
    for (size_t i = 0; i < f->steps_n; i++) {
        struct step_row step = f->steps[i];

        step.run = run.id;
        batch_step(b, &step);
    }
    for (size_t i = 0; i < f->history_n; i++) {
        struct history_row history = f->history[i];

        history.run = run.id;
        batch_history(b, &history);
    }
    f->flying++;
    store_commit(f->store, b, copied, f);
}

int main(int argc, char **argv)
{
    struct fill f = {.arena = arena_new()};
    struct store_config c = {
        .threads = true, .dedup_days = 7, .wall = wall, .notify = notify, .ctx = &f};
    struct err e;

    if (argc < 3) die("usage: fill DATABASE COUNT");
    c.path = argv[1];
    f.wake = eventfd(0, EFD_CLOEXEC);
    if (store_open(&c, &f.store, &e) != OK) die(e.text);
    f.flying = 1;
    store_read(f.store, LANE_PEOPLE, find_run, found, &f);
    while (f.flying) wait_some(&f);
    if (!f.found) die("there is no waiting run to copy");
    for (int64_t i = 0; i < number(argv[2]); i++) {
        copy_one(&f);
        while (f.flying == IN_FLIGHT) wait_some(&f);
    }
    while (f.flying) wait_some(&f);
    store_close(f.store);
    arena_free(f.arena);
    return 0;
}
