#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tell.h"

enum { ENV_MAX = 512, TAIL_MAX = 65536, POLL_US = 1000 };

static void make_env(const struct server *s, char *env[ENV_MAX])
{
    int n = 0;

    for (const char *const *e = s->env; e && *e; e++) env[n++] = (char *)(uintptr_t)*e;
    for (char **e = environ; *e && n < ENV_MAX - 1; e++) env[n++] = *e;
    env[n] = NULL;
}

static off_t log_size(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? st.st_size : 0;
}

void server_launch(struct server *s)
{
    char *argv[] = {(char *)(uintptr_t)s->program, (char *)(uintptr_t) "serve",
                    (char *)(uintptr_t)s->folder, NULL};
    char *env[ENV_MAX];
    posix_spawn_file_actions_t files;
    int failed;

    s->port = 0;
    s->log_from = log_size(s->log);
    make_env(s, env);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, s->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    failed = posix_spawn(&s->pid, s->program, &files, NULL, argv, env);
    posix_spawn_file_actions_destroy(&files);
    if (failed) die("%s cannot be started: %s", s->program, strerror(failed));
}

static int port_in(const char *text)
{
    const char *ready = strstr(text, "\"msg\":\"ready\""), *port;

    if (!ready || !strchr(ready, '\n')) return 0;
    port = strstr(ready, "\"port\":");
    return port ? (int)strtol(port + 7, NULL, 10) : 0;
}

static int find_port(const struct server *s)
{
    static char text[TAIL_MAX];
    int fd = open(s->log, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof text - 1, s->log_from);

    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = '\0';
    return port_in(text);
}

bool server_ended(struct server *s, int ms)
{
    int64_t until = wall_us() + (int64_t)ms * 1000;

    while (s->pid) {
        if (waitpid(s->pid, &s->status, WNOHANG) == s->pid) s->pid = 0;
        if (!s->pid || wall_us() >= until) break;
        pause_us(POLL_US);
    }
    return s->pid == 0;
}

bool server_ready(struct server *s, int ms)
{
    int64_t until = wall_us() + (int64_t)ms * 1000;

    while (!(s->port = find_port(s))) {
        if (server_ended(s, 0) || wall_us() >= until) return false;
        pause_us(POLL_US);
    }
    return true;
}

void server_kill(struct server *s)
{
    if (!s->pid) return;
    kill(s->pid, SIGKILL);
    while (waitpid(s->pid, &s->status, 0) < 0 && errno == EINTR) continue;
    s->pid = 0;
}

bool server_stop(struct server *s, int ms)
{
    if (!s->pid) return false;
    kill(s->pid, SIGTERM);
    if (server_ended(s, ms)) return WIFEXITED(s->status) && WEXITSTATUS(s->status) == 0;
    server_kill(s);
    return false;
}
