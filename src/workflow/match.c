#include "workflow/match.h"

#include "base/utf8.h"
#include "data/json.h"
#include "workflow/access.h"
#include "workflow/index.h"
#include "workflow/inputs.h"

void match_build(struct config *c)
{
    c->index = index_build(c);
}

static bool type_fits(const struct trigger *t, struct str type)
{
    if (str_ends(t->type, STR("*"))) return str_starts(type, str_n(t->type.p, t->type.n - 1));
    return str_eq(t->type, type);
}

/* --- deciding --- */

struct asking {
    const struct config *config;
    const struct event *event;
    const struct tokens *tokens; /* chat; else NULL */
    struct scope scope;
    int64_t now;
    struct arena *arena;
};

struct value event_value(const struct event *e, struct arena *a)
{
    struct pair *p = arena_raw(a, 9 * sizeof *p);

    p[0] = (struct pair){v_cstr("id"), v_str(id_str(&e->id))};
    p[1] = (struct pair){v_cstr("source"), v_str(e->source)};
    p[2] = (struct pair){v_cstr("type"), v_str(e->type)};
    p[3] = (struct pair){v_cstr("subject"), v_str(e->subject)};
    p[4] = (struct pair){v_cstr("time"), v_time_us(e->time)};
    p[5] = (struct pair){v_cstr("data"), e->data};
    p[6] = (struct pair){v_cstr("connection"), v_str(e->connection)};
    p[7] = (struct pair){v_cstr("user"), v_str(e->user)};
    p[8] = (struct pair){v_cstr("room"), v_str(e->room)};
    return v_map(p, 9);
}

static enum verdict no(struct considered *c, enum verdict v, struct str reason)
{
    c->verdict = v;
    c->reason = reason;
    return v;
}

static struct str err_text(const struct asking *q, const struct err *e)
{
    return str_of(arena_dup(q->arena, e->text, strlen(e->text)));
}

static enum verdict decide_condition(struct asking *q, struct considered *c)
{
    const struct cel *when = c->trigger->when;
    bool yes = true;
    struct err e;

    if (when && cel_test(when, q->scope.values, q->arena, &yes, &e) != OK) {
        (void)wrap(&e, "`if`");
        return no(c, MATCH_ERROR, err_text(q, &e));
    }
    return yes ? MATCH_YES : no(c, MATCH_NO, STR("its `if` is false"));
}

/* What the trigger's `with` gives goes over what the line gave: the author has the last word. */
static enum verdict decide_inputs(struct asking *q, struct considered *c, struct map *given)
{
    const struct trigger *t = c->trigger;
    struct value with = v_map(NULL, 0);
    struct err e;

    if (t->with && template_eval(t->with, q->scope.values, NULL, NULL, q->arena, &with, &e) != OK) {
        (void)wrap(&e, "`with`");
        return no(c, MATCH_ERROR, err_text(q, &e));
    }
    for (uint32_t i = 0; i < with.n; i++)
        map_set(given, value_str(with.map[i].key), with.map[i].value);
    if (inputs_check(t->workflow, map_value(given), q->arena, &c->inputs, &e) != OK)
        return no(c, MATCH_INPUTS, err_text(q, &e));
    return MATCH_YES;
}

static bool in_rooms(const struct trigger *t, struct str room)
{
    for (size_t i = 0; i < t->rooms_n; i++)
        if (str_eq(t->rooms[i], room)) return true;
    return t->rooms_n == 0;
}

static struct pattern_inputs named_inputs(const struct workflow *w, struct arena *a)
{
    struct pattern_input *list = arena_raw(a, (w->inputs_n + 1) * sizeof *list);

    for (size_t i = 0; i < w->inputs_n; i++)
        list[i] = (struct pattern_input){w->inputs[i].name, w->inputs[i].type == INPUT_BOOL};
    return (struct pattern_inputs){list, w->inputs_n};
}

static bool pattern_fits(struct asking *q, struct considered *c, struct map *args)
{
    const struct trigger *t = c->trigger;
    struct pattern_inputs inputs = named_inputs(t->workflow, q->arena);
    AUTO(buf) struct buf why = BUF(1024);

    for (size_t i = 0; i < t->patterns_n; i++)
        if (pattern_match(t->patterns[i], q->tokens, inputs, args)) return true;
    pattern_why(t->patterns[0], q->tokens, inputs, &why);
    no(c, MATCH_NO, str_n(arena_dup(q->arena, why.p ? why.p : "", why.n), why.n));
    return false;
}

static enum verdict decide_chat(struct asking *q, struct considered *c)
{
    struct who who = {.user = q->event->user, .owner = q->event->owner};
    struct map args = {.arena = q->arena};
    enum verdict v;
    struct str reason;

    if (!in_rooms(c->trigger, q->event->room))
        return no(c, MATCH_NO, STR("it does not listen in this room"));
    if (!pattern_fits(q, c, &args)) return c->verdict;
    if (!access_allows(q->config, &who, DEED_START, c->trigger->workflow, q->event->room, q->arena,
                       &reason))
        return no(c, MATCH_DENIED, reason);
    v = decide_inputs(q, c, &args);
    if (v != MATCH_YES) return v;
    q->scope.values[SCOPE_INPUTS] = c->inputs;
    v = decide_condition(q, c);
    q->scope.values[SCOPE_INPUTS] = NO_VALUE;
    return v;
}

/* A schedule that fired is decided like an event. */
static enum verdict decide_event(struct asking *q, struct considered *c)
{
    const struct trigger *t = c->trigger;
    struct map given = {.arena = q->arena};
    enum verdict v;

