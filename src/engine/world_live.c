#include "engine/world_live.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/alarm.h"
#include "io/crypto.h"
#include "io/file.h"
#include "io/output.h"
#include "io/starter.h"

enum { RANDOM_BYTES = 4096, ANSWERS = 64 };

struct world_live {
    struct world face;
    struct loop *loop;
    struct store *store;
    struct wake *wake;
    const char *shim, *label;
    struct starter *starter; /* NULL: none was needed yet, or it was killed */
    struct watch *answers;
    struct starting *asked, **asked_last; /* in the order of the answers to come */
    uint32_t ids;
    size_t random_n; /* bytes of `random` not given out yet: its last ones */
    uint8_t random[RANDOM_BYTES];
};

static int64_t live_wall(void *ctx)
{
    (void)ctx;
    return clock_wall();
}

static int64_t live_mono(void *ctx)
{
    (void)ctx;
    return clock_mono();
}

/* Fetched many at a time: each event asks for a few. What was given out is not kept. */
static void live_random(void *ctx, void *out, size_t n)
{
    struct world_live *w = ctx;
    uint8_t *from;

    if (n > sizeof w->random) {
        random_bytes(out, n);
        return;
    }
    if (n > w->random_n) {
        random_bytes(w->random, sizeof w->random);
        w->random_n = sizeof w->random;
    }
    from = w->random + sizeof w->random - w->random_n;
    memcpy(out, from, n);
    explicit_bzero(from, n);
    w->random_n -= n;
}

/* --- timers --- */

static __attribute__((noreturn)) void live_broken(void *ctx, const char *why)
{
    (void)ctx;
    log_error(why);
    _exit(1);
}

static struct world_timer *live_timer_new(void *ctx, world_call *call, void *arg)
{
    struct world_live *w = ctx;
    struct alarm *a;
    struct err e;

    if (alarm_new(w->loop, call, arg, &a, &e) != OK) live_broken(w, e.text);
    return (struct world_timer *)a;
}

static void live_timer_set(void *ctx, struct world_timer *t, int64_t wall_us)
{
    (void)ctx;
    alarm_set((struct alarm *)t, wall_us);
}

static void live_timer_free(void *ctx, struct world_timer *t)
{
    (void)ctx;
    alarm_free((struct alarm *)t);
}

/* --- processes --- */

struct world_proc {
    pid_t pid; /* our child; 0: adopted */
    int pidfd;
    struct watch *watch;
    world_call *ended;
    void *arg;
};

struct starting {
    struct starting *next;
    struct world_live *world;
    const struct world_exec *exec;
    world_started *started;
    world_call *ended;
    void *arg;
    uint32_t id;
    err_t how;
    struct err err;
};

static void proc_gone(void *arg, int events)
{
    struct world_proc *p = arg;

    (void)events;
    watch_set(p->watch, 0);
    if (p->pid) proc_reap(p->pid);
    p->ended(p->arg);
}

static struct world_proc *proc_watched(struct world_live *w, pid_t pid, int pidfd,
                                       world_call *ended, void *arg)
{
    struct world_proc *p = mem_new(sizeof *p);
    struct err e;

    *p = (struct world_proc){.pid = pid, .pidfd = pidfd, .ended = ended, .arg = arg};
    if (watch_new(w->loop, pidfd, WATCH_READ, proc_gone, p, &p->watch, &e) != OK)
        live_broken(w, e.text);
    return p;
}

static err_t make_folders(const struct world_exec *x, struct err *e)
{
    AUTO(buf) struct buf path = BUF(4096);

    /* the day's folder is there but for the first run of a day, so that is tried first */
    if (mkdir(x->run_folder, 0700) != 0 && errno != EEXIST)
        TRY(folder_make(x->run_folder, 0700, e));
    if (mkdir(x->work_folder, 0700) == 0) {
        buf_addf(&path, "%s/scripts", x->work_folder);
        /* A repository without scripts has no such link; it dangles and harms nobody. */
        if (x->scripts && access(x->scripts, X_OK) == 0 && symlink(x->scripts, path.p) != 0)
            return fail(e, E_IO, "cannot link %s: %s", path.p, strerror(errno));
    } else if (errno != EEXIST) {
        return fail(e, errno == ENOSPC ? E_FULL : E_IO, "cannot make the folder %s: %s",
                    x->work_folder, strerror(errno));
    }
    if (x->script_file) TRY(file_write(x->script_file, x->script, 0700, false, e));
    return OK;
}

