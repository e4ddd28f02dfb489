/* why.c - why an event did or did not start something, and what a run waits for. */
#include <stdio.h>

#include "data/json.h"
#include "serve/inside.h"
#include "workflow/duration.h"

enum { WHY_MAX = 1 << 20 };

enum { DATE_TEXT = 40 };

/* "2026-01-02 03:04:05 UTC": whoever wants it more exactly asks for the run or the event as JSON.
 */
static const char *date(int64_t wall_us, char out[DATE_TEXT])
{
    struct civil c = clock_civil(wall_us / SECOND_US);

    (void)snprintf(out, DATE_TEXT, "%04d-%02d-%02d %02d:%02d:%02d UTC", c.year, c.month, c.day,
                   c.hour, c.minute, c.second);
    return out;
}

static const char *span(int64_t us, char out[DURATION_TEXT])
{
    return us < MS_US ? "less than 1 ms" : duration_text(us, out);
}

static void answer_why(struct ask *a, const struct buf *text)
{
    AUTO(buf) struct buf b = BUF(ANSWER_MAX);

    buf_addc(&b, '{');
    put_text(&b, "text", buf_str(text));
    buf_addc(&b, '}');
    answer_json(a, 200, &b);
}

/* --- events --- */

struct explaining {
    struct reading reading; /* first */
    struct id id;
    struct str workflow; /* the one that is asked about; empty: all that were considered */
    struct event_row row;
    struct event event;
    struct value decision;
    bool changed; /* the configuration is another one now */
};

static void read_event(struct reader *r, struct reading *q)
{
    struct explaining *x = (struct explaining *)q;
    struct arena *a = q->ask->http->arena;
    struct err e;

    if (!reader_event(r, x->id, a, &x->row))
        (void)fail(&q->e, E_NOT_FOUND, "there is no event %s", x->id.s);
    else if (json_read(a, x->row.decision, JSON_LIMITS, &x->decision, &e) != OK)
        x->decision = NO_VALUE;
}

static void add_trigger(struct buf *b, struct str workflow, int number)
{
    buf_addf(b, "- " STR_FMT, STR_ARG(workflow));
    if (number >= 0) buf_addf(b, ", trigger %d", number + 1);
    buf_addc(b, ':');
}

/* What was decided when it came. */
static void add_decided(struct buf *b, const struct explaining *x, size_t left_out)
{
    struct value list = value_at(x->decision, "considered");
    char time[DATE_TEXT];

    buf_addf(b, "event %s, type " STR_FMT ", came %s\n", x->id.s, STR_ARG(x->row.type),
             date(x->row.at, time));
    if (list.kind != V_LIST || list.n == 0) {
        buf_addf(b, "No trigger was considered%s.\n",
                 x->changed || left_out ? "" : ": none is for an event of this type");
        return;
    }
    for (uint32_t i = 0; i < list.n; i++) {
        struct value one = list.list[i], number = value_at(one, "trigger");
        struct str run = value_get_str(one, "run"), reason = value_get_str(one, "reason");

        add_trigger(b, value_get_str(one, "workflow"), number.kind == V_INT ? (int)number.i : -1);
        buf_addf(b, " " STR_FMT, STR_ARG(value_get_str(one, "verdict")));
        if (run.n) buf_addf(b, ", it began run " STR_FMT, STR_ARG(run));
        if (reason.n) buf_addf(b, ": " STR_FMT, STR_ARG(reason));
        buf_addc(b, '\n');
    }
}

static void event_of(const struct event_row *r, struct arena *a, struct event *ret)
{
    struct err e;

    *ret = (struct event){.id = r->id,
                          .type = r->type,
                          .source = r->source,
                          .subject = r->subject,
                          .connection = r->connection,
                          .user = r->user,
                          .room = r->room,
                          .at = r->at,
                          .time = r->time,
                          .depth = r->depth};
    if (json_read(a, r->data, JSON_LIMITS, &ret->data, &e) != OK) ret->data = NO_VALUE;
    if (str_is(r->type, "chat.message")) ret->text = value_get_str(ret->data, "text");
}

static void add_explained(struct buf *b, const struct explaining *x, const struct trigger *t)
{
    struct ask *ask = x->reading.ask;

    add_trigger(b, t->workflow->name, t->number);
    buf_addc(b, '\n');
    match_explain(engine_config(ask->serve->c.engine), t, &x->event, x->row.at, ask->http->arena,
                  b);
}

/* Each test with the value it saw, under the configuration that is in use now. */
static void add_tests(struct buf *b, const struct explaining *x, size_t left_out)
{
    struct ask *ask = x->reading.ask;
    bool one = left_out == 1;
    struct decision now;

    match(engine_config(ask->serve->c.engine), &x->event, x->row.at, ask->http->arena, &now);
    if (now.n == 0 && left_out == 0) return;
    if (x->changed)
        buf_add(b, STR("\nThe configuration has changed since. What it decides now:\n"));
    else if (now.n)
        buf_add(b, STR("\nEach test, and what it saw:\n"));
    for (size_t i = 0; i < now.n && !b->full; i++) add_explained(b, x, now.list[i].trigger);
    if (left_out == 0) return;
    buf_addf(b,
             "\n%zu%s trigger%s %s %s not asked, because a test of %s cannot be true; "
             "`botops why %s --workflow NAME` tells about one.\n",
             left_out, now.n ? " more" : "", one ? "" : "s",
             x->event.text.n ? "for such a line" : "of this type", one ? "was" : "were",
             one ? "its own" : "theirs", x->id.s);
}

