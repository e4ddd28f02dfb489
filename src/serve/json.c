/* json.c - rows of the store as the API shows them. */
#include "data/json.h"

#include "serve/inside.h"
#include "workflow/vote.h"

void put_comma(struct buf *b)
{
    char last = '{';

    if (b->n) last = b->p[b->n - 1];
    if (last != '{' && last != '[' && last != '\n') buf_addc(b, ',');
}

void put_key(struct buf *b, const char *key)
{
    put_comma(b);
    buf_addc(b, '"');
    buf_add(b, str_of(key));
    buf_add(b, STR("\":"));
}

void put_text(struct buf *b, const char *key, struct str s)
{
    put_key(b, key);
    json_write_str(b, s);
}

void put_id(struct buf *b, const char *key, const struct id *id)
{
    put_key(b, key);
    if (id->s[0])
        json_write_str(b, id_str(id));
    else
        buf_add(b, STR("null"));
}

void put_time(struct buf *b, const char *key, int64_t wall_us)
{
    char text[TIME_TEXT];

    if (wall_us)
        put_text(b, key, str_of(clock_text(wall_us, text)));
    else
        put_json(b, key, STR(""));
}

void put_int(struct buf *b, const char *key, int64_t n)
{
    put_key(b, key);
    json_write(b, v_int(n));
}

void put_bool(struct buf *b, const char *key, bool v)
{
    put_key(b, key);
    buf_add(b, v ? STR("true") : STR("false"));
}

void put_json(struct buf *b, const char *key, struct str json)
{
    put_key(b, key);
    buf_add(b, json.n ? json : STR("null"));
}

void event_json(struct buf *b, const struct event_row *r, bool whole)
{
    put_comma(b);
    buf_addc(b, '{');
    put_id(b, "id", &r->id);
    put_time(b, "at", r->at);
    put_time(b, "time", r->time);
    put_text(b, "type", r->type);
    put_text(b, "source", r->source);
    put_text(b, "subject", r->subject);
    put_text(b, "connection", r->connection);
    put_text(b, "delivery", r->delivery);
    put_text(b, "user", r->user);
    put_text(b, "room", r->room);
    put_int(b, "depth", r->depth);
    if (whole) {
        put_json(b, "data", r->data);
        put_json(b, "decision", r->decision);
    }
    buf_addc(b, '}');
}

void run_json(struct buf *b, const struct run_row *r, bool whole)
{
    put_comma(b);
    buf_addc(b, '{');
    put_id(b, "id", &r->id);
    put_text(b, "workflow", r->workflow);
    put_text(b, "version", r->version);
    put_text(b, "status", r->status);
    put_text(b, "phase", r->phase);
    put_text(b, "trigger", r->trigger);
    put_text(b, "user", r->user);
    put_text(b, "room", r->room);
    put_text(b, "lock", r->lock);
    if (whole) {
        put_json(b, "inputs", r->inputs.n ? r->inputs : STR("{}"));
        put_json(b, "vars", r->vars.n ? r->vars : STR("{}"));
        put_json(b, "outputs", r->outputs.n ? r->outputs : STR("{}"));
    }
    put_text(b, "message", r->message);
    put_text(b, "failed_step", r->failed_step);
    put_time(b, "created", r->created_at);
    put_time(b, "started", r->started_at);
    put_time(b, "ended", r->ended_at);
    put_time(b, "wake", r->wake_at);
    put_id(b, "event", &r->event);
    if (!whole) buf_addc(b, '}');
}

void step_awaited(const struct step_row *r, int64_t now, struct buf *out)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value outputs = NO_VALUE;
    struct err e;

    if (!str_is(r->status, "waiting")) return;
    if (r->outputs.n && json_read(a, r->outputs, JSON_LIMITS, &outputs, &e) != OK) return;
    vote_awaited(r->kind, outputs, r->due_at, now, out);
}

void step_json(struct buf *b, const struct step_row *r)
{
    AUTO(buf) struct buf awaited = BUF(AWAITED_MAX);

    put_comma(b);
    buf_addc(b, '{');
    put_text(b, "path", r->path);
    put_int(b, "attempt", r->attempt);
    put_text(b, "kind", r->kind);
    put_text(b, "status", r->status);
    put_json(b, "outputs", r->outputs.n ? r->outputs : STR("{}"));
    put_text(b, "error", r->error);
    step_awaited(r, 0, &awaited);
    put_text(b, "waits_for", buf_str(&awaited));
    if (r->exit_code < 0)
        put_json(b, "exit_code", STR(""));
    else
        put_int(b, "exit_code", r->exit_code);
    put_time(b, "started", r->started_at);
    put_time(b, "ended", r->ended_at);
    put_time(b, "due", r->due_at);
    buf_addc(b, '}');
}

void say_json(struct buf *b, const struct say_row *r)
{
    put_comma(b);
    buf_addc(b, '{');
    put_id(b, "id", &r->id);
    put_id(b, "run", &r->run);
    put_text(b, "room", r->room);
    put_text(b, "kind", r->kind);
    put_text(b, "text", r->text);
    put_time(b, "at", r->created_at);
    put_time(b, "sent", r->sent_at);
    buf_addc(b, '}');
}

static bool each_step_json(void *arg, const struct step_row *r)
{
    struct buf *b = arg;

    step_json(b, r);
    return !b->full;
}

static bool each_say_json(void *arg, const struct say_row *r)
{
    struct buf *b = arg;

    say_json(b, r);
    return !b->full;
}

bool run_whole_json(struct buf *b, struct reader *r, struct id id, struct arena *a,
                    struct run_row *ret)
{
    if (!reader_run(r, id, a, ret)) return false;
    run_json(b, ret, true);
    put_turn(b, r, ret);
    put_key(b, "steps");
    buf_addc(b, '[');
    reader_steps(r, id, each_step_json, b);
    buf_addc(b, ']');
    put_key(b, "said");
    buf_addc(b, '[');
    reader_run_says(r, id, each_say_json, b);
    buf_add(b, STR("]}"));
    return true;
}
