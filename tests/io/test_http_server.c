#include "http_fixture.h"

TEST(a_request_reaches_the_handler_whole_and_decoded)
{
    const char *a = ask("POST /a%20b/%C3%A9+c?q=x%26y+z&q=2&p HTTP/1.1\r\nHost: h\r\nX-MiXed: V\r\n"
                        "Content-Length: 5\r\nConnection: close\r\n\r\nhello");

    HAS(a, "HTTP/1.1 200 OK\r\n");
    HAS(a, "POST /a b/\xc3\xa9+c q=x&y z body=hello tcp ");
    HAS(a, "[x-mixed=V]");
    HAS(a, "Content-Type: text/plain\r\n");
    HAS(a, "X-One: 1\r\n");
    HAS(a, "X-Two: 2\r\n");
}

TEST(the_absolute_form_of_a_target_is_its_path)
{
    HAS(ask("GET http://h.example/p?q=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
        "GET /p q=1 ");
    HAS(ask("GET http://h.example HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "GET / q= ");
}

TEST(head_is_get_without_a_body)
{
    const char *a = ask("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

    HAS(a, "200 OK");
    HAS(a, "Content-Length: ");
    TRUE(!strcmp(strstr(a, "\r\n\r\n"), "\r\n\r\n"));
    HAS(seen.p, "GET /x ");
}

TEST(a_body_that_waits_for_leave_gets_it)
{
    int fd = dial();

    say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
            "Connection: close\r\n\r\n");
    HAS(hear(fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n");
    say(fd, "ok");
    HAS(hear(fd, NULL), "body=ok ");
    close(fd);
}

TEST(a_server_listens_on_ipv6)
{
    struct http_config c = config();
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a)) skip();
    close(fd);
    c.listen = "[::1]:0";
    start(&c);
    a.sin6_port = htons((uint16_t)http_server_port(server));
    fd = connect_to(AF_INET6, (struct sockaddr *)&a, sizeof a);
    say(fd, "GET /six HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    HAS(hear(fd, NULL), "GET /six");
    close(fd);
    stop();
}

TEST(two_requests_in_one_packet_get_two_answers_in_order)
{
    const char *a = ask("GET /one HTTP/1.1\r\nHost: h\r\n\r\n"
                        "GET /two HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

    HAS(a, "GET /one");
    HAS(strstr(a, "GET /one"), "GET /two");
}

TEST(a_request_may_be_answered_later_and_the_connection_goes_on)
{
    int fd = dial();
    const char *a;

    say(fd, "POST /hold HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nxx");
    sem_wait(&held_one);
    on_loop(answer_held, NULL);
    a = hear(fd, "later");
    HAS(a, "HTTP/1.1 202 Accepted\r\n");
    say(fd, "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    HAS(hear(fd, NULL), "GET /next");
    close(fd);
}

TEST(waiting_for_the_answer_is_not_limited_by_the_timeout)
{
    int fd = dial();
    struct timeval longer = {.tv_sec = 1, .tv_usec = 200000};
    char byte;

    say(fd, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&held_one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &longer, sizeof longer);
    EQ(recv(fd, &byte, 1, 0), -1);
    EQ(errno, EAGAIN);
    on_loop(answer_held, NULL);
    HAS(hear(fd, "later"), "202 Accepted");
    say(fd, "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    HAS(hear(fd, NULL), "GET /next");
    close(fd);
}

TEST(the_answer_to_a_peer_that_left_is_dropped)
{
    int fd = dial();

    say(fd, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&held_one);
    close(fd);
    on_loop(answer_held, NULL);
    HAS(ask("GET /alive HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "GET /alive");
}

TEST(a_long_body_arrives_complete)
{
    static char text[100200];
    int fd = dial();
    size_t n;

    n = (size_t)snprintf(text, sizeof text,
                         "POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n"
                         "Connection: close\r\n\r\n");
    memset(text + n, 'x', 100000);
    EQ(send(fd, text, n + 100000, 0), (ssize_t)n + 100000);
    HAS(hear(fd, NULL), "\r\n\r\n100000");
    close(fd);
}

TEST(the_unix_socket_is_the_owner_s_and_tells_who_asks)
{
    struct http_config c = unix_config();
    mode_t mask = umask(0);
    struct stat st;
    char uid[32];
    int fd;

    start(&c);
    umask(mask);
    EQ(http_server_port(server), 0);
    EQ(stat(unix_path, &st), 0);
    EQ(st.st_mode & 0777, 0600);
    fd = dial_unix();
    say(fd, "GET /uid HTTP/1.1\r\nHost: h\r\n\r\n");
    snprintf(uid, sizeof uid, "\r\n\r\n%d", (int)getuid());
    HAS(hear(fd, uid), uid);
    say(fd, "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    HAS(hear(fd, NULL), " local ");
    close(fd);
    stop();
    EQ(stat(unix_path, &st), -1);
}

TEST(a_dead_server_s_socket_is_replaced_and_a_live_one_s_is_not)
{
    struct http_config c = unix_config();
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct http_server *second;
    struct err e;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(a.sun_path, sizeof a.sun_path, "%s", unix_path);
    EQ(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    close(fd); /* the file stays, as after kill -9 */
    start(&c);
    EQ(http_server_new(loop, &c, &second, &e), E_CONFLICT);
    HAS(e.text, "another server listens on");
    close(dial_unix());
    stop();
}

static void expect_error(const struct http_config *c, err_t code, const char *part)
{
    struct loop *l;
    struct http_server *s;
    struct err e;

    PASS(loop_new(&l, &e));
    EQ(http_server_new(l, c, &s, &e), code);
    HAS(e.text, part);
    loop_free(l);
}

TEST(why_a_server_cannot_listen_is_told_in_a_sentence)
{
    struct http_config c = config();
    char address[64], longest[200];
    FILE *f;

    snprintf(address, sizeof address, "127.0.0.1:%d", http_server_port(server));
    c.listen = address;
    expect_error(&c, E_CONFLICT, "of 127.0.0.1 is in use; stop");
    expect_error(&c, E_CONFLICT, "server.listen in botops.yaml");
    c.listen = "192.0.2.1:80";
    expect_error(&c, E_CONFIG, "192.0.2.1 is not an address of this machine");
    static const char *const bad[] = {
        "",      "8080",    "127.0.0.1",    "127.0.0.1:99999", "example.org:80",
        ":8080", "[::1:80", "127.0.0.1:-1", "127.0.0.1:8x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        c.listen = bad[i];
        expect_error(&c, E_CONFIG, "is not an address to listen on");
    }
    c = unix_config();
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    longest[108] = '\0';
    c.unix_path = longest;
    expect_error(&c, E_CONFIG, "has 108 bytes, and 107 are the most");
    c.unix_path = unix_path;
    f = fopen(unix_path, "w");
    fclose(f);
    expect_error(&c, E_CONFLICT, "is in the way");
    unlink(unix_path);
}

static void quiesce(void *arg)
{
    (void)arg;
    http_server_quiesce(server);
}

TEST(a_quiet_server_answers_what_is_open_and_takes_nothing_new)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)http_server_port(server)),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = dial(), late = socket(AF_INET, SOCK_STREAM, 0);

    say(fd, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    sem_wait(&held_one);
    on_loop(quiesce, NULL);
    EQ(connect(late, (struct sockaddr *)&a, sizeof a), -1);
    EQ(errno, ECONNREFUSED);
    on_loop(answer_held, NULL);
    HAS(hear(fd, NULL), "Connection: close\r\n");
    close(fd);
    close(late);
}

RUN(S(a_request_reaches_the_handler_whole_and_decoded),
    S(the_absolute_form_of_a_target_is_its_path), S(head_is_get_without_a_body),
    S(a_body_that_waits_for_leave_gets_it), T(a_server_listens_on_ipv6),
    S(two_requests_in_one_packet_get_two_answers_in_order),
    S(a_request_may_be_answered_later_and_the_connection_goes_on),
    S(waiting_for_the_answer_is_not_limited_by_the_timeout),
    S(the_answer_to_a_peer_that_left_is_dropped), S(a_long_body_arrives_complete),
    T(the_unix_socket_is_the_owner_s_and_tells_who_asks),
    T(a_dead_server_s_socket_is_replaced_and_a_live_one_s_is_not),
    S(why_a_server_cannot_listen_is_told_in_a_sentence),
    S(a_quiet_server_answers_what_is_open_and_takes_nothing_new))
