/* watch.c - GET /api/v1/runs/ID/stream: a run until it ends. */
#include "serve/inside.h"
#include "workflow/run.h"

struct watching {
    struct follower follower; /* first */
    struct id id;
    struct id said; /* the last one told */
    bool found, ended;
};

struct checking {
    struct reading reading; /* first */
    struct id id;
    bool found;
};

static bool add_say(void *arg, const struct say_row *r)
{
    struct watching *w = arg;
    AUTO(buf) struct buf json = BUF(STREAM_MAX);

    if (str_cmp(id_str(&r->id), id_str(&w->said)) <= 0) return true;
    w->said = r->id;
    say_json(&json, r);
    sse_add(&w->follower.out, "say", NULL, buf_str(&json));
    return !w->follower.out.full;
}

static void watch_work(struct reader *r, struct follower *f)
{
    struct watching *w = (struct watching *)f;
    struct arena *a = arena_new();
    AUTO(buf) struct buf json = BUF(STREAM_MAX);
    struct run_row row;

    w->found = run_whole_json(&json, r, w->id, a, &row);
    if (w->found) {
        w->ended = row.ended_at != 0;
        sse_add(&f->out, "run", NULL, buf_str(&json));
        reader_run_says(r, w->id, add_say, w);
    }
    if (json.full) f->out.full = true;
    arena_free(a);
}

static void watch_done(struct follower *f)
{
    struct watching *w = (struct watching *)f;

    if (w->ended || !w->found) sse_add(&f->out, "end", NULL, STR("{}"));
    follower_send(f, buf_str(&f->out));
    if (w->ended || !w->found) follower_end(f);
}

static void watch_heard(struct follower *f, const struct changed *c)
{
    struct watching *w = (struct watching *)f;

    /* what a run says is committed with its change */
    if (c->what == CHANGE_RUN && str_eq(id_str(&c->id), id_str(&w->id))) follower_read(f);
}

/* A run that does not exist is a 404, so it is looked for before the stream begins. */
static void check_work(struct reader *r, struct reading *q)
{
    struct checking *c = (struct checking *)q;
    struct run_row row;

    if (!reader_run(r, c->id, q->ask->http->arena, &row))
        (void)fail(&q->e, E_NOT_FOUND, "there is no run %s", c->id.s);
}

static void check_done(struct reading *q)
{
    struct checking *c = (struct checking *)q;
    struct watching *w = follower_new(q->ask, sizeof *w);

    w->id = c->id;
    w->follower.work = watch_work;
    w->follower.done = watch_done;
    w->follower.heard = watch_heard;
    follower_read(&w->follower);
}

void run_stream(struct ask *a)
{
    struct checking *c = reading_new(a, sizeof *c);

    c->reading.work = check_work;
    c->reading.done = check_done;
    if (ask_path_id(a, "run", &c->id)) reading_start(&c->reading);
}
