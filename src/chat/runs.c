/* runs.c - the room's commands about runs: each looks something up, then answers. */
#include "base/clock.h"
#include "chat/command.h"
#include "workflow/duration.h"

enum { RUNS_SHOWN = 10, TEXT_MAX = 16 << 10 };

struct looking { /* a question to the store */
    struct asked *asked;
    struct buf text;
    struct id run;
    struct str status;
    bool found;
    int64_t now;
    struct store_counts counts;
};

static struct looking *looking_new(struct asked *q)
{
    struct looking *l = arena_get(q->arena, sizeof *l);

    l->asked = q;
    l->text = BUF(TEXT_MAX);
    l->now = q->chat->world->wall(q->chat->world->ctx);
    return l;
}

static void answer_with(struct looking *l)
{
    struct asked *q = l->asked;
    struct buf text = l->text;

    asked_answer(q, buf_str(&text));
    buf_auto(&text);
}

static void look(struct looking *l, read_work *work, read_done *done)
{
    const struct world *w = l->asked->chat->world;

    w->read(w->ctx, LANE_PEOPLE, work, done, l);
}

bool run_id_read(struct str word, struct id *ret)
{
    char upper[ID_LEN];

    for (size_t i = 0; i < word.n && i < sizeof upper; i++)
        upper[i] = word.p[i] >= 'a' && word.p[i] <= 'z' ? (char)(word.p[i] - 32) : word.p[i];
    return word.n == ID_LEN && id_parse(str_n(upper, ID_LEN), ret);
}

static bool run_named(struct asked *q, struct id *ret)
{
    struct str name = q->args[0];

    if (run_id_read(name, ret)) return true;
    asked_answer(
        q, str_of(arena_fmt(q->arena, "`" STR_FMT "` is not the id of a run; `runs` lists them",
                            STR_ARG(name))));
    return false;
}

static void add_run(struct looking *l, const struct run_row *r)
{
    int64_t us = (r->ended_at ? r->ended_at : l->now) - r->created_at;
    char text[DURATION_TEXT];
    const char *took = us < MS_US ? "<1 ms" : duration_text(us, text);

    buf_addf(&l->text, "- `%s` **" STR_FMT "** " STR_FMT " (%s)", r->id.s, STR_ARG(r->workflow),
             STR_ARG(r->status), took);
    if (r->message.n) buf_addf(&l->text, ": " STR_FMT, STR_ARG(r->message));
    buf_addc(&l->text, '\n');
}

static bool list_run(void *arg, const struct run_row *r)
{
    struct looking *l = arg;

    l->found = true;
    add_run(l, r);
    return true;
}

static void runs_read(struct reader *r, void *arg)
{
    struct looking *l = arg;
    struct run_filter f = {.status = l->asked->args[0], .limit = RUNS_SHOWN};

    reader_runs(r, &f, list_run, l);
}

static void runs_done(void *arg)
{
    struct looking *l = arg;

    if (!l->found) buf_addf(&l->text, "There are no such runs.");
    answer_with(l);
}

void runs_look(struct asked *q)
{
    look(looking_new(q), runs_read, runs_done);
}

static bool list_step(void *arg, const struct step_row *s)
{
    struct looking *l = arg;

    buf_addf(&l->text, "  - `" STR_FMT "` " STR_FMT, STR_ARG(s->path), STR_ARG(s->status));
    if (s->attempt > 1) buf_addf(&l->text, " (attempt %d)", s->attempt);
    if (s->error.n) buf_addf(&l->text, ": " STR_FMT, STR_ARG(s->error));
    buf_addc(&l->text, '\n');
    return true;
}

static void show_read(struct reader *r, void *arg)
{
    struct looking *l = arg;
    struct run_row row;

    l->found = reader_run(r, l->run, l->asked->arena, &row);
    if (!l->found) return;
    add_run(l, &row);
    reader_steps(r, l->run, list_step, l);
}

static void show_done(void *arg)
{
    struct looking *l = arg;

    if (!l->found) buf_addf(&l->text, "There is no run `%s`; `runs` lists them.", l->run.s);
    answer_with(l);
}

void show_look(struct asked *q)
{
    struct id run;
    struct looking *l;

    if (!run_named(q, &run)) return;
    l = looking_new(q);
    l->run = run;
    look(l, show_read, show_done);
}

/* --- commands that change something --- */

