/* signature.h - the overloads of every operator and function, written once.
 *
 * One line an overload, as people write it: "string.indexOf(string, int) -> int",
 * "int + int -> int". A capital letter is a type variable. The checker reads the
 * lines as they stand, and shows them where none fits.
 */
#ifndef CEL_SIGNATURE_H
#define CEL_SIGNATURE_H

#include "cel/ast.h"
#include "cel/infer.h"

enum { SIGNATURE_PARAMS = 4 };

struct signature {
    const char *name;
    const char *lines; /* a line end between two */
};

/* NULL: there is none. */
const struct signature *signature_of(struct str function);
const struct signature *signature_of_operator(enum node_kind kind);
const struct signature *signature_at(size_t i); /* of functions, by name; NULL after the last */

/* One line, with new variables for its letters. */
struct overload {
    struct str line;
    bool method; /* params[0] is the receiver */
    size_t n;
    const struct cel_type *params[SIGNATURE_PARAMS], *result;
};

/* Takes the next line off *lines; false after the last. `name` is the function's, or "" for an
   operator of n operands. */
bool signature_next(struct infer *x, struct str name, size_t n, struct str *lines,
                    struct overload *ret);

#endif
