#include <stdio.h>

#include "base/suggest.h"
#include "cel/compile.h"
#include "cel/eval.h"
#include "cel/fn.h"
#include "cel/parse.h"
#include "cel/regex.h"

enum { CHAIN_MAX = 16, NAME_MAX_BYTES = 256 };

/* Names of types are values. */
static const char *const types[] = {"bool",
                                    "bytes",
                                    "double",
                                    "google.protobuf.Duration",
                                    "google.protobuf.Timestamp",
                                    "int",
                                    "list",
                                    "map",
                                    "null_type",
                                    "optional_type",
                                    "string",
                                    "type",
                                    "uint",
                                    NULL};

static err_t check_kids(struct check *c, struct node *n, struct err *e)
{
    for (uint32_t i = 0; i < n->n; i++) TRY(check_tree(c, &n->kid[i], e));
    return OK;
}

/* What a loose compilation leaves to the evaluation. */
static err_t unresolved(struct check *c, struct node *n, const struct err *why)
{
    n->kind = N_FAULT;
    n->n = 0;
    n->sentence = arena_fmt(c->arena, "%s", why->text);
    return OK;
}

static err_t complain(struct check *c, struct node *n, const char *text, struct str near,
                      struct err *e)
{
    if (near.n)
        (void)!fail_src(e, E_INPUT, c->src, n->at, "%s; did you mean `" STR_FMT "`?", text,
                        STR_ARG(near));
    else
        (void)!fail_src(e, E_INPUT, c->src, n->at, "%s", text);
    return c->options->loose ? unresolved(c, n, e) : e->code;
}

static err_t unknown_name(struct check *c, struct node *n, struct err *e)
{
    struct suggest s;

    suggest_init(&s, n->name);
    for (size_t i = 0; i < c->depth; i++) suggest_offer(&s, c->scope[i]);
    for (size_t i = 0; i < c->options->n; i++) suggest_offer(&s, str_of(c->options->names[i].name));
    return complain(c, n,
                    arena_fmt(c->arena, "there is no name `" STR_FMT "` here", STR_ARG(n->name)),
                    suggest_best(&s), e);
}

static bool find_slot(const struct check *c, struct str name, uint32_t *ret)
{
    for (size_t i = 0; i < c->options->n; i++) {
        if (!str_is(name, c->options->names[i].name)) continue;
        *ret = (uint32_t)i;
        return true;
    }
    return false;
}

static void become_slot(struct check *c, struct node *n, uint32_t slot)
{
    n->kind = N_SLOT;
    n->n = 0;
    n->slot = slot;
    if (slot < 64) c->uses |= UINT64_C(1) << slot;
}

/* Whether `name` in the container, or in one of those around it, is a name or a type. */
static bool resolve_global(struct check *c, struct node *n, struct str name)
{
    struct str space = n->rooted ? STR("") : c->options->container;
    uint32_t slot;

    for (;;) {
        char full[NAME_MAX_BYTES];
        int len = snprintf(full, sizeof full, STR_FMT "%s" STR_FMT, STR_ARG(space),
                           space.n ? "." : "", STR_ARG(name));

        if (len > 0 && (size_t)len < sizeof full && find_slot(c, str_n(full, (size_t)len), &slot)) {
            become_slot(c, n, slot);
            return true;
        }
        if (space.n == 0) break;
        while (space.n > 0 && space.p[space.n - 1] != '.') space.n--;
        if (space.n > 0) space.n--;
    }
    for (size_t i = 0; types[i]; i++) {
        if (!str_is(name, types[i])) continue;
        n->kind = N_CONST;
        n->n = 0;
        n->value = v_type(types[i]);
        return true;
    }
    return false;
}

static bool resolve_local(struct check *c, struct node *n)
{
    for (size_t i = c->depth; !n->rooted && i-- > 0;) {
        if (!str_eq(c->scope[i], n->name)) continue;
        n->kind = N_LOCAL;
        n->slot = (uint32_t)i;
        return true;
    }
    return false;
}

static err_t check_name(struct check *c, struct node *n, struct err *e)
{
    if (resolve_local(c, n) || resolve_global(c, n, n->name)) return OK;
    return unknown_name(c, n, e);
}

