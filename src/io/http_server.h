/* http_server.h - HTTP/1.1 in: on a TCP address and on a Unix socket.
 *
 * A face over libmicrohttpd, driven by the loop thread. A request reaches the
 * handler when its whole body is there; the handler answers now or later, but
 * once, with http_reply() or http_stream(). A request whose peer has left may
 * still be answered; the answer is dropped. Limits are refused before the
 * handler: 413 for the body, 431 for headers (about 14 KB), 408 for a peer that
 * takes more than 5 s for them or sends a body slower than 1024 bytes a second,
 * 415 for a compressed body, 503 for one connection too many. HEAD reaches the
 * handler as GET; the body of its answer is not sent.
 */
#ifndef IO_HTTP_SERVER_H
#define IO_HTTP_SERVER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "io/loop.h"

struct http_server;

struct http_request {
    struct arena *arena;     /* lives as long as the request */
    struct str method, path; /* the path is percent-decoded; it holds no NUL */
    struct str body;
    bool local;     /* came by the Unix socket */
    uid_t peer_uid; /* of the Unix socket's peer; (uid_t)-1 on TCP */
    void *ctx;      /* http_config.ctx */
};

struct str http_header(const struct http_request *r, const char *name); /* "" when absent */
struct str http_query(const struct http_request *r, const char *name); /* decoded; "" when absent */
/* All headers, names in lower case. */
typedef void http_each(void *arg, struct str name, struct str value);
void http_headers(const struct http_request *r, http_each *each, void *arg);

struct http_header {
    const char *name, *value;
};

typedef void http_handler(struct http_request *r);

struct http_config {
    const char *listen;    /* "127.0.0.1:8080", "[::1]:0"; NULL: none. Port 0 picks one. */
    const char *unix_path; /* NULL: none. Made with mode 0600; a stale one is replaced. */
    size_t max_body;       /* bytes; the most any route takes */
    int max_connections;   /* of each socket; one IP address gets 7 of 8. At most 4 of 5 of the
                              process's open files. */
    int timeout_s;         /* of an idle or slow connection; a stream is exempt */
    /* Called when the headers are in: the most bytes of body this path takes (a smaller limit). */
    size_t (*body_limit)(void *ctx, struct str method, struct str path);
    http_handler *handler;
    void *ctx;
};

err_t http_server_new(struct loop *l, const struct http_config *c, struct http_server **ret,
                      struct err *e) MUST_CHECK;   /* "port 8080 of 127.0.0.1 is in use; ..." */
int http_server_port(const struct http_server *s); /* the TCP port; 0 when none */
void http_server_quiesce(struct http_server *s);   /* accepts nothing new; answers what is open */
void http_server_free(struct http_server *s);      /* open requests are gone, unanswered */

/* Answers; body is copied. `extra` ends in {NULL}; may be NULL. The request is gone afterwards. */
void http_reply(struct http_request *r, int status, const char *type, struct str body,
                const struct http_header *extra);

/* Answers 200 with a body that goes on: text/event-stream and log ranges. `closed` is called once,
   when the peer has left or after http_stream_end(). Data not taken by the peer is kept up to
   `limit` bytes; past that the stream is cut. */
struct http_stream;
struct http_stream *http_stream(struct http_request *r, const char *type, size_t limit,
                                loop_call *closed, void *arg);
bool http_stream_send(struct http_stream *s, struct str data); /* false: it is cut, or gone */
void http_stream_end(struct http_stream *s); /* what was sent still reaches the peer */

#endif
