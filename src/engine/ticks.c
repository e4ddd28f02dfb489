/* ticks.c - schedules: each time slot of each schedule is one event, once, whatever happens.
 *
 * A slot's delivery id names workflow, schedule and time, so that a slot that fired before a crash
 * is recognised after it. When the server was away, `missed` says what becomes of the slots it
 * slept through.
 */
#include "base/clock.h"
#include "base/log.h"
#include "engine/inside.h"

enum { MISSED_MOST = 1000 };

/* So late that the machine slept or its clock was set: as if the server had been away. */
static const int64_t late_us = 60 * SECOND_US;

struct tick {
    struct tick *next;
    struct workflow *workflow;
    const struct trigger *trigger;
    struct str name;   /* of its schedule in the store: expression and zone */
    int64_t last_at;   /* the slot that fired or was passed over last */
    int64_t slot, due; /* the next slot; when it is let off: later by its jitter. 0: never again */
    struct arena *arena;
};

static void tick_plan(struct engine *e, struct tick *t, int64_t after)
{
    const struct world *w = e->world;
    uint64_t dice;

    t->due = 0;
    if (!schedule_next(t->trigger->schedule, after, &t->slot)) return;
    t->due = t->slot;
    if (!t->trigger->jitter_us) return;
    w->random(w->ctx, &dice, sizeof dice);
    t->due += (int64_t)(dice % (uint64_t)t->trigger->jitter_us);
}

static struct tick *tick_new(struct workflow *w, const struct trigger *trigger)
{
    struct arena *a = arena_new();
    struct tick *t = arena_get(a, sizeof *t);

    t->arena = a;
    t->workflow = w;
    t->trigger = trigger;
    t->name = str_of(arena_fmt(a, STR_FMT " " STR_FMT, STR_ARG(trigger->schedule_text),
                               STR_ARG(trigger->timezone)));
    return t;
}

static struct tick *tick_find(struct tick *list, struct str workflow, struct str name)
{
    while (list && !(str_eq(list->workflow->name, workflow) && str_eq(list->name, name)))
        list = list->next;
    return list;
}

static void list_free(struct tick *list)
{
    while (list) {
        struct tick *t = list;

        list = t->next;
        arena_free(t->arena);
    }
}

void ticks_free(struct engine *e)
{
    list_free(e->ticks);
    e->ticks = NULL;
}

static void arm(struct engine *e)
{
    int64_t at = 0;

    for (const struct tick *t = e->ticks; t; t = t->next)
        if (t->due && (!at || t->due < at)) at = t->due;
    e->world->timer_set(e->world->ctx, e->tick_timer, e->ticking && !e->quiet ? at : 0);
}

static void put_tick(struct unit *u, const struct tick *t, int64_t slot)
{
    struct tick_row row = {.workflow = t->workflow->name, .trigger = t->name, .last_at = slot};

    row.workflow = str_n(arena_dup(u->arena, row.workflow.p, row.workflow.n), row.workflow.n);
    row.trigger = str_n(arena_dup(u->arena, row.trigger.p, row.trigger.n), row.trigger.n);
    batch_tick(u->batch, &row);
}

/* A schedule that goes on unchanged keeps its place in time; a new one begins now. */
void ticks_use(struct engine *e)
{
    const struct config *c = engine_config(e);
    int64_t now = e->world->wall(e->world->ctx);
    struct tick *old = e->ticks, *list = NULL;
    struct unit *u = NULL;

    for (size_t i = 0; i < c->workflows_n; i++)
        for (size_t j = 0; j < c->workflows[i]->triggers_n; j++) {
            const struct trigger *trigger = &c->workflows[i]->triggers[j];
            struct tick *t, *before;

            if (trigger->kind != TRIGGER_SCHEDULE || !trigger->enabled) continue;
            t = tick_new(c->workflows[i], trigger);
            before = tick_find(old, t->workflow->name, t->name);
            t->last_at = before ? before->last_at : now;
            t->next = list;
            list = t;
            tick_plan(e, t, t->last_at);
            if (before || !e->ticking) continue;
            if (!u) u = unit_new(e);
            put_tick(u, t, now); /* from now on it can be missed */
        }
    if (u) unit_commit(u);
    e->ticks = list;
    /* `old` named workflows of a configuration that may be gone; its names are compared above only.
     */
    list_free(old);
    arm(e);
}

/* --- letting a slot off --- */

struct firing {
    struct engine *engine;
    struct str workflow, name; /* of the tick: it may be gone when the commit ends */
    int64_t slot;
};

static void fired(void *arg, enum commit how)
{
    struct firing *f = arg;
    struct engine *e = f->engine;
    struct tick *t = tick_find(e->ticks, f->workflow, f->name);

    /* Nothing is on disk: the same slot again, soon; the first of several, for the others follow
       it, and one that was stored is known by its delivery. */
    if (how == COMMIT_FULL && t) {
        if (!t->due || f->slot < t->slot) t->slot = f->slot;
        if (t->last_at >= t->slot) t->last_at = t->slot - 1; /* for a reload meanwhile */
        t->due = e->world->wall(e->world->ctx) + SECOND_US;
        arm(e);
    }
}

