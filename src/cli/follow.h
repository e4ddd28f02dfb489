/* follow.h - a run from now until it ends, whatever happens to the connection.
 *
 * A server that goes away is waited for (client.h: patience); what was told
 * before is not told again. Call-backs come on the caller's thread.
 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "cli/client.h"
#include "cli/progress.h"

struct follow {
    const struct client *client;
    struct progress *progress;                   /* set to what is going on */
    void (*said)(void *arg, struct value say);   /* may be NULL */
    void (*moved)(void *arg, struct value step); /* a step's state is another one; may be NULL */
    void *arg;
};

/* ret_run: the run as it ended, in the arena. Errors: as client_get(), when it cannot be followed.
 */
err_t follow_run(const struct follow *f, const char *run, struct arena *a, struct value *ret_run,
                 struct err *e) MUST_CHECK;

bool run_succeeded(struct value run);

/* "WORKFLOW failed in `build`: exit status 2 …" and how to see more, on standard error. */
void run_complain(struct value run);

#endif
