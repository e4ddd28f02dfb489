/* parse.h - CEL source to a tree (langdef.md, "Syntax").
 *
 * Precedence climbing over the tokens of lex.h; macros are expanded as they
 * are met (macro.c). Names and functions are not looked up here.
 *
 * Limits: CEL_DEPTH levels of nesting, both of the source and of the tree.
 * Chains of && and of || are one node, however long.
 */
#ifndef CEL_PARSE_H
#define CEL_PARSE_H

#include "cel/ast.h"
#include "cel/lex.h"

struct parse {
    struct lex lex;
    int depth;
};

/* Kids collected before their number is known. */
struct kids {
    struct node **list;
    size_t n;
};

/* `src` must be valid UTF-8 and outlive the tree. Errors: E_INPUT, E_LIMIT, with a place. */
err_t parse_source(struct arena *a, struct str src, struct node **ret, struct err *e) MUST_CHECK;

/* For macro.c and check.c: a node over kids that spans `from`..`end`. Errors: E_LIMIT, too deep. */
err_t node_make(struct arena *a, struct str src, struct node shape, const struct kids *kids,
                struct node **ret, struct err *e) MUST_CHECK;
struct node *node_const(struct arena *a, const struct node *place, struct value v);
void kids_add(struct arena *a, struct kids *k, struct node *node);

/* Expands a call in place of *call when its name and arguments are a macro's. `call` is N_FUNC or
   N_METHOD. Errors: E_INPUT when the arguments are not what the macro takes. */
err_t macro_expand(struct arena *a, struct str src, struct node **call, struct err *e) MUST_CHECK;

#endif
