/* loaded.h - loads configurations from texts in a test, and tells what was complained about. */
#ifndef TESTS_WORKFLOW_LOADED_H
#define TESTS_WORKFLOW_LOADED_H

#include <stdio.h>

#include "test.h"
#include "workflow/model.h"
#include "workflow/schema.h"

static const struct field hmac_fields[] = {
    {.name = "header", .type = FIELD_TEXT, .required = true, .help = "Where it stands"},
    {.name = "secret", .type = FIELD_SECRET},
    {NULL}};
static const struct schema hmac_schema = {.name = "hmac", .fields = hmac_fields};
static const struct field hook_fields[] = {
    {.name = "url", .type = FIELD_TEMPLATE},
    {.name = "token", .type = FIELD_SECRET},
    {.name = "id", .type = FIELD_CEL},
    {.name = "hmac", .type = FIELD_OBJECT, .of = &hmac_schema},
    {.name = "wait", .type = FIELD_DURATION},
    {NULL}};
static const struct schema hook_schema = {.name = "webhook", .fields = hook_fields};
static const struct cel_name hook_names[] = {{"headers", NULL}, {"body", NULL}};
static const struct connection_kind hook_kind = {"webhook", &hook_schema, hook_names, 2};
static const struct connection_kind *const all_kinds[] = {&hook_kind, NULL};

/* Stands in for SHA-256: the loader only copies what it is given. */
static void fake_hash(struct str text, char hex[65])
{
    uint64_t h = 1469598103934665603u;

    for (size_t i = 0; i < text.n; i++) h = (h ^ (unsigned char)text.p[i]) * 1099511628211u;
    for (int i = 0; i < 4; i++)
        snprintf(hex + 16 * (size_t)i, 17, "%016llx",
                 (unsigned long long)(h * (2 * (uint64_t)i + 1)));
}

static const struct load_options options = {all_kinds, fake_hash};

static inline struct config *load_two(const char *root, const char *workflow, struct report *r)
{
    const struct source_file files[] = {{"botops.yaml", str_of(root)},
                                        {"workflows/w.yaml", str_of(workflow)}};

    return config_load(files, workflow ? 2 : 1, &options, r);
}

static inline void expect_complaints(const char *root, const char *workflow, const char *wanted)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1 << 20);
    struct report r = {.arena = a};
    struct config *c = load_two(root, workflow, &r);

    report_text(&r, &b);
    STREQ(b.p ? b.p : "", wanted);
    assert_null(c);
}

static inline struct config *expect_config(const char *root, const char *workflow)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1 << 20);
    struct report r = {.arena = a};
    struct config *c = load_two(root, workflow, &r);

    report_text(&r, &b);
    if (!c) print_error("%s", b.p ? b.p : "no complaint, and no configuration\n");
    assert_non_null(c);
    return c;
}

#endif
