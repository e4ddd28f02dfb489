/* tables.h - the schemas of botops.yaml and of workflows, and the limits that go with them. */
#ifndef WORKFLOW_TABLES_H
#define WORKFLOW_TABLES_H

#include "workflow/schema.h"

enum {
    WORKFLOWS_MAX = 100000, /* in a configuration */
    TRIGGERS_MAX = 200,     /* of a workflow */
    INPUTS_MAX = 200,
    STEPS_MAX = 1000,    /* in all blocks together, with those of their branches */
    NEST_MAX = 8,        /* steps within branches within branches … */
    APPROVERS_MAX = 100, /* `count` of an approval */
    SCRIPT_MAX = 100000, /* bytes of `run`: it travels as one argument, and Linux takes 128 KiB */
    ROLE_NEST_MAX = 16   /* roles within roles */
};

#define RUN_TIMEOUT_US    ((int64_t)3600 * 1000000)
#define PEOPLE_TIMEOUT_US ((int64_t)30 * 86400 * 1000000)

extern const struct schema config_schema, server_schema, store_schema, secret_schema, room_schema;
extern const struct schema workflow_schema, trigger_schema, input_schema, step_schema, retry_schema,
    sleep_schema, approval_schema, ask_schema, concurrency_schema;

/* Fields checked one by one, where a key may be written in more than one way. */
extern const struct field role_field, shell_field, until_field, identity_field;

#endif
