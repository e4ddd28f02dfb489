#include "workflow/scope.h"

/* What came as JSON is of any type: its numbers are ints or doubles as they were written. */
static const struct cel_field event_fields[] = {
    {"id", &cel_string},         {"source", &cel_string},
    {"type", &cel_string},       {"subject", &cel_string},
    {"time", &cel_timestamp},    {"data", NULL},
    {"connection", &cel_string}, {"user", &cel_string},
    {"room", &cel_string},       {0}};
static const struct cel_field run_fields[] = {{"id", &cel_string},       {"url", &cel_string},
                                              {"workflow", &cel_string}, {"attempt", &cel_int},
                                              {"status", &cel_string},   {0}};
static const struct cel_field failure_fields[] = {
    {"step", &cel_string}, {"message", &cel_string}, {0}};
static const struct cel_field step_fields[] = {
    {"outputs", &cel_record},  {"status", &cel_string},
    {"error", &cel_string},    {"started", &cel_timestamp}, /* or null */
    {"ended", &cel_timestamp}, {0}};

static const struct cel_type event = {.kind = CEL_OBJECT, .fields = event_fields},
                             run = {.kind = CEL_OBJECT, .fields = run_fields},
                             failure = {.kind = CEL_OBJECT, .fields = failure_fields};
const struct cel_type scope_step = {.kind = CEL_OBJECT, .fields = step_fields};

const struct cel_type *scope_step_with(struct arena *a, const struct cel_type *outputs)
{
    struct cel_field *fields = arena_raw(a, sizeof step_fields);
    struct cel_type *type = arena_get(a, sizeof *type);

    memcpy(fields, step_fields, sizeof step_fields);
    fields[0].type = outputs;
    type->kind = CEL_OBJECT;
    type->fields = fields;
    return type;
}

/* NULL where nothing is known of the fields. */
static const struct cel_type *object(const struct cel_field *fields, struct cel_type *ret)
{
    *ret = (struct cel_type){.kind = CEL_OBJECT, .fields = fields};
    return fields ? ret : NULL;
}

void scope_declare(const struct scope_names *known, struct scope_declared *ret)
{
    const struct cel_name names[SCOPE_SLOTS] = {
        [SCOPE_INPUTS] = {"inputs", object(known->inputs, &ret->inputs)},
        [SCOPE_EVENT] = {"event", &event},
        [SCOPE_STEPS] = {"steps", object(known->steps, &ret->steps)},
        [SCOPE_RUN] = {"run", &run},
        [SCOPE_USER] = {"user", &cel_string},
        [SCOPE_ROOM] = {"room", &cel_string},
        [SCOPE_VARS] = {"vars", object(known->vars, &ret->vars)},
        [SCOPE_FAILURE] = {"failure", &failure},
        [SCOPE_NOW] = {"now", &cel_timestamp},
    };

    memcpy(ret->names, names, sizeof names);
}
