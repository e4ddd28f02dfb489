#include "fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static char gate[128];

/* A run whose step has printed "first" and waits at the gate before it prints "second". */
static const char *start_run(struct arena *a)
{
    snprintf(gate, sizeof gate, "%s/gate", place);
    EQ(mkfifo(gate, 0600), 0);
    EQ(post_hook("door", NULL,
                 arena_fmt(a, "{\"id\":\"1\",\"kind\":\"work\",\"gate\":\"%s\"}", gate)),
       202);
    return first_run(a);
}

static void open_gate(void)
{
    int fd = open(gate, O_WRONLY); /* waits for the step */

    TRUE(fd >= 0);
    EQ(write(fd, "go\n", 3), 3);
    close(fd);
}

static const char *logs_path(struct arena *a, const char *run, const char *query)
{
    return arena_fmt(a, "/api/v1/runs/%s/logs%s", run, query);
}

TEST(output_comes_as_it_is_and_says_where_to_go_on)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run = start_run(a);

    open_gate();
    await_status(run, "succeeded");
    EQ(call("GET", logs_path(a, run, ""), NULL), 200);
    STREQ(got.body, "first\nsecond\n");
    HAS(got.head, "text/plain; charset=utf-8");
    HAS(got.head, "nosniff");
    HAS(got.head, "Botops-Next: 13");
    EQ(call("GET", logs_path(a, run, "?step=one&attempt=1&from=6"), NULL), 200);
    STREQ(got.body, "second\n");
    EQ(call("GET", logs_path(a, run, "?from=13"), NULL), 200);
    STREQ(got.body, "");
    HAS(got.head, "Botops-Next: 13");
    EQ(call("GET", logs_path(a, run, "?tail=1"), NULL), 200);
    STREQ(got.body, "second\n");
}

TEST(what_has_no_output_is_told)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run = start_run(a);

    open_gate();
    await_status(run, "succeeded");
    EQ(call("GET", logs_path(a, run, "?step=two"), NULL), 404);
    EQ(call("GET", logs_path(a, run, "?attempt=2"), NULL), 404);
    EQ(call("GET", logs_path(a, run, "?from=-1"), NULL), 400);
    EQ(call("GET", logs_path(a, run, "?step=..%2F..%2Fbotops.db"), NULL), 404);
    EQ(call("GET", logs_path(a, "01ARZ3NDEKTSV4RRFFQ69G5FAV", ""), NULL), 404);
    EQ(call("POST", "/api/v1/workflows/greet/runs", "{}"), 202);
    EQ(call("GET", logs_path(a, first_run(a), ""), NULL), 404);
    HAS(got.body, "has output");
}

/* What is told when no step is named, of a run with so many. */
static const char *unnamed(struct arena *a, int steps)
{
    AUTO(buf) struct buf yaml = BUF(1 << 16);
    const char *run;

    buf_add(&yaml, STR("workflows:\n  - name: many\n    steps:\n"));
    for (int i = 0; i < steps; i++)
        buf_addf(&yaml, "      - {id: s%d, shell: sh, run: 'echo %d'}\n", i, i);
    reload_to = load(yaml.p);
    assert_non_null(reload_to);
    EQ(call("POST", "/api/v1/reload", NULL), 200);
    EQ(call("POST", "/api/v1/workflows/many/runs", NULL), 202);
    run = first_run(a);
    await_status(run, "succeeded");
    EQ(call("GET", logs_path(a, run, "?step=s1"), NULL), 200);
    STREQ(got.body, "1\n");
    EQ(call("GET", logs_path(a, run, ""), NULL), 400);
    return json_text(a, "detail");
}

TEST(of_several_steps_with_output_the_first_are_named)
{
    struct arena *a AUTO(arena) = arena_new();

    HAS(unnamed(a, 2), "have output; name one with `step`: `s0` and `s1`");
    HAS(unnamed(a, 5), "`step`: `s0`, `s1`, `s2`, `s3` and `s4`");
    HAS(unnamed(a, 7), "`step`: `s0`, `s1`, `s2`, `s3`, `s4` and 2 more");
}

TEST(a_follower_hears_output_as_it_is_written_until_the_end)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run = start_run(a);
    int fd = dial_unix();

    memset(&got, 0, sizeof got);
    await_status(run, "running");
    memset(&got, 0, sizeof got);
    send_request(fd, "GET", logs_path(a, run, ""), "Accept: text/event-stream\r\n", NULL, true);
    hear(fd, "Zmlyc3QK"); /* first */
    HAS(got.body, "event: output\nid: 6\ndata: {\"from\":0,\"bytes\":\"Zmlyc3QK\"}");
    assert_null(strstr(got.body, "event: end"));
    open_gate();
    hear(fd, "event: end");
    HAS(got.body, "id: 13\ndata: {\"from\":6,\"bytes\":\"c2Vjb25kCg==\"}"); /* second */
    close(fd);
}

TEST(a_stream_that_was_cut_goes_on_where_it_was)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run = start_run(a);
    int fd = dial_unix();

    open_gate();
    await_status(run, "succeeded");
    send_request(fd, "GET", logs_path(a, run, ""),
                 "Accept: text/event-stream\r\nLast-Event-ID: 6\r\n", NULL, true);
    EQ(take_answer(fd), 200);
    assert_null(strstr(got.body, "Zmlyc3QK"));
    HAS(got.body, "\"from\":6,\"bytes\":\"c2Vjb25kCg==\"");
    HAS(got.body, "event: end");
}

TEST(a_follower_that_leaves_is_forgotten)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run = start_run(a);

    await_status(run, "running");
    for (int i = 0; i < 5; i++) {
        int fd = dial_unix();

        memset(&got, 0, sizeof got);
        send_request(fd, "GET", logs_path(a, run, ""), "Accept: text/event-stream\r\n", NULL, true);
        hear(fd, "text/event-stream");
        close(fd);
    }
    open_gate();
    await_status(run, "succeeded");
}

RUN(S(output_comes_as_it_is_and_says_where_to_go_on), S(what_has_no_output_is_told),
    S(of_several_steps_with_output_the_first_are_named),
    S(a_follower_hears_output_as_it_is_written_until_the_end),
    S(a_stream_that_was_cut_goes_on_where_it_was), S(a_follower_that_leaves_is_forgotten))
