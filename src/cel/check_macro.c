/* The macros: their variables and what they give. */
#include "cel/check.h"
#include "cel/eval.h"
#include "cel/lex.h"

static const char *each_name(const struct node *n)
{
    static const char *const names[] = {"all", "exists",       "exists_one",        "filter",
                                        "map", "transformMap", "transformMapEntry", "sortBy"};

    return n->op == EACH_LIST && n->vars == 2 ? "transformList" : names[n->op];
}

/* The macro's place with a complaint about one of its parts. */
static err_t complain_at(struct check *c, struct node *part, const char *text, struct err *e)
{
    if (c->options->loose) return OK;
    return fail_src(e, E_INPUT, c->src, part->from, "%s", text);
}

static err_t want_bool(struct check *c, const struct node *macro, struct node *part,
                       const struct cel_type *t, struct err *e)
{
    if (infer_assign(&c->infer, t, &cel_bool)) return OK;
    return complain_at(c, part,
                       arena_fmt(c->arena, "%s() needs true or false here, not a value of type %s",
                                 each_name(macro), type_shown(c, t)),
                       e);
}

struct each_types {
    const struct cel_type *range, *first, *second, *body;
};

/* What the variables are: a list's item or a map's key; of two, index and item, key and value. */
static err_t range_types(struct check *c, struct node *n, struct each_types *t, struct err *e)
{
    const struct cel_type *r = t->range = infer_seen(&c->infer, t->range);

    if (r->kind == CEL_OBJECT) r = &cel_record;
    t->first = t->second = &cel_dyn;
    if (r->kind == CEL_LIST) {
        t->first = n->vars == 2 ? &cel_int : r->of[0];
        t->second = r->of[0];
    } else if (r->kind == CEL_MAP) {
        t->first = r->of[0];
        t->second = r->of[1];
    } else if (r->kind == CEL_PARAM) {
        (void)infer_assign(&c->infer, &cel_dyn, r);
    } else if (r->kind != CEL_DYN) {
        return complain_at(c, n->kid[0],
                           arena_fmt(c->arena,
                                     "%s() goes through a list or a map, not a value of "
                                     "type %s",
                                     each_name(n), type_shown(c, r)),
                           e);
    }
    return OK;
}

/* Opens the node's variables; closed by setting c->depth back. */
static err_t open_scope(struct check *c, struct node *n, const struct cel_type *first,
                        const struct cel_type *second, struct err *e)
{
    if (c->depth + n->vars > CEL_LOCALS)
        return fail_src(e, E_LIMIT, c->src, n->at, "more than %d variables within one another",
                        CEL_LOCALS);
    n->slot = (uint32_t)c->depth;
    for (unsigned i = 0; i < n->vars; i++) {
        c->types[c->depth] = i ? second : first;
        c->scope[c->depth++] = n->var[i];
    }
    return OK;
}

static err_t sorted_type(struct check *c, struct node *n, const struct each_types *t,
                         const struct cel_type **ret, struct err *e)
{
    const struct cel_type *key = infer_seen(&c->infer, t->body);
    bool ordered = key->kind == CEL_DYN || key->kind == CEL_PARAM ||
                   (key->kind >= CEL_BOOL && key->kind <= CEL_DURATION);

    *ret = infer_type(&c->infer, CEL_LIST, t->first, NULL);
    if (t->range->kind == CEL_MAP || t->range->kind == CEL_OBJECT)
        return complain_at(c, n->kid[0], "sortBy() goes through a list, not a map", e);
    if (ordered) return OK;
    return complain_at(c, n->kid[n->n - 1],
                       arena_fmt(c->arena,
                                 "sortBy() needs something that has an order, such as a "
                                 "number or a string, not a value of type %s",
                                 type_shown(c, key)),
                       e);
}

