/* Any text as botops.yaml or as a file of workflows/ (the first byte says which): complaints, or a
   configuration whose workflows load again from their stored form. */
#include <stdlib.h>

#include "workflow/model.h"
#include "workflow/schema.h"

static const struct field fields[] = {{.name = "url", .type = FIELD_TEMPLATE},
                                      {.name = "token", .type = FIELD_SECRET},
                                      {.name = "id", .type = FIELD_CEL},
                                      {NULL}};
static const struct schema schema = {.name = "webhook", .fields = fields};
static const struct cel_name names[] = {{"headers", NULL}, {"body", NULL}};
static const struct connection_kind webhook = {"webhook", &schema, names, 2};
static const struct connection_kind *const kinds[] = {&webhook, NULL};

static void hash(struct str text, char hex[65])
{
    uint64_t h = str_hash(text);

    for (int i = 0; i < 64; i++) hex[i] = "0123456789abcdef"[h >> (i % 16 * 4) & 15];
    hex[64] = '\0';
}

static const struct load_options options = {kinds, hash};

static void load_again(const struct workflow *w)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};
    const struct workflow *again = workflow_load(a, w->source, &options, &r);

    if (!again || !str_eq(again->source, w->source) || again->steps_n != w->steps_n) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};
    struct source_file file = {n && data[0] == '#' ? "botops.yaml" : "workflows/w.yaml",
                               str_n((const char *)data, n)};
    struct config *c = config_load(&file, 1, &options, &r);

    if (!c && !r.n) abort();
    for (size_t i = 0; c && i < c->workflows_n; i++) load_again(c->workflows[i]);
    config_free(c);
    return 0;
}