    if (t->kind == TRIGGER_EVENT && t->connection.n && !str_eq(t->connection, q->event->connection))
        return no(c, MATCH_NO, STR("it listens to another connection"));
    v = decide_condition(q, c);
    return v == MATCH_YES ? decide_inputs(q, c, &given) : v;
}

static void asking_init(struct asking *q, const struct config *c, const struct event *e,
                        int64_t now, struct arena *a)
{
    *q = (struct asking){.config = c, .event = e, .now = now, .arena = a};
    q->scope.values[SCOPE_EVENT] = event_value(e, a);
    q->scope.values[SCOPE_USER] = v_str(e->user);
    q->scope.values[SCOPE_ROOM] = v_str(e->room);
    q->scope.values[SCOPE_NOW] = v_time_us(now);
}

/* A workflow answers one line once, by the first of its chat triggers that fits. */
static bool answered(const struct decision *d, const struct workflow *w)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct considered *c = &d->list[i];

        if (c->trigger->workflow == w && c->trigger->kind == TRIGGER_CHAT &&
            c->verdict == MATCH_YES)
            return true;
    }
    return false;
}

static void find_offer(struct asking *q, struct tokens *tokens, struct offer *ret)
{
    const struct event *e = q->event;
    struct err bad;

    if (e->text.n && tokens_read(q->arena, e->text, tokens, &bad) != OK) tokens->key = 0;
    q->tokens = tokens;
    index_find(q->config->index, &(struct sought){e->type, tokens, q->scope.values}, q->arena, ret);
}

void match(const struct config *c, const struct event *e, int64_t now, struct arena *a,
           struct decision *ret)
{
    struct tokens tokens = {0};
    struct offer found;
    struct asking q;

    asking_init(&q, c, e, now, a);
    find_offer(&q, &tokens, &found);
    *ret = (struct decision){.list = arena_get(a, found.n * sizeof *ret->list)};
    for (size_t i = 0; i < found.n; i++) {
        const struct trigger *t = found.list[i];
        struct considered *one = &ret->list[ret->n];

        if (t->kind == TRIGGER_EVENT && !type_fits(t, e->type)) continue;
        if (t->kind == TRIGGER_CHAT && answered(ret, t->workflow)) continue;
        one->trigger = t;
        one->verdict = t->kind == TRIGGER_CHAT ? decide_chat(&q, one) : decide_event(&q, one);
        ret->n++;
    }
}

size_t match_left_out(const struct config *c, const struct event *e, struct arena *a)
{
    struct tokens tokens = {0};
    struct offer found;
    struct asking q;

    asking_init(&q, c, e, e->at, a);
    find_offer(&q, &tokens, &found);
    return found.left_out;
}

void match_one(const struct config *c, const struct trigger *t, const struct event *e, int64_t now,
               struct arena *a, struct considered *ret)
{
    struct asking q;

    asking_init(&q, c, e, now, a);
    *ret = (struct considered){.trigger = t};
    ret->verdict = decide_event(&q, ret);
}

bool match_listens(const struct config *c, struct str type)
{
    return index_listens(c->index, type);
}

/* --- explaining --- */

enum { SHOWN = 200 }; /* bytes of a value in an explanation */

static void add_shown(struct buf *out, struct value v)
{
    AUTO(buf) struct buf text = BUF(SHOWN);

    json_write(&text, v);
    utf8_add_safe(out, buf_str(&text), false);
    if (text.full) buf_add(out, STR("…"));
}

struct telling {
    struct buf *out;
};

static void tell_part(void *ctx, struct str source, const struct value *v, const struct err *e)
{
    struct telling *t = ctx;

    buf_addf(t->out, "    " STR_FMT " → ", STR_ARG(source));
    if (v)
        add_shown(t->out, *v);
    else
        buf_addf(t->out, "error: %s", e->text);
    buf_addc(t->out, '\n');
}

void match_explain(const struct config *c, const struct trigger *t, const struct event *e,
                   int64_t now, struct arena *a, struct buf *out)
{
    struct telling telling = {out};
    struct tokens tokens = {0};
    struct considered one = {.trigger = t};
    struct value ignored;
    struct asking q;
    struct err bad;

    asking_init(&q, c, e, now, a);
    if (t->kind == TRIGGER_EVENT && !type_fits(t, e->type)) {
        buf_addf(out, "  it listens to `" STR_FMT "`, the event is `" STR_FMT "`\n",
                 STR_ARG(t->type), STR_ARG(e->type));
        return;
    }
    if (t->kind == TRIGGER_SCHEDULE || (t->kind == TRIGGER_CHAT && !e->text.n)) {
        buf_addf(out, "  it does not listen to events\n");
        return;
    }
    if (t->kind == TRIGGER_CHAT && tokens_read(a, e->text, &tokens, &bad) != OK) {
        buf_addf(out, "  %s\n", bad.text);
        return;
    }
    q.tokens = &tokens;
    one.verdict = t->kind == TRIGGER_CHAT ? decide_chat(&q, &one) : decide_event(&q, &one);
    buf_addf(out, "  %s%s" STR_FMT "\n", verdict_name(one.verdict), one.reason.n ? ": " : "",
             STR_ARG(one.reason));
    if (t->when &&
        cel_explain(t->when, q.scope.values, a, tell_part, &telling, &ignored, &bad) != OK)
        return; /* the parts have told it */
}

const char *verdict_name(enum verdict v)
{
    static const char *const names[] = {
        [MATCH_YES] = "matched",      [MATCH_NO] = "not matched",     [MATCH_ERROR] = "error",
        [MATCH_INPUTS] = "bad input", [MATCH_DENIED] = "not allowed",
    };

    return names[v];
}
