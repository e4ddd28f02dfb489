/* compile.h - the passes of cel_compile(), and the options that cel.h does not show.
 *
 * parse_source() makes the tree, check_tree() resolves its names and calls in
 * place and infers the type of each part, fold_tree() evaluates what is
 * constant. struct cel is what is left.
 */
#ifndef CEL_COMPILE_H
#define CEL_COMPILE_H

#include "cel/ast.h"
#include "cel/cel.h"
#include "cel/infer.h"

/* An overload of a function that has no implementation here: expressions that call it can be
   checked, and fail when they are evaluated. Variables in its types are numbered from 0. */
enum { CEL_FUNCTION_PARAMS = 4, CEL_FUNCTION_VARS = 4 };

struct cel_function {
    const char *name;
    bool method; /* params[0] is the receiver */
    uint8_t n;
    const struct cel_type *params[CEL_FUNCTION_PARAMS], *result;
};

struct cel_options {
    const struct cel_name *names;
    size_t n;
    const struct cel_function *functions;
    size_t functions_n;
    struct str container; /* "a.b": the name x may also mean a.b.x or a.x */
    bool loose; /* nothing is checked: unknown names and functions are errors of the evaluation */
    bool no_fold;
};

struct cel {
    struct str src;
    const struct node *root;
    const struct cel_type *type;
    uint64_t uses;
    bool makes; /* makes lists or maps, so that the result may be large */
};

enum { CEL_LOCALS = 64 }; /* variables of macros within one another */

struct check {
    struct arena *arena;
    struct str src;
    const struct cel_options *options;
    struct str scope[CEL_LOCALS];
    const struct cel_type *types[CEL_LOCALS]; /* of what is in scope */
    size_t depth;
    uint64_t uses;
    bool makes;
    struct infer infer;
};

err_t cel_compile_with(struct arena *a, struct str src, const struct cel_options *options,
                       struct cel **ret, struct err *e) MUST_CHECK;

/* Replaces *node; *ret is its type, as far as it is known by now. Errors: E_INPUT with a place, and
   the nearest name or the overloads there are. */
err_t check_tree(struct check *c, struct node **node, const struct cel_type **ret,
                 struct err *e) MUST_CHECK;

/* Replaces what can be known now by N_CONST; what fails stays, and fails when it is evaluated. */
void fold_tree(struct arena *a, struct str src, struct node **node);

#endif
