/* The walk over the tree: every node its type, from the leaves up. */
#include "cel/check.h"
#include "base/suggest.h"
#include "cel/eval.h"
#include "cel/lex.h"

enum { SHOWN_MAX = 60 }; /* bytes of source in a sentence */

/* What a loose compilation leaves to the evaluation. */
static err_t unresolved(struct check *c, struct node *n, const struct err *why)
{
    n->kind = N_FAULT;
    n->n = 0;
    n->sentence = arena_fmt(c->arena, "%s", why->text);
    return OK;
}

err_t check_complain(struct check *c, struct node *n, const char *text, struct str near,
                     struct err *e)
{
    if (near.n)
        (void)!fail_src(e, E_INPUT, c->src, n->at, "%s; did you mean `" STR_FMT "`?", text,
                        STR_ARG(near));
    else
        (void)!fail_src(e, E_INPUT, c->src, n->at, "%s", text);
    return c->options->loose ? unresolved(c, n, e) : e->code;
}

/* --- fields --- */

static struct str nearest_field(const struct cel_type *object, struct str name)
{
    struct suggest s;

    suggest_init(&s, name);
    for (const struct cel_field *f = object->fields; f->name; f++)
        suggest_offer(&s, str_of(f->name));
    return suggest_best(&s);
}

static err_t object_field(struct check *c, struct node *n, struct str name,
                          const struct cel_type *object, const struct cel_type **ret, struct err *e)
{
    const struct cel_field *f = type_field(object, name);
    const struct node *of = n->kid[0];
    struct str source = str_n(c->src.p + of->from, of->end - of->from);

    *ret = f && f->type ? f->type : &cel_dyn;
    if (f) return OK;
    if (source.n > SHOWN_MAX) source = STR("this value");
    return check_complain(
        c, n, arena_fmt(c->arena, "no `" STR_FMT "` in " STR_FMT, STR_ARG(name), STR_ARG(source)),
        nearest_field(object, name), e);
}

