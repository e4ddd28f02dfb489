/* world_sim.c - the clock, the queue, the store, life and death of the server. */
#include "engine/world_sim_inside.h"

#include <unistd.h>

#include "base/log.h"

struct world_timer {
    struct world_timer *next;
    int64_t at; /* wall; 0: off */
    world_call *call;
    void *arg;
};

/* --- chance, time, faults --- */

void sim_mix(struct sim *s, uint64_t x)
{
    s->trace = (s->trace ^ x) * 0x100000001b3u;
    s->trace ^= s->trace >> 29;
}

void sim_mix_text(struct sim *s, const char *text)
{
    for (; *text; text++) sim_mix(s, (unsigned char)*text);
}

uint64_t sim_dice(struct sim *s) /* splitmix64 */
{
    uint64_t z = s->dice += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int64_t sim_below(struct sim *s, int64_t n)
{
    return n <= 1 ? 0 : (int64_t)(sim_dice(s) % (uint64_t)n);
}

int64_t sim_wall(const struct sim *s)
{
    return s->mono + s->offset;
}

void sim_fault(struct sim *s, const char *fmt, ...)
{
    va_list args;

    if (s->faults[0]) return;
    va_start(args, fmt);
    vsnprintf(s->faults, sizeof s->faults, fmt, args);
    va_end(args);
}

/* --- the queue --- */

static bool event_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at != b->at ? a->at < b->at : a->serial < b->serial;
}

static void queue_put(struct sim *s, struct sim_event *ev)
{
    size_t i;

    if (s->queue_n == s->queue_cap) {
        s->queue_cap = s->queue_cap ? s->queue_cap * 2 : 64;
        s->queue = mem_grow(s->queue, s->queue_cap * sizeof(struct sim_event *));
    }
    for (i = s->queue_n++; i && event_before(ev, s->queue[(i - 1) / 2]); i = (i - 1) / 2)
        s->queue[i] = s->queue[(i - 1) / 2];
    s->queue[i] = ev;
}

static struct sim_event *queue_take(struct sim *s)
{
    struct sim_event *first = s->queue[0], *last = s->queue[--s->queue_n];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < s->queue_n) {
        if (child + 1 < s->queue_n && event_before(s->queue[child + 1], s->queue[child])) child++;
        if (!event_before(s->queue[child], last)) break;
        s->queue[i] = s->queue[child];
        i = child;
    }
    if (s->queue_n) s->queue[i] = last;
    return first;
}

struct sim_event *sim_post(struct sim *s, enum event_kind kind, int64_t us)
{
    struct sim_event *ev = mem_new(sizeof *ev);

    ev->kind = kind;
    ev->sim = s;
    ev->serial = ++s->serial;
    ev->at = s->mono + us;
    if (kind <= EV_READ_DONE) { /* the store keeps its order, of writes and of reads */
        int64_t *last = &s->last_at[kind];

        if (ev->at < *last) ev->at = *last;
        *last = ev->at;
    }
    queue_put(s, ev);
    return ev;
}

/* --- clocks, timers, chance: what the engine asks for --- */

static int64_t sim_wall_now(void *ctx)
{
    return sim_wall(ctx);
}

static int64_t sim_mono_now(void *ctx)
{
    return ((struct sim *)ctx)->mono;
}

static void sim_random(void *ctx, void *out, size_t n)
{
    uint8_t *p = out;

    for (size_t i = 0; i < n; i++) p[i] = (uint8_t)sim_dice(ctx);
}

static struct world_timer *sim_timer_new(void *ctx, world_call *call, void *arg)
{
    struct sim *s = ctx;
    struct world_timer *t = mem_new(sizeof *t);

    *t = (struct world_timer){s->timers, 0, call, arg};
    s->timers = t;
    return t;
}

static void sim_timer_set(void *ctx, struct world_timer *t, int64_t wall_us)
{
    (void)ctx;
    t->at = wall_us;
}

static void sim_timer_free(void *ctx, struct world_timer *t)
{
    struct sim *s = ctx;
    struct world_timer **at = &s->timers;

    while (*at != t) at = &(*at)->next;
    *at = t->next;
    free(t);
}

/* --- the store --- */

static void sim_commit(void *ctx, struct batch *b, commit_done *done, void *arg)
{
    struct sim *s = ctx;
    struct sim_event *ev = sim_post(s, EV_COMMIT, s->commit_us + sim_below(s, s->jitter_us + 1));

    ev->batch = b;
    ev->committed = done;
    ev->arg = arg;
}

static void sim_read(void *ctx, enum lane lane, read_work *work, read_done *done, void *arg)
{
    struct sim *s = ctx;
    struct sim_event *ev = sim_post(s, EV_READ, s->read_us + sim_below(s, s->jitter_us + 1));

    ev->lane = lane;
    ev->work = work;
    ev->call = done;
    ev->arg = arg;
}

static void sim_forget_old(void *ctx, struct forget *f, void (*done)(void *arg, enum commit how),
                           void *arg)
{
    struct sim *s = ctx;
    struct sim_event *ev = sim_post(s, EV_FORGET, s->commit_us);

    ev->forget = f;
    ev->forgotten = done;
    ev->arg = arg;
}

