#include <assert.h>

#include "base/clock.h"
#include "io/http_inside.h"

/* RFC 9112 section 3.2.2: "http://host/path" is to be taken as "/path". */
static struct str origin_form(struct str uri)
{
    size_t at;

    if (!str_starts(uri, STR("http://"))) return uri;
    uri = str_skip(uri, 7);
    return str_find(uri, STR("/"), &at) ? str_skip(uri, at) : STR("/");
}

static struct arena *arena_borrow(struct http_server *s)
{
    return s->n_arenas ? s->arenas[--s->n_arenas] : arena_new();
}

static void arena_return(struct http_server *s, struct arena *a)
{
    if (s->n_arenas == ARENAS || arena_size(a) > ARENA_KEEP) {
        arena_free(a);
        return;
    }
    arena_reset(a);
    s->arenas[s->n_arenas++] = a;
}

/* The request line is in. */
void *call_new(void *door, const char *uri, struct MHD_Connection *conn)
{
    struct door *d = door;
    struct http_server *s = d->server;
    struct arena *a = arena_borrow(s);
    struct call *c = arena_get(a, sizeof *c);
    struct str rest = origin_form(str_of(uri)), path;
    bool good = true;
    char *text = arena_dup(a, rest.p, rest.n);
    struct peer *p =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    int64_t deadline = s->now + HEAD_S * SECOND_US;

    c->query = str_n(text, rest.n);
    if (!str_cut(&c->query, '?', &path)) path = str_n(text, 0);
    c->r.path = str_n(text, url_decode(path, text, false, &good));
    c->bad_path = !good || memchr(c->r.path.p, '\0', c->r.path.n);
    c->r.arena = a;
    c->r.ctx = s->c.ctx;
    c->r.local = d->local;
    c->r.peer_uid = p->uid;
    c->server = s;
    c->conn = conn;
    c->peer = p;
    p->call = c;
    peer_state(p, PEER_HEAD, deadline < p->deadline ? deadline : p->deadline);
    return c;
}

void call_free(struct call *c)
{
    struct http_server *s = c->server;

    if (c->stream) stream_ended(c->stream);
    c->peer->call = NULL;
    s->bodies -= c->cap;
    arena_return(s, c->r.arena);
}

void call_ended(void *door, struct MHD_Connection *conn, void **call,
                enum MHD_RequestTerminationCode why)
{
    struct call *c = *call;
    struct peer *p;

    (void)door, (void)conn, (void)why;
    if (!c) return;
    *call = NULL;
    p = c->peer;
    call_free(c);
    peer_state(p, PEER_IDLE, p->door->server->now + p->door->server->c.timeout_s * SECOND_US);
}

void call_suspend(struct call *c)
{
    c->suspended = true;
    MHD_suspend_connection(c->conn);
}

void call_resume(struct call *c)
{
    if (!c->suspended) return;
    c->suspended = false;
    MHD_resume_connection(c->conn);
    later_set(&c->server->run);
}

void call_answer(struct call *c, int status, struct MHD_Response *answer)
{
    assert(!c->answered);
    c->answered = true;
    if (c->server->quiet) MHD_add_response_header(answer, MHD_HTTP_HEADER_CONNECTION, "close");
    MHD_queue_response(c->conn, (unsigned)status, answer);
    MHD_destroy_response(answer); /* the connection holds it now */
    call_resume(c);
}

void http_reply(struct http_request *r, int status, const char *type, struct str body,
                const struct http_header *extra)
{
    struct call *c = (struct call *)r;
    /* in the arena, which lives until the answer is sent */
    char *copy = arena_dup(r->arena, body.p, body.n);
    struct MHD_Response *answer =
        MHD_create_response_from_buffer(body.n, copy, MHD_RESPMEM_PERSISTENT);
    int64_t seconds = c->server->c.timeout_s + (int64_t)(body.n / BYTES_PER_S);
    /* the server's own clock stands still while it waits for this answer */
    int64_t now = c->suspended ? clock_mono() : c->server->now;

    if (type) MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    for (; extra && extra->name; extra++)
        MHD_add_response_header(answer, extra->name, extra->value);
    peer_state(c->peer, PEER_SEND, now + seconds * SECOND_US);
    call_answer(c, status, answer);
}

/* Before the body is read: libmicrohttpd then closes the connection after the answer. */
static enum MHD_Result refuse(struct call *c, int status, const char *why)
{
    struct buf text AUTO(buf) = BUF(1024);

    problem_text(&text, status, why);
    http_reply(&c->r, status, "application/problem+json", buf_str(&text), NULL);
    return MHD_YES;
}

static enum MHD_Result refuse_size(struct call *c)
{
    return refuse(
        c, 413, arena_fmt(c->r.arena, "the body is longer than the limit of %zu bytes", c->limit));
}

/* What the headers say about the body. */
struct framing {
    struct str length, coding, encoding;
    int lengths, codings;
};