/* The type of a field of t, which is no optional. */
static err_t field_type(struct check *c, struct node *n, const struct cel_type *t,
                        const struct cel_type **ret, struct err *e)
{
    *ret = &cel_dyn;
    if (t->kind == CEL_OBJECT) return object_field(c, n, n->name, t, ret, e);
    if (t->kind == CEL_MAP) *ret = t->of[1];
    if (t->kind == CEL_PARAM) (void)infer_assign(&c->infer, &cel_dyn, t);
    if (t->kind == CEL_MAP || t->kind == CEL_PARAM || t->kind == CEL_DYN || c->options->loose)
        return OK;
    return check_complain(c, n,
                          arena_fmt(c->arena,
                                    "no `" STR_FMT "` in a value of type %s: it has no "
                                    "fields",
                                    STR_ARG(n->name), type_shown(c, t)),
                          STR(""), e);
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

static err_t check_field(struct check *c, struct node *n, const struct cel_type **ret,
                         struct err *e)
{
    const struct cel_type *t;
    bool optional;

    if (n->kind == N_FIELD && check_dotted(c, n, ret)) return OK;
    TRY(check_tree(c, &n->kid[0], &t, e));
    t = infer_seen(&c->infer, t);
    optional = t->kind == CEL_OPTIONAL;
    TRY(field_type(c, n, optional ? infer_seen(&c->infer, t->of[0]) : t, ret, e));
    if (n->kind == N_HAS)
        *ret = &cel_bool;
    else if (optional || n->kind == N_OPT_FIELD)
        *ret = infer_type(&c->infer, CEL_OPTIONAL, *ret, NULL);
    if (n->kind == N_FIELD && path_root(n->kid[0])) become_path(c, n);
    return OK;
}

/* --- operators --- */

static err_t check_operator(struct check *c, struct node *n, const struct cel_type **ret,
                            struct err *e)
{
    const struct cel_type *types[3];
    const struct operands o = {.signature = signature_of_operator((enum node_kind)n->kind),
                               .at = n,
                               .kids = n->kid,
                               .types = types,
                               .n = n->n};

    for (uint32_t i = 0; i < n->n; i++) TRY(check_tree(c, &n->kid[i], &types[i], e));
    return overload_type(c, &o, ret, e);
}

/* A key that is written out is a field like any other. */
static err_t check_index(struct check *c, struct node *n, const struct cel_type **ret,
                         struct err *e)
{
    const struct cel_type *types[2], *t;
    const struct operands o = {.signature = signature_of_operator((enum node_kind)n->kind),
                               .at = n,
                               .kids = n->kid,
                               .types = types,
                               .n = 2};
    bool known;

    for (uint32_t i = 0; i < 2; i++) TRY(check_tree(c, &n->kid[i], &types[i], e));
    known = n->kid[1]->kind == N_CONST && n->kid[1]->value.kind == V_STRING;
    t = infer_seen(&c->infer, types[0]);
    if (t->kind != CEL_OBJECT || !known) return overload_type(c, &o, ret, e);
    TRY(object_field(c, n, value_str(n->kid[1]->value), t, ret, e));
    if (n->kind == N_OPT_INDEX) *ret = infer_type(&c->infer, CEL_OPTIONAL, *ret, NULL);
    return OK;
}

/* `a && b && c`: the complaint is about the first that is no bool. */
static err_t check_chain(struct check *c, struct node *n, const struct cel_type **ret,
                         struct err *e)
{
    const struct cel_type *pair[2] = {&cel_bool, &cel_bool};
    struct node at = *n;
    const struct operands o = {.signature = signature_of_operator((enum node_kind)n->kind),
                               .at = &at,
                               .kids = n->kid,
                               .types = pair,
                               .n = 2};

    *ret = &cel_bool;
    for (uint32_t i = 0; i < n->n; i++) {
        const struct cel_type **one = &pair[i ? 1 : 0];

        TRY(check_tree(c, &n->kid[i], one, e));
        if (c->options->loose || infer_assign(&c->infer, *one, &cel_bool)) continue;
        at.at = n->kid[i]->from;
        return overload_none(c, &o, e);
    }
    return OK;
}

/* --- literals --- */

/* The type of an element or value that may be written with `?`. */
static err_t item_type(struct check *c, struct node *n, bool optional, const struct cel_type **ret,
                       struct err *e)
{
    *ret = infer_seen(&c->infer, *ret);
    if (!optional || (*ret)->kind == CEL_DYN || c->options->loose) return OK;
    if ((*ret)->kind == CEL_OPTIONAL) {
        *ret = (*ret)->of[0];
        return OK;
    }
    return fail_src(
        e, E_INPUT, c->src, n->from,
        "what stands with `?` must be an optional, such as a.?b, not a value of type %s",
        type_shown(c, *ret));
}

static err_t check_list(struct check *c, struct node *n, const struct cel_type **ret, struct err *e)
{
    const struct cel_type *all = NULL, *one;

    for (uint32_t i = 0; i < n->n; i++) {
        TRY(check_tree(c, &n->kid[i], &one, e));
        TRY(item_type(c, n->kid[i], n->kid[i]->optional, &one, e));
        all = infer_join(&c->infer, all, one);
    }
    if (!all) all = infer_var(&c->infer);
    *ret = infer_type(&c->infer, CEL_LIST, all, NULL);
    return OK;
}

static err_t check_map(struct check *c, struct node *n, const struct cel_type **ret, struct err *e)
{
    const struct cel_type *keys = NULL, *values = NULL, *one;

    for (uint32_t i = 0; i < n->n; i += 2) {
        TRY(check_tree(c, &n->kid[i], &one, e));
        keys = infer_join(&c->infer, keys, one);
        TRY(check_tree(c, &n->kid[i + 1], &one, e));
        TRY(item_type(c, n->kid[i + 1], n->kid[i]->optional, &one, e));
        values = infer_join(&c->infer, values, one);
    }
    if (!keys) keys = infer_var(&c->infer);
    if (!values) values = infer_var(&c->infer);
    *ret = infer_type(&c->infer, CEL_MAP, keys, values);
    return OK;
}

/* What the parser makes of a literal. */
static const struct cel_type *literal_type(const struct node *n)
{
    switch (n->value.kind) {
    case V_NULL:
        return &cel_null;
    case V_BOOL:
        return &cel_bool;
    case V_INT:
        return &cel_int;
    case V_UINT:
        return &cel_uint;
    case V_DOUBLE:
        return &cel_double;
    case V_STRING:
        return &cel_string;
    case V_BYTES:
        return &cel_bytes;
    default:
        return &cel_dyn;
    }
}

err_t check_tree(struct check *c, struct node **node, const struct cel_type **ret, struct err *e)
{
    struct node *n = *node;
    bool optional = n->optional;
    err_t how;

    *ret = &cel_dyn;
    switch (n->kind) {
    case N_CONST:
        *ret = literal_type(n);
        return OK;
    case N_NAME:
        return check_name(c, n, ret, e);
    case N_FIELD:
    case N_OPT_FIELD:
    case N_HAS:
        return check_field(c, n, ret, e);
    case N_INDEX:
    case N_OPT_INDEX:
        return check_index(c, n, ret, e);
    case N_AND:
    case N_OR:
        return check_chain(c, n, ret, e);
    case N_FUNC:
    case N_METHOD:
        c->makes = true;
        how = n->kind == N_FUNC ? check_func(c, node, ret, e) : check_method(c, node, ret, e);
        (*node)->optional = optional;
        return how;
    case N_EACH:
        c->makes = true;
        return check_each(c, n, ret, e);
    case N_BIND:
        c->makes = true;
        return check_bind(c, n, ret, e);
    case N_OPT_MAP:
        c->makes = true;
        return check_opt_map(c, n, ret, e);
    case N_LIST:
        c->makes = true;
        return check_list(c, n, ret, e);
    case N_MAP:
        c->makes = true;
        return check_map(c, n, ret, e);
    default:
        return check_operator(c, n, ret, e);
    }
}
