/* unit.c - one commit, and what follows it. */
#include "base/clock.h"
#include "base/crash.h"
#include "data/json.h"
#include "engine/inside.h"

enum { DECISION_MAX = 64 << 10, CONSIDERED_MAX = 64, CHAIN_MAX = 16, EVENTS_MAX = 256 };

struct unit *unit_new(struct engine *e)
{
    struct batch *b = batch_new();
    struct unit *u = arena_get(batch_arena(b), sizeof *u);

    u->engine = e;
    u->batch = b;
    u->arena = batch_arena(b);
    return u;
}

/* --- filling --- */

/* Rooms of a console are read from the store by whoever sits there; so are texts for no room. What
   goes to a platform is not sent yet. */
static bool is_board(struct str room)
{
    return room.n == 0 || str_starts(room, STR("console/"));
}

void unit_say(struct unit *u, struct id run, const char *kind, struct str room, struct str text)
{
    struct engine *e = u->engine;
    int64_t now = e->world->wall(e->world->ctx);
    struct say_row *s = arena_push(u->arena, &u->says, &u->says_n, sizeof *s);

    *s = (struct say_row){
        .id = engine_id(e),
        .run = run,
        .room = arena_str(u->arena, room), /* outlives its run */
        .kind = str_of(kind),
        .text = text,
        .created_at = now,
        .sent_at = is_board(room) ? now : 0,
    };
    batch_say(u->batch, s);
}

static void put_change(struct unit *u, const struct run *r, const struct advance *c, bool is_new)
{
    struct engine *e = u->engine;
    const char *boot = e->world->boot(e->world->ctx);
    struct history_row h = {
        .run = r->id, .seq = r->seq, .at = e->world->wall(e->world->ctx), .moves = c->moves};
    struct run_row row;

    row_of_run(r, u->arena, &row);
    if (is_new)
        batch_run_new(u->batch, &row);
    else
        batch_run(u->batch, &row);
    for (size_t i = 0; i < c->steps_n; i++) {
        struct step_row step;

        row_of_step(r, &c->steps[i], boot, u->arena, &step);
        batch_step(u->batch, &step);
    }
    batch_history(u->batch, &h);
    for (size_t i = 0; i < c->effects_n; i++)
        if (c->effects[i].kind == EFFECT_SAY)
            unit_say(u, r->id, c->effects[i].say_kind, c->effects[i].room, c->effects[i].text);
}

static void put_version(struct unit *u, struct version *v)
{
    struct version_row row = {
        .hash = v->hash,
        .kind = STR("workflow"),
        .name = v->workflow->name,
        .source = v->workflow->source,
        .created_at = u->engine->world->wall(u->engine->world->ctx),
    };

    if (!v->stored) batch_version(u->batch, &row);
}

/* Each event asks for a few of these: printf would take longer than all the rest of its decision.
 */
static void add_number(struct buf *b, int64_t n)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (n < 0) digits[--at] = '-';
    buf_add(b, str_n(digits + at, sizeof digits - at));
}

/* The id of the run that this decision began; they stand in the same order. */
static void add_considered(struct buf *b, const struct unit *u, const struct considered *c,
                           size_t *began)
{
    buf_add(b, STR("{\"workflow\":"));
    json_write_str(b, c->trigger->workflow->name);
    buf_add(b, STR(",\"trigger\":"));
    add_number(b, c->trigger->number);
    buf_add(b, STR(",\"verdict\":\""));
    buf_add(b, str_of(verdict_name(c->verdict)));
    buf_addc(b, '"');
    if (c->verdict == MATCH_YES && *began < u->began_n) {
        buf_add(b, STR(",\"run\":\""));
        buf_add(b, id_str(&u->began[(*began)++].run->id));
        buf_addc(b, '"');
    }
    if (c->reason.n) {
        buf_add(b, STR(",\"reason\":"));
        json_write_str(b, c->reason);
    }
    buf_addc(b, '}');
}

