/* Random workflows, events, crashes, full disks and fates of processes, by a seed; then the faults
 * end, and what is left must keep the promises.
 *
 * SIM_SEEDS=N plays N seeds, SIM_SEED=S begins with that one, SIM_NOISE=1 tells each event. The
 * name of each check is that of the invariant it holds (I1 accepted is stored, I2 a delivery once,
 * I3 the runs that match, I4 no effect twice, I6 nothing is stuck, I8 only allowed changes). */
#include "engine/sim_check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A crash of the server leaves what it held: that is not a leak. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

enum { SEEDS = 240, PLAYED_TWICE = 12, ACTS = 70 };

#define WORKFLOWS(word)                                                                            \
    "server: {max_processes: 4}\n"                                                                 \
    "users: {ana: {}, bo: {}, cy: {}}\n"                                                           \
    "workflows:\n"                                                                                 \
    "- {name: agree, on: [{event: go.agree}], steps: [{id: go, approval: {count: 2, self: true, "  \
    "timeout: 2m}}, {id: a, run: x, timeout: 1m}], finally: [{id: z, run: z, timeout: 1m}]}\n"     \
    "- {name: ask, on: [{event: go.ask}], steps: [{id: q, ask: {question: n, type: int, max: 9, "  \
    "timeout: 2m, default: 1}}, {id: a, run: x, needs: [], timeout: 1m}, {id: c, run: x, "         \
    "needs: [q, a], timeout: 1m, env: {N: '${{ steps.q.outputs.answer + 1 }}'}}]}\n"               \
    "- {name: chain, on: [{event: go.chain}], steps: [{id: a, run: x, timeout: 1m}, "              \
    "{id: b, run: y, timeout: 1m, retry: {attempts: 3, delay: 2s}}, {say: " word "}]}\n"           \
    "- {name: par, on: [{event: go.par}], steps: [{id: a, run: x, timeout: 1m}, "                  \
    "{id: b, run: y, needs: [], timeout: 1m, retry: {attempts: 2, delay: 0s}}, "                   \
    "{id: c, run: x, needs: [a, b], timeout: 1m}], finally: [{id: z, run: z, timeout: 1m}]}\n"     \
    "- {name: sleepy, on: [{event: go.sleepy}], steps: [{id: p, sleep: 30s}, "                     \
    "{id: a, run: x, timeout: 1m}, {id: q, sleep: 5s}, {id: c, run: x, timeout: 1m}]}\n"           \
    "- {name: idem, on: [{event: go.idem}], steps: [{id: a, run: x, timeout: 1m, "                 \
    "idempotent: true}, {id: b, run: y, timeout: 1m, on_unknown: retry}]}\n"                       \
    "- {name: late, timeout: 20s, on: [{event: go.late}], steps: [{id: a, run: x, timeout: 5m}, "  \
    "{id: c, run: x, timeout: 5m}], finally: [{say: " word "}]}\n"                                 \
    "- {name: both, timeout: 20s, on: [{event: go.both}], steps: [{id: a, run: x, timeout: 0s}, "  \
    "{id: c, run: x, needs: [], timeout: 0s}]}\n"                                                  \
    "- {name: fork, on: [{event: go.fork}], steps: [{id: p, timeout: 40s, "                        \
    "retry: {attempts: 2, delay: 3s}, parallel: {l: [{id: b, run: y, timeout: 1m, "                \
    "retry: {attempts: 2, delay: 1s}}, {id: q, sleep: 4s}], m: [{id: in, parallel: {k: "           \
    "[{id: b, run: y, timeout: 1m, idempotent: true}]}}], n: [{id: c, run: x, timeout: 1m}]}}, "   \
    "{say: " word "}], finally: [{id: f, max_parallel: 1, parallel: {a: [{run: x, timeout: 1m}], " \
    "b: [{run: z, timeout: 1m}]}}]}\n"                                                             \
    "- {name: jury, on: [{event: go.jury}], steps: [{id: p, retry: {attempts: 2, delay: 3s}, "     \
    "parallel: {l: [{id: go, approval: {count: 2, self: true, timeout: 2m}}, {id: a, run: x, "     \
    "timeout: 1m}], m: [{id: b, run: y, timeout: 1m, idempotent: true}, {sleep: 5s}]}}, "          \
    "{say: " word "}]}\n"                                                                          \
    "- {name: dead, on: [{event: go.dead}], steps: [{fail: at once}]}\n"                           \
    "- {name: json, on: [{event: go.json}], steps: [{id: a, run: x, output: json, timeout: 1m}, "  \
    "{say: 'n ${{ steps.a.outputs.json.n }}'}]}\n"                                                 \
    "- {name: many, on: [{event: 'go.*', if: 'event.data.n >= 7'}], steps: [{id: a, run: x, "      \
    "timeout: 1m, on_unknown: fail}]}\n"                                                           \
    "- {name: lane, on: [{event: go.lane}], concurrency: {group: 'lane${{ event.data.n % 2 }}'}, " \
    "steps: [{id: a, run: x, timeout: 1m}]}\n"                                                     \
    "- {name: rush, on: [{event: go.rush}], priority: high, concurrency: {limit: 2, "              \
    "group: 'lane${{ event.data.n % 2 }}'}, steps: [{id: a, run: x, timeout: 1m}, "                \
    "{id: q, sleep: 5s}], finally: [{id: z, run: z, timeout: 1m}]}\n"                              \
    "- {name: sole, on: [{event: go.sole}], concurrency: {group: sole, on_conflict: reject}, "     \
    "steps: [{id: a, run: x, timeout: 1m}]}\n"                                                     \
    "- {name: once, on: [{event: go.once}], concurrency: {group: sole, on_conflict: skip}, "       \
    "steps: [{id: q, sleep: 10s}]}\n"                                                              \
    "- {name: newest, on: [{event: go.newest}], concurrency: {group: newest, on_conflict: "        \
    "cancel_running}, steps: [{id: a, run: x, timeout: 1m}, {id: p, sleep: 20s}], "                \
    "finally: [{id: z, run: z, timeout: 1m}]}\n"                                                   \
    "- {name: follow, on: [{event: botops.run.failed}], steps: [{say: '${{ event.subject }}'}]}\n" \
    "- {name: echo, on: [{event: botops.run.succeeded, if: 'event.subject == \"follow\"'}], "      \
    "steps: [{say: '${{ event.subject }}'}]}\n"                                                    \
    "- {name: clock, inputs: {n: {type: int, default: 1}}, on: [{every: 30s, missed: all}, "       \
    "{every: 30s, missed: all, with: {n: 2}}], steps: [{say: tick}]}\n"                            \
    "- {name: spread, on: [{every: 2m, jitter: 50s, missed: all}], steps: [{say: tick}]}\n"

