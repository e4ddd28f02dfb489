/* runs.c - runs as they are, and what a person does to one. */
#include <stdlib.h>

#include "serve/inside.h"
#include "workflow/vote.h"

/* --- GET /api/v1/runs --- */

struct found {
    struct id id;
    struct str json;
};

struct listing {
    struct reading reading; /* first */
    struct run_filter filter;
    int limit;
    struct found *list;
    size_t n;
};

static bool add_run(void *arg, const struct run_row *r)
{
    struct listing *l = arg;
    struct arena *a = l->reading.ask->http->arena;
    AUTO(buf) struct buf json = BUF(ANSWER_MAX);
    struct found *one = arena_push(a, &l->list, &l->n, sizeof *one);

    run_json(&json, r, false);
    one->id = r->id;
    one->json = str_n(arena_dup(a, json.p, json.n), json.n);
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    return str_cmp(id_str(&y->id), id_str(&x->id));
}

/* Those that have not ended, by the index of each status rather than past all that have. */
static void add_open(struct reader *r, struct listing *l)
{
    for (int s = 0; s < RUN_STATUSES; s++) {
        if (run_ended((enum run_status)s)) continue;
        l->filter.status = str_of(run_machine.states[s]);
        reader_runs(r, &l->filter, add_run, l);
    }
    if (l->n) qsort(l->list, l->n, sizeof *l->list, newest_first);
}

static void list_work(struct reader *r, struct reading *q)
{
    struct listing *l = (struct listing *)q;
    struct buf *b = &q->out;
    size_t limit = (size_t)l->limit, shown;

    if (str_is(l->filter.status, "open"))
        add_open(r, l);
    else
        reader_runs(r, &l->filter, add_run, l);
    shown = l->n < limit ? l->n : limit;
    buf_add(b, STR("{\"items\":["));
    for (size_t i = 0; i < shown; i++) {
        put_comma(b);
        buf_add(b, l->list[i].json);
    }
    buf_addc(b, ']');
    if (l->n > limit) put_id(b, "next", &l->list[limit - 1].id);
    buf_addc(b, '}');
}

void runs_get(struct ask *a)
{
    struct listing *l = reading_new(a, sizeof *l);
    struct str status = http_query(a->http, "status");

    if (status.n && !str_is(status, "open") && machine_find(&run_machine, status) < 0) {
        problem_send(a->http, 400, err_name(E_INPUT),
                     "`status` must be open, queued, running, waiting, succeeded, failed, "
                     "cancelled or denied",
                     NULL);
        return;
    }
    l->reading.work = list_work;
    l->filter.status = status;
    l->filter.workflow = http_query(a->http, "workflow");
    l->filter.room = http_query(a->http, "room");
    if (!ask_limit(a, &l->limit) || !ask_id(a, "before", &l->filter.before) ||
        !ask_id(a, "event", &l->filter.event))
        return;
    l->filter.limit = l->limit + 1; /* to know whether there is more */
    reading_start(&l->reading);
}

/* --- one run --- */

struct showing {
    struct reading reading; /* first */
    struct id id;
};

static void show_work(struct reader *r, struct reading *q)
{
    struct showing *s = (struct showing *)q;
    struct run_row row;

    if (!run_whole_json(&q->out, r, s->id, q->ask->http->arena, &row))
        (void)fail(&q->e, E_NOT_FOUND, "there is no run %s", s->id.s);
}

static void show(struct ask *a, void (*work)(struct reader *r, struct reading *q))
{
    struct showing *s = reading_new(a, sizeof *s);

    s->reading.work = work;
    if (ask_path_id(a, "run", &s->id)) reading_start(&s->reading);
}

void run_get(struct ask *a)
{
    show(a, show_work);
}

static bool add_change(void *arg, const struct history_row *r)
{
    struct buf *b = arg;

    put_comma(b);
    buf_addc(b, '{');
    put_int(b, "seq", r->seq);
    put_time(b, "at", r->at);
    put_text(b, "moves", r->moves);
    buf_addc(b, '}');
    return !b->full;
}

