/* reading.c - a read of the store on a reader thread, then the answer.
 *
 * The request's arena belongs to one thread at a time: to the loop, and to the
 * reader between reading_start() and `done`. The request is suspended then.
 */
#include "serve/inside.h"

void *reading_new(struct ask *a, size_t size)
{
    struct reading *q = arena_get(a->http->arena, size);

    q->ask = a;
    q->out = BUF(ANSWER_MAX);
    return q;
}

static void work(struct reader *r, void *arg)
{
    struct reading *q = arg;
    struct err e;

    q->work(r, q);
    if (reader_fault(r, &e) != OK) q->e = e; /* what was found before it is not all there is */
}

static void unlink_reading(struct reading *q)
{
    *q->at = q->next;
    if (q->next) q->next->at = q->at;
}

static void done(void *arg)
{
    struct reading *q = arg;
    struct buf out AUTO(buf) = q->out; /* the request may be gone once it is answered */
    struct ask *a = q->ask;

    unlink_reading(q);
    if (q->e.code != OK) {
        problem_err(a->http, &q->e);
    } else if (q->done) {
        q->done(q);
    } else {
        answer_json(a, 200, &out);
    }
}

void reading_start(struct reading *q)
{
    struct serve *s = q->ask->serve;

    q->next = s->readings;
    q->at = &s->readings;
    if (q->next) q->next->at = &q->next;
    s->readings = q;
    s->c.world->read(s->c.world->ctx, LANE_PEOPLE, work, done, q);
}

void readings_drop(struct serve *s)
{
    for (struct reading *q = s->readings; q; q = q->next) buf_auto(&q->out);
    s->readings = NULL;
}
