#include "kit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/crypto.h"

void die(const char *what)
{
    fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, what, errno ? ": " : "",
            errno ? strerror(errno) : "");
    exit(1);
}

int64_t number(const char *text)
{
    int64_t n;

    errno = 0;
    if (!str_int(str_of(text), &n)) die("a whole number is missing");
    return n;
}

/* --- sockets --- */

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

void net_nonblock(int fd)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
}

int net_listen(int *ret_port)
{
    struct sockaddr_in at = loopback(0);
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) != 0)
        die("cannot listen");
    *ret_port = ntohs(at.sin_port);
    return fd;
}

int net_connect(int port)
{
    struct sockaddr_in at = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    if (fd < 0) die("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) return fd;
    close(fd);
    return -1;
}

void net_send(int fd, struct str s)
{
    if (send(fd, s.p, s.n, MSG_NOSIGNAL) != (ssize_t)s.n) die("a request was not sent whole");
}

/* --- webhooks --- */

static void add_body(struct buf *b, size_t bytes, int number)
{
    size_t end = b->n + bytes;

    buf_addf(b,
             "{\"ref\":\"refs/heads/main\",\"number\":%d,\"before\":\"%040d\",\"after\":\"%040d\","
             "\"created\":false,\"deleted\":false,\"forced\":false,\"base_ref\":null,"
             "\"repository\":{\"id\":186853002,\"name\":\"payments\",\"full_name\":"
             "\"acme/payments\",\"private\":true,\"html_url\":\"https://github.com/acme/payments\","
             "\"owner\":{\"login\":\"acme\",\"id\":21031067,\"type\":\"Organization\"},"
             "\"default_branch\":\"main\",\"topics\":[\"billing\",\"ledger\"]},"
             "\"pusher\":{\"name\":\"kim\",\"email\":\"kim@example.com\"},"
             "\"commits\":[{\"id\":\"%040d\",\"distinct\":true,\"timestamp\":"
             "\"2026-05-15T15:12:31+02:00\",\"author\":{\"name\":\"Kim Lee\"},\"added\":[],"
             "\"modified\":[\"src/ledger/sum.c\"],\"message\":\"Ledger: sum in minor units. ",
             number, number, number + 1, number + 1);
    while (b->n + 4 < end) buf_addc(b, "the quick brown fox jumps "[b->n % 26]);
    buf_add(b, STR("\"}]}"));
}

static void add_mac(struct buf *b, const char *secret, struct str body)
{
    struct hmac *h = hmac_new(DIGEST_SHA256, str_of(secret));
    uint8_t mac[DIGEST_MAX];

    buf_add_hex(b, mac, hmac_make(h, body, mac));
    hmac_free(h);
}

void post_make(struct post *p, const char *path, const char *secret, size_t bytes, int number)
{
    AUTO(buf) struct buf body = BUF(POST_MAX);

    p->text = BUF(POST_MAX);
    add_body(&body, bytes, number);
    buf_addf(&p->text,
             "POST %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: GitHub-Hookshot/bench\r\n"
             "Content-Type: application/json\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: ",
             path);
    p->delivery_at = p->text.n;
    buf_addf(&p->text, "%0*d\r\nX-Hub-Signature-256: sha256=", DELIVERY_LEN, 0);
    add_mac(&p->text, secret, buf_str(&body));
    buf_addf(&p->text, "\r\nContent-Length: %zu\r\n\r\n", body.n);
    buf_add(&p->text, buf_str(&body));
    if (body.full || p->text.full) die("a body of that size is too much");
}

/* Spreads a number over all bits (splitmix64), as delivery ids are random. */
static uint64_t spread(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

void post_mark(struct post *p, uint64_t seed, uint64_t number)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t half[2] = {spread(seed ^ spread(number)), spread(seed + number)};
    char *out = p->text.p + p->delivery_at;

    for (int i = 0, at = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) out[at++] = '-';
        out[at++] = digits[(half[i / 16] >> (i % 16 * 4)) & 15];
    }
}

/* --- answers --- */

size_t answer_len(struct str s, int *ret_status)
{
    static const char name[] = "\r\ncontent-length:";
    const char *end = s.n ? memmem(s.p, s.n, "\r\n\r\n", 4) : NULL;
    size_t head, body = 0;

    if (!end) return 0;
    if (s.n < 12 || memcmp(s.p, "HTTP/1.", 7) != 0) die("the answer is not HTTP");
    *ret_status = (s.p[9] - '0') * 100 + (s.p[10] - '0') * 10 + (s.p[11] - '0');
    head = (size_t)(end - s.p) + 4;
    for (const char *p = s.p; p + sizeof name <= end; p++) {
        if (*p != '\r' || strncasecmp(p, name, sizeof name - 1) != 0) continue;
        body = strtoul(p + sizeof name - 1, NULL, 10);
        break;
    }
    return head + body <= s.n ? head + body : 0;
}

int answer_wait(int fd, struct str request)
{
    char in[16384];
    size_t n = 0;
    int status;

    if (send(fd, request.p, request.n, MSG_NOSIGNAL) != (ssize_t)request.n) return 0;
    for (;;) {
        ssize_t got = recv(fd, in + n, sizeof in - n, 0);

        if (got <= 0) return 0;
        n += (size_t)got;
        if (answer_len(str_n(in, n), &status)) return status;
    }
}

/* --- latencies --- */

void latency_add(struct latencies *l, int64_t us)
{
    int64_t tick = us / TICK_US;

    l->count[tick < TICKS ? tick : TICKS - 1]++;
    l->n++;
}

int64_t latency_at(const struct latencies *l, double share)
{
    int64_t want = (int64_t)((double)l->n * share), seen = 0;

    for (int i = 0; i < TICKS; i++) {
        seen += l->count[i];
        if (seen > want) return (int64_t)i * TICK_US;
    }
    return 0;
}