static const char first[] = WORKFLOWS("one"), second[] = WORKFLOWS("two");

enum fault_kind { F_CRASH, F_COMMIT, F_AWAY, F_POWER, F_FULL, F_RELOAD, F_CLOCK, F_SLOW, F_KINDS };

static struct sim s;

static size_t waited; /* runs that had to wait for their lock, in all seeds */

static struct play {
    bool on[F_KINDS];   /* the kinds of fault this seed has: about half of them */
    size_t since_crash; /* receipts from here on must come */
    bool calm;          /* the faults have ended */
    struct given_vote votes[4 * ACTS];
    size_t votes_n;
} play;

static struct fate dream(struct sim *w)
{
    struct fate f = {
        .us = 1 + sim_below(w, 3 * SECOND_US), .outputs = "o=1\n", .out = "{\"n\": 1}"};

    switch (sim_below(w, 24)) {
    case 0:
    case 1:
    case 2:
        f.code = 1;
        break;
    case 3:
        f.end = PROC_SIGNAL;
        f.code = 9;
        break;
    case 4:
        f.forever = true;
        break;
    case 5:
        f.forever = f.stubborn = true;
        break;
    case 6:
        f.us = 30 * SECOND_US;
        break;
    case 7:
        f.end = PROC_NOT_STARTED;
        f.code = 2;
        break;
    case 8:
        f.lost = !play.calm;
        break;
    case 9:
        f.no_start = true;
        break;
    case 10:
        f.out = f.outputs = "{";
        break;
    default:
        break;
    }
    return f;
}

static void nobody(void *arg, const struct err *e)
{
    (void)arg, (void)e;
}

static void nobody_retried(void *arg, const struct err *e, struct id made, bool seen)
{
    (void)arg, (void)e, (void)made, (void)seen;
}

static struct id random_run(void)
{
    struct id run = {0};
    int64_t n = sim_number(&s, "SELECT count(*) FROM runs");

    if (n)
        memcpy(run.s,
               sim_text(&s, "SELECT id FROM runs ORDER BY id LIMIT 1 OFFSET %lld",
                        (long long)sim_below(&s, n)),
               ID_LEN + 1);
    return run;
}

