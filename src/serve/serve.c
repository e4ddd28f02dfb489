#include "serve/serve.h"

#include "connect/hook.h"
#include "serve/inside.h"

/* Only what takes a body may be sent one of any size. */
static size_t body_limit(void *ctx, struct str method, struct str path)
{
    enum { COMMAND_MAX = 64 << 10 };
    const struct serve *s = ctx;
    bool data = str_starts(path, STR("/hooks/")) || str_starts(path, STR("/api/v1/events")) ||
                str_starts(path, STR("/api/v1/workflows/"));

    if (!str_is(method, "POST")) return COMMAND_MAX;
    return data || s->max_body < COMMAND_MAX ? s->max_body : COMMAND_MAX;
}

bool serve_use(struct serve *s, const struct config *c, struct report *report)
{
    struct hooks *hooks = hooks_new(c, s->c.secret, s->c.secret_ctx, report);

    if (!hooks) return false;
    hooks_free(s->hooks);
    s->hooks = hooks;
    s->max_body = SERVE_BODY_MAX;
    if (c->server.max_body > 0 && c->server.max_body < SERVE_BODY_MAX)
        s->max_body = (size_t)c->server.max_body;
    return true;
}

static err_t first_use(struct serve *s, struct err *e)
{
    struct arena *a AUTO(arena) = arena_new();
    struct report report = {.arena = a};

    if (serve_use(s, engine_config(s->c.engine), &report)) return OK;
    return fail(e, E_CONFIG, "botops.yaml:%d: %s", report.list[0].line, report.list[0].text);
}

static err_t open_doors(struct serve *s, struct err *e)
{
    const struct http_config http = {
        .listen = s->c.listen,
        .unix_path = s->c.unix_path,
        .max_body = SERVE_BODY_MAX,
        .max_connections = SERVE_CONNECTIONS,
        .timeout_s = SERVE_TIMEOUT_S,
        .body_limit = body_limit,
        .handler = serve_handle,
        .ctx = s,
    };

    TRY(first_use(s, e));
    return http_server_new(s->c.loop, &http, &s->http, e);
}

err_t serve_new(const struct serve_config *c, struct serve **ret, struct err *e)
{
    struct serve *s = mem_new(sizeof *s);

    s->c = *c;
    s->data = mem_dup(c->data, strlen(c->data));
    s->started_at = c->world->wall(c->world->ctx);
    auth_init(s);
    if (open_doors(s, e) != OK) {
        serve_free(s);
        return e->code;
    }
    s->c.listen = s->c.unix_path = s->c.data = NULL; /* the caller's */
    *ret = s;
    return OK;
}

int serve_port(const struct serve *s)
{
    return http_server_port(s->http);
}

void serve_quiesce(struct serve *s)
{
    s->quiet = true;
    http_server_quiesce(s->http);
    followers_end(s);
}

void serve_free(struct serve *s)
{
    if (!s) return;
    readings_drop(s);
    followers_end(s);
    http_server_free(s->http);
    followers_drop(s);
    hooks_free(s->hooks);
    auth_done(s);
    arena_free(s->failed_arena);
    free(s->data);
    free(s);
}
