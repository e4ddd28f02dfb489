#include "cli/vote.h"

static err_t run(struct args *a, struct err *e)
{
    return vote_send(a, "deny", "denied", e);
}

static const struct option options[] = {
    {"--comment", 'm', "TEXT", "why; kept with the decision and said in the run's room", false},
    VOTE_OPTION,
    WHICH_OPTION,
    {0},
};

const struct command command_deny = {
    .name = "deny",
    .usage = "RUN|last",
    .help = "denies what a run waits for: it ends as denied",
    .about = "One who denies is enough. Whoever asked for a run may always deny it. What was\n"
             "decided already stays as it is: the answer says by whom and when.",
    .example = "botops deny 01JD5Z8E8Q0V8J4X1T3N6M2R7K -m \"not on a Friday\"",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
