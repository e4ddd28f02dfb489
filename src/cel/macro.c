/* The macros: calls that the parser turns into nodes of their own, because their arguments are
   expressions over a variable, or are not evaluated at all. */
#include "cel/cel.h"
#include "cel/parse.h"

struct expand {
    struct arena *arena;
    struct str src;
    struct node *call;
    const struct macro *macro;
};

typedef err_t expand_fn(struct expand *x, struct node **ret, struct err *e);

static expand_fn expand_each, expand_has, expand_bind, expand_opt, expand_block, expand_index,
    expand_iter_var;

static const struct macro {
    const char *space; /* "cel" for cel.bind(); NULL: any receiver */
    const char *name;
    uint8_t args; /* without the receiver */
    uint8_t vars;
    uint8_t op;
    expand_fn *expand;
} macros[] = {{NULL, "all", 2, 1, EACH_ALL, expand_each},
              {NULL, "exists", 2, 1, EACH_EXISTS, expand_each},
              {NULL, "exists_one", 2, 1, EACH_ONE, expand_each},
              {NULL, "existsOne", 2, 1, EACH_ONE, expand_each},
              {NULL, "filter", 2, 1, EACH_FILTER, expand_each},
              {NULL, "map", 2, 1, EACH_LIST, expand_each},
              {NULL, "map", 3, 1, EACH_LIST, expand_each},
              {NULL, "sortBy", 2, 1, EACH_SORT, expand_each},
              {NULL, "all", 3, 2, EACH_ALL, expand_each},
              {NULL, "exists", 3, 2, EACH_EXISTS, expand_each},
              {NULL, "exists_one", 3, 2, EACH_ONE, expand_each},
              {NULL, "existsOne", 3, 2, EACH_ONE, expand_each},
              {NULL, "transformList", 3, 2, EACH_LIST, expand_each},
              {NULL, "transformList", 4, 2, EACH_LIST, expand_each},
              {NULL, "transformMap", 3, 2, EACH_MAP, expand_each},
              {NULL, "transformMap", 4, 2, EACH_MAP, expand_each},
              {NULL, "transformMapEntry", 3, 2, EACH_ENTRIES, expand_each},
              {NULL, "transformMapEntry", 4, 2, EACH_ENTRIES, expand_each},
              {NULL, "optMap", 2, 1, OPT_MAP, expand_opt},
              {NULL, "optFlatMap", 2, 1, OPT_FLAT_MAP, expand_opt},
              {"cel", "bind", 3, 1, 0, expand_bind},
              {"cel", "block", 2, 0, 0, expand_block},
              {"cel", "index", 1, 0, 0, expand_index},
              {"cel", "iterVar", 2, 0, 0, expand_iter_var},
              {"", "has", 1, 0, 0, expand_has}};

static const struct macro *find(const struct node *call)
{
    bool method = call->kind == N_METHOD;

    for (size_t i = 0; i < COUNT_OF(macros); i++) {
        const struct macro *m = &macros[i];

        if (call->n != m->args + (method ? 1u : 0u) || !str_is(call->name, m->name)) continue;
        if (!method ? m->space && !*m->space : !m->space) return m;
        if (method && m->space && *m->space && call->kid[0]->kind == N_NAME &&
            str_is(call->kid[0]->name, m->space))
            return m;
    }
    return NULL;
}

static err_t node_of(struct expand *x, struct node shape, struct node *const *kids, size_t n,
                     struct node **ret, struct err *e)
{
    struct kids list = {0};

    for (size_t i = 0; i < n; i++) kids_add(x->arena, &list, kids[i]);
    shape.at = x->call->at;
    shape.from = x->call->from;
    shape.end = x->call->end;
    return node_make(x->arena, x->src, shape, &list, ret, e);
}

static err_t variable(struct expand *x, const struct node *arg, struct str *ret, struct err *e)
{
    if (arg->kind != N_NAME || arg->rooted)
        return fail_src(e, E_INPUT, x->src, arg->at, "%s() needs a variable's name here",
                        x->macro->name);
    *ret = arg->name;
    return OK;
}