/* Its runs are those from `began` on. */
static struct str decision_text(struct unit *u, const struct decision *d, size_t began)
{
    AUTO(buf) struct buf b = BUF(DECISION_MAX);

    buf_add(&b, STR("{\"config\":"));
    json_write_str(&b, engine_config(u->engine)->hash);
    buf_add(&b, STR(",\"runs\":["));
    for (size_t i = began; i < u->began_n; i++) {
        buf_add(&b, i > began ? STR(",\"") : STR("\""));
        buf_add(&b, id_str(&u->began[i].run->id));
        buf_addc(&b, '"');
    }
    buf_add(&b, STR("],\"offered\":"));
    add_number(&b, (int64_t)d->n);
    buf_add(&b, STR(",\"considered\":["));
    for (size_t i = 0; i < d->n && i < CONSIDERED_MAX; i++) {
        if (i) buf_addc(&b, ',');
        add_considered(&b, u, &d->list[i], &began);
    }
    buf_add(&b, STR("]}"));
    if (b.full) return STR("{}"); /* the runs are found by their event all the same */
    return str_n(arena_dup(u->arena, b.p, b.n), b.n);
}

struct began *unit_add(struct unit *u, struct version *v, struct run *run, int depth)
{
    struct began *b = arena_push(u->arena, &u->began, &u->began_n, sizeof *b);
    struct occurrence start = {.kind = OCCUR_START};

    b->version = v;
    b->run = run;
    b->depth = depth;
    advance(run, &start, u->engine->world->wall(u->engine->world->ctx), u->arena, &b->change);
    return b;
}

struct str unit_run_url(struct unit *u, const struct id *run)
{
    struct str base = engine_config(u->engine)->server.url;

    if (!base.n) return STR("");
    return str_of(arena_fmt(u->arena, STR_FMT "/runs/%s", STR_ARG(base), run->s));
}

static struct value room_vars(const struct config *c, struct str room)
{
    const struct room *r = config_room(c, room);

    return r ? r->vars : NO_VALUE;
}

static void begin(struct unit *u, const struct event *ev, const struct considered *c,
                  struct str trigger)
{
    static const char *const kinds[TRIGGER_KINDS] = {"chat", "event", "schedule"};
    struct engine *e = u->engine;
    const struct workflow *w = c->trigger->workflow;
    struct version *v = version_get(e, w);
    struct run_begin of = {
        .id = engine_id(e),
        .event_id = ev->id,
        .trigger = trigger.n ? trigger : str_of(kinds[c->trigger->kind]),
        .user = ev->user,
        .room = ev->room,
        .inputs = c->inputs,
        .now = e->world->wall(e->world->ctx),
    };

    of.url = unit_run_url(u, &of.id);
    of.vars = room_vars(engine_config(e), ev->room);
    if (w->uses & (1u << SCOPE_EVENT)) of.event = event_value(ev, u->arena);
    unit_add(u, v, run_new(v->workflow, &of), ev->depth);
}

void unit_event(struct unit *u, const struct event *ev, const struct decision *d,
                struct str trigger, struct str raw)
{
    size_t began = u->began_n;
    struct said_event *said;
    struct event_row row;

    for (size_t i = 0; i < d->n; i++)
        if (d->list[i].verdict == MATCH_YES) begin(u, ev, &d->list[i], trigger);
    if (!u->events_n) {
        u->answer_n = u->began_n;
        u->generation = u->engine->now; /* the decision points into it */
        u->generation->refs++;
    }
    said = arena_push(u->arena, &u->events, &u->events_n, sizeof *said);
    *said = (struct said_event){ev->id, arena_str(u->arena, ev->room)};
    row_of_event(ev, raw, u->arena, &row);
    row.decision = decision_text(u, d, began);
    batch_event(u->batch, &row);
}

/* --- the server's own happenings: events too, so that one workflow can follow another --- */

