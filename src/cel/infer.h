/* infer.h - type variables and what they stand for.
 *
 * The rules are those of the reference's checker: a value may be assigned where
 * its type agrees, `dyn` agrees with all, a variable takes the most general of
 * the types it meets. An attempt that fails leaves no trace.
 *
 * What is nested too deeply or too tangled to follow is dyn, so that no source
 * makes the checker slow: a type may stand in another twice, and again.
 *
 * Types are cheap and short-lived: the first ones come from a pool within
 * struct infer, further ones from the arena. What leaves the check goes through
 * infer_final().
 */
#ifndef CEL_INFER_H
#define CEL_INFER_H

#include "base/mem.h"
#include "cel/type.h"

enum { INFER_POOL = 40, INFER_VARS = 64, INFER_DEPTH = 16, INFER_STEPS = 200000 };

struct infer_move { /* to take back */
    uint32_t var;
    const struct cel_type *was;
};

struct infer {
    struct arena *arena;
    size_t pooled, vars_n, vars_cap, moves_n;
    size_t steps;                 /* left */
    const struct cel_type **vars; /* what each stands for; NULL: still open */
    struct infer_move *moves;
    struct cel_type pool[INFER_POOL];
    const struct cel_type *first_vars[INFER_VARS];
};

void infer_init(struct infer *x, struct arena *a);

const struct cel_type *infer_type(struct infer *x, enum cel_kind kind, const struct cel_type *a,
                                  const struct cel_type *b); /* b NULL: one parameter */
const struct cel_type *infer_var(struct infer *x);           /* a new one */

/* A point to come back to; types made since then are gone too. */
struct infer_mark {
    size_t vars_n, moves_n, pooled;
};
struct infer_mark infer_mark(const struct infer *x);
void infer_back(struct infer *x, struct infer_mark m);

/* Whether a value of type `t` goes where `to` is wanted; variables in both are settled by it, or
   stay as they were. */
bool infer_assign(struct infer *x, const struct cel_type *t, const struct cel_type *to);

/* The type of what is sometimes `a`, sometimes `b`: items of one list. dyn when they do not agree.
 */
const struct cel_type *infer_join(struct infer *x, const struct cel_type *a,
                                  const struct cel_type *b);

/* What t is so far: never a variable that stands for something; its parameters may be. */
const struct cel_type *infer_seen(const struct infer *x, const struct cel_type *t);

/* t with everything known put in; open variables stay, or are dyn when it is final. A final type
   lies in the arena. */
const struct cel_type *infer_known(struct infer *x, const struct cel_type *t);
const struct cel_type *infer_final(struct infer *x, const struct cel_type *t);

#endif
