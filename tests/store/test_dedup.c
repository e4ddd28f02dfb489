/* Deliveries through many generations: small ones, so that a test sees hundreds. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "store/place.h"
#include "store/sqlite.h"
#include "store/sqlite_generation.h"

enum { SEAL = 128, GROUP = 40 };

static const struct dedup_limits small = {.seal = SEAL, .filter_bytes = 1 << 20};

struct deliveries {
    struct place place; /* for its folder, path, clock and arena; its store is not open */
    struct dedup_limits limits;
    sqlite3 *db;
    struct dedup *dedup;
    int64_t oldest_ms;
};

static void open_it(struct deliveries *t)
{
    struct err e = {.text = ""};

    PASS(sqlite_connect(t->place.path, OPEN_CREATE, &t->db, &e));
    PASS(sqlite_migrate(t->db, t->place.path, &sqlite_schema, &e));
    PASS(sqlite_run(t->db, t->place.path, "PRAGMA synchronous=OFF", &e));
    PASS(dedup_open(t->db, t->place.path, &t->limits, &t->dedup, &e));
}

static void close_it(struct deliveries *t)
{
    dedup_free(t->dedup);
    sqlite3_close(t->db);
    t->dedup = NULL;
    t->db = NULL;
}

static void make(struct deliveries *t, struct dedup_limits limits)
{
    *t = (struct deliveries){.limits = limits};
    place_make(&t->place);
    open_it(t);
}

static void done(struct deliveries *t)
{
    if (t->db) close_it(t);
    place_done(&t->place);
}

static void run(const struct deliveries *t, const char *sql)
{
    struct err e = {.text = ""};

    PASS(sqlite_run(t->db, t->place.path, sql, &e));
}

static int64_t rows(const struct deliveries *t, const char *sql)
{
    struct err e = {.text = ""};
    int64_t n = -1;

    PASS(sqlite_number(t->db, t->place.path, sql, &n, &e));
    return n;
}

/* The i-th delivery; its event's id tells i, and when it was. */
static struct event_row row_of(const struct deliveries *t, unsigned i, char text[16])
{
    uint8_t random[ID_RANDOM] = {1, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8),
                                 (uint8_t)i};
    struct id_maker m = {0};

    snprintf(text, 16, "%u", i);
    return (struct event_row){.id = id_next(&m, t->place.now, random),
                              .connection = STR("github"),
                              .delivery = str_of(text)};
}

static bool is_new(struct deliveries *t, unsigned i)
{
    char text[16];
    struct event_row r = row_of(t, i, text);
    struct id seen;
    int rc = dedup_remember(t->dedup, t->oldest_ms, &r, &seen);

    if (rc == SQLITE_CONSTRAINT) {
        STREQ(seen.s + 10, r.id.s + 10); /* it may have been made at another time */
        return false;
    }
    EQ(rc, SQLITE_OK);
    return true;
}

static void commit(struct deliveries *t)
{
    EQ(dedup_write(t->dedup, t->oldest_ms), SQLITE_OK);
    run(t, "COMMIT");
    dedup_committed(t->dedup);
}

/* In groups of many sizes; returns how many were new. */
static unsigned put(struct deliveries *t, unsigned from, unsigned to)
{
    unsigned fresh = 0;

    for (unsigned i = from; i < to;) {
        unsigned n = 1 + i * 7 % GROUP;

        run(t, "BEGIN IMMEDIATE");
        for (; n > 0 && i < to; n--, i++) fresh += is_new(t, i);
        commit(t);
    }
    return fresh;
}

/* Commits with no delivery, in which only what is left to do is done. */
static void idle(struct deliveries *t, int commits)
{
    for (int i = 0; i < commits; i++) {
        run(t, "BEGIN IMMEDIATE");
        commit(t);
    }
}

/* --- exactness --- */

TEST(each_delivery_is_new_once_through_many_generations_and_starts)
{
    enum { ALL = 30000 };
    struct deliveries t;
    struct dedup_state s;

    make(&t, small);
    EQ(put(&t, 0, ALL), ALL);
    s = dedup_state(t.dedup);
    TRUE(s.generations >= 4 && s.generations < 40); /* of 234 that were sealed */
    EQ(put(&t, 0, ALL), 0);
    close_it(&t);
    open_it(&t);
    EQ(put(&t, 0, ALL), 0);
    TRUE(rows(&t, "SELECT max(depth) FROM generations") >= 2 + 2 * MERGE_DEPTH);
    EQ(put(&t, ALL, ALL + 1), 1);
    done(&t);
}

