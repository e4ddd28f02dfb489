#include "workflow/scope.h"

static const char *const event_fields[] = {"id",   "source",     "type", "subject", "time",
                                           "data", "connection", "user", "room",    NULL};
static const char *const run_fields[] = {"id", "url", "workflow", "attempt", "status", NULL};
static const char *const failure_fields[] = {"step", "message", NULL};

void scope_declare(const struct scope_names *known, struct cel_name out[SCOPE_SLOTS])
{
    const struct cel_name names[SCOPE_SLOTS] = {
        [SCOPE_INPUTS] = {"inputs", known->inputs},
        [SCOPE_EVENT] = {"event", event_fields},
        [SCOPE_STEPS] = {"steps", known->steps},
        [SCOPE_RUN] = {"run", run_fields},
        [SCOPE_USER] = {"user", NULL},
        [SCOPE_ROOM] = {"room", NULL},
        [SCOPE_VARS] = {"vars", known->vars},
        [SCOPE_FAILURE] = {"failure", failure_fields},
        [SCOPE_NOW] = {"now", NULL},
    };

    memcpy(out, names, sizeof names);
}
