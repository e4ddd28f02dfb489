/* look.h - how answers look to people: ages, colours, aligned columns.
 *
 * Pure but for look_now(): what is a terminal and what time it is are given.
 */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include "base/clock.h"
#include "cli/cli.h"

struct look {
    struct arena *arena;
    bool terminal; /* relative ages; otherwise dates with times, UTC */
    bool colour;
    int64_t now; /* wall */
};

/* For what goes to that descriptor, now. */
struct look look_now(struct arena *a, int fd);

/* ANSI sequences; "" without colour. */
const char *look_status(const struct look *l, struct str status); /* of a run or a step */
const char *look_bold(const struct look *l);
const char *look_dim(const struct look *l);
const char *look_end(const struct look *l);

/* "just now", "12 s ago", "3 min ago", "2 h ago", "5 d ago", then the date; "in 3 min" for a time
   to come. "2026-01-02 03:04:05" (UTC) when not for a terminal. "" for a text that is no time. */
struct str look_age(const struct look *l, struct str time);

/* How long from one RFC 3339 time to another, until now when the second is none: "<1 ms", "12 ms",
   "3.4 s", "2 min 5 s". */
struct str look_span(const struct look *l, struct str from, struct str to);

/* "name      text" as a line; nothing when the text is empty. */
void look_fact(const struct look *l, const char *name, struct str text, struct buf *out);

/* A heading and the mapping as YAML below it; nothing when it is empty or no mapping. */
void look_map(const struct look *l, const char *name, struct value v, struct buf *out);

/* 1234567 as "1.2 MB". */
struct str look_size(const struct look *l, int64_t bytes);

/* --- aligned columns --- */

struct cell {
    struct str text;
    const char *colour; /* NULL: none */
};

struct grid {
    const struct look *look;
    const char *const *heads; /* ends in NULL */
    size_t columns;
    struct cell *cells;
    size_t n;
};

enum { CELL_MAX = 72 }; /* characters shown of a cell on a terminal */

/* Cells are added row by row; texts are made fit for a terminal, and cut there. */
void grid_init(struct grid *g, const struct look *l, const char *const *heads);
void grid_add(struct grid *g, struct str text, const char *colour);
void grid_write(const struct grid *g, struct buf *out); /* heads, then the rows */

#endif
