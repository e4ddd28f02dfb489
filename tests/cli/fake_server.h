/* fake_server.h - a server that gives answers from a list, one a connection, and keeps what it was
 * asked. It listens where the command line looks for the local server. */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

#include "cli/capture.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { ANSWERS_MAX = 32 };

struct fake {
    char data[64];
    int fd;
    pthread_t thread;
    const char *const *answers; /* whole HTTP answers; "" hangs up at once */
    size_t n, asked;
    char requests[ANSWERS_MAX][4096]; /* head and body, as they came */
};

#define JSON_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
#define STREAM_HEAD                                                                                \
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define PROBLEM(s)                                                                                 \
    "HTTP/1.1 " s "\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n"
#define RUN_ID       "01JD5Z8E8Q0V8J4X1T3N6M2R7K"
#define SAY_ID(last) "01JD5Z8E8Q0V8J4X1T3N6M2R8" last

/* The head, and as much body as it announces. */
static inline void fake_read(int fd, char *out, size_t max)
{
    size_t n = 0, want = 0;

    for (;;) {
        ssize_t got = read(fd, out + n, max - 1 - n);
        const char *end, *length;

        if (got <= 0) break;
        n += (size_t)got;
        out[n] = '\0';
        end = strstr(out, "\r\n\r\n");
        if (!end) continue;
        length = strstr(out, "Content-Length: ");
        want = (size_t)(end + 4 - out) + (length ? strtoul(length + 16, NULL, 10) : 0);
        if (n >= want) break;
    }
}

static inline void *fake_thread(void *arg)
{
    struct fake *f = arg;

    while (f->asked < f->n) {
        int fd = accept(f->fd, NULL, NULL);
        const char *answer = f->answers[f->asked];

        if (fd < 0) break;
        fake_read(fd, f->requests[f->asked++], sizeof f->requests[0]);
        for (size_t at = 0, n = strlen(answer); at < n;) {
            ssize_t sent = send(fd, answer + at, n - at, MSG_NOSIGNAL);

            if (sent <= 0) break;
            at += (size_t)sent;
        }
        close(fd);
    }
    close(f->fd);
    return NULL;
}

static inline void fake_start(struct fake *f, const char *const *answers)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char data[64];

    *f = (struct fake){.answers = answers};
    while (answers[f->n]) f->n++;
    assert_true(f->n <= ANSWERS_MAX);
    temp_folder(data);
    memcpy(f->data, data, sizeof data);
    snprintf(at.sun_path, sizeof at.sun_path, "%s/botops.sock", data);
    setenv("BOTOPS_DATA", data, 1);
    unsetenv("BOTOPS_SERVER");
    f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(f->fd, 16), 0);
    assert_int_equal(pthread_create(&f->thread, NULL, fake_thread, f), 0);
}

/* All answers must have been asked for. */
static inline void fake_end(struct fake *f)
{
    pthread_join(f->thread, NULL);
    assert_int_equal(f->asked, f->n);
    drop_folder(f->data);
    unsetenv("BOTOPS_DATA");
}

#endif