struct deciding { /* is this person let to do it to that run's workflow? */
    struct asked *asked;
    struct id run;
    enum deed deed;
    struct str workflow;
    bool found;
    void (*act)(struct asked *q, struct id run);
};

static void deciding_read(struct reader *r, void *arg)
{
    struct deciding *d = arg;
    struct run_row row;

    d->found = reader_run(r, d->run, d->asked->arena, &row);
    if (d->found) d->workflow = row.workflow;
}

static void deciding_done(void *arg)
{
    struct deciding *d = arg;
    struct asked *q = d->asked;
    const struct config *c = engine_config(q->chat->engine);
    struct str reason;

    if (!d->found)
        asked_answer(
            q, str_of(arena_fmt(q->arena, "There is no run `%s`; `runs` lists them.", d->run.s)));
    else if (!access_allows(c, &q->who, d->deed, config_workflow(c, d->workflow), q->room, q->arena,
                            &reason))
        asked_answer(q, reason);
    else
        d->act(q, d->run);
}

static void decide(struct asked *q, enum deed deed, void (*act)(struct asked *q, struct id run))
{
    const struct world *w = q->chat->world;
    struct deciding *d = arena_get(q->arena, sizeof *d);

    *d = (struct deciding){.asked = q, .deed = deed, .act = act};
    if (run_named(q, &d->run)) w->read(w->ctx, LANE_PEOPLE, deciding_read, deciding_done, d);
}

static void told(void *arg, const struct err *e)
{
    struct asked *q = arg;

    asked_answer(q, e->code == OK ? STR("Done.")
                                  : str_of(arena_dup(q->arena, e->text, strlen(e->text))));
}

static void told_cancel(void *arg, const struct err *e)
{
    struct asked *q = arg;

    if (e->code == OK)
        asked_answer(q, STR("It is being cancelled."));
    else
        told(arg, e);
}

static void cancel_now(struct asked *q, struct id run)
{
    engine_cancel(q->chat->engine, run, q->who.user, told_cancel, q);
}

void cancel_look(struct asked *q)
{
    decide(q, DEED_CANCEL, cancel_now);
}

static void told_retry(void *arg, const struct err *e, struct id run, bool seen)
{
    struct asked *q = arg;

    (void)seen;
    if (e->code == OK)
        asked_answer(q, str_of(arena_fmt(q->arena, "Started again as `%s`.", run.s)));
    else
        told(arg, e);
}

static void retry_now(struct asked *q, struct id run)
{
    const struct once_more what = {.run = run, .from = q->args[1], .by = q->who.user};

    engine_retry(q->chat->engine, &what, told_retry, q);
}

void retry_look(struct asked *q)
{
    decide(q, DEED_START, retry_now);
}

static void resolve_now(struct asked *q, struct id run)
{
    static const char *const ways[] = {
        [RESOLVE_DONE] = "done", [RESOLVE_FAILED] = "failed", [RESOLVE_RETRY] = "retry"};

    for (size_t i = 0; i < COUNT_OF(ways); i++)
        if (str_is(q->args[2], ways[i])) {
            engine_resolve(q->chat->engine, run, q->args[1], (enum resolve)i, q->who.user, told, q);
            return;
        }
    asked_answer(q, STR("say `resolve RUN STEP` and one of `done`, `failed`, `retry`"));
}

void resolve_look(struct asked *q)
{
    decide(q, DEED_RESOLVE, resolve_now);
}

/* --- the server --- */

static void status_read(struct reader *r, void *arg)
{
    struct looking *l = arg;

    reader_counts(r, &l->counts);
}

static void status_done(void *arg)
{
    struct looking *l = arg;
    struct engine *e = l->asked->chat->engine;
    const struct engine_counts *n = engine_counts(e);

    buf_addf(
        &l->text,
        "botops %s: %zu workflows, %lld open runs, %lld processes; since the start %lld events, "
        "%lld runs succeeded, %lld failed, %lld cancelled, %lld denied.",
        BOTOPS_VERSION, engine_config(e)->workflows_n, (long long)l->counts.open_runs,
        (long long)n->processes, (long long)n->events, (long long)n->runs_succeeded,
        (long long)n->runs_failed, (long long)n->runs_cancelled, (long long)n->runs_denied);
    answer_with(l);
}

void status_look(struct asked *q)
{
    look(looking_new(q), status_read, status_done);
}
