/* load_order.c - the steps of a block, in an order in which they can be done. */
#include <stdlib.h>

#include "workflow/load.h"

struct order {
    struct loading *l;
    struct draft *block;
    int n;
    int *place; /* where each step as written comes to stand; -1: not yet */
    int placed;
};

static bool ready(const struct order *o, int i)
{
    for (int k = 0; k < o->block[i].needs_n; k++)
        if (o->place[o->block[i].needs[k]] < 0) return false;
    return true;
}

/* A step that waits for ever needs another one that does: following them comes round. */
static int next_stuck(const struct order *o, int i)
{
    const struct draft *d = &o->block[i];

    for (int k = 0; k < d->needs_n; k++)
        if (o->place[d->needs[k]] < 0) return d->needs[k];
    return i;
}

static void report_circle(const struct order *o)
{
    struct arena *a = o->l->report->arena;
    int first = 0, at;
    struct str text;

    while (o->place[first] >= 0) first++;
    for (int k = 0; k < o->n; k++) first = next_stuck(o, first);
    at = first;
    for (int i = next_stuck(o, at); i != at; i = next_stuck(o, i))
        if (i < first) first = i;
    text = o->block[first].step.id;
    for (int i = next_stuck(o, first), told = 0; i != first && told < 8;
         i = next_stuck(o, i), told++)
        text = str_of(
            arena_fmt(a, STR_FMT " → " STR_FMT, STR_ARG(text), STR_ARG(o->block[i].step.id)));
    complain(o->l, o->block[first].yaml,
             "these steps need one another in a circle: " STR_FMT " → " STR_FMT, STR_ARG(text),
             STR_ARG(o->block[first].step.id));
}

static int by_number(const void *a, const void *b)
{
    const int *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void renumber(const struct order *o, struct draft *d)
{
    int kept = 0;

    for (int k = 0; k < d->needs_n; k++) d->needs[k] = o->place[d->needs[k]];
    if (d->needs_n) qsort(d->needs, (size_t)d->needs_n, sizeof *d->needs, by_number);
    for (int k = 0; k < d->needs_n; k++)
        if (kept == 0 || d->needs[kept - 1] != d->needs[k]) d->needs[kept++] = d->needs[k];
    d->needs_n = kept;
}

void load_order(struct loading *l, struct draft *block, int n)
{
    struct order o = {.l = l, .block = block, .n = n};
    struct draft *sorted = arena_raw(l->report->arena, (size_t)n * sizeof *sorted);
    int i = 0;

    o.place = arena_raw(l->report->arena, (size_t)n * sizeof *o.place);
    for (int k = 0; k < n; k++) o.place[k] = -1;
    while (i < n) { /* always the first written one that can be done */
        if (o.place[i] >= 0 || !ready(&o, i)) {
            i++;
            continue;
        }
        o.place[i] = o.placed++;
        i = 0;
    }
    if (o.placed < n) report_circle(&o);
    for (int k = 0; k < n; k++)
        if (o.place[k] < 0) {
            block[k].needs_n = 0;
            o.place[k] = o.placed++;
        }
    for (int k = 0; k < n; k++) {
        renumber(&o, &block[k]);
        sorted[o.place[k]] = block[k];
    }
    if (n) memcpy(block, sorted, (size_t)n * sizeof *sorted);
}
