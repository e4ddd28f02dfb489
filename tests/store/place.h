/* place.h - a store in a folder of its own, with a clock that the test owns. */
#ifndef TESTS_STORE_PLACE_H
#define TESTS_STORE_PLACE_H

#include <limits.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

#define DAY_US (86400 * INT64_C(1000000))

struct place {
    struct store *store;
    struct arena *arena; /* rows read */
    struct id_maker ids;
    sem_t told;
    int64_t now;
    bool threads;
    char folder[64], path[128];
};

static int64_t place_wall(void *ctx)
{
    return __atomic_load_n(&((struct place *)ctx)->now, __ATOMIC_RELAXED);
}

static void place_notify(void *ctx)
{
    sem_post(&((struct place *)ctx)->told);
}

static inline struct store_config place_config(struct place *p)
{
    return (struct store_config){.path = p->path,
                                 .threads = p->threads,
                                 .dedup_days = 2,
                                 .wall = place_wall,
                                 .notify = place_notify,
                                 .ctx = p};
}

static inline void place_open(struct place *p)
{
    struct store_config c = place_config(p);
    struct err e = {.text = ""};

    PASS(store_open(&c, &p->store, &e));
}

static inline void place_close(struct place *p)
{
    store_close(p->store);
    p->store = NULL;
}

/* A folder without a store in it. */
static inline void place_make(struct place *p)
{
    *p = (struct place){.now = 20000 * DAY_US, .threads = true, .arena = arena_new()};
    snprintf(p->folder, sizeof p->folder, "/tmp/store-test-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->path, sizeof p->path, "%s/b.db", p->folder);
    sem_init(&p->told, 0, 0);
}

static inline void place_init(struct place *p)
{
    place_make(p);
    place_open(p);
}

static inline void place_done(struct place *p)
{
    static const char *const tails[] = {"",        "-wal",    "-shm",         ".v0.bak", ".v1.bak",
                                        ".v2.bak", ".v3.bak", ".v3.bak.part", ".copy",   ".other"};
    char name[PATH_MAX];

    place_close(p);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        snprintf(name, sizeof name, "%s%s", p->path, tails[i]);
        unlink(name);
    }
    rmdir(p->folder);
    sem_destroy(&p->told);
    arena_free(p->arena);
}

static inline struct id place_id(struct place *p)
{
    static uint8_t salt;
    uint8_t random[ID_RANDOM] = {++salt};

    return id_next(&p->ids, p->now, random);
}

static inline void place_wait(struct place *p)
{
    while (sem_wait(&p->told) != 0) {
    }
    store_drain(p->store);
}

/* --- committing and waiting for it --- */

struct outcome {
    int left;
    enum commit how;
    struct id seen;
};

static void outcome_batch(void *arg, struct batch *b, enum commit how)
{
    struct outcome *o = arg;

    o->how = how;
    o->seen = batch_seen(b);
    o->left--;
}

static inline struct outcome place_put(struct place *p, struct batch *b)
{
    struct outcome o = {.left = 1};

    store_commit(p->store, b, outcome_batch, &o);
    while (o.left) place_wait(p);
    return o;
}

static void outcome_forget(void *arg, enum commit how)
{
    struct outcome *o = arg;

    o->how = how;
    o->left--;
}

static inline enum commit place_forget(struct place *p, struct forget *f)
{
    struct outcome o = {.left = 1};

    store_forget(p->store, f, outcome_forget, &o);
    while (o.left) place_wait(p);
    return o.how;
}

/* --- reading and waiting for it --- */

static void outcome_read(void *arg)
{
    *(bool *)arg = true;
}

struct errand {
    bool done; /* first: outcome_read() sets it */
    read_work *work;
    void *arg;
};

static void errand_work(struct reader *r, void *arg)
{
    struct errand *e = arg;

    e->work(r, e->arg);
}

static inline void place_read_in(struct place *p, enum lane lane, read_work *work, void *arg)
{
    struct errand e = {.work = work, .arg = arg};

    store_read(p->store, lane, errand_work, outcome_read, &e);
    while (!e.done) place_wait(p);
}

static inline void place_read(struct place *p, read_work *work, void *arg)
{
    place_read_in(p, LANE_ENGINE, work, arg);
}

/* --- rows --- */

static inline struct event_row sample_event(struct place *p, const char *delivery)
{
    return (struct event_row){.id = place_id(p),
                              .at = p->now,
                              .time = p->now - 5,
                              .type = STR("github.push"),
                              .source = STR("https://github.com/acme"),
                              .subject = STR("main"),
                              .connection = STR("github"),
                              .delivery = str_of(delivery),
                              .user = STR("ann"),
                              .room = STR("console/ops"),
                              .depth = 2,
                              .data = STR("{\"a\":1}"),
                              .decision = STR("{\"runs\":[]}")};
}

static inline struct run_row sample_run(struct place *p, struct id event)
{
    return (struct run_row){.id = place_id(p),
                            .event = event,
                            .workflow = STR("deploy"),
                            .version = STR(""),
                            .trigger = STR("event"),
                            .user = STR("ann"),
                            .room = STR("console/ops"),
                            .inputs = STR("{}"),
                            .attempt = 1,
                            .created_at = p->now,
                            .seq = 1,
                            .status = STR("running"),
                            .phase = STR("steps")};
}

static inline struct step_row sample_step(struct id run, const char *path, int attempt)
{
    return (struct step_row){.run = run,
                             .path = str_of(path),
                             .attempt = attempt,
                             .kind = STR("run"),
                             .status = STR("running"),
                             .exit_code = -1,
                             .started_at = 7,
                             .boot = STR("boot")};
}

static inline struct say_row sample_say(struct place *p, struct id run, const char *room)
{
    return (struct say_row){.id = place_id(p),
                            .run = run,
                            .room = str_of(room),
                            .kind = STR("say"),
                            .text = STR("*hello*"),
                            .created_at = p->now};
}

static inline enum commit put_event(struct place *p, const struct event_row *r)
{
    struct batch *b = batch_new();

    batch_event(b, r);
    return place_put(p, b).how;
}

static inline enum commit put_run_new(struct place *p, const struct run_row *r)
{
    struct batch *b = batch_new();

    batch_run_new(b, r);
    return place_put(p, b).how;
}

static inline enum commit put_run(struct place *p, const struct run_row *r)
{
    struct batch *b = batch_new();

    batch_run(b, r);
    return place_put(p, b).how;
}

#endif
