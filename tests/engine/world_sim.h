/* world_sim.h - a world for the engine in which nothing is real but the store.
 *
 * One queue of events, ordered by a clock that only moves when it is told to:
 * commits and reads take their time, processes are models that claim, run, end
 * and outlive the server, files are texts in memory. All chance comes from one
 * seed, so that the same seed plays the same story; `trace` sums it up.
 *
 * The store is the product's, without threads, on a file in memory. A crash
 * throws the engine away in mid-flight: what was not committed is gone, what
 * was committed but not reported is on disk, and processes go on.
 *
 * Times: microseconds.
 */
#ifndef TESTS_ENGINE_WORLD_SIM_H
#define TESTS_ENGINE_WORLD_SIM_H

#include "test.h"

#include <sqlite3.h>

#include "base/clock.h"
#include "engine/engine.h"

enum { SIM_RECEIPTS = 20000, SIM_RUNS = 16, SIM_FATES = 32, SIM_TEXT = 4096 };

/* What becomes of a process whose script is `script`. */
struct fate {
    const char *script;
    int64_t us;        /* how long it runs; 0: a second */
    enum proc_end end; /* PROC_EXITED with `code` when left out */
    int code;
    const char *outputs; /* what it writes to $BOTOPS_OUTPUT; NULL: nothing */
    const char *out;     /* its standard output */
    int fail_first;      /* this many attempts end with exit code 1 */
    bool forever;        /* never ends by itself */
    bool stubborn;       /* a kill takes until the grace is over */
    bool lost;           /* its holder is killed where it would have ended */
    bool no_start;       /* cannot be spawned at all */
    bool no_claim;       /* its holder cannot make the claim, as on a full disk */
};

struct sim_effect { /* a process that really ran: the record that the checker goes by */
    char run[ID_LEN + 1], step[128];
    int attempt;
    int64_t at;
};

struct sim;

struct sim_receipt {
    struct sim *sim;
    int calls; /* how often it was answered */
    enum commit how;
    struct id event, runs[SIM_RUNS];
    size_t runs_n;
    char refused[256];
    int64_t stored;  /* events with its id on disk at the moment of the answer */
    size_t verdicts; /* triggers considered, each looked at */
};

struct sim_answer {
    int calls;
    err_t code;
    char text[512];
    struct id run;
    bool seen;
};

struct sim_event;
struct sim_shim;
struct sim_place;

struct sim {
    struct world face;
    struct arena *arena;
    uint64_t seed, dice, trace;
    int64_t mono, offset; /* wall is mono + offset */
    char folder[64], path[96], boot[40];
    struct store *store;
    sqlite3 *db; /* the checker's own look at the file */
    struct engine *engine;
    const char *yaml;
    bool ready;

    struct sim_event **queue; /* a heap */
    size_t queue_n, queue_cap;
    uint64_t serial;
    struct world_timer *timers;
    struct world_proc *handles;
    struct sim_shim *shims;
    struct sim_place *places;
    int64_t commit_us, read_us, spawn_us, claim_us; /* how long things take */
    int64_t jitter_us;                              /* and up to this much more */
    int64_t last_at[3];                             /* of the store's events, by kind */

    bool full;        /* the disk: every commit, every claim and every spawn fails */
    int crash_commit; /* the n-th commit from now is written, and then the server dies; 0: off */
    bool crashed;
    bool early;      /* reads may see a commit before it is reported */
    bool shims_held; /* no holder comes to its claim */
    bool noisy;      /* tells each event on standard error */

    struct fate fates[SIM_FATES];
    size_t fates_n;
    struct fate usual;
    struct fate (*dream)(struct sim *s); /* makes up the fate of each process; NULL: the above */
    const char *files[SIM_FATES][2], *env[SIM_FATES][2];
    size_t files_n, env_n;

    struct sim_effect *effects;
    size_t effects_n, spawns, kills, commits, reports, crashes, removed;
    size_t running, most_running;
    char faults[1024]; /* what went against the promises on the way; empty: nothing */
    const char *last_argv[32], *last_env[64];
    char last_dir[256], last_script_file[256], last_script[256];

    struct sim_receipt *receipts;
    size_t receipts_n;
    struct sim_answer answer;
};

