/* edit.h - the line a person is typing, kept by ourselves so that what a bot says meanwhile can be
 * printed above it.
 *
 * Pure: bytes of a terminal in raw mode in, keys out. Knows backspace, Ctrl-U
 * (all), Ctrl-W (a word), Ctrl-C, Ctrl-D, Enter; sequences of other keys are
 * passed over. Text is UTF-8.
 */
#ifndef CLI_EDIT_H
#define CLI_EDIT_H

#include "base/buf.h"

enum { EDIT_MAX = 4096 }; /* bytes of a line; what the server takes */

enum edit_key {
    EDIT_NONE,  /* go on */
    EDIT_LINE,  /* Enter: the line is whole; clear it after use */
    EDIT_BREAK, /* Ctrl-C */
    EDIT_EOF    /* Ctrl-D on an empty line */
};

struct edit {
    struct buf text;
    enum { EDIT_PLAIN, EDIT_ESCAPE, EDIT_SEQUENCE } state;
};

void edit_init(struct edit *e);
void edit_auto(struct edit *e);
enum edit_key edit_byte(struct edit *e, unsigned char byte);

/* The end of the text that fits into `columns` characters; whole characters only. */
struct str edit_tail(const struct edit *e, size_t columns);

#endif
