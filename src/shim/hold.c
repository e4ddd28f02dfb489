#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "shim/hold.h"
#include "shim/sys.h"

enum { NEVER = -1, RETRY_MIN_MS = 2, RETRY_MAX_MS = 500, BULK = 16384, SMALL = 4096, DRIP_MS = 20 };

static bool read_options(struct options *o, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **text; /* or a number */
        int64_t *number;
    } known[] = {{"--boot", &o->boot, NULL},      {"--dir", &o->dir, NULL},
                 {"--cgroup", &o->cgroup, NULL},  {"--cap", NULL, &o->cap},
                 {"--grace", NULL, &o->grace_ms}, {"--timeout", NULL, &o->timeout_ms}};
    enum { KNOWN = sizeof known / sizeof known[0] };
    int i = 2;

    *o = (struct options){.boot = "-", .cap = INT64_MAX, .grace_ms = 10000};
    if (argc < 4) return false;
    o->stem = argv[1];
    for (; i + 1 < argc && !text_same(argv[i], "--"); i += 2) {
        int k = 0;

        while (k < KNOWN && !text_same(argv[i], known[k].name)) k++;
        if (k == KNOWN) return false;
        if (known[k].text)
            *known[k].text = argv[i + 1];
        else
            *known[k].number = text_int(argv[i + 1]);
    }
    o->argv = argv + i + 1;
    return i + 1 < argc && text_len(o->boot) < 64 && o->cap >= 0 && o->grace_ms >= 0 &&
           o->timeout_ms >= 0;
}

/* Puts our start time, field 22 of /proc/self/stat (proc(5)); "0" when it cannot be read. */
static char *put_start_time(char *to)
{
    char text[512] = "", *p = text, *begin = to;
    long fd = sys(SYS_openat, AT_FDCWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC), n = -1;

    if (fd >= 0) {
        n = sys(SYS_read, fd, text, sizeof text - 1);
        sys(SYS_close, fd);
    }
    text[n > 0 ? n : 0] = '\0';
    for (long i = 0; i < n; i++)
        if (text[i] == ')') p = text + i; /* the name before it may hold anything */
    for (int field = 2; *p && field <= 22; p++) {
        if (*p == ' ')
            field++;
        else if (field == 22)
            *to++ = *p;
    }
    return to == begin ? text_put(to, "0") : text_put(to, "");
}

/* The link that decides who may start this step: 0, -EEXIST, or why it cannot be made. It names the
   file that becomes the status, because on some file systems a new file is dear; and what a status
   needs on a disk that is full later is then there already. */
static long claim(struct hold *s)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    char text[128], temporary[sizeof s->files.name], *p;
    int folder = s->files.folder;
    long fd, r;

    text_put(temporary, files_name(&s->files, "status.new"));
    fd = sys(SYS_openat, folder, temporary, flags, 0600);
    if (fd < 0) return fd;
    p = put_start_time(text_put(text_num(text, s->self), " "));
    p = text_put(text_put(text_put(p, " "), s->o.boot), "\n");
    s->status.file = (int)fd;
    s->status.begin = p - text;
    r = sys_write_all((int)fd, text, (size_t)s->status.begin);
    if (r == 0) r = sys(SYS_linkat, folder, temporary, folder, files_name(&s->files, "claim"), 0);
    if (r < 0) sys(SYS_unlinkat, folder, temporary, 0);
    return r;
}

static bool asked_already(void)
{
    uint64_t pending = 0;

    sys(SYS_rt_sigpending, &pending, sizeof pending);
    return pending & (uint64_t)1 << (SIGTERM - 1);
}

/* The secrets were the program's; here they would only be found. */
static void wipe(char **envp)
{
    for (; *envp; envp++) memset(*envp, 0, text_len(*envp));
}

