/* ast.h - the tree of an expression.
 *
 * The parser makes it, check.c turns names into slots and calls into functions
 * in place, fold.c replaces constant parts. After cel_compile() nobody changes
 * it, except the hints of N_PATH, which are a cache. Nodes and texts live in
 * the arena of the compilation.
 */
#ifndef CEL_AST_H
#define CEL_AST_H

#include <stdatomic.h>

#include "data/value.h"

struct fn;
struct regex;

enum node_kind {
    N_CONST, /* value */
    N_SLOT,  /* slot: a name of the caller */
    N_LOCAL, /* slot: a variable of a macro */
    N_PATH,  /* kid 0 is N_SLOT or N_LOCAL; path: fields selected from it one after the other */
    N_AND,   /* two or more kids */
    N_OR,
    N_COND, /* condition, then, else */
    N_NOT,
    N_NEG,
    N_EQ, /* the binary operators; op_text() relies on this order */
    N_NE,
    N_LT,
    N_LE,
    N_GT,
    N_GE,
    N_IN,
    N_ADD,
    N_SUB,
    N_MUL,
    N_DIV,
    N_MOD,
    N_FIELD,     /* kid 0 . name */
    N_OPT_FIELD, /* kid 0 .? name */
    N_HAS,       /* has(kid 0 . name) */
    N_INDEX,     /* kid 0 [ kid 1 ] */
    N_OPT_INDEX, /* kid 0 [? kid 1 ] */
    N_LIST,
    N_MAP,     /* keys and values in turn */
    N_CALL,    /* call.fn with the kids, the receiver first */
    N_EACH,    /* kid 0: what to go through; a filter where there are three; the body last */
    N_BIND,    /* kid 0: the value of the variable; kid 1: the body */
    N_OPT_MAP, /* the same for what is in an optional; op: enum opt_map */
    N_NAME,    /* an identifier; gone after check.c */
    N_FUNC,    /* name(kids); gone after check.c */
    N_METHOD,  /* kid 0 . name(the other kids); gone after check.c */
    N_FAULT,   /* always the error `sentence`: what a loose compilation could not resolve */
};

enum each_op {
    EACH_ALL,
    EACH_EXISTS,
    EACH_ONE,
    EACH_FILTER,
    EACH_LIST,    /* map, transformList */
    EACH_MAP,     /* transformMap */
    EACH_ENTRIES, /* transformMapEntry */
    EACH_SORT     /* sortBy */
};

enum opt_map { OPT_MAP, OPT_FLAT_MAP };

struct field {
    struct str name;
    uint32_t at;           /* offset in the source, for errors */
    _Atomic uint32_t hint; /* where the key was in the last map looked at */
};

struct node {
    uint8_t kind;  /* enum node_kind */
    uint8_t op;    /* N_EACH, N_OPT_MAP */
    uint8_t vars;  /* N_EACH: variables, 1 or 2 */
    bool optional; /* an element or key written with `?` */
    bool rooted;   /* N_NAME written with a leading dot */
    uint16_t height;
    uint32_t at;        /* offset of what an error points at: the operator, the function's name */
    uint32_t from, end; /* the source text of the whole */
    uint32_t n;         /* kids; N_PATH: fields */
    uint32_t slot;      /* N_SLOT, N_LOCAL; N_EACH, N_BIND, N_OPT_MAP: of the first variable */
    union {
        struct value value;
        struct str name;
        struct str var[2];
        struct field *path;
        const char *sentence;
        struct {
            const struct fn *fn;
            const struct regex *regex; /* `matches` with a constant pattern, else NULL */
        } call;
    };
    struct node *kid[];
};

/* "==", "+", … of a binary operator, "-" of N_NEG, "!" of N_NOT. */
const char *op_text(enum node_kind kind);

#endif
