/* talk.h - a conversation with the bot, line by line.
 *
 * It has a room of its own, unless --room names one. That one has a past, of
 * which the last day counts.
 *
 * A line is sent with an id of its own, so that sending it again after a
 * failure does no harm; then its runs are followed until they have ended, and
 * what was said in the room meanwhile is printed, each word once.
 */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include "cli/follow.h"

struct talk {
    const struct args *args;
    struct client client;
    struct arena *arena; /* of the conversation */
    char *room;          /* "console/NAME" */
    bool named;          /* the room is one that --room names */
    struct progress *progress;
    struct id *printed; /* since the line was sent, of what was said */
    size_t printed_n;
    struct id last; /* all that was said up to here is printed; empty: nothing yet */
    struct patience patience;
    bool met;    /* the server has answered */
    bool failed; /* some run did not succeed */
};

err_t talk_open(const struct args *a, struct talk *ret, struct err *e) MUST_CHECK;
void talk_auto(struct talk *t);

/* Goes through what was said in a named room in the last day, and prints it if `print`; what is
   said from then on is new. Does nothing in a room of our own. */
err_t talk_join(struct talk *t, bool print, struct err *e) MUST_CHECK;

/* Sends a line, which is not blank. The receipt lies in the arena given. */
err_t talk_send(struct talk *t, struct str line, struct arena *a, struct value *ret_receipt,
                struct err *e) MUST_CHECK;

/* Sends a line and prints all that comes of it. */
err_t talk_line(struct talk *t, struct str line, struct err *e) MUST_CHECK;

#endif
