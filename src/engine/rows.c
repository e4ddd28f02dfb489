/* rows.c - runs to rows of the store, and back. */
#include "data/json.h"
#include "engine/inside.h"
#include "workflow/lock.h"

enum { ROW_TEXT = 16 << 20 }; /* bytes of one JSON column; what feeds it is limited far below */

struct str json_text(struct arena *a, struct value v)
{
    AUTO(buf) struct buf b = BUF(ROW_TEXT);

    json_write(&b, v);
    return str_n(arena_dup(a, b.p ? b.p : "", b.n), b.n);
}

static struct str json_or_none(struct arena *a, struct value v)
{
    return v.kind == V_MAP && v.n ? json_text(a, v) : STR("");
}

static enum turn turn_of(const struct run *r)
{
    if (!r->lock.n || run_ended(r->status)) return TURN_NONE;
    if (r->status != RUN_QUEUED) return TURN_HOLDS;
    return (enum turn)(TURN_HIGH + (int)r->workflow->priority);
}

void row_of_run(const struct run *r, struct arena *a, struct run_row *ret)
{
    *ret = (struct run_row){
        .id = r->id,
        .event = r->event_id,
        .workflow = r->workflow->name,
        .version = r->workflow->hash,
        .trigger = r->trigger,
        .user = r->user,
        .room = r->room,
        .inputs = json_or_none(a, r->inputs),
        .attempt = r->attempt,
        .created_at = r->created_at,
        .seq = r->seq,
        .status = str_of(run_machine.states[r->status]),
        .phase = str_of(phase_machine.states[r->phase]),
        .verdict = r->verdict < 0 ? STR("") : str_of(run_machine.states[r->verdict]),
        .vars = json_or_none(a, r->vars),
        .outputs = json_or_none(a, r->outputs),
        .failed_step = r->failed_step,
        .message = r->message,
        .started_at = r->started_at,
        .ended_at = r->ended_at,
        .wake_at = run_wake_at(r),
        .live = run_live(r),
        .lock = r->lock,
        .lock_limit = r->lock.n ? r->workflow->concurrency.limit : 0,
        .turn = turn_of(r),
    };
    if (r->lock.n) ret->conflict = str_of(on_conflict_names[r->workflow->concurrency.on_conflict]);
}

void row_of_step(const struct run *r, const struct step_change *c, const char *boot,
                 struct arena *a, struct step_row *ret)
{
    static const char *const kinds[STEP_KINDS] = {
        [STEP_RUN] = "run",   [STEP_APPROVAL] = "approval", [STEP_ASK] = "ask",
        [STEP_SAY] = "say",   [STEP_SET] = "set",           [STEP_FAIL] = "fail",
        [STEP_STOP] = "stop", [STEP_SLEEP] = "sleep",       [STEP_PARALLEL] = "parallel",
    };
    const struct step *s = &r->workflow->steps[c->step];

    *ret = (struct step_row){
        .run = r->id,
        .path = s->path,
        .attempt = c->state.attempt,
        .round = c->state.round,
        .kind = str_of(kinds[s->kind]),
        .status = str_of(step_machine.states[c->state.status]),
        .outputs = json_or_none(a, c->state.outputs),
        .error = c->state.error,
        .exit_code = c->state.exit_code,
        .started_at = c->state.started_at,
        .ended_at = c->state.ended_at,
        .due_at = c->state.due_at,
        .boot = c->state.status == STEP_RUNNING ? str_of(boot) : STR(""),
    };
}

void row_of_event(const struct event *ev, struct str raw, struct arena *a, struct event_row *ret)
{
    *ret = (struct event_row){
        .id = ev->id,
        .at = ev->at,
        .time = ev->time,
        .type = ev->type,
        .source = ev->source,
        .subject = ev->subject,
        .connection = ev->connection,
        .delivery = ev->delivery,
        .user = ev->user,
        .room = ev->room,
        .depth = ev->depth,
        .data = raw.n ? raw : json_text(a, ev->data),
    };
}

static struct value read_json(struct arena *a, struct str text)
{
    struct json_limits limits = {.depth = 128, .nodes = 10000000};
    struct value v;
    struct err e;

    if (!text.n || json_read(a, text, limits, &v, &e) != OK) return v_map(NULL, 0);
    return v;
}

bool event_of_row(const struct event_row *r, struct arena *a, struct event *ret)
{
    *ret = (struct event){
        .id = r->id,
        .type = arena_str(a, r->type),
        .source = arena_str(a, r->source),
        .subject = arena_str(a, r->subject),
        .connection = arena_str(a, r->connection),
        .delivery = arena_str(a, r->delivery),
        .user = arena_str(a, r->user),
        .room = arena_str(a, r->room),
        .at = r->at,
        .time = r->time,
        .depth = r->depth,
        .data = read_json(a, arena_str(a, r->data)),
    };
    if (str_is(ret->type, "chat.message")) ret->text = value_get_str(ret->data, "text");
    return true;
}

struct run *run_of_row(const struct workflow *w, const struct run_row *row,
                       const struct event_row *ev)
{
    struct run_begin b = {
        .id = row->id,
        .event_id = row->event,
        .trigger = row->trigger,
        .user = row->user,
        .room = row->room,
        .attempt = row->attempt,
        .inputs = v_map(NULL, 0),
        .now = row->created_at,
    };
    struct run *r = run_new(w, &b);
    struct arena *a = r->arena;
    struct event event;

    r->inputs = read_json(a, arena_str(a, row->inputs));
    r->vars = read_json(a, arena_str(a, row->vars));
    r->status = machine_find(&run_machine, row->status);
    r->phase = machine_find(&phase_machine, row->phase);
    r->verdict = row->verdict.n ? machine_find(&run_machine, row->verdict) : -1;
    if (row->outputs.n) r->outputs = read_json(a, arena_str(a, row->outputs));
    r->seq = row->seq;
    r->lock = arena_str(a, row->lock);
    r->failed_step = arena_str(a, row->failed_step);
    r->message = arena_str(a, row->message);
    r->started_at = row->started_at;
    r->ended_at = row->ended_at;
    if (ev && (w->uses & (1u << SCOPE_EVENT)) && event_of_row(ev, a, &event))
        r->event = event_value(&event, a);
    return r;
}

void step_of_row(struct run *run, const struct step_row *r)
{
    int i = workflow_step(run->workflow, r->path);
    struct step_state *s = i < 0 ? NULL : &run->steps[i];
    bool same_round = s && s->first && s->round == r->round;

    if (!s || r->attempt < s->attempt) return;
    *s = (struct step_state){
        .status = machine_find(&step_machine, r->status),
        .attempt = r->attempt,
        .round = r->round,
        .first = same_round ? s->first : r->attempt,
        .started_at = r->started_at,
        .ended_at = r->ended_at,
        .due_at = r->due_at,
        .error = arena_str(run->arena, r->error),
        .exit_code = r->exit_code,
    };
    if (r->outputs.n) s->outputs = read_json(run->arena, arena_str(run->arena, r->outputs));
}
