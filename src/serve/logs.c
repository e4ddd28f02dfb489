/* logs.c - GET /api/v1/runs/ID/logs: a step's output, a slice at a time, or followed.
 *
 * A slice is read on the loop: it is at most 256 KiB, almost always still in
 * memory. A follower is woken by the run's folder, so that one that nobody
 * writes to costs nothing.
 */
#include <stdio.h>

#include "io/output.h"
#include "serve/inside.h"

enum {
    SLICE = 256 << 10,
    PACE_MS = 20,    /* at most one slice in this time goes to a follower */
    FOLDER_MS = 200, /* until the folder of a run that is about to start is looked for again */
    FOLDER_MAX = 4096
};

struct finding {
    struct reading reading; /* first */
    struct id run;
    struct str wanted; /* path; empty: the only one */
    int64_t attempt;   /* 0: the last */
    int64_t from, tail;
    bool run_found, follow;
    struct str path; /* found; empty: none */
    int found_attempt;
    bool running;
    struct str *paths; /* of the steps that fit, while none was named; the first is `path` */
    size_t paths_n;
};

enum { NAMED = 5 }; /* steps that a problem names */

static bool is_known(const struct finding *x, struct str path)
{
    for (size_t i = 0; i < x->paths_n; i++)
        if (str_eq(x->paths[i], path)) return true;
    return false;
}

/* Steps come as they were first started; the attempts of one in order. */
static bool find_step(void *arg, const struct step_row *r)
{
    struct finding *x = arg;
    struct arena *a = x->reading.ask->http->arena;

    if (!str_is(r->kind, "run") || r->attempt < 1) return true;
    if (x->wanted.n && !str_eq(r->path, x->wanted)) return true;
    if (x->attempt && r->attempt != x->attempt) return true;
    if (!is_known(x, r->path)) {
        struct str *path = arena_push(a, &x->paths, &x->paths_n, sizeof *path);

        *path = str_n(arena_dup(a, r->path.p, r->path.n), r->path.n);
    }
    if (x->paths_n > 1) return true;
    x->path = x->paths[0];
    x->found_attempt = r->attempt;
    x->running = str_is(r->status, "running");
    return true;
}

/* "`build`, `test` and 3 more" */
static const char *named(const struct finding *x)
{
    size_t shown = x->paths_n < NAMED ? x->paths_n : NAMED;
    struct arena *a = x->reading.ask->http->arena;
    AUTO(buf) struct buf b = BUF(1 << 16);

    for (size_t i = 0; i < shown; i++)
        buf_addf(&b, "%s`" STR_FMT "`",
                 !i                    ? ""
                 : i + 1 == x->paths_n ? " and "
                                       : ", ",
                 STR_ARG(x->paths[i]));
    if (x->paths_n > shown) buf_addf(&b, " and %zu more", x->paths_n - shown);
    return arena_dup(a, b.p, b.n);
}

static void find_work(struct reader *r, struct reading *q)
{
    struct finding *x = (struct finding *)q;
    struct run_row run;

    if (!reader_run(r, x->run, q->ask->http->arena, &run)) {
        (void)fail(&q->e, E_NOT_FOUND, "there is no run %s", x->run.s);
        return;
    }
    reader_steps(r, x->run, find_step, x);
    if (x->paths_n > 1)
        (void)fail(&q->e, E_INPUT, "several steps of run %s have output; name one with `step`: %s",
                   x->run.s, named(x));
    else if (!x->path.n && x->wanted.n)
        (void)fail(&q->e, E_NOT_FOUND, "step `%.*s` of run %s has no such output",
                   x->wanted.n > 100 ? 100 : (int)x->wanted.n, x->wanted.p, x->run.s);
    else if (!x->path.n)
        (void)fail(&q->e, E_NOT_FOUND, "no step of run %s has output", x->run.s);
}

static char *step_stem(const struct finding *x, struct arena *a)
{
    AUTO(buf) struct buf b = BUF(FOLDER_MAX);

    engine_step_stem(x->reading.ask->serve->c.engine, &x->run, x->path, x->found_attempt, &b);
    return arena_dup(a, b.p ? b.p : "", b.n);
}

static void send_slice(struct finding *x, const char *stem)
{
    struct ask *a = x->reading.ask;
    AUTO(buf) struct buf out = BUF(SLICE);
    char next[24];
    const struct http_header extra[] = {{"Botops-Next", next},
                                        {"Cache-Control", "no-store"},
                                        {"X-Content-Type-Options", "nosniff"},
                                        {NULL, NULL}};
    struct err e;

    if (output_read(stem, x->from, &out, &e) != OK) {
        problem_err(a->http, &e);
        return;
    }
    snprintf(next, sizeof next, "%lld", (long long)x->from + (long long)out.n);
    http_reply(a->http, 200, "text/plain; charset=utf-8", buf_str(&out), extra);
}

/* --- following --- */

