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
    x->tail = NULL;
    x->tail_room = 0;
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
    if (steps <= CEL_STEPS) { /* else it may be any number an expression has made */
        x->fuel -= (int64_t)steps;
        if (x->fuel + x->hold >= 0) return true;
    }
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

bool text_count(struct eval *x, size_t n)
{
    if (n > text_left(x)) {
        (void)x_limit_text(x);
        return false;
    }
    x->made += n;
    return charge(x, n / 64);
}

char *text_room(struct eval *x, size_t n)
{
    return text_count(x, n) ? arena_raw(x->arena, n + 1) : NULL;
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

/* eval() without the call where the kid is a constant. */
static inline struct value operand(struct eval *x, const struct node *n)
{
    if (n->kind != N_CONST || x->fuel <= 0) return eval(x, n);
    x->fuel--;
    return n->value;
}

/* Most of what rules say is `path == "text"`: nothing is copied for that. */
static struct value eval_equal(struct eval *x, const struct node *n)
{
    const struct node *left = n->kid[0], *right = n->kid[1];
    bool wanted = n->kind == N_EQ;
    struct value a, b;

    if (left->kind == N_PATH && right->kind == N_CONST && x->fuel > 1) {
        const struct value *v;

        x->fuel -= 2;
        v = path_find(x, left, &a);
        b = right->value;
        if (v->kind == V_STRING && b.kind == V_STRING && b.n < CHARGED_TEXT)
            return v_bool((v->n == b.n && same_bytes(v->s, b.s, b.n)) == wanted);
        return v->kind == V_FAULT ? *v : v_bool(equal(x, *v, b) == wanted);
    }
    a = eval(x, left);
    if (a.kind == V_FAULT) return a;
    b = operand(x, right);
    if (b.kind == V_FAULT) return b;
    return v_bool(equal(x, a, b) == wanted);
}

static struct value eval_binary(struct eval *x, const struct node *n)
{
    struct value a = operand(x, n->kid[0]), b;

    if (a.kind == V_FAULT) return a;
    b = operand(x, n->kid[1]);
    if (b.kind == V_FAULT) return b;
    return op_binary(x, n, a, b);
}

static struct value eval_in(struct eval *x, const struct node *n)
{
    struct value a = eval(x, n->kid[0]), b;

    if (a.kind == V_FAULT) return a;
    b = operand(x, n->kid[1]);
    return b.kind == V_FAULT ? b : op_in(x, n, a, b);
}

static struct value eval_index(struct eval *x, const struct node *n)
{
    struct value a = eval(x, n->kid[0]), b;

    if (a.kind == V_FAULT) return a;
    b = operand(x, n->kid[1]);
    return b.kind == V_FAULT ? b : select_index(x, n, a, b);
}

static struct value eval_call(struct eval *x, const struct node *n)
{
    const struct fn *fn = n->call.fn;
    struct value v[CALL_ARGS];

    for (uint32_t i = 0; i < n->n; i++) {
        v[i] = operand(x, n->kid[i]);
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

void grow_more(struct grow *g, size_t size)
{
    enum { FIRST = 32 };
    size_t room = g->room ? 2 * g->room : FIRST;
    void *list;

    if (room > g->most) room = g->most;
    list = arena_raw(g->arena, room * size);
    if (g->n) memcpy(list, g->list, g->n * size);
    g->list = list;
    g->room = room;
}

static struct value eval_list(struct eval *x, const struct node *n)
{
    struct grow items = {.arena = x->arena, .most = n->n};

    for (uint32_t i = 0; i < n->n; i++) {
        struct value v = eval(x, n->kid[i]);
        bool keep = v.kind != V_FAULT && (!n->kid[i]->optional || unwrap(x, n->kid[i], &v));

        if (v.kind == V_FAULT) return v;
        if (keep) *(struct value *)grow_add(&items, sizeof v) = v;
    }
    return v_list(items.list, items.n);
}

static struct value eval_map(struct eval *x, const struct node *n)
{
    struct grow pairs = {.arena = x->arena, .most = n->n / 2};

    for (uint32_t i = 0; i < n->n; i += 2) {
        struct value key = eval(x, n->kid[i]), v;
        bool keep;

        if (key.kind == V_FAULT) return key;
        if (!map_key(key)) return fault_of(x, n->kid[i]->at, "unsupported key type: {kind}", key);
        v = eval(x, n->kid[i + 1]);
        keep = v.kind != V_FAULT && (!n->kid[i]->optional || unwrap(x, n->kid[i + 1], &v));
        if (v.kind == V_FAULT) return v;
        if (key_taken(x, pairs.list, pairs.n, key))
            return fault_of(x, n->kid[i]->at, "the key {a} is there twice", key);
        if (keep) *(struct pair *)grow_add(&pairs, sizeof(struct pair)) = (struct pair){key, v};
    }
    return v_map(pairs.list, pairs.n);
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

static struct value eval_const(struct eval *x, const struct node *n)
{
    (void)x;
    return n->value;
}

static struct value eval_slot(struct eval *x, const struct node *n)
{
    return x->values[n->slot];
}

static struct value eval_and(struct eval *x, const struct node *n)
{
    return eval_and_or(x, n, false);
}

static struct value eval_or(struct eval *x, const struct node *n)
{
    return eval_and_or(x, n, true);
}

static struct value eval_fault(struct eval *x, const struct node *n)
{
    return fault(x, n->at, n->sentence);
}

/* N_NAME, N_FUNC and N_METHOD do not outlive check.c. */
static struct value (*const evals[])(struct eval *x, const struct node *n) = {
    [N_CONST] = eval_const, [N_SLOT] = eval_slot,       [N_LOCAL] = eval_local,
    [N_PATH] = eval_path,   [N_AND] = eval_and,         [N_OR] = eval_or,
    [N_COND] = eval_cond,   [N_NOT] = eval_not,         [N_NEG] = eval_negate,
    [N_EQ] = eval_equal,    [N_NE] = eval_equal,        [N_LT] = eval_binary,
    [N_LE] = eval_binary,   [N_GT] = eval_binary,       [N_GE] = eval_binary,
    [N_IN] = eval_in,       [N_ADD] = eval_binary,      [N_SUB] = eval_binary,
    [N_MUL] = eval_binary,  [N_DIV] = eval_binary,      [N_MOD] = eval_binary,
    [N_FIELD] = eval_field, [N_OPT_FIELD] = eval_field, [N_HAS] = eval_field,
    [N_INDEX] = eval_index, [N_OPT_INDEX] = eval_index, [N_LIST] = eval_list,
    [N_MAP] = eval_map,     [N_CALL] = eval_call,       [N_EACH] = eval_each,
    [N_BIND] = eval_bind,   [N_OPT_MAP] = eval_opt_map, [N_FAULT] = eval_fault,
};

struct value eval(struct eval *x, const struct node *n)
{
    if (__builtin_expect(--x->fuel < 0, 0)) return eval_slow(x, n);
    return evals[n->kind](x, n);
}

struct value eval_slow(struct eval *x, const struct node *n)
{
    struct value v;
    struct err e;

    if (x->fuel + x->hold < 0) return x_limit(x, no_fuel);
    v = evals[n->kind](x, n);
    if (!x->seen || x->hidden || n->kind == N_CONST) return v;
    if (v.kind == V_FAULT) (void)!eval_why(x, &e);
    x->seen(x->seen_ctx, str_n(x->src.p + n->from, n->end - n->from), v.kind == V_FAULT ? NULL : &v,
            v.kind == V_FAULT ? &e : NULL);
    return v;
}
