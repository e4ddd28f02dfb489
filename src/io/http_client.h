/* http_client.h - one HTTP exchange, blocking: what the command line uses to talk to its server.
 *
 * A face over libcurl, which is loaded on first use: a server that calls
 * nobody does not pay for it.
 */
#ifndef IO_HTTP_CLIENT_H
#define IO_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct http_call {
    const char *method;    /* "GET" */
    const char *url;       /* "http://localhost/api/v1/runs" */
    const char *unix_path; /* connect here whatever the URL says; NULL: by TCP */
    const char *token;     /* Authorization: Bearer; NULL: none */
    struct str body;       /* sent as application/json when not empty */
    const char *accept;    /* NULL: any */
    const char *key;       /* Idempotency-Key; NULL: none */
    int timeout_s;         /* of the whole exchange; 0: none, for streams */
    size_t max_body;       /* answers longer than this are an error */
    /* When set, the body of a 2xx answer is given here as it arrives; return false to hang up. */
    bool (*stream)(void *arg, struct str chunk);
    void *arg;
};

struct http_answer {
    bool cut; /* set with E_OFFLINE: there was a connection, and it broke before the answer was
                 whole */
    int status;
    struct buf body;
};

/* Errors: E_OFFLINE with what was tried and how to start a server; E_TIMEOUT, E_LIMIT. An answer
   with any status is OK. The caller frees the body with buf_auto(). */
err_t http_call(const struct http_call *c, struct http_answer *ret, struct err *e) MUST_CHECK;

#endif
