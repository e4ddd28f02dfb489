#include "fixture.h"

TEST(a_line_starts_what_it_fits)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run, *event;

    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hello bob\",\"id\":\"l-1\"}"),
       202);
    run = first_run(a);
    event = json_text(a, "event");
    await_status(run, "succeeded");
    STREQ(json_text(a, "room"), "console/ops");
    STREQ(json_text(a, "trigger"), "chat");
    TRUE(strlen(json_text(a, "user")) > 0);
    EQ(call("POST", "/api/v1/chat",
            "{\"room\":\"console/ops\",\"text\":\"hello bob\",\"id\":\"l-1\"}"),
       200);
    STREQ(first_run(a), run);
    EQ(call("GET", arena_fmt(a, "/api/v1/chat?room=ops&after=%s", event), NULL), 200);
    HAS(got.body, "\"text\":\"hello bob\"");
    EQ(call("GET", "/api/v1/chat?room=other", NULL), 200);
    EQ(value_at(json(a), "items").n, 0);
    EQ(call("GET", arena_fmt(a, "/api/v1/events/%s", event), NULL), 200);
    STREQ(json_text(a, "type"), "chat.message");
    STREQ(json_text(a, "data.text"), "hello bob");
}

TEST(the_room_answers_a_line_that_starts_nothing)
{
    struct arena *a AUTO(arena) = arena_new();

    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hallo bob\"}"), 202);
    EQ(value_at(json(a), "runs").n, 0);
    EQ(call("GET", arena_fmt(a, "/api/v1/chat?room=ops&after=%s", json_text(a, "event")), NULL),
       200);
    EQ(value_at(json(a), "items").n, 1);
    HAS(got.body, "\"kind\":\"reply\"");
    HAS(got.body, "hello");
}

TEST(a_line_that_cannot_be_one_is_refused)
{
    struct arena *a AUTO(arena) = arena_new();
    char longest[4200];

    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\"}"), 400);
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\" \"}"), 400);
    EQ(call("POST", "/api/v1/chat", "{\"text\":\"hello\"}"), 400);
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"slack/ops\",\"text\":\"hello\"}"), 400);
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"../ops\",\"text\":\"hello\"}"), 400);
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hello\",\"id\":\"a b\"}"), 400);
    memset(longest, 'x', sizeof longest);
    EQ(call("POST", "/api/v1/chat",
            arena_fmt(a, "{\"room\":\"ops\",\"text\":\"%.4097s\"}", longest)),
       400);
    EQ(call("GET", "/api/v1/chat", NULL), 400);
}

TEST(a_stream_tells_what_is_said_from_now_on)
{
    struct arena *a AUTO(arena) = arena_new();
    static struct answer kept;
    int fd;

    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hello alice\"}"), 202);
    await_status(first_run(a), "succeeded");
    fd = dial_unix();
    memset(&got, 0, sizeof got);
    send_request(fd, "GET", "/api/v1/chat?room=ops", "Accept: text/event-stream\r\n", NULL, true);
    hear(fd, "\r\n\r\n");
    kept = got;
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hello bob\"}"), 202);
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"other\",\"text\":\"hello carol\"}"), 202);
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hello dave\"}"), 202);
    got = kept;
    hear(fd, "hello dave");
    HAS(got.body, "event: say\nid: ");
    HAS(got.body, "hello bob");
    HAS(got.body, "event: run\ndata: {\"id\":\"");
    assert_null(strstr(got.body, "hello carol"));
    close(fd);
}

TEST(a_stream_begins_after_a_given_line)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *event;
    int fd;

    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hello alice\"}"), 202);
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hello bob\"}"), 202);
    event = json_text(a, "event");
    EQ(call("POST", "/api/v1/chat", "{\"room\":\"ops\",\"text\":\"hello carol\"}"), 202);
    fd = dial_unix();
    memset(&got, 0, sizeof got);
    send_request(fd, "GET", arena_fmt(a, "/api/v1/chat?room=ops&after=%s", event),
                 "Accept: text/event-stream\r\n", NULL, true);
    hear(fd, "hello carol");
    HAS(got.body, "hello bob");
    assert_null(strstr(got.body, "hello alice"));
    close(fd);
}

RUN(S(a_line_starts_what_it_fits), S(the_room_answers_a_line_that_starts_nothing),
    S(a_line_that_cannot_be_one_is_refused), S(a_stream_tells_what_is_said_from_now_on),
    S(a_stream_begins_after_a_given_line))
