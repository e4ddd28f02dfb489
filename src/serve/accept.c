/* accept.c - an event to the engine, and its receipt back when it is on disk. */
#include "data/json.h"
#include "serve/inside.h"

enum { REPLY_MAX = 256 << 10 };

struct accepting *accepting_new(struct ask *a)
{
    struct accepting *x = arena_get(a->http->arena, sizeof *x);

    x->ask = a;
    return x;
}

static char *copy(char *p, const char *text, size_t n)
{
    memcpy(p, text, n);
    return p + n;
}

#define COPY(p, lit) copy(p, "" lit, sizeof(lit) - 1)

/* {"event":"01J…","runs":["01J…"],"duplicate":false,"reply":"…"} */
static void send_receipt(struct accepting *x, int status, const struct id *event,
                         const struct id *runs, size_t n)
{
    struct arena *a = x->ask->http->arena;
    AUTO(buf) struct buf reply = BUF(REPLY_MAX);
    char *text, *p;

    if (x->reply.n) json_write_str(&reply, x->reply);
    p = text = arena_raw(a, 96 + n * (ID_LEN + 3) + reply.n);
    p = COPY(p, "{\"event\":\"");
    p = copy(p, event->s, ID_LEN);
    p = COPY(p, "\",\"runs\":[");
    for (size_t i = 0; i < n; i++) {
        if (i) *p++ = ',';
        *p++ = '"';
        p = copy(p, runs[i].s, ID_LEN);
        *p++ = '"';
    }
    p = status == 200 ? COPY(p, "],\"duplicate\":true") : COPY(p, "],\"duplicate\":false");
    if (reply.n && !reply.full) {
        p = COPY(p, ",\"reply\":");
        p = copy(p, reply.p, reply.n);
    }
    *p++ = '}';
    http_reply(x->ask->http, status, "application/json", str_n(text, (size_t)(p - text)), NULL);
}

/* --- a delivery that was seen before gets the receipt of the first --- */

struct seen {
    struct reading reading; /* first */
    struct accepting *accepting;
    struct id event;
    struct id *runs;
    size_t n;
};

static void seen_work(struct reader *r, struct reading *q)
{
    struct seen *s = (struct seen *)q;
    struct arena *a = q->ask->http->arena;
    struct event_row row;
    struct value decision, runs;
    struct err e;

    if (!reader_event(r, s->event, a, &row)) return; /* it may be old enough to be gone */
    if (json_read(a, row.decision, JSON_LIMITS, &decision, &e) != OK) return;
    if (!value_get(decision, STR("runs"), &runs) || runs.kind != V_LIST) return;
    s->runs = arena_get(a, (runs.n + 1) * sizeof *s->runs);
    for (uint32_t i = 0; i < runs.n; i++)
        if (id_parse(value_str(runs.list[i]), &s->runs[s->n])) s->n++;
}

static void seen_done(struct reading *q)
{
    struct seen *s = (struct seen *)q;

    send_receipt(s->accepting, 200, &s->event, s->runs, s->n);
}

static void find_first(struct accepting *x, struct id event)
{
    struct seen *s = reading_new(x->ask, sizeof *s);

    s->reading.work = seen_work;
    s->reading.done = seen_done;
    s->accepting = x;
    s->event = event;
    reading_start(&s->reading);
}

/* --- */

static void on_accepted(void *arg, const struct receipt *r)
{
    struct accepting *x = arg;

    switch (r->how) {
    case COMMIT_OK:
        x->reply = r->reply;
        send_receipt(x, 202, &r->event, r->runs, r->runs_n);
        break;
    case COMMIT_SEEN:
        x->reply = STR("");
        find_first(x, r->event);
        break;
    default:
        problem_later(x->ask->http,
                      r->refused ? r->refused : "nothing was accepted; try again later");
    }
}

void accepting_start(struct accepting *x, void (*accept)(void *ctx, struct intake *in), void *ctx)
{
    x->intake.event.owner = x->ask->owner;
    x->intake.done = on_accepted;
    x->intake.arg = x;
    if (accept)
        accept(ctx, &x->intake);
    else
        engine_accept(x->ask->serve->c.engine, &x->intake);
}