static err_t expand_each(struct expand *x, struct node **ret, struct err *e)
{
    unsigned vars = x->macro->vars;
    struct node shape = {.kind = N_EACH, .op = x->macro->op, .vars = (uint8_t)vars};
    struct node *kids[3] = {x->call->kid[0]};
    size_t n = 1;

    for (unsigned i = 0; i < vars; i++) TRY(variable(x, x->call->kid[1 + i], &shape.var[i], e));
    if (vars == 2 && str_eq(shape.var[0], shape.var[1]))
        return fail_src(e, E_INPUT, x->src, x->call->kid[2]->at,
                        "the two variables need two names");
    for (unsigned i = 1 + vars; i < x->call->n; i++) kids[n++] = x->call->kid[i];
    return node_of(x, shape, kids, n, ret, e);
}

static err_t expand_opt(struct expand *x, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_OPT_MAP, .op = x->macro->op, .vars = 1};
    struct node *kids[2] = {x->call->kid[0], x->call->kid[2]};

    TRY(variable(x, x->call->kid[1], &shape.var[0], e));
    return node_of(x, shape, kids, 2, ret, e);
}

static err_t expand_bind(struct expand *x, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_BIND, .vars = 1};
    struct node *kids[2] = {x->call->kid[2], x->call->kid[3]};

    TRY(variable(x, x->call->kid[1], &shape.var[0], e));
    return node_of(x, shape, kids, 2, ret, e);
}

static err_t expand_has(struct expand *x, struct node **ret, struct err *e)
{
    struct node *arg = x->call->kid[0];

    if (arg->kind != N_FIELD)
        return fail_src(e, E_INPUT, x->src, arg->at, "has() needs a field, as in has(event.user)");
    arg->kind = N_HAS;
    arg->from = x->call->from;
    arg->end = x->call->end;
    *ret = arg;
    return OK;
}

/* What optimisers write: cel.block([a, b], e) where e says cel.index(0) for a. The same as nested
   binds of variables that no source can name. */
static err_t expand_block(struct expand *x, struct node **ret, struct err *e)
{
    struct node *list = x->call->kid[1];

    if (list->kind != N_LIST)
        return fail_src(e, E_INPUT, x->src, list->at, "cel.block() needs a list written out");
    *ret = x->call->kid[2];
    for (uint32_t i = list->n; i-- > 0;) {
        struct node shape = {.kind = N_BIND, .vars = 1};
        struct node *kids[2] = {list->kid[i], *ret};

        shape.var[0] = str_of(arena_fmt(x->arena, "@index%u", i));
        TRY(node_of(x, shape, kids, 2, ret, e));
    }
    return OK;
}

static err_t small_number(struct expand *x, const struct node *arg, int *ret, struct err *e)
{
    if (arg->kind != N_CONST || arg->value.kind != V_INT || arg->value.i < 0 || arg->value.i > 999)
        return fail_src(e, E_INPUT, x->src, arg->at, "%s() needs a small number here",
                        x->macro->name);
    *ret = (int)arg->value.i;
    return OK;
}

static err_t expand_index(struct expand *x, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_NAME};
    int i = 0;

    TRY(small_number(x, x->call->kid[1], &i, e));
    shape.name = str_of(arena_fmt(x->arena, "@index%d", i));
    return node_of(x, shape, NULL, 0, ret, e);
}

static err_t expand_iter_var(struct expand *x, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_NAME};
    int i = 0, j = 0;

    TRY(small_number(x, x->call->kid[1], &i, e));
    TRY(small_number(x, x->call->kid[2], &j, e));
    shape.name = str_of(arena_fmt(x->arena, "@it:%d:%d", i, j));
    return node_of(x, shape, NULL, 0, ret, e);
}

err_t macro_expand(struct arena *a, struct str src, struct node **call, struct err *e)
{
    struct expand x = {.arena = a, .src = src, .call = *call, .macro = find(*call)};

    return x.macro ? x.macro->expand(&x, call, e) : OK;
}
