/* events.c - CloudEvents in, and the events that came. */
#include "connect/hook.h"
#include "data/json.h"
#include "serve/inside.h"

/* --- POST /api/v1/events: CloudEvents 1.0, JSON format --- */

static err_t want_text(struct value body, const char *key, size_t max, struct str *ret,
                       struct err *e)
{
    *ret = value_get_str(body, key);
    if (ret->n == 0)
        return fail(e, E_INPUT, "a CloudEvent has `%s`, a text that is not empty", key);
    if (ret->n > max) return fail(e, E_LIMIT, "`%s` is longer than %zu bytes", key, max);
    return OK;
}

static err_t read_time(struct value body, struct event *ret, struct err *e)
{
    struct str text = value_get_str(body, "time");
    int64_t seconds;
    int32_t nanos;

    if (text.n == 0) return OK;
    if (!clock_parse(text, &seconds, &nanos) || seconds < 0)
        return fail(e, E_INPUT, "`time` must be as RFC 3339 has it, such as 2026-01-02T03:04:05Z");
    ret->time = seconds * SECOND_US + nanos / 1000;
    return OK;
}

static err_t read_data(struct value body, struct arena *a, struct event *ret, struct err *e)
{
    struct str coded = value_get_str(body, "data_base64");
    uint8_t *bytes;
    size_t n;

    if (value_get(body, STR("data"), &ret->data) || coded.n == 0) return OK;
    bytes = arena_raw(a, coded.n);
    if (!base64_decode(coded, bytes, coded.n, &n))
        return fail(e, E_INPUT, "`data_base64` is not base64");
    ret->data = v_bytes(str_n((char *)bytes, n));
    return OK;
}

static err_t read_event(struct value body, struct arena *a, struct event *ret, struct err *e)
{
    struct str version = value_get_str(body, "specversion"), id;

    if (version.n && !str_is(version, "1.0"))
        return fail(e, E_INPUT, "`specversion` " STR_FMT " is not known here; send 1.0",
                    STR_ARG(version));
    TRY(want_text(body, "id", WORD_MAX, &id, e));
    TRY(want_text(body, "source", HOOK_SUBJECT_MAX, &ret->source, e));
    TRY(want_text(body, "type", HOOK_TYPE_MAX, &ret->type, e));
    if (!hook_type_valid(ret->type))
        return fail(e, E_INPUT,
                    "`type` must be a text without spaces that does not begin with "
                    "`botops.`");
    ret->subject = value_get_str(body, "subject");
    if (ret->subject.n > HOOK_SUBJECT_MAX)
        return fail(e, E_LIMIT, "`subject` is longer than %d bytes", HOOK_SUBJECT_MAX);
    /* The source's length keeps "a b" + "c" and "a" + "b c" apart. */
    ret->delivery = str_of(arena_fmt(a, "event %zu " STR_FMT " " STR_FMT, ret->source.n,
                                     STR_ARG(ret->source), STR_ARG(id)));
    TRY(read_time(body, ret, e));
    return read_data(body, a, ret, e);
}

void event_post(struct ask *a)
{
    struct accepting *x = accepting_new(a);
    struct value body;
    struct err e;

    if (!ask_body(a, &body)) return;
    x->intake.event.user = a->user;
    if (read_event(body, a->http->arena, &x->intake.event, &e) != OK)
        problem_err(a->http, &e);
    else
        accepting_start(x, NULL, NULL);
}

/* --- lists --- */

struct listing {
    struct reading reading; /* first */
    struct event_filter filter;
    int limit, n;
    struct id last;
    bool more;
};

static bool add_event(void *arg, const struct event_row *r)
{
    struct listing *l = arg;

    if (l->n == l->limit) {
        l->more = true;
        return false;
    }
    event_json(&l->reading.out, r, false);
    l->last = r->id;
    l->n++;
    return true;
}

static void list_work(struct reader *r, struct reading *q)
{
    struct listing *l = (struct listing *)q;

    buf_add(&q->out, STR("{\"items\":["));
    reader_events(r, &l->filter, add_event, l);
    buf_addc(&q->out, ']');
    if (l->more) put_id(&q->out, "next", &l->last);
    buf_addc(&q->out, '}');
}

void events_get(struct ask *a)
{
    struct listing *l = reading_new(a, sizeof *l);

    l->reading.work = list_work;
    l->filter.type = http_query(a->http, "type");
    l->filter.connection = http_query(a->http, "connection");
    if (!ask_limit(a, &l->limit) || !ask_id(a, "before", &l->filter.before)) return;
    l->filter.limit = l->limit + 1; /* to know whether there is more */
    reading_start(&l->reading);
}

/* --- one --- */

struct showing {
    struct reading reading; /* first */
    struct id id;
};

static void show_work(struct reader *r, struct reading *q)
{
    struct showing *s = (struct showing *)q;
    struct event_row row;

    if (reader_event(r, s->id, q->ask->http->arena, &row))
        event_json(&q->out, &row, true);
    else
        (void)fail(&q->e, E_NOT_FOUND, "there is no event %s", s->id.s);
}

void event_get(struct ask *a)
{
    struct showing *s = reading_new(a, sizeof *s);

    s->reading.work = show_work;
    if (ask_path_id(a, "event", &s->id)) reading_start(&s->reading);
}
