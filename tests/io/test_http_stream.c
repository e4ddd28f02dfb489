#include "http_fixture.h"

static void send_second(void *arg)
{
    *(bool *)arg = http_stream_send(stream, STR("second\n"));
}

static void end_stream(void *arg)
{
    (void)arg;
    http_stream_send(stream, STR("third\n"));
    http_stream_end(stream);
}

TEST(a_stream_delivers_until_its_end_and_closes_once)
{
    int fd = dial();
    bool sent = false;
    const char *a;

    say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    sem_wait(&held_one);
    a = hear(fd, "first\n");
    HAS(a, "Content-Type: text/event-stream\r\n");
    HAS(a, "Cache-Control: no-store\r\n");
    on_loop(send_second, &sent);
    TRUE(sent);
    HAS(hear(fd, "second\n"), "second\n");
    EQ(closed_calls, 0);
    on_loop(end_stream, NULL);
    HAS(hear(fd, NULL), "third\n");
    sem_wait(&held_one);
    EQ(closed_calls, 1);
    close(fd);
}

TEST(a_stream_whose_peer_leaves_is_closed_without_anything_sent)
{
    int fd = dial();

    say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&held_one);
    HAS(hear(fd, "first\n"), "first\n");
    close(fd);
    sem_wait(&held_one);
    EQ(closed_calls, 1);
}

static void flood(void *arg)
{
    static char line[1000];

    while (http_stream_send(stream, str_n(line, sizeof line))) ++*(int *)arg;
    EQ(http_stream_send(stream, STR("x")), false);
}

TEST(a_stream_past_its_limit_is_cut)
{
    int fd = dial(), sent = 0;

    say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&held_one);
    HAS(hear(fd, "first\n"), "first\n");
    on_loop(flood, &sent);
    EQ(sent, 4);
    sem_wait(&held_one);
    EQ(closed_calls, 1);
    close(fd);
}

static void end_at_once(void *arg)
{
    (void)arg;
    http_stream_end(http_stream(held[0], "text/plain", 100, on_closed, NULL));
    n_held = 0;
}

TEST(a_held_request_may_become_a_stream)
{
    int fd = dial();

    say(fd, "GET /hold HTTP/1.0\r\n\r\n");
    sem_wait(&held_one);
    on_loop(end_at_once, NULL);
    HAS(hear(fd, NULL), "200 OK");
    sem_wait(&held_one);
    EQ(closed_calls, 1);
    close(fd);
}

TEST(a_server_with_open_requests_and_streams_can_be_freed)
{
    int one = dial(), two = dial(), three = dial();

    say(one, "POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nxx");
    sem_wait(&held_one);
    say(two, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&held_one);
    HAS(hear(two, "first\n"), "first\n");
    say(three, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx");
    on_loop(free_server, NULL);
    EQ(closed_calls, 1);
    EQ(strlen(hear(one, NULL)), 0);
    close(one);
    close(two);
    close(three);
}

RUN(S(a_stream_delivers_until_its_end_and_closes_once),
    S(a_stream_whose_peer_leaves_is_closed_without_anything_sent),
    S(a_stream_past_its_limit_is_cut), S(a_held_request_may_become_a_stream),
    S(a_server_with_open_requests_and_streams_can_be_freed))
