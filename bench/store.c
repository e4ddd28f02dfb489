/* store.c - how much the store takes, beside what SQLite takes by itself.
 *
 * Rounds alternate between: 1 KB events through store_commit() from one thread
 * with 64 batches in flight and random delivery ids; runs (event, run, two
 * steps, history in one batch); and the bare probe, 1 KB rows in transactions
 * of 100 with an ordered key. Prints one JSON line: medians of the rounds, and
 * the ratio within a round; processor time each takes, of all threads, which
 * other load disturbs less. Usage: store [FOLDER [ROUNDS [SECONDS]]]
 */
#include <inttypes.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/crypto.h"
#include "store/store.h"

enum { IN_FLIGHT = 64, ROUNDS_MAX = 51, BODY = 1024, SAMPLES = 1 << 21, PROBE_BATCH = 100 };

struct load {
    struct store *store;
    struct id_maker ids;
    int wake, flying;
    bool runs, deliveries;
    int64_t commits, wakes;
    uint32_t *us; /* latencies */
    size_t us_n;
    bool failed;
};

struct rate {
    double per_s, cpu_us; /* the second for one */
};

struct flight {
    struct load *load;
    int64_t began;
};

static char body[BODY + 1];

static int64_t wall(void *ctx)
{
    (void)ctx;
    return clock_wall();
}

static void notify(void *ctx)
{
    const struct load *l = ctx;
    uint64_t one = 1;

    if (write(l->wake, &one, sizeof one) < 0) abort();
}

/* Bytes that need not be good, only different: the system's are for keys. */
static uint64_t noise(void)
{
    static uint64_t x = 88172645463325252u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static struct id new_id(struct load *l)
{
    uint64_t r[2] = {noise(), noise()};

    return id_next(&l->ids, clock_wall(), (const uint8_t *)r);
}

static void on_done(void *arg, struct batch *b, enum commit how)
{
    struct flight *f = arg;
    struct load *l = f->load;

    (void)b;
    if (how != COMMIT_OK) l->failed = true;
    if (l->us_n < SAMPLES) l->us[l->us_n++] = (uint32_t)(clock_mono() - f->began);
    l->commits++;
    l->flying--;
    free(f);
}

static void add_run(struct batch *b, struct load *l, struct id event)
{
    struct run_row run = {.id = new_id(l),
                          .event = event,
                          .workflow = STR("deploy"),
                          .version =
                              STR("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15"),
                          .trigger = STR("event"),
                          .inputs = STR("{\"ref\":\"refs/heads/main\"}"),
                          .created_at = clock_wall(),
                          .seq = 1,
                          .status = STR("succeeded"),
                          .phase = STR("done"),
                          .verdict = STR("succeeded"),
                          .started_at = clock_wall(),
                          .ended_at = clock_wall()};
    struct step_row step = {.run = run.id,
                            .path = STR("first"),
                            .attempt = 1,
                            .kind = STR("set"),
                            .status = STR("succeeded"),
                            .outputs = STR("{\"a\":1}"),
                            .exit_code = -1,
                            .started_at = run.started_at,
                            .ended_at = run.ended_at};
    struct history_row history = {
        .run = run.id,
        .seq = 1,
        .at = run.ended_at,
        .moves = STR("run new>running; first#1 new>running; first#1 running>succeeded; second#1 "
                     "new>running; second#1 running>succeeded; run running>succeeded")};

    batch_run_new(b, &run);
    batch_step(b, &step);
    step.path = STR("second");
    batch_step(b, &step);
    batch_history(b, &history);
}

static void send_one(struct load *l)
{
    struct batch *b = batch_new();
    struct arena *a = batch_arena(b);
    struct flight *f = mem_new(sizeof *f);
    struct event_row e = {.id = new_id(l),
                          .at = clock_wall(),
                          .type = STR("github.push"),
                          .source = STR("https://github.com/acme/shop"),
                          .connection = STR("github")};

    e.time = e.at;
    if (l->deliveries)
        e.delivery = str_of(arena_fmt(a, "%016" PRIx64 "-%016" PRIx64, noise(), noise()));
    e.data = str_n(arena_dup(a, body, BODY), BODY);
    e.decision = STR("{\"config\":\"9f86d081\",\"considered\":3,\"runs\":[]}");
    batch_event(b, &e);
    if (l->runs) add_run(b, l, e.id);
    *f = (struct flight){l, clock_mono()};
    l->flying++;
    store_commit(l->store, b, on_done, f);
}

static void wait_some(struct load *l)
{
    uint64_t n;

    if (read(l->wake, &n, sizeof n) < 0) abort();
    l->wakes++;
    store_drain(l->store);
}

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct rate rate_since(int64_t n, int64_t began, double cpu_began)
{
    return (struct rate){(double)n * 1e6 / (double)(clock_mono() - began),
                         (cpu_us() - cpu_began) / (double)n};
}

static struct rate run_load(struct load *l, double seconds)
{
    double cpu = cpu_us();
    int64_t began = clock_mono(), end = began + (int64_t)(seconds * 1e6);
    int64_t before = l->commits;

    while (clock_mono() < end) {
        while (l->flying < IN_FLIGHT) send_one(l);
        wait_some(l);
    }
    while (l->flying) wait_some(l);
    return rate_since(l->commits - before, began, cpu);
}

static void must(int rc, sqlite3 *db)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE) return;
    fprintf(stderr, "probe: %s\n", sqlite3_errmsg(db));
    exit(1);
}

