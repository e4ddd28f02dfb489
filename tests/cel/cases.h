/* cases.h - the cases of the conformance suite, from protobuf's JSON to our own values and types.
 */
#ifndef TESTS_CEL_CASES_H
#define TESTS_CEL_CASES_H

#include "cel/compile.h"

/* The cases as a list; a failed test when the file cannot be read. */
struct value cases_read(struct arena *a);

struct str file_read(struct arena *a, const char *path); /* p NULL: there is none */

struct value case_value(struct arena *a, struct value v); /* cel.expr.Value */
const struct cel_type *case_type(struct arena *a, struct value v, bool variables); /* .Type */

/* What a case declares: its bindings and its typeEnv. */
enum { CASE_NAMES = 24, CASE_FUNCTIONS = 8 };

struct case_scope {
    struct cel_name names[CASE_NAMES];
    struct value values[CASE_NAMES];
    struct cel_function functions[CASE_FUNCTIONS];
    size_t n, functions_n;
};

void case_declare(struct arena *a, struct value test, struct case_scope *ret);
/* What the reference's own checker tests have declared beside. */
void case_declare_usual(struct case_scope *s);

/* Kind and value, maps in any order, NaN as itself. */
bool case_same(struct value a, struct value b);

#endif
