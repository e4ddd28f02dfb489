/* The process dies at any instant; what was reported is there, and batches are whole. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "store/place.h"

enum { ROUNDS = 40, ACKS = 250, FLYING = 48 };

struct writing {
    struct place *place;
    int pipe, flying;
};

struct flight {
    struct writing *writing;
    struct id run;
};

static void on_flight(void *arg, struct batch *b, enum commit how)
{
    struct flight *f = arg;

    (void)b;
    f->writing->flying--;
    if (how != COMMIT_OK) _exit(3);
    if (write(f->writing->pipe, f->run.s, ID_LEN) != ID_LEN) _exit(4);
    free(f);
}

/* An event, a run, its steps and history: all or nothing. */
static void send_batch(struct writing *w, unsigned long salt)
{
    struct place *p = w->place;
    struct batch *b = batch_new();
    struct flight *f = mem_new(sizeof *f);
    struct event_row e = sample_event(p, "");
    struct run_row run = sample_run(p, e.id);
    int steps = (int)(salt % 4);

    e.delivery = str_of(arena_fmt(batch_arena(b), "%s-%lx", e.id.s, salt));
    e.data = str_n(arena_get(batch_arena(b), 3000), salt % 3000);
    run.seq = 1 + steps;
    batch_event(b, &e);
    batch_run_new(b, &run);
    for (int i = 0; i <= steps; i++) {
        struct step_row step = sample_step(run.id, i % 2 ? "a" : "b", i + 1);

        batch_step(b, &step);
        batch_history(b, &(struct history_row){.run = run.id, .seq = i + 1, .moves = STR("x")});
    }
    *f = (struct flight){w, run.id};
    w->flying++;
    store_commit(p->store, b, on_flight, f);
}

/* Never returns: writes until it is killed. */
static void child_main(struct place *p, int pipe)
{
    struct writing w = {.place = p, .pipe = pipe};
    unsigned long salt = (unsigned long)getpid();

    place_open(p);
    for (;;) {
        __atomic_fetch_add(&p->now, 1000, __ATOMIC_RELAXED);
        salt = salt * 6364136223846793005ul + 1442695040888963407ul;
        send_batch(&w, salt >> 33);
        while (w.flying >= FLYING) place_wait(p);
    }
}

struct acked {
    struct place *place;
    char (*ids)[ID_LEN];
    size_t n, missing;
    struct report report;
};

static void read_acked(struct reader *r, void *arg)
{
    struct acked *a = arg;
    struct run_row run;
    struct err e;

    for (size_t i = 0; i < a->n; i++) {
        struct id id = {{0}};

        memcpy(id.s, a->ids[i], ID_LEN);
        if (!reader_run(r, id, a->place->arena, &run)) a->missing++;
    }
    reader_check(r, NULL, &a->report);
    EQ(reader_fault(r, &e), OK);
}

static void verify(struct place *p, char (*ids)[ID_LEN], size_t n)
{
    struct acked a = {.place = p, .ids = ids, .n = n, .report = {.arena = p->arena}};

    place_open(p);
    place_read(p, read_acked, &a);
    EQ(a.missing, 0);
    EQ(a.report.n, 0);
    place_close(p);
}

TEST(what_was_reported_survives_a_kill_and_batches_are_whole)
{
    static char ids[ROUNDS * (ACKS * 2 + 4096)][ID_LEN];
    struct place p;
    size_t n = 0;
    unsigned seed = 1;

    place_make(&p);
    for (int round = 0; round < ROUNDS; round++) {
        int ends[2], status;
        pid_t child;
        size_t until;

        seed = seed * 1103515245 + 12345;
        until = n + seed / 65536 % (2 * ACKS);
        EQ(pipe2(ends, O_CLOEXEC), 0);
        child = fork();
        if (child == 0) child_main(&p, ends[1]);
        close(ends[1]);
        while (n < until && read(ends[0], ids[n], ID_LEN) == ID_LEN) n++;
        EQ(kill(child, SIGKILL), 0);
        while (n < COUNT_OF(ids) && read(ends[0], ids[n], ID_LEN) == ID_LEN) n++;
        close(ends[0]);
        EQ(waitpid(child, &status, 0), child);
        TRUE(WIFSIGNALED(status));
        p.now += INT64_C(1000000) * 1000;
        if (round % 4 == 3) verify(&p, ids, n);
    }
    verify(&p, ids, n);
    TRUE(n > ROUNDS * ACKS / 2);
    place_done(&p);
}