/* The body of transformMapEntry is a map. */
static err_t entries_type(struct check *c, struct node *n, const struct each_types *t,
                          const struct cel_type **ret, struct err *e)
{
    const struct cel_type *map =
        infer_type(&c->infer, CEL_MAP, infer_var(&c->infer), infer_var(&c->infer));

    *ret = map;
    if (infer_assign(&c->infer, t->body, map)) return OK;
    return complain_at(c, n->kid[n->n - 1],
                       arena_fmt(c->arena,
                                 "transformMapEntry() needs a map such as {key: value} "
                                 "here, not a value of type %s",
                                 type_shown(c, t->body)),
                       e);
}

static err_t each_result(struct check *c, struct node *n, const struct each_types *t,
                         const struct cel_type **ret, struct err *e)
{
    switch ((enum each_op)n->op) {
    case EACH_ALL:
    case EACH_EXISTS:
    case EACH_ONE:
        *ret = &cel_bool;
        return want_bool(c, n, n->kid[1], t->body, e);
    case EACH_FILTER:
        *ret = infer_type(&c->infer, CEL_LIST, t->first, NULL);
        return want_bool(c, n, n->kid[1], t->body, e);
    case EACH_LIST:
        *ret = infer_type(&c->infer, CEL_LIST, t->body, NULL);
        return OK;
    case EACH_MAP:
        *ret = infer_type(&c->infer, CEL_MAP, t->first, t->body);
        return OK;
    case EACH_ENTRIES:
        return entries_type(c, n, t, ret, e);
    case EACH_SORT:
        return sorted_type(c, n, t, ret, e);
    }
    return OK;
}

err_t check_each(struct check *c, struct node *n, const struct cel_type **ret, struct err *e)
{
    size_t outer = c->depth;
    struct each_types t;

    TRY(check_tree(c, &n->kid[0], &t.range, e));
    TRY(range_types(c, n, &t, e));
    TRY(open_scope(c, n, t.first, t.second, e));
    if (n->n == 3) {
        TRY(check_tree(c, &n->kid[1], &t.body, e));
        TRY(want_bool(c, n, n->kid[1], t.body, e));
    }
    TRY(check_tree(c, &n->kid[n->n - 1], &t.body, e));
    c->depth = outer;
    return each_result(c, n, &t, ret, e);
}

err_t check_bind(struct check *c, struct node *n, const struct cel_type **ret, struct err *e)
{
    size_t outer = c->depth;
    const struct cel_type *t;

    TRY(check_tree(c, &n->kid[0], &t, e));
    TRY(open_scope(c, n, t, NULL, e));
    TRY(check_tree(c, &n->kid[1], ret, e));
    c->depth = outer;
    return OK;
}

/* What an optional holds; a complaint when t is none. */
static err_t held(struct check *c, struct node *n, struct node *part, const struct cel_type *t,
                  const struct cel_type **ret, struct err *e)
{
    const struct cel_type *optional;

    *ret = infer_var(&c->infer);
    optional = infer_type(&c->infer, CEL_OPTIONAL, *ret, NULL);
    if (infer_seen(&c->infer, t)->kind != CEL_NULL && infer_assign(&c->infer, t, optional))
        return OK;
    return complain_at(c, part,
                       arena_fmt(c->arena,
                                 "%s() needs an optional here, such as a.?b, not a value "
                                 "of type %s",
                                 n->op == OPT_MAP ? "optMap" : "optFlatMap", type_shown(c, t)),
                       e);
}

err_t check_opt_map(struct check *c, struct node *n, const struct cel_type **ret, struct err *e)
{
    size_t outer = c->depth;
    const struct cel_type *t, *inner, *body;

    TRY(check_tree(c, &n->kid[0], &t, e));
    TRY(held(c, n, n->kid[0], t, &inner, e));
    TRY(open_scope(c, n, inner, NULL, e));
    TRY(check_tree(c, &n->kid[1], &body, e));
    c->depth = outer;
    if (n->op == OPT_FLAT_MAP) TRY(held(c, n, n->kid[1], body, &body, e));
    *ret = infer_type(&c->infer, CEL_OPTIONAL, body, NULL);
    return OK;
}
