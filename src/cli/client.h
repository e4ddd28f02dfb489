/* client.h - the one way from a command to its server.
 *
 * The server is the one --server or BOTOPS_SERVER names (then with the token in
 * BOTOPS_TOKEN), else the local one, by the Unix socket in its data folder. An
 * answer that is a problem (RFC 9457) becomes an error with the problem's
 * sentence: E_INPUT, E_DENIED, E_NOT_FOUND, … by its status; no server at all
 * is E_OFFLINE. Calls block. A client may be used by two threads at once after
 * its first call was made by one.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/id.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/sse.h"

enum {
    CLIENT_TIMEOUT_S = 120, /* of a call that is no stream; a backup takes its time */
    CLIENT_ANSWER_MAX = 64 << 20,
    CLIENT_PATIENCE_S = 60 /* how long a server that was there is waited for */
};

struct client {
    const char *base;      /* "http://localhost", without a slash at its end */
    const char *unix_path; /* NULL: by TCP */
    const char *token;     /* NULL: none */
};

/* Does not connect yet. */
err_t client_open(const struct args *a, struct client *ret, struct err *e) MUST_CHECK;

/* The answer's JSON, in the arena; an empty one is null. `path` begins with "/api". */
err_t client_get(const struct client *c, const char *path, struct arena *a, struct value *ret,
                 struct err *e) MUST_CHECK;
err_t client_post(const struct client *c, const char *path, struct value body, struct arena *a,
                  struct value *ret, struct err *e) MUST_CHECK;

/* A request that may be sent again, because the server tells by its key, or by an id in its body,
   that it is the same one. So a server is waited for that has no room just now, or that went away
   after it was reached; one that never was there is an error at once, unless `met`. */
struct repeat {
    const char *path;
    struct value body;
    const char *key;           /* Idempotency-Key; NULL: the body has an id */
    bool met;                  /* the server has answered before */
    struct progress *progress; /* told while the server is waited for; NULL: standard error is */
};
err_t client_repeat(const struct client *c, const struct repeat *r, struct arena *a,
                    struct value *ret, struct err *e) MUST_CHECK;

/* The answer as it is, added to `out`. */
err_t client_read(const struct client *c, const char *path, struct buf *out,
                  struct err *e) MUST_CHECK;

/* Gives the events of a stream to `each` until it returns false: OK. E_OFFLINE when the server
   ended the stream or went away. */
err_t client_stream(const struct client *c, const char *path, sse_each *each, void *arg,
                    struct err *e) MUST_CHECK;

/* What an answer with that status means; OK for 2xx. */
err_t client_problem(int status, struct str body, struct err *e);

/* head, the encoded name, tail: "/api/v1/runs/", "01J…", "/cancel". */
char *path_of(struct arena *a, const char *head, const char *name, const char *tail);

/* Adds "?name=value" or "&name=value", encoded; nothing when value is NULL. */
void query_add(struct buf *path, const char *name, const char *value);

/* --- a server that comes back --- */

/* Zeroed to start with. */
struct patience {
    int64_t until; /* mono; 0: the server has answered since the last failure */
    int delay_ms;
};

/* After a failed call to a server that has answered before: waits a little and returns true when
   the call may be made again; false when the fault is of another kind, or it has been away too
   long. */
bool patience_wait(struct patience *p, const struct err *e);
void patience_met(struct patience *p); /* it has answered */

/* A fresh id, to make a repeated request harmless. */
void fresh_id(struct id *ret);
/* An id of that long ago: what was stored since has a later one. */
void past_id(int64_t ago_us, struct id *ret);

#endif
