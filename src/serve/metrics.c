/* metrics.c - GET /metrics, Prometheus text format 0.0.4. Every metric is a row of a table. */
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/file.h"
#include "serve/inside.h"

enum { METRICS_MAX = 64 << 10, STATM_MAX = 256 };
#define COUNTS_AGE_US (15 * SECOND_US) /* counting rows of a large store takes a while */

struct metric {
    const char *name, *labels, *type, *help; /* help NULL: another line of the one before */
    size_t at;
};

#define ENGINE(field) offsetof(struct engine_counts, field)
#define STORE(field)  offsetof(struct store_counts, field)
#define SERVE(field)  offsetof(struct serve, field)

static const struct metric of_engine[] = {
    {"botops_events_total", "", "counter", "Events accepted", ENGINE(events)},
    {"botops_events_duplicate_total", "", "counter", "Deliveries that were accepted before",
     ENGINE(duplicates)},
    {"botops_events_refused_total", "", "counter", "Events refused because the disk was full",
     ENGINE(refused)},
    {"botops_runs_started_total", "", "counter", "Runs begun", ENGINE(runs_started)},
    {"botops_runs_ended_total", "{status=\"succeeded\"}", "counter", "Runs ended, by how",
     ENGINE(runs_succeeded)},
    {"botops_runs_ended_total", "{status=\"failed\"}", "counter", NULL, ENGINE(runs_failed)},
    {"botops_runs_ended_total", "{status=\"cancelled\"}", "counter", NULL, ENGINE(runs_cancelled)},
    {"botops_runs_ended_total", "{status=\"denied\"}", "counter", NULL, ENGINE(runs_denied)},
    {"botops_steps_started_total", "", "counter", "Attempts of steps started",
     ENGINE(steps_started)},
    {"botops_steps_failed_total", "", "counter", "Attempts of steps that failed",
     ENGINE(steps_failed)},
    {"botops_steps_unknown_total", "", "counter", "Steps whose outcome was lost",
     ENGINE(steps_unknown)},
    {"botops_processes", "", "gauge", "Processes of steps that run", ENGINE(processes)},
    {"botops_processes_queued", "", "gauge", "Processes of steps that wait their turn",
     ENGINE(queued_processes)},
    {"botops_runs_live", "", "gauge", "Runs held in memory", ENGINE(live_runs)},
};

static const struct metric of_store[] = {
    {"botops_store_events", "", "gauge", "Events kept", STORE(events)},
    {"botops_store_runs", "", "gauge", "Runs kept", STORE(runs)},
    {"botops_runs_open", "", "gauge", "Runs that have not ended", STORE(open_runs)},
    {"botops_outbox_unsent", "", "gauge", "Messages that wait to be sent", STORE(unsent)},
    {"botops_store_bytes", "", "gauge", "Size of the database and its log", STORE(bytes)},
};

static const struct metric of_serve[] = {
    {"botops_hooks_refused_total", "{reason=\"signature\"}", "counter", "Webhooks refused, by why",
     SERVE(denied)},
    {"botops_hooks_refused_total", "{reason=\"content\"}", "counter", NULL, SERVE(malformed)},
    {"botops_hooks_refused_total", "{reason=\"connection\"}", "counter", NULL, SERVE(unknown)},
};

static void add_head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_addf(b, "# HELP %s %s.\n# TYPE %s %s\n", name, help, name, type);
}

static void add_all(struct buf *b, const struct metric *list, size_t n, const void *from)
{
    for (size_t i = 0; i < n; i++) {
        const struct metric *m = &list[i];
        int64_t v;

        memcpy(&v, (const char *)from + m->at, sizeof v);
        if (m->help) add_head(b, m->name, m->type, m->help);
        buf_addf(b, "%s%s %lld\n", m->name, m->labels, (long long)v);
    }
}

static int64_t resident_bytes(void)
{
    AUTO(buf) struct buf b = BUF(STATM_MAX);
    struct str rest, size, resident;
    struct err e;
    int64_t pages;

    if (file_read("/proc/self/statm", &b, &e) != OK) return 0;
    rest = buf_str(&b);
    if (!str_cut(&rest, ' ', &size) || !str_cut(&rest, ' ', &resident)) return 0;
    return str_int(resident, &pages) ? pages * sysconf(_SC_PAGESIZE) : 0;
}

static bool count_one(void *arg, const char *name, bool is_folder)
{
    (void)name, (void)is_folder;
    ++*(int *)arg;
    return true;
}

static void add_process(struct buf *b, const struct serve *s)
{
    struct rusage use = {0};
    struct err e;
    int fds = 0;

    getrusage(RUSAGE_SELF, &use);
    add_head(b, "process_cpu_seconds_total", "counter", "Processor time used");
    buf_addf(b, "process_cpu_seconds_total %.3f\n",
             (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                 (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
    add_head(b, "process_resident_memory_bytes", "gauge", "Resident memory");
    buf_addf(b, "process_resident_memory_bytes %lld\n", (long long)resident_bytes());
    if (folder_list("/proc/self/fd", count_one, &fds, &e) == OK) {
        add_head(b, "process_open_fds", "gauge", "Open descriptors");
        buf_addf(b, "process_open_fds %d\n", fds);
    }
    add_head(b, "process_start_time_seconds", "gauge", "When it was started, seconds since 1970");
    buf_addf(b, "process_start_time_seconds %.3f\n", (double)s->started_at / 1e6);
    add_head(b, "botops_build_info", "gauge", "The version that runs");
    buf_addf(b, "botops_build_info{version=\"%s\"} 1\n", BOTOPS_VERSION);
    add_head(b, "botops_ready", "gauge", "1 when events are taken");
    buf_addf(b, "botops_ready %d\n", engine_ready(s->c.engine) ? 1 : 0);
}

static void send_metrics(struct ask *a)
{
    struct serve *s = a->serve;
    AUTO(buf) struct buf b = BUF(METRICS_MAX);

    add_all(&b, of_engine, COUNT_OF(of_engine), engine_counts(s->c.engine));
    add_all(&b, of_store, COUNT_OF(of_store), &s->counts);
    add_all(&b, of_serve, COUNT_OF(of_serve), s);
    add_process(&b, s);
    http_reply(a->http, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&b), NULL);
}

struct counting {
    struct reading reading; /* first */
    struct store_counts counts;
};

static void count_work(struct reader *r, struct reading *q)
{
    struct counting *x = (struct counting *)q;

    reader_counts(r, &x->counts);
}

static void count_done(struct reading *q)
{
    struct counting *x = (struct counting *)q;
    struct serve *s = q->ask->serve;

    s->counts = x->counts;
    s->counts_at = s->c.world->mono(s->c.world->ctx);
    send_metrics(q->ask);
}

/* Nobody needs a token here, so however often it is asked, rows are counted now and then only. */
void metrics_get(struct ask *a)
{
    struct serve *s = a->serve;
    int64_t now = s->c.world->mono(s->c.world->ctx);
    struct counting *x;

    if (s->counted && now - s->counts_at < COUNTS_AGE_US) {
        send_metrics(a);
        return;
    }
    s->counted = true;
    s->counts_at = now;
    x = reading_new(a, sizeof *x);
    x->reading.work = count_work;
    x->reading.done = count_done;
    reading_start(&x->reading);
}
