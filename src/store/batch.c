#include <assert.h>
#include <string.h>

#include "store/backend.h"

struct batch *batch_new(void)
{
    struct arena *a = arena_new();
    struct batch *b = arena_get(a, sizeof *b);

    b->arena = a;
    b->job.kind = JOB_BATCH;
    return b;
}

void batch_free(struct batch *b)
{
    if (b) arena_free(b->arena);
}

struct arena *batch_arena(struct batch *b)
{
    return b->arena;
}

struct id batch_seen(const struct batch *b)
{
    return b->seen;
}

static const void *add(struct batch *b, enum op_kind kind, const void *row, size_t size)
{
    struct op *op = arena_raw(b->arena, sizeof *op);

    op->next = NULL;
    op->kind = kind;
    op->row = memcpy(arena_raw(b->arena, size), row, size);
    if (b->last)
        b->last->next = op;
    else
        b->first = op;
    b->last = op;
    return op->row;
}

void batch_event(struct batch *b, const struct event_row *r)
{
    const struct event_row *kept = add(b, OP_EVENT, r, sizeof *r);

    assert(!b->event || !r->delivery.n);
    if (!b->event) b->event = kept;
}

void batch_once(struct batch *b, struct str delivery, struct id id)
{
    struct event_row *r = arena_get(b->arena, sizeof *r);

    assert(!b->event);
    *r = (struct event_row){.id = id, .delivery = delivery};
    b->event = r;
}

void batch_run_new(struct batch *b, const struct run_row *r)
{
    add(b, OP_RUN_NEW, r, sizeof *r);
}

void batch_run(struct batch *b, const struct run_row *r)
{
    add(b, OP_RUN, r, sizeof *r);
}

void batch_step(struct batch *b, const struct step_row *r)
{
    add(b, OP_STEP, r, sizeof *r);
}

void batch_history(struct batch *b, const struct history_row *r)
{
    add(b, OP_HISTORY, r, sizeof *r);
}

void batch_say(struct batch *b, const struct say_row *r)
{
    add(b, OP_SAY, r, sizeof *r);
}

void batch_said(struct batch *b, struct id say, int64_t at)
{
    struct said_row r = {.say = say, .at = at};

    add(b, OP_SAID, &r, sizeof r);
}

void batch_say_failed(struct batch *b, struct id say, int32_t tries)
{
    struct said_row r = {.say = say, .tries = tries};

    add(b, OP_SAY_FAILED, &r, sizeof r);
}

void batch_version(struct batch *b, const struct version_row *r)
{
    add(b, OP_VERSION, r, sizeof *r);
}

void batch_tick(struct batch *b, const struct tick_row *r)
{
    add(b, OP_TICK, r, sizeof *r);
}

void batch_meta(struct batch *b, struct str key, struct str value)
{
    struct meta_row r = {key, value};

    add(b, OP_META, &r, sizeof r);
}
