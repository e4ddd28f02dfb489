#include "cel/eval.h"

#include "cel/fn.h"
#include "cel/lex.h"
#include "cel/regex.h"

static const char no_fuel[] = "this takes too many steps; the budget of an evaluation is used up";

void eval_init(struct eval *x, struct str src, const struct value *values, struct arena *a)
{
    x->fuel = CEL_STEPS;
    x->hold = 0;
    x->values = values;
    x->arena = a;
    x->src = src;
    x->made = 0;
    x->limit = NULL;
    x->why.n = 0;
    x->regex = NULL;
    x->seen = NULL;
    x->hidden = 0;
}

void eval_done(struct eval *x)
{
    regex_memory_free(x->regex);
    x->regex = NULL;
}

struct value fault_two(struct eval *x, uint32_t at, const char *sentence, struct value a,
                       struct value b)
{
    x->why = (struct why){.sentence = sentence, .at = at, .a = a, .b = b};
    return v_fault();
}

struct value fault_of(struct eval *x, uint32_t at, const char *sentence, struct value a)
{
    return fault_two(x, at, sentence, a, a);
}

struct value fault(struct eval *x, uint32_t at, const char *sentence)
{
    x->why = (struct why){.sentence = sentence, .at = at};
    return v_fault();
}

struct value overload(struct eval *x, const struct node *at, const char *op, const struct value *v,
                      size_t n)
{
    x->why = (struct why){.sentence = "no such overload: {op}({kinds})", .op = op, .at = at->at};
    for (size_t i = 0; i < n && i < CALL_ARGS; i++) x->why.kinds[x->why.n++] = v[i].kind;
    return v_fault();
}

struct value x_limit(struct eval *x, const char *sentence)
{
    if (!x->limit) x->limit = sentence;
    x->fuel = -x->hold - 1;
    return v_fault();
}

bool charge(struct eval *x, size_t steps)
{
    x->fuel -= (int64_t)steps;
    if (x->fuel + x->hold >= 0) return true;
    (void)x_limit(x, no_fuel);
    return false;
}

size_t text_left(const struct eval *x)
{
    return CEL_OUTPUT - x->made;
}

struct value x_limit_text(struct eval *x)
{
    return x_limit(x, x->limit ? x->limit : "this makes more text than an evaluation may");
}

char *text_room(struct eval *x, size_t n)
{
    if (n > text_left(x)) {
        (void)x_limit_text(x);
        return NULL;
    }
    x->made += n;
    if (!charge(x, n / 64)) return NULL;
    return arena_raw(x->arena, n + 1);
}

struct value text_of(struct eval *x, struct buf *b, enum value_kind kind)
{
    struct str s = buf_str(b);
    char *p = b->full ? NULL : text_room(x, s.n);

    if (!p) return x_limit_text(x);
    memcpy(p, s.p, s.n);
    return (struct value){.kind = (uint8_t)kind, .n = (uint32_t)s.n, .s = p};
}

static struct value eval_and_or(struct eval *x, const struct node *n, bool decides)
{
    bool failed = false;
    struct why first;

    for (uint32_t i = 0; i < n->n; i++) {
        struct value v = eval(x, n->kid[i]);

        if (v.kind == V_BOOL) {
            if (v.b == decides) return v;
            continue;
        }
        if (v.kind != V_FAULT) (void)overload(x, n, op_text((enum node_kind)n->kind), &v, 1);
        if (!failed) first = x->why;
        failed = true;
    }
    if (!failed) return v_bool(!decides);
    x->why = first;
    return v_fault();
}

static struct value eval_cond(struct eval *x, const struct node *n)
{
    struct value v = eval(x, n->kid[0]);

    if (v.kind == V_FAULT) return v;
    if (v.kind != V_BOOL) return overload(x, n, "?:", &v, 1);
    return eval(x, n->kid[v.b ? 1 : 2]);
}

static struct value eval_not(struct eval *x, const struct node *n)
{
    struct value v = eval(x, n->kid[0]);

    if (v.kind == V_BOOL) return v_bool(!v.b);
    return v.kind == V_FAULT ? v : overload(x, n, "!", &v, 1);
}

static struct value eval_binary(struct eval *x, const struct node *n)
{
    struct value a = eval(x, n->kid[0]), b;

    if (a.kind == V_FAULT) return a;
    b = eval(x, n->kid[1]);
    if (b.kind == V_FAULT) return b;
    switch (n->kind) {
    case N_EQ:
        return v_bool(equal(x, a, b));
    case N_NE:
        return v_bool(!equal(x, a, b));
    case N_IN:
        return op_in(x, n, a, b);
    case N_INDEX:
    case N_OPT_INDEX:
        return select_index(x, n, a, b);
    default:
        return op_binary(x, n, a, b);
    }
}

static struct value eval_call(struct eval *x, const struct node *n)
{
    const struct fn *fn = n->call.fn;
    struct value v[CALL_ARGS];

    for (uint32_t i = 0; i < n->n; i++) {
        v[i] = eval(x, n->kid[i]);
        if (v[i].kind == V_FAULT) return v[i];
        if (i == 0 && fn->form & FN_LAZY && v[0].kind == V_OPTIONAL && v[0].one)
            return fn->call(x, n, v, 1);
    }
    return fn->call(x, n, v, n->n);
}

/* What an optional element holds. False: nothing, or a fault is in *v. */
static bool unwrap(struct eval *x, const struct node *n, struct value *v)
{
    if (v->kind == V_OPTIONAL) {
        if (!v->one) return false;
        *v = *v->one;
        return true;
    }
    *v = overload(x, n, "?", v, 1);
    return false;
}