static void act_event(void)
{
    static const char *const types[] = {
        "go.chain", "go.par",  "go.sleepy", "go.idem",   "go.late", "go.json",
        "go.both",  "go.dead", "go.nobody", "go.agree",  "go.ask",  "go.lane",
        "go.rush",  "go.sole", "go.once",   "go.newest", "go.fork", "go.jury"};
    char delivery[32] = "", data[32];

    if (sim_below(&s, 2)) snprintf(delivery, sizeof delivery, "d-%d", (int)sim_below(&s, 20));
    snprintf(data, sizeof data, "{\"n\": %d}", (int)sim_below(&s, 10));
    /* one delivery is one event, however often it is sent */
    if (delivery[0]) snprintf(data, sizeof data, "{\"n\": %d}", delivery[2] - '0');
    sim_event(&s,
              types[delivery[0] ? (size_t)delivery[2] % COUNT_OF(types)
                                : (size_t)sim_below(&s, COUNT_OF(types))],
              arena_dup(s.arena, delivery, strlen(delivery)), data);
    for (int64_t more = sim_below(&s, 4) ? 0 : 3; more; more--) /* a queue */
        sim_event(&s, "go.lane", "", data);
}

/* What was told to have been counted; the rest of the story must not lose it. */
static void voted(void *arg, const struct err *e)
{
    struct given_vote *v = arg;

    v->counted = e->code == OK;
}

static void act_vote(void)
{
    static const char *const users[] = {"ana", "bo", "cy", "eve"};
    int64_t n = sim_number(&s, "SELECT count(*) FROM steps WHERE kind IN ('approval', 'ask')");
    struct given_vote *to = &play.votes[play.votes_n];
    struct vote v = {.kind = (enum vote_kind)sim_below(&s, 3), .way = STR("chat")};
    const char *answers[] = {"5", "10", "x"};

    if (!n || play.votes_n == COUNT_OF(play.votes)) return;
    memcpy(to->run.s,
           sim_text(&s,
                    "SELECT run FROM steps WHERE kind IN ('approval', 'ask') ORDER BY status = "
                    "'waiting', started_at LIMIT 1 OFFSET %lld",
                    (long long)(n - 1 - sim_below(&s, n < 4 ? n : 4))),
           ID_LEN + 1);
    if (v.kind == VOTE_DENY && sim_below(&s, 2)) v.kind = VOTE_APPROVE;
    to->kind = v.kind;
    to->user = users[sim_below(&s, 4)];
    v.who.user = str_of(to->user);
    if (v.kind == VOTE_ANSWER) v.answer = v_cstr(answers[sim_below(&s, 3)]);
    play.votes_n++;
    engine_vote(s.engine, to->run, STR(""), &v, voted, to);
}

static void act_command(void)
{
    static const char *const steps[] = {"a", "b", "c", "p/l/b"};
    struct id run = random_run();

    if (!run.s[0]) return;
    switch (sim_below(&s, 7)) {
    case 0:
        engine_cancel(s.engine, run, STR("eve"), nobody, &s);
        break;
    case 1:
        engine_resolve(s.engine, run, str_of(steps[sim_below(&s, 4)]),
                       (enum resolve)sim_below(&s, 3), STR("eve"), nobody, &s);
        break;
    case 2:
        engine_retry(s.engine,
                     &(struct once_more){.run = run,
                                         .from = sim_below(&s, 2)   ? STR("a")
                                                 : sim_below(&s, 2) ? STR("p")
                                                                    : STR(""),
                                         .by = STR("eve")},
                     nobody_retried, &s);
        break;
    default:
        act_vote();
    }
}

static void act_away(void)
{
    sim_kill(&s);
    sim_for(&s, sim_below(&s, 100 * SECOND_US));
    sim_boot(&s);
    if (sim_below(&s, 2)) { /* dies again while it recovers */
        for (int64_t i = sim_below(&s, 12); i; i--) sim_step(&s, s.mono + SECOND_US);
        sim_kill(&s);
        sim_boot(&s);
    }
    SIM_UNTIL(&s, s.ready);
}

static void act_fault(void)
{
    enum fault_kind kind = (enum fault_kind)sim_below(&s, F_KINDS);

    if (!play.on[kind]) return;
    switch (kind) {
    case F_CRASH:
        sim_crash(&s);
        break;
    case F_COMMIT:
        s.crash_commit = 1 + (int)sim_below(&s, 4);
        break;
    case F_AWAY:
        act_away();
        break;
    case F_POWER:
        if (sim_below(&s, 3) == 0) sim_power_cut(&s);
        break;
    case F_FULL:
        s.full = !s.full;
        break;
    case F_RELOAD:
        sim_use(&s, s.yaml == first ? second : first);
        break;
    case F_CLOCK:
        sim_clock(&s, (sim_below(&s, 3) - 1) * sim_below(&s, 600 * SECOND_US));
        break;
    case F_SLOW:
        s.commit_us = 1000 + (sim_below(&s, 2) ? sim_below(&s, 2 * SECOND_US) : 0);
        s.read_us = 200 + (sim_below(&s, 2) ? sim_below(&s, 2 * SECOND_US) : 0);
        s.claim_us = sim_below(&s, 500 * MS_US);
        s.spawn_us = 1000 + sim_below(&s, 500 * MS_US);
        break;
    case F_KINDS:
        break;
    }
}