static void fire(struct engine *e, struct tick *t, int64_t slot)
{
    struct unit *u = unit_new(e);
    int64_t now = e->world->wall(e->world->ctx);
    struct considered *one = arena_get(u->arena, sizeof *one);
    struct firing *f = arena_get(u->arena, sizeof *f);
    struct map data = {.arena = u->arena};
    char at[TIME_TEXT];
    struct event ev = {.id = engine_id(e), .type = STR("schedule.tick"), .source = STR("botops")};

    clock_text(slot, at);
    ev.subject =
        str_n(arena_dup(u->arena, t->workflow->name.p, t->workflow->name.n), t->workflow->name.n);
    ev.connection = STR("schedule");
    ev.delivery = str_of(
        arena_fmt(u->arena, STR_FMT "/" STR_FMT "/%s", STR_ARG(ev.subject), STR_ARG(t->name), at));
    ev.at = now;
    ev.time = slot;
    map_put(&data, STR("workflow"), v_str(ev.subject));
    map_put(&data, STR("schedule"),
            v_str(str_n(arena_dup(u->arena, t->name.p, t->name.n), t->name.n)));
    map_put(&data, STR("time"), v_cstr(arena_dup(u->arena, at, strlen(at))));
    ev.data = map_value(&data);
    u->event = ev;
    match_one(engine_config(e), t->trigger, &ev, now, u->arena, one);
    u->decision = (struct decision){one, 1};
    if (one->verdict == MATCH_YES) unit_begin(u, one, STR(""));
    unit_event(u, &ev, STR(""));
    put_tick(u, t, slot);
    *f = (struct firing){e, ev.subject, value_str(data.pairs[1].value), slot};
    u->done = fired;
    u->arg = f;
    t->last_at = slot;
    unit_commit(u);
}

/* --- what was missed --- */

struct catching_up {
    struct engine *engine;
    struct arena *arena;
    struct known {
        struct str workflow, name;
        int64_t last_at;
    } * list;
    size_t n;
};

static bool keep_known(void *arg, const struct tick_row *r)
{
    struct catching_up *c = arg;
    struct known *k = arena_push(c->arena, &c->list, &c->n, sizeof *k);

    k->workflow = str_n(arena_dup(c->arena, r->workflow.p, r->workflow.n), r->workflow.n);
    k->name = str_n(arena_dup(c->arena, r->trigger.p, r->trigger.n), r->trigger.n);
    k->last_at = r->last_at;
    return true;
}

static void read_known(struct reader *r, void *arg)
{
    reader_ticks(r, keep_known, arg);
}

/* The newest slot in (last, now]; false when there is none. Looks back in growing strides, so that
   a schedule of every second that slept for a month costs nothing. */
static bool newest_slot(const struct schedule *s, int64_t last, int64_t now, int64_t *ret)
{
    int64_t slot, from;

    for (int64_t back = 60 * SECOND_US;; back *= 2) {
        from = now - last > back ? now - back : last;
        if (schedule_next(s, from, &slot) && slot <= now) break;
        if (from == last) return false;
    }
    do *ret = slot;
    while (schedule_next(s, *ret, &slot) && slot <= now);
    return true;
}

/* Fires what its policy wants of the slots in (last, now]. */
static void catch_up(struct engine *e, struct tick *t, int64_t last, int64_t now)
{
    const struct schedule *s = t->trigger->schedule;
    int64_t newest, slot = last;
    char at[TIME_TEXT];

    t->last_at = last;
    if (!newest_slot(s, last, now, &newest)) return;
    log_warn("a schedule was missed while the server was away",
             LOG_V("workflow", t->workflow->name), LOG_V("schedule", t->name),
             LOG_S("last", clock_text(newest, at)));
    for (int i = 0; t->trigger->missed == MISSED_ALL && i < MISSED_MOST; i++)
        if (!schedule_next(s, slot, &slot) || slot >= newest)
            break;
        else
            fire(e, t, slot);
    if (t->trigger->missed != MISSED_SKIP) fire(e, t, newest);
    t->last_at = newest;
}

void ticks_due(void *arg)
{
    struct engine *e = arg;
    int64_t now = e->world->wall(e->world->ctx);

    for (struct tick *t = e->ticks; t; t = t->next) {
        if (!t->due || t->due > now) continue;
        if (now - t->due > late_us)
            catch_up(e, t, t->slot - 1, now);
        else
            fire(e, t, t->slot);
        tick_plan(e, t, t->last_at);
    }
    arm(e);
}

static void known_read(void *arg)
{
    struct catching_up *c = arg;
    struct engine *e = c->engine;
    int64_t now = e->world->wall(e->world->ctx);
    struct unit *u = unit_new(e);
    bool any = false;

    for (struct tick *t = e->ticks; t; t = t->next) {
        const struct known *k = NULL;

        for (size_t i = 0; i < c->n && !k; i++)
            if (str_eq(c->list[i].workflow, t->workflow->name) && str_eq(c->list[i].name, t->name))
                k = &c->list[i];
        if (k) {
            catch_up(e, t, k->last_at, now);
        } else {
            put_tick(u, t, t->last_at); /* from now on it can be missed */
            any = true;
        }
        tick_plan(e, t, t->last_at > now ? t->last_at : now);
    }
    if (any)
        unit_commit(u);
    else
        batch_free(u->batch);
    arena_free(c->arena);
    e->ticking = true;
    arm(e);
}

void ticks_begin(struct engine *e)
{
    struct arena *a = arena_new();
    struct catching_up *c = arena_get(a, sizeof *c);

    *c = (struct catching_up){.engine = e, .arena = a};
    engine_read(e, read_known, known_read, c);
}