struct str happening_type(enum run_status s)
{
    static const char *const types[RUN_STATUSES] = {
        [RUN_SUCCEEDED] = "botops.run.succeeded",
        [RUN_FAILED] = "botops.run.failed",
        [RUN_CANCELLED] = "botops.run.cancelled",
        [RUN_DENIED] = "botops.run.denied",
    };

    return str_of(types[s]);
}

/* An event about a run; what has ended may go before it. */
static void put_happening(struct unit *u, const struct run *r, int depth, struct str type,
                          struct value data)
{
    struct engine *e = u->engine;
    int64_t now = e->world->wall(e->world->ctx);
    struct decision decision;
    struct event ev = {
        .id = engine_id(e),
        .type = type,
        .source = STR("botops"),
        .subject = arena_str(u->arena, r->workflow->name),
        .user = arena_str(u->arena, r->user),
        .room = arena_str(u->arena, r->room),
        .at = now,
        .time = now,
        .depth = depth + 1,
        .data = data,
    };

    match(engine_config(e), &ev, now, u->arena, &decision);
    unit_event(u, &ev, &decision, STR(""), STR(""));
}

static void tell_end(struct unit *u, const struct run *r, int depth)
{
    struct map data = {.arena = u->arena};

    map_put(&data, STR("run"), v_str(id_str(&r->id)));
    map_put(&data, STR("workflow"), v_str(r->workflow->name));
    map_put(&data, STR("status"), v_cstr(run_machine.states[r->status]));
    map_put(&data, STR("step"), v_str(r->failed_step.p ? r->failed_step : STR("")));
    map_put(&data, STR("message"), v_str(r->message.p ? r->message : STR("")));
    map_put(&data, STR("outputs"), r->outputs);
    map_put(&data, STR("inputs"), r->inputs);
    put_happening(u, r, depth, happening_type((enum run_status)r->status), map_value(&data));
}

/* What the step asked and what came of it, as its outputs say it. */
static void tell_step(struct unit *u, const struct run *r, int depth, const struct effect *f)
{
    const struct step_state *s = &r->steps[f->step];
    struct map data = {.arena = u->arena};
    char *until = arena_get(u->arena, TIME_TEXT);

    map_put(&data, STR("run"), v_str(id_str(&r->id)));
    map_put(&data, STR("workflow"), v_str(r->workflow->name));
    map_put(&data, STR("step"), v_str(r->workflow->steps[f->step].path));
    map_put(&data, STR("until"), v_cstr(s->due_at ? clock_text(s->due_at, until) : ""));
    for (uint32_t i = 0; s->outputs.kind == V_MAP && i < s->outputs.n; i++)
        map_put(&data, value_str(s->outputs.map[i].key), s->outputs.map[i].value);
    put_happening(u, r, depth, str_of(f->type), map_value(&data));
}

static bool is_heard(const struct engine *e, const struct effect *f)
{
    return f->kind == EFFECT_TELL && match_listens(engine_config(e), str_of(f->type));
}

static bool end_is_heard(const struct engine *e, const struct run *r)
{
    if (r->status == RUN_SUCCEEDED && !r->started_at) return false; /* skipped: nothing was done */
    return e->now->listens[r->status];
}

/* Does any workflow follow what this change of the run is? */
static bool is_followed(const struct engine *e, const struct run *r, const struct advance *c,
                        int depth)
{
    bool heard = end_is_heard(e, r);

    for (size_t i = 0; i < c->effects_n && !heard; i++) heard = is_heard(e, &c->effects[i]);
    return heard && depth < CHAIN_MAX;
}

static void tell_followers(struct unit *u, const struct run *r, const struct advance *c, int depth)
{
    for (size_t i = 0; i < c->effects_n; i++)
        if (is_heard(u->engine, &c->effects[i])) tell_step(u, r, depth, &c->effects[i]);
    if (end_is_heard(u->engine, r)) tell_end(u, r, depth);
}

