#include "workflow/match.h"

#include "base/utf8.h"
#include "data/json.h"
#include "workflow/access.h"
#include "workflow/inputs.h"

/* --- the index --- */

struct entry {
    const struct trigger *trigger;
    uint32_t order; /* its place in the configuration */
};

struct bucket {   /* all entries of one key */
    uint64_t key; /* 0: free */
    struct entry *list;
    size_t n;
};

struct table { /* open addressing, at most half full */
    struct bucket *buckets;
    size_t size; /* a power of two */
};

struct match_index {
    struct table types;     /* by the hash of an exact type */
    struct table words;     /* chat, by the key of the first word */
    struct bucket patterns; /* types that end in `*` */
    struct bucket any_word; /* chat patterns that may begin with anything */
    size_t offered;         /* entries in all: the most candidates there can be */
};

static struct bucket *table_at(const struct table *t, uint64_t key)
{
    size_t i = key & (t->size - 1);

    while (t->buckets[i].key && t->buckets[i].key != key) i = (i + 1) & (t->size - 1);
    return &t->buckets[i];
}

static void table_init(struct table *t, struct arena *a, size_t keys)
{
    t->size = 16;
    while (t->size < keys * 2) t->size *= 2;
    t->buckets = arena_get(a, t->size * sizeof *t->buckets);
}

static void bucket_add(struct bucket *b, struct arena *a, struct entry e)
{
    struct entry *place;

    if (b->n && b->list[b->n - 1].trigger == e.trigger) return; /* two patterns, one first word */
    place = arena_push(a, &b->list, &b->n, sizeof *place);
    *place = e;
}

static void table_add(struct table *t, struct arena *a, uint64_t key, struct entry e)
{
    struct bucket *b = table_at(t, key);

    b->key = key;
    bucket_add(b, a, e);
}

static uint64_t type_key(struct str type)
{
    uint64_t h = str_hash(type);

    return h ? h : 1;
}

static void index_chat(struct match_index *x, struct arena *a, struct entry e)
{
    for (size_t i = 0; i < e.trigger->patterns_n; i++) {
        const uint64_t *keys;
        size_t n = pattern_first(e.trigger->patterns[i], &keys);

        if (n == 0) bucket_add(&x->any_word, a, e);
        for (size_t k = 0; k < n; k++) table_add(&x->words, a, keys[k], e);
        x->offered += n ? n : 1;
    }
}

static void index_event(struct match_index *x, struct arena *a, struct entry e)
{
    if (str_ends(e.trigger->type, STR("*")))
        bucket_add(&x->patterns, a, e);
    else
        table_add(&x->types, a, type_key(e.trigger->type), e);
    x->offered++;
}

static size_t count_words(const struct config *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->workflows_n; i++)
        for (size_t j = 0; j < c->workflows[i]->triggers_n; j++) {
            const struct trigger *t = &c->workflows[i]->triggers[j];

            for (size_t k = 0; k < t->patterns_n; k++) {
                const uint64_t *keys;

                n += pattern_first(t->patterns[k], &keys);
            }
        }
    return n;
}

void match_build(struct config *c)
{
    struct match_index *x = arena_get(c->arena, sizeof *x);
    size_t triggers = 0;
    uint32_t order = 0;

    for (size_t i = 0; i < c->workflows_n; i++) triggers += c->workflows[i]->triggers_n;
    table_init(&x->types, c->arena, triggers);
    table_init(&x->words, c->arena, count_words(c));
    for (size_t i = 0; i < c->workflows_n; i++)
        for (size_t j = 0; j < c->workflows[i]->triggers_n; j++) {
            struct entry e = {&c->workflows[i]->triggers[j], order++};

            if (!e.trigger->enabled) continue;
            if (e.trigger->kind == TRIGGER_CHAT) index_chat(x, c->arena, e);
            if (e.trigger->kind == TRIGGER_EVENT) index_event(x, c->arena, e);
        }
    c->index = x;
}

/* --- candidates --- */

struct candidates {
    struct entry *list;
    size_t n;
};

static void offer(struct candidates *to, const struct bucket *b)
{
    for (size_t i = 0; i < b->n; i++) to->list[to->n++] = b->list[i];
}

static int by_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return (x->order > y->order) - (x->order < y->order);
}

static bool type_fits(const struct trigger *t, struct str type)
{
    if (str_ends(t->type, STR("*"))) return str_starts(type, str_n(t->type.p, t->type.n - 1));
    return str_eq(t->type, type);
}

static void candidates_find(const struct match_index *x, const struct event *e, uint64_t word,
                            struct arena *a, struct candidates *ret)
{
    const struct bucket *exact = table_at(&x->types, type_key(e->type));
    const struct bucket *words = word ? table_at(&x->words, word) : NULL;
    size_t most = exact->n + x->patterns.n + (words ? words->n + x->any_word.n : 0);

    ret->n = 0;
    ret->list = arena_raw(a, (most + 1) * sizeof *ret->list);
    offer(ret, exact);
    if (x->patterns.n) offer(ret, &x->patterns);
    if (words) {
        offer(ret, words);
        offer(ret, &x->any_word);
    }
    if (ret->n > exact->n) qsort(ret->list, ret->n, sizeof *ret->list, by_order);
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

static enum verdict decide_event(struct asking *q, struct considered *c)
{
    struct map given = {.arena = q->arena};
    enum verdict v;

    if (c->trigger->connection.n && !str_eq(c->trigger->connection, q->event->connection))
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

void match(const struct config *c, const struct event *e, int64_t now, struct arena *a,
           struct decision *ret)
{
    struct candidates found;
    struct tokens tokens = {0};
    struct asking q;
    struct err bad;

    *ret = (struct decision){0};
    if (e->text.n && tokens_read(a, e->text, &tokens, &bad) != OK) tokens.key = 0;
    candidates_find(c->index, e, tokens.key, a, &found);
    if (found.n == 0) return;
    asking_init(&q, c, e, now, a);
    q.tokens = &tokens;
    ret->list = arena_get(a, found.n * sizeof *ret->list);
    for (size_t i = 0; i < found.n; i++) {
        const struct trigger *t = found.list[i].trigger;
        struct considered *one = &ret->list[ret->n];

        if (t->kind == TRIGGER_EVENT && !type_fits(t, e->type)) continue;
        if (t->kind == TRIGGER_CHAT && answered(ret, t->workflow)) continue;
        one->trigger = t;
        one->verdict = t->kind == TRIGGER_CHAT ? decide_chat(&q, one) : decide_event(&q, one);
        ret->n++;
    }
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
    const struct match_index *x = c->index;
    const struct bucket *exact = table_at(&x->types, type_key(type));

    for (size_t i = 0; i < exact->n; i++)
        if (type_fits(exact->list[i].trigger, type)) return true;
    for (size_t i = 0; i < x->patterns.n; i++)
        if (type_fits(x->patterns.list[i].trigger, type)) return true;
    return false;
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
