/* which.h - the run that somebody means. */
#ifndef CLI_WHICH_H
#define CLI_WHICH_H

#include "cli/client.h"

/* For commands that take a RUN. */
#define WHICH_OPTION                                                                               \
    {                                                                                              \
        "--workflow", 'w', "NAME", "with `last`: the newest run of this workflow", false           \
    }

/* The id of the run that the command line names as its first word: the word itself, or for `last`
   the newest run there is, of --workflow when that was given. E_NOT_FOUND: there is none. */
err_t which_run(const struct args *a, const struct client *c, const char **ret,
                struct err *e) MUST_CHECK;

#endif