#ifdef CRASH_POINTS

/* Runs a child until it has passed the point for the n-th time; returns how many ids were acked. */
static size_t crash(struct place *p, const char *point, int n, char (*ids)[ID_LEN], size_t most)
{
    int ends[2], status;
    size_t got = 0;
    pid_t child;

    EQ(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        char where[64];

        snprintf(where, sizeof where, "%s:%d", point, n);
        setenv("CRASH_AT", where, 1);
        child_main(p, ends[1]);
    }
    close(ends[1]);
    while (got < most && read(ends[0], ids[got], ID_LEN) == ID_LEN) got++;
    close(ends[0]);
    EQ(waitpid(child, &status, 0), child);
    EQ(WEXITSTATUS(status), 137);
    p->now += INT64_C(1000000) * 1000;
    return got;
}

TEST(the_store_is_whole_after_a_crash_at_every_point)
{
    static const struct {
        const char *name;
        int times, last; /* the n-th passing is last from here on */
    } points[] = {{"commit_pre", 20, 20}, {"commit_mid", 20, 20}, {"commit_post", 20, 20},
                  {"migrate_mid", 1, 1},  {"checkpoint", 3, 3},   {"seal_mid", 2, 1}};
    static char ids[1 << 17][ID_LEN];
    struct place p;

    for (size_t i = 0; i < COUNT_OF(points); i++) {
        size_t n = 0;

        place_make(&p);
        for (int at = 1; at <= points[i].times; at++) {
            n += crash(&p, points[i].name, at < points[i].last ? at : points[i].last, ids + n,
                       COUNT_OF(ids) - n);
            if (points[i].times > 1) verify(&p, ids, n);
        }
        place_open(&p);
        place_done(&p);
    }
}

/* --- forgetting --- */

static void put_ended(struct place *p)
{
    struct batch *b = batch_new();
    struct event_row e = sample_event(p, "");
    struct run_row run = sample_run(p, e.id);
    struct step_row step = sample_step(run.id, "a", 1);

    run.ended_at = step.ended_at = p->now;
    batch_event(b, &e);
    batch_run_new(b, &run);
    batch_step(b, &step);
    batch_history(b, &(struct history_row){.run = run.id, .seq = 1, .moves = STR("x")});
    EQ(place_put(p, b).how, COMMIT_OK);
}

static void forget_all(struct place *p)
{
    struct forget f = {.limit = 1 << 20, .arena = p->arena, .before = p->now};

    place_open(p);
    (void)place_forget(p, &f);
    _exit(0);
}

struct rest {
    struct report report;
    struct store_counts counts;
};

static void read_rest(struct reader *r, void *arg)
{
    struct rest *rest = arg;

    reader_check(r, NULL, &rest->report);
    reader_counts(r, &rest->counts);
}

TEST(runs_are_forgotten_whole_when_forgetting_crashes)
{
    enum { RUNS = 400 };
    struct place p;
    int64_t left = 2 * (int64_t)RUNS; /* runs and their events */
    int crashes = 0;

    place_init(&p);
    for (int i = 0; i < RUNS; i++) put_ended(&p);
    place_close(&p);
    p.now += DAY_US;
    for (int round = 0; round < 50 && left > 0; round++) {
        struct rest rest = {.report = {.arena = p.arena}};
        pid_t child = fork();
        int64_t now_left;
        int status;

        if (child == 0) {
            setenv("CRASH_AT", round % 2 ? "forget_mid:2" : "forget_mid:1", 1);
            forget_all(&p);
        }
        EQ(waitpid(child, &status, 0), child);
        TRUE(WIFEXITED(status));
        crashes += WEXITSTATUS(status) == 137;
        place_open(&p);
        place_read(&p, read_rest, &rest);
        place_close(&p);
        now_left = rest.counts.runs + rest.counts.events;
        EQ(rest.report.n, 0);
        if (round % 2 == 0) EQ(now_left, left); /* nothing got through */
        left = now_left;
    }
    TRUE(crashes > 4);
    EQ(left, 0);
    place_done(&p);
}

RUN(T(what_was_reported_survives_a_kill_and_batches_are_whole),
    T(the_store_is_whole_after_a_crash_at_every_point),
    T(runs_are_forgotten_whole_when_forgetting_crashes))

#else

RUN(T(what_was_reported_survives_a_kill_and_batches_are_whole))

#endif
