#include "io/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "io/starting.h"

enum { STACK = 16384, UNSENT_MAX = 256 << 20, SPARES_MAX = 1 << 20 };

struct starter {
    pid_t pid;
    int fd;
    struct buf unsent;
    size_t sent; /* bytes of it that are */
    int *spares; /* one descriptor for each question not answered: its pidfd shall find a place */
    int spares_n, spares_size;
};

/* --- the program --- */

/* ThreadSanitizer loses its account of a thread that lends its memory to a child: there the child
   gets a copy. */
#ifdef __SANITIZE_THREAD__
enum { BORROW = CLONE_VFORK, WORD = 4096 };
#else
enum { BORROW = CLONE_VM | CLONE_VFORK, WORD = 0 };
#endif

struct start {
    const char *shim;
    const char *args[3];
    int socket;
    volatile int *failed; /* errno, written by the child in our memory: `word`, mostly */
    volatile int word;
};

/* In the child, which borrows our memory while our thread waits. Its environment is empty: ours may
   hold secrets. */
__attribute__((no_sanitize("address", "undefined", "thread"))) static int exec_shim(void *arg)
{
    static const char *const none[] = {NULL};
    struct start *s = arg;

    if (s->socket == STARTER_SOCKET)
        syscall(SYS_fcntl, s->socket, F_SETFD, 0);
    else
        syscall(SYS_dup3, s->socket, STARTER_SOCKET, 0);
    syscall(SYS_execve, s->shim, s->args, none);
    *s->failed = errno;
    _exit(127);
}

/* The shim starts with all signals blocked. 0 or errno. */
static int start_shim(struct start *s, pid_t *ret_pid)
{
    char stack[STACK] __attribute__((aligned(16)));
    sigset_t all, before;
    int error = 0;
    pid_t pid;

    s->failed = &s->word;
    if (WORD) {
        s->failed = mmap(NULL, WORD, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (s->failed == MAP_FAILED) return ENOMEM;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = clone(exec_shim, stack + sizeof stack, BORROW | SIGCHLD, s);
    if (pid < 0) error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid > 0 && *s->failed) {
        error = *s->failed;
        waitpid(pid, NULL, 0);
    }
    if (WORD) munmap((void *)(uintptr_t)s->failed, WORD);
    *ret_pid = pid;
    return error;
}

err_t starter_new(const char *shim, const char *label, struct starter **ret, struct err *e)
{
    struct start start = {.shim = shim, .args = {shim, label, NULL}};
    int ends[2], error = 0;
    struct starter *s;
    pid_t pid = -1;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return fail(e, E_IO, "the step holder %s cannot be started: %s", shim, strerror(errno));
    start.socket = ends[1];
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) error = errno;
    if (!error) error = start_shim(&start, &pid);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        return fail(e, E_IO, "the step holder %s cannot be started: %s", shim, strerror(error));
    }
    s = mem_new(sizeof *s);
    *s = (struct starter){.pid = pid, .fd = ends[0], .unsent = BUF(UNSENT_MAX)};
    *ret = s;
    return OK;
}

void starter_free(struct starter *s)
{
    if (!s) return;
    close(s->fd);
    kill(s->pid, SIGKILL); /* it would end by itself, but when? */
    waitpid(s->pid, NULL, 0);
    while (s->spares_n) close(s->spares[--s->spares_n]);
    free(s->spares);
    free(s->unsent.p);
    free(s);
}

/* --- asking --- */

struct texts {
    struct buf *out;
    uint32_t n;
    bool long_one;
};

static void add_text(struct texts *t, const char *text)
{
    size_t n = strlen(text) + 1;

    if (n > START_TEXT) t->long_one = true;
    buf_add(t->out, str_n(text, n));
    t->n++;
}

static void add_option(struct texts *t, const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)(value > 0 ? value : 0));
    add_text(t, name);
    add_text(t, text);
}

static void add_step(struct texts *t, const struct proc_spec *s)
{
    add_text(t, "botops-shim");
    add_text(t, s->stem);
    add_text(t, "--boot");
    add_text(t, proc_boot_id());
    add_text(t, "--dir");
    add_text(t, s->work_dir);
    add_option(t, "--cap", s->output_cap);
    add_option(t, "--grace", s->grace_ms);
    add_option(t, "--timeout", s->timeout_ms);
    if (s->cgroup) {
        add_text(t, "--cgroup");
        add_text(t, s->cgroup);
    }
    add_text(t, "--");
    for (size_t i = 0; s->argv[i]; i++) add_text(t, s->argv[i]);
}

