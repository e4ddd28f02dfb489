/* check.h - the checker, seen from inside: check*.c and overload.c only. */
#ifndef CEL_CHECK_H
#define CEL_CHECK_H

#include "cel/compile.h"
#include "cel/parse.h"
#include "cel/signature.h"

struct fn;

enum { CHECK_NAME_MAX = 256 }; /* bytes of a qualified name */

/* check_name.c */
err_t check_name(struct check *c, struct node *n, const struct cel_type **ret, struct err *e);
/* a.b.c as one name: the longest part that is a name wins over fields. */
bool check_dotted(struct check *c, struct node *n, const struct cel_type **ret);
bool name_dotted(const struct node *n, char *out, size_t size, const struct node **ret_root);
bool name_local(const struct check *c, const struct node *root);
bool name_slot(const struct check *c, struct str name, uint32_t *ret);
/* The name in the container, then in those around it, then alone: false after the last. *space
   starts as the container. */
struct name_search {
    struct str space;
    bool done;
};
bool name_next(struct name_search *s, struct str name, char full[CHECK_NAME_MAX], struct str *ret);

/* check_call.c: N_FUNC and N_METHOD. */
err_t check_func(struct check *c, struct node **node, const struct cel_type **ret, struct err *e);
err_t check_method(struct check *c, struct node **node, const struct cel_type **ret, struct err *e);

/* check_macro.c: N_EACH, N_BIND, N_OPT_MAP. */
err_t check_each(struct check *c, struct node *n, const struct cel_type **ret, struct err *e);
err_t check_bind(struct check *c, struct node *n, const struct cel_type **ret, struct err *e);
err_t check_opt_map(struct check *c, struct node *n, const struct cel_type **ret, struct err *e);

/* overload.c: one call or operator and the types of its operands, the receiver first. */
struct operands {
    const struct signature *signature; /* NULL: of declared functions only */
    struct str name;                   /* of a function; empty: an operator */
    bool method;
    struct node *at;
    struct node *const *kids;
    const struct cel_type *const *types;
    size_t n;
};
err_t overload_type(struct check *c, const struct operands *o, const struct cel_type **ret,
                    struct err *e);
err_t overload_none(struct check *c, const struct operands *o, struct err *e);
/* How a function may be called: its overloads, separated by commas. */
const char *overload_forms(struct check *c, struct str function);

/* A complaint at an offset of the source; with `near` the nearest name. A loose compilation leaves
   it to the evaluation. */
err_t check_complain(struct check *c, struct node *n, const char *text, struct str near,
                     struct err *e);
const char *type_shown(struct check *c, const struct cel_type *t);

#endif