struct probe {
    sqlite3 *db;
    sqlite3_stmt *add;
    int64_t rows;
};

static void probe_open(struct probe *p, const char *path)
{
    must(sqlite3_open(path, &p->db), p->db);
    must(sqlite3_exec(p->db,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                      "CREATE TABLE e (id INTEGER PRIMARY KEY, src TEXT, dedup TEXT, ts INTEGER,"
                      " state INTEGER, body TEXT, UNIQUE (src, dedup))",
                      NULL, NULL, NULL),
         p->db);
    must(sqlite3_prepare_v2(p->db, "INSERT INTO e (src, dedup, ts, state, body) VALUES (?,?,?,?,?)",
                            -1, &p->add, NULL),
         p->db);
}

static struct rate run_probe(struct probe *p, double seconds)
{
    double cpu = cpu_us();
    int64_t began = clock_mono(), end = began + (int64_t)(seconds * 1e6), before = p->rows;
    char key[64];

    while (clock_mono() < end) {
        must(sqlite3_exec(p->db, "BEGIN IMMEDIATE", NULL, NULL, NULL), p->db);
        for (int i = 0; i < PROBE_BATCH; i++, p->rows++) {
            snprintf(key, sizeof key, "%016" PRIx64 "-%016" PRIx64, p->rows, noise());
            sqlite3_bind_text(p->add, 1, "github", -1, SQLITE_STATIC);
            sqlite3_bind_text(p->add, 2, key, -1, SQLITE_STATIC);
            sqlite3_bind_int64(p->add, 3, clock_wall());
            sqlite3_bind_int(p->add, 4, 1);
            sqlite3_bind_text(p->add, 5, body, BODY, SQLITE_STATIC);
            sqlite3_step(p->add);
            must(sqlite3_reset(p->add), p->db);
        }
        must(sqlite3_exec(p->db, "COMMIT", NULL, NULL, NULL), p->db);
    }
    return rate_since(p->rows - before, began, cpu);
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(const double *list, int n)
{
    double copy[ROUNDS_MAX];

    memcpy(copy, list, (size_t)n * sizeof *list);
    qsort(copy, (size_t)n, sizeof *copy, by_number);
    return copy[n / 2];
}

static struct rate median_rate(const struct rate *list, int n)
{
    double per_s[ROUNDS_MAX] = {0}, us[ROUNDS_MAX] = {0};