/* Nothing of it was sent. */
static void take_back(struct starter *s, size_t begin)
{
    if (s->unsent.p) explicit_bzero(s->unsent.p + begin, s->unsent.n - begin);
    s->unsent.n = begin;
    s->unsent.full = false;
}

static bool spare_add(struct starter *s)
{
    int fd = s->spares_n < SPARES_MAX ? fcntl(s->fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (fd < 0) return false;
    if (s->spares_n == s->spares_size) {
        s->spares_size = s->spares_size ? s->spares_size * 2 : 64;
        s->spares = mem_grow(s->spares, (size_t)s->spares_size * sizeof *s->spares);
    }
    s->spares[s->spares_n++] = fd;
    return true;
}

err_t starter_ask(struct starter *s, const struct proc_spec *spec, uint32_t id, struct err *e)
{
    struct start_request q = {.id = id};
    size_t begin = s->unsent.n;
    struct texts texts = {.out = &s->unsent};

    if (!spec->argv[0]) return fail(e, E_INPUT, "there is no program to start: argv is empty");
    buf_add(&s->unsent, str_n((const char *)&q, sizeof q));
    add_step(&texts, spec);
    q.args = texts.n;
    for (size_t i = 0; spec->envp[i]; i++) add_text(&texts, spec->envp[i]);
    q.envs = texts.n - q.args;
    if (s->unsent.full || texts.long_one || s->unsent.n - begin - sizeof q > START_SIZE) {
        take_back(s, begin);
        return fail(e, E_LIMIT,
                    "the arguments and environment of %s are longer than this system allows: pass "
                    "large data in a file",
                    spec->argv[0]);
    }
    if (!spare_add(s)) {
        take_back(s, begin);
        return fail(e, E_IO, "no step can be started: %s", strerror(errno));
    }
    q.size = (uint32_t)(s->unsent.n - begin - sizeof q);
    memcpy(s->unsent.p + begin, &q, sizeof q);
    starter_send(s);
    return OK;
}

int starter_fd(const struct starter *s)
{
    return s->fd;
}

bool starter_unsent(const struct starter *s)
{
    return s->unsent.n > 0;
}

/* What was sent may have held secrets: it is not kept. */
void starter_send(struct starter *s)
{
    while (s->sent < s->unsent.n) {
        ssize_t w = send(s->fd, s->unsent.p + s->sent, s->unsent.n - s->sent, MSG_NOSIGNAL);

        if (w < 0 && errno == EINTR) continue;
        if (w < 0) return; /* full; or it is gone, which starter_hear() tells */
        s->sent += (size_t)w;
    }
    explicit_bzero(s->unsent.p, s->unsent.n);
    buf_clear(&s->unsent);
    s->sent = 0;
}

/* --- hearing --- */

static int descriptor_in(struct msghdr *m)
{
    int fd = -1;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

/* As recv(); an answer is sent as one piece, and so it comes. */
static ssize_t hear_one(struct starter *s, struct start_answer *a, int *ret_pidfd)
{
    char rights[CMSG_SPACE(sizeof(int))] __attribute__((aligned(sizeof(size_t))));
    struct iovec bytes = {a, sizeof *a};
    struct msghdr m = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = rights, .msg_controllen = sizeof rights};
    ssize_t r;

    if (s->spares_n) close(s->spares[s->spares_n - 1]);
    r = recvmsg(s->fd, &m, MSG_CMSG_CLOEXEC);
    if (r == (ssize_t)sizeof *a) {
        if (s->spares_n) s->spares_n--;
        *ret_pidfd = descriptor_in(&m);
    } else if (s->spares_n) {
        int why = errno;

        s->spares[s->spares_n - 1] = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
        errno = why;
    }
    return r;
}

int starter_hear(struct starter *s, struct started *ret, int n)
{
    int heard = 0;

    while (heard < n) {
        struct start_answer a = {0};
        int pidfd = -1;
        ssize_t r = hear_one(s, &a, &pidfd);

        if (r < 0 && errno == EINTR) continue;
        if (r < 0 && errno == EAGAIN) break;
        if (r != (ssize_t)sizeof a) return heard ? heard : STARTER_GONE;
        ret[heard] = (struct started){.id = a.id, .pid = a.pid, .pidfd = pidfd};
        if (a.pid < 0) ret[heard].error = -a.pid;
        if (a.pid > 0 && pidfd < 0) ret[heard].error = EMFILE;
        heard++;
    }
    return heard;
}
