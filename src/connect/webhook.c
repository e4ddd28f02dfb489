/* webhook.c - any system that posts JSON: how its deliveries are verified and named is said in
 * botops.yaml.
 */
#include "base/clock.h"
#include "base/utf8.h"
#include "cel/cel.h"
#include "connect/kind.h"
#include "connect/verify.h"
#include "workflow/schema.h"

enum { HEADERS_MAX = 64, HEADER_NAME_MAX = 100 };
enum { SLOT_HEADERS, SLOT_BODY, SLOTS };

static const struct cel_name names[SLOTS] = {
    [SLOT_HEADERS] = {.name = "headers"},
    [SLOT_BODY] = {.name = "body"},
};

static const char *const algorithms[] = {"sha256", "sha512", "sha1", NULL};
static const char *const encodings[] = {"hex", "base64", NULL};

static const struct field hmac_fields[] = {
    {.name = "algorithm",
     .type = FIELD_CHOICE,
     .choices = algorithms,
     .fallback = "sha256",
     .help = "Digest the MAC is made with"},
    {.name = "header",
     .type = FIELD_TEXT,
     .required = true,
     .help = "Header that carries the MAC of the raw body"},
    {.name = "secret", .type = FIELD_SECRET, .required = true, .help = "Key of the MAC"},
    {.name = "prefix", .type = FIELD_TEXT, .help = "Text before the MAC, such as `sha256=`"},
    {.name = "encoding",
     .type = FIELD_CHOICE,
     .choices = encodings,
     .fallback = "hex",
     .help = "How the MAC is written"},
    {0},
};

static const struct schema hmac_schema = {
    .name = "webhook hmac",
    .help = "A MAC (RFC 2104) over the raw body in a header.",
    .example = "hmac: {header: X-Signature, secret: \"${{ secrets.DOOR }}\"}\n",
    .fields = hmac_fields,
};

static const struct field token_fields[] = {
    {.name = "header", .type = FIELD_TEXT, .required = true, .help = "Header that carries it"},
    {.name = "value", .type = FIELD_SECRET, .required = true, .help = "The whole header's value"},
    {0},
};

static const struct schema token_schema = {
    .name = "webhook token",
    .help = "A shared secret in a header; anybody who sees one delivery can send others.",
    .example = "token: {header: X-Token, value: \"${{ secrets.DOOR }}\"}\n",
    .fields = token_fields,
};

static const struct field verify_fields[] = {
    {.name = "hmac",
     .type = FIELD_OBJECT,
     .of = &hmac_schema,
     .one_of = true,
     .help = "A MAC over the raw body"},
    {.name = "token",
     .type = FIELD_OBJECT,
     .of = &token_schema,
     .one_of = true,
     .help = "A shared secret in a header"},
    {.name = "none",
     .type = FIELD_BOOL,
     .one_of = true,
     .help = "`true`: whoever reaches the server may send; only for a network you trust"},
    {0},
};

static const struct schema verify_schema = {
    .name = "webhook verify",
    .help = "How a delivery proves where it comes from: exactly one way.",
    .example = "verify: {hmac: {header: X-Signature, secret: \"${{ secrets.DOOR }}\"}}\n",
    .fields = verify_fields,
};

static const struct field fields[] = {
    {.name = "verify",
     .type = FIELD_OBJECT,
     .of = &verify_schema,
     .required = true,
     .help = "How a delivery proves where it comes from"},
    {.name = "id",
     .type = FIELD_CEL,
     .help = "Expression over `headers` and `body` that gives the delivery's id; a delivery with "
             "an id seen before starts nothing. Without it every delivery is a new event"},
    {.name = "type",
     .type = FIELD_CEL,
     .fallback = "CONNECTION.event",
     .help = "Expression that gives the event's type"},
    {.name = "subject", .type = FIELD_CEL, .help = "Expression that gives the event's subject"},
    {.name = "time",
     .type = FIELD_CEL,
     .help = "Expression that gives when it happened: a timestamp or RFC 3339 text"},
    {0},
};

static const struct schema schema = {
    .name = "webhook",
    .help = "Any system that posts JSON to POST /hooks/NAME. `headers` is a map whose keys are in "
            "lower case, `body` the JSON document.",
    .example = "connections:\n"
               "  door:\n"
               "    webhook:\n"
               "      verify: {hmac: {header: X-Signature, secret: \"${{ secrets.DOOR }}\"}}\n"
               "      id: headers[\"x-delivery\"]\n"
               "      type: \"'door.' + body.kind\"\n",
    .fields = fields,
};

struct webhook {
    struct verifier verifier;
    const struct template *id, *type, *subject, *time;
    struct str fallback; /* type */
};

static err_t not_empty(struct str secret, const char *what, struct err *e)
{
    if (secret.n) return OK;
    return fail(e, E_CONFIG, "`verify`: `%s` is empty: anybody could use it; set the secret", what);
}

static err_t open_header(struct value part, struct arena *a, const char **ret, struct err *e)
{
    struct str header = value_get_str(part, "header");

    if (header.n == 0 || header.n > HEADER_NAME_MAX)
        return fail(e, E_CONFIG, "`verify`: `header` must name a header, such as X-Signature");
    *ret = arena_dup(a, header.p, header.n);
    return OK;
}

