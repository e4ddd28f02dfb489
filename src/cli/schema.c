#include "workflow/schema.h"

#include "cli/cli.h"
#include "connect/kinds.h"

enum { SCHEMA_MAX = 4 << 20 };

static err_t run(struct args *a, struct err *e)
{
    AUTO(buf) struct buf out = BUF(SCHEMA_MAX);
    const struct schema **kinds = NULL, **kind;
    size_t n = 0;

    for (const struct connection_kind *const *k = connection_kinds;; k++) {
        kind = arena_push(a->arena, &kinds, &n, sizeof *kind);
        *kind = *k ? (*k)->schema : NULL;
        if (!*k) break;
    }
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
