/* random_expr.h - expressions that are right by construction, of a type chosen before.
 *
 * They are made from the table of overloads, so a new line there is tried without more ado. The
 * same seed gives the same expression.
 */
#ifndef TESTS_CEL_RANDOM_EXPR_H
#define TESTS_CEL_RANDOM_EXPR_H

#include "cel/cel.h"

enum { RANDOM_NAMES = 32 };

/* A name of every type, with a value of it. */
struct random_scope {
    struct cel_name names[RANDOM_NAMES];
    struct value values[RANDOM_NAMES];
    size_t n;
};

struct str random_expr(struct arena *a, uint64_t seed, int depth, struct random_scope *ret_scope,
                       const struct cel_type **ret_type);

bool random_fits(struct value v, const struct cel_type *t); /* is it of that type? */

#endif
