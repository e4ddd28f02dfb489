/* fn.h - the table of functions.
 *
 * One row a function: the name as written (qualified as in "math.abs"), the
 * ways it may be called, how many arguments, and the implementation; its
 * overloads stand in signature.c. A receiver is the first argument. An
 * implementation looks at the kinds of its arguments itself and returns
 * overload() when none of its overloads fits.
 */
#ifndef CEL_FN_H
#define CEL_FN_H

#include "cel/eval.h"

enum fn_form {
    FN_GLOBAL = 1, /* f(x) */
    FN_METHOD = 2, /* x.f() */
    FN_BOTH = 3,
    FN_LIST = 4, /* beside FN_GLOBAL: two or more arguments are passed as one list */
    FN_LAZY = 8  /* beside FN_METHOD: a receiver that holds a value is passed alone */
};

typedef struct value fn_call(struct eval *x, const struct node *at, const struct value *v,
                             size_t n);

struct fn {
    const char *name;
    uint8_t form;     /* enum fn_form */
    uint8_t min, max; /* arguments, receiver counted; at most CALL_ARGS */
    fn_call *call;
};

/* The functions of one file. */
struct fn_set {
    const struct fn *list;
    size_t n;
};

extern const struct fn_set fn_std, fn_time, fn_string, fn_text, fn_math, fn_list, fn_sets, fn_codec,
    fn_optional;

/* The row for a call of this form with n arguments. NULL: none; then *ret_near is a row with that
   name and another form or number of arguments, or NULL. */
const struct fn *fn_find(struct str name, enum fn_form form, size_t n, const struct fn **ret_near);

bool fn_space(struct str name); /* some function is called name.something */
struct str fn_suggest(struct str name, enum fn_form form);

#endif