TEST(a_delivery_is_known_within_its_own_group_and_to_the_group_that_seals)
{
    struct deliveries t;

    make(&t, small);
    for (unsigned i = 0; i < 4 * SEAL; i++) {
        run(&t, "BEGIN IMMEDIATE");
        TRUE(is_new(&t, i));
        FALSE(is_new(&t, i));
        commit(&t);
        run(&t, "BEGIN IMMEDIATE");
        FALSE(is_new(&t, i));
        commit(&t);
    }
    EQ(rows(&t, "SELECT count(*) FROM generations"), 4);
    EQ(rows(&t, "SELECT count(*) FROM arrivals"), 0);
    done(&t);
}

TEST(filters_that_let_all_through_cost_reads_but_no_exactness)
{
    enum { ALL = 6000 };
    struct deliveries t;
    struct dedup_limits none = {.seal = SEAL, .filter_bytes = 1};

    make(&t, none);
    EQ(put(&t, 0, ALL), ALL);
    TRUE(dedup_state(t.dedup).reads > 2 * ALL);
    EQ(put(&t, 0, ALL), 0);
    close_it(&t);
    open_it(&t);
    EQ(put(&t, 0, ALL), 0);
    done(&t);
}

TEST(good_filters_spare_the_reads)
{
    enum { ALL = 20000 };
    struct deliveries t;

    make(&t, small);
    EQ(put(&t, 0, ALL), ALL);
    TRUE(dedup_state(t.dedup).reads < ALL / 5);
    done(&t);
}

TEST(a_filter_that_is_lost_lets_all_through)
{
    enum { ALL = 3000 };
    struct deliveries t;

    make(&t, small);
    EQ(put(&t, 0, ALL), ALL);
    run(&t, "DELETE FROM deliveries WHERE place & 8388608");
    close_it(&t);
    open_it(&t);
    EQ(put(&t, 0, ALL), 0);
    done(&t);
}

TEST(memory_stays_within_the_limits)
{
    enum { ALL = 60000, FILTERS = 16 << 10 };
    struct deliveries t;
    struct dedup_limits tight = {.seal = 1024, .filter_bytes = FILTERS};
    size_t most = 0;

    make(&t, tight);
    for (unsigned i = 0; i < ALL; i += 500) {
        struct dedup_state s;

        EQ(put(&t, i, i + 500), 500);
        s = dedup_state(t.dedup);
        if (s.bytes > most) most = s.bytes;
    }
    TRUE(most < FILTERS + (1024 + GROUP_BATCHES) * 48 + (64 << 10));
    close_it(&t);
    open_it(&t);
    TRUE(dedup_state(t.dedup).bytes <= most);
    EQ(put(&t, 0, ALL), 0);
    done(&t);
}

/* --- what did not happen --- */

TEST(what_is_rolled_back_was_never_there)
{
    enum { ALL = 12000 };
    struct deliveries t;
    unsigned seed = 1, n = 0;

    make(&t, small);
    while (n < ALL) {
        unsigned group, i;

        seed = seed * 1103515245 + 12345;
        group = 1 + seed / 65536 % GROUP;
        run(&t, "BEGIN IMMEDIATE");
        for (i = n; i < n + group; i++) TRUE(is_new(&t, i));
        if (n > 0) FALSE(is_new(&t, seed % n));
        if (seed / 4096 % 3 == 0) {
            if (seed / 8192 % 2) EQ(dedup_write(t.dedup, t.oldest_ms), SQLITE_OK);
            run(&t, "ROLLBACK");
            dedup_rolled_back(t.dedup);
        } else {
            commit(&t);
            n += group;
        }
    }
    EQ(put(&t, 0, n), 0);
    close_it(&t);
    open_it(&t);
    EQ(put(&t, 0, n), 0);
    EQ(put(&t, n, n + 100), 100);
    done(&t);
}

/* --- age --- */

