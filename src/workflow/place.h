/* place.h - where in its file a byte of a YAML scalar stands.
 *
 * A scalar's text differs from what the author wrote: quotes, escapes, folded
 * lines, the indentation of a block. To point at a mistake inside it, the file's
 * text is walked beside it. Columns count characters from 1, as in struct yaml.
 */
#ifndef WORKFLOW_PLACE_H
#define WORKFLOW_PLACE_H

#include "data/yaml.h"

/* The lines of one file; borrows its text. */
struct lines {
    struct str text;
    const uint32_t *at; /* where each begins */
    size_t n;
};

void lines_init(struct lines *l, struct arena *a, struct str text);

/* Walks one scalar, forward only. */
struct place {
    const struct lines *lines; /* NULL: the file's text is not at hand, and places are estimated */
    const struct yaml *scalar;
    size_t done; /* bytes of the scalar's text walked over */
    size_t from; /* where that is in the file's text */
    char style;  /* ' " | > or 0 for a plain one */
    bool begun;  /* an estimate has taken its first step */
    int line, col;
};

void place_start(struct place *p, const struct lines *l, const struct yaml *scalar);
void place_move(struct place *p, size_t offset); /* to this byte of the text: p->line, p->col */

#endif
