#include "http_fixture.h"

TEST(a_length_over_the_limit_is_refused_before_the_body_is_sent)
{
    const char *a = ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n");

    HAS(a, "HTTP/1.1 413 ");
    HAS(a, "Content-Type: application/problem+json");
    HAS(a, "\"type\":\"/problems/too-large\"");
    HAS(a, "limit of 100000 bytes");
    HAS(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n"), "413");
    HAS(ask("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"), "limit of 10 bytes");
    HAS(ask("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nConnection: close\r\n\r\n"
            "0123456789"),
        "body=0123456789");
    EQ(handled, 1);
}

TEST(a_chunked_body_is_taken_within_the_limit)
{
    HAS(ask("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
        "body=hello world ");
    HAS(ask("POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
        "HTTP/1.1 413 ");
    EQ(handled, 1);
}

TEST(what_makes_a_body_s_end_doubtful_is_refused)
{
    HAS(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: "
            "chunked\r\n\r\n"),
        "HTTP/1.1 400 ");
    HAS(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"),
        "HTTP/1.1 400 ");
    HAS(ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
        "HTTP/1.1 501 ");
    HAS(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n"), "HTTP/1.1 400 ");
    EQ(handled, 0);
}

TEST(compressed_bodies_are_refused)
{
    HAS(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n"),
        "HTTP/1.1 415 ");
    HAS(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n"
            "Connection: close\r\n\r\nx"),
        "body=x");
}

TEST(a_path_with_a_nul_or_a_broken_escape_is_refused)
{
    HAS(ask("GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 400 ");
    HAS(ask("GET /a%zz HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 400 ");
    HAS(ask("GET /a%4 HTTP/1.1\r\nHost: h\r\n\r\n"), "HTTP/1.1 400 ");
    EQ(handled, 0);
}

TEST(headers_over_the_limit_are_refused)
{
    static char text[60000];
    size_t n = (size_t)snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: h\r\nX-Long: ");
    int fd = dial();

    memset(text + n, 'x', 12000);
    memcpy(text + n + 12000, "\r\nConnection: close\r\n\r\n", 24);
    HAS(ask(text), "x-long=xxx");
    handled = 0;

    memset(text + n, 'x', 50000);
    memcpy(text + n + 50000, "\r\n\r\n", 5);
    send(fd, text, strlen(text), MSG_NOSIGNAL);
    HAS(hear(fd, NULL), "HTTP/1.1 431 ");
    close(fd);
    EQ(handled, 0);
}

TEST(slow_headers_and_slow_bodies_are_cut_with_408)
{
    int idle = dial(), head = dial(), body = dial();

    say(head, "GET / HTTP/1.1\r\nHost:");
    say(body, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\nab");
    HAS(hear(head, NULL), "HTTP/1.1 408 ");
    HAS(hear(body, NULL), "HTTP/1.1 408 ");
    EQ(strlen(hear(idle, NULL)), 0);
    EQ(handled, 0);
    close(idle);
    close(head);
    close(body);
}

TEST(an_idle_connection_is_closed_after_the_timeout)
{
    int fd = dial();

    say(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    HAS(hear(fd, "tcp"), "200 OK");
    EQ(strstr(hear(fd, NULL), "HTTP/1.1"), NULL);
    close(fd);
}

static void note_sleep(void *arg)
{
    *(int *)arg = uv_backend_timeout(&loop->uv);
}

TEST(a_server_without_connections_sets_no_timer)
{
    int timeout_ms = 0;

    ask("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 10 && timeout_ms >= 0; i++) on_loop(note_sleep, &timeout_ms);
    EQ(timeout_ms, -1);
}

TEST(one_address_gets_most_connections_but_not_all)
{
    int fd[18], more;

    for (int i = 0; i < 18; i++) {
        fd[i] = dial();
        say(fd[i], "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        sem_wait(&held_one);
    }
    more = dial();
    EQ(strlen(hear(more, NULL)), 0);
    close(more);
    for (int i = 0; i < 18; i++) close(fd[i]);
    EQ(handled, 18);
}

TEST(connections_over_the_limit_of_the_unix_socket_get_503)
{
    struct http_config c = unix_config();
    int fd[3];

    c.max_connections = 2;
    start(&c);
    for (int i = 0; i < 3; i++) {
        fd[i] = dial_unix();
        if (i == 2) break;
        say(fd[i], "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        sem_wait(&held_one);
    }
    HAS(hear(fd[2], NULL), "HTTP/1.1 503 ");
    on_loop(answer_held, NULL);
    HAS(hear(fd[0], "later"), "202");
    for (int i = 0; i < 3; i++) close(fd[i]);
    stop();
}

RUN(S(a_length_over_the_limit_is_refused_before_the_body_is_sent),
    S(a_chunked_body_is_taken_within_the_limit), S(what_makes_a_body_s_end_doubtful_is_refused),
    S(compressed_bodies_are_refused), S(a_path_with_a_nul_or_a_broken_escape_is_refused),
    S(headers_over_the_limit_are_refused), S(slow_headers_and_slow_bodies_are_cut_with_408),
    S(an_idle_connection_is_closed_after_the_timeout),
    S(a_server_without_connections_sets_no_timer), S(one_address_gets_most_connections_but_not_all),
    T(connections_over_the_limit_of_the_unix_socket_get_503))
