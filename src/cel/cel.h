/* cel.h - the Common Expression Language (cel-spec langdef.md), over struct value.
 *
 * An expression is compiled once, against the names it may use, and evaluated
 * many times. A compiled expression is immutable and lives in its arena; any
 * thread may evaluate it, but one that names a time zone (getHours('Europe/Berlin'))
 * only the thread that looks zones up (data/zone.h). Evaluation is pure, bounded
 * by a budget, and never copies the values it looks at. The functions are in
 * fn.h's table; beside those of CEL: json(x), fromJson(s), urlEncode(s).
 */
#ifndef CEL_CEL_H
#define CEL_CEL_H

#include "base/err.h"
#include "base/mem.h"
#include "cel/type.h"
#include "data/value.h"

struct cel;

/* A name the expression may use. Its position in the list is the slot of its value. */
struct cel_name {
    const char *name;
    const struct cel_type *type; /* what its values are; NULL: of any type, looked at only then */
};

enum {
    CEL_SOURCE_MAX = 16384, /* bytes of source */
    CEL_DEPTH = 64,         /* nesting of the tree; at least what cel.md section 2 asks for */
    CEL_STEPS = 100000,     /* budget of one evaluation: a node visited is a step, so is an item of
                               a comprehension, and 64 bytes touched by a string function */
    CEL_OUTPUT = 1 << 20,   /* bytes of text one evaluation may make */
    CEL_VALUES = 200000     /* values in a result, each counted as often as it occurs in it */
};

/* Names and types are checked: what is sure to fail is an error now, what depends on values of type
   dyn is left to the evaluation. Errors: E_INPUT with line and column in the source and a sentence
   ("no `biuld` in steps; did you mean `build`?"). `names` holds n names; names and types must
   outlive the result. `src` is copied. */
err_t cel_compile(struct arena *a, struct str src, const struct cel_name *names, size_t n,
                  struct cel **ret, struct err *e) MUST_CHECK;

/* Evaluates with values[slot] for each name; the result may point into them and into `a`.
   Errors: E_INPUT with line and column ("no such key: …", "divide by zero", …), E_LIMIT. */
err_t cel_eval(const struct cel *c, const struct value *values, struct arena *a, struct value *ret,
               struct err *e) MUST_CHECK;

/* Evaluates; anything but a bool is an error. cel_wants_bool() tells it before, where the type is
   known: "this must be true or false, but it is of type string". */
err_t cel_wants_bool(const struct cel *c, struct err *e) MUST_CHECK;
err_t cel_test(const struct cel *c, const struct value *values, struct arena *a, bool *ret,
               struct err *e) MUST_CHECK;

struct str cel_source(const struct cel *c);
/* Of its result; dyn: not known, as of a copy (cel_share.h). */
const struct cel_type *cel_type_of(const struct cel *c);
uint64_t cel_uses(const struct cel *c); /* bit s is set when the name of slot s occurs (s < 64) */

/* How `${{ }}` inside text shows a value: strings as they are, others as JSON or CEL's string(). */
struct str cel_text(struct arena *a, struct value v);

/* For `why`: evaluates and reports each sub-expression once, innermost first, with its source text,
   and its value or error. */
typedef void cel_seen(void *ctx, struct str source, const struct value *v, const struct err *e);
err_t cel_explain(const struct cel *c, const struct value *values, struct arena *a, cel_seen *seen,
                  void *ctx, struct value *ret, struct err *e) MUST_CHECK;

#endif
