/* inside.h - what the files of serve/ share.
 *
 * An ask is one request being answered. It and all it needs lie in the arena
 * of its http_request, which lives until the answer is sent; so an ask may
 * wait for a commit or a read by simply not answering yet.
 */
#ifndef SERVE_INSIDE_H
#define SERVE_INSIDE_H

#include "base/clock.h"
#include "io/http_server.h"
#include "serve/serve.h"

enum {
    PARTS_MAX = 2,
    LIST_LIMIT = 50,        /* items of a list, if the request does not say */
    LIST_MAX = 500,         /* items a request may ask for */
    ANSWER_MAX = 64 << 20,  /* bytes of a JSON answer */
    STREAM_MAX = 8 << 20,   /* bytes kept for a peer that reads slowly */
    AWAITED_MAX = 16 << 10, /* bytes that say what a step waits for */
    WORD_MAX = 256          /* bytes of a room, an id or a key that a request brings */
};

struct follower;

struct serve {
    struct serve_config c;
    char *data;
    struct http_server *http;
    struct hooks *hooks;
    size_t max_body;
    struct follower *followers;         /* open streams */
    struct follower *orphans;           /* their peers left while they were reading */
    struct reading *readings;           /* under way */
    struct arena *failed_arena;         /* of the last failed load; NULL: it passed */
    struct str failed;                  /* JSON */
    char *os_users[2];                  /* of our own user id and of root, looked up once */
    int64_t started_at;                 /* wall */
    int64_t denied, malformed, unknown; /* webhooks refused */
    int64_t told_at, untold;            /* the last log line about refused webhooks; those since */
    struct store_counts counts;         /* as of counts_at (mono), for metrics */
    int64_t counts_at;
    bool counted;
    bool quiet;
};

struct route;

struct ask {
    struct http_request *http;
    struct serve *serve;
    const struct route *route;
    struct str part[PARTS_MAX]; /* what stands where the route has {…} */
    bool owner;
    struct str user; /* the configuration's name for the owner */
};

/* route.c */
enum may { MAY_ANYONE, MAY_OWNER };

struct route {
    const char *method, *path; /* "/api/v1/runs/{id}/logs" */
    enum may may;
    void (*answer)(struct ask *a);
    const char *help; /* a sentence without its full stop */
};

extern const struct route routes[]; /* ends in {NULL} */

enum route_fit { ROUTE_FOUND, ROUTE_OTHER_METHOD, ROUTE_NONE };
/* ROUTE_OTHER_METHOD: *ret_allow (64 bytes) lists the methods there are. */
enum route_fit route_find(struct str method, struct str path, const struct route **ret,
                          struct str part[PARTS_MAX], char *ret_allow);
enum { ALLOW_MAX = 64 };
void serve_handle(struct http_request *r); /* the http_handler */

/* auth.c: fills in who asks; false when the route is not for them and the refusal was sent. */
bool auth_check(struct ask *a);
void auth_init(struct serve *s);
void auth_done(struct serve *s);

/* problem.c: RFC 9457. `name` is the last part of `type`. */
void problem_send(struct http_request *r, int status, const char *name, const char *detail,
                  const struct http_header *extra);
void problem_err(struct http_request *r, const struct err *e);  /* status and name by its code */
void problem_later(struct http_request *r, const char *detail); /* 503 with Retry-After */
void problem_body(struct buf *b, int status, const char *name, const char *detail);

/* answer.c */
void answer_json(struct ask *a, int status, struct buf *b); /* too long: 500 */
void answer_text(struct ask *a, int status, struct str text);
/* Values of the query. False: a problem was sent. */
bool ask_limit(struct ask *a, int *ret);
bool ask_id(struct ask *a, const char *name, struct id *ret); /* empty when it is not there */
bool ask_number(struct ask *a, const char *name, int64_t fallback, int64_t *ret);
/* The {id} of the path; a text that is no id names nothing: 404. */
bool ask_path_id(struct ask *a, const char *what, struct id *ret);
/* The body as a JSON object; an empty one is {}. */
bool ask_body(struct ask *a, struct value *ret);
/* A room as the request names it: NAME is console/NAME. False: a problem was sent. */
bool ask_room(struct ask *a, struct str name, bool console_only, struct str *ret);
/* The workflow of that name, in use now; NULL: a problem was sent. */
const struct workflow *ask_workflow(struct ask *a, struct str name);
bool ask_wants_stream(const struct ask *a); /* Accept: text/event-stream */
/* The Idempotency-Key; empty: there is none. False: a problem was sent. */
bool ask_key(struct ask *a, struct str *ret);
/* A delivery id made of words without spaces: false when one is unfit. */
bool query_word_valid(struct str s);

