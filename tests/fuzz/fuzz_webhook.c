/* Webhooks: whatever headers and bodies come, nothing but a signed delivery becomes an event, and
   what does is fit to be kept. The input is lines "name: value", an empty line, and the body; with
   a first line "sign" the fuzzer is given the right signature, so that it also gets past it. */
#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "connect/hook.h"
#include "connect/kinds.h"
#include "io/crypto.h"

enum { HEADERS = 16 };

struct delivery {
    struct str names[HEADERS], values[HEADERS];
    size_t n;
    char mac[80];
    bool is_signed;
};

static const char yaml[] =
    "connections:\n"
    "  gh: {github: {webhook_secret: \"${{ secrets.S }}\"}}\n"
    "  door: {webhook: {verify: {hmac: {header: X-Hub-Signature-256, prefix: \"sha256=\","
    " secret: \"${{ secrets.S }}\"}}, id: 'headers[\"x-github-delivery\"]',"
    " type: \"'door.' + body.kind\", subject: body.subject, time: body.at}}\n"
    "  token: {webhook: {verify: {token: {header: X-Token, value: \"${{ secrets.S }}\"}}}}\n"
    "  open: {webhook: {verify: {none: true}, id: string(body.n), type: body.type}}\n"
    "secrets: {S: {env: S}}\n";

static const char *const names[] = {"gh", "door", "token", "open"};

static err_t secret(void *ctx, struct str name, struct arena *a, struct str *ret, struct err *e)
{
    (void)ctx, (void)name, (void)a, (void)e;
    *ret = STR("key");
    return OK;
}

static void no_hash(struct str text, char hex[65])
{
    (void)text;
    memset(hex, '0', 64);
    hex[64] = '\0';
}

static struct hooks *open_hooks(void)
{
    const struct source_file file = {.path = "botops.yaml", .text = str_of(yaml)};
    const struct load_options options = {.kinds = connection_kinds, .hash = no_hash};
    struct arena *a AUTO(arena) = arena_new();
    struct report report = {.arena = a};
    static struct config *c; /* as long as the hooks */
    struct hooks *h;

    c = config_load(&file, 1, &options, &report);
    assert(c);
    h = hooks_new(c, secret, NULL, &report);
    assert(h);
    return h;
}

static struct str get(void *ctx, const char *name)
{
    const struct delivery *d = ctx;

    if (d->is_signed && strcmp(name, "x-hub-signature-256") == 0) return str_of(d->mac);
    for (size_t i = 0; i < d->n; i++)
        if (str_eq_nocase(d->names[i], str_of(name))) return d->values[i];
    return STR("");
}

static void all(void *ctx, hook_each *each, void *arg)
{
    const struct delivery *d = ctx;

    for (size_t i = 0; i < d->n; i++) each(arg, d->names[i], d->values[i]);
}

static void sign(struct delivery *d, struct str body)
{
    static struct hmac *key;
    AUTO(buf) struct buf b = BUF(sizeof d->mac);
    uint8_t mac[DIGEST_MAX];

    if (!key) key = hmac_new(DIGEST_SHA256, STR("key"));
    hmac_make(key, body, mac);
    buf_add(&b, STR("sha256="));
    buf_add_hex(&b, mac, SHA256_LEN);
    memcpy(d->mac, b.p, b.n + 1);
    d->is_signed = true;
}

static bool read_delivery(struct str in, struct delivery *d, struct str *ret_body)
{
    struct str line;
    bool wants = false;

    while (str_cut(&in, '\n', &line) && line.n) {
        struct str value = line, name;

        if (str_is(line, "sign")) {
            wants = true;
        } else if (d->n < HEADERS && str_cut(&value, ':', &name) && utf8_valid(name)) {
            d->names[d->n] = name;
            d->values[d->n++] = str_trim(value);
        }
    }
    *ret_body = in.p ? in : STR("");
    if (wants) sign(d, *ret_body);
    return wants;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hooks *hooks;
    struct delivery d = {0};
    struct hook_request q = {.header = get, .headers = all, .ctx = &d, .now = 1};
    bool wants = read_delivery(str_n((const char *)data, size), &d, &q.body);

    if (!hooks) hooks = open_hooks();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *a AUTO(arena) = arena_new();
        struct event event;
        struct err e;

        if (hook_take(hooks, str_of(names[i]), &q, a, &event, &e) != OK) {
            assert(e.code == E_DENIED || e.code == E_INPUT || e.code == E_LIMIT);
            assert(i != 0 || wants || e.code == E_DENIED);
            continue;
        }
        assert(i >= 2 || wants); /* nobody forges a signature */
        assert(hook_type_valid(event.type));
        assert(event.delivery.n <= HOOK_ID_MAX && event.subject.n <= HOOK_SUBJECT_MAX);
        assert(utf8_valid(event.delivery) && utf8_valid(event.subject) && utf8_valid(event.source));
        assert(str_is(event.connection, names[i]));
    }
    return 0;
}