static void history_work(struct reader *r, struct reading *q)
{
    struct showing *s = (struct showing *)q;
    struct run_row row;

    if (!reader_run(r, s->id, q->ask->http->arena, &row)) {
        (void)fail(&q->e, E_NOT_FOUND, "there is no run %s", s->id.s);
        return;
    }
    buf_add(&q->out, STR("{\"items\":["));
    reader_history(r, s->id, add_change, &q->out);
    buf_add(&q->out, STR("]}"));
}

void run_history(struct ask *a)
{
    show(a, history_work);
}

/* --- commands --- */

static void on_answered(void *arg, const struct err *e)
{
    struct ask *a = arg;

    if (e->code == OK)
        http_reply(a->http, 202, "application/json", STR("{}"), NULL);
    else
        problem_err(a->http, e);
}

void run_cancel(struct ask *a)
{
    struct id id;

    if (ask_path_id(a, "run", &id)) engine_cancel(a->serve->c.engine, id, a->user, on_answered, a);
}

static void on_retried(void *arg, const struct err *e, struct id run, bool seen)
{
    struct ask *a = arg;
    AUTO(buf) struct buf b = BUF(WORD_MAX);

    if (e->code != OK) {
        problem_err(a->http, e);
        return;
    }
    buf_addc(&b, '{');
    put_id(&b, "run", &run);
    buf_addc(&b, '}');
    answer_json(a, seen ? 200 : 202, &b);
}

void run_retry(struct ask *a)
{
    struct once_more what = {.by = a->user};
    struct value body;

    if (!ask_path_id(a, "run", &what.run) || !ask_body(a, &body) || !ask_key(a, &what.key)) return;
    what.from = value_get_str(body, "from");
    engine_retry(a->serve->c.engine, &what, on_retried, a);
}

static const struct {
    const char *name;
    enum resolve as;
} ways[] = {{"done", RESOLVE_DONE}, {"failed", RESOLVE_FAILED}, {"retry", RESOLVE_RETRY}};

void run_resolve(struct ask *a)
{
    struct value body;
    struct str step, as;
    struct id id;

    if (!ask_path_id(a, "run", &id) || !ask_body(a, &body)) return;
    step = value_get_str(body, "step");
    as = value_get_str(body, "as");
    for (size_t i = 0; step.n && i < COUNT_OF(ways); i++) {
        if (!str_is(as, ways[i].name)) continue;
        engine_resolve(a->serve->c.engine, id, step, ways[i].as, a->user, on_answered, a);
        return;
    }
    problem_send(a->http, 400, err_name(E_INPUT),
                 "the body must be {\"step\": PATH, \"as\": \"done\", \"failed\" or \"retry\"}",
                 NULL);
}

/* {"step": PATH, "comment": TEXT}; to answer {"step": PATH, "answer": VALUE}. */
static void vote(struct ask *a, enum vote_kind kind)
{
    struct vote v = {
        .kind = kind, .who = {a->user, a->owner}, .way = a->http->local ? STR("cli") : STR("api")};
    struct value body;
    struct id id;

    if (!ask_path_id(a, "run", &id) || !ask_body(a, &body)) return;
    v.comment = value_get_str(body, "comment");
    v.answer = value_at(body, "answer");
    if (kind == VOTE_ANSWER && v.answer.kind == V_NULL)
        problem_send(a->http, 400, err_name(E_INPUT), "the body must be {\"answer\": VALUE}", NULL);
    else
        engine_vote(a->serve->c.engine, id, value_get_str(body, "step"), &v, on_answered, a);
}

void run_approve(struct ask *a)
{
    vote(a, VOTE_APPROVE);
}

void run_deny(struct ask *a)
{
    vote(a, VOTE_DENY);
}

void run_answer(struct ask *a)
{
    vote(a, VOTE_ANSWER);
}
