/* peer.h - a loop in a thread, and sockets that talk to what runs on it: for tests of servers.
 *
 * What a test does to the server itself it does on the loop's thread, by on_loop().
 */
#ifndef PEER_H
#define PEER_H

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/loop.h"

enum { PEER_PATIENCE_S = 20 };

static struct loop *loop;
static struct wake *order;
static loop_call *order_call;
static void *order_arg;
static sem_t order_done;
static pthread_t thread;

static inline void on_order(void *arg)
{
    (void)arg;
    order_call(order_arg);
    sem_post(&order_done);
}

static inline void on_loop(loop_call *call, void *arg)
{
    order_call = call;
    order_arg = arg;
    wake_send(order);
    sem_wait(&order_done);
}

static inline void *loop_thread(void *arg)
{
    (void)arg;
    loop_run(loop);
    return NULL;
}

/* Makes the loop; what it serves is made before it runs. */
static inline void loop_make(void)
{
    struct err e;

    PASS(loop_new(&loop, &e));
    order = wake_new(loop, on_order, NULL);
    sem_init(&order_done, 0, 0);
}

static inline void loop_start(void)
{
    EQ(pthread_create(&thread, NULL, loop_thread, NULL), 0);
}

static inline void stop_loop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

static inline void loop_end(void)
{
    on_loop(stop_loop, NULL);
    pthread_join(thread, NULL);
    wake_free(order);
    loop_free(loop);
}

/* --- sockets --- */

static inline int connect_to(int family, const struct sockaddr *to, socklen_t n)
{
    struct timeval most = {.tv_sec = PEER_PATIENCE_S};
    int fd = socket(family, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    EQ(connect(fd, to, n), 0);
    return fd;
}

static inline int connect_tcp(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    return connect_to(AF_INET, (struct sockaddr *)&a, sizeof a);
}

static inline int connect_unix(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    return connect_to(AF_UNIX, (struct sockaddr *)&a, sizeof a);
}

/* Reads on, behind the text that is there, until `until` was seen in it (NULL: until its end). */
static inline const char *hear_into(int fd, char *text, size_t max, const char *until)
{
    size_t n = strlen(text);

    while (n < max - 1 && !(until && strstr(text, until))) {
        ssize_t got = recv(fd, text + n, max - 1 - n, 0);

        if (got < 0 && errno == EAGAIN) print_error("nothing heard in time\n");
        if (got <= 0) break;
        n += (size_t)got;
        text[n] = '\0';
    }
    return text;
}

#endif
