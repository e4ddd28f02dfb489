/* engine.h - makes it happen: takes events in, carries runs on, lives through crashes.
 *
 * One thread owns the engine. Nothing here blocks: whatever needs the disk or
 * a process ends in a call-back. What is promised: when `accepted` is called
 * with COMMIT_OK, the event and the runs it starts are on disk; a step is
 * recorded as started before it starts; a process is started at most once an
 * attempt, whatever crashes when.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "engine/world.h"
#include "workflow/advance.h"
#include "workflow/match.h"

struct engine;

struct engine_config {
    const struct world *world;
    const char *data;         /* folder of the server's state, absolute */
    const char *repo;         /* folder of the automation repository, absolute */
    struct load_options load; /* to load pinned workflow versions again */
};

struct engine *engine_new(const struct engine_config *c);
void engine_free(struct engine *e); /* processes go on; nothing more is called back */

/* Takes over a configuration: events from now on meet it, runs go on with the version they began
   with. The engine owns it from here on. */
void engine_use(struct engine *e, struct config *c);
const struct config *engine_config(const struct engine *e);

/* Recovers what was open at the last end of the server, then calls `ready`. To be called once,
   after engine_use(). */
void engine_start(struct engine *e, world_call *ready, void *arg);
bool engine_ready(const struct engine *e);

/* Stops starting anything new: events are refused, processes go on under their shims. `idle` is
   called when no commit is under way any more. */
void engine_quiesce(struct engine *e, world_call *idle, void *arg);

/* --- events in --- */

struct receipt {
    enum commit how;
    struct id event;       /* of the first delivery when how is COMMIT_SEEN */
    const struct id *runs; /* started by this delivery; none for COMMIT_SEEN */
    size_t runs_n;
    const struct decision *decision; /* NULL for COMMIT_SEEN */
    struct str reply;                /* what the room answered by itself; empty: nothing */
    const char *refused; /* how is COMMIT_FULL: a sentence why (disk full, shutting down) */
};
typedef void accepted(void *arg, const struct receipt *r);

/* What a room answers by itself to a line that starts nothing, before it is committed with it:
   Markdown, or empty for silence. Texts live in the arena. */
typedef struct str engine_reply(void *ctx, const struct event *e, const struct decision *d,
                                struct arena *a);

struct intake {
    struct event event; /* id and at are filled in by the engine; texts and values are borrowed
                           until `done` is called */
    struct str raw;     /* the data as JSON text, if it is at hand; empty: it is written anew */
    const struct workflow
        *workflow; /* start just this one with `inputs`, whatever the triggers say */
    struct value inputs;
    struct str trigger;  /* "cli", "api"; empty: by the kind of the trigger that matched */
    engine_reply *reply; /* NULL: none */
    void *reply_ctx;
    accepted *done;
    void *arg;
};

void engine_accept(struct engine *e, const struct intake *in);

/* --- runs --- */

/* Answers of commands about a run: OK, or E_NOT_FOUND, E_CONFLICT ("it has ended: succeeded"),
   E_INPUT, E_FULL with a sentence. */
typedef void answered(void *arg, const struct err *e);

void engine_cancel(struct engine *e, struct id run, struct str by, answered *done, void *arg);
void engine_resolve(struct engine *e, struct id run, struct str step, enum resolve as,
                    struct str by, answered *done, void *arg);

/* Somebody approves, denies or answers what a step of the run asks (vote.h); `step` may be empty:
   the one that waits for it. The vote is copied. Also E_DENIED. */
void engine_vote(struct engine *e, struct id run, struct str step, const struct vote *v,
                 answered *done, void *arg);

struct once_more {
    struct id run;
    struct str from; /* the steps before this one keep the results they had; empty: none does */
    struct str by;
    struct str key; /* the same run and key again begin nothing; empty: each call does */
};

/* A new run of the same workflow version with the same inputs. When the answer is OK, `made` is
   that run; or, `seen`, the one that an earlier call with the key has made. */
typedef void retried(void *arg, const struct err *e, struct id made, bool seen);
void engine_retry(struct engine *e, const struct once_more *what, retried *done, void *arg);

/* Keeps a text for a room (committed, then `engine_listen` tells). */
void engine_say(struct engine *e, struct str room, struct str text);

/* --- watching --- */

enum change { CHANGE_RUN, CHANGE_SAY, CHANGE_EVENT };

/* Called after each commit for what it changed: a run (its id, its workflow and new status), a say
   (its id and room). Listeners read more from the store. */
struct changed {
    enum change what;
    struct id id;
    struct str room, workflow;
    const char *status;
};
typedef void engine_heard(void *ctx, const struct changed *c);
void engine_listen(struct engine *e, engine_heard *heard,
                   void *ctx); /* ctx NULLs cannot be told apart: one listener a ctx */
void engine_unlisten(struct engine *e, void *ctx);

/* The text of a secret of the configuration; `engine` is a struct engine (a template_secret). */
err_t engine_secret(void *engine, struct str name, struct arena *a, struct str *ret,
                    struct err *e) MUST_CHECK;
/* The same for a configuration that is not in use yet. */
err_t engine_secret_of(const struct engine *e, const struct config *c, struct str name,
                       struct arena *a, struct str *ret, struct err *err) MUST_CHECK;

/* --- numbers, for /metrics and status --- */

struct engine_counts {
    int64_t events, duplicates, refused; /* since start */
    int64_t runs_started, runs_succeeded, runs_failed, runs_cancelled, runs_denied;
    int64_t steps_started, steps_failed, steps_unknown;
    int64_t processes, queued_processes; /* now */
    int64_t live_runs;                   /* held in memory now */
};
const struct engine_counts *engine_counts(const struct engine *e);

/* What the names of the files of a step begin with: DATA/runs/DAY/RUN/PATH.ATTEMPT */
void engine_step_stem(const struct engine *e, const struct id *run, struct str path, int attempt,
                      struct buf *out);

/* Folder of everything a run left behind: DATA/runs/DAY/RUN */
void engine_run_folder(const struct engine *e, const struct id *run, struct buf *out);

#endif