/* reading.c: a read of the store, then an answer. Embedded first in what a handler needs. */
struct reading {
    struct reading *next, **at;
    struct ask *ask;
    void (*work)(struct reader *r, struct reading *q); /* on a reader thread */
    void (*done)(struct reading *q); /* on the loop; NULL: `out` is the JSON answer. Not called
                                        after a fault, and adds nothing to `out` */
    struct buf out;
    struct err e; /* set by work: the answer is this problem */
};
void *reading_new(struct ask *a, size_t size);
void reading_start(struct reading *q);
void readings_drop(struct serve *s); /* when the store is closed: none of them will be done */

/* accept.c: an event to the engine, a receipt back. */
struct accepting {
    struct ask *ask;
    struct intake intake;
    struct str reply; /* what the room answered */
};
struct accepting *accepting_new(struct ask *a);
/* By `accept`, or straight to the engine when that is NULL. */
void accepting_start(struct accepting *x, void (*accept)(void *ctx, struct intake *in), void *ctx);

/* json.c: rows as the API shows them. Keys are put with their comma. */
void put_text(struct buf *b, const char *key, struct str s);
void put_id(struct buf *b, const char *key, const struct id *id); /* null when empty */
void put_time(struct buf *b, const char *key, int64_t wall_us);   /* null when 0 */
void put_int(struct buf *b, const char *key, int64_t n);
void put_bool(struct buf *b, const char *key, bool v);
void put_json(struct buf *b, const char *key, struct str json); /* null when empty */
void put_key(struct buf *b, const char *key);
void put_comma(struct buf *b); /* unless it is the first of its list or map */
void event_json(struct buf *b, const struct event_row *r, bool whole);
void run_json(struct buf *b, const struct run_row *r, bool whole); /* whole: without its last } */
void step_json(struct buf *b, const struct step_row *r);
/* Adds what people a step waits for, see vote_awaited(); nothing when it does not. */
void step_awaited(const struct step_row *r, int64_t now, struct buf *out);
void say_json(struct buf *b, const struct say_row *r);
/* A run with its steps and what it said; false: there is none. */
bool run_whole_json(struct buf *b, struct reader *r, struct id id, struct arena *a,
                    struct run_row *ret);

/* locks.c: how a run stands to its lock; nothing when it has none. */
void put_turn(struct buf *b, struct reader *r, const struct run_row *run);
void lock_words(struct buf *b, struct reader *r, const struct run_row *run, struct arena *a);

/* follow.c: streams that tell what happens. */
struct follower {
    struct follower *next, **at;
    struct serve *serve;
    struct http_stream *stream; /* NULL: the peer is gone */
    struct arena *arena;        /* its own; the follower lies in it */
    void (*heard)(struct follower *f, const struct changed *c);
    void (*over)(struct follower *f); /* releases what does not lie in the arena; may be NULL */
    void (*work)(struct reader *r, struct follower *f); /* on a reader thread: into `out` */
    void (*done)(struct follower *f); /* then on the loop; only while it streams */
    struct buf out;
    bool reading, again; /* a read is under way; another is wanted after it */
};
void *follower_new(struct ask *a, size_t size); /* answers the ask with a stream */
void follower_read(struct follower *f);         /* a read now, or once more after the present one */
void follower_send(struct follower *f, struct str data);
void follower_end(struct follower *f); /* after what was sent; not called back any more */
void followers_end(struct serve *s);
void followers_drop(struct serve *s); /* as readings_drop() */
void sse_add(struct buf *b, const char *event, const char *id, struct str data);

/* the handlers */
void hook_post(struct ask *a);
void event_post(struct ask *a);
void events_get(struct ask *a);
void event_get(struct ask *a);
void event_why(struct ask *a);
void workflows_get(struct ask *a);
void workflow_run(struct ask *a);
void runs_get(struct ask *a);
void run_get(struct ask *a);
void run_history(struct ask *a);
void run_why(struct ask *a);
void run_logs(struct ask *a);
void run_stream(struct ask *a);
void run_cancel(struct ask *a);
void run_retry(struct ask *a);
void locks_get(struct ask *a);
void run_resolve(struct ask *a);
void run_approve(struct ask *a);
void run_deny(struct ask *a);
void run_answer(struct ask *a);
void chat_post(struct ask *a);
void chat_get(struct ask *a);
void status_get(struct ask *a);
void reload_post(struct ask *a);
void backup_post(struct ask *a);
void health_get(struct ask *a);
void ready_get(struct ask *a);
void metrics_get(struct ask *a);

#endif