/* "a.b.c" when n is nothing but names and dots; false else. *ret_root is `a`. */
static bool dotted(const struct node *n, char *out, size_t size, const struct node **ret_root)
{
    const struct node *chain[CHAIN_MAX];
    size_t depth = 0, len = 0;

    for (; n->kind == N_FIELD && depth < CHAIN_MAX - 1; n = n->kid[0]) chain[depth++] = n;
    if (n->kind != N_NAME) return false;
    chain[depth++] = *ret_root = n;
    while (depth-- > 0) {
        struct str part = chain[depth]->name;

        if (len + part.n + 2 > size) return false;
        if (len) out[len++] = '.';
        memcpy(out + len, part.p, part.n);
        len += part.n;
    }
    out[len] = '\0';
    return true;
}

/* The longest part of a.b.c that is a name wins over fields. */
static bool resolve_dotted(struct check *c, struct node *n)
{
    char name[NAME_MAX_BYTES];
    const struct node *root;

    if (!dotted(n, name, sizeof name, &root)) return false;
    for (size_t i = c->depth; !root->rooted && i-- > 0;) {
        if (str_eq(c->scope[i], root->name)) return false;
    }
    n->rooted = root->rooted;
    return resolve_global(c, n, str_of(name));
}

static err_t closed_field(struct check *c, struct node *n, struct str field, struct err *e)
{
    const struct node *of = n->kid[0];
    const char *const *fields = of->kind == N_SLOT ? c->options->names[of->slot].fields : NULL;

    if (!fields) return OK;
    for (size_t i = 0; fields[i]; i++) {
        if (str_is(field, fields[i])) return OK;
    }
    return complain(c, n,
                    arena_fmt(c->arena, "no `" STR_FMT "` in %s", STR_ARG(field),
                              c->options->names[of->slot].name),
                    suggest_from(field, fields), e);
}

static bool path_root(const struct node *n)
{
    return n->kind == N_SLOT || n->kind == N_LOCAL || n->kind == N_PATH;
}

/* Fields selected from a name one after the other are one node. */
static void become_path(struct check *c, struct node *n)
{
    struct node *of = n->kid[0];
    uint32_t had = of->kind == N_PATH ? of->n : 0;
    struct field *path = arena_get(c->arena, (had + 1) * sizeof *path);

    for (uint32_t i = 0; i < had; i++) {
        path[i].name = of->path[i].name;
        path[i].at = of->path[i].at;
    }
    path[had].name = n->name;
    path[had].at = n->at;
    if (had) n->kid[0] = of->kid[0];
    n->kind = N_PATH;
    n->n = had + 1;
    n->path = path;
}

static err_t check_field(struct check *c, struct node *n, struct err *e)
{
    if (n->kind == N_FIELD && resolve_dotted(c, n)) return OK;
    TRY(check_tree(c, &n->kid[0], e));
    TRY(closed_field(c, n, n->name, e));
    if (n->kind == N_FIELD && path_root(n->kid[0])) become_path(c, n);
    return OK;
}

static err_t check_index(struct check *c, struct node *n, struct err *e)
{
    TRY(check_kids(c, n, e));
    if (n->kid[1]->kind != N_CONST || n->kid[1]->value.kind != V_STRING) return OK;
    return closed_field(c, n, value_str(n->kid[1]->value), e);
}

