/* chat.c - the console's rooms: a line in, and what was said. */
#include "data/json.h"
#include "serve/inside.h"
#include "workflow/tokens.h"

static bool refuse(struct ask *a, const char *detail)
{
    problem_send(a->http, 400, err_name(E_INPUT), detail, NULL);
    return false;
}

static bool read_line(struct ask *a, struct value body, struct event *event)
{
    struct arena *arena = a->http->arena;
    struct str room = value_get_str(body, "room"), id = value_get_str(body, "id");
    struct map data = {.arena = arena};

    event->text = value_get_str(body, "text");
    if (str_trim(event->text).n == 0) return refuse(a, "`text` must be a line of text");
    if (event->text.n > LINE_MAX_BYTES)
        return refuse(a, "`text` is too long; a line has at most 4096 bytes");
    if (!ask_room(a, room, true, &event->room)) return false;
    if (id.n && !query_word_valid(id))
        return refuse(a, "`id` must be at most 256 printable characters without spaces");
    if (id.n)
        event->delivery = str_of(
            arena_fmt(arena, "chat " STR_FMT " " STR_FMT, STR_ARG(event->room), STR_ARG(id)));
    map_put(&data, STR("text"), v_str(event->text));
    event->data = map_value(&data);
    event->type = STR("chat.message");
    event->source = STR("console");
    event->user = a->user;
    return true;
}

void chat_post(struct ask *a)
{
    const struct serve_config *c = &a->serve->c;
    struct accepting *x = accepting_new(a);
    struct value body;

    if (!ask_body(a, &body) || !read_line(a, body, &x->intake.event)) return;
    accepting_start(x, c->chat_line, c->chat_ctx);
}

/* --- GET: a list --- */

struct listing {
    struct reading reading; /* first */
    struct str room;
    struct id after, last;
    int limit, n;
    bool more;
};

static bool add_say(void *arg, const struct say_row *r)
{
    struct listing *l = arg;

    if (l->n == l->limit) {
        l->more = true;
        return false;
    }
    say_json(&l->reading.out, r);
    l->last = r->id;
    l->n++;
    return true;
}

static void list_work(struct reader *r, struct reading *q)
{
    struct listing *l = (struct listing *)q;

    buf_add(&q->out, STR("{\"items\":["));
    reader_says(r, l->room, l->after, l->limit + 1, add_say, l);
    buf_addc(&q->out, ']');
    if (l->more) put_id(&q->out, "next", &l->last);
    buf_addc(&q->out, '}');
}

static void list(struct ask *a, struct str room)
{
    struct listing *l = reading_new(a, sizeof *l);

    l->reading.work = list_work;
    l->room = room;
    if (ask_limit(a, &l->limit) && ask_id(a, "after", &l->after)) reading_start(&l->reading);
}

/* --- GET: a stream --- */

struct listening {
    struct follower follower; /* first */
    struct str room;
    struct id after;
    int n;
};

static bool stream_say(void *arg, const struct say_row *r)
{
    struct listening *l = arg;
    AUTO(buf) struct buf json = BUF(STREAM_MAX);

    say_json(&json, r);
    sse_add(&l->follower.out, "say", r->id.s, buf_str(&json));
    l->after = r->id;
    l->n++;
    return !l->follower.out.full;
}

static void stream_work(struct reader *r, struct follower *f)
{
    struct listening *l = (struct listening *)f;

    l->n = 0;
    reader_says(r, l->room, l->after, LIST_LIMIT, stream_say, l);
}

static void stream_done(struct follower *f)
{
    struct listening *l = (struct listening *)f;

    follower_send(f, buf_str(&f->out));
    if (l->n == LIST_LIMIT) f->again = true;
}

static void stream_heard(struct follower *f, const struct changed *c)
{
    struct listening *l = (struct listening *)f;
    AUTO(buf) struct buf json = BUF(ANSWER_MAX), b = BUF(ANSWER_MAX);

    if (!str_eq(c->room, l->room)) return;
    if (c->what == CHANGE_SAY) follower_read(f);
    if (c->what != CHANGE_RUN) return;
    buf_addc(&json, '{');
    put_id(&json, "id", &c->id);
    put_text(&json, "workflow", c->workflow);
    put_text(&json, "status", str_of(c->status));
    buf_addc(&json, '}');
    sse_add(&b, "run", NULL, buf_str(&json));
    follower_send(f, buf_str(&b));
}

/* An id of this moment: what is said from now on has a later one. */
static struct id id_now(const struct world *w)
{
    struct id_maker maker = {0};
    const uint8_t zeros[ID_RANDOM] = {0};

    return id_next(&maker, w->wall(w->ctx), zeros);
}

static void stream(struct ask *a, struct str room)
{
    struct listening *l;
    struct id after;

    if (!ask_id(a, "after", &after)) return;
    if (!after.s[0]) id_parse(http_header(a->http, "last-event-id"), &after);
    if (!after.s[0]) after = id_now(a->serve->c.world);
    l = follower_new(a, sizeof *l);
    l->room = str_n(arena_dup(l->follower.arena, room.p, room.n), room.n);
    l->after = after;
    l->follower.work = stream_work;
    l->follower.done = stream_done;
    l->follower.heard = stream_heard;
    follower_read(&l->follower);
}

void chat_get(struct ask *a)
{
    struct str room = http_query(a->http, "room");

    if (!ask_room(a, room, false, &room)) return;
    if (ask_wants_stream(a))
        stream(a, room);
    else
        list(a, room);
}
