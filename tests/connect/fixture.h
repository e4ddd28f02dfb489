/* fixture.h - a configuration with connections, and deliveries made of plain tables. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "connect/hook.h"
#include "connect/kinds.h"
#include "io/crypto.h"
#include "test.h"

struct header {
    const char *name, *value;
};

struct delivery {
    struct header headers[8];
    struct str body;
};

static inline void hash_hex(struct str text, char hex[65])
{
    AUTO(buf) struct buf b = BUF(128);
    uint8_t digest[SHA256_LEN];

    sha256(text, digest);
    buf_add_hex(&b, digest, sizeof digest);
    memcpy(hex, b.p, 65);
}

static inline struct config *load(const char *yaml, struct report *report)
{
    const struct source_file file = {.path = "botops.yaml", .text = str_of(yaml)};
    const struct load_options options = {.kinds = connection_kinds, .hash = hash_hex};
    struct config *c = config_load(&file, 1, &options, report);

    for (size_t i = 0; !c && i < report->n; i++)
        print_error("%s:%d:%d: %s\n", report->list[i].file, report->list[i].line,
                    report->list[i].col, report->list[i].text);
    return c;
}

#define GITHUB_SECRET "It's a Secret to Everybody"

/* Secrets of the tests: EMPTY is "", GONE cannot be had, all others hold GITHUB's example. */
static inline err_t secret_text(void *ctx, struct str name, struct arena *a, struct str *ret,
                                struct err *e)
{
    (void)ctx;
    if (str_is(name, "GONE")) return fail(e, E_CONFIG, "the variable GONE is not set");
    *ret = str_is(name, "EMPTY") ? STR("") : STR(GITHUB_SECRET);
    ret->p = arena_dup(a, ret->p, ret->n);
    return OK;
}

static inline struct str delivery_header(void *ctx, const char *name)
{
    const struct delivery *d = ctx;

    for (const struct header *h = d->headers; h->name; h++)
        if (str_eq_nocase(str_of(h->name), str_of(name))) return str_of(h->value);
    return STR("");
}

static inline void delivery_headers(void *ctx, hook_each *each, void *arg)
{
    const struct delivery *d = ctx;

    for (const struct header *h = d->headers; h->name; h++)
        each(arg, str_of(h->name), str_of(h->value));
}

static inline err_t take(const struct hooks *h, const char *connection, const struct delivery *d,
                         struct arena *a, struct event *ret, struct err *e)
{
    struct delivery copy = *d;
    const struct hook_request q = {
        .body = d->body,
        .header = delivery_header,
        .headers = delivery_headers,
        .ctx = &copy,
        .now = 1767323045000000,
    };

    return hook_take(h, str_of(connection), &q, a, ret, e);
}

/* "sha256=…" over the body with the example's secret. */
static inline const char *signature(struct arena *a, enum digest d, const char *prefix,
                                    struct str body)
{
    struct hmac *h = hmac_new(d, STR(GITHUB_SECRET));
    AUTO(buf) struct buf b = BUF(512);
    uint8_t mac[DIGEST_MAX];
    size_t n = hmac_make(h, body, mac);

    buf_add(&b, str_of(prefix));
    buf_add_hex(&b, mac, n);
    hmac_free(h);
    return arena_dup(a, b.p, b.n);
}

#endif
