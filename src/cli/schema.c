#include "workflow/schema.h"

#include "cli/cli.h"
#include "connect/kinds.h"

enum { SCHEMA_MAX = 4 << 20 };

static err_t run(struct args *a, struct err *e)
{
    AUTO(buf) struct buf out = BUF(SCHEMA_MAX);
    const struct schema **kinds;
    size_t n = 0;

    while (connection_kinds[n]) n++;
    kinds = arena_get(a->arena, (n + 1) * sizeof(void *)); /* ends in NULL */
    for (size_t i = 0; i < n; i++) kinds[i] = connection_kinds[i]->schema;
    if (args_flag(a, "--reference"))
        schema_reference(kinds, &out);
    else
        schema_json(kinds, &out);
    TRY(buf_end(&out, e));
    print_out(buf_str(&out));
    return OK;
}

static const struct option options[] = {
    {"--reference", 0, NULL, "the language reference in Markdown instead", false},
    {0},
};

const struct command command_schema = {
    .name = "schema",
    .usage = "",
    .help = "prints the JSON Schema of botops.yaml and of workflows, for editors",
    .example = "botops schema > botops.schema.json",
    .options = options,
    .run = run,
};
