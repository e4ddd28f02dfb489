#include "shim/shim.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shim/sys.h"

/* Between the server and what it runs the kernel shall pick what runs. No right to raise it: fine.
 */
static void raise_oom_score(void)
{
    long fd = sys(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0) return;
    sys(SYS_write, fd, "500", 3);
    sys(SYS_close, fd);
}

/* The environment may hold secrets, so no core file unless the program asks for one. */
static void no_core(void)
{
    struct rlimit limit = {0};

    if (sys(SYS_prlimit64, 0, RLIMIT_CORE, 0, &limit) < 0 || limit.rlim_cur == 0) return;
    limit.rlim_cur = 0;
    sys(SYS_prlimit64, 0, RLIMIT_CORE, &limit, 0);
}

static const char *path_of(char **envp)
{
    for (; *envp; envp++) {
        const char *e = *envp;

        if (e[0] == 'P' && e[1] == 'A' && e[2] == 'T' && e[3] == 'H' && e[4] == '=') return e + 5;
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

/* execvpe(3) with three differences: an empty part of PATH does not mean the current folder, which
   may be somebody's checkout; a script without #! is not given to sh; and a name is looked for
   before it is executed, because a failing execve is dear. Returns errno. */
static int exec_program(const struct options *o)
{
    const char *name = o->argv[0], *p = path_of(o->envp);
    size_t n = text_len(name);
    int error = ENOENT;
    char file[PATH_MAX];

    for (const char *c = name; *c; c++)
        if (*c == '/') return (int)-sys(SYS_execve, name, o->argv, o->envp);
    if (n == 0) return ENOENT;
    while (*p) {
        size_t len = 0;
        long r;

        while (p[len] && p[len] != ':') len++;
        if (len && len + n + 2 <= sizeof file) {
            for (size_t i = 0; i < len; i++) file[i] = p[i];
            file[len] = '/';
            text_put(file + len + 1, name);
            r = sys(SYS_faccessat, AT_FDCWD, file, X_OK);
            if (r == 0) r = sys(SYS_execve, file, o->argv, o->envp);
            if (r == -EACCES)
                error = EACCES;
            else if (r != -ENOENT && r != -ENOTDIR)
                return (int)-r;
        }
        p += len + (p[len] == ':');
    }
    return error;
}

/* In the child, in our memory. Descriptors 0 to 2 are /dev/null, all others close by themselves. */
static int run(void *arg)
{
    struct child *c = arg;
    uint64_t none = 0;
    long r;

    /* a step that nobody holds must not go on */
    sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    if (sys(SYS_getppid) != c->self) return 127;
    sys(SYS_setpgid, 0, 0);
    sys(SYS_dup3, c->out, 1, 0);
    sys(SYS_dup3, c->err, 2, 0);
    no_core();
    raise_oom_score();
    r = c->o->dir ? sys(SYS_chdir, c->o->dir) : 0;
    if (r < 0) {
        c->failed_dir = true;
        c->failed = (int)-r;
        return 127;
    }
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
    c->failed = exec_program(c->o);
    return 127;
}

long child_start(struct child *c, int cgroup)
{
    long pid;

    c->failed = 0;
    c->failed_dir = false;
    c->lent = true;
    pid = sys_vfork(run, c, c->top, cgroup);
    c->lent = false;
    if (pid < 0) return pid;
    if (c->failed) {
        sys(SYS_wait4, pid, 0, 0, 0);
        return -c->failed;
    }
    return pid;
}
