#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "io/http_inside.h"

enum { BIND_TRIES = 100, BACKLOG = 4096 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* "HOST:PORT" or "[HOST]:PORT", numbers only: a server must not wait for a name service. */
static bool address_read(struct str s, union address *ret, char *host, size_t size)
{
    int64_t port;
    size_t colon = s.n;

    while (colon && s.p[colon - 1] != ':') colon--;
    if (!colon || !str_int(str_skip(s, colon), &port) || port < 0 || port > 65535) return false;
    s.n = colon - 1;
    memset(ret, 0, sizeof *ret);
    if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']') {
        snprintf(host, size, STR_FMT, (int)s.n - 2, s.p + 1);
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons((uint16_t)port);
        return inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1;
    }
    if (str_is(s, "localhost")) s = STR("127.0.0.1");
    snprintf(host, size, STR_FMT, STR_ARG(s));
    ret->v4.sin_family = AF_INET;
    ret->v4.sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1;
}

static err_t bind_fail(struct err *e, int no, const char *host, int port)
{
    switch (no) {
    case EADDRINUSE:
        return fail(e, E_CONFLICT,
                    "port %d of %s is in use; stop the program that listens there, or set "
                    "server.listen in botops.yaml to another port",
                    port, host);
    case EACCES:
        return fail(e, E_DENIED,
                    "no permission to listen on port %d of %s; set server.listen in botops.yaml to "
                    "a port above 1023, or give the program CAP_NET_BIND_SERVICE",
                    port, host);
    case EADDRNOTAVAIL:
        return fail(e, E_CONFIG,
                    "%s is not an address of this machine; correct server.listen in botops.yaml",
                    host);
    default:
        return fail(e, E_IO, "cannot listen on port %d of %s: %s", port, host, strerror(no));
    }
}

/* A server that was killed while it started a process leaves a child that holds its sockets for the
   moment until its exec: a port in use may be free at once. */
static int bind_soon(int fd, const struct sockaddr *a, socklen_t len)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    int rc = bind(fd, a, len);

    for (int i = 0; rc && errno == EADDRINUSE && i < BIND_TRIES; i++) {
        nanosleep(&pause, NULL);
        rc = bind(fd, a, len);
    }
    return rc;
}

err_t listen_tcp(const char *text, int *ret_fd, int *ret_port, struct err *e)
{
    union address a;
    socklen_t len;
    char host[64];
    int fd, port, on = 1;

    if (!address_read(str_of(text), &a, host, sizeof host))
        return fail(e, E_CONFIG,
                    "\"%s\" is not an address to listen on; write server.listen in botops.yaml as "
                    "127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080",
                    text);
    port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    len = a.any.sa_family == AF_INET ? sizeof a.v4 : sizeof a.v6;
    fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return bind_fail(e, errno, host, port);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) || bind_soon(fd, &a.any, len) ||
        listen(fd, BACKLOG) || getsockname(fd, &a.any, &len)) {
        int no = errno;

        close(fd);
        return bind_fail(e, no, host, port);
    }
    *ret_port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    *ret_fd = fd;
    return OK;
}

/* A socket file that nobody listens on is a dead server's; anything else stays. */
static err_t make_way(const struct sockaddr_un *a, struct err *e)
{
    struct stat st;
    int fd, rc;

    if (lstat(a->sun_path, &st)) return OK; /* bind() tells what is wrong, if anything */
    if (!S_ISSOCK(st.st_mode))
        return fail(e, E_CONFLICT, "%s is in the way of the server's socket; remove it",
                    a->sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(e, E_IO, "cannot make a socket: %s", strerror(errno));
    rc = connect(fd, (const struct sockaddr *)a, sizeof *a) ? errno : 0;
    close(fd);
    if (rc != ECONNREFUSED)
        return fail(e, E_CONFLICT,
                    "another server listens on %s; stop it, or use another data folder",
                    a->sun_path);
    unlink(a->sun_path);
    return OK;
}

/* Linux gives a socket's file the mode of the unbound socket, so the file is never open to others,
   not even between bind() and a chmod(); and unlike umask() this touches no other thread. */
err_t listen_unix(const char *path, int *ret_fd, uint64_t *ret_ino, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct stat st;
    int fd;

    if (strlen(path) >= sizeof a.sun_path)
        return fail(e, E_CONFIG,
                    "the socket's path %s has %zu bytes, and %zu are the most; use a data folder "
                    "with a shorter path",
                    path, strlen(path), sizeof a.sun_path - 1);
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    TRY(make_way(&a, e));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || fchmod(fd, 0600) || bind(fd, (struct sockaddr *)&a, sizeof a) ||
        listen(fd, BACKLOG) || stat(path, &st)) {
        int no = errno;

        if (fd >= 0) close(fd);
        if (no == EACCES || no == EPERM)
            return fail(e, E_DENIED, "no permission to make the socket %s; check its folder", path);
        return fail(e, E_IO, "cannot listen on the socket %s: %s", path, strerror(no));
    }
    *ret_ino = st.st_ino;
    *ret_fd = fd;
    return OK;
}

void unlisten_unix(const char *path, uint64_t ino)
{
    struct stat st;

    if (lstat(path, &st) == 0 && st.st_ino == ino) unlink(path);
}
