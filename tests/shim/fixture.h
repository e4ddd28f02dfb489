/* fixture.h - a folder for one step, and a step in it. The shim is $BOTOPS_SHIM, or the one built
 * beside the tests. Waiting is always for an event (a pidfd, a FIFO), never for time.
 */
#ifndef TESTS_SHIM_FIXTURE_H
#define TESTS_SHIM_FIXTURE_H

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/output.h"
#include "io/starter.h"

enum { WAIT_MS = 60000 };

struct step {
    char root[64];           /* of all the test's files */
    char stem[96];           /* of the step */
    char fifo[96], mark[96]; /* where a script says that it is ready; MARK=... in its environment */
    const char *env[4];
    char fifo_env[128], mark_env[128];
    int fifo_fd;
    struct proc_spec spec;
    pid_t pid;
    int pidfd;
    struct proc_status status;
    struct err e;
};

static inline const char *shim_path(void)
{
    static char path[PATH_MAX];
    const char *given = getenv("BOTOPS_SHIM");
    ssize_t n;

    if (given) return given;
    n = readlink("/proc/self/exe", path, sizeof path - 32);
    path[n > 0 ? n : 0] = '\0';
    for (int i = 0; i < 3; i++) {
        char *slash = strrchr(path, '/');
        if (slash) *slash = '\0';
    }
    strncat(path, "/botops-shim", 16);
    if (access(path, X_OK) != 0) {
        print_error("no %s: build it first, or set BOTOPS_SHIM\n", path);
        _fail(__FILE__, __LINE__);
    }
    return path;
}

static void step_init(struct step *s, const char *const *argv)
{
    memset(s, 0, sizeof *s);
    snprintf(s->root, sizeof s->root, "/tmp/botops-step-XXXXXX");
    TRUE(mkdtemp(s->root) != NULL);
    snprintf(s->stem, sizeof s->stem, "%s/step", s->root);
    snprintf(s->fifo, sizeof s->fifo, "%s/ready", s->root);
    EQ(mkfifo(s->fifo, 0600), 0);
    s->fifo_fd = open(s->fifo, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    TRUE(s->fifo_fd >= 0);
    snprintf(s->fifo_env, sizeof s->fifo_env, "READY=%s", s->fifo);
    snprintf(s->mark_env, sizeof s->mark_env, "MARK=%s", s->root);
    s->env[0] = "PATH=/usr/local/bin:/usr/bin:/bin";
    s->env[1] = s->fifo_env;
    s->env[2] = s->mark_env;
    s->pidfd = -1;
    s->spec = (struct proc_spec){.stem = s->stem,
                                 .work_dir = s->root,
                                 .argv = argv,
                                 .envp = s->env,
                                 .output_cap = INT64_C(1) << 40,
                                 .grace_ms = 10000};
}

#define SH(script) ((const char *const[]){"/bin/sh", "-c", script, NULL})

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, WAIT_MS) == 1;
}

static struct starter *only_starter;

/* One for all tests of a program, as a server has it. */
static struct starter *starter(void)
{
    struct err e = {0};

    if (!only_starter) PASS(starter_new(shim_path(), "test", &only_starter, &e));
    return only_starter;
}

/* Until there is an answer, or more of a question can be sent, which it then is. */
static bool starter_waits(void)
{
    short unsent = starter_unsent(starter()) ? POLLOUT : 0;
    struct pollfd p = {.fd = starter_fd(starter()), .events = (short)(POLLIN | unsent)};

    if (poll(&p, 1, WAIT_MS) != 1) return false;
    starter_send(starter());
    return true;
}

/* Asks and waits for the answer. */
static err_t step_ask(struct step *s, struct err *e)
{
    struct started got = {0};
    int n;

    TRY(starter_ask(starter(), &s->spec, 7, e));
    do {
        TRUE(starter_waits());
        n = starter_hear(starter(), &got, 1);
    } while (n == 0);
    EQ(n, 1);
    EQ(got.id, 7);
    EQ(got.error, 0);
    s->pid = got.pid;
    s->pidfd = got.pidfd;
    return OK;
}

static inline void step_start(struct step *s)
{
    struct err e = {0};

    PASS(step_ask(s, &e));
}

/* Until the script has written to $READY. */
static inline void step_ready(struct step *s)
{
    char c;

    TRUE(readable(s->fifo_fd));
    EQ(read(s->fifo_fd, &c, 1), 1);
}

/* Until the shim has ended; its own exit status. */
static int step_wait(struct step *s)
{
    siginfo_t info = {0};

    TRUE(readable(s->pidfd));
    EQ(waitid(P_PID, (id_t)s->pid, &info, WEXITED), 0);
    close(s->pidfd);
    s->pidfd = -1;
    return info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
}

static enum proc_state step_look(struct step *s)
{
    int fd = -1;
    enum proc_state state = proc_look(s->stem, &fd, &s->status);

    if (fd >= 0) close(fd);
    return state;
}

/* Starts it, waits for its end, and reads its status. */
static inline void step_run(struct step *s)
{
    step_start(s);
    EQ(step_wait(s), 0);
    EQ(step_look(s), PROC_ENDED);
}

/* How many processes have our mark in their environment. */
static inline int step_survivors(const struct step *s)
{
    DIR *proc = opendir("/proc");
    struct dirent *d;
    int n = 0;

    if (!proc) return -1;
    while ((d = readdir(proc))) {
        char path[300], text[65536];
        ssize_t got;
        int fd;

        if (!isdigit((unsigned char)d->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/%s/environ", d->d_name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue;
        got = read(fd, text, sizeof text);
        close(fd);
        if (got > 0 && memmem(text, (size_t)got, s->mark_env, strlen(s->mark_env))) n++;
    }
    closedir(proc);
    return n;
}

/* Whether that number falls to n; looks as long as a wait may last. */
static inline bool step_comes_down_to(const struct step *s, int n)
{
    int64_t until = clock_mono() + WAIT_MS * MS_US;

    while (step_survivors(s) != n)
        if (clock_mono() > until) return false;
    return true;
}

static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *d;

    while (dir && (d = readdir(dir))) {
        char below[PATH_MAX];

        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..")) continue;
        snprintf(below, sizeof below, "%s/%s", path, d->d_name);
        if (unlink(below) != 0) remove_tree(below);
    }
    if (dir) closedir(dir);
    rmdir(path);
}

static void step_done(struct step *s)
{
    close(s->fifo_fd);
    if (s->pidfd >= 0) close(s->pidfd);
    remove_tree(s->root);
}

/* All of the output, at most 1 MB, in a buffer the caller clears with buf_auto. */
static inline struct buf step_output(const struct step *s)
{
    struct buf b = BUF(1 << 20);
    struct err e = {0};

    PASS(output_read(s->stem, 0, &b, &e));
    return b;
}

#endif
