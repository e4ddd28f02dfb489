/* Calls: which function is meant, and which of its overloads. */
#include "cel/check.h"
#include "cel/eval.h"
#include "cel/fn.h"
#include "cel/lex.h"
#include "cel/regex.h"

static const char declared_only[] = "this function has no implementation here";

static err_t no_function(struct check *c, struct node *n, struct str name, enum fn_form form,
                         const struct fn *near, struct err *e)
{
    const char *text;

    if (near)
        text = arena_fmt(c->arena, "no such overload: " STR_FMT " is called as %s", STR_ARG(name),
                         overload_forms(c, str_of(near->name)));
    else
        text = arena_fmt(c->arena, "there is no function `" STR_FMT "`", STR_ARG(name));
    return check_complain(c, n, text, near ? STR("") : fn_suggest(name, form), e);
}

/* Arguments of a function that takes any number become one list. */
static err_t gather(struct check *c, struct node *n, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_LIST, .at = n->at, .from = n->from, .end = n->end};
    struct kids kids = {n->kid, n->n}, one = {0};
    struct node call = *n, *list;

    TRY(node_make(c->arena, c->src, shape, &kids, &list, e));
    kids_add(c->arena, &one, list);
    return node_make(c->arena, c->src, call, &one, ret, e);
}

static bool may_be_number(struct check *c, const struct cel_type *t)
{
    t = infer_seen(&c->infer, t);
    return t->kind == CEL_INT || t->kind == CEL_UINT || t->kind == CEL_DOUBLE ||
           t->kind == CEL_DYN || t->kind == CEL_PARAM;
}

/* math.greatest(a, b, …): the type that all of them have, or dyn. */
static err_t check_many(struct check *c, struct node **ret, const struct fn *fn,
                        const struct cel_type **ret_type, struct err *e)
{
    const struct cel_type *all = NULL, *one;
    struct node *n = *ret;

    for (uint32_t i = 0; i < n->n; i++) {
        TRY(check_tree(c, &n->kid[i], &one, e));
        if (!c->options->loose && !may_be_number(c, one)) {
            const struct operands o = {.signature = signature_of(str_of(fn->name)),
                                       .name = str_of(fn->name),
                                       .at = n,
                                       .kids = &n->kid[i],
                                       .types = &one,
                                       .n = 1};

            return overload_none(c, &o, e);
        }
        all = infer_join(&c->infer, all, one);
    }
    *ret_type = all && all->kind <= CEL_DOUBLE ? all : &cel_dyn;
    return gather(c, n, ret, e);
}

/* A pattern that is known is compiled now. */
static err_t compile_pattern(struct check *c, struct node *n, struct err *e)
{
    if (!str_is(str_of(n->call.fn->name), "matches") || n->kid[1]->kind != N_CONST ||
        n->kid[1]->value.kind != V_STRING)
        return OK;
    if (regex_compile(c->arena, value_str(n->kid[1]->value), &n->call.regex, e) == OK) return OK;
    return check_complain(c, n, arena_fmt(c->arena, "%s", e->text), STR(""), e);
}

static err_t check_operands(struct check *c, struct node *n, const struct cel_type **types,
                            struct err *e)
{
    for (uint32_t i = 0; i < n->n; i++) TRY(check_tree(c, &n->kid[i], &types[i], e));
    return OK;
}

static err_t become_call(struct check *c, struct node **ret, const struct fn *fn, bool method,
                         const struct cel_type **ret_type, struct err *e)
{
    struct node *n = *ret;
    const struct cel_type *types[CALL_ARGS];
    struct operands o = {.signature = signature_of(str_of(fn->name)),
                         .name = str_of(fn->name),
                         .method = method,
                         .at = n,
                         .kids = n->kid,
                         .types = types,
                         .n = n->n};

    n->kind = N_CALL;
    n->call.fn = fn;
    n->call.regex = NULL;
    if (fn->form & FN_LIST && n->n > 1) return check_many(c, ret, fn, ret_type, e);
    TRY(check_operands(c, n, types, e));
    TRY(overload_type(c, &o, ret_type, e));
    return n->kind == N_CALL ? compile_pattern(c, n, e) : OK;
}

/* --- declared functions --- */

static bool is_declared(const struct check *c, struct str name)
{
    for (size_t i = 0; i < c->options->functions_n; i++) {
        if (str_is(name, c->options->functions[i].name)) return true;
    }
    return false;
}