static void tell_started(struct starting *s, struct world_proc *p)
{
    s->started(s->arg, p, &s->err);
    free(s);
}

static void starter_drop(struct world_live *w)
{
    if (w->answers) watch_free(w->answers);
    w->answers = NULL;
    starter_free(w->starter);
    w->starter = NULL;
}

/* What was asked of one that was killed may run or not: the engine looks. */
static void starter_lost(struct world_live *w)
{
    struct starting *lost = w->asked;

    log_warn("botops-shim was killed; another is started when it is needed. Running steps go on");
    starter_drop(w);
    w->asked = NULL;
    w->asked_last = &w->asked;
    while (lost) {
        struct starting *next = lost->next;

        (void)!fail(&lost->err, E_OFFLINE, "the step holder was killed before it answered");
        tell_started(lost, NULL);
        lost = next;
    }
}

static void answered(struct world_live *w, const struct started *a)
{
    struct starting *s = w->asked;
    struct world_proc *p = NULL;

    if (!s || s->id != a->id) live_broken(w, "botops-shim gave an answer nobody asked for");
    w->asked = s->next;
    if (!w->asked) w->asked_last = &w->asked;
    if (a->error)
        (void)!fail(&s->err, a->pid > 0 ? E_OFFLINE : E_IO, "the step cannot be started: %s",
                    strerror(a->error));
    else
        p = proc_watched(w, a->pid, a->pidfd, s->ended, s->arg);
    tell_started(s, p);
}

static void starter_ready(void *arg, int events)
{
    struct world_live *w = arg;
    struct started got[ANSWERS];
    int n;

    if (events & WATCH_WRITE) starter_send(w->starter);
    n = starter_hear(w->starter, got, ANSWERS);
    if (n == STARTER_GONE) {
        starter_lost(w);
        return;
    }
    watch_set(w->answers, WATCH_READ | (starter_unsent(w->starter) ? WATCH_WRITE : 0));
    for (int i = 0; i < n; i++) answered(w, &got[i]);
}

static err_t starter_need(struct world_live *w, struct err *e)
{
    if (w->starter) return OK;
    TRY(starter_new(w->shim, w->label, &w->starter, e));
    if (watch_new(w->loop, starter_fd(w->starter), WATCH_READ, starter_ready, w, &w->answers, e) ==
        OK)
        return OK;
    starter_drop(w);
    return e->code;
}

static err_t ask(struct starting *s)
{
    struct world_live *w = s->world;

    TRY(starter_need(w, &s->err));
    s->id = ++w->ids;
    TRY(starter_ask(w->starter, &s->exec->spec, s->id, &s->err));
    if (starter_unsent(w->starter)) watch_set(w->answers, WATCH_READ | WATCH_WRITE);
    s->next = NULL;
    *w->asked_last = s;
    w->asked_last = &s->next;
    return OK;
}

static void start_work(void *arg)
{
    struct starting *s = arg;

    s->how = make_folders(s->exec, &s->err);
}

static void start_done(void *arg)
{
    struct starting *s = arg;

    if (s->how == OK) s->how = ask(s);
    if (s->how != OK) tell_started(s, NULL);
}

static void live_exec(void *ctx, const struct world_exec *x, world_started *started,
                      world_call *ended, void *arg)
{
    struct world_live *w = ctx;
    struct starting *s = mem_new(sizeof *s);

    *s = (struct starting){.world = w, .exec = x, .started = started, .ended = ended, .arg = arg};
    loop_work(w->loop, start_work, start_done, s);
}

static enum proc_state live_adopt(void *ctx, const char *stem, bool forbid, world_call *ended,
                                  void *arg, struct world_proc **ret,
                                  struct proc_status *ret_status)
{
    struct world_live *w = ctx;
    int pidfd = -1;
    enum proc_state s = (forbid ? proc_forbid : proc_look)(stem, &pidfd, ret_status);

    if (s == PROC_ALIVE) *ret = proc_watched(w, 0, pidfd, ended, arg);
    return s;
}

static void live_kill(void *ctx, struct world_proc *p)
{
    (void)ctx;
    proc_kill(p->pidfd);
}