static void sim_broken(void *ctx, const char *why)
{
    print_error("the engine calls the world broken, with seed %llu: %s\n",
                (unsigned long long)((struct sim *)ctx)->seed, why);
    abort();
}

/* A reader may see a commit before its report is delivered: the first read that waits is done, and
   delivered, in between. */
static void read_early(struct sim *s)
{
    struct sim_event *first = NULL;

    for (size_t i = 0; i < s->queue_n; i++) {
        struct sim_event *ev = s->queue[i];

        if (ev->kind == EV_READ_DONE) return; /* in their order */
        if (ev->kind == EV_READ && ev->work && (!first || event_before(ev, first))) first = ev;
    }
    if (!first) return;
    store_read(s->store, first->lane, first->work, first->call, first->arg);
    first->work = NULL;
    store_drain(s->store);
}

static void report_commit(void *arg, struct batch *b, enum commit how)
{
    struct sim_event *ev = arg;
    struct sim *s = ev->sim;

    s->commits++;
    if (s->crash_commit && --s->crash_commit == 0) s->crashed = true;
    sim_mix(s, (uint64_t)how);
    if (s->early && !s->crashed && sim_below(s, 2)) read_early(s);
    if (!s->crashed) ev->committed(ev->arg, b, how);
    if (!s->crashed) s->reports++;
    free(ev);
}

static void do_commit(struct sim *s, struct sim_event *ev)
{
    if (s->full) {
        ev->committed(ev->arg, ev->batch, COMMIT_FULL);
        batch_free(ev->batch);
        free(ev);
        return;
    }
    store_commit(s->store, ev->batch, report_commit, ev);
    while (s->queue_n && s->queue[0]->kind == EV_COMMIT && s->queue[0]->at <= s->mono) {
        ev = queue_take(s);
        store_commit(s->store, ev->batch, report_commit, ev);
    }
    store_drain(s->store);
    if (!s->crashed) return;
    s->crashed = false;
    sim_crash(s);
}

static void no_report(void *arg)
{
    (void)arg;
}

static void do_read(struct sim *s, const struct sim_event *ev)
{
    struct sim_event *done;

    if (!ev->work) return; /* done early */
    store_read(s->store, ev->lane, ev->work, no_report, ev->arg);
    store_drain(s->store);
    done = sim_post(s, EV_READ_DONE, 1 + sim_below(s, s->jitter_us + 1));
    done->call = ev->call;
    done->arg = ev->arg;
}

static void do_forget(struct sim *s, const struct sim_event *ev)
{
    if (s->full) {
        ev->forget->runs_n = ev->forget->rows = 0;
        ev->forgotten(ev->arg, COMMIT_FULL);
        return;
    }
    store_forget(s->store, ev->forget, ev->forgotten, ev->arg);
    store_drain(s->store);
}

/* --- moving on --- */

static void event_do(struct sim *s, struct sim_event *ev)
{
    if (s->noisy) print_error("%12lld event %d\n", (long long)s->mono, (int)ev->kind);
    sim_mix(s, (uint64_t)ev->kind);
    sim_mix(s, (uint64_t)s->mono);
    switch (ev->kind) {
    case EV_COMMIT:
        do_commit(s, ev);
        return;
    case EV_FORGET:
        do_forget(s, ev);
        break;
    case EV_READ:
        do_read(s, ev);
        break;
    case EV_READ_DONE:
    case EV_REMOVED:
        ev->call(ev->arg);
        break;
    case EV_SPAWN:
    case EV_STARTED:
    case EV_CLAIM:
    case EV_EXIT:
    case EV_GONE:
        sim_procs_event(s, ev);
        break;
    }
    free(ev);
}

static struct world_timer *next_timer(const struct sim *s)
{
    struct world_timer *first = NULL;

    for (struct world_timer *t = s->timers; t; t = t->next)
        if (t->at && (!first || t->at < first->at)) first = t;
    return first;
}

bool sim_step(struct sim *s, int64_t until)
{
    struct world_timer *t = next_timer(s);
    int64_t due = t ? t->at - s->offset : INT64_MAX;
    struct sim_event *ev = s->queue_n ? s->queue[0] : NULL;

    if (due < s->mono) due = s->mono;
    if (t && (!ev || due <= ev->at) && due <= until) {
        s->mono = due;
        t->at = 0;
        sim_mix(s, (uint64_t)due);
        t->call(t->arg);
        return true;
    }
    if (!ev || ev->at > until) return false;
    s->mono = ev->at;
    event_do(s, queue_take(s));
    return true;
}

void sim_for(struct sim *s, int64_t us)
{
    int64_t until = s->mono + us;

    while (sim_step(s, until)) {
    }
    s->mono = until;
}

/* --- life and death of the server --- */

static void sim_hash(struct str text, char hex[65])
{
    snprintf(hex, 65, "%016llx%048d", (unsigned long long)str_hash(text), 0);
}

