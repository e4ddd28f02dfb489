/* facts.h - what must hold for a condition to be true, where that can be looked up.
 *
 * A condition such as `event.data.repo == "acme/a" && event.data.ref in ["x", "y"]` can only be
 * true when what stands at the path is one of the constants. When it is another value, or when
 * the path leads nowhere, the condition is false or fails, and never true. So an index may leave
 * out whatever has a fact that does not hold. A fact is a conjunct of the whole condition:
 *
 *   PATH == constant     constant == PATH     PATH in [constants]     (one || another), same PATH
 *
 * where PATH is a name of the caller, fields of it and keys written out: event.data["x-y"].z.
 * Facts borrow the tree of the expression.
 */
#ifndef CEL_FACTS_H
#define CEL_FACTS_H

#include "cel/cel.h"

enum {
    FACT_VALUES = 256, /* a fact with more constants is none */
    FACT_PATH = 16     /* nor is one with more steps from the name to the value */
};

struct fact {
    uint32_t slot;          /* the name where the path begins */
    const struct str *path; /* keys from there, path_n of them */
    size_t path_n;
    const uint64_t *keys; /* fact_key() of each constant, n of them, at least one */
    size_t n;
};

/* All facts of a condition; a constant that has no key makes no fact. */
size_t cel_facts(const struct cel *c, struct arena *a, struct fact **ret);

/* Values that CEL takes for equal have one key: 1, 1u and 1.0. Two that differ may share one too,
   though hardly ever. False: the value has no key, and equals none that has one. Only null, bool,
   string and numbers have keys, whole numbers below 2^53. */
bool fact_key(struct value v, uint64_t *ret);

/* The key of what stands at the path; false when the fact cannot hold. */
bool fact_look(const struct fact *f, const struct value *values, uint64_t *ret);

#endif
