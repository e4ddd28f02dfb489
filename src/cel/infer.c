#include "cel/infer.h"

void infer_init(struct infer *x, struct arena *a)
{
    x->arena = a;
    x->pooled = x->vars_n = x->moves_n = 0;
    x->vars = x->first_vars;
    x->vars_cap = INFER_VARS;
    x->moves = NULL;
    x->steps = INFER_STEPS;
}

static bool tired(struct infer *x)
{
    if (x->steps) x->steps--;
    return x->steps == 0;
}

/* Its depth, from that of its parameters, which are dyn where it would be too deep. */
static void set_depth(struct cel_type *t)
{
    unsigned depth = 0;

    for (unsigned i = 0; i < t->n; i++) {
        if (t->of[i]->depth >= INFER_DEPTH) t->of[i] = &cel_dyn;
        if (t->of[i]->depth > depth) depth = t->of[i]->depth;
    }
    t->depth = (uint8_t)(depth + 1);
}

static struct cel_type *take(struct infer *x)
{
    if (x->pooled < INFER_POOL) return &x->pool[x->pooled++];
    return arena_raw(x->arena, sizeof(struct cel_type));
}

const struct cel_type *infer_type(struct infer *x, enum cel_kind kind, const struct cel_type *a,
                                  const struct cel_type *b)
{
    struct cel_type *t = take(x);

    *t = (struct cel_type){.kind = (uint8_t)kind, .n = b ? 2 : 1, .of = {a, b}};
    set_depth(t);
    return t;
}

const struct cel_type *infer_var(struct infer *x)
{
    struct cel_type *t = take(x);

    if (x->vars_n == x->vars_cap) {
        const struct cel_type **more = arena_raw(x->arena, 2 * x->vars_cap * sizeof(void *));

        memcpy(more, x->vars, x->vars_n * sizeof(void *));
        x->vars = more;
        x->vars_cap *= 2;
    }
    *t = (struct cel_type){.kind = CEL_PARAM, .number = (uint32_t)x->vars_n};
    x->vars[x->vars_n++] = NULL;
    return t;
}

struct infer_mark infer_mark(const struct infer *x)
{
    return (struct infer_mark){x->vars_n, x->moves_n, x->pooled};
}

void infer_back(struct infer *x, struct infer_mark m)
{
    while (x->moves_n > m.moves_n) {
        const struct infer_move *move = &x->moves[--x->moves_n];

        x->vars[move->var] = move->was;
    }
    x->vars_n = m.vars_n;
    x->pooled = m.pooled;
}

static void settle(struct infer *x, const struct cel_type *var, const struct cel_type *as)
{
    struct infer_move *move = arena_push(x->arena, &x->moves, &x->moves_n, sizeof *move);

    *move = (struct infer_move){var->number, x->vars[var->number]};
    x->vars[var->number] = as;
}

const struct cel_type *infer_seen(const struct infer *x, const struct cel_type *t)
{
    while (t->kind == CEL_PARAM && x->vars[t->number]) t = x->vars[t->number];
    return t;
}

static const struct cel_type *rebuild(struct infer *x, const struct cel_type *t, bool final)
{
    const struct cel_type *of[CEL_TYPE_PARAMS];
    struct cel_type *copy;
    bool same = true;

    t = infer_seen(x, t);
    if (t->kind == CEL_PARAM) return final ? &cel_dyn : t;
    if (t->n == 0) return t;
    if (tired(x)) return &cel_dyn;
    for (unsigned i = 0; i < t->n; i++) {
        of[i] = rebuild(x, t->of[i], final);
        same = same && of[i] == t->of[i];
    }
    if (same && !(final && t >= x->pool && t < x->pool + INFER_POOL)) return t;
    copy = final ? arena_raw(x->arena, sizeof *copy) : take(x);
    *copy = *t;
    memcpy(copy->of, of, t->n * sizeof(void *));
    set_depth(copy);
    return copy;
}

const struct cel_type *infer_known(struct infer *x, const struct cel_type *t)
{
    return rebuild(x, t, false);
}

const struct cel_type *infer_final(struct infer *x, const struct cel_type *t)
{
    return rebuild(x, t, true);
}

/* Does the variable occur in t, or on the way to what t stands for? A type within itself would have
   no end. */