static void tell_workflow(struct explaining *x, struct buf *b)
{
    const struct workflow *w = ask_workflow(x->reading.ask, x->workflow);

    if (!w) return;
    buf_addf(b, "event %s, type " STR_FMT "\n", x->id.s, STR_ARG(x->row.type));
    if (x->changed) buf_add(b, STR("The configuration has changed since. What it decides now:\n"));
    if (w->triggers_n == 0)
        buf_addf(b, "`" STR_FMT "` has no trigger: it starts on request only.\n", STR_ARG(w->name));
    for (size_t i = 0; i < w->triggers_n && !b->full; i++) add_explained(b, x, &w->triggers[i]);
    answer_why(x->reading.ask, b);
}

static void tell_event(struct reading *q)
{
    struct explaining *x = (struct explaining *)q;
    const struct config *c = engine_config(q->ask->serve->c.engine);
    struct arena *a = q->ask->http->arena;
    AUTO(buf) struct buf b = BUF(WHY_MAX);
    size_t left_out;

    event_of(&x->row, a, &x->event);
    x->changed = !str_eq(value_get_str(x->decision, "config"), c->hash);
    if (x->workflow.n) {
        tell_workflow(x, &b);
        return;
    }
    left_out = match_left_out(c, &x->event, a);
    add_decided(&b, x, left_out);
    add_tests(&b, x, left_out);
    answer_why(q->ask, &b);
}

void event_why(struct ask *a)
{
    struct explaining *x = reading_new(a, sizeof *x);

    x->reading.work = read_event;
    x->reading.done = tell_event;
    x->workflow = http_query(a->http, "workflow");
    if (ask_path_id(a, "event", &x->id)) reading_start(&x->reading);
}

/* --- runs --- */

struct telling {
    struct reading reading; /* first */
    struct id id;
    struct buf text;
    int64_t now;
};

static void add_begun(struct buf *b, const struct run_row *r, const struct event_row *e)
{
    char time[DATE_TEXT];

    buf_addf(b, "run %s of `" STR_FMT "` was begun %s by ", r->id.s, STR_ARG(r->workflow),
             date(r->created_at, time));
    if (e) buf_addf(b, "event %s (" STR_FMT "), ", e->id.s, STR_ARG(e->type));
    buf_addf(b, "trigger " STR_FMT, STR_ARG(r->trigger));
    if (r->user.n) buf_addf(b, ", asked for by " STR_FMT, STR_ARG(r->user));
    if (r->room.n) buf_addf(b, " in " STR_FMT, STR_ARG(r->room));
    buf_addf(b, "\nit is " STR_FMT, STR_ARG(r->status));
    if (r->failed_step.n) buf_addf(b, " by step `" STR_FMT "`", STR_ARG(r->failed_step));
    if (r->message.n) buf_addf(b, ": " STR_FMT, STR_ARG(r->message));
    buf_addc(b, '\n');
}

static bool add_step(void *arg, const struct step_row *s)
{
    struct telling *t = arg;
    AUTO(buf) struct buf awaited = BUF(AWAITED_MAX);
    char time[DATE_TEXT], took[DURATION_TEXT];

    step_awaited(s, t->now, &awaited);
    if (awaited.n) {
        buf_addf(&t->text, "- step `" STR_FMT "` waits for %s\n", STR_ARG(s->path), awaited.p);
    } else if (str_is(s->status, "running") && s->started_at) {
        buf_addf(&t->text, "- step `" STR_FMT "` runs since %s", STR_ARG(s->path),
                 span(t->now - s->started_at, took));
        if (s->due_at) buf_addf(&t->text, ", at the longest until %s", date(s->due_at, time));
        buf_addc(&t->text, '\n');
    } else if (str_is(s->status, "waiting")) {
        buf_addf(&t->text, "- step `" STR_FMT "` waits until %s%s" STR_FMT "\n", STR_ARG(s->path),
                 date(s->due_at, time), s->error.n ? " to be tried again: " : "",
                 STR_ARG(s->error));
    } else if (str_is(s->status, "unknown")) {
        buf_addf(&t->text,
                 "- step `" STR_FMT "` was started, and how it ended was lost: decide with "
                 "`botops resolve %s " STR_FMT " --as done`, `failed` or `retry`\n",
                 STR_ARG(s->path), t->id.s, STR_ARG(s->path));
    }
    return true;
}

static void read_run(struct reader *r, struct reading *q)
{
    struct telling *t = (struct telling *)q;
    struct arena *a = q->ask->http->arena;
    struct event_row event;
    struct run_row run;

    if (!reader_run(r, t->id, a, &run)) {
        (void)fail(&q->e, E_NOT_FOUND, "there is no run %s", t->id.s);
        return;
    }
    t->text = BUF(WHY_MAX);
    add_begun(&t->text, &run, reader_event(r, run.event, a, &event) ? &event : NULL);
    lock_words(&t->text, r, &run, a);
    if (run.ended_at == 0) reader_steps(r, t->id, add_step, t);
    buf_addc(&q->out, '{');
    put_text(&q->out, "text", buf_str(&t->text));
    buf_addc(&q->out, '}');
    buf_auto(&t->text);
}

void run_why(struct ask *a)
{
    struct telling *t = reading_new(a, sizeof *t);
    const struct world *w = a->serve->c.world;

    t->reading.work = read_run;
    t->now = w->wall(w->ctx);
    if (ask_path_id(a, "run", &t->id)) reading_start(&t->reading);
}
