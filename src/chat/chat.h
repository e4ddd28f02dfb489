/* chat.h - lines people say, and what a room answers by itself.
 *
 * A line first meets the chat triggers of the workflows. If it starts none, it
 * may be one of the room's own commands (help, runs, show, cancel, …);
 * otherwise the room says what it would have understood. The answer is kept
 * with the line, in one commit; what a command has to look up first is
 * answered right after.
 */
#ifndef CHAT_CHAT_H
#define CHAT_CHAT_H

#include "engine/engine.h"

struct chat;

struct chat *chat_new(struct engine *e, const struct world *w);
void chat_free(struct chat *c);

/* Takes one line: in->event has type, room, user, owner, text, data and delivery; `reply` and
   `reply_ctx` are set here. As engine_accept() otherwise. */
void chat_accept(struct chat *c, struct intake *in);

#endif
