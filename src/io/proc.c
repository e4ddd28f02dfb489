#include "io/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum { BOOT_ID = 36, OPTIONS = 16, STATUS_MAX = 1024, CHILD_STACK = 16384 };

static char boot_id[BOOT_ID + 1]; /* read once, then constant */

/* The text of a small file without its last line end; false when it cannot be read. */
static bool read_small(int dir, const char *path, char *text, size_t size)
{
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0) return false;
    n = read(fd, text, size - 1);
    close(fd);
    if (n > 0 && text[n - 1] == '\n') n--;
    text[n > 0 ? n : 0] = '\0';
    return n >= 0;
}

static void read_boot_id(void)
{
    if (!read_small(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id) ||
        strlen(boot_id) != BOOT_ID)
        boot_id[0] = '\0';
}

const char *proc_boot_id(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_boot_id);
    return boot_id;
}

/* Starting. */

/* ThreadSanitizer loses its account of a thread that lends its memory to a child: there the child
   gets a copy. */
#ifdef __SANITIZE_THREAD__
enum { BORROW = CLONE_VFORK, WORD = 4096 };
#else
enum { BORROW = CLONE_VM | CLONE_VFORK, WORD = 0 };
#endif

struct start {
    const char *shim;
    const char **args;
    const char *const *envp;
    volatile int *failed; /* errno, written by the child in our memory: `word`, mostly */
    volatile int word;
};

/* In the child, which borrows our memory while our thread waits. */
__attribute__((no_sanitize("address", "undefined", "thread"))) static int exec_shim(void *arg)
{
    struct start *s = arg;

    syscall(SYS_execve, s->shim, s->args, s->envp);
    *s->failed = errno;
    _exit(127);
}

/* What posix_spawn does, with two differences: the pidfd is made in the same step, so that there is
   no shim without one; and the shim starts with all signals blocked, so that one sent at once waits
   until it can be heard. 0 or errno. */
static int start_shim(struct start *s, pid_t *ret_pid, int *ret_pidfd)
{
    char stack[CHILD_STACK] __attribute__((aligned(16)));
    sigset_t all, before;
    int error = 0, pidfd = -1;
    pid_t pid;

    s->failed = &s->word;
    if (WORD) {
        s->failed = mmap(NULL, WORD, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (s->failed == MAP_FAILED) return ENOMEM;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = clone(exec_shim, stack + sizeof stack, BORROW | CLONE_PIDFD | SIGCHLD, s, &pidfd);
    if (pid < 0) error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid > 0 && *s->failed) {
        error = *s->failed;
        close(pidfd);
        waitpid(pid, NULL, 0);
    }
    if (WORD) munmap((void *)(uintptr_t)s->failed, WORD);
    if (error) return error;
    *ret_pid = pid;
    *ret_pidfd = pidfd;
    return 0;
}

static void free_auto(const char ***p)
{
    free(*p);
}

err_t proc_spawn(const struct proc_spec *s, pid_t *ret_pid, int *ret_pidfd, struct err *e)
{
    char cap[24], grace[24], timeout[24];
    const char *const options[] = {s->shim,     s->folder, "--boot",   proc_boot_id(), "--dir",
                                   s->work_dir, "--cap",   cap,        "--grace",      grace,
                                   "--timeout", timeout,   "--cgroup", s->cgroup};
    size_t argc = 0, n = COUNT_OF(options) - (s->cgroup ? 0 : 2);
    const char **args AUTO(free) = NULL;
    struct start start = {.shim = s->shim, .envp = s->envp};
    int error;

    while (s->argv[argc]) argc++;
    if (argc == 0) return fail(e, E_INPUT, "there is no program to start: argv is empty");
    snprintf(cap, sizeof cap, "%lld", (long long)(s->output_cap > 0 ? s->output_cap : 0));
    snprintf(grace, sizeof grace, "%d", s->grace_ms > 0 ? s->grace_ms : 0);
    snprintf(timeout, sizeof timeout, "%lld", (long long)(s->timeout_ms > 0 ? s->timeout_ms : 0));
    args = mem_new((n + 1 + argc + 1) * sizeof *args);
    memcpy(args, options, n * sizeof *args);
    args[n++] = "--";
    memcpy(args + n, s->argv, argc * sizeof *args);
    start.args = args;

    error = start_shim(&start, ret_pid, ret_pidfd);
    if (error == E2BIG)
        return fail(e, E_LIMIT,
                    "the arguments and environment of %s are longer than this system allows: pass "
                    "large data in a file",
                    s->argv[0]);
    if (error)
        return fail(e, E_IO, "the step holder %s cannot be started: %s", s->shim, strerror(error));
    return OK;
}

void proc_reap(pid_t pid)
{
    siginfo_t info;

    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG);
}

/* Looking. */

