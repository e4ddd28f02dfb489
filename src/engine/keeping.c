/* keeping.c - what is older than `server.keep` goes: rows in small batches, then folders. */
#include "base/clock.h"
#include "base/log.h"
#include "engine/inside.h"

enum { ROWS_AT_ONCE = 500 };
static const int64_t first_us = 60 * SECOND_US, every_us = 3600 * SECOND_US;

struct keeping {
    struct engine *engine;
    struct arena *arena;
    struct forget forget;
    int64_t total;
    size_t folders; /* being removed */
};

/* What is kept for less than that is looked for sooner. */
static void look_again(struct engine *e, int64_t most_us)
{
    int64_t keep = engine_config(e)->server.keep_us;

    if (keep < SECOND_US) keep = SECOND_US;
    e->world->timer_set(e->world->ctx, e->keep_timer,
                        e->world->wall(e->world->ctx) + (keep < most_us ? keep : most_us));
}

static void finish(struct keeping *k)
{
    struct engine *e = k->engine;

    if (k->total) log_info("old rows were deleted", LOG_N("rows", k->total));
    look_again(e, every_us);
    arena_free(k->arena);
    engine_release(e);
}

static void forgotten(void *arg, enum commit how);

static void go_on(struct keeping *k)
{
    struct engine *e = k->engine;

    arena_reset(k->forget.arena);
    k->forget.runs = NULL;
    k->forget.runs_n = k->forget.rows = 0;
    e->world->forget_old(e->world->ctx, &k->forget, forgotten, k);
}

static void after_batch(struct keeping *k)
{
    if (k->folders) return;
    if (k->forget.rows < ROWS_AT_ONCE || k->engine->quiet) {
        arena_free(k->forget.arena);
        finish(k);
    } else {
        go_on(k);
    }
}

static void folder_gone(void *arg)
{
    struct keeping *k = arg;

    k->folders--;
    after_batch(k);
}

static void forgotten(void *arg, enum commit how)
{
    struct keeping *k = arg;
    struct engine *e = k->engine;

    if (how != COMMIT_OK) k->forget.rows = k->forget.runs_n = 0;
    k->total += (int64_t)k->forget.rows;
    k->folders = k->forget.runs_n + 1; /* one for this function */
    for (size_t i = 0; i < k->forget.runs_n; i++) {
        AUTO(buf) struct buf path = BUF(4096);

        engine_run_folder(e, &k->forget.runs[i], &path);
        e->world->folder_remove(e->world->ctx, path.p, folder_gone, k);
    }
    folder_gone(k);
}

void keeping_due(void *arg)
{
    struct engine *e = arg;
    struct arena *a = arena_new();
    struct keeping *k = arena_get(a, sizeof *k);

    engine_hold(e);
    k->engine = e;
    k->arena = a;
    k->forget.before = e->world->wall(e->world->ctx) - engine_config(e)->server.keep_us;
    k->forget.limit = ROWS_AT_ONCE;
    k->forget.arena = arena_new();
    go_on(k);
}

void keeping_begin(struct engine *e)
{
    look_again(e, first_us);
}
