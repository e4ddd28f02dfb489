/* status.c - how the server is, and what its owner may do with it. */
#include <unistd.h>

#include "data/json.h"
#include "io/file.h"
#include "serve/inside.h"

static void put_configuration(struct buf *b, const struct serve *s)
{
    const struct config *c = engine_config(s->c.engine);

    put_key(b, "configuration");
    buf_addc(b, '{');
    put_text(b, "hash", c->hash);
    put_int(b, "workflows", (int64_t)c->workflows_n);
    put_int(b, "connections", (int64_t)c->connections_n);
    put_json(b, "failed", s->failed);
    buf_addc(b, '}');
}

static void put_counts(struct buf *b, const struct serve *s, const struct store_counts *n)
{
    const struct engine_counts *c = engine_counts(s->c.engine);

    put_key(b, "counts");
    buf_addc(b, '{');
    put_int(b, "events", n->events);
    put_int(b, "runs", n->runs);
    put_int(b, "open_runs", n->open_runs);
    put_int(b, "unsent", n->unsent);
    put_int(b, "accepted", c->events);
    put_int(b, "duplicates", c->duplicates);
    put_int(b, "refused", c->refused);
    put_int(b, "processes", c->processes);
    put_int(b, "queued_processes", c->queued_processes);
    buf_addc(b, '}');
}

struct asking {
    struct reading reading; /* first */
    struct store_counts counts;
};

static void status_work(struct reader *r, struct reading *q)
{
    struct asking *x = (struct asking *)q;

    reader_counts(r, &x->counts);
}

static void status_done(struct reading *q)
{
    struct asking *x = (struct asking *)q;
    struct serve *s = q->ask->serve;
    const struct world *w = s->c.world;
    AUTO(buf) struct buf b = BUF(ANSWER_MAX);

    buf_addc(&b, '{');
    put_text(&b, "version", STR(BOTOPS_VERSION));
    put_int(&b, "schema", store_schema_version());
    put_int(&b, "pid", getpid());
    put_time(&b, "started", s->started_at);
    put_int(&b, "uptime_s", (w->wall(w->ctx) - s->started_at) / SECOND_US);
    put_bool(&b, "ready", engine_ready(s->c.engine));
    put_configuration(&b, s);
    put_counts(&b, s, &x->counts);
    put_key(&b, "disk");
    buf_addc(&b, '{');
    put_int(&b, "database", x->counts.bytes);
    put_int(&b, "free", disk_free(s->data));
    buf_add(&b, STR("}}"));
    answer_json(q->ask, 200, &b);
}

void status_get(struct ask *a)
{
    struct asking *x = reading_new(a, sizeof *x);

    x->reading.work = status_work;
    x->reading.done = status_done;
    reading_start(&x->reading);
}

/* --- configuration --- */

static void put_complaints(struct buf *b, const struct report *r)
{
    put_key(b, "errors");
    buf_addc(b, '[');
    for (size_t i = 0; i < r->n && i < REPORT_MAX; i++) {
        put_comma(b);
        buf_addc(b, '{');
        put_text(b, "file", str_of(r->list[i].file ? r->list[i].file : ""));
        put_int(b, "line", r->list[i].line);
        put_int(b, "column", r->list[i].col);
        put_text(b, "text", str_of(r->list[i].text));
        buf_addc(b, '}');
    }
    buf_addc(b, ']');
}

void serve_reloaded(struct serve *s, const struct report *failed)
{
    const struct world *w = s->c.world;
    AUTO(buf) struct buf b = BUF(ANSWER_MAX);

    arena_free(s->failed_arena);
    s->failed_arena = NULL;
    s->failed = STR("");
    if (!failed) return;
    buf_addc(&b, '{');
    put_time(&b, "at", w->wall(w->ctx));
    put_complaints(&b, failed);
    buf_addc(&b, '}');
    s->failed_arena = arena_new();
    s->failed = str_n(arena_dup(s->failed_arena, b.p, b.n), b.n);
}

void reload_post(struct ask *a)
{
    struct serve *s = a->serve;
    struct report report = {.arena = a->http->arena};
    AUTO(buf) struct buf b = BUF(ANSWER_MAX);

    if (!s->c.reload) {
        problem_send(a->http, 409, err_name(E_CONFLICT),
                     "this server cannot load its configuration again; restart it", NULL);
        return;
    }
    if (s->c.reload(s->c.reload_ctx, &report)) {
        buf_addc(&b, '{');
        put_configuration(&b, s);
        buf_addc(&b, '}');
        answer_json(a, 200, &b);
        return;
    }
    problem_body(&b, 422, err_name(E_CONFIG),
                 "the configuration has errors; the one in use stays in use");
    b.n--; /* its last } */
    put_complaints(&b, &report);
    buf_addc(&b, '}');
    http_reply(a->http, 422, "application/problem+json", buf_str(&b), NULL);
}

/* --- backup --- */

struct saving {
    struct reading reading; /* first */
    const char *path;
};

static void backup_work(struct reader *r, struct reading *q)
{
    struct saving *x = (struct saving *)q;

    if (reader_backup(r, x->path, &q->e) != OK) return;
    buf_addc(&q->out, '{');
    put_text(&q->out, "path", str_of(x->path));
    buf_addc(&q->out, '}');
}

void backup_post(struct ask *a)
{
    struct saving *x = reading_new(a, sizeof *x);
    struct value body;
    struct str path;

    if (!ask_body(a, &body)) return;
    path = value_get_str(body, "path");
    if (path.n == 0 || path.p[0] != '/' || memchr(path.p, '\0', path.n)) {
        problem_send(a->http, 400, err_name(E_INPUT),
                     "`path` must be the absolute path of a new file on the server", NULL);
        return;
    }
    x->path = arena_dup(a->http->arena, path.p, path.n);
    x->reading.work = backup_work;
    reading_start(&x->reading);
}

/* --- health --- */

void health_get(struct ask *a)
{
    answer_text(a, 200, STR("ok\n"));
}

void ready_get(struct ask *a)
{
    if (!a->serve->quiet && engine_ready(a->serve->c.engine))
        answer_text(a, 200, STR("ok\n"));
    else
        problem_later(a->http, "the server is starting or shutting down; try again in a moment");
}
