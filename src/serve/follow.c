/* follow.c - streams (Server-Sent Events): who listens, and what is told. */
#include "serve/inside.h"

static void link_to(struct follower *f, struct follower **list)
{
    f->next = *list;
    f->at = list;
    if (f->next) f->next->at = &f->next;
    *list = f;
}

static void unlink_follower(struct follower *f)
{
    struct serve *s = f->serve;

    if (!f->at) return;
    *f->at = f->next;
    if (f->next) f->next->at = f->at;
    f->at = NULL;
    if (!s->followers) engine_unlisten(s->c.engine, s);
}

static void follower_free(struct follower *f)
{
    buf_auto(&f->out);
    arena_free(f->arena);
}

/* The peer has left, or the stream was ended. */
static void on_closed(void *arg)
{
    struct follower *f = arg;

    f->stream = NULL;
    unlink_follower(f);
    if (f->over) f->over(f);
    f->over = NULL;
    if (f->reading)
        link_to(f, &f->serve->orphans);
    else
        follower_free(f);
}

/* A follower may end while it is told, but no other does. */
static void on_heard(void *ctx, const struct changed *c)
{
    struct serve *s = ctx;
    struct follower *f = s->followers;

    while (f) {
        struct follower *next = f->next;

        if (f->heard) f->heard(f, c);
        f = next;
    }
}

void *follower_new(struct ask *a, size_t size)
{
    struct serve *s = a->serve;
    struct arena *arena = arena_new();
    struct follower *f = arena_get(arena, size);

    f->arena = arena;
    f->serve = s;
    f->out = BUF(STREAM_MAX);
    if (!s->followers) engine_listen(s->c.engine, on_heard, s);
    link_to(f, &s->followers);
    f->stream = http_stream(a->http, "text/event-stream", STREAM_MAX, on_closed, f);
    return f;
}

static void on_read_work(struct reader *r, void *arg)
{
    struct follower *f = arg;
    struct err e;

    f->work(r, f);
    if (reader_fault(r, &e) != OK) f->out.full = true; /* not told as if it were all */
}

static void on_read_done(void *arg)
{
    struct follower *f = arg;

    f->reading = false;
    if (!f->stream) { /* an orphan */
        unlink_follower(f);
        follower_free(f);
        return;
    }
    if (!f->at) return; /* ending */
    if (f->out.full) {
        follower_end(f); /* the peer asks again from where it was */
        return;
    }
    f->done(f);
    if (f->again && f->at) follower_read(f);
}

void follower_read(struct follower *f)
{
    const struct world *w = f->serve->c.world;

    if (f->reading) {
        f->again = true;
        return;
    }
    f->reading = true;
    f->again = false;
    buf_clear(&f->out);
    w->read(w->ctx, LANE_PEOPLE, on_read_work, on_read_done, f);
}

void follower_send(struct follower *f, struct str data)
{
    if (f->stream && f->at && data.n) http_stream_send(f->stream, data);
}

void follower_end(struct follower *f)
{
    if (!f->at) return;
    unlink_follower(f);
    if (f->stream) http_stream_end(f->stream);
}

void followers_end(struct serve *s)
{
    while (s->followers) follower_end(s->followers);
}

void followers_drop(struct serve *s)
{
    struct follower *f = s->orphans;

    s->orphans = NULL;
    while (f) {
        struct follower *next = f->next;

        follower_free(f);
        f = next;
    }
}

/* `data` is one line: JSON as we write it has no line ends. */
void sse_add(struct buf *b, const char *event, const char *id, struct str data)
{
    buf_addf(b, "event: %s\n", event);
    if (id) buf_addf(b, "id: %s\n", id);
    buf_add(b, STR("data: "));
    buf_add(b, data);
    buf_add(b, STR("\n\n"));
}
