/* load_trigger.c - the triggers of a workflow. */
#include "base/suggest.h"
#include "workflow/inputs.h"
#include "workflow/load.h"

enum { TYPE_MAX = 255, WHY_MAX = 1024 };

static const char *const missed_names[] = {"skip", "last", "all", NULL};

/* What there is to see when a trigger decides: no run yet, hence no steps. */
static const uint64_t seen =
    1u << SCOPE_EVENT | 1u << SCOPE_USER | 1u << SCOPE_ROOM | 1u << SCOPE_NOW;

static void check_seen(struct loading *l, const struct yaml *y, const char *key, uint64_t uses,
                       uint64_t allowed)
{
    static const struct scope_names nothing = {NULL, NULL, NULL};
    struct scope_declared declared;

    scope_declare(&nothing, &declared);
    for (int i = 0; i < SCOPE_SLOTS; i++)
        if (uses & ~allowed & (uint64_t)1 << i)
            complain(l, y,
                     "`%s` of this trigger cannot use `%s`: there is no run yet; it can use %s",
                     key, declared.names[i].name,
                     allowed & 1u << SCOPE_INPUTS ? "`inputs`, `event`, `user`, `room` and `now`"
                                                  : "`event`, `user`, `room` and `now`");
}

static struct str nearest_input(const struct workflow *w, struct str name)
{
    struct suggest near;

    suggest_init(&near, name);
    for (size_t i = 0; i < w->inputs_n; i++) suggest_offer(&near, w->inputs[i].name);
    return suggest_best(&near);
}

static const struct input *find_input(const struct workflow *w, struct str name)
{
    for (size_t i = 0; i < w->inputs_n; i++)
        if (str_eq(w->inputs[i].name, name)) return &w->inputs[i];
    return NULL;
}

/* --- conditions and values --- */

static void load_condition(struct building *b, struct trigger *t, const struct yaml *y)
{
    uint64_t uses = 0, allowed = seen | (t->kind == TRIGGER_CHAT ? 1u << SCOPE_INPUTS : 0);
    struct template_context c = load_context(b, NULL, &uses);

    if (!y || y->kind != YAML_SCALAR || yaml_scalar(y).kind == V_NULL) return;
    t->when = template_condition(&c, y);
    check_seen(b->l, y, "if", uses, allowed);
}

static void check_given(struct building *b, const struct yaml *key, const struct yaml *y,
                        const struct template *given)
{
    const struct input *in = find_input(b->w, key->text);
    AUTO(buf) struct buf why = BUF(WHY_MAX);
    struct value ignored;

    if (!in) {
        complain(b->l, key, "this workflow has no input `" STR_FMT "`%s", STR_ARG(key->text),
                 did_you_mean(b->l, nearest_input(b->w, key->text)));
        return;
    }
    if (!given || given->kind != TEMPLATE_VALUE || given->value.kind == V_NULL) return;
    if (!input_take(in, given->value, false, b->l->arena, &ignored, &why))
        complain(b->l, y, STR_FMT, STR_ARG(buf_str(&why)));
}

static void load_with(struct building *b, struct trigger *t, const struct yaml *y)
{
    uint64_t uses = 0;
    struct template_context c = load_context(b, NULL, &uses);
    struct template *with;

    if (!y->n) return;
    with = arena_get(b->l->arena, sizeof *with);
    *with = (struct template){.kind = TEMPLATE_MAP, .line = y->line, .col = y->col};
    with->keys = arena_get(b->l->arena, y->n * sizeof *with->keys);
    with->items = arena_get(b->l->arena, y->n * sizeof *with->items);
    for (size_t i = 0; i < y->n; i++) {
        const struct template *one = template_compile(&c, &y->items[i]);

        check_given(b, &y->keys[i], &y->items[i], one);
        if (!one) continue;
        with->keys[with->n] = y->keys[i].text;
        with->items[with->n++] = *one;
    }
    check_seen(b->l, y, "with", uses, seen);
    t->with = with;
}

/* Nobody is there to be asked: a needed input must come from `with`. */
static void check_complete(struct building *b, const struct yaml *y)
{
    const struct yaml *with = load_map(y, "with");

    for (size_t i = 0; i < b->w->inputs_n; i++) {
        const struct input *in = &b->w->inputs[i];

        if (in->required && !yaml_get(with, load_cstr(b->l, in->name)))
            complain(b->l, y,
                     "this trigger gives no `" STR_FMT
                     "`, which has no default: add `with: {" STR_FMT ": …}`",
                     STR_ARG(in->name), STR_ARG(in->name));
    }
}

/* --- kinds --- */

static void load_one_pattern(struct building *b, struct trigger *t, const struct yaml *y)
{
    struct loading *l = b->l;
    struct pattern *p;
    const struct str *args;
    struct err e;
    size_t n;

    if (y->kind != YAML_SCALAR) return;
    if (pattern_parse(l->arena, y->text, &p, &e) != OK) {
        complain_in(l, y, &e);
        return;
    }
    *(struct pattern **)arena_push(l->arena, &t->patterns, &t->patterns_n, sizeof(void *)) = p;
    n = pattern_args(p, &args);
    for (size_t i = 0; i < n; i++) {
        struct str brace = str_of(arena_fmt(l->report->arena, "{" STR_FMT, STR_ARG(args[i])));
        size_t at = 0;

        if (find_input(b->w, args[i])) continue;
        str_find(y->text, brace, &at);
        e = (struct err){.line = 1, .col = (int)at + 1};
        (void)!fail_at(&e, E_CONFIG, 1, (int)at + 1, "this workflow has no input `" STR_FMT "`%s",
                       STR_ARG(args[i]), did_you_mean(l, nearest_input(b->w, args[i])));
        complain_in(l, y, &e);
    }
}

