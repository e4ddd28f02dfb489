/* hooks.c - POST /hooks/CONNECTION: the hot path. Nothing is copied but the receipt. */
#include "base/log.h"
#include "connect/hook.h"
#include "serve/inside.h"

static struct str get_header(void *ctx, const char *name)
{
    return http_header(ctx, name);
}

static void each_header(void *ctx, hook_each *each, void *arg)
{
    http_headers(ctx, each, arg);
}

/* A wrong secret must be found by its owner, and a flood must not fill the log. */
static void tell_refused(struct serve *s, const struct ask *a, const struct err *e)
{
    int64_t now = s->c.world->mono(s->c.world->ctx);

    if (e->code == E_DENIED)
        s->denied++;
    else if (e->code == E_NOT_FOUND)
        s->unknown++;
    else
        s->malformed++;
    if (s->told_at && now - s->told_at < SECOND_US) {
        s->untold++;
        return;
    }
    log_warn("a webhook was refused", LOG_V("connection", a->part[0]), LOG_S("why", e->text),
             LOG_N("others", s->untold));
    s->told_at = now;
    s->untold = 0;
}

static void refuse(struct ask *a, const struct err *e)
{
    tell_refused(a->serve, a, e);
    if (e->code == E_DENIED)
        problem_send(a->http, 401, "unauthenticated", e->text, NULL);
    else
        problem_err(a->http, e);
}

void hook_post(struct ask *a)
{
    struct serve *s = a->serve;
    const struct world *w = s->c.world;
    const struct hook_request q = {
        .body = a->http->body,
        .header = get_header,
        .headers = each_header,
        .ctx = a->http,
        .now = w->wall(w->ctx),
    };
    struct accepting *x;
    struct err e;

    if (!engine_ready(s->c.engine)) {
        problem_later(a->http, "the server is not ready; try again in a moment");
        return;
    }
    x = accepting_new(a);
    x->intake.raw = q.body;
    if (hook_take(s->hooks, a->part[0], &q, a->http->arena, &x->intake.event, &e) != OK)
        refuse(a, &e);
    else
        accepting_start(x, NULL, NULL);
}
