/* ticks.c - schedules: each time slot of each schedule is one event, once, whatever happens.
 *
 * A slot's delivery id names workflow, schedule and time, so that a slot that fired before a crash
 * is recognised after it. The store keeps how far a schedule has come, never further than the
 * first slot whose commit is not known to be on disk. When the server was away, `missed` says what
 * becomes of the slots it slept through.
 */
#include "base/clock.h"
#include "base/log.h"
#include "data/json.h"
#include "engine/inside.h"
#include "engine/tick_list.h"

enum { MISSED_MOST = 1000 };

/* So late that the machine slept or its clock was set: as if the server had been away. */
static const int64_t late_us = 60 * SECOND_US;

struct flight { /* a slot whose commit is under way; in the arena of that commit */
    struct flight *next;
    struct engine *engine;
    struct str workflow, name; /* of the tick: it may be gone when the commit ends */
    int64_t slot, place;       /* place: what the same commit stores as the tick's */
};

/* Sets the next slot; returns when it is due. */
static int64_t next_slot(struct engine *e, struct tick *t)
{
    const struct world *w = e->world;
    uint64_t dice;

    if (!schedule_next(t->trigger->schedule, t->last_at, &t->slot)) return 0;
    if (!t->trigger->jitter_us) return t->slot;
    w->random(w->ctx, &dice, sizeof dice);
    return t->slot + (int64_t)(dice % (uint64_t)t->trigger->jitter_us);
}

static void tick_plan(struct engine *e, struct tick *t)
{
    tick_list_set(e->ticks, t, next_slot(e, t));
}

/* --- names --- */

enum { OWN_HEX = 12, OWN_TEXT = 1 << 20 };

/* The trigger as it was written; the JSON of all of them is read once a workflow. */
static struct value written(struct arena *scratch, const struct trigger *t, struct value *all)
{
    struct json_limits limits = {.depth = 128, .nodes = 10000000};
    struct value on = NO_VALUE;
    struct err e;

    if (all->kind == V_NULL &&
        json_read(scratch, t->workflow->source, limits, all, &e) != OK) /* never: it was loaded */
        *all = v_map(NULL, 0);
    value_get(*all, STR("on"), &on);
    return on.kind == V_LIST && t->number < (int)on.n ? on.list[t->number] : NO_VALUE;
}

/* Several triggers of a workflow may fire at the same time: they differ in `with` and `if`. Their
   places differ too, but change when others come and go. */
static struct str name_of(const struct engine *e, struct arena *a, struct str schedule,
                          struct value trigger)
{
    AUTO(buf) struct buf own = BUF(OWN_TEXT);
    struct value with = NO_VALUE, when = NO_VALUE;
    char hex[65];

    value_get(trigger, STR("with"), &with);
    value_get(trigger, STR("if"), &when);
    if (with.kind == V_NULL && when.kind == V_NULL) return schedule;
    json_write(&own, with);
    buf_addc(&own, '\n');
    json_write(&own, when);
    e->config.load.hash(buf_str(&own), hex);
    return str_of(arena_fmt(a, STR_FMT " #%.*s", STR_ARG(schedule), OWN_HEX, hex));
}

/* Of triggers that are wholly alike each has its number. `others` begins with those of its
   workflow. */
static struct str name_among(struct arena *a, const struct tick *others, const struct workflow *w,
                             struct str name)
{
    struct str own = name;

    for (int n = 2;; n++) {
        const struct tick *t = others;

        while (t && t->workflow == w && !str_eq(t->name, own)) t = t->next;
        if (!t || t->workflow != w) return own;
        own = str_of(arena_fmt(a, STR_FMT " (%d)", STR_ARG(name), n));
    }
}

static struct tick *tick_new(const struct engine *e, const struct trigger *trigger,
                             struct tick_list *list, struct arena *scratch, struct value *all)
{
    const struct tick *others = list->first;
    struct tick *t = tick_list_add(list);
    struct arena *a = list->arena;
    struct str name;

    t->workflow = trigger->workflow;
    t->trigger = trigger;
    t->schedule = str_of(arena_fmt(a, STR_FMT " " STR_FMT, STR_ARG(trigger->schedule_text),
                                   STR_ARG(trigger->timezone)));
    name = t->schedule;
    if (trigger->with || trigger->when) name = name_of(e, a, name, written(scratch, trigger, all));
    t->name = name_among(a, others, t->workflow, name);
    return t;
}

void ticks_free(struct engine *e)
{
    tick_list_free(e->ticks);
    e->ticks = NULL;
}

static void arm(struct engine *e)
{
    const struct tick *first = e->ticks ? tick_list_due(e->ticks) : NULL;
    int64_t at = e->places_at;

    if (first && (!at || first->due < at)) at = first->due;
    e->world->timer_set(e->world->ctx, e->tick_timer, e->ticking && !e->quiet ? at : 0);
}

/* --- how far it has come --- */

/* Slots up to here are done with, whatever becomes of those in flight. */
static int64_t place_of(const struct tick *t)
{
    int64_t at = t->last_at;

    for (const struct flight *f = t->flights; f; f = f->next)
        if (f->slot <= at) at = f->slot - 1;
    return at;
}