static err_t open_verifier(const struct opening *o, struct verifier *v, struct err *e)
{
    struct value all, part;
    struct str secret, algorithm;

    TRY(opening_value(o, "verify", &all, e));
    if (value_get(all, STR("hmac"), &part)) {
        secret = value_get_str(part, "secret");
        algorithm = value_get_str(part, "algorithm");
        v->how = VERIFY_HMAC;
        v->prefix = value_get_str(part, "prefix");
        v->base64 = str_is(value_get_str(part, "encoding"), "base64");
        v->digest = DIGEST_SHA256;
        if (algorithm.n && !digest_find(algorithm, &v->digest))
            return fail(e, E_CONFIG, "`verify`: `algorithm` must be sha256, sha512 or sha1");
        TRY(not_empty(secret, "secret", e));
        TRY(open_header(part, o->arena, &v->header, e));
        v->hmac = hmac_new(v->digest, secret);
        return OK;
    }
    if (value_get(all, STR("token"), &part)) {
        secret = value_get_str(part, "value");
        v->how = VERIFY_TOKEN;
        TRY(not_empty(secret, "value", e));
        sha256(secret, v->token);
        return open_header(part, o->arena, &v->header, e);
    }
    v->how = VERIFY_NONE;
    if (value_get(all, STR("none"), &part) && part.kind == V_BOOL && part.b) return OK;
    return fail(e, E_CONFIG, "`verify` must hold `hmac`, `token`, or `none: true`");
}

static err_t webhook_open(const struct opening *o, void **ret, struct err *e)
{
    struct webhook *w = arena_get(o->arena, sizeof *w);
    struct str name = o->connection->name;

    TRY(open_verifier(o, &w->verifier, e));
    w->id = connection_setting(o->connection, "id");
    w->type = connection_setting(o->connection, "type");
    w->subject = connection_setting(o->connection, "subject");
    w->time = connection_setting(o->connection, "time");
    w->fallback = str_of(arena_fmt(o->arena, STR_FMT ".event", STR_ARG(name)));
    *ret = w;
    return OK;
}

static void webhook_close(void *opened)
{
    struct webhook *w = opened;

    verifier_done(&w->verifier);
}

static bool webhook_verify(const void *opened, const struct hook_request *q)
{
    const struct webhook *w = opened;

    return verifier_check(&w->verifier, q);
}

/* What the expressions of one delivery see, and where their errors go. */
struct naming {
    struct value values[SLOTS];
    struct arena *arena;
    struct err *e;
};

static void add_header(void *arg, struct str name, struct str value)
{
    struct map *m = arg;
    struct value seen;

    if (m->n == HEADERS_MAX || !utf8_valid(value)) return;
    if (!value_get(map_value(m), name, &seen)) map_put(m, name, v_str(value));
}

static err_t eval(const struct naming *n, const char *what, const struct template *t,
                  struct value *ret)
{
    *ret = NO_VALUE;
    if (!t) return OK;
    if (template_eval(t, n->values, NULL, NULL, n->arena, ret, n->e) == OK) return OK;
    n->e->code = E_INPUT;
    return wrap(n->e, "the delivery is not what this connection expects: `%s`", what);
}

/* The result as text of its own: a constant of the expression dies with the configuration. */
static err_t eval_text(const struct naming *n, const char *what, const struct template *t,
                       size_t max, struct str *ret)
{
    struct value v;
    struct str text = STR("");

    TRY(eval(n, what, t, &v));
    if (v.kind == V_STRING || v.kind == V_INT || v.kind == V_UINT) text = cel_text(n->arena, v);
    if (text.n > max) return fail(n->e, E_INPUT, "`%s` gave more than %zu bytes", what, max);
    *ret = str_n(arena_dup(n->arena, text.p, text.n), text.n);
    return OK;
}

static err_t eval_time(const struct naming *n, const struct template *t, int64_t *ret)
{
    struct value v;
    int64_t seconds;
    int32_t nanos;

    TRY(eval(n, "time", t, &v));
    if (v.kind == V_TIMESTAMP && v.i >= 0) {
        *ret = v.i * SECOND_US + v.n / 1000;
        return OK;
    }
    if (v.kind == V_STRING && clock_parse(value_str(v), &seconds, &nanos)) {
        *ret = seconds * SECOND_US + nanos / 1000;
        return OK;
    }
    return fail(n->e, E_INPUT, "`time` gave no timestamp after 1970 and no RFC 3339 text");
}

static err_t webhook_name(const void *opened, const struct hook_request *q, struct arena *a,
                          struct event *event, struct err *e)
{
    const struct webhook *w = opened;
    struct map headers = {.arena = a};
    struct naming n = {.arena = a, .e = e};

    q->headers(q->ctx, add_header, &headers);
    n.values[SLOT_HEADERS] = map_value(&headers);
    n.values[SLOT_BODY] = event->data;
    TRY(eval_text(&n, "id", w->id, HOOK_ID_MAX, &event->delivery));
    if (w->id && event->delivery.n == 0)
        return fail(e, E_INPUT, "`id` gave neither text nor a number to know this delivery by");
    TRY(eval_text(&n, "type", w->type, HOOK_TYPE_MAX, &event->type));
    if (!w->type) event->type = str_n(arena_dup(a, w->fallback.p, w->fallback.n), w->fallback.n);
    if (!hook_type_valid(event->type))
        return fail(e, E_INPUT,
                    "`type` must give a text without spaces that does not begin with "
                    "`botops.`");
    TRY(eval_text(&n, "subject", w->subject, HOOK_SUBJECT_MAX, &event->subject));
    if (w->time) TRY(eval_time(&n, w->time, &event->time));
    event->source = str_of(arena_fmt(a, "/hooks/" STR_FMT, STR_ARG(event->connection)));
    return OK;
}

const struct kind webhook_kind = {
    .loads = {.name = "webhook", .schema = &schema, .names = names, .names_n = SLOTS},
    .open = webhook_open,
    .close = webhook_close,
    .verify = webhook_verify,
    .name = webhook_name,
};
