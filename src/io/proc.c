#include "io/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum { BOOT_ID = 36, STATUS_MAX = 1024 };

static char boot_id[BOOT_ID + 1]; /* read once, then constant */

/* The text of a small file without its last line end; false when it cannot be read. */
static bool read_small(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
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
    if (!read_small("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id) ||
        strlen(boot_id) != BOOT_ID)
        boot_id[0] = '\0';
}

const char *proc_boot_id(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, read_boot_id);
    return boot_id;
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

/* STEM.ENDING, cut where it is too long: then there is no such file. */
struct file_name {
    char text[PATH_MAX];
};

static struct file_name name_of(const char *stem, const char *ending)
{
    struct file_name n;

    snprintf(n.text, sizeof n.text, "%s.%s", stem, ending);
    return n;
}

static bool read_status(const char *stem, struct proc_status *ret)
{
    char text[STATUS_MAX];
    struct file_name name = name_of(stem, "status");

    return read_small(name.text, text, sizeof text) && status_parse(text, ret);
}

/* Whether /proc/PID/stat shows a live process with this start time (field 22). */
static bool started_then(int64_t pid, struct str start)
{
    char path[48], text[1024];
    struct str rest, field = {0};
    const char *after;

    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!read_small(path, text, sizeof text)) return false;
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
static bool read_claim(const char *stem, char *text, size_t size)
{
    struct file_name name = name_of(stem, "claim");
    ssize_t n = readlink(name.text, text, size - 1);

    if (n < 0 && errno == EINVAL) return read_small(name.text, text, size);
    text[n > 0 ? n : 0] = '\0';
    return n >= 0;
}

enum proc_state proc_look(const char *stem, int *ret_pidfd, struct proc_status *ret_status)
{
    char text[STATUS_MAX];
    struct str rest, claim = STR(""), pid, start;
    int64_t number;
    int fd;

    if (read_status(stem, ret_status)) return PROC_ENDED;
    if (!read_claim(stem, text, sizeof text)) return PROC_NEVER;
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
    return read_status(stem, ret_status) ? PROC_ENDED : PROC_LOST;
}

enum proc_state proc_forbid(const char *stem, int *ret_pidfd, struct proc_status *ret_status)
{
    struct file_name name = name_of(stem, "claim");
    char claim[BOOT_ID + 8];
    enum proc_state state;
    int why;

    snprintf(claim, sizeof claim, "0 0 %s", proc_boot_id());
    why = symlink(claim, name.text) == 0 ? 0 : errno;
    if (why == 0 || why == ENOENT) return PROC_NEVER; /* without a folder there is none to make */
    state = proc_look(stem, ret_pidfd, ret_status);
    return state == PROC_NEVER && why != EEXIST ? PROC_UNSURE : state;
}

void proc_kill(int pidfd)
{
    syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
}
