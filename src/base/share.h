/* share.h - copies into an arena in which equal bytes lie once.
 *
 * For trees that never change and are much alike, such as a hundred thousand
 * workflows: copied from the leaves up, equal parts come out at one address,
 * so that what holds them is equal in turn. Whoever copies a struct must have
 * made its pointers those of shared parts first, and its padding zero, or
 * nothing will be found equal; that costs memory and nothing else.
 */
#ifndef BASE_SHARE_H
#define BASE_SHARE_H

#include "base/mem.h"
#include "base/str.h"

struct share_place;

struct share {
    struct arena *to;          /* where the copies lie; they outlive the share */
    struct arena *work;        /* for the copier's drafts; share_rest() empties it */
    struct share_place *table; /* open addressing, at most half full */
    size_t n, size;
};

void share_init(struct share *s, struct arena *to);
void share_done(struct share *s);
void share_rest(struct share *s);

/* Aligned for anything. NULL when n is 0; at most 4 GiB. */
void *share_bytes(struct share *s, const void *p, size_t n);

struct str share_str(struct share *s, struct str text); /* with a NUL behind it */

static inline void share_auto(struct share *s)
{
    share_done(s);
}

#endif