static void load_chat(struct building *b, struct trigger *t, const struct yaml *y)
{
    const struct yaml *chat = yaml_get(y, "chat");

    t->kind = TRIGGER_CHAT;
    if (chat->kind == YAML_LIST && chat->n == 0)
        complain(b->l, chat, "`chat` must hold at least one pattern");
    if (chat->kind == YAML_SCALAR && yaml_scalar(chat).kind == V_STRING)
        load_one_pattern(b, t, chat);
    for (size_t i = 0; chat->kind == YAML_LIST && i < chat->n; i++)
        load_one_pattern(b, t, &chat->items[i]);
    load_rooms(b->l, yaml_get(y, "rooms"), &t->rooms, &t->rooms_n);
    t->example = load_text(b->l, y, "example");
}

static bool type_valid(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c == 0x7F || (c == '*' && i + 1 < s.n)) return false;
    }
    return s.n > 0 && s.n <= TYPE_MAX;
}

static void check_connection(struct loading *l, const struct yaml *y)
{
    struct suggest near;

    if (!y || y->kind != YAML_SCALAR || !l->config || config_connection(l->config, y->text)) return;
    suggest_init(&near, y->text);
    for (size_t i = 0; i < l->config->connections_n; i++)
        suggest_offer(&near, l->config->connections[i].name);
    complain(l, y, "no connection `" STR_FMT "` under `connections:` in botops.yaml%s",
             STR_ARG(y->text), did_you_mean(l, suggest_best(&near)));
}

static void load_event(struct building *b, struct trigger *t, const struct yaml *y)
{
    const struct yaml *event = yaml_get(y, "event");

    t->kind = TRIGGER_EVENT;
    t->type = load_text(b->l, y, "event");
    t->connection = load_text(b->l, y, "connection");
    if (event->kind == YAML_SCALAR && yaml_scalar(event).kind == V_STRING && !type_valid(t->type))
        complain(b->l, event,
                 "an event's type is one word such as github.push, and `*` stands only at its end");
    check_connection(b->l, yaml_get(y, "connection"));
    check_complete(b, y);
}

static const struct zone *load_zone(struct loading *l, struct trigger *t, const struct yaml *y)
{
    const struct zone *zone;

    t->timezone = load_text(l, y, "timezone");
    if (!t->timezone.n) t->timezone = STR("UTC");
    zone = zone_find(t->timezone);
    if (!zone)
        complain(l, yaml_get(y, "timezone"),
                 "no time zone `" STR_FMT "`: write one of the tz database such as Europe/Berlin, "
                 "or an offset such as +02:00",
                 STR_ARG(t->timezone));
    return zone;
}

static void load_schedule(struct building *b, struct trigger *t, const struct yaml *y)
{
    struct loading *l = b->l;
    const struct yaml *every = yaml_get(y, "every"),
                      *text = every ? every : yaml_get(y, "schedule");
    const struct zone *zone = load_zone(l, t, y);
    struct err e;
    err_t bad;

    t->kind = TRIGGER_SCHEDULE;
    t->missed = (enum missed)load_choice(y, "missed", missed_names, MISSED_LAST);
    t->jitter_us = load_duration(y, "jitter", 0);
    check_complete(b, y);
    if (text->kind != YAML_SCALAR || yaml_scalar(text).kind != V_STRING) return;
    t->schedule_text =
        every ? str_of(arena_fmt(l->arena, "every " STR_FMT, STR_ARG(text->text))) : text->text;
    if (every)
        bad = schedule_every(l->arena, text->text, zone, &t->schedule, &e);
    else
        bad = schedule_parse(l->arena, text->text, zone, &t->schedule, &e);
    if (bad != OK) complain_in(l, text, &e);
}

static const struct {
    const char *key;
    void (*load)(struct building *b, struct trigger *t, const struct yaml *y);
} kinds[] = {{"chat", load_chat},
             {"event", load_event},
             {"schedule", load_schedule},
             {"every", load_schedule}};

static void load_trigger(struct building *b, struct trigger *t, const struct yaml *y)
{
    size_t k = 0;

    while (k < COUNT_OF(kinds) && !yaml_get(y, kinds[k].key)) k++;
    t->workflow = b->w;
    t->line = y->line;
    t->enabled = load_bool(y, "enabled", true);
    if (k == COUNT_OF(kinds)) return;
    kinds[k].load(b, t, y);
    load_condition(b, t, yaml_get(y, "if"));
    load_with(b, t, load_map(y, "with"));
}

void load_triggers(struct building *b, const struct yaml *y)
{
    const struct yaml *list = load_list(y, "on");
    struct workflow *w = b->w;

    if (list->n > TRIGGERS_MAX)
        complain(b->l, &list->items[TRIGGERS_MAX], "a workflow has at most %d triggers",
                 TRIGGERS_MAX);
    w->triggers = arena_get(b->l->arena, list->n * sizeof *w->triggers);
    for (size_t i = 0; i < list->n && i < TRIGGERS_MAX; i++) {
        w->triggers[i].number = (int)i;
        w->triggers_n++;
        if (list->items[i].kind == YAML_MAP) load_trigger(b, &w->triggers[i], &list->items[i]);
    }
}
