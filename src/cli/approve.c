#include "cli/vote.h"

static err_t run(struct args *a, struct err *e)
{
    return vote_send(a, "approve", "approved", e);
}

static const struct option options[] = {
    {"--comment", 'm', "TEXT", "why; kept with the decision and said in the run's room", false},
    VOTE_OPTION,
    WHICH_OPTION,
    {0},
};

const struct command command_approve = {
    .name = "approve",
    .usage = "RUN|last",
    .help = "approves what a run waits for",
    .about = "Whoever asked for a run cannot approve it, unless the workflow says `self: true`. "
             "What was\n"
             "decided already stays as it is: the answer says by whom and when.",
    .example = "botops approve 01JD5Z8E8Q0V8J4X1T3N6M2R7K -m \"looks good\"",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