static struct value eval_list(struct eval *x, const struct node *n)
{
    struct value *items = arena_raw(x->arena, n->n * sizeof *items);
    size_t count = 0;

    for (uint32_t i = 0; i < n->n; i++) {
        struct value v = eval(x, n->kid[i]);
        bool keep = v.kind != V_FAULT && (!n->kid[i]->optional || unwrap(x, n->kid[i], &v));

        if (v.kind == V_FAULT) return v;
        if (keep) items[count++] = v;
    }
    return v_list(items, count);
}

static struct value eval_map(struct eval *x, const struct node *n)
{
    struct pair *pairs = arena_raw(x->arena, n->n / 2 * sizeof *pairs);
    size_t count = 0;

    for (uint32_t i = 0; i < n->n; i += 2) {
        struct value key = eval(x, n->kid[i]), v;
        bool keep;

        if (key.kind == V_FAULT) return key;
        if (!map_key(key)) return fault_of(x, n->kid[i]->at, "unsupported key type: {kind}", key);
        v = eval(x, n->kid[i + 1]);
        keep = v.kind != V_FAULT && (!n->kid[i]->optional || unwrap(x, n->kid[i + 1], &v));
        if (v.kind == V_FAULT) return v;
        if (key_taken(x, pairs, count, key))
            return fault_of(x, n->kid[i]->at, "the key {a} is there twice", key);
        if (keep) pairs[count++] = (struct pair){key, v};
    }
    return v_map(pairs, count);
}

static struct value eval_local(struct eval *x, const struct node *n)
{
    struct value v = x->local[n->slot];

    if (v.kind != V_LATER) return v;
    memcpy(&x->why, v.s, sizeof x->why);
    return v_fault();
}

/* An error in the variable's value is one only where the variable is used. */
static struct value eval_bind(struct eval *x, const struct node *n)
{
    struct value v = eval(x, n->kid[0]);

    if (v.kind == V_FAULT) {
        struct why *why = arena_raw(x->arena, sizeof *why);

        *why = x->why;
        v = (struct value){.kind = V_LATER, .s = (const char *)why};
    }
    x->local[n->slot] = v;
    return eval(x, n->kid[1]);
}

static struct value eval_opt_map(struct eval *x, const struct node *n)
{
    struct value v = eval(x, n->kid[0]);

    if (v.kind == V_FAULT) return v;
    if (v.kind != V_OPTIONAL)
        return overload(x, n, n->op == OPT_MAP ? "optMap" : "optFlatMap", &v, 1);
    if (!v.one) return v;
    x->local[n->slot] = *v.one;
    v = eval(x, n->kid[1]);
    if (v.kind == V_FAULT) return v;
    if (n->op == OPT_MAP) return optional_some(x, v);
    return v.kind == V_OPTIONAL ? v : overload(x, n, "optFlatMap", &v, 1);
}

static struct value eval_field(struct eval *x, const struct node *n)
{
    struct value v = eval(x, n->kid[0]);

    return v.kind == V_FAULT ? v : select_field(x, n, v);
}

static struct value eval_negate(struct eval *x, const struct node *n)
{
    struct value v = eval(x, n->kid[0]);

    return v.kind == V_FAULT ? v : op_negate(x, n, v);
}

static inline struct value eval_node(struct eval *x, const struct node *n)
{
    switch ((enum node_kind)n->kind) {
    case N_CONST:
        return n->value;
    case N_SLOT:
        return x->values[n->slot];
    case N_LOCAL:
        return eval_local(x, n);
    case N_PATH:
        return eval_path(x, n);
    case N_AND:
        return eval_and_or(x, n, false);
    case N_OR:
        return eval_and_or(x, n, true);
    case N_COND:
        return eval_cond(x, n);
    case N_NOT:
        return eval_not(x, n);
    case N_NEG:
        return eval_negate(x, n);
    case N_EQ:
    case N_NE:
    case N_LT:
    case N_LE:
    case N_GT:
    case N_GE:
    case N_IN:
    case N_ADD:
    case N_SUB:
    case N_MUL:
    case N_DIV:
    case N_MOD:
    case N_INDEX:
    case N_OPT_INDEX:
        return eval_binary(x, n);
    case N_FIELD:
    case N_OPT_FIELD:
    case N_HAS:
        return eval_field(x, n);
    case N_LIST:
        return eval_list(x, n);
    case N_MAP:
        return eval_map(x, n);
    case N_CALL:
        return eval_call(x, n);
    case N_EACH:
        return eval_each(x, n);
    case N_BIND:
        return eval_bind(x, n);
    case N_OPT_MAP:
        return eval_opt_map(x, n);
    case N_FAULT:
        return fault(x, n->at, n->sentence);
    case N_NAME:
    case N_FUNC:
    case N_METHOD:
        break;
    }
    return fault(x, n->at, "this was not compiled");
}

struct value eval(struct eval *x, const struct node *n)
{
    if (__builtin_expect(--x->fuel < 0, 0)) return eval_slow(x, n);
    return eval_node(x, n);
}

struct value eval_slow(struct eval *x, const struct node *n)
{
    struct value v;
    struct err e;

    if (x->fuel + x->hold < 0) return x_limit(x, no_fuel);
    v = eval_node(x, n);
    if (!x->seen || x->hidden || n->kind == N_CONST) return v;
    if (v.kind == V_FAULT) (void)!eval_why(x, &e);
    x->seen(x->seen_ctx, str_n(x->src.p + n->from, n->end - n->from), v.kind == V_FAULT ? NULL : &v,
            v.kind == V_FAULT ? &e : NULL);
    return v;
}
