/* http_stream.c - answers that go on.
 *
 * While there is nothing to send the connection is suspended, and then
 * libmicrohttpd does not look at it: a watch of our own sees the peer leave.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "io/http_inside.h"

enum { CHUNK = 16384, KEEP_BYTES = 65536, GONE_MS = 60000 };

struct http_stream {
    struct call *call;
    struct watch *peer;
    struct buf data;
    size_t sent; /* of data */
    bool ending, gone;
    loop_call *closed;
    void *arg;
};

/* Nothing more can reach the peer. The end comes from libmicrohttpd, in the next run. */
static void stream_cut(struct http_stream *s)
{
    if (s->gone) return;
    s->gone = true;
    if (s->peer) watch_set(s->peer, 0);
    shutdown(s->call->peer->fd, SHUT_RDWR);
    call_resume(s->call);
}

static void on_peer(void *arg, int events)
{
    (void)events;
    stream_cut(arg);
}

/* libmicrohttpd asks for data; a connection that has none is suspended. */
static ssize_t stream_read(void *arg, uint64_t pos, char *out, size_t max)
{
    struct http_stream *s = arg;
    size_t n = s->data.n - s->sent;

    (void)pos;
    if (s->gone) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (n == 0 && s->ending) return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0) {
        call_suspend(s->call);
        return 0;
    }
    if (n > max) n = max;
    memcpy(out, s->data.p + s->sent, n);
    s->sent += n;
    if (s->sent < s->data.n) return (ssize_t)n;
    s->sent = 0;
    if (s->data.cap > KEEP_BYTES) {
        free(s->data.p);
        s->data = BUF(s->data.max);
    } else {
        buf_clear(&s->data);
    }
    return (ssize_t)n;
}

/* The kernel finds out about a peer that vanished without a word. */
static void find_vanished(int fd)
{
    const int on = 1, idle_s = 60, every_s = 20, gone_ms = GONE_MS;

    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &gone_ms, sizeof gone_ms);
}

struct http_stream *http_stream(struct http_request *r, const char *type, size_t limit,
                                loop_call *closed, void *arg)
{
    struct call *c = (struct call *)r;
    struct http_stream *s = mem_new(sizeof *s);
    struct MHD_Response *answer =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK, stream_read, s, NULL);
    struct err e;

    s->call = c;
    s->data = BUF(limit);
    s->closed = closed;
    s->arg = arg;
    c->stream = s;
    if (!r->local) find_vanished(c->peer->fd);
    if (watch_new(c->server->loop, c->peer->fd, WATCH_HUP, on_peer, s, &s->peer, &e) != OK)
        s->gone = true; /* no descriptor is left to watch with: ends at the first read */
    MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(answer, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    peer_state(c->peer, PEER_WAIT, INT64_MAX);
    call_answer(c, MHD_HTTP_OK, answer);
    return s;
}

bool http_stream_send(struct http_stream *s, struct str data)
{
    if (s->gone) return false;
    if (s->sent && data.n > s->data.max - s->data.n) {
        buf_cut(&s->data, s->sent);
        s->sent = 0;
    }
    buf_add(&s->data, data);
    if (s->data.full) {
        stream_cut(s);
        return false;
    }
    call_resume(s->call);
    return true;
}

void http_stream_end(struct http_stream *s)
{
    s->ending = true;
    call_resume(s->call);
}

void stream_ended(struct http_stream *s)
{
    watch_free(s->peer);
    s->closed(s->arg);
    buf_auto(&s->data);
    free(s);
}
