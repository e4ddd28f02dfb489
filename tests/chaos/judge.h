/* judge.h - the invariants I1 to I6, I8 and I10 of a storm, each as something that finds what
 * breaks it.
 *
 * The checker and its own test share this: the test damages the evidence and sees each damage
 * found.
 */
#ifndef CHAOS_JUDGE_H
#define CHAOS_JUDGE_H

#include <stdio.h>

#include "evidence.h"

enum { INVARIANTS = 11 }; /* 1 to 10 by their numbers; 0: the evidence itself is too thin */

struct verdict {
    FILE *say;             /* details go here; NULL: nowhere */
    int found[INVARIANTS]; /* how often each was broken */
    long acked, effects, kills;
    int lost, doubled;
};

/* Reads, and leaves behind nothing but tables of its own in the in-memory database: run it in a
   transaction that is rolled back. */
void judge(const struct place *p, sqlite3 *db, struct verdict *ret);

/* The invariant was broken: says where, for the first few. */
void broken(struct verdict *v, int invariant, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void judge_history(sqlite3 *db, struct verdict *v);                       /* I8 */
void judge_output(const struct place *p, sqlite3 *db, struct verdict *v); /* I10 */

extern const char *const invariant_texts[INVARIANTS]; /* NULL: not judged here */

#endif
