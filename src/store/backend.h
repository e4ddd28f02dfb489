/* backend.h - what a database does for the store; seen inside store/ only.
 *
 * store.c owns queues and threads and knows no SQL; read.c and check.c hold the
 * queries, in SQL that SQLite and PostgreSQL both take ($1, $2, … first used in
 * that order); a backend owns the connections, the schema, the writing
 * statements and what its errors mean. One backend is one struct of functions.
 *
 * Threads: open and close on the owner's; commit and forget on the store thread;
 * checkpoint on the checkpoint thread, beside a commit; a link on one reader thread.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "store/store.h"

enum { GROUP_BATCHES = 512 }; /* in one transaction */

struct backend;
struct link; /* one reading connection */

/* One fact of a batch, in the order in which they were put in. */
enum op_kind {
    OP_EVENT,
    OP_RUN_NEW,
    OP_RUN,
    OP_STEP,
    OP_HISTORY,
    OP_SAY,
    OP_SAID,
    OP_SAY_FAILED,
    OP_VERSION,
    OP_TICK,
    OP_META,
    OP_KINDS
};

struct op {
    struct op *next;
    enum op_kind kind;
    const void *row; /* the row of its kind; OP_SAID, OP_SAY_FAILED: struct said_row */
};

struct said_row {
    struct id say;
    int64_t at;
    int32_t tries;
};

struct meta_row {
    struct str key, value;
};

/* Whatever waits in a queue of the store: it is the first member of what is waiting. */
struct job {
    struct job *next;
    enum { JOB_BATCH, JOB_FORGET, JOB_READ } kind;
    enum commit how;
};

struct batch {
    struct job job;
    struct arena *arena; /* the batch itself lies in it */
    struct op *first, *last;
    const struct event_row *event; /* the first, or what stands for it: what may have been seen */
    struct id seen;
    commit_done *done;
    void *arg;
};

/* A query being read. */
struct cursor {
    struct link *link;
    void *statement;
    bool kept;
};

struct param {
    bool is_text;
    struct str text;
    int64_t number;
};

#define P_TEXT(s) ((struct param){.is_text = true, .text = (s)})
#define P_ID(id)  P_TEXT(id_str(id))
#define P_INT(i)  ((struct param){.number = (i)})

struct query {
    const char *sql;
    bool keep; /* sql is a constant: its statement is kept for the next time */
    const struct param *params;
    int n;
};

struct backend_ops {
    err_t (*open)(const struct store_config *c, struct backend **ret, struct err *e);
    void (*close)(struct backend *b);

    /* One transaction for the batches from `first` along job.next, at most GROUP_BATCHES; sets
       `how` of each. */
    void (*commit)(struct backend *b, struct job *first);
    /* One small transaction that deletes about `rows` rows; adds to f's outputs. *ret_more is false
       when nothing is left. */
    enum commit (*forget)(struct backend *b, struct forget *f, size_t rows, bool *ret_more);

    /* The log has grown so far that checkpoint() should be called; on the store thread. */
    bool (*checkpoint_due)(struct backend *b);
    /* True when the log can only be used from its start again if it is called once more while
       nothing is being committed. */
    bool (*checkpoint)(struct backend *b);

    err_t (*link_open)(struct backend *b, struct link **ret, struct err *e);
    void (*link_close)(struct link *l);
    err_t (*link_begin)(struct link *l, struct err *e); /* from here on one state of the database */
    void (*link_end)(struct link *l);

    err_t (*query)(struct link *l, const struct query *q, struct cursor *ret, struct err *e);
    bool (*next)(struct cursor *c, struct err *e); /* false: no more rows, or e->code is not OK */
    int64_t (*number)(struct cursor *c, int column);
    struct str (*text)(struct cursor *c, int column); /* valid until next() */
    void (*end)(struct cursor *c);

    int64_t (*bytes)(struct link *l); /* of the file and its log */
    err_t (*backup)(struct link *l, const char *path, struct err *e);
    void (*check)(struct link *l, struct report *report); /* the structure, without the rows */
};

extern const struct backend_ops sqlite_backend;

/* What a read_work gets. */
struct reader {
    const struct backend_ops *ops;
    struct link *link; /* NULL: it could not be opened, see fault */
    const char *path;  /* of the database, for complaints */
    struct err fault;
};

/* Used by read.c and check.c. reader_start() is false after a fault; reader_next() ends the cursor
   itself when it returns false. */
bool reader_start(struct reader *r, const struct query *q, struct cursor *ret);
bool reader_next(struct reader *r, struct cursor *c);
void reader_stop(struct reader *r, struct cursor *c); /* before the last row */

#endif