void unit_goes_on(struct unit *u, struct live_run *l)
{
    u->live = l->id;
    put_change(u, l->run, &u->change, false);
    if (is_followed(u->engine, l->run, &u->change, l->depth))
        tell_followers(u, l->run, &u->change, l->depth);
}

/* --- afterwards --- */

static void count_run(struct engine *e, const struct run *r)
{
    if (r->status == RUN_SUCCEEDED) e->counts.runs_succeeded++;
    if (r->status == RUN_FAILED) e->counts.runs_failed++;
    if (r->status == RUN_CANCELLED) e->counts.runs_cancelled++;
    if (r->status == RUN_DENIED) e->counts.runs_denied++;
}

static void tell_run(struct engine *e, const struct run *r)
{
    struct changed c = {
        .what = CHANGE_RUN,
        .id = r->id,
        .room = r->room,
        .workflow = r->workflow->name,
        .status = run_machine.states[r->status],
    };

    if (run_ended(r->status)) count_run(e, r);
    if (e->listeners) engine_tell(e, &c);
}

/* It waits for a lock now, or has given it back. */
static void tell_lock(struct engine *e, const struct run *r)
{
    if (r->lock.n && (run_ended(r->status) || r->status == RUN_QUEUED)) lock_look(e, r->lock);
}

static void tell_events(const struct unit *u)
{
    for (size_t i = 0; i < u->events_n && u->engine->listeners; i++) {
        struct changed c = {.what = CHANGE_EVENT, .id = u->events[i].id, .room = u->events[i].room};

        engine_tell(u->engine, &c);
    }
}

static void tell_says(const struct unit *u)
{
    for (size_t i = 0; i < u->says_n && u->engine->listeners; i++) {
        struct changed c = {.what = CHANGE_SAY, .id = u->says[i].id, .room = u->says[i].room};

        engine_tell(u->engine, &c);
    }
}

static void start_effects(struct engine *e, struct live_run *l, const struct advance *c)
{
    for (size_t i = 0; i < c->effects_n; i++) {
        const struct effect *f = &c->effects[i];

        if (f->kind == EFFECT_EXEC) proc_begin(e, l, f->step, f->attempt);
        if (f->kind == EFFECT_KILL) proc_stop(e, &l->id, f->step, f->attempt);
    }
}

static void count_steps(struct engine *e, const struct advance *c)
{
    for (size_t i = 0; i < c->steps_n; i++) {
        int s = c->steps[i].state.status;

        e->counts.steps_started += s == STEP_RUNNING;
        e->counts.steps_failed += s == STEP_FAILED;
        e->counts.steps_unknown += s == STEP_UNKNOWN;
    }
}

/* A run that is due as soon as it is stored may have been found in the store before this report. */
static struct live_run *live_of(struct engine *e, struct began *b)
{
    struct live_run *l = live_find(e, b->run->id);

    if (!l) l = live_add(e, b->run->id);
    if (!l->run) {
        l->run = b->run;
        l->version = b->version;
    } else {
        run_free(b->run);
        version_release(e, b->version);
    }
    return l;
}

/* What found no place in the commit with which the run began. */
static void follow(struct engine *e, const struct began *b)
{
    struct unit *u = unit_new(e);

    tell_followers(u, b->run, &b->change, b->depth);
    unit_commit(u);
}

static void begin_lives(struct unit *u)
{
    struct engine *e = u->engine;

    for (size_t i = 0; i < u->began_n; i++) {
        struct began *b = &u->began[i];
        struct live_run *l;

        e->counts.runs_started++;
        count_steps(e, &b->change);
        b->version->stored = true;
        tell_run(e, b->run);
        tell_lock(e, b->run);
        if (b->untold) follow(e, b);
        if (run_ended(b->run->status)) {
            run_free(b->run);
            version_release(e, b->version);
            continue;
        }
        l = live_of(e, b);
        l->depth = b->depth;
        runs_wake_by(e, run_wake_at(l->run));
        start_effects(e, l, &b->change);
        run_work(e, l);
    }
}

