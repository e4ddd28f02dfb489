#include "http.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEAD_MAX = 2048, ANSWER_S = 20 };

void http_init(struct http *h)
{
    h->fd = -1;
    h->port = 0;
}

void http_done(struct http *h)
{
    if (h->fd >= 0) close(h->fd);
    h->fd = -1;
}

static int connect_to(struct http *h, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval limit = {.tv_sec = ANSWER_S};
    int one = 1;

    if (h->fd >= 0 && h->port == port) return 1;
    http_done(h);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    h->port = port;
    if (h->fd < 0) return 0;
    setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(h->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return connect(h->fd, (struct sockaddr *)&to, sizeof to) == 0;
}

static int send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t w = send(fd, p, n, MSG_NOSIGNAL);

        if (w <= 0) return 0;
        p += w;
        n -= (size_t)w;
    }
    return 1;
}

/* The value of a header in a head that ends in NUL; 0 when it is not there. */
static long header_number(const char *head, const char *name)
{
    const char *p = strcasestr(head, name);

    return p ? strtol(p + strlen(name), NULL, 10) : 0;
}

static int read_reply(struct http *h)
{
    char text[HEAD_MAX + HTTP_REPLY_MAX];
    size_t n = 0, body_n;
    char *body = NULL;
    long want = -1;

    while (!body || n - (size_t)(body - text) < (size_t)want) {
        ssize_t r = recv(h->fd, text + n, sizeof text - 1 - n, 0);

        if (r <= 0) return 0;
        n += (size_t)r;
        text[n] = '\0';
        if (!body && (body = strstr(text, "\r\n\r\n")) != NULL) {
            *body = '\0';
            body += 4;
            want = header_number(text, "\nContent-Length:");
            if (want >= HTTP_REPLY_MAX) return 0;
        }
    }
    body_n = (size_t)want;
    memcpy(h->reply, body, body_n);
    h->reply[body_n] = '\0';
    if (strcasestr(text, "\nConnection: close")) http_done(h);
    return (int)strtol(text + 9, NULL, 10); /* after "HTTP/1.1 " */
}

int http_post(struct http *h, int port, const char *path, const char *headers, const char *body,
              size_t n)
{
    char head[HEAD_MAX];
    int head_n = snprintf(head, sizeof head,
                          "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json"
                          "\r\nContent-Length: %zu\r\n%s\r\n",
                          path, n, headers);
    int status = 0;

    if (head_n < 0 || (size_t)head_n >= sizeof head) return 0;
    if (connect_to(h, port) && send_all(h->fd, head, (size_t)head_n) && send_all(h->fd, body, n))
        status = read_reply(h);
    if (!status) http_done(h);
    return status;
}