static bool occurs(struct infer *x, const struct cel_type *var, const struct cel_type *t)
{
    for (; t->kind == CEL_PARAM; t = x->vars[t->number]) {
        if (t->number == var->number) return true;
        if (!x->vars[t->number]) return false;
    }
    if (tired(x)) return true;
    for (unsigned i = 0; i < t->n; i++) {
        if (occurs(x, var, t->of[i])) return true;
    }
    return false;
}

/* Is a equal to b, or said with less? */
static bool as_general(const struct cel_type *a, const struct cel_type *b)
{
    if (a->kind == CEL_DYN || a->kind == CEL_PARAM) return true;
    if (b->kind == CEL_DYN || b->kind == CEL_PARAM || a->kind != b->kind) return false;
    if (a->kind == CEL_TYPE) return true;
    if (a->n == 0 || a->n != b->n) return type_same(a, b);
    if (a->kind == CEL_OPAQUE && strcmp(a->name, b->name) != 0) return false;
    for (unsigned i = 0; i < a->n; i++) {
        if (!as_general(a->of[i], b->of[i])) return false;
    }
    return true;
}

/* Of two that agree. */
static const struct cel_type *more_general(const struct cel_type *a, const struct cel_type *b)
{
    if (b->kind == CEL_NULL) return a;
    if (a->kind == CEL_OBJECT && b->kind >= CEL_LIST && a != b) a = &cel_record;
    return as_general(a, b) ? a : b->kind == CEL_OBJECT ? &cel_record : b;
}

static bool agree(struct infer *x, const struct cel_type *t, const struct cel_type *to);

/* Whether the variable may stand for t. *ret_had: it stood for something before. */
static bool stands_for(struct infer *x, const struct cel_type *t, const struct cel_type *var,
                       bool *ret_had)
{
    const struct cel_type *as = x->vars[var->number], *wide;

    *ret_had = true;
    if (type_same(t, var)) return true;
    if (!as) {
        *ret_had = false;
        if (occurs(x, var, t)) return x->steps == 0;
        settle(x, var, t);
        return true;
    }
    if (type_same(t, as)) return true;
    if (!agree(x, t, as)) return false;
    wide = more_general(t, as);
    if (wide != as && !occurs(x, var, wide)) settle(x, var, wide);
    return true;
}

/* null goes where something may be absent. */
static bool nullable(const struct cel_type *t)
{
    return t->kind == CEL_NULL || t->kind == CEL_TIMESTAMP || t->kind == CEL_DURATION ||
           t->kind == CEL_OPTIONAL || t->kind == CEL_OPAQUE || t->kind == CEL_OBJECT;
}

static bool agree_params(struct infer *x, const struct cel_type *t, const struct cel_type *to)
{
    if (t->kind == CEL_OBJECT && to->kind == CEL_MAP) t = &cel_record;
    if (to->kind == CEL_OBJECT && t->kind == CEL_MAP) to = &cel_record;
    if (t->kind != to->kind) return false;
    if (t->kind == CEL_TYPE) return true;
    if (t->n != to->n || (t->kind == CEL_OPAQUE && strcmp(t->name, to->name) != 0)) return false;
    for (unsigned i = 0; i < t->n; i++) {
        if (!agree(x, t->of[i], to->of[i])) return false;
    }
    return true;
}

static bool agree(struct infer *x, const struct cel_type *t, const struct cel_type *to)
{
    bool had;

    if (tired(x)) return true;
    if (to->kind == CEL_PARAM) {
        if (stands_for(x, t, to, &had)) return true;
        if (had) return false;
    }
    if (t->kind == CEL_PARAM) return stands_for(x, to, t, &had);
    if (t->kind == CEL_DYN || to->kind == CEL_DYN) return true;
    if (t->kind == CEL_NULL) return nullable(to);
    if (to->kind == CEL_NULL) return nullable(t);
    return agree_params(x, t, to);
}

bool infer_assign(struct infer *x, const struct cel_type *t, const struct cel_type *to)
{
    struct infer_mark m = infer_mark(x);

    if (agree(x, t, to)) return true;
    infer_back(x, m);
    return false;
}

const struct cel_type *infer_join(struct infer *x, const struct cel_type *a,
                                  const struct cel_type *b)
{
    if (!a || a == b) return b;
    return infer_assign(x, a, b) ? more_general(a, b) : &cel_dyn;
}