static struct tick_row put_tick(struct unit *u, const struct tick *t, int64_t place)
{
    struct tick_row row = {.workflow = arena_str(u->arena, t->workflow->name),
                           .trigger = arena_str(u->arena, t->name),
                           .last_at = place};

    batch_tick(u->batch, &row);
    return row;
}

static bool is_behind(const struct tick *t)
{
    return !t->storing && !t->flights && t->stored_at < t->last_at;
}

/* A commit of nothing but places; in its own arena. */
struct storing {
    struct unit *unit;
    struct stored {
        struct str workflow, name;
    } * list;
    size_t n;
};

static void places_stored(void *arg, enum commit how)
{
    struct storing *s = arg;
    struct engine *e = s->unit->engine;

    for (size_t i = 0; i < s->n; i++) {
        struct tick *t = tick_list_find(e->ticks, s->list[i].workflow, s->list[i].name);

        if (!t || t->storing != s) continue;
        t->storing = NULL;
        if (how == COMMIT_OK) t->stored_at = t->storing_at;
    }
    if (how != COMMIT_FULL) return;
    e->places_at = e->world->wall(e->world->ctx) + SECOND_US;
    arm(e);
}

static struct storing *storing_new(struct engine *e)
{
    struct unit *u = unit_new(e);
    struct storing *s = arena_get(u->arena, sizeof *s);

    s->unit = u;
    return s;
}

static void store_place(struct storing *s, struct tick *t)
{
    struct stored *one = arena_push(s->unit->arena, &s->list, &s->n, sizeof *one);
    struct tick_row row = put_tick(s->unit, t, t->last_at);

    *one = (struct stored){row.workflow, row.trigger};
    t->storing = s;
    t->storing_at = t->last_at;
}

static void storing_commit(struct storing *s)
{
    s->unit->done = places_stored;
    s->unit->arg = s;
    unit_commit(s->unit);
}

/* A schedule that is new can be missed from now on. */
static void store_places(struct engine *e)
{
    struct storing *s = NULL;

    for (struct tick *t = e->ticks->first; t; t = t->next) {
        if (!is_behind(t)) continue;
        if (!s) s = storing_new(e);
        store_place(s, t);
    }
    if (s) storing_commit(s);
}

/* A schedule that goes on unchanged keeps its place in time; a new one begins now. */
static void tick_begin(struct tick *t, const struct tick *before, int64_t now)
{
    t->last_at = now;
    if (!before) return;
    t->last_at = before->last_at;
    t->stored_at = before->stored_at;
    t->storing = before->storing;
    t->storing_at = before->storing_at;
    t->flights = before->flights;
}

static void workflow_ticks(struct engine *e, const struct workflow *w, struct tick_list *list)
{
    AUTO(arena) struct arena *scratch = arena_new();
    int64_t now = e->world->wall(e->world->ctx);
    struct value all = NO_VALUE;

    for (size_t j = 0; j < w->triggers_n; j++) {
        const struct trigger *trigger = &w->triggers[j];
        struct tick *t;

        if (trigger->kind != TRIGGER_SCHEDULE || !trigger->enabled) continue;
        t = tick_new(e, trigger, list, scratch, &all);
        tick_begin(t, e->ticks ? tick_list_find(e->ticks, w->name, t->name) : NULL, now);
        t->due = next_slot(e, t);
    }
}

void ticks_use(struct engine *e)
{
    const struct config *c = engine_config(e);
    struct tick_list *old = e->ticks, *list = tick_list_new();

    for (size_t i = 0; i < c->workflows_n; i++) workflow_ticks(e, c->workflows[i], list);
    tick_list_seal(list);
    e->ticks = list;
    tick_list_free(old);
    if (e->ticking) store_places(e);
    arm(e);
}

/* --- letting a slot off --- */

/* One of which several slots were in flight at once has told less than it could. */
static void store_one(struct engine *e, struct tick *t)
{
    struct storing *s = storing_new(e);

    store_place(s, t);
    storing_commit(s);
}

static void land(struct tick *t, const struct flight *f)
{
    struct flight **at = &t->flights;

    while (*at && *at != f) at = &(*at)->next;
    if (*at) *at = f->next;
}

static void fired(void *arg, enum commit how)
{
    struct flight *f = arg;
    struct engine *e = f->engine;
    struct tick *t = tick_list_find(e->ticks, f->workflow, f->name);

    if (!t) return;
    land(t, f);
    if (how == COMMIT_OK) t->stored_at = f->place;
    if (how != COMMIT_FULL) {
        if (is_behind(t)) store_one(e, t);
        return;
    }
    /* Nothing is on disk: the same slot again, soon; the first of several, for the others follow
       it, and one that was stored is known by its delivery. */
    if (!t->due || f->slot < t->slot) t->slot = f->slot;
    if (t->last_at >= t->slot) t->last_at = t->slot - 1; /* for a reload meanwhile */
    tick_list_set(e->ticks, t, e->world->wall(e->world->ctx) + SECOND_US);
    arm(e);
}

