/* start.c - how long a server takes from exec to its first good answer.
 *
 *     start hook PORT SECRET LOG PROGRAM [ARGUMENT...]     a webhook to /hooks/gh is answered 2xx
 *     start ready PORT SECRET LOG PROGRAM [ARGUMENT...]    GET /readyz is answered 200
 *
 * Asks in a tight loop. The server's standard error goes to LOG. It is killed
 * (SIGKILL) when it has answered. Prints one JSON line: milliseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"

enum { PATIENCE_US = 60000000, PAUSE_US = 200 };

extern char **environ;

static pid_t start(char **argv, const char *log)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0) die(argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

/* True once it was answered well. */
static bool ask(int port, struct str request)
{
    int fd = net_connect(port), status;

    if (fd < 0) return false;
    status = answer_wait(fd, request);
    close(fd);
    return status / 100 == 2;
}

int main(int argc, char **argv)
{
    struct str request = STR("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    struct post post;
    int64_t begin, us;
    int port, status;
    bool ok;
    pid_t pid;

    if (argc < 6) die("usage: start hook|ready PORT SECRET LOG PROGRAM [ARGUMENT...]");
    port = (int)number(argv[2]);
    post_make(&post, "/hooks/gh", argv[3], 1024, 1);
    post_mark(&post, (uint64_t)clock_wall(), (uint64_t)getpid());
    if (strcmp(argv[1], "hook") == 0) request = buf_str(&post.text);
    begin = clock_mono();
    pid = start(argv + 5, argv[4]);
    do {
        ok = ask(port, request);
        us = clock_mono() - begin;
        if (!ok) usleep(PAUSE_US);
    } while (!ok && us < PATIENCE_US && waitpid(pid, &status, WNOHANG) == 0);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    errno = 0;
    if (!ok) die("the server did not answer well");
    printf("{\"ms\":%.2f}\n", (double)us / 1e3);
    return 0;
}
