#include "cli/vote.h"

static err_t run(struct args *a, struct err *e)
{
    return vote_send(a, "answer", "answered", e);
}

static const struct option options[] = {
    VOTE_OPTION,
    WHICH_OPTION,
    {0},
};

const struct command command_answer = {
    .name = "answer",
    .usage = "RUN|last VALUE",
    .help = "answers a question that a run asks",
    .about = "A value that does not fit is refused with the reason, and the question stays open.",
    .example = "botops answer 01JD5Z8E8Q0V8J4X1T3N6M2R7K 3",
    .options = options,
    .least = 2,
    .most = 2,
    .run = run,
};
