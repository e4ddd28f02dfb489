/* row.h - what is kept: the rows of the store, as plain data.
 *
 * Every view is borrowed: rows given to a batch must live in the batch's arena
 * (or be constants), rows that come from a reader live in the arena given to
 * it. Times are wall microseconds, 0 when not yet. Texts named JSON hold one
 * JSON value; statuses are the names of workflow/'s state machines.
 */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/str.h"

/* How a run stands to its lock. Those from TURN_HIGH on wait for it: in this order, and within one
   as they came. */
enum turn { TURN_NONE, TURN_HOLDS, TURN_HIGH, TURN_NORMAL, TURN_LOW };

struct event_row {
    struct id id;
    int64_t at;            /* accepted */
    int64_t time;          /* when it happened, as its source says; `at` if it does not */
    struct str type;       /* "github.push" */
    struct str source;     /* CloudEvents source */
    struct str subject;    /* may be empty */
    struct str connection; /* the connection or bot it came by; empty: the server itself */
    struct str delivery;   /* the sender's id of this delivery; empty: no deduplication */
    struct str user, room; /* who and where, when it came from a person */
    int32_t depth;         /* length of the chain of events that led here */
    struct str data;       /* JSON, as received */
    struct str
        decision; /* JSON: the configuration's hash, the triggers considered, the runs begun */
};

struct run_row {
    struct id id, event;
    struct str workflow, version; /* name; content hash, see version_row */
    struct str trigger;           /* "chat", "event", "schedule", "cli", "api" */
    struct str user, room;
    struct str inputs; /* JSON */
    int32_t attempt;   /* 1, or one more than that of the run it was retried from */
    int64_t created_at;
    struct str lock, conflict; /* the lock it asks for, and what if it is held; empty: none */
    int32_t lock_limit;        /* how many may hold it, as this run asks */
    /* from here on: what a run update writes */
    int32_t seq;                     /* one more at each change */
    struct str status, phase;        /* phase: "steps", "on_failure", "finally", "done" */
    struct str verdict;              /* how it will end: a status, or empty while that is open */
    struct str vars, outputs;        /* JSON; empty: none */
    struct str failed_step, message; /* why it failed, was cancelled or stopped */
    int64_t started_at, ended_at;
    int64_t wake_at; /* the next time something is due; 0: nothing is */
    bool live;       /* some step runs in a process, or an effect is to be checked */
    int32_t turn;    /* with its lock: enum turn */
};

struct step_row {
    struct id run;
    struct str path; /* "build"; "on_failure/0"; unique in the run */
    int32_t attempt; /* from 1 */
    int32_t round;   /* the attempt of the step around it that this belongs to; 0: there is none */
    struct str kind; /* "run", "say", … */
    struct str status;
    struct str outputs; /* JSON; empty: none */
    struct str error;   /* a sentence; empty: none */
    int32_t exit_code;  /* -1: none */
    int64_t started_at, ended_at;
    int64_t due_at;  /* sleeping or waiting to be retried until then; running: its time limit */
    struct str boot; /* the machine's boot id when a process was started */
};

struct history_row { /* one a change of a run: what moved, in words of the state machines */
    struct id run;
    int32_t seq;
    int64_t at;
    struct str moves; /* "run queued>running; build#1 pending>running" */
};

struct say_row { /* the outbox: what is to be said, and whether it was */
    struct id id;
    struct id run;   /* empty when no run says it */
    struct str room; /* "console/…", "BOT/ROOM" */
    struct str kind; /* "say", "reply", "start", "end" */
    struct str text; /* Markdown */
    int64_t created_at, sent_at;
    int32_t tries;
};

struct version_row { /* a workflow or a whole configuration, by what it contains */
    struct str hash; /* SHA-256, hex */
    struct str kind; /* "workflow", "config" */
    struct str name;
    struct str source; /* JSON text from which it can be loaded again */
    int64_t created_at;
};

struct tick_row {                 /* the last time a schedule fired or was passed over */
    struct str workflow, trigger; /* trigger: its expression and zone */
    int64_t last_at;
};

#endif
