/* probe_ingest.c - the limit that ingest is held against: a bare epoll server that verifies
 * X-Hub-Signature-256, keeps the body as a row (rows.h) and answers 202 once it is on disk.
 *
 *     probe_ingest FOLDER SECRET same|writer
 *
 * What one turn of the loop has read is one commit. `same` commits on the
 * thread of the loop, `writer` on a second one, which takes all that waits.
 * No parsing of the body, no rules, no duplicates, no limits: less cannot be
 * done. Prints the log line {"msg":"ready","port":N} and serves until it
 * is killed.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/crypto.h"
#include "kit.h"
#include "rows.h"

enum { IN_MAX = 65536, EVENTS = 256 };

struct peer {
    struct peer *next;
    int fd;
    size_t n, len; /* read; of the request */
    struct str delivery, body;
    char in[IN_MAX];
};

struct server {
    int epoll, listener, wake;
    EVP_MAC_CTX *keyed;
    struct rows *rows;
    bool writer;
    struct peer *turn, *done;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct peer *waiting; /* both under lock */
    struct peer *committed;
};

/* --- one request --- */

static struct str header(struct str head, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i + n + 2 < head.n; i++) {
        const char *p = memchr(head.p + i, '\n', head.n - i - n - 2), *end;

        if (!p) break;
        i = (size_t)(p - head.p);
        if (strncasecmp(p + 1, name, n) != 0 || p[n + 1] != ':') continue;
        p += n + 2;
        end = memchr(p, '\r', (size_t)(head.p + head.n - p));
        return str_trim(str_n(p, end ? (size_t)(end - p) : 0));
    }
    return STR("");
}

static bool signature_fits(struct server *s, struct str given, struct str body)
{
    EVP_MAC_CTX *c = EVP_MAC_CTX_dup(s->keyed);
    uint8_t mac[64], want[64];
    size_t n = 0, want_n = 0;
    bool ok = c && EVP_MAC_update(c, (const uint8_t *)body.p, body.n) &&
              EVP_MAC_final(c, mac, &n, sizeof mac);

    EVP_MAC_CTX_free(c);
    return ok && str_starts(given, STR("sha256=")) &&
           hex_decode(str_skip(given, 7), want, sizeof want, &want_n) &&
           secret_eq(str_n((char *)mac, n), str_n((char *)want, want_n));
}

static bool take_request(struct server *s, struct peer *p)
{
    const char *end = memmem(p->in, p->n, "\r\n\r\n", 4);
    struct str head;
    int64_t n;

    if (!end) return false;
    head = str_n(p->in, (size_t)(end - p->in) + 4);
    if (!str_int(header(head, "content-length"), &n) || n < 0 || n > IN_MAX) die("bad request");
    p->len = head.n + (size_t)n;
    if (p->n < p->len) return false;
    p->body = str_n(p->in + head.n, (size_t)n);
    p->delivery = header(head, "x-github-delivery");
    if (!signature_fits(s, header(head, "x-hub-signature-256"), p->body)) die("bad signature");
    return true;
}

static void answer(struct peer *p)
{
    net_send(p->fd, STR("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
                        "Content-Length: 2\r\n\r\n{}"));
    p->n -= p->len;
    memmove(p->in, p->in + p->len, p->n);
}

/* --- one turn --- */

static void accept_all(struct server *s)
{
    int fd;

    while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct peer *p = mem_new(sizeof *p);
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = p};

        p->fd = fd;
        if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) != 0) die("epoll_ctl");
    }
}

static void take_bytes(struct server *s, struct peer *p)
{
    ssize_t got = recv(p->fd, p->in + p->n, sizeof p->in - p->n, 0);

    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        close(p->fd);
        free(p);
        return;
    }
    p->n += (size_t)got;
    if (!take_request(s, p)) return;
    p->next = s->turn;
    s->turn = p;
}

static void answer_all(struct peer *p)
{
    for (; p; p = p->next) answer(p);
}

static void end_turn(struct server *s)
{
    struct peer **at = &s->turn;

    if (!s->turn) return;
    if (!s->writer) {
        for (struct peer *p = s->turn; p; p = p->next) rows_add(s->rows, p->delivery, p->body);
        rows_commit(s->rows);
        answer_all(s->turn);
    } else {
        while (*at) at = &(*at)->next;
        pthread_mutex_lock(&s->lock);
        *at = s->waiting;
        s->waiting = s->turn;
        pthread_cond_signal(&s->more);
        pthread_mutex_unlock(&s->lock);
    }
    s->turn = NULL;
}

static void take_committed(struct server *s)
{
    struct peer *list;
    uint64_t n;

    if (read(s->wake, &n, sizeof n) < 0) die("eventfd");
    pthread_mutex_lock(&s->lock);
    list = s->committed;
    s->committed = NULL;
    pthread_mutex_unlock(&s->lock);
    answer_all(list);
}

static void *write_rows(void *arg)
{
    struct server *s = arg;
    uint64_t one = 1;

    for (;;) {
        struct peer *list, **at = &list;

        pthread_mutex_lock(&s->lock);
        while (!s->waiting) pthread_cond_wait(&s->more, &s->lock);
        list = s->waiting;
        s->waiting = NULL;
        pthread_mutex_unlock(&s->lock);
        for (; *at; at = &(*at)->next) rows_add(s->rows, (*at)->delivery, (*at)->body);
        rows_commit(s->rows);
        pthread_mutex_lock(&s->lock);
        *at = s->committed;
        s->committed = list;
        pthread_mutex_unlock(&s->lock);
        if (write(s->wake, &one, sizeof one) < 0) die("eventfd");
    }
    return NULL;
}

static void serve(struct server *s)
{
    struct epoll_event ev[EVENTS];

    for (;;) {
        int n = epoll_wait(s->epoll, ev, EVENTS, -1);

        if (n < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < n; i++) {
            if (ev[i].data.ptr == &s->listener)
                accept_all(s);
            else if (ev[i].data.ptr == &s->wake)
                take_committed(s);
            else
                take_bytes(s, ev[i].data.ptr);
        }
        end_turn(s);
    }
}

/* --- */

static void key_mac(struct server *s, const char *secret)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                           OSSL_PARAM_construct_end()};

    s->keyed = mac ? EVP_MAC_CTX_new(mac) : NULL;
    if (!s->keyed || !EVP_MAC_init(s->keyed, (const uint8_t *)secret, strlen(secret), params))
        die("no HMAC-SHA256");
    EVP_MAC_free(mac);
}

static void watch(struct server *s, int *fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = fd};

    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, *fd, &ev) != 0) die("epoll_ctl");
}

int main(int argc, char **argv)
{
    struct server s = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    int port;

    if (argc < 4) die("usage: probe_ingest FOLDER SECRET same|writer");
    s.writer = strcmp(argv[3], "writer") == 0;
    s.rows = rows_open(argv[1], true);
    key_mac(&s, argv[2]);
    s.epoll = epoll_create1(EPOLL_CLOEXEC);
    s.listener = net_listen(&port);
    s.wake = eventfd(0, EFD_CLOEXEC);
    watch(&s, &s.listener);
    watch(&s, &s.wake);
    if (s.writer && pthread_create(&thread, NULL, write_rows, &s) != 0) die("no thread");
    fprintf(stderr, "{\"msg\":\"ready\",\"port\":%d}\n", port);
    serve(&s);
    return 0;
}
