/* http_fixture.h - a server in a thread, and a client that speaks bytes. */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include "io/peer.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "io/http_server.h"
#include "io/loop_inside.h"

static struct http_server *server;
static sem_t held_one;
static char unix_path[64];

static struct http_request *held[8]; /* loop thread */
static int n_held;                   /* the last 8 are kept */
static struct http_stream *stream;
static atomic_int closed_calls, handled;
static struct buf seen; /* what the last request was */

static inline void note_header(void *arg, struct str name, struct str value)
{
    buf_addf(arg, "[" STR_FMT "=" STR_FMT "]", STR_ARG(name), STR_ARG(value));
}

static inline void on_closed(void *arg)
{
    (void)arg;
    stream = NULL;
    closed_calls++;
    sem_post(&held_one);
}

static inline void describe(struct http_request *r)
{
    buf_clear(&seen);
    buf_addf(&seen, STR_FMT " " STR_FMT " q=" STR_FMT " body=" STR_FMT " %s ", STR_ARG(r->method),
             STR_ARG(r->path), STR_ARG(http_query(r, "q")), STR_ARG(r->body),
             r->local ? "local" : "tcp");
    http_headers(r, note_header, &seen);
}

static inline void on_request(struct http_request *r)
{
    static const struct http_header extra[] = {{"X-One", "1"}, {"X-Two", "2"}, {NULL, NULL}};

    handled++;
    if (str_eq(r->path, STR("/hold"))) {
        held[n_held++ % 8] = r;
        sem_post(&held_one);
    } else if (str_eq(r->path, STR("/stream"))) {
        stream = http_stream(r, "text/event-stream", 4096, on_closed, NULL);
        http_stream_send(stream, STR("first\n"));
        sem_post(&held_one);
    } else if (str_eq(r->path, STR("/uid"))) {
        char *text = arena_fmt(r->arena, "%d", (int)r->peer_uid);

        http_reply(r, 200, "text/plain", str_of(text), NULL);
    } else if (str_eq(r->path, STR("/size"))) {
        char *text = arena_fmt(r->arena, "%zu", r->body.n);

        http_reply(r, 200, "text/plain", str_of(text), NULL);
    } else {
        describe(r);
        http_reply(r, 200, "text/plain", buf_str(&seen), extra);
    }
}

static inline size_t body_limit(void *ctx, struct str method, struct str path)
{
    (void)ctx, (void)method;
    return str_eq(path, STR("/small")) ? 10 : 1 << 20;
}

static inline struct http_config config(void)
{
    return (struct http_config){.listen = "127.0.0.1:0",
                                .max_body = 100000,
                                .max_connections = 20,
                                .timeout_s = 1,
                                .body_limit = body_limit,
                                .handler = on_request};
}

static inline void start(const struct http_config *c)
{
    struct err e;

    n_held = 0;
    stream = NULL;
    closed_calls = handled = 0;
    seen = BUF(1 << 20);
    sem_init(&held_one, 0, 0);
    loop_make();
    PASS(http_server_new(loop, c, &server, &e));
    loop_start();
}

static inline void free_server(void *arg)
{
    (void)arg;
    http_server_free(server);
    server = NULL;
}

static inline void stop(void)
{
    on_loop(free_server, NULL);
    loop_end();
    buf_auto(&seen);
}

static inline int setup(void **state)
{
    struct http_config c = config();

    (void)state;
    start(&c);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    stop();
    return 0;
}

static inline int dial(void)
{
    return connect_tcp(http_server_port(server));
}

static inline void say(int fd, const char *text)
{
    EQ(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads until `until` was seen (NULL: until the server closes). */
static inline const char *hear(int fd, const char *until)
{
    static char text[1 << 18];

    text[0] = '\0';
    return hear_into(fd, text, sizeof text, until);
}

static inline const char *ask(const char *request)
{
    int fd = dial();
    const char *answer;

    say(fd, request);
    answer = hear(fd, NULL);
    close(fd);
    return answer;
}

static inline void answer_held(void *arg)
{
    (void)arg;
    for (int i = 0; i < n_held; i++) http_reply(held[i], 202, NULL, STR("later"), NULL);
    n_held = 0;
}

static inline int dial_unix(void)
{
    return connect_unix(unix_path);
}

static inline struct http_config unix_config(void)
{
    struct http_config c = config();

    snprintf(unix_path, sizeof unix_path, "/tmp/botops-http-%d.sock", (int)getpid());
    c.listen = NULL;
    c.unix_path = unix_path;
    return c;
}

#define S(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
