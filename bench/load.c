/* load.c - posts signed webhooks as fast as they are answered.
 *
 *     load PORT PATH SECRET CONNECTIONS COUNT MILLISECONDS [BYTES]
 *
 * Keep-alive connections, one request at a time on each, until COUNT requests
 * are sent or the time is over (0: without that bound); then waits for the
 * answers under way. Bodies are signed before it begins, each request has a
 * delivery id of its own. Prints one JSON line: answers by status, how many of
 * them were 2xx per second (from the first byte sent to the last answer), and
 * latencies. A connection that the server ends is a fault.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"

enum { CONNECTIONS_MAX = 1024, ANSWER_MAX = 16384, PATIENCE_MS = 30000 };

struct peer {
    int fd;
    struct post post;
    int64_t sent_at;
    size_t n;
    char in[ANSWER_MAX];
};

struct load {
    int epoll, peers_n;
    struct peer *peers;
    uint64_t seed;
    int64_t count, sent, answered, good, end; /* end: mono us */
    int64_t status[600];
    struct latencies latencies;
};

static bool may_send(const struct load *l)
{
    return l->sent < l->count && clock_mono() < l->end;
}

static void send_next(struct load *l, struct peer *p)
{
    post_mark(&p->post, l->seed, (uint64_t)l->sent++);
    p->sent_at = clock_mono();
    net_send(p->fd, buf_str(&p->post.text));
}

static void take_answer(struct load *l, struct peer *p)
{
    ssize_t got = recv(p->fd, p->in + p->n, sizeof p->in - p->n, 0);
    int status = 0;
    size_t len;

    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) die("the server ended a connection");
    p->n += (size_t)got;
    len = answer_len(str_n(p->in, p->n), &status);
    if (!len) return;
    if (len != p->n) die("more was answered than was asked");
    p->n = 0;
    l->answered++;
    l->good += status / 100 == 2;
    if (status > 0 && status < 600) l->status[status]++;
    latency_add(&l->latencies, clock_mono() - p->sent_at);
    if (may_send(l)) send_next(l, p);
}

static void open_peer(struct load *l, struct peer *p, int port)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = p};

    p->fd = net_connect(port);
    if (p->fd < 0) die("cannot connect");
    net_nonblock(p->fd);
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, p->fd, &ev) != 0) die("epoll_ctl");
}

static int64_t drive(struct load *l)
{
    struct epoll_event ev[CONNECTIONS_MAX];
    int64_t begin = clock_mono();

    for (int i = 0; i < l->peers_n && may_send(l); i++) send_next(l, &l->peers[i]);
    while (l->answered < l->sent) {
        int n = epoll_wait(l->epoll, ev, l->peers_n, PATIENCE_MS);

        if (n <= 0) die("no answer for too long");
        for (int i = 0; i < n; i++) take_answer(l, ev[i].data.ptr);
    }
    return clock_mono() - begin;
}

static void print(const struct load *l, int64_t us)
{
    const char *comma = "";

    printf("{\"sent\":%lld,\"good\":%lld,\"seconds\":%.4f,\"per_s\":%.1f,\"p50_us\":%lld,"
           "\"p99_us\":%lld,\"status\":{",
           (long long)l->sent, (long long)l->good, (double)us / 1e6,
           (double)l->good * 1e6 / (double)us, (long long)latency_at(&l->latencies, 0.5),
           (long long)latency_at(&l->latencies, 0.99));
    for (int i = 0; i < 600; i++) {
        if (!l->status[i]) continue;
        printf("%s\"%d\":%lld", comma, i, (long long)l->status[i]);
        comma = ",";
    }
    printf("}}\n");
}

int main(int argc, char **argv)
{
    struct load *l = mem_new(sizeof *l);
    size_t bytes = argc > 7 ? (size_t)number(argv[7]) : 1024;
    int64_t ms;

    if (argc < 7) die("usage: load PORT PATH SECRET CONNECTIONS COUNT MILLISECONDS [BYTES]");
    l->peers_n = (int)number(argv[4]);
    l->count = number(argv[5]);
    ms = number(argv[6]);
    if (l->peers_n < 1 || l->peers_n > CONNECTIONS_MAX || (!l->count && !ms))
        die("1 to 1024 connections, and a count or a time");
    if (!l->count) l->count = INT64_MAX;
    l->peers = mem_new(sizeof *l->peers * (size_t)l->peers_n);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->seed = (uint64_t)clock_wall() * 2654435761u ^ (uint64_t)getpid();
    for (int i = 0; i < l->peers_n; i++) {
        post_make(&l->peers[i].post, argv[2], argv[3], bytes, i);
        open_peer(l, &l->peers[i], (int)number(argv[1]));
    }
    l->end = ms ? clock_mono() + ms * MS_US : INT64_MAX;
    print(l, drive(l));
    return 0;
}
