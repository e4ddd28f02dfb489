#include "cel/cel.h"

#include "base/utf8.h"
#include "cel/eval.h"
#include "cel/parse.h"

/* Member by member: most of it is room that need not be cleared. */
static void check_init(struct check *c, struct arena *a, struct str src,
                       const struct cel_options *options)
{
    c->arena = a;
    c->src = src;
    c->options = options;
    c->depth = 0;
    c->uses = 0;
    c->makes = false;
    infer_init(&c->infer, a);
}

err_t cel_compile_with(struct arena *a, struct str src, const struct cel_options *options,
                       struct cel **ret, struct err *e)
{
    const struct cel_type *type;
    struct check check;
    struct node *root;
    struct cel *c;

    if (src.n > CEL_SOURCE_MAX)
        return fail_at(e, E_LIMIT, 1, 1, "an expression has at most %d bytes, this one has %zu",
                       CEL_SOURCE_MAX, src.n);
    if (!utf8_valid(src)) return fail_at(e, E_INPUT, 1, 1, "the expression is not valid UTF-8");
    src.p = arena_dup(a, src.p, src.n);
    check_init(&check, a, src, options);
    TRY(parse_source(a, src, &root, e));
    TRY(check_tree(&check, &root, &type, e));
    if (!options->no_fold) fold_tree(a, src, &root);
    c = arena_get(a, sizeof *c);
    *c = (struct cel){.src = src,
                      .root = root,
                      .type = options->loose ? &cel_dyn : infer_final(&check.infer, type),
                      .uses = check.uses,
                      .makes = check.makes};
    *ret = c;
    return OK;
}

err_t cel_compile(struct arena *a, struct str src, const struct cel_name *names, size_t n,
                  struct cel **ret, struct err *e)
{
    struct cel_options options = {.names = names, .n = n};

    return cel_compile_with(a, src, &options, ret, e);
}

/* Values may be shared, so that a small result is a huge tree for whoever walks it. */
static bool count_values(struct value v, size_t *left)
{
    if (*left == 0) return false;
    --*left;
    if (v.kind == V_OPTIONAL && v.one) return count_values(*v.one, left);
    if (v.kind == V_LIST) {
        for (uint32_t i = 0; i < v.n; i++) {
            if (!count_values(v.list[i], left)) return false;
        }
    }
    if (v.kind == V_MAP) {
        for (uint32_t i = 0; i < v.n; i++) {
            if (!count_values(v.map[i].value, left)) return false;
        }
    }
    return true;
}

static err_t finish(const struct cel *c, struct eval *x, struct value v, struct value *ret,
                    struct err *e)
{
    size_t left = CEL_VALUES;

    if (!x->limit && v.kind != V_FAULT && c->makes && !count_values(v, &left))
        (void)x_limit(x, "the result has too many values; make it smaller");
    eval_done(x);
    if (x->limit || v.kind == V_FAULT) return eval_why(x, e);
    *ret = v;
    return OK;
}

err_t cel_eval(const struct cel *c, const struct value *values, struct arena *a, struct value *ret,
               struct err *e)
{
    struct eval x;

    eval_init(&x, c->src, values, a);
    return finish(c, &x, eval(&x, c->root), ret, e);
}

static err_t not_bool(const char *type, struct err *e)
{
    return fail_at(e, E_INPUT, 1, 1, "this must be true or false, but it is of type %s", type);
}

err_t cel_wants_bool(const struct cel *c, struct err *e)
{
    AUTO(buf) struct buf b = BUF(sizeof e->text);
    const struct cel_type *type = cel_type_of(c);

    if (type->kind == CEL_DYN || type->kind == CEL_BOOL) return OK;
    type_text(&b, type);
    return not_bool(buf_str(&b).p, e);
}

err_t cel_test(const struct cel *c, const struct value *values, struct arena *a, bool *ret,
               struct err *e)
{
    struct value v = NO_VALUE;

    TRY(cel_eval(c, values, a, &v, e));
    if (v.kind != V_BOOL) return not_bool(value_kind_name((enum value_kind)v.kind), e);
    *ret = v.b;
    return OK;
}

/* NOLINTNEXTLINE(readability-function-size): its parameters are the interface */
err_t cel_explain(const struct cel *c, const struct value *values, struct arena *a, cel_seen *seen,
                  void *ctx, struct value *ret, struct err *e)
{
    struct eval x;

    eval_init(&x, c->src, values, a);
    x.seen = seen;
    x.seen_ctx = ctx;
    x.hold = x.fuel + 1;
    x.fuel -= x.hold;
    return finish(c, &x, eval(&x, c->root), ret, e);
}

struct str cel_source(const struct cel *c)
{
    return c->src;
}

const struct cel_type *cel_type_of(const struct cel *c)
{
    return c->type ? c->type : &cel_dyn;
}

uint64_t cel_uses(const struct cel *c)
{
    return c->uses;
}