static struct event slot_event(struct unit *u, const struct tick *t, int64_t slot, int64_t now)
{
    struct map data = {.arena = u->arena};
    struct event ev = {.id = engine_id(u->engine),
                       .type = STR("schedule.tick"),
                       .source = STR("botops"),
                       .subject = arena_str(u->arena, t->workflow->name),
                       .connection = STR("schedule"),
                       .at = now,
                       .time = slot};
    char at[TIME_TEXT];

    clock_text(slot, at);
    ev.delivery = str_of(
        arena_fmt(u->arena, STR_FMT "/" STR_FMT "/%s", STR_ARG(ev.subject), STR_ARG(t->name), at));
    map_put(&data, STR("workflow"), v_str(ev.subject));
    map_put(&data, STR("schedule"), v_str(arena_str(u->arena, t->schedule)));
    map_put(&data, STR("time"), v_cstr(arena_dup(u->arena, at, strlen(at))));
    ev.data = map_value(&data);
    return ev;
}

static void fire(struct engine *e, struct tick *t, int64_t slot)
{
    struct unit *u = unit_new(e);
    int64_t now = e->world->wall(e->world->ctx);
    struct considered *one = arena_get(u->arena, sizeof *one);
    struct flight *f = arena_get(u->arena, sizeof *f);
    struct event ev = slot_event(u, t, slot, now);
    struct decision decision = {.list = one, .n = 1};

    match_one(engine_config(e), t->trigger, &ev, now, u->arena, one);
    unit_event(u, &ev, &decision, STR(""), STR(""));
    t->last_at = slot;
    *f =
        (struct flight){t->flights, e, ev.subject, arena_str(u->arena, t->name), slot, place_of(t)};
    put_tick(u, t, f->place);
    t->flights = f;
    u->done = fired;
    u->arg = f;
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

    k->workflow = arena_str(c->arena, r->workflow);
    k->name = arena_str(c->arena, r->trigger);
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

/* Fires what its policy wants of the slots in (last, now]; one that its jitter may still let off is
   not missed. */
static void catch_up(struct engine *e, struct tick *t, int64_t last, int64_t now)
{
    const struct schedule *s = t->trigger->schedule;
    int64_t newest, slot = last;
    char at[TIME_TEXT];

    t->last_at = last;
    if (!newest_slot(s, last, now - t->trigger->jitter_us, &newest)) return;
    log_warn("a schedule was missed while the server was away",
             LOG_V("workflow", t->workflow->name), LOG_V("schedule", t->schedule),
             LOG_S("last", clock_text(newest, at)));
    for (int i = 0; t->trigger->missed == MISSED_ALL && i < MISSED_MOST; i++)
        if (!schedule_next(s, slot, &slot) || slot >= newest)
            break;
        else
            fire(e, t, slot);
    if (t->trigger->missed != MISSED_SKIP) fire(e, t, newest);
    t->last_at = newest;
}

/* Is it over that its jitter, or the next try on a full disk, would have let it off? */
static bool is_missed(const struct tick *t, int64_t now)
{
    int64_t end = t->slot + t->trigger->jitter_us;

    return now - (t->due > end ? t->due : end) > late_us;
}

/* Those that are due, one slot each: what is left of a schedule comes with the next call. */
static struct tick *take_due(struct tick_list *l, int64_t now)
{
    struct tick *first = NULL, **last = &first, *t;

    while ((t = tick_list_due(l)) && t->due <= now) {
        int64_t due = t->due;

        tick_list_set(l, t, 0);
        t->due = due; /* is_missed() asks */
        *last = t;
        last = &t->then;
    }
    *last = NULL;
    return first;
}

void ticks_due(void *arg)
{
    struct engine *e = arg;
    int64_t now = e->world->wall(e->world->ctx);

    if (e->places_at && e->places_at <= now) {
        e->places_at = 0;
        store_places(e);
    }
    for (struct tick *t = take_due(e->ticks, now); t; t = t->then) {
        if (is_missed(t, now))
            catch_up(e, t, t->slot - 1, now);
        else
            fire(e, t, t->slot);
        tick_plan(e, t);
    }
    arm(e);
}

static void known_read(void *arg)
{
    struct catching_up *c = arg;
    struct engine *e = c->engine;
    int64_t now = e->world->wall(e->world->ctx);

    for (size_t i = 0; i < c->n; i++) {
        const struct known *k = &c->list[i];
        struct tick *t = tick_list_find(e->ticks, k->workflow, k->name);

        if (!t) continue;
        t->stored_at = k->last_at;
        catch_up(e, t, k->last_at, now);
    }
    for (struct tick *t = e->ticks->first; t; t = t->next) tick_plan(e, t);
    arena_free(c->arena);
    e->ticking = true;
    store_places(e);
    arm(e);
}

void ticks_begin(struct engine *e)
{
    struct arena *a = arena_new();
    struct catching_up *c = arena_get(a, sizeof *c);

    *c = (struct catching_up){.engine = e, .arena = a};
    engine_read(e, read_known, known_read, c);
}