/* Begins a world and starts a server in it with this configuration; it is ready when sim_init()
   returns. */
void sim_init(struct sim *s, uint64_t seed, const char *yaml);
void sim_done(struct sim *s);

uint64_t sim_dice(struct sim *s);
int64_t sim_below(struct sim *s, int64_t n); /* 0 .. n-1 */
int64_t sim_wall(const struct sim *s);

void sim_fate(struct sim *s, struct fate f); /* replaces an earlier one of the same script */

/* Notes that a promise was broken; the first is kept, and sim_done() fails the test with it. */
void sim_fault(struct sim *s, const char *fmt, ...) PRINTF(2, 3);

/* Moves on. sim_step() does the next thing that is due, at most at `until` (mono); false when
   there is none. */
bool sim_step(struct sim *s, int64_t until);
void sim_for(struct sim *s, int64_t us);
/* Until the condition holds; the test fails when it does not within a simulated day. */
#define SIM_UNTIL(s, condition)                                                                    \
    do {                                                                                           \
        int64_t end_ = (s)->mono + 86400 * SECOND_US;                                              \
        while (!(condition))                                                                       \
            if (!sim_step(s, end_)) {                                                              \
                print_error("never, with seed %llu: %s\n", (unsigned long long)(s)->seed,          \
                            #condition);                                                           \
                _fail(__FILE__, __LINE__);                                                         \
            }                                                                                      \
    } while (0)

/* The server dies, and (sim_boot) another is started on what it left. */
void sim_kill(struct sim *s);
void sim_boot(struct sim *s);      /* returns before it is ready */
void sim_crash(struct sim *s);     /* both, and until it is ready */
void sim_power_cut(struct sim *s); /* the machine goes down with all processes, and comes back */
void sim_is_ready(void *sim);      /* sets s->ready */
void sim_use(struct sim *s, const char *yaml); /* a reload */
void sim_clock(struct sim *s, int64_t by_us);  /* somebody sets the clock */

/* Gives an event to the engine; the number of its receipt. delivery "": none. data: JSON. */
size_t sim_event(struct sim *s, const char *type, const char *delivery, const char *data);
size_t sim_give(struct sim *s, struct intake in);
/* The same, and waits for the receipt; the first run it started. */
struct id sim_start(struct sim *s, const char *type);

void sim_cancel(struct sim *s, struct id run); /* these wait for the answer: s->answer */
void sim_resolve(struct sim *s, struct id run, const char *step, enum resolve as);
void sim_retry(struct sim *s, struct id run, const char *from);
void sim_retry_once(struct sim *s, struct id run, const char *key);
/* A known user, not the owner; comment is the answer for VOTE_ANSWER. */
void sim_vote(struct sim *s, struct id run, enum vote_kind kind, const char *user,
              const char *comment);
void sim_answered(void *sim, const struct err *e);
void sim_retried(void *sim, const struct err *e, struct id made, bool seen);

/* What the file says, by SQL. */
int64_t sim_number(struct sim *s, const char *sql, ...) PRINTF(2, 3);
const char *sim_text(struct sim *s, const char *sql, ...) PRINTF(2, 3); /* "" for none; valid until
                                                                          eight calls later */
sqlite3_stmt *sim_query(struct sim *s, const char *sql);                /* to be finalized */
const char *sim_status(struct sim *s, struct id run);
const char *sim_step_status(struct sim *s, struct id run, const char *step);
size_t sim_effects(const struct sim *s, struct id run, const char *step); /* processes that ran */
const char *sim_env(const struct sim *s, const char *name); /* of the process spawned last; NULL */
bool sim_alive(const struct sim *s, struct id run, const char *step); /* a process runs now */
bool sim_claimed(const struct sim *s, struct id run);
const char *sim_outputs(struct sim *s, struct id run, const char *step);
const char *sim_error(struct sim *s, struct id run, const char *step); /* of its last attempt */
const char *sim_argv(const struct sim *s); /* of the process spawned last, `|` between its words */
void sim_to_end(struct sim *s, struct id run); /* until it has ended */

/* A configuration of one workflow that an event `go` starts. */
#define ONE(steps) "workflows: [{name: w, on: [{event: go}], steps: [" steps "]}]\n"

#endif
