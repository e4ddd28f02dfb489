#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/http_client.h"
#include "io/http_server.h"

/* Our own server answers, in a thread; what it saw it sends back. */
static struct loop *loop;
static struct http_server *server;
static struct wake *ending;
static pthread_t thread;
static char path[64], url[64];

static void on_closed(void *arg)
{
    (void)arg;
}

static void on_request(struct http_request *r)
{
    static const struct http_header away[] = {{"Location", "http://127.0.0.1:1/"}, {NULL, NULL}};
    struct str token = http_header(r, "Authorization"), type = http_header(r, "Content-Type"),
               accept = http_header(r, "Accept");

    if (str_eq(r->path, STR("/silent"))) return; /* freed with the server */
    if (str_eq(r->path, STR("/stream"))) {
        struct http_stream *s = http_stream(r, "text/event-stream", 1000, on_closed, NULL);

        http_stream_send(s, STR("data: 1\n\n"));
        http_stream_send(s, STR("data: 2\n\n"));
        if (http_query(r, "end").n) http_stream_end(s);
    } else if (str_eq(r->path, STR("/away"))) {
        http_reply(r, 302, NULL, STR("moved"), away);
    } else if (str_eq(r->path, STR("/key"))) {
        http_reply(r, 200, "text/plain", http_header(r, "Idempotency-Key"), NULL);
    } else if (str_eq(r->path, STR("/missing"))) {
        http_reply(r, 404, "text/plain", STR("no such thing"), NULL);
    } else {
        char *text = arena_fmt(r->arena,
                               STR_FMT " %s token=" STR_FMT " type=" STR_FMT " accept=" STR_FMT
                                       " body=" STR_FMT,
                               STR_ARG(r->method), r->local ? "unix" : "tcp", STR_ARG(token),
                               STR_ARG(type), STR_ARG(accept), STR_ARG(r->body));

        http_reply(r, 200, "text/plain", str_of(text), NULL);
    }
}

static void *loop_thread(void *arg)
{
    (void)arg;
    loop_run(loop);
    return NULL;
}

static void on_ending(void *arg)
{
    (void)arg;
    http_server_free(server);
    wake_free(ending);
}

static int setup(void **state)
{
    struct http_config c = {.listen = "127.0.0.1:0",
                            .unix_path = path,
                            .max_body = 100000,
                            .max_connections = 20,
                            .timeout_s = 30,
                            .handler = on_request};
    struct err e;

    (void)state;
    snprintf(path, sizeof path, "/tmp/botops-client-%d.sock", (int)getpid());
    if (loop_new(&loop, &e) != OK || http_server_new(loop, &c, &server, &e) != OK) return -1;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", http_server_port(server));
    ending = wake_new(loop, on_ending, NULL);
    return pthread_create(&thread, NULL, loop_thread, NULL);
}

static int teardown(void **state)
{
    (void)state;
    wake_send(ending);
    pthread_join(thread, NULL);
    loop_free(loop);
    return 0;
}

static struct http_call to(const char *where)
{
    static char whole[128];

    snprintf(whole, sizeof whole, "%s%s", url, where);
    return (struct http_call){.method = "GET", .url = whole, .timeout_s = 10, .max_body = 10000};
}

TEST(a_call_over_tcp_brings_status_and_body)
{
    struct http_call c = to("/x");
    struct http_answer a;
    struct err e;

    PASS(http_call(&c, &a, &e));
    EQ(a.status, 200);
    VIEWEQ(buf_str(&a.body), "GET tcp token= type= accept=*/* body=");
    buf_auto(&a.body);
}

TEST(a_call_over_the_unix_socket_carries_token_body_and_what_is_accepted)
{
    struct http_call c = to("/x");
    struct http_answer a;
    struct err e;

    c.method = "POST";
    c.url = "http://localhost/x";
    c.unix_path = path;
    c.token = "bo_secret";
    c.accept = "application/json";
    c.body = STR("{\"a\":1}");
    PASS(http_call(&c, &a, &e));
    VIEWEQ(buf_str(&a.body), "POST unix token=Bearer bo_secret type=application/json "
                             "accept=application/json body={\"a\":1}");
    buf_auto(&a.body);
    c.method = "DELETE";
    c.body = str_n(NULL, 0);
    PASS(http_call(&c, &a, &e));
    TRUE(str_starts(buf_str(&a.body), STR("DELETE unix ")));
    buf_auto(&a.body);
    c.method = "POST";
    PASS(http_call(&c, &a, &e));
    TRUE(str_starts(buf_str(&a.body), STR("POST unix ")));
    buf_auto(&a.body);
}

TEST(any_status_is_an_answer_and_redirects_are_not_followed)
{
    struct http_call c = to("/missing");
    struct http_answer a;
    struct err e;

    PASS(http_call(&c, &a, &e));
    EQ(a.status, 404);
    VIEWEQ(buf_str(&a.body), "no such thing");
    buf_auto(&a.body);
    c = to("/away");
    PASS(http_call(&c, &a, &e));
    EQ(a.status, 302);
    buf_auto(&a.body);
}

