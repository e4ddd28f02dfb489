/* store.h - what survives. One interface; sqlite_*.c is one way to keep it (backend.h).
 *
 * Writing: the caller fills a batch and commits it; a batch is atomic. The
 * store thread takes all batches that wait, applies them in order in one
 * transaction, syncs it to disk, and reports each. Reading: a query runs on a
 * reader thread with a connection of its own and sees the last commit.
 * Reports and query ends are delivered by store_drain(), which the owner calls
 * on its own thread after `notify` (called from a store thread) told it to.
 *
 * A failed sync is never retried: after COMMIT_BROKEN the store refuses
 * everything and the process must end; the next start recovers from the log.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/report.h"
#include "store/row.h"

struct store;
struct batch;
struct reader;

struct store_config {
    const char *path;           /* of the database file; its folder exists */
    bool threads;               /* false: all work is done inside store_drain(), for simulations */
    bool read_only;             /* for fsck and the like beside a server: no lock, no migration */
    int64_t dedup_days;         /* how long a delivery id is remembered; at least 1 */
    int64_t (*wall)(void *ctx); /* the clock, wall microseconds; for the day of a delivery */
    void (*notify)(void *ctx);  /* call store_drain() soon; from a store thread, or without
                                   threads from within store_commit(), _read() and _forget() */
    void *ctx;
};

/* Opens, creates, or migrates (after a snapshot of the file beside it: PATH.vN.bak).
   Errors are sentences that say what to do: E_IO not a database or damaged (run `botops fsck`),
   made by a newer version, folder not writable; E_FULL. */
err_t store_open(const struct store_config *c, struct store **ret, struct err *e) MUST_CHECK;
void store_close(struct store *s); /* commits what waits, drops undelivered reports */
void store_drain(struct store *s);
int store_schema_version(void); /* the version this program writes */

/* --- writing --- */

enum commit {
    COMMIT_OK,    /* on disk */
    COMMIT_SEEN,  /* its delivery was accepted before: nothing was written */
    COMMIT_FULL,  /* disk full: nothing was written; later tries may pass */
    COMMIT_BROKEN /* the disk failed: end the process */
};

typedef void commit_done(void *arg, struct batch *b, enum commit how);

struct batch *batch_new(void);
void batch_free(struct batch *b);
struct arena *batch_arena(struct batch *b); /* rows' texts live here */

/* Puts what a row says into the batch; the row itself is copied, its texts are borrowed. */
void batch_event(struct batch *b, const struct event_row *r); /* only the first of a batch may have
                                                                 a delivery: it decides for all */
/* Instead: the batch is written once for this delivery, and `id` stands where an event's would. To
   be called before batch_event(). */
void batch_once(struct batch *b, struct str delivery, struct id id);
void batch_run_new(struct batch *b, const struct run_row *r);
void batch_run(struct batch *b,
               const struct run_row *r); /* updates what may change; seq must be the
                                           stored one plus 1: else COMMIT_BROKEN */
void batch_step(struct batch *b, const struct step_row *r); /* inserts or replaces */
void batch_history(struct batch *b, const struct history_row *r);
void batch_say(struct batch *b, const struct say_row *r);
void batch_said(struct batch *b, struct id say, int64_t at); /* it was sent */
void batch_say_failed(struct batch *b, struct id say, int32_t tries);
void batch_version(struct batch *b, const struct version_row *r); /* kept if it is there already */
void batch_tick(struct batch *b, const struct tick_row *r);       /* inserts or replaces */
void batch_meta(struct batch *b, struct str key, struct str value);

/* Gives the batch to the store. `done` is called once by store_drain(); it may look at the batch,
   which is freed after it returns. */
void store_commit(struct store *s, struct batch *b, commit_done *done, void *arg);

/* After COMMIT_SEEN: the event, or batch_once()'s id, that was accepted first. */
struct id batch_seen(const struct batch *b);

/* Deletes what is older than `before`: ended runs with their steps, history and said words, and
   events that began no run that is still kept, and said words of no run; a run with words yet
   unsent stays. About `limit` rows a call, in small transactions between commits; a run goes whole.
   *ret_runs (may be NULL) gets the ids of deleted runs, so that their folders can go too. Runs on
   the store thread. */
struct forget {
    int64_t before;
    int limit;
    struct arena *arena;
    struct id *runs;
    size_t runs_n, rows; /* out: rows deleted in all; less than limit: nothing is left to do */
};
void store_forget(struct store *s, struct forget *f, void (*done)(void *arg, enum commit how),
                  void *arg);

/* --- reading --- */