static err_t no_function(struct check *c, struct node *n, struct str name, enum fn_form form,
                         const struct fn *near, struct err *e)
{
    const char *text;

    if (near)
        text = arena_fmt(c->arena, "no such overload: " STR_FMT " is called as %s", STR_ARG(name),
                         near->signature);
    else
        text = arena_fmt(c->arena, "there is no function `" STR_FMT "`", STR_ARG(name));
    return complain(c, n, text, near ? STR("") : fn_suggest(name, form), e);
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

static err_t become_call(struct check *c, struct node **ret, const struct fn *fn, struct err *e)
{
    struct node *n = *ret;

    n->kind = N_CALL;
    n->call.fn = fn;
    n->call.regex = NULL;
    TRY(check_kids(c, n, e));
    if (fn->form & FN_LIST && n->n > 1) return gather(c, n, ret, e);
    if (!str_is(str_of(fn->name), "matches") || n->kid[1]->kind != N_CONST ||
        n->kid[1]->value.kind != V_STRING)
        return OK;
    if (regex_compile(c->arena, value_str(n->kid[1]->value), &n->call.regex, e) == OK) return OK;
    return complain(c, n, arena_fmt(c->arena, "%s", e->text), STR(""), e);
}

static err_t check_func(struct check *c, struct node **n, struct err *e)
{
    const struct fn *near, *fn = fn_find((*n)->name, FN_GLOBAL, (*n)->n, &near);

    if (fn) return become_call(c, n, fn, e);
    return no_function(c, *n, (*n)->name, FN_GLOBAL, near, e);
}

/* math.abs(x) looks like a method of `math`. */
static const struct fn *qualified(struct check *c, const struct node *n, struct str *ret_name,
                                  const struct fn **ret_near)
{
    char name[NAME_MAX_BYTES];
    const struct node *root;
    uint32_t slot;

    *ret_near = NULL;
    if (!dotted(n->kid[0], name, sizeof name, &root)) return NULL;
    for (size_t i = 0; i < c->depth; i++) {
        if (str_eq(c->scope[i], root->name)) return NULL;
    }
    if (find_slot(c, root->name, &slot)) return NULL;
    *ret_name = str_of(arena_fmt(c->arena, "%s." STR_FMT, name, STR_ARG(n->name)));
    return fn_find(*ret_name, FN_GLOBAL, n->n - 1, ret_near);
}

static err_t check_method(struct check *c, struct node **ret, struct err *e)
{
    const struct fn *near, *fn;
    struct node *n = *ret;
    struct str name = n->name;

    fn = qualified(c, n, &name, &near);
    if (fn) {
        n->n--;
        memmove(n->kid, n->kid + 1, n->n * sizeof(void *));
        return become_call(c, ret, fn, e);
    }
    if (near) return no_function(c, n, name, FN_GLOBAL, near, e);
    fn = fn_find(n->name, FN_METHOD, n->n, &near);
    if (fn) return become_call(c, ret, fn, e);
    if (n->kid[0]->kind == N_NAME && !near) {
        struct node probe = *n->kid[0];

        if (fn_space(probe.name)) return no_function(c, n, name, FN_GLOBAL, NULL, e);
        TRY(check_name(c, &probe, e)); /* an unknown name in front is the better complaint */
    }
    return no_function(c, n, n->name, FN_METHOD, near, e);
}

/* Variables are visible in every kid but the first. */
static err_t check_scope(struct check *c, struct node *n, struct err *e)
{
    size_t outer = c->depth;

    TRY(check_tree(c, &n->kid[0], e));
    if (outer + n->vars > CEL_LOCALS)
        return fail_src(e, E_LIMIT, c->src, n->at, "more than %d variables within one another",
                        CEL_LOCALS);
    n->slot = (uint32_t)outer;
    for (unsigned i = 0; i < n->vars; i++) c->scope[c->depth++] = n->var[i];
    for (uint32_t i = 1; i < n->n; i++) TRY(check_tree(c, &n->kid[i], e));
    c->depth = outer;
    return OK;
}

err_t check_tree(struct check *c, struct node **node, struct err *e)
{
    struct node *n = *node;
    bool optional = n->optional;

    switch (n->kind) {
    case N_NAME:
        return check_name(c, n, e);
    case N_FIELD:
    case N_OPT_FIELD:
    case N_HAS:
        return check_field(c, n, e);
    case N_INDEX:
    case N_OPT_INDEX:
        return check_index(c, n, e);
    case N_FUNC:
    case N_METHOD:
        TRY(n->kind == N_FUNC ? check_func(c, node, e) : check_method(c, node, e));
        (*node)->optional = optional;
        c->makes = true;
        return OK;
    case N_EACH:
    case N_BIND:
    case N_OPT_MAP:
        c->makes = true;
        return check_scope(c, n, e);
    case N_LIST:
    case N_MAP:
        c->makes = true;
        return check_kids(c, n, e);
    default:
        return check_kids(c, n, e);
    }
}
