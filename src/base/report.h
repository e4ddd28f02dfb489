/* report.h - every complaint of a load, each with its place, told together. */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

struct complaint {
    const char *file;
    int line, col; /* 0 when it has no place */
    const char *text;
};

struct report {
    struct arena *arena; /* owns the texts; file names too */
    struct complaint *list;
    size_t n;
};

enum { REPORT_MAX = 200 }; /* further ones are counted, not kept */

static inline bool report_full(const struct report *r) /* what is added now is not kept */
{
    return r->n >= REPORT_MAX;
}

void report_add(struct report *r, const char *file, int line, int col, const char *fmt, ...)
    PRINTF(5, 6);
void report_err(struct report *r, const char *file, const struct err *e); /* with its place */
void report_sort(struct report *r);                      /* by file, line, column; drops repeats */
void report_text(const struct report *r, struct buf *b); /* "file:line:col: text", a line each */

#endif