    for (int i = 0; i < n; i++) {
        per_s[i] = list[i].per_s;
        us[i] = list[i].cpu_us;
    }
    return (struct rate){median(per_s, n), median(us, n)};
}

static int by_us(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

struct figures {
    struct rate events[ROUNDS_MAX], plain[ROUNDS_MAX], runs[ROUNDS_MAX], raw[ROUNDS_MAX];
    double ratio[ROUNDS_MAX], plain_ratio[ROUNDS_MAX], group;
    uint32_t p50, p99;
};

static void measure(struct load *l, struct probe *p, struct figures *f, int rounds, double seconds)
{
    int64_t commits = 0, wakes = 0;

    for (int i = 0; i < rounds; i++) {
        l->runs = false;
        l->deliveries = true;
        l->commits = l->wakes = 0;
        f->events[i] = run_load(l, seconds);
        commits += l->commits;
        wakes += l->wakes;
        f->raw[i] = run_probe(p, seconds);
        f->ratio[i] = f->events[i].per_s / f->raw[i].per_s;
        l->deliveries = false;
        f->plain[i] = run_load(l, seconds);
        f->plain_ratio[i] = f->events[i].per_s / f->plain[i].per_s;
    }
    qsort(l->us, l->us_n, sizeof *l->us, by_us);
    f->group = (double)commits / (double)wakes;
    f->p50 = l->us[l->us_n / 2];
    f->p99 = l->us[l->us_n - 1 - l->us_n / 100];
    for (int i = 0; i < rounds; i++) {
        l->deliveries = l->runs = true;
        f->runs[i] = run_load(l, seconds);
        l->runs = false;
    }
}

static void print(const struct figures *f, int rounds)
{
    struct rate events = median_rate(f->events, rounds), plain = median_rate(f->plain, rounds);
    struct rate runs = median_rate(f->runs, rounds), raw = median_rate(f->raw, rounds);
    double loads[3] = {0};

    if (getloadavg(loads, 3) < 1) loads[0] = -1;
    printf("{\"events_per_s\":%.0f,\"events_without_delivery_per_s\":%.0f,\"runs_per_s\":%.0f,"
           "\"raw_rows_per_s\":%.0f,\"events_vs_raw\":%.2f,\"events_vs_without_delivery\":%.2f,"
           "\"event_cpu_us\":%.1f,\"event_without_delivery_cpu_us\":%.1f,\"run_cpu_us\":%.1f,"
           "\"raw_cpu_us\":%.1f,\"group\":%.1f,\"p50_us\":%u,\"p99_us\":%u,\"rounds\":%d,"
           "\"load\":%.2f}\n",
           events.per_s, plain.per_s, runs.per_s, raw.per_s, median(f->ratio, rounds),
           median(f->plain_ratio, rounds), events.cpu_us, plain.cpu_us, runs.cpu_us, raw.cpu_us,
           f->group, f->p50, f->p99, rounds, loads[0]);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
    double seconds = argc > 3 ? strtod(argv[3], NULL) : 2;
    struct arena *a AUTO(arena) = arena_new();
    struct load l = {.wake = eventfd(0, EFD_CLOEXEC), .us = mem_new(SAMPLES * sizeof(uint32_t))};
    struct store_config c = {.path = arena_fmt(a, "%s/bench-%d.db", folder, (int)getpid()),
                             .threads = true,
                             .dedup_days = 3,
                             .wall = wall,
                             .notify = notify,
                             .ctx = &l};
    const char *raw = arena_fmt(a, "%s/bench-%d-raw.db", folder, (int)getpid());
    struct figures f;
    struct probe p = {0};
    struct err e;

    if (rounds < 1 || rounds > ROUNDS_MAX) rounds = 5;
    memset(body, 'x', BODY);
    if (store_open(&c, &l.store, &e) != OK) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    probe_open(&p, raw);
    measure(&l, &p, &f, rounds, seconds);
    print(&f, rounds);
    store_close(l.store);
    sqlite3_finalize(p.add);
    sqlite3_close(p.db);
    unlink(c.path);
    unlink(raw);
    free(l.us);
    return l.failed;
}
