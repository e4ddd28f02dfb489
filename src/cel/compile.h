/* compile.h - the passes of cel_compile(), and the options that cel.h does not show.
 *
 * parse_source() makes the tree, check_tree() resolves its names and calls in
 * place, fold_tree() evaluates what is constant. struct cel is what is left.
 */
#ifndef CEL_COMPILE_H
#define CEL_COMPILE_H

#include "cel/ast.h"
#include "cel/cel.h"

struct cel_options {
    const struct cel_name *names;
    size_t n;
    struct str container; /* "a.b": the name x may also mean a.b.x or a.x */
    bool loose;           /* unknown names and functions are errors of the evaluation */
    bool no_fold;
};

struct cel {
    struct str src;
    const struct node *root;
    uint64_t uses;
    bool makes; /* makes lists or maps, so that the result may be large */
};

enum { CEL_LOCALS = 64 }; /* variables of macros within one another */

struct check {
    struct arena *arena;
    struct str src;
    const struct cel_options *options;
    struct str scope[CEL_LOCALS];
    size_t depth;
    uint64_t uses;
    bool makes;
};

err_t cel_compile_with(struct arena *a, struct str src, const struct cel_options *options,
                       struct cel **ret, struct err *e) MUST_CHECK;

/* Replaces *node. Errors: E_INPUT with a place and the nearest name. */
err_t check_tree(struct check *c, struct node **node, struct err *e) MUST_CHECK;

/* Replaces what can be known now by N_CONST; what fails stays, and fails when it is evaluated. */
void fold_tree(struct arena *a, struct str src, struct node **node);

#endif
