/* http_inside.h - what the files of the HTTP server share; nobody else includes it.
 *
 * A door is one listening socket with its own daemon of libmicrohttpd. A peer
 * is one connection. A call is one request, from its request line until its
 * answer is sent; it owns the arena in which everything of the request lies,
 * itself included.
 *
 * libmicrohttpd only knows how long a peer was silent, which a peer that sends
 * a byte now and then defeats. So its timeouts are off: each peer has a
 * deadline for what it does now, and one timer looks at them (http_peer.c).
 */
#ifndef IO_HTTP_INSIDE_H
#define IO_HTTP_INSIDE_H

#include <microhttpd.h>

#include "io/http_server.h"
#include "io/loop_inside.h"

enum {
    HEAD_S = 5,         /* for all headers, and before the rate of a body counts */
    BYTES_PER_S = 1024, /* slower bodies, either way, are cut */
    POOL_BYTES = 16384, /* of a connection: its headers, and one read */
    REFUSALS = 32,      /* connections over the limit that are being told so */
    ARENAS = 64,
    ARENA_KEEP = 32768,
    BODIES_MIN = 64 << 20 /* bytes of all bodies being read; or 4 of the longest */
};

enum peer_state {
    PEER_HEAD, /* has connected, or sends headers */
    PEER_IDLE, /* between two requests */
    PEER_BODY,
    PEER_WAIT, /* for our answer, or on a stream: no deadline */
    PEER_SEND  /* the answer is on its way */
};

struct call;

struct peer {
    struct peer *prev, *next; /* all of a server */
    struct door *door;
    struct call *call; /* NULL between requests */
    int fd;            /* libmicrohttpd's */
    uid_t uid;
    bool refused; /* by hand; the connection is as good as closed */
    enum peer_state state;
    int64_t deadline; /* mono_us */
};

struct door {
    struct http_server *server;
    struct MHD_Daemon *mhd; /* NULL: no such door */
    struct watch *ready;
    bool local;
    int peers, port;
};

struct call {
    struct http_request r; /* first: what the handler knows */
    struct http_server *server;
    struct peer *peer;
    struct MHD_Connection *conn;
    struct str query; /* not decoded */
    char *body;       /* `cap` bytes of the arena */
    size_t cap, limit;
    int64_t body_since; /* mono_us */
    bool begun;         /* its headers were looked at */
    bool bad_path, answered, suspended;
    struct http_stream *stream;
};

struct http_server {
    struct loop *loop;
    struct http_config c; /* `listen` and `unix_path` are not kept */
    struct door tcp, local;
    char *unix_path;
    uint64_t unix_ino; /* of our socket file: another server's is not removed */
    struct later run;
    struct timer *sweep;
    int64_t now, sweep_at; /* mono_us; INT64_MAX: not set */
    struct peer peers;     /* ring */
    size_t bodies, bodies_max;
    bool quiet;
    struct arena *arenas[ARENAS];
    int n_arenas;
};

/* http_listen.c: the listening sockets, ready for accept(2). */
err_t listen_tcp(const char *address, int *ret_fd, int *ret_port, struct err *e) MUST_CHECK;
err_t listen_unix(const char *path, int *ret_fd, uint64_t *ret_ino, struct err *e) MUST_CHECK;
void unlisten_unix(const char *path, uint64_t ino);

/* http_peer.c: libmicrohttpd's calls about a connection, and deadlines. */
void peer_changed(void *door, struct MHD_Connection *conn, void **peer,
                  enum MHD_ConnectionNotificationCode what);
void peer_state(struct peer *p, enum peer_state state, int64_t deadline);
void peers_sweep(void *server);
/* Tells a peer by hand, where libmicrohttpd takes no answer, and hangs up. */
void peer_refuse(struct peer *p, int status, const char *why);
void problem_text(struct buf *b, int status, const char *why); /* problem+json */

/* http_request.c: libmicrohttpd's calls about a request. */
void *call_new(void *door, const char *uri, struct MHD_Connection *conn);
enum MHD_Result call_data(void *door, struct MHD_Connection *conn, const char *url,
                          const char *method, const char *version, const char *data,
                          size_t *data_size, void **call);
void call_ended(void *door, struct MHD_Connection *conn, void **call,
                enum MHD_RequestTerminationCode why);
void call_free(struct call *c);
void call_suspend(struct call *c); /* only inside a call from libmicrohttpd about it */
void call_resume(struct call *c);  /* harmless when it is not suspended */
void call_answer(struct call *c, int status, struct MHD_Response *answer); /* takes `answer` */

/* http_lookup.c: percent-decodes into `out`, which may be s.p; returns the length. What is no
   escape stays as it is, and clears *ret_good. */
size_t url_decode(struct str s, char *out, bool plus_is_space, bool *ret_good);

/* http_stream.c: the stream's connection has ended. */
void stream_ended(struct http_stream *s);

#endif
