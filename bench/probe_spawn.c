/* probe_spawn.c - what a process costs without us: posix_spawn, output through a pipe read to its
 * end, wait.
 *
 *     probe_spawn FLIGHT COUNT PROGRAM [ARGUMENT...]
 *
 * FLIGHT at the same time. Prints one JSON line: how many of them per second.
 */
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"

enum { FLIGHT_MAX = 256 };

extern char **environ;

static pid_t start(char **argv, struct pollfd *p)
{
    posix_spawn_file_actions_t actions;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0) die("pipe");
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0) die("posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *p = (struct pollfd){.fd = ends[0], .events = POLLIN};
    return pid;
}

/* True when it has ended. */
static bool take_output(pid_t pid, struct pollfd *p)
{
    char bytes[4096];
    int status;

    if (read(p->fd, bytes, sizeof bytes) > 0) return false;
    close(p->fd);
    p->fd = -1;
    if (waitpid(pid, &status, 0) != pid || status != 0) die("a process did not end well");
    return true;
}

int main(int argc, char **argv)
{
    struct pollfd fds[FLIGHT_MAX];
    pid_t pids[FLIGHT_MAX];
    int64_t flight, count, started = 0, ended = 0, begin = clock_mono(), us;

    if (argc < 4) die("usage: probe_spawn FLIGHT COUNT PROGRAM [ARGUMENT...]");
    flight = number(argv[1]);
    count = number(argv[2]);
    if (flight < 1 || flight > FLIGHT_MAX || count < flight) die("1 to 256 at the same time");
    for (; started < flight; started++) pids[started] = start(argv + 3, &fds[started]);
    while (ended < count) {
        if (poll(fds, (nfds_t)flight, -1) < 0) die("poll");
        for (int64_t i = 0; i < flight; i++) {
            if (fds[i].fd < 0 || !fds[i].revents || !take_output(pids[i], &fds[i])) continue;
            ended++;
            if (started == count) continue;
            pids[i] = start(argv + 3, &fds[i]);
            started++;
        }
    }
    us = clock_mono() - begin;
    printf("{\"per_s\":%.1f,\"seconds\":%.4f}\n", (double)count * 1e6 / (double)us,
           (double)us / 1e6);
    return 0;
}
