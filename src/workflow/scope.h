/* scope.h - the names an expression of a workflow may use, and their values.
 *
 * The order is the slot order given to cel_compile(). `secrets` is not among
 * them: a secret is a part of a template (template.h), never a value.
 */
#ifndef WORKFLOW_SCOPE_H
#define WORKFLOW_SCOPE_H

#include "cel/cel.h"

enum scope_slot {
    SCOPE_INPUTS,
    SCOPE_EVENT,
    SCOPE_STEPS,
    SCOPE_RUN,
    SCOPE_USER,
    SCOPE_ROOM,
    SCOPE_VARS,
    SCOPE_FAILURE,
    SCOPE_NOW,
    SCOPE_SLOTS
};

struct scope {
    struct value values[SCOPE_SLOTS];
};

/* What the names may hold, where that is known: lists that end in a field without a name, or NULL
   for anything. */
struct scope_names {
    const struct cel_field *inputs, *steps, *vars;
};

/* Names and types for cel_compile(); stays where it is as long as they are used. */
struct scope_declared {
    struct cel_name names[SCOPE_SLOTS];
    struct cel_type inputs, steps, vars;
};
void scope_declare(const struct scope_names *known, struct scope_declared *ret);

extern const struct cel_type scope_step; /* what is known of each step */

/* The same of a step whose outputs are known. */
const struct cel_type *scope_step_with(struct arena *a, const struct cel_type *outputs);

#endif