static const struct connection_kind *const no_kinds[] = {NULL};
static const struct load_options sim_load = {.kinds = no_kinds, .hash = sim_hash};

static struct config *config_of(const char *yaml)
{
    const struct source_file file = {"botops.yaml", str_of(yaml)};
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};
    struct config *c = config_load(&file, 1, &sim_load, &r);

    for (size_t i = 0; !c && i < r.n; i++)
        print_error("%d:%d: %s\n", r.list[i].line, r.list[i].col, r.list[i].text);
    assert_non_null(c);
    return c;
}

static void store_start(struct sim *s)
{
    struct store_config c = {.path = s->path, .dedup_days = 7, .wall = sim_wall_now, .ctx = s};
    struct err e = {.text = ""};

    PASS(store_open(&c, &s->store, &e));
}

void sim_is_ready(void *arg)
{
    ((struct sim *)arg)->ready = true;
}

/* What a listener is told must be on disk. */
static void heard(void *ctx, const struct changed *c)
{
    static const char *const tables[] = {
        [CHANGE_RUN] = "runs", [CHANGE_SAY] = "outbox", [CHANGE_EVENT] = "events"};
    struct sim *s = ctx;

    if (!sim_number(s, "SELECT count(*) FROM %s WHERE id='%s'", tables[c->what], c->id.s))
        sim_fault(s, "a listener was told of %s in %s, which is not on disk", c->id.s,
                  tables[c->what]);
}

void sim_boot(struct sim *s)
{
    struct engine_config c = {
        .world = &s->face, .data = "/data", .repo = "/repo", .load = sim_load};

    store_start(s);
    s->ready = false;
    s->engine = engine_new(&c);
    engine_use(s->engine, config_of(s->yaml));
    engine_listen(s->engine, heard, s);
    engine_start(s->engine, sim_is_ready, s);
}

static void forget_waiting(struct sim *s)
{
    size_t kept = 0, n = s->queue_n;
    struct sim_event **all = s->queue;

    s->queue = NULL;
    s->queue_n = s->queue_cap = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i]->kind > EV_REMOVED)
            all[kept++] = all[i];
        else {
            batch_free(all[i]->batch);
            free(all[i]);
        }
    for (size_t i = 0; i < kept; i++) queue_put(s, all[i]);
    free(all);
    memset(s->last_at, 0, sizeof s->last_at);
}

void sim_kill(struct sim *s)
{
    forget_waiting(s);
    engine_free(s->engine);
    s->engine = NULL;
    store_close(s->store);
    s->store = NULL;
    s->crashes++;
}

void sim_crash(struct sim *s)
{
    sim_kill(s);
    sim_boot(s);
    SIM_UNTIL(s, s->ready);
}

void sim_power_cut(struct sim *s)
{
    sim_kill(s);
    sim_procs_power_cut(s);
    snprintf(s->boot, sizeof s->boot, "boot-%zu", s->crashes);
    sim_boot(s);
    SIM_UNTIL(s, s->ready);
}

void sim_use(struct sim *s, const char *yaml)
{
    s->yaml = yaml;
    engine_use(s->engine, config_of(yaml));
}

void sim_clock(struct sim *s, int64_t by_us)
{
    s->offset += by_us;
}

static void make_folder(struct sim *s)
{
    snprintf(s->folder, sizeof s->folder, "%s/botops-sim-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/b.db", s->folder);
}

void sim_init(struct sim *s, uint64_t seed, const char *yaml)
{
    *s = (struct sim){.arena = arena_new(),
                      .seed = seed,
                      .dice = seed,
                      .mono = SECOND_US,
                      .offset = 1767225600 * SECOND_US, /* 2026-01-01 */
                      .commit_us = 1000,
                      .read_us = 200,
                      .spawn_us = 1000,
                      .yaml = yaml,
                      .boot = "boot-0"};
    s->face = (struct world){
        .ctx = s,
        .wall = sim_wall_now,
        .mono = sim_mono_now,
        .random = sim_random,
        .timer_new = sim_timer_new,
        .timer_set = sim_timer_set,
        .timer_free = sim_timer_free,
        .commit = sim_commit,
        .read = sim_read,
        .forget_old = sim_forget_old,
        .broken = sim_broken,
    };
    sim_procs_face(&s->face);
    log_setup(LOG_ERROR, LOG_TEXT);
    make_folder(s);
    s->receipts = mem_new(SIM_RECEIPTS * sizeof *s->receipts);
    sim_boot(s);
    EQ(sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL), 0);
    SIM_UNTIL(s, s->ready);
}

void sim_done(struct sim *s)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    char name[128];

    sim_kill(s);
    while (s->queue_n) free(queue_take(s));
    sqlite3_close(s->db);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        snprintf(name, sizeof name, "%s%s", s->path, tails[i]);
        unlink(name);
    }
    rmdir(s->folder);
    free(s->queue);
    free(s->receipts);
    arena_free(s->arena);
    if (s->faults[0]) print_error("a promise was broken: %s\n", s->faults);
    assert_true(s->faults[0] == '\0');
}
