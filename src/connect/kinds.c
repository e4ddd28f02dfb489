#include "connect/kinds.h"

#include "connect/kind.h"

const struct connection_kind *const connection_kinds[] = {
    &github_kind.loads,
    &webhook_kind.loads,
    NULL,
};