TEST(what_is_too_old_is_new_again_and_its_rows_go)
{
    enum { ALL = 5000 };
    struct deliveries t;

    make(&t, small);
    EQ(put(&t, 0, ALL), ALL);
    t.oldest_ms = t.place.now / 1000;
    EQ(put(&t, 0, ALL), 0);
    t.oldest_ms++;
    t.place.now += 1000;
    EQ(put(&t, 0, ALL), ALL);
    EQ(put(&t, 0, ALL), 0);
    t.place.now += 1000;
    t.oldest_ms++;
    idle(&t, 4000);
    EQ(dedup_state(t.dedup).generations, 0);
    EQ(dedup_state(t.dedup).dropping, 0);
    EQ(rows(&t, "SELECT count(*) FROM generations"), 0);
    EQ(rows(&t, "SELECT count(*) FROM deliveries"), 0);
    EQ(put(&t, 0, SEAL), SEAL);
    done(&t);
}

/* Until there are so many generations, or so many merges have begun; returns the next delivery. */
static unsigned put_until(struct deliveries *t, unsigned from, int generations, int merging)
{
    for (;; from++) {
        struct dedup_state s = dedup_state(t->dedup);

        if (s.generations >= generations && s.merging >= merging) return from;
        EQ(put(t, from, from + 1), 1);
    }
}

TEST(a_merge_leaves_out_what_is_too_old)
{
    struct deliveries t;
    unsigned old, all;

    make(&t, small);
    old = put_until(&t, 0, MERGE_WAYS - 1, 0);
    t.place.now += 1000 * MS_US;
    all = put_until(&t, old, MERGE_WAYS, 1); /* it has begun, and not ended */
    t.oldest_ms = t.place.now / 1000;
    idle(&t, 400);
    EQ(dedup_state(t.dedup).merging, 0);
    EQ(dedup_state(t.dedup).dropping, 0);
    EQ(rows(&t, "SELECT count(*) FROM generations"), 1);
    TRUE(rows(&t, "SELECT sum(length(bytes)) / 32 FROM deliveries WHERE place & 8388608 = 0") <
         4 * SEAL);
    EQ(put(&t, old, all), 0);
    EQ(put(&t, 0, old), old);
    done(&t);
}

TEST(a_merge_cut_short_by_a_restart_leaves_nothing_behind)
{
    struct deliveries t;
    unsigned all;

    make(&t, small);
    all = put_until(&t, 0, MERGE_WAYS, 1);
    TRUE(rows(&t, "SELECT count(DISTINCT place >> 24) FROM deliveries") > MERGE_WAYS);
    close_it(&t);
    open_it(&t);
    EQ(dedup_state(t.dedup).merging, 0);
    EQ(dedup_state(t.dedup).dropping, 1);
    EQ(put(&t, 0, all), 0);
    idle(&t, 400);
    EQ(dedup_state(t.dedup).generations, 1);
    EQ(dedup_state(t.dedup).dropping, 0);
    EQ(rows(&t, "SELECT count(DISTINCT place >> 24) FROM deliveries"), 1);
    EQ(put(&t, 0, all), 0);
    done(&t);
}

/* --- death --- */

/* Never returns; after each commit it says how many deliveries are safe. */
static void child_main(struct deliveries *t, unsigned from, int pipe)
{
    open_it(t);
    for (unsigned i = from;; i++) {
        unsigned end = i + 1 + i % GROUP;

        run(t, "BEGIN IMMEDIATE");
        for (; i < end; i++) (void)is_new(t, i);
        i = end - 1;
        commit(t);
        if (write(pipe, &end, sizeof end) != sizeof end) _exit(4);
    }
}

/* Runs a child until it is dead, or killed when `until` are safe; returns how many are. */
static unsigned live_and_die(struct deliveries *t, unsigned from, unsigned until, int *ret_status)
{
    unsigned safe = from, more;
    int ends[2];
    pid_t child;

    EQ(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) child_main(t, from, ends[1]);
    close(ends[1]);
    while (safe < until && read(ends[0], &more, sizeof more) == sizeof more) safe = more;
    kill(child, SIGKILL);
    while (read(ends[0], &more, sizeof more) == sizeof more) safe = more;
    close(ends[0]);
    EQ(waitpid(child, ret_status, 0), child);
    return safe;
}