static void live_forget(void *ctx, struct world_proc *p)
{
    (void)ctx;
    watch_free(p->watch);
    close(p->pidfd);
    free(p);
}

static const char *live_boot(void *ctx)
{
    (void)ctx;
    return proc_boot_id();
}

/* --- files --- */

static err_t live_file_read(void *ctx, const char *path, struct buf *out, struct err *e)
{
    (void)ctx;
    return file_read(path, out, e);
}

struct stdout_reading {
    const char *stem;
    struct buf *out;
    struct err *err;
    err_t how;
};

static bool add_stdout(void *arg, const struct output_piece *p)
{
    struct stdout_reading *r = arg;
    int64_t at = p->offset, end = p->offset + p->size;

    while (!p->is_stderr && at < end && r->how == OK) {
        AUTO(buf)
        struct buf piece = BUF((size_t)(end - at < OUTPUT_PIECE ? end - at : OUTPUT_PIECE));

        r->how = output_read(r->stem, at, &piece, r->err);
        if (r->how != OK || piece.n == 0) break;
        buf_add(r->out, buf_str(&piece));
        at += (int64_t)piece.n;
    }
    return r->how == OK && !r->out->full;
}

static err_t live_stdout_read(void *ctx, const char *stem, struct buf *out, struct err *e)
{
    struct stdout_reading r = {stem, out, e, OK};

    (void)ctx;
    TRY(output_pieces(stem, 0, add_stdout, &r, e));
    if (r.how != OK) return r.how;
    return buf_end(out, e);
}

struct removing {
    char *path;
    world_call *done;
    void *arg;
};

static void remove_work(void *arg)
{
    struct removing *r = arg;
    struct err e;

    if (folder_remove(r->path, &e) != OK) log_warn(e.text);
}

static void remove_done(void *arg)
{
    struct removing *r = arg;

    r->done(r->arg);
    free(r->path);
    free(r);
}

static void live_folder_remove(void *ctx, const char *path, world_call *done, void *arg)
{
    struct world_live *w = ctx;
    struct removing *r = mem_new(sizeof *r);

    *r = (struct removing){mem_dup(path, strlen(path)), done, arg};
    loop_work(w->loop, remove_work, remove_done, r);
}

static const char *live_env(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

/* --- the store --- */

static void live_commit(void *ctx, struct batch *b, commit_done *done, void *arg)
{
    struct world_live *w = ctx;

    store_commit(w->store, b, done, arg);
}

static void live_read(void *ctx, enum lane lane, read_work *work, read_done *done, void *arg)
{
    struct world_live *w = ctx;

    store_read(w->store, lane, work, done, arg);
}

static void live_forget_old(void *ctx, struct forget *f, void (*done)(void *arg, enum commit how),
                            void *arg)
{
    struct world_live *w = ctx;

    store_forget(w->store, f, done, arg);
}

static void drain(void *arg)
{
    struct world_live *w = arg;

    if (w->store) store_drain(w->store);
}

void world_live_notify(void *world_live)
{
    struct world_live *w = world_live;

    wake_send(w->wake);
}

struct world_live *world_live_new(struct loop *l)
{
    struct world_live *w = mem_new(sizeof *w);

    w->loop = l;
    w->asked_last = &w->asked;
    w->wake = wake_new(l, drain, w);
    w->face = (struct world){
        .ctx = w,
        .wall = live_wall,
        .mono = live_mono,
        .random = live_random,
        .timer_new = live_timer_new,
        .timer_set = live_timer_set,
        .timer_free = live_timer_free,
        .exec = live_exec,
        .adopt = live_adopt,
        .kill = live_kill,
        .forget = live_forget,
        .boot = live_boot,
        .file_read = live_file_read,
        .stdout_read = live_stdout_read,
        .folder_remove = live_folder_remove,
        .env = live_env,
        .commit = live_commit,
        .read = live_read,
        .forget_old = live_forget_old,
        .broken = live_broken,
    };
    return w;
}

err_t world_live_holders(struct world_live *w, const char *shim, const char *label, struct err *e)
{
    w->shim = shim;
    w->label = label;
    return starter_need(w, e);
}

void world_live_store(struct world_live *w, struct store *s)
{
    w->store = s;
}

const struct world *world_live_face(struct world_live *w)
{
    return &w->face;
}

void world_live_free(struct world_live *w)
{
    starter_drop(w);
    wake_free(w->wake);
    free(w);
}
