/* spawn - what the step holder costs: bare posix_spawn and wait beside the same through botops-shim
 * (make a folder, proc_spawn, wait for its pidfd, read the status, remove the folder), for
 * /bin/true and `bash -c true`, with 1, 4 and 16 in flight. Both take turns; each figure is the
 * median of the rounds, and `ratio` the median of the rounds' ratios. Prints one line of JSON.
 *
 *     spawn SHIM [ROUNDS [MILLISECONDS [FOLDER]]]      5 rounds of 400 ms in /tmp by default
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/proc.h"

enum { FLIGHT_MAX = 16, ROUNDS_MAX = 99 };

static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", true_name[] = "/bin/true",
            bash_name[] = "/bin/bash", bash_c[] = "-c", bash_text[] = "true";
static char *const env[] = {path, NULL};

static void die(const char *what)
{
    fprintf(stderr, "spawn: %s\n", what);
    exit(1);
}

/* Processor time of this process and all it has waited for. */
static int64_t cpu_us(void)
{
    struct rusage u[2];

    getrusage(RUSAGE_SELF, &u[0]);
    getrusage(RUSAGE_CHILDREN, &u[1]);
    return (u[0].ru_utime.tv_sec + u[0].ru_stime.tv_sec + u[1].ru_utime.tv_sec +
            u[1].ru_stime.tv_sec) *
               SECOND_US +
           u[0].ru_utime.tv_usec + u[0].ru_stime.tv_usec + u[1].ru_utime.tv_usec +
           u[1].ru_stime.tv_usec;
}

struct rate {
    double per_s, cpu_us;
};

static struct rate rate_of(int64_t n, int64_t begin, int64_t cpu_begin)
{
    return (struct rate){(double)n * 1e6 / (double)(clock_mono() - begin),
                         (double)(cpu_us() - cpu_begin) / (double)n};
}

/* Without us. */
static struct rate bare(char *const *argv, int flight, int64_t us)
{
    int64_t begin = clock_mono(), cpu = cpu_us(), n = 0;
    int running = 0;

    while (running || clock_mono() - begin < us) {
        pid_t pid;

        while (running < flight && clock_mono() - begin < us) {
            if (posix_spawn(&pid, argv[0], NULL, NULL, argv, env) != 0) die("posix_spawn failed");
            running++;
        }
        if (waitpid(-1, NULL, 0) < 0) die(strerror(errno));
        running--;
        n++;
    }
    return rate_of(n, begin, cpu);
}

struct slot {
    char folder[256];
    pid_t pid;
};

static void slot_start(struct slot *s, struct pollfd *p, char *const *argv, const char *shim)
{
    struct proc_spec spec = {.shim = shim,
                             .folder = s->folder,
                             .work_dir = "/",
                             .argv = (const char *const *)argv,
                             .envp = (const char *const *)env,
                             .output_cap = 1 << 20,
                             .grace_ms = 1000};
    struct err e;

    if (mkdir(s->folder, 0700) != 0) die(strerror(errno));
    if (proc_spawn(&spec, &s->pid, &p->fd, &e) != OK) die(e.text);
    p->events = POLLIN;
}

static void slot_end(struct slot *s, struct pollfd *p)
{
    static const char *const names[] = {"claim", "status", "output", "index"};
    struct proc_status status;
    int fd, folder;

    close(p->fd);
    p->fd = -1;
    proc_reap(s->pid);
    if (proc_look(s->folder, &fd, &status) != PROC_ENDED || status.end != PROC_EXITED ||
        status.code != 0)
        die("a step did not end well");
    folder = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < (status.output ? 4 : 2); i++) unlinkat(folder, names[i], 0);
    close(folder);
    if (rmdir(s->folder) != 0) die(strerror(errno));
}

/* Each held by a shim. */
static struct rate held(char *const *argv, int flight, int64_t us, const char *shim,
                        const char *root)
{
    int64_t begin = clock_mono(), cpu = cpu_us(), n = 0;
    struct slot slots[FLIGHT_MAX] = {0};
    struct pollfd fds[FLIGHT_MAX];
    int running = 0;

    for (int i = 0; i < flight; i++) {
        snprintf(slots[i].folder, sizeof slots[i].folder, "%s/%d", root, i);
        slot_start(&slots[i], &fds[i], argv, shim);
        running++;
    }
    while (running) {
        if (poll(fds, (nfds_t)flight, -1) < 0) die(strerror(errno));
        for (int i = 0; i < flight; i++) {
            if (fds[i].fd < 0 || !fds[i].revents) continue;
            slot_end(&slots[i], &fds[i]);
            n++;
            running--;
            if (clock_mono() - begin >= us) continue;
            slot_start(&slots[i], &fds[i], argv, shim);
            running++;
        }
    }
    return rate_of(n, begin, cpu);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_size);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

int main(int argc, char **argv)
{
    static char *const true_argv[] = {true_name, NULL};
    static char *const bash_argv[] = {bash_name, bash_c, bash_text, NULL};
    static const struct {
        const char *name;
        char *const *argv;
    } what[] = {{"true", true_argv}, {"bash", bash_argv}};
    static const int flights[] = {1, 4, 16};
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
    int64_t us = (argc > 3 ? strtol(argv[3], NULL, 10) : 400) * MS_US;
    char root[200];
    double load[1] = {0};

    if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX || us <= 0)
        die("usage: spawn SHIM [ROUNDS [MILLISECONDS [FOLDER]]]");
    snprintf(root, sizeof root, "%s/botops-spawn-XXXXXX", argc > 4 ? argv[4] : "/tmp");
    if (!mkdtemp(root)) die(strerror(errno));
    getloadavg(load, 1);
    printf("{\"bench\":\"spawn\",\"rounds\":%d,\"load\":%.2f", rounds, load[0]);
    for (size_t w = 0; w < 2; w++) {
        for (size_t f = 0; f < 3; f++) {
            double a[ROUNDS_MAX], b[ROUNDS_MAX], ratio[ROUNDS_MAX], ca[ROUNDS_MAX], cb[ROUNDS_MAX];

            for (int r = 0; r < rounds; r++) {
                struct rate x = bare(what[w].argv, flights[f], us);
                struct rate y = held(what[w].argv, flights[f], us, argv[1], root);

                a[r] = x.per_s;
                b[r] = y.per_s;
                ratio[r] = y.per_s / x.per_s;
                ca[r] = x.cpu_us;
                cb[r] = y.cpu_us;
            }
            printf(",\"%s_%d\":{\"bare\":%.0f,\"shim\":%.0f,\"ratio\":%.3f,"
                   "\"bare_cpu_us\":%.0f,\"shim_cpu_us\":%.0f}",
                   what[w].name, flights[f], median(a, rounds), median(b, rounds),
                   median(ratio, rounds), median(ca, rounds), median(cb, rounds));
        }
    }
    printf("}\n");
    rmdir(root);
    return 0;
}