static enum MHD_Result framing_add(void *arg, enum MHD_ValueKind kind, const char *name,
                                   size_t name_n, const char *value, size_t value_n)
{
    struct framing *f = arg;
    struct str n = str_n(name, name_n), v = str_n(value, value_n);

    (void)kind;
    if (name_n == 14 && str_eq_nocase(n, STR("content-length"))) {
        f->length = v;
        f->lengths++;
    } else if (name_n == 17 && str_eq_nocase(n, STR("transfer-encoding"))) {
        f->coding = v;
        f->codings++;
    } else if (name_n == 16 && str_eq_nocase(n, STR("content-encoding"))) {
        f->encoding = v;
    }
    return MHD_YES;
}

static bool body_room(struct call *c, size_t need)
{
    struct http_server *s = c->server;
    size_t cap = c->cap ? c->cap : need;
    char *more;

    if (need <= c->cap) return true;
    while (cap < need) cap *= 2;
    if (cap > c->limit) cap = c->limit;
    if (s->bodies - c->cap + cap > s->bodies_max) return false;
    more = arena_raw(c->r.arena, cap);
    if (c->r.body.n) memcpy(more, c->body, c->r.body.n);
    s->bodies += cap - c->cap;
    c->cap = cap;
    c->r.body.p = c->body = more;
    return true;
}

/* A body is announced: is it one we take? The room for a known length is taken at once; the system
   gives no memory before bytes arrive. */
static enum MHD_Result body_begin(struct call *c, const struct framing *f)
{
    struct http_server *s = c->server;
    int grace = s->c.timeout_s < HEAD_S ? s->c.timeout_s : HEAD_S;
    int64_t length = 0;

    if (f->lengths + f->codings > 1)
        return refuse(c, 400,
                      "one Content-Length or one Transfer-Encoding says how long a body is");
    if (f->codings && !str_eq_nocase(f->coding, STR("chunked")))
        return refuse(c, 501, "the only Transfer-Encoding taken here is chunked");
    if (f->encoding.n && !str_eq_nocase(f->encoding, STR("identity")))
        return refuse(c, 415, "compressed bodies are not taken; send it without Content-Encoding");
    c->limit = s->c.body_limit ? s->c.body_limit(s->c.ctx, c->r.method, c->r.path) : s->c.max_body;
    if (c->limit > s->c.max_body) c->limit = s->c.max_body;
    if (f->lengths && (!str_int(f->length, &length) || (uint64_t)length > c->limit))
        return refuse_size(c);
    if (length && !body_room(c, (size_t)length))
        return refuse(c, 503, "the server is reading too many bodies; try again in a moment");
    c->body_since = s->now;
    peer_state(c->peer, PEER_BODY, s->now + grace * SECOND_US);
    return MHD_YES;
}

/* The headers are in. */
static enum MHD_Result call_begin(struct call *c, const char *method)
{
    struct framing f = {0};

    c->begun = true;
    c->r.method = str_of(method);
    c->r.body = STR("");
    if (str_eq(c->r.method, STR("HEAD"))) c->r.method = STR("GET");
    if (c->bad_path)
        return refuse(c, 400, "the path has a bad percent escape or an escaped NUL; correct it");
    MHD_get_connection_values_n(c->conn, MHD_HEADER_KIND, framing_add, &f);
    return f.lengths || f.codings ? body_begin(c, &f) : MHD_YES;
}

/* Too much of a body without a length: libmicrohttpd takes no answer now, so it is given by hand.
 */
static enum MHD_Result cut(struct call *c, int status, const char *why)
{
    peer_refuse(c->peer, status, why);
    return MHD_NO;
}

static enum MHD_Result body_add(struct call *c, const char *data, size_t n)
{
    int grace = c->server->c.timeout_s < HEAD_S ? c->server->c.timeout_s : HEAD_S;
    int64_t spent;

    if (n > c->limit - c->r.body.n)
        return cut(
            c, 413,
            arena_fmt(c->r.arena, "the body is longer than the limit of %zu bytes", c->limit));
    if (!body_room(c, c->r.body.n + n))
        return cut(c, 503, "the server is reading too many bodies; try again in a moment");
    memcpy(c->body + c->r.body.n, data, n);
    c->r.body.n += n;
    spent = grace * SECOND_US + (int64_t)c->r.body.n * SECOND_US / BYTES_PER_S;
    peer_state(c->peer, PEER_BODY, c->body_since + spent);
    return MHD_YES;
}

/* libmicrohttpd calls this when the headers are in, for each part of the body, and at its end.
   NOLINTNEXTLINE(readability-function-size): its parameters are libmicrohttpd's */
enum MHD_Result call_data(void *door, struct MHD_Connection *conn, const char *url,
                          const char *method, const char *version, const char *data,
                          size_t *data_size, void **call)
{
    struct call *c = *call;

    (void)door, (void)conn, (void)url, (void)version;
    if (c->peer->refused) return MHD_NO; /* what it had sent before is not looked at */
    if (c->answered) return MHD_NO;      /* with what libmicrohttpd would not send: hang up */
    if (!c->begun) return call_begin(c, method);
    if (*data_size) {
        size_t n = *data_size;

        *data_size = 0;
        return body_add(c, data, n);
    }
    peer_state(c->peer, PEER_WAIT, INT64_MAX);
    c->server->c.handler(&c->r);
    if (!c->answered) {
        call_suspend(c);
    }
    return MHD_YES;
}