static err_t become_declared(struct check *c, struct node *n, struct str name, bool method,
                             const struct cel_type **ret_type, struct err *e)
{
    const struct cel_type **types = arena_raw(c->arena, (n->n + 1) * sizeof(void *));
    struct operands o = {.signature = signature_of(name),
                         .name = name,
                         .method = method,
                         .at = n,
                         .kids = n->kid,
                         .types = types,
                         .n = n->n};

    TRY(check_operands(c, n, types, e));
    TRY(overload_type(c, &o, ret_type, e));
    n->kind = N_FAULT;
    n->n = 0;
    n->sentence = declared_only;
    return OK;
}

/* --- global functions --- */

/* A function's name may be qualified by the container, as any name. */
static bool call_global(struct check *c, struct node **ret, struct str name,
                        const struct fn **ret_near, const struct cel_type **ret_type,
                        err_t *ret_bad, struct err *e)
{
    struct name_search s = {.space = (*ret)->rooted ? STR("") : c->options->container};
    char full[CHECK_NAME_MAX];
    const struct fn *fn;
    struct str one;

    *ret_near = NULL;
    while (name_next(&s, name, full, &one)) {
        const struct fn *near;

        if (is_declared(c, one)) {
            *ret_bad = become_declared(c, *ret, one, false, ret_type, e);
            return true;
        }
        fn = fn_find(one, FN_GLOBAL, (*ret)->n, &near);
        if (near) *ret_near = near;
        if (!fn) continue;
        *ret_bad = become_call(c, ret, fn, false, ret_type, e);
        return true;
    }
    return false;
}

err_t check_func(struct check *c, struct node **node, const struct cel_type **ret, struct err *e)
{
    const struct fn *near;
    struct node *n = *node;
    err_t bad = OK;

    if (call_global(c, node, n->name, &near, ret, &bad, e)) return bad;
    return no_function(c, n, n->name, FN_GLOBAL, near, e);
}

/* --- methods, and functions whose name has a dot --- */

/* math.abs(x) looks like a method of `math`. *ret_name is the whole; false: it is none. */
static bool qualified(struct check *c, const struct node *n, struct str *ret_name)
{
    char name[CHECK_NAME_MAX];
    const struct node *root;
    uint32_t slot;

    if (!name_dotted(n->kid[0], name, sizeof name, &root) || name_local(c, root)) return false;
    if (name_slot(c, root->name, &slot)) return false;
    *ret_name = str_of(arena_fmt(c->arena, "%s." STR_FMT, name, STR_ARG(n->name)));
    return true;
}

/* True: it is a call of a qualified name, or *ret_near is a function called so with others. */
static bool call_qualified(struct check *c, struct node **ret, struct str name,
                           const struct fn **ret_near, const struct cel_type **ret_type, err_t *bad,
                           struct err *e)
{
    struct node *n = *ret;
    struct node *receiver = n->kid[0];

    n->n--;
    memmove(n->kid, n->kid + 1, n->n * sizeof(void *));
    if (call_global(c, ret, name, ret_near, ret_type, bad, e)) return true;
    memmove(n->kid + 1, n->kid, n->n * sizeof(void *));
    n->kid[0] = receiver;
    n->n++;
    return false;
}

err_t check_method(struct check *c, struct node **node, const struct cel_type **ret, struct err *e)
{
    const struct fn *near = NULL, *fn;
    struct node *n = *node;
    struct str name = n->name;
    err_t bad = OK;

    if (qualified(c, n, &name)) {
        if (call_qualified(c, node, name, &near, ret, &bad, e)) return bad;
        if (near) return no_function(c, n, name, FN_GLOBAL, near, e);
    }
    if (is_declared(c, n->name)) return become_declared(c, n, n->name, true, ret, e);
    fn = fn_find(n->name, FN_METHOD, n->n, &near);
    if (fn) return become_call(c, node, fn, true, ret, e);
    if (n->kid[0]->kind == N_NAME && !near) {
        struct node probe = *n->kid[0];
        const struct cel_type *ignored;

        if (fn_space(probe.name)) return no_function(c, n, name, FN_GLOBAL, NULL, e);
        TRY(check_name(c, &probe, &ignored, e)); /* an unknown name is the better complaint */
    }
    return no_function(c, n, n->name, FN_METHOD, near, e);
}
