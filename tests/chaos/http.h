/* http.h - a small HTTP/1.1 client that keeps its connection: enough to be a webhook's sender. */
#ifndef CHAOS_HTTP_H
#define CHAOS_HTTP_H

#include <stddef.h>

enum { HTTP_REPLY_MAX = 16384 };

struct http {
    int fd;                     /* -1: not connected */
    int port;                   /* on 127.0.0.1, that fd leads to */
    char reply[HTTP_REPLY_MAX]; /* the last answer's body, with a NUL */
};

void http_init(struct http *h);
void http_done(struct http *h);

/* Posts JSON; `headers` are whole lines that end in CR LF. The status, or 0 when no whole answer
   came: whether it was taken is then unknown. */
int http_post(struct http *h, int port, const char *path, const char *headers, const char *body,
              size_t n);

#endif