/* 0, or why nothing runs. */
static long start(struct hold *s)
{
    uint64_t heard = (uint64_t)1 << (SIGTERM - 1) | (uint64_t)1 << (SIGCHLD - 1);
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    long r;

    s->status.started_at = sys_wall_us();
    r = sys(SYS_signalfd4, -1, &heard, sizeof heard, SFD_CLOEXEC);
    if (r < 0) return r;
    s->signals = (int)r;
    if ((r = sys(SYS_pipe2, out, O_CLOEXEC)) < 0) return r;
    if ((r = sys(SYS_pipe2, err, O_CLOEXEC)) < 0) return r;
    s->child.o = &s->o;
    s->child.self = s->self;
    s->child.top = s->stack + sizeof s->stack;
    s->child.out = out[1];
    s->child.err = err[1];
    group_make(&s->group, s->o.cgroup, s->self);
    r = child_start(&s->child, s->group.dir);
    wipe(s->o.envp);
    if (r < 0) return r;
    s->main_pid = (int32_t)r;
    sys(SYS_close, out[1]);
    sys(SYS_close, err[1]);
    s->pipes[0] = out[0];
    s->pipes[1] = err[0];
    s->due_ms = s->o.timeout_ms > 0 ? sys_mono_ms() + s->o.timeout_ms : NEVER;
    return 0;
}

/* Takes at most one read from each pipe that has something. */
static void copy(struct hold *s, const bool ready[2], int64_t now)
{
    int64_t n = 0;

    for (int i = 0; i < 2; i++) {
        long r = ready[i] ? sys(SYS_read, s->pipes[i], s->bytes, sizeof s->bytes) : -EAGAIN;

        if (r > 0) keep_bytes(&s->keep, i, s->bytes, r, now);
        if (r == 0) s->pipes[i] = -1;
        if (r > 0) n += r;
    }
    if (n == 0) return;
    /* A writer that drips is left alone for a moment, so that neither we nor the index pay for each
       drop. One that pours never waits for us. */
    if (n >= BULK) s->bulk_until = now + SHIM_WINDOW_MS;
    if (n < SMALL && now - s->copied_at < DRIP_MS && now >= s->bulk_until)
        s->held_until = now + SHIM_HOLD_MS;
    s->copied_at = now;
}

/* Asks the tree to end. What the program did by itself before stays its end. */
static void ask(struct hold *s, enum end end, int64_t now)
{
    if (s->main_pid) s->status.end = end;
    s->phase = ASKED;
    s->due_ms = now + s->o.grace_ms;
    s->retry_ms = RETRY_MIN_MS;
    tree_ask(s->self, s->main_pid);
}

static void reap(struct hold *s, int64_t now)
{
    int how = 0;
    long pid;

    while ((pid = sys(SYS_wait4, -1, &how, WNOHANG | __WALL, 0)) > 0) {
        if (pid != s->main_pid) continue;
        s->main_pid = 0;
        if (s->phase != RUNNING) continue;
        s->status.end = WIFSIGNALED(how) ? END_SIGNAL : END_EXITED;
        s->status.code = WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how);
        s->phase = LINGERING;
        s->due_ms = now + SHIM_LINGER_MS;
    }
    s->gone = pid == -ECHILD;
}

static void hear(struct hold *s, int64_t now)
{
    struct signalfd_siginfo got[2] = {0};
    long n = sys(SYS_read, s->signals, got, sizeof got);
    bool term = false;

    for (long i = 0; i * (long)sizeof got[0] < n; i++) term |= got[i].ssi_signo == SIGTERM;
    reap(s, now);
    if (term && !s->gone && s->phase < ASKED) ask(s, END_KILLED, now);
}

static void move(struct hold *s, int64_t now)
{
    if (s->gone || s->due_ms == NEVER || now < s->due_ms) return;
    if (s->phase < ASKED) {
        ask(s, END_TIMEOUT, now);
        if (s->o.grace_ms > 0) return;
    }
    s->phase = KILLING;
    s->due_ms = now + s->retry_ms;
    s->retry_ms = s->retry_ms * 2 < RETRY_MAX_MS ? s->retry_ms * 2 : RETRY_MAX_MS;
    group_kill(&s->group);
    tree_kill(s->self);
}

