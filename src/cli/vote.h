/* vote.h - what approve, deny and answer have in common. */
#ifndef CLI_VOTE_H
#define CLI_VOTE_H

#include "cli/which.h"

#define VOTE_OPTION                                                                                \
    {                                                                                              \
        "--step", 's', "STEP", "which step, when several wait", false                              \
    }

/* Posts to /api/v1/runs/RUN/VERB: the options, and the second word as the answer. */
err_t vote_send(struct args *a, const char *verb, const char *done, struct err *e) MUST_CHECK;

#endif
