/* workflows.c - what there is to start, and starting it. */
#include "base/suggest.h"
#include "data/json.h"
#include "serve/inside.h"
#include "workflow/access.h"
#include "workflow/inputs.h"
#include "workflow/pattern.h"

static const char *const trigger_names[TRIGGER_KINDS] = {
    [TRIGGER_CHAT] = "chat", [TRIGGER_EVENT] = "event", [TRIGGER_SCHEDULE] = "schedule"};

static void put_texts(struct buf *b, const char *key, const struct str *list, size_t n)
{
    put_key(b, key);
    buf_addc(b, '[');
    for (size_t i = 0; i < n; i++) {
        put_comma(b);
        json_write_str(b, list[i]);
    }
    buf_addc(b, ']');
}

static void trigger_json(struct buf *b, const struct trigger *t)
{
    put_comma(b);
    buf_addc(b, '{');
    put_text(b, "kind", str_of(trigger_names[t->kind]));
    put_bool(b, "enabled", t->enabled);
    if (t->kind == TRIGGER_CHAT) {
        put_key(b, "patterns");
        buf_addc(b, '[');
        for (size_t i = 0; i < t->patterns_n; i++) {
            put_comma(b);
            json_write_str(b, pattern_text(t->patterns[i]));
        }
        buf_addc(b, ']');
        put_texts(b, "rooms", t->rooms, t->rooms_n);
        put_text(b, "example", t->example);
    } else if (t->kind == TRIGGER_EVENT) {
        put_text(b, "type", t->type);
        put_text(b, "connection", t->connection);
    } else {
        put_text(b, "schedule", t->schedule_text);
        put_text(b, "timezone", t->timezone);
    }
    buf_addc(b, '}');
}

static void input_json(struct buf *b, const struct input *in)
{
    put_comma(b);
    buf_addc(b, '{');
    put_text(b, "name", in->name);
    put_text(b, "type", str_of(input_type_name(in->type)));
    put_text(b, "description", in->description);
    put_bool(b, "required", in->required);
    if (in->has_fallback) {
        put_key(b, "default");
        json_write(b, in->fallback);
    }
    if (in->choices_n) {
        put_key(b, "enum");
        json_write(b, v_list(in->choices, in->choices_n));
    }
    if (in->pattern_text.n) put_text(b, "pattern", in->pattern_text);
    buf_addc(b, '}');
}

static void workflow_json(struct buf *b, const struct workflow *w)
{
    put_comma(b);
    buf_addc(b, '{');
    put_text(b, "name", w->name);
    put_text(b, "description", w->description);
    put_text(b, "version", w->hash);
    put_text(b, "file", w->file);
    put_key(b, "triggers");
    buf_addc(b, '[');
    for (size_t i = 0; i < w->triggers_n; i++) trigger_json(b, &w->triggers[i]);
    buf_addc(b, ']');
    put_key(b, "inputs");
    buf_addc(b, '[');
    for (size_t i = 0; i < w->inputs_n; i++) input_json(b, &w->inputs[i]);
    buf_addc(b, ']');
    put_texts(b, "allow", w->allow, w->allow_n);
    buf_addc(b, '}');
}

void workflows_get(struct ask *a)
{
    const struct config *c = engine_config(a->serve->c.engine);
    AUTO(buf) struct buf b = BUF(ANSWER_MAX);

    buf_add(&b, STR("{\"items\":["));
    for (size_t i = 0; i < c->workflows_n; i++) workflow_json(&b, c->workflows[i]);
    buf_add(&b, STR("]}"));
    answer_json(a, 200, &b);
}

/* --- POST /api/v1/workflows/NAME/runs --- */

static bool may_start(struct ask *a, const struct workflow *w, struct str room)
{
    const struct who who = {.user = a->user, .owner = a->owner};
    const struct config *c = engine_config(a->serve->c.engine);
    struct str reason;
    struct err e;

    if (access_allows(c, &who, DEED_START, w, room, a->http->arena, &reason)) return true;
    (void)fail(&e, E_DENIED, STR_FMT, STR_ARG(reason));
    problem_err(a->http, &e);
    return false;
}

const struct workflow *ask_workflow(struct ask *a, struct str name)
{
    const struct config *c = engine_config(a->serve->c.engine);
    const struct workflow *w = config_workflow(c, name);
    struct suggest near;
    struct str best;
    struct err e;

    if (w) return w;
    suggest_init(&near, name);
    for (size_t i = 0; i < c->workflows_n; i++) suggest_offer(&near, c->workflows[i]->name);
    best = suggest_best(&near);
    (void)fail(&e, E_NOT_FOUND, "there is no workflow `%.*s`%s" STR_FMT "%s",
               name.n > 63 ? 63 : (int)name.n, name.p, best.n ? "; did you mean `" : "",
               STR_ARG(best), best.n ? "`?" : "");
    problem_err(a->http, &e);
    return NULL;
}

void workflow_run(struct ask *a)
{
    const struct workflow *w = ask_workflow(a, a->part[0]);
    struct accepting *x = accepting_new(a);
    struct event *event = &x->intake.event;
    struct arena *arena = a->http->arena;
    struct value body, given = NO_VALUE;
    struct map data = {.arena = arena};
    struct str key;
    struct err e;

    if (!w || !ask_body(a, &body)) return;
    value_get(body, STR("inputs"), &given);
    event->room = value_get_str(body, "room");
    if (event->room.n && !ask_room(a, event->room, false, &event->room)) return;
    if (!may_start(a, w, event->room) || !ask_key(a, &key)) return;
    if (key.n)
        event->delivery =
            str_of(arena_fmt(arena, "run " STR_FMT " " STR_FMT, STR_ARG(w->name), STR_ARG(key)));
    if (inputs_check(w, given, arena, &x->intake.inputs, &e) != OK) {
        problem_err(a->http, &e);
        return;
    }
    map_put(&data, STR("workflow"),
            v_str(str_n(arena_dup(arena, w->name.p, w->name.n), w->name.n)));
    map_put(&data, STR("inputs"), given);
    event->type = STR("botops.request");
    event->source = STR("/api/v1/workflows");
    event->subject = value_str(data.pairs[0].value);
    event->user = a->user;
    event->data = map_value(&data);
    x->intake.workflow = w;
    x->intake.trigger = a->http->local ? STR("cli") : STR("api");
    accepting_start(x, NULL, NULL);
}