static void drop_began(struct unit *u)
{
    for (size_t i = 0; i < u->began_n; i++) {
        run_free(u->began[i].run);
        version_release(u->engine, u->began[i].version);
    }
    u->began_n = 0;
}

static void live_goes_on(struct unit *u, enum commit how)
{
    struct engine *e = u->engine;
    struct live_run *l = live_find(e, u->live);
    struct err err = {.code = OK};

    l->busy = false;
    if (how == COMMIT_OK) {
        count_steps(e, &u->change);
        tell_run(e, l->run);
        tell_lock(e, l->run);
        runs_wake_by(e, run_wake_at(l->run));
        start_effects(e, l, &u->change);
        pending_answer(u->pending, &err);
        run_work(e, l);
        return;
    }
    /* Nothing of it is on disk: what is in memory must go, and what happened is worked in again. */
    run_forget(e, l);
    if (u->pending->done) {
        (void)fail(&err, E_FULL, "the disk is full: nothing was changed; make room and try again");
        pending_answer(u->pending, &err);
    } else {
        u->pending->next = l->first;
        if (!l->first) l->last = &u->pending->next;
        l->first = u->pending;
    }
    e->world->timer_set(e->world->ctx, e->retry_timer, e->world->wall(e->world->ctx) + SECOND_US);
    runs_wake_by(e, e->world->wall(e->world->ctx) + SECOND_US); /* it may have been due meanwhile */
}

static void answer_intake(struct unit *u, enum commit how)
{
    struct arena *a = u->arena;
    struct id *runs = arena_raw(a, sizeof *runs * (u->answer_n + 1));
    struct receipt r = {.how = how, .event = u->event.id, .runs = runs, .runs_n = u->answer_n};

    if (how == COMMIT_OK) {
        r.decision = &u->decision;
        r.reply = u->reply;
        for (size_t i = 0; i < u->answer_n; i++) runs[i] = u->began[i].run->id;
    } else {
        r.runs_n = 0;
    }
    if (how == COMMIT_SEEN) r.event = batch_seen(u->batch);
    if (how == COMMIT_FULL) r.refused = "the disk is full: nothing was accepted; try again later";
    CRASH_POINT(reply);
    u->intake->done(u->intake->arg, &r);
}

static void count_events(struct engine *e, const struct unit *u, enum commit how)
{
    if (how == COMMIT_OK) e->counts.events += (int64_t)u->events_n;
    e->counts.duplicates += how == COMMIT_SEEN;
    e->counts.refused += how == COMMIT_FULL;
}

static void committed(void *arg, struct batch *b, enum commit how)
{
    struct unit *u = arg;
    struct engine *e = u->engine;

    (void)b;
    if (how == COMMIT_BROKEN)
        e->world->broken(e->world->ctx, "the store has failed: see the lines above; the next start "
                                        "recovers what was accepted");
    if (u->events_n) count_events(e, u, how);
    if (u->intake) answer_intake(u, how);
    if (how == COMMIT_OK) {
        tell_events(u);
        begin_lives(u);
        tell_says(u);
    } else {
        drop_began(u);
    }
    if (u->live.s[0]) live_goes_on(u, how);
    if (u->done) u->done(u->arg, how);
    generation_release(e, u->generation);
    engine_release(e);
}

void unit_commit(struct unit *u)
{
    struct engine *e = u->engine;

    for (size_t i = 0; i < u->began_n; i++) { /* what follows them is added to the list */
        struct began *b = &u->began[i];

        put_version(u, b->version);
        put_change(u, b->run, &b->change, true);
        if (!is_followed(e, b->run, &b->change, b->depth)) continue;
        if (u->events_n >= EVENTS_MAX)
            b->untold = true;
        else
            tell_followers(u, b->run, &b->change, b->depth);
    }
    engine_hold(e);
    e->world->commit(e->world->ctx, u->batch, committed, u);
}