static void verify(struct deliveries *t, unsigned safe)
{
    open_it(t);
    EQ(put(t, 0, safe), 0);
    EQ(rows(t, "SELECT count(*) FROM deliveries WHERE typeof(bytes) <> 'blob'"), 0);
    close_it(t);
}

TEST(what_was_committed_is_known_after_a_kill_at_any_instant)
{
    struct deliveries t;
    unsigned safe = 0, seed = 1;
    int status;

    make(&t, small);
    close_it(&t);
    for (int round = 0; round < 40; round++) {
        seed = seed * 1103515245 + 12345;
        safe = live_and_die(&t, safe, safe + seed / 65536 % (4 * SEAL), &status);
        TRUE(WIFSIGNALED(status));
        if (round % 5 == 4) verify(&t, safe);
    }
    TRUE(safe > 20 * SEAL);
    done(&t);
}

#ifdef CRASH_POINTS
TEST(what_was_committed_is_known_after_a_crash_while_sealing_or_merging)
{
    static const char *const points[] = {"seal_mid", "merge_mid"};
    char where[64];
    int status;

    for (size_t i = 0; i < COUNT_OF(points); i++) {
        struct deliveries t;
        unsigned safe = 0;

        make(&t, small);
        close_it(&t);
        for (int at = 1; at <= 20; at++) {
            snprintf(where, sizeof where, "%s:%d", points[i], at);
            setenv("CRASH_AT", where, 1);
            safe = live_and_die(&t, safe, UINT32_MAX, &status);
            unsetenv("CRASH_AT");
            TRUE(WIFEXITED(status));
            EQ(WEXITSTATUS(status), 137);
            if (at % 4 == 0) verify(&t, safe);
        }
        done(&t);
    }
}
#define CRASHES , T(what_was_committed_is_known_after_a_crash_while_sealing_or_merging)
#else
#define CRASHES
#endif

/* --- the whole store, with the limits of the product --- */

struct load {
    int flying;
    unsigned fresh, seen;
};

static void on_done(void *arg, struct batch *b, enum commit how)
{
    struct load *l = arg;

    (void)b;
    l->flying--;
    if (how == COMMIT_OK) l->fresh++;
    if (how == COMMIT_SEEN) l->seen++;
}

static void send_all(struct place *p, unsigned n, struct load *l)
{
    uint64_t x = 88172645463325252u;

    for (unsigned i = 0; i < n; i++) {
        struct batch *b = batch_new();
        struct event_row e = sample_event(p, "");

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        e.delivery = str_of(arena_fmt(batch_arena(b), "%016llx", (unsigned long long)x));
        batch_event(b, &e);
        l->flying++;
        store_commit(p->store, b, on_done, l);
        while (l->flying >= 256) place_wait(p);
    }
    while (l->flying) place_wait(p);
}

TEST(three_hundred_thousand_random_ids_are_new_once_and_then_seen)
{
    enum { ALL = 300000 };
    int64_t began = clock_mono();
    struct place p;
    struct load first = {0}, second = {0};

    place_init(&p);
    send_all(&p, ALL, &first);
    EQ(first.fresh, ALL);
    place_close(&p);
    place_open(&p);
    send_all(&p, ALL, &second);
    EQ(second.fresh, 0);
    EQ(second.seen, ALL);
    TRUE(clock_mono() - began < 240 * SECOND_US);
    place_done(&p);
}

RUN(T(each_delivery_is_new_once_through_many_generations_and_starts),
    T(a_delivery_is_known_within_its_own_group_and_to_the_group_that_seals),
    T(filters_that_let_all_through_cost_reads_but_no_exactness), T(good_filters_spare_the_reads),
    T(a_filter_that_is_lost_lets_all_through), T(memory_stays_within_the_limits),
    T(what_is_rolled_back_was_never_there), T(what_is_too_old_is_new_again_and_its_rows_go),
    T(a_merge_leaves_out_what_is_too_old), T(a_merge_cut_short_by_a_restart_leaves_nothing_behind),
    T(what_was_committed_is_known_after_a_kill_at_any_instant) CRASHES,
    T(three_hundred_thousand_random_ids_are_new_once_and_then_seen))