static void storm(void)
{
    for (int i = 0; i < ACTS; i++) {
        size_t crashes = s.crashes;

        sim_for(&s, sim_below(&s, sim_below(&s, 4) ? SECOND_US : 20 * SECOND_US));
        if (sim_below(&s, 2))
            act_event();
        else if (sim_below(&s, 3))
            act_fault();
        else
            act_command();
        if (s.crashes != crashes) play.since_crash = s.receipts_n;
    }
}

/* Whoever looks after it decides about every step that is unknown. */
static void resolve_all(void)
{
    for (int64_t left = 200; left; left--) {
        const char *run = sim_text(&s, "SELECT run FROM steps WHERE status='unknown' LIMIT 1");
        const char *step = sim_text(&s, "SELECT path FROM steps WHERE status='unknown' LIMIT 1");
        struct id id = {0};

        if (!run[0]) return;
        memcpy(id.s, run, ID_LEN);
        sim_resolve(&s, id, step, (enum resolve)sim_below(&s, 2));
        sim_for(&s, SECOND_US);
    }
}

static void calm(void)
{
    size_t crashes = s.crashes;

    s.full = false;
    s.crash_commit = 0;
    play.calm = true;
    s.commit_us = 1000;
    s.read_us = 200;
    sim_for(&s, 1800 * SECOND_US);
    resolve_all();
    sim_for(&s, 1800 * SECOND_US);
    if (s.crashes != crashes) sim_fault(&s, "a crash came after the faults had ended");
}

static void check(void)
{
    const struct engine_counts *c = engine_counts(s.engine);

    check_receipts(&s, play.since_crash);
    check_events(&s);
    check_rows(&s);
    check_slots(&s);
    check_effects(&s);
    check_history(&s);
    waited += check_locks(&s);
    check_votes(&s, play.votes, play.votes_n);
    if (sim_number(&s, "SELECT count(*) FROM steps WHERE status='unknown'"))
        sim_fault(&s, "I6: a resolved step is unknown still");
    if (s.running) sim_fault(&s, "I5: %zu processes run on without a run", s.running);
    if (s.most_running > 64) sim_fault(&s, "%zu processes ran at once", s.most_running);
    if (c->live_runs || c->processes || c->queued_processes)
        sim_fault(&s, "the engine holds %lld runs, %lld processes, %lld queued",
                  (long long)c->live_runs, (long long)c->processes, (long long)c->queued_processes);
}

static char again[64]; /* how to play this seed again */

static uint64_t play_seed(uint64_t seed)
{
    uint64_t trace;

    memset(&play, 0, sizeof play);
    snprintf(again, sizeof again, "again: SIM_SEED=%llu SIM_SEEDS=1\n", (unsigned long long)seed);
    sim_init(&s, seed, first);
    s.noisy = getenv("SIM_NOISE") != NULL;
    s.dream = dream;
    watch_locks(&s);
    for (int i = 0; i < F_KINDS; i++) play.on[i] = sim_below(&s, 2);
    s.jitter_us = sim_below(&s, 2) ? sim_below(&s, 50 * MS_US) : 0;
    s.claim_us = sim_below(&s, 100 * MS_US);
    s.early = sim_below(&s, 2);
    storm();
    calm();
    check();
    trace = s.trace;
    if (s.faults[0]) print_error("seed %llu: %s\n%s", (unsigned long long)seed, s.faults, again);
    sim_done(&s);
    return trace;
}

static uint64_t number_of(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : fallback;
}

static void on_abort(int signal_number)
{
    if (write(STDERR_FILENO, again, strlen(again)) < 0) _exit(1);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

TEST(whatever_happens_the_promises_hold)
{
    uint64_t from = number_of("SIM_SEED", 1), n = number_of("SIM_SEEDS", SEEDS);

    signal(SIGABRT, on_abort);
    for (uint64_t i = 0; i < n; i++) play_seed(from + i);
    if (n >= SEEDS) TRUE(waited > n);
}

TEST(the_same_seed_plays_the_same_story)
{
    uint64_t from = number_of("SIM_SEED", 1);
    uint64_t n = number_of("SIM_SEEDS", PLAYED_TWICE) < PLAYED_TWICE ? 1 : PLAYED_TWICE;

    for (uint64_t seed = from; seed < from + n; seed++) {
        uint64_t once = play_seed(seed);

        if (once != play_seed(seed)) {
            print_error("seed %llu plays two stories\n", (unsigned long long)seed);
            _fail(__FILE__, __LINE__);
        }
    }
}

RUN(T(whatever_happens_the_promises_hold), T(the_same_seed_plays_the_same_story))
