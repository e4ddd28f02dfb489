#include "connect/hook.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "connect/kind.h"
#include "connect/kinds.h"
#include "data/json.h"
#include "io/crypto.h"
#include "workflow/schema.h"

struct hook {
    const struct connection *connection;
    const struct kind *kind;
    void *opened;
};

struct hooks {
    struct arena *arena;
    struct hook *list; /* by name */
    size_t n;
    struct hmac *decoy; /* what a connection that does not exist is verified with */
};

err_t opening_value(const struct opening *o, const char *name, struct value *ret, struct err *e)
{
    struct template *t = connection_setting(o->connection, name);

    *ret = NO_VALUE;
    if (!t) return OK;
    if (template_eval(t, NULL, o->secret, o->secret_ctx, o->arena, ret, e) != OK)
        return wrap(e, "`%s`", name);
    return OK;
}

err_t opening_text(const struct opening *o, const char *name, struct str *ret, struct err *e)
{
    struct value v;

    TRY(opening_value(o, name, &v, e));
    *ret = value_str(v);
    return OK;
}

bool hook_type_valid(struct str type)
{
    if (type.n == 0 || type.n > HOOK_TYPE_MAX || str_starts(type, STR("botops."))) return false;
    for (size_t i = 0; i < type.n; i++)
        if ((unsigned char)type.p[i] <= ' ' || type.p[i] == 0x7f) return false;
    return utf8_valid(type);
}

static int by_name(const void *a, const void *b)
{
    const struct hook *x = a, *y = b;

    return str_cmp(x->connection->name, y->connection->name);
}

static const struct kind *find_kind(const struct connection *c)
{
    for (size_t i = 0; connection_kinds[i]; i++)
        if (connection_kinds[i] == c->kind) return (const struct kind *)(const void *)c->kind;
    return NULL;
}

struct hooks *hooks_new(const struct config *c, template_secret *secret, void *secret_ctx,
                        struct report *report)
{
    struct hooks *h = mem_new(sizeof *h);
    uint8_t key[SHA256_LEN];
    size_t wrong = report->n;

    random_bytes(key, sizeof key);
    h->decoy = hmac_new(DIGEST_SHA256, str_n((char *)key, sizeof key));
    h->arena = arena_new();
    h->list = arena_get(h->arena, (c->connections_n + 1) * sizeof *h->list);
    for (size_t i = 0; i < c->connections_n; i++) {
        const struct connection *one = &c->connections[i];
        const struct opening o = {one, secret, secret_ctx, h->arena};
        struct hook *hook = &h->list[h->n];
        struct err e;

        hook->connection = one;
        hook->kind = find_kind(one);
        if (!hook->kind) continue;
        if (hook->kind->open(&o, &hook->opened, &e) != OK)
            report_add(report, "botops.yaml", one->line, 0, "connection `" STR_FMT "`: %s",
                       STR_ARG(one->name), e.text);
        else if (hook->opened)
            h->n++;
    }
    qsort(h->list, h->n, sizeof *h->list, by_name);
    if (report->n == wrong) return h;
    hooks_free(h);
    return NULL;
}

void hooks_free(struct hooks *h)
{
    if (!h) return;
    for (size_t i = 0; i < h->n; i++) h->list[i].kind->close(h->list[i].opened);
    hmac_free(h->decoy);
    arena_free(h->arena);
    free(h);
}

static const struct hook *find(const struct hooks *h, struct str name)
{
    const struct connection wanted = {.name = name};
    const struct hook key = {.connection = &wanted};

    return h->n ? bsearch(&key, h->list, h->n, sizeof *h->list, by_name) : NULL;
}

/* "application/json; charset=utf-8", "application/vnd.acme+json" */
static bool is_json(struct str type)
{
    struct str media = type;

    str_cut(&type, ';', &media);
    media = str_trim(media);
    if (str_eq_nocase(media, STR("application/json"))) return true;
    return str_starts(media, STR("application/")) && str_ends(media, STR("+json"));
}

static err_t read_body(const struct hook *hook, const struct hook_request *q, struct arena *a,
                       struct value *ret, struct err *e)
{
    struct str type = q->header(q->ctx, "content-type");

    *ret = NO_VALUE;
    if (q->body.n == 0) {
        if (!hook->kind->needs_body) return OK;
        return fail(e, E_INPUT, "the body is empty; send a JSON document");
    }
    if (!is_json(type))
        return fail(e, E_INPUT,
                    "a body of type `%.*s` is not taken here; set the webhook's content type to "
                    "application/json",
                    type.n > 100 ? 100 : (int)type.n, type.p);
    if (json_read(a, q->body, JSON_LIMITS, ret, e) == OK) return OK;
    if (e->line) return wrap(e, "the body, line %d, column %d", e->line, e->col);
    return wrap(e, "the body");
}

err_t hook_take(const struct hooks *h, struct str connection, const struct hook_request *q,
                struct arena *a, struct event *ret, struct err *e)
{
    const struct hook *hook = find(h, connection);
    struct event event = {.time = q->now};

    if (!hook) {
        uint8_t mac[DIGEST_MAX];

        hmac_make(h->decoy, q->body, mac);
        return fail(e, E_NOT_FOUND, "no connection `%.*s` takes webhooks",
                    connection.n > NAME_MAX_BYTES ? NAME_MAX_BYTES : (int)connection.n,
                    connection.p);
    }
    if (!hook->kind->verify(hook->opened, q))
        return fail(e, E_DENIED,
                    "the delivery is not signed as this connection asks; check that the "
                    "sender's secret is the one in botops.yaml");
    TRY(read_body(hook, q, a, &event.data, e));
    /* The configuration may be replaced while the event is on its way to disk. */
    event.connection = str_n(arena_dup(a, connection.p, connection.n), connection.n);
    TRY(hook->kind->name(hook->opened, q, a, &event, e));
    *ret = event;
    return OK;
}