enum lane { LANE_ENGINE, LANE_PEOPLE }; /* short point reads; lists that may take long */

typedef void read_work(struct reader *r, void *arg); /* on a reader thread */
typedef void read_done(void *arg);                   /* by store_drain() */
void store_read(struct store *s, enum lane lane, read_work *work, read_done *done, void *arg);

/* Single rows: false when there is none. A reader that cannot read because of the disk remembers
   the fault: reader_fault(). */
bool reader_event(struct reader *r, struct id id, struct arena *a, struct event_row *ret);
bool reader_run(struct reader *r, struct id id, struct arena *a, struct run_row *ret);
bool reader_version(struct reader *r, struct str hash, struct arena *a, struct version_row *ret);
bool reader_say(struct reader *r, struct id id, struct arena *a, struct say_row *ret);
bool reader_tick(struct reader *r, struct str workflow, struct str trigger, int64_t *ret_last_at);
bool reader_meta(struct reader *r, struct str key, struct arena *a, struct str *ret);
int64_t reader_next_wake(struct reader *r, int64_t after); /* the least wake_at of open runs that is
                                                              later; 0: none */
err_t reader_fault(struct reader *r, struct err *e);

/* Lists, in the order of their ids unless said otherwise; each ends when `each` returns false. Rows
   are valid only during the call. */
typedef bool each_event(void *arg, const struct event_row *r);
typedef bool each_run(void *arg, const struct run_row *r);
typedef bool each_step(void *arg, const struct step_row *r);
typedef bool each_history(void *arg, const struct history_row *r);
typedef bool each_say(void *arg, const struct say_row *r);
typedef bool each_tick(void *arg, const struct tick_row *r);

struct run_filter {
    struct str status, workflow, room; /* empty: any */
    struct id event;                   /* empty: any */
    struct id before; /* newest first, from those older than this; empty: the newest */
    int limit;
};
struct event_filter {
    struct str type, connection; /* empty: any; a type that ends in "*" is a prefix */
    struct id before;
    int limit;
};
void reader_events(struct reader *r, const struct event_filter *f, each_event *each, void *arg);
void reader_runs(struct reader *r, const struct run_filter *f, each_run *each, void *arg);
void reader_live_runs(struct reader *r, each_run *each, void *arg); /* `live`, for recovery */
void reader_due_runs(struct reader *r, int64_t now, int limit, each_run *each, void *arg);
/* Runs that ask for this lock and have not ended, as its turns stand: those that hold it, then
   those that wait, in their order. `waiting`: only those; `asking`: only those that rather end than
   wait. */
enum lock_part { LOCK_ALL, LOCK_HOLDING, LOCK_WAITING, LOCK_ASKING };
void reader_lock_runs(struct reader *r, struct str lock, enum lock_part part, int limit,
                      each_run *each, void *arg);
int64_t reader_lock_held(struct reader *r, struct str lock); /* how many runs hold it */
int64_t reader_lock_before(struct reader *r, struct id run); /* how many wait before this one */
/* Locks that are held or waited for, by name, from those after `after` on. */
struct lock_row {
    struct str lock;
    int64_t held, waiting;
};
typedef bool each_lock(void *arg, const struct lock_row *r);
void reader_locks(struct reader *r, struct str after, int limit, each_lock *each, void *arg);
/* Those among them of which a waiting run could get its turn now. */
void reader_locks_due(struct reader *r, struct str after, int limit, each_lock *each, void *arg);
void reader_steps(struct reader *r, struct id run, each_step *each,
                  void *arg); /* as first started */
void reader_history(struct reader *r, struct id run, each_history *each, void *arg);
void reader_unsent(struct reader *r, each_say *each, void *arg);
void reader_says(struct reader *r, struct str room, struct id after, int limit, each_say *each,
                 void *arg);
void reader_run_says(struct reader *r, struct id run, each_say *each, void *arg);
void reader_ticks(struct reader *r, each_tick *each, void *arg);

struct store_counts {
    int64_t events, runs, open_runs, unsent, bytes; /* bytes: of the file and its log */
};
void reader_counts(struct reader *r, struct store_counts *ret);

/* A consistent copy of the database into a new file (which must not exist), while it is in use. */
err_t reader_backup(struct reader *r, const char *path, struct err *e) MUST_CHECK;

/* Looks for damage: the file's structure, then what rows must agree on (history without gaps and
   only allowed moves given by `allowed`, ended runs with open steps, steps without a run, events
   named by runs). Complaints go to `report`; returns how many rows were looked at. */
int64_t reader_check(struct reader *r, bool (*allowed)(struct str moves), struct report *report);

#endif
