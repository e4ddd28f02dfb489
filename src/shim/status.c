#include <fcntl.h>
#include <sys/resource.h>

#include "shim/shim.h"
#include "shim/sys.h"

static const char *const end_names[] = {"exited", "signal", "timeout", "killed", "not-started"};

static char *put(char *to, const char *key, int64_t value)
{
    to = text_put(to, key);
    to = text_put(to, " ");
    to = text_num(to, value);
    return text_put(to, "\n");
}

static int64_t us(const struct timeval *t)
{
    return (int64_t)t->tv_sec * 1000000 + t->tv_usec;
}

long status_write(struct files *f, const struct status *s, const struct keep *k)
{
    struct rusage used = {0};
    char text[512], temporary[sizeof f->name], *p;
    int64_t done = 0;

    sys(SYS_getrusage, RUSAGE_CHILDREN, &used);
    p = text_put(text, "end ");
    p = text_put(p, end_names[s->end]);
    p = put(text_put(p, "\n"), "code", s->code);
    if (s->failed_dir) p = put(p, "failed_dir", 1);
    p = put(p, "started_at", s->started_at);
    p = put(p, "ended_at", s->ended_at);
    p = put(p, "output", k->kept);
    p = put(p, "dropped", k->dropped);
    if (k->error) p = put(p, "output_error", k->error);
    p = put(p, "cpu_us", us(&used.ru_utime) + us(&used.ru_stime));
    p = put(p, "max_rss_kb", used.ru_maxrss);

    while (done < p - text) {
        long w = sys(SYS_pwrite64, s->file, text + done, p - text - done, s->begin + done);

        if (w <= 0) return w ? w : -EIO;
        done += w;
    }
    text_put(temporary, files_name(f, "status.new"));
    return sys(SYS_renameat2, f->folder, temporary, f->folder, files_name(f, "status"), 0);
}
