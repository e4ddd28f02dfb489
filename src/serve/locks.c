/* locks.c - locks that runs share: who holds one and since when, who waits and in which order. */
#include "data/json.h"
#include "serve/inside.h"
#include "workflow/lock.h"

enum { LOCK_RUNS_SHOWN = 10, HOLDERS_NAMED = 3 };

/* --- as JSON --- */

static bool add_holder(void *arg, const struct run_row *r)
{
    struct buf *b = arg;

    put_comma(b);
    buf_addc(b, '{');
    put_id(b, "run", &r->id);
    put_text(b, "workflow", r->workflow);
    put_text(b, "user", r->user);
    put_time(b, "since", r->started_at);
    buf_addc(b, '}');
    return !b->full;
}

static bool add_waiting(void *arg, const struct run_row *r)
{
    struct buf *b = arg;

    put_comma(b);
    buf_addc(b, '{');
    put_id(b, "run", &r->id);
    put_text(b, "workflow", r->workflow);
    put_text(b, "user", r->user);
    put_text(b, "priority", str_of(priority_names[r->turn - TURN_HIGH]));
    put_time(b, "since", r->created_at);
    buf_addc(b, '}');
    return !b->full;
}

static void put_holders(struct buf *b, struct reader *r, struct str lock)
{
    put_key(b, "holders");
    buf_addc(b, '[');
    reader_lock_runs(r, lock, LOCK_HOLDING, LOCK_RUNS_SHOWN, add_holder, b);
    buf_addc(b, ']');
}

void put_turn(struct buf *b, struct reader *r, const struct run_row *run)
{
    if (!run->turn) return;
    put_key(b, "turn");
    buf_addc(b, '{');
    put_bool(b, "holds", run->turn == TURN_HOLDS);
    if (run->turn != TURN_HOLDS) put_int(b, "before", reader_lock_before(r, run->id));
    put_holders(b, r, run->lock);
    buf_addc(b, '}');
}

/* --- GET /api/v1/locks --- */

struct listing {
    struct reading reading; /* first */
    struct str after;
    int limit;
    struct lock_row *list;
    size_t n;
};

static bool keep_lock(void *arg, const struct lock_row *r)
{
    struct listing *l = arg;
    struct arena *a = l->reading.ask->http->arena;
    struct lock_row *kept = arena_push(a, &l->list, &l->n, sizeof *kept);

    *kept = *r;
    kept->lock = str_n(arena_dup(a, r->lock.p, r->lock.n), r->lock.n);
    return true;
}

static void put_lock(struct buf *b, struct reader *r, const struct lock_row *lock)
{
    put_comma(b);
    buf_addc(b, '{');
    put_text(b, "lock", lock->lock);
    put_int(b, "held", lock->held);
    put_int(b, "waiting", lock->waiting);
    put_holders(b, r, lock->lock);
    put_key(b, "next");
    buf_addc(b, '[');
    reader_lock_runs(r, lock->lock, LOCK_WAITING, LOCK_RUNS_SHOWN, add_waiting, b);
    buf_add(b, STR("]}"));
}

static void list_work(struct reader *r, struct reading *q)
{
    struct listing *l = (struct listing *)q;
    size_t limit = (size_t)l->limit;

    reader_locks(r, l->after, l->limit + 1, keep_lock, l); /* to know whether there is more */
    buf_add(&q->out, STR("{\"items\":["));
    for (size_t i = 0; i < l->n && i < limit; i++) put_lock(&q->out, r, &l->list[i]);
    buf_addc(&q->out, ']');
    if (l->n > limit) put_text(&q->out, "next", l->list[limit - 1].lock);
    buf_addc(&q->out, '}');
}

void locks_get(struct ask *a)
{
    struct listing *l = reading_new(a, sizeof *l);

    l->reading.work = list_work;
    l->after = http_query(a->http, "after");
    if (ask_limit(a, &l->limit)) reading_start(&l->reading);
}

/* --- in words --- */

struct naming {
    struct buf *out;
    struct arena *arena;
    int n;
};

static bool name_holder(void *arg, const struct run_row *r)
{
    struct naming *n = arg;

    buf_addf(n->out, "%s" STR_FMT, n->n++ ? ", " : "",
             STR_ARG(lock_holder(n->arena, id_str(&r->id), r->workflow, r->started_at)));
    return true;
}

static const char *plural(int64_t n)
{
    return n == 1 ? " is" : "s are";
}

void lock_words(struct buf *b, struct reader *r, const struct run_row *run, struct arena *a)
{
    struct naming holders = {b, a, 0};
    int64_t held, before;

    if (run->turn == TURN_HOLDS)
        buf_addf(b, "it holds the lock `" STR_FMT "`\n", STR_ARG(run->lock));
    if (run->turn <= TURN_HOLDS) return;
    held = reader_lock_held(r, run->lock);
    before = reader_lock_before(r, run->id);
    buf_addf(b, "it waits for the lock `" STR_FMT "`, %s", STR_ARG(run->lock),
             held ? "held by " : "which is free: its turn comes");
    reader_lock_runs(r, run->lock, LOCK_HOLDING, HOLDERS_NAMED, name_holder, &holders);
    if (held > holders.n) buf_addf(b, " and %lld more", (long long)held - holders.n);
    if (before) buf_addf(b, "; %lld run%s before it", (long long)before, plural(before));
    buf_addc(b, '\n');
}
