/* runner.h - what `run` and `retry` show of a run until it ends. */
#ifndef CLI_RUNNER_H
#define CLI_RUNNER_H

#include "cli/client.h"

/* What is said goes to standard output, then the outputs; steps go to standard error. With -o json
   or yaml standard output gets the ended run instead. Sets the exit status: 0 it succeeded, else 1.
 */
err_t runner_follow(const struct args *a, const struct client *c, const char *run,
                    struct err *e) MUST_CHECK;

#endif
