#include "base/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void report_add(struct report *r, const char *file, int line, int col, const char *fmt, ...)
{
    struct complaint *c;
    char text[1024];
    va_list ap;

    if (report_full(r)) return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c = arena_push(r->arena, &r->list, &r->n, sizeof *c);
    c->file = arena_dup(r->arena, file, strlen(file));
    c->line = line;
    c->col = col;
    c->text = arena_dup(r->arena, text, strlen(text));
}

void report_err(struct report *r, const char *file, const struct err *e)
{
    report_add(r, file, e->line, e->col, "%s", e->text);
}

static int by_place(const void *a, const void *b)
{
    const struct complaint *x = a, *y = b;
    int way = strcmp(x->file, y->file);

    if (!way) way = (x->line > y->line) - (x->line < y->line);
    if (!way) way = (x->col > y->col) - (x->col < y->col);
    return way ? way : strcmp(x->text, y->text);
}

void report_sort(struct report *r)
{
    size_t kept = 0;

    if (r->n == 0) return;
    qsort(r->list, r->n, sizeof *r->list, by_place);
    for (size_t i = 1; i < r->n; i++)
        if (by_place(&r->list[kept], &r->list[i]) != 0) r->list[++kept] = r->list[i];
    r->n = kept + 1;
}

void report_text(const struct report *r, struct buf *b)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct complaint *c = &r->list[i];

        buf_addf(b, "%s:", c->file);
        if (c->line) buf_addf(b, "%d:", c->line);
        if (c->line && c->col) buf_addf(b, "%d:", c->col);
        buf_addf(b, " %s\n", c->text);
    }
}