static void serve(struct hold *s)
{
    int64_t now = sys_mono_ms();

    while (!s->gone) {
        bool held = now < s->held_until, ready[2];
        int64_t due = s->due_ms == NEVER ? INT64_MAX : s->due_ms;
        struct pollfd p[3] = {{.fd = s->signals, .events = POLLIN},
                              {.fd = held ? -1 : s->pipes[0], .events = POLLIN},
                              {.fd = held ? -1 : s->pipes[1], .events = POLLIN}};
        struct timespec wait = {0};

        if (held && s->held_until < due) due = s->held_until;
        if (due > now) {
            wait.tv_sec = (due - now) / 1000;
            wait.tv_nsec = (due - now) % 1000 * 1000000;
        }
        sys(SYS_ppoll, p, 3, due == INT64_MAX ? NULL : &wait, 0, 0);
        now = sys_mono_ms();
        for (int i = 0; i < 2; i++) {
            ready[i] = p[i + 1].revents & POLLIN;
            if (p[i + 1].revents && !ready[i]) s->pipes[i] = -1; /* no writer, and empty */
        }
        copy(s, ready, now);
        if (p[0].revents) hear(s, now);
        move(s, now);
    }
}

/* What the pipes still hold. A stranger may have been handed the other end: never wait. */
static void drain(struct hold *s)
{
    for (int i = 0; i < 2; i++) {
        int left = 0;

        if (s->pipes[i] < 0) continue;
        sys(SYS_ioctl, s->pipes[i], FIONREAD, &left);
        while (left > 0) {
            int64_t want = left < SHIM_READ ? left : SHIM_READ;
            long n = sys(SYS_read, s->pipes[i], s->bytes, want);

            if (n <= 0) break;
            keep_bytes(&s->keep, i, s->bytes, n, s->copied_at);
            left -= (int)n;
        }
    }
}

/* On a full disk the end of the log makes way for the outcome; failing that we wait for space. */
static void tell(struct hold *s)
{
    struct timespec pause = {.tv_nsec = 200000000};

    for (;;) {
        long r = status_write(&s->files, &s->status, &s->keep);

        if (r != -ENOSPC && r != -EDQUOT && r != -ENOMEM) return;
        if (!keep_cut(&s->keep)) sys(SYS_nanosleep, &pause, 0);
    }
}

/* All but the buffers, whose pages need not be touched. */
static void hold_clear(struct hold *s)
{
    memset(s, 0, offsetof(struct hold, bytes));
    s->pipes[0] = s->pipes[1] = -1;
    s->group.dir = -1;
    s->due_ms = NEVER;
}

int hold_step(struct hold *s, int argc, char **argv, char **envp)
{
    long r;

    hold_clear(s);
    if (!read_options(&s->o, argc, argv)) return SHIM_USAGE;
    s->o.envp = envp;
    s->self = (int32_t)sys(SYS_getpid);
    sys(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
    sys(SYS_prctl, PR_SET_NAME, "botops-shim");
    sys(SYS_setpgid, 0, 0);
    files_open(&s->files, s->o.stem);
    r = s->files.folder < 0 ? s->files.folder : claim(s);
    if (r < 0) return r == -EEXIST ? SHIM_TAKEN : SHIM_NO_CLAIM;
    keep_init(&s->keep, &s->files, s->o.cap);
    if (asked_already()) {
        s->status.end = END_KILLED;
    } else if ((r = start(s)) < 0) {
        s->status.end = END_NOT_STARTED;
        s->status.code = (int)-r;
        s->status.failed_dir = s->child.failed_dir;
    } else {
        serve(s);
        drain(s);
    }
    group_remove(&s->group);
    s->status.ended_at = sys_wall_us();
    tell(s);
    return SHIM_DONE;
}