static bool status_parse(char *text, struct proc_status *ret)
{
    static const char *const ends[] = {"exited", "signal", "timeout", "killed", "not-started"};
    struct str rest = str_of(text), line, key;
    int64_t code = 0, dir = 0, error = 0;
    const struct {
        const char *key;
        int64_t *to;
    } numbers[] = {{"code", &code},
                   {"failed_dir", &dir},
                   {"started_at", &ret->started_at},
                   {"ended_at", &ret->ended_at},
                   {"output", &ret->output},
                   {"dropped", &ret->dropped},
                   {"output_error", &error},
                   {"cpu_us", &ret->cpu_us},
                   {"max_rss_kb", &ret->max_rss_kb}};
    bool known = false;

    *ret = (struct proc_status){0};
    while (str_cut(&rest, '\n', &line)) {
        if (!str_cut(&line, ' ', &key)) continue;
        for (size_t i = 0; str_is(key, "end") && i < COUNT_OF(ends); i++) {
            if (!str_is(line, ends[i])) continue;
            ret->end = (enum proc_end)i;
            known = true;
        }
        for (size_t i = 0; i < COUNT_OF(numbers); i++)
            if (str_is(key, numbers[i].key) && !str_int(line, numbers[i].to)) return false;
    }
    ret->code = (int)code;
    ret->work_dir_failed = dir != 0;
    ret->output_error = (int)error;
    return known;
}

static bool read_status(int folder, struct proc_status *ret)
{
    char text[STATUS_MAX];

    return read_small(folder, "status", text, sizeof text) && status_parse(text, ret);
}

/* Whether /proc/PID/stat shows a live process with this start time (field 22). */
static bool started_then(int64_t pid, struct str start)
{
    char path[48], text[1024];
    struct str rest, field = {0};
    const char *after;

    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!read_small(AT_FDCWD, path, text, sizeof text)) return false;
    after = strrchr(text, ')');
    if (!after || strlen(after) < 3 || after[2] == 'Z' || after[2] == 'X') return false;
    rest = str_of(after + 2);
    for (int i = 3; i <= 22; i++)
        if (!str_cut(&rest, ' ', &field)) return false;
    return str_eq(field, start);
}

/* The pidfd of the shim that made the claim, -1 when it is gone. Opened before the start time is
   compared: what is compared is then what the descriptor means. */
static int open_claimant(int64_t pid, struct str start)
{
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);

    if (fd >= 0 && !started_then(pid, start)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* The first line of the claim: a link to the shim's file, or a symbolic one made by proc_forbid. */
static bool read_claim(int folder, char *text, size_t size)
{
    ssize_t n = readlinkat(folder, "claim", text, size - 1);

    if (n < 0 && errno == EINVAL) return read_small(folder, "claim", text, size);
    text[n > 0 ? n : 0] = '\0';
    return n >= 0;
}

static enum proc_state look_at(int folder, int *ret_pidfd, struct proc_status *ret_status)
{
    char text[STATUS_MAX];
    struct str rest, claim = STR(""), pid, start;
    int64_t number;
    int fd;

    if (read_status(folder, ret_status)) return PROC_ENDED;
    if (!read_claim(folder, text, sizeof text)) return PROC_NEVER;
    rest = str_of(text);
    str_cut(&rest, '\n', &claim);
    if (claim.n == 0)
        return PROC_OTHER_BOOT; /* written before it was linked: lost with the power */
    if (!str_cut(&claim, ' ', &pid) || !str_int(pid, &number) || !str_cut(&claim, ' ', &start))
        return PROC_LOST;
    if (number == 0) return PROC_NEVER; /* made by proc_forbid */
    if (!str_is(claim, proc_boot_id())) return PROC_OTHER_BOOT;
    fd = open_claimant(number, start);
    if (fd >= 0) {
        *ret_pidfd = fd;
        return PROC_ALIVE;
    }
    /* it may have ended since we looked for its status */
    return read_status(folder, ret_status) ? PROC_ENDED : PROC_LOST;
}

enum proc_state proc_look(const char *folder, int *ret_pidfd, struct proc_status *ret_status)
{
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    enum proc_state state;

    if (fd < 0) return PROC_NEVER;
    state = look_at(fd, ret_pidfd, ret_status);
    close(fd);
    return state;
}

enum proc_state proc_forbid(const char *folder, int *ret_pidfd, struct proc_status *ret_status)
{
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    char claim[BOOT_ID + 8];
    enum proc_state state = PROC_NEVER;

    if (fd < 0) return PROC_NEVER;
    snprintf(claim, sizeof claim, "0 0 %s", proc_boot_id());
    if (symlinkat(claim, fd, "claim") < 0) {
        /* no room for a link: then without its folder there is nothing to claim either */
        if (errno != EEXIST) rmdir(folder);
        state = look_at(fd, ret_pidfd, ret_status);
    }
    close(fd);
    return state;
}

void proc_kill(int pidfd)
{
    syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
}
