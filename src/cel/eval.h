/* eval.h - what the evaluator and the functions share.
 *
 * An error is a value of kind V_FAULT, and what it is stands in x->why: so it
 * costs nothing to make one that && or || absorbs. Its sentence is written
 * when it leaves cel_eval(). A function returns fault(), overload() or
 * x_limit() as its result; it never sees V_FAULT among its arguments.
 */
#ifndef CEL_EVAL_H
#define CEL_EVAL_H

#include "base/buf.h"
#include "cel/ast.h"
#include "cel/compile.h"

enum {
    V_FAULT = V_KINDS,
    V_LATER /* in a variable of cel.bind(): the error `why` points at, raised when it is used */
};

enum { CALL_ARGS = 4, CHARGED_TEXT = 64 /* bytes that cost a step */ };

struct why {
    const char *sentence; /* {a} {b}: the values, {op}: an operator, {kinds}: of all arguments */
    const char *op;
    uint32_t at;
    uint8_t kinds[CALL_ARGS], n;
    struct value a, b;
};

struct regex_memory;

struct eval {
    int64_t fuel; /* steps left, less `hold` */
    int64_t hold; /* makes fuel negative, so that every step takes the slow way: cel_explain() */
    const struct value *values;
    struct arena *arena;
    struct str src;
    size_t made; /* bytes of text */
    char *tail;  /* the end of the text that + made last, and the bytes free behind it */
    size_t tail_room;
    const char *limit; /* the sentence, once a limit was reached */
    struct why why;
    struct regex_memory *regex;
    cel_seen *seen; /* cel_explain(), or NULL */
    void *seen_ctx;
    int hidden; /* within the body of a macro: not reported */
    struct value local[CEL_LOCALS];
};

struct value eval(struct eval *x, const struct node *n);
struct value eval_each(struct eval *x, const struct node *n);
struct value eval_path(struct eval *x, const struct node *n);
struct value eval_slow(struct eval *x, const struct node *n); /* no fuel, or explaining */

void eval_init(struct eval *x, struct str src, const struct value *values, struct arena *a);
void eval_done(struct eval *x);
err_t eval_why(const struct eval *x, struct err *e); /* why as an error with its place */

/* Errors that may be absorbed. {a} and {b} in the sentence are replaced. */
struct value fault(struct eval *x, uint32_t at, const char *sentence);
struct value fault_of(struct eval *x, uint32_t at, const char *sentence, struct value a);
struct value fault_two(struct eval *x, uint32_t at, const char *sentence, struct value a,
                       struct value b);
struct value overload(struct eval *x, const struct node *at, const char *op, const struct value *v,
                      size_t n);
/* Stops the evaluation: nothing absorbs it. */
struct value x_limit(struct eval *x, const char *sentence);
bool charge(struct eval *x, size_t steps); /* false: the budget is used up */

/* Counts n bytes of text that are made; false when that is too much. */
bool text_count(struct eval *x, size_t n);
/* n bytes for text, counted; NULL when that is too much (then return x_limit_text(x)). */
char *text_room(struct eval *x, size_t n);
struct value x_limit_text(struct eval *x);
struct value text_of(struct eval *x, struct buf *b, enum value_kind kind); /* takes a copy */
size_t text_left(const struct eval *x);

/* A list of at most `most` items that takes memory as it grows: what fails at the first item must
   not have cost room for all. */
struct grow {
    struct arena *arena;
    void *list;
    size_t n, room, most;
};

void grow_more(struct grow *g, size_t size);

static inline void *grow_add(struct grow *g, size_t size) /* the place of one more item */
{
    if (g->n == g->room) grow_more(g, size);
    return (char *)g->list + g->n++ * size;
}

/* ops.c */
struct value op_binary(struct eval *x, const struct node *n, struct value a, struct value b);
struct value op_negate(struct eval *x, const struct node *n, struct value a);
struct value op_in(struct eval *x, const struct node *n, struct value a, struct value b);
bool equal(struct eval *x, struct value a, struct value b); /* charges for lists and maps */
enum { CMP_NAN = 2, CMP_NONE = 3 };
int compare(struct value a, struct value b); /* -1, 0, 1, CMP_NAN, CMP_NONE: not ordered */

/* select.c */
/* Where the value of an N_PATH lies; *spare, when it had to be made or is a fault. */
const struct value *path_find(struct eval *x, const struct node *n, struct value *spare);
struct value field_of(struct eval *x, struct value v, struct field *f);
struct value select_field(struct eval *x, const struct node *n, struct value v);
struct value select_index(struct eval *x, const struct node *n, struct value v, struct value key);
const struct value *map_find(struct eval *x, struct value map, struct value key);
struct value optional_some(struct eval *x, struct value v);
bool map_key(struct value v); /* may be a key of a map */
bool key_taken(struct eval *x, const struct pair *pairs, size_t n, struct value key);

/* memcmp() == 0 without the call for the short texts that keys are. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
    uint64_t x, y, z, w;
    uint32_t p, q, r, s;

    if (n > 16) return memcmp(a, b, n) == 0;
    if (n >= 8) {
        memcpy(&x, a, 8), memcpy(&y, b, 8);
        memcpy(&z, a + n - 8, 8), memcpy(&w, b + n - 8, 8);
        return ((x ^ y) | (z ^ w)) == 0;
    }
    if (n >= 4) {
        memcpy(&p, a, 4), memcpy(&q, b, 4);
        memcpy(&r, a + n - 4, 4), memcpy(&s, b + n - 4, 4);
        return ((p ^ q) | (r ^ s)) == 0;
    }
    return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

static inline bool is_number(struct value v)
{
    return v.kind == V_INT || v.kind == V_UINT || v.kind == V_DOUBLE;
}

static inline struct value v_fault(void)
{
    return (struct value){.kind = V_FAULT};
}

static inline struct value optional_none(void)
{
    return (struct value){.kind = V_OPTIONAL};
}

static inline struct value v_type(const char *name)
{
    return (struct value){.kind = V_TYPE, .n = (uint32_t)strlen(name), .s = name};
}

#endif