TEST(a_proxy_is_not_asked_for_loopback)
{
    struct http_call c = to("/x");
    struct http_answer a;
    struct err e;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("no_proxy", "example.org", 1);
    PASS(http_call(&c, &a, &e));
    EQ(a.status, 200);
    buf_auto(&a.body);
    unsetenv("http_proxy");
    unsetenv("no_proxy");
}

TEST(an_answer_over_the_limit_is_an_error)
{
    struct http_call c = to("/x");
    struct http_answer a;
    struct err e;

    c.max_body = 5;
    EQ(http_call(&c, &a, &e), E_LIMIT);
    HAS(e.text, "longer than 5 bytes");
}

TEST(a_silent_server_is_a_timeout)
{
    struct http_call c = to("/silent");
    struct http_answer a;
    struct err e;

    c.timeout_s = 1;
    EQ(http_call(&c, &a, &e), E_TIMEOUT);
    HAS(e.text, "did not answer in time");
}

TEST(no_server_is_told_with_what_was_tried_and_what_to_do)
{
    struct http_call c = to("/x");
    struct http_answer a;
    struct err e;

    c.unix_path = "/tmp/no-botops-here.sock";
    EQ(http_call(&c, &a, &e), E_OFFLINE);
    HAS(e.text,
        "no botops server is running on /tmp/no-botops-here.sock; start one with `botops serve`");
    FALSE(a.cut);
    c.unix_path = NULL;
    c.url = "http://127.0.0.1:1/x";
    EQ(http_call(&c, &a, &e), E_OFFLINE);
    HAS(e.text, "cannot reach a botops server at http://127.0.0.1:1/x");
    HAS(e.text, "botops serve");
}

TEST(a_request_that_may_come_twice_carries_its_key)
{
    struct http_call c = to("/key");
    struct http_answer a;
    struct err e;

    c.key = "01JD5Z8E8Q0V8J4X1T3N6M2R7K";
    PASS(http_call(&c, &a, &e));
    VIEWEQ(buf_str(&a.body), "01JD5Z8E8Q0V8J4X1T3N6M2R7K");
    buf_auto(&a.body);
}

TEST(a_token_that_would_break_the_request_is_refused)
{
    struct http_call c = to("/x");
    struct http_answer a;
    struct err e;

    c.token = "one\r\nX-Two: 2";
    EQ(http_call(&c, &a, &e), E_INPUT);
    HAS(e.text, "control characters");
}

TEST(only_http_addresses_are_called)
{
    struct http_call c = to("/x");
    struct http_answer a;
    struct err e;

    c.url = "file:///etc/passwd";
    EQ(http_call(&c, &a, &e), E_INPUT);
    HAS(e.text, "not an http or https address");
    c.url = "http://";
    EQ(http_call(&c, &a, &e), E_INPUT);
}

struct taken {
    struct buf text;
    const char *until; /* hang up once this was seen */
};

static bool take(void *arg, struct str chunk)
{
    struct taken *t = arg;

    buf_add(&t->text, chunk);
    return !t->until || !strstr(t->text.p, t->until);
}

TEST(a_stream_is_given_as_it_comes_until_its_end)
{
    struct http_call c = to("/stream?end=1");
    struct taken t = {.text = BUF(1000)};
    struct http_answer a;
    struct err e;

    c.stream = take;
    c.arg = &t;
    PASS(http_call(&c, &a, &e));
    EQ(a.status, 200);
    EQ(a.body.n, 0);
    VIEWEQ(buf_str(&t.text), "data: 1\n\ndata: 2\n\n");
    buf_auto(&t.text);
    buf_auto(&a.body);
}

TEST(the_receiver_of_a_stream_may_hang_up)
{
    struct http_call c = to("/stream");
    struct taken t = {.text = BUF(1000), .until = "data: 2"};
    struct http_answer a;
    struct err e;

    c.stream = take;
    c.arg = &t;
    c.timeout_s = 0;
    PASS(http_call(&c, &a, &e));
    EQ(a.status, 200);
    buf_auto(&t.text);
    buf_auto(&a.body);
}

TEST(a_refused_stream_leaves_its_reason_in_the_body)
{
    struct http_call c = to("/missing");
    struct taken t = {.text = BUF(1000)};
    struct http_answer a;
    struct err e;

    c.stream = take;
    c.arg = &t;
    PASS(http_call(&c, &a, &e));
    EQ(a.status, 404);
    EQ(t.text.n, 0);
    VIEWEQ(buf_str(&a.body), "no such thing");
    buf_auto(&a.body);
}

#define C(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN(C(a_call_over_tcp_brings_status_and_body),
    C(a_call_over_the_unix_socket_carries_token_body_and_what_is_accepted),
    C(any_status_is_an_answer_and_redirects_are_not_followed), C(a_proxy_is_not_asked_for_loopback),
    C(an_answer_over_the_limit_is_an_error), C(a_silent_server_is_a_timeout),
    C(no_server_is_told_with_what_was_tried_and_what_to_do),
    C(a_request_that_may_come_twice_carries_its_key),
    C(a_token_that_would_break_the_request_is_refused), C(only_http_addresses_are_called),
    C(a_stream_is_given_as_it_comes_until_its_end), C(the_receiver_of_a_stream_may_hang_up),
    C(a_refused_stream_leaves_its_reason_in_the_body))