struct tailing {
    struct follower follower; /* first */
    struct id run;
    struct str path;
    int attempt;
    const char *folder; /* of the run */
    const char *stem;
    int64_t at;
    bool running;
    bool was_running; /* as the reader thread saw it; taken over when it is done */
    struct folder_watch *watch;
    struct timer *timer;
    bool due; /* the timer is set */
};

static void timer_in(struct tailing *t, int ms)
{
    if (t->due) return;
    t->due = true;
    timer_set(t->timer, clock_mono() + ms * MS_US);
}

static void on_written(void *arg)
{
    timer_in(arg, PACE_MS);
}

static void send_output(struct tailing *t, struct str bytes)
{
    AUTO(buf) struct buf json = BUF(STREAM_MAX), b = BUF(STREAM_MAX);
    char next[24];

    buf_addc(&json, '{');
    put_int(&json, "from", t->at);
    put_key(&json, "bytes");
    buf_addc(&json, '"');
    buf_add_base64(&json, bytes);
    buf_add(&json, STR("\"}"));
    t->at += (int64_t)bytes.n;
    snprintf(next, sizeof next, "%lld", (long long)t->at);
    sse_add(&b, "output", next, buf_str(&json));
    follower_send(&t->follower, buf_str(&b));
}

/* All output is there before its step is seen to have ended. */
static void pump(void *arg)
{
    struct tailing *t = arg;
    AUTO(buf) struct buf out = BUF(SLICE);
    struct err e;

    t->due = false;
    if (!t->follower.at) return;
    if (!t->watch && t->running &&
        folder_watch_new(t->follower.serve->c.loop, t->folder, 0, on_written, t, &t->watch, &e) !=
            OK)
        timer_in(t, FOLDER_MS);
    if (output_read(t->stem, t->at, &out, &e) != OK) {
        follower_end(&t->follower);
        return;
    }
    if (out.n) send_output(t, buf_str(&out));
    if (out.n == SLICE) {
        timer_in(t, PACE_MS);
    } else if (!t->running) {
        follower_send(&t->follower, STR("event: end\ndata: {}\n\n"));
        follower_end(&t->follower);
    }
}

static bool see_step(void *arg, const struct step_row *r)
{
    struct tailing *t = arg;

    if (str_eq(r->path, t->path) && r->attempt == t->attempt)
        t->was_running = str_is(r->status, "running");
    return true;
}

static void tail_work(struct reader *r, struct follower *f)
{
    struct tailing *t = (struct tailing *)f;

    reader_steps(r, t->run, see_step, t);
}

static void tail_done(struct follower *f)
{
    struct tailing *t = (struct tailing *)f;

    t->running = t->was_running;
    if (!t->running) pump(t);
}

static void tail_heard(struct follower *f, const struct changed *c)
{
    struct tailing *t = (struct tailing *)f;

    if (c->what == CHANGE_RUN && str_eq(id_str(&c->id), id_str(&t->run))) follower_read(f);
}

static void tail_over(struct follower *f)
{
    struct tailing *t = (struct tailing *)f;

    timer_free(t->timer);
    folder_watch_free(t->watch);
}

static void start_tail(struct finding *x, int64_t from)
{
    struct ask *a = x->reading.ask;
    struct tailing *t = follower_new(a, sizeof *t);
    struct arena *own = t->follower.arena;

    t->run = x->run;
    t->path = str_n(arena_dup(own, x->path.p, x->path.n), x->path.n);
    t->attempt = x->found_attempt;
    t->stem = step_stem(x, own);
    t->folder = arena_dup(own, t->stem, (size_t)(strrchr(t->stem, '/') - t->stem));
    t->at = from;
    t->running = t->was_running = x->running;
    t->timer = timer_new(a->serve->c.loop, pump, t);
    t->follower.work = tail_work;
    t->follower.done = tail_done;
    t->follower.heard = tail_heard;
    t->follower.over = tail_over;
    if (t->running) follower_read(&t->follower); /* it may have ended since it was looked up */
    pump(t);
}

/* --- */

static void found(struct reading *q)
{
    struct finding *x = (struct finding *)q;
    struct ask *a = q->ask;
    char *stem = step_stem(x, a->http->arena);
    struct err e;

    if (x->tail && output_line(stem, -x->tail, &x->from, &e) != OK)
        problem_err(a->http, &e);
    else if (x->follow)
        start_tail(x, x->from);
    else
        send_slice(x, stem);
}

void run_logs(struct ask *a)
{
    struct finding *x = reading_new(a, sizeof *x);
    struct str last = http_header(a->http, "last-event-id");
    int64_t at;

    x->reading.work = find_work;
    x->reading.done = found;
    x->wanted = http_query(a->http, "step");
    x->follow = ask_wants_stream(a);
    if (!ask_path_id(a, "run", &x->run) || !ask_number(a, "attempt", 0, &x->attempt) ||
        !ask_number(a, "from", 0, &x->from) || !ask_number(a, "tail", 0, &x->tail))
        return;
    if (x->follow && str_int(last, &at) && at >= 0) { /* a stream that was cut goes on */
        x->from = at;
        x->tail = 0;
    }
    reading_start(&x->reading);
}
