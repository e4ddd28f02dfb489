/* tail.h - the output of one attempt of a step: all there is, or as it comes. */
#ifndef CLI_TAIL_H
#define CLI_TAIL_H

#include "cli/client.h"

enum { TAIL_CHARACTER = 4 }; /* bytes at most */

struct tail {
    const struct args *args; /* these are given */
    const struct client *client;
    const char *run, *step, *attempt; /* step NULL: the only one; attempt NULL: the last one */
    const char *lines;                /* only so many at the end; NULL: all */
    bool safe;                        /* escape what drives a terminal */

    bool one;                  /* stop after the first event */
    int64_t at;                /* the byte to go on from */
    bool begun;                /* `at` is known */
    bool met;                  /* the server has answered */
    char rest[TAIL_CHARACTER]; /* of a character that was cut */
    size_t rest_n;
    bool ended;
    bool open_line; /* what was printed last did not end its line */
    struct patience patience;
};

/* Prints what there is now; read in slices, so that its length has no limit. */
err_t tail_read(struct tail *t, struct err *e) MUST_CHECK;

/* Prints what there is and what comes until the step has ended. A step that has not begun is waited
   for while its run is open. A server that goes away is waited for (client.h: patience), and the
   output is taken up after its last byte. */
err_t tail_follow(struct tail *t, struct err *e) MUST_CHECK;

#endif
