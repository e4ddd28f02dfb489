/* command.h - the room's own commands, a row each: chat/ only. */
#ifndef CHAT_COMMAND_H
#define CHAT_COMMAND_H

#include "chat/chat.h"
#include "workflow/access.h"

struct chat {
    struct engine *engine;
    const struct world *world;
};

struct asked { /* a command somebody gave; lives in its own arena until it is answered */
    struct chat *chat;
    struct arena *arena;
    struct str room;
    struct who who;
    const struct command *command;
    struct str args[4]; /* the words after the command; empty when absent */
    size_t args_n;
    struct str rest; /* all after the command, as it was typed */
};

enum { ANY_WORDS = 1000 };

struct command {
    const char *name, *usage, *help;
    size_t least, most; /* words it takes; ANY_WORDS: a line of text */
    /* Answers at once, from the configuration alone; or NULL: */
    void (*answer)(const struct config *c, const struct asked *q, struct buf *out);
    /* Looks something up, then ends in asked_answer(). */
    void (*look)(struct asked *q);
};

extern const struct command chat_commands[]; /* ends in {NULL} */
const struct command *command_find(struct str name);

/* Says it in the room, unless it is empty; frees q. */
void asked_answer(struct asked *q, struct str text);

/* help.c */
void help_answer(const struct config *c, const struct asked *q, struct buf *out);
void help_unknown(const struct config *c, struct str line, const struct tokens *t, struct buf *out);

/* runs.c */
bool run_id_read(struct str word, struct id *ret); /* in small letters too */
void runs_look(struct asked *q);
void show_look(struct asked *q);
void cancel_look(struct asked *q);
void retry_look(struct asked *q);
void resolve_look(struct asked *q);
void status_look(struct asked *q);

/* votes.c */
void approve_look(struct asked *q);
void deny_look(struct asked *q);
void answer_look(struct asked *q);

#endif
