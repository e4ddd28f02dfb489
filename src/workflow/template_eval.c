#include "base/buf.h"
#include "workflow/template.h"

struct eval {
    const struct value *values;
    template_secret *secret;
    void *ctx;
    struct arena *arena;
};

static err_t eval(const struct eval *v, const struct template *t, struct value *ret, struct err *e);

/* A place in the expression becomes one in the file. */
static err_t placed(const struct template *t, struct err *e)
{
    if (!t->line) return e->code;
    if (e->line > 1) {
        e->line += t->line - 1;
    } else {
        e->col = t->col + (e->col > 0 ? e->col - 1 : 0);
        e->line = t->line;
    }
    return e->code;
}

static err_t eval_cel(const struct eval *v, const struct template *t, struct value *ret,
                      struct err *e)
{
    if (cel_eval(t->cel, v->values, v->arena, ret, e) != OK) return placed(t, e);
    if (ret->kind == V_OPTIONAL) *ret = ret->one ? *ret->one : NO_VALUE;
    return OK;
}

static err_t eval_secret(const struct eval *v, const struct template *t, struct value *ret,
                         struct err *e)
{
    struct str s = STR("***");

    if (v->secret && v->secret(v->ctx, value_str(t->value), v->arena, &s, e) != OK) {
        e->line = e->col = 0;
        return placed(t, e);
    }
    *ret = v_str(s);
    return OK;
}

static err_t eval_parts(const struct eval *v, const struct template *t, struct value *ret,
                        struct err *e)
{
    struct str *parts = arena_raw(v->arena, t->n * sizeof *parts);
    size_t n = 0;
    char *p;

    for (size_t i = 0; i < t->n; i++) {
        struct value one = NO_VALUE;

        TRY(eval(v, &t->items[i], &one, e));
        parts[i] = one.kind == V_STRING ? value_str(one) : cel_text(v->arena, one);
        n += parts[i].n;
        if (n > TEMPLATE_OUTPUT)
            return fail_at(e, E_LIMIT, t->line, t->col,
                           "this text grows past %d bytes: keep large data in files",
                           TEMPLATE_OUTPUT);
    }
    p = arena_raw(v->arena, n + 1);
    *ret = v_str(str_n(p, n));
    for (size_t i = 0; i < t->n; i++) {
        if (parts[i].n) memcpy(p, parts[i].p, parts[i].n);
        p += parts[i].n;
    }
    *p = '\0';
    return OK;
}

static err_t eval_list(const struct eval *v, const struct template *t, struct value *ret,
                       struct err *e)
{
    struct value *items = arena_raw(v->arena, t->n * sizeof *items);

    for (size_t i = 0; i < t->n; i++) TRY(eval(v, &t->items[i], &items[i], e));
    *ret = v_list(items, t->n);
    return OK;
}

static err_t eval_map(const struct eval *v, const struct template *t, struct value *ret,
                      struct err *e)
{
    struct pair *pairs = arena_raw(v->arena, t->n * sizeof *pairs);

    for (size_t i = 0; i < t->n; i++) {
        pairs[i].key = v_str(t->keys[i]);
        TRY(eval(v, &t->items[i], &pairs[i].value, e));
    }
    *ret = v_map(pairs, t->n);
    return OK;
}

static err_t eval(const struct eval *v, const struct template *t, struct value *ret, struct err *e)
{
    switch (t->kind) {
    case TEMPLATE_CEL:
        return eval_cel(v, t, ret, e);
    case TEMPLATE_SECRET:
        return eval_secret(v, t, ret, e);
    case TEMPLATE_TEXT:
        return eval_parts(v, t, ret, e);
    case TEMPLATE_LIST:
        return eval_list(v, t, ret, e);
    case TEMPLATE_MAP:
        return eval_map(v, t, ret, e);
    case TEMPLATE_VALUE:
        break;
    }
    *ret = t->value;
    return OK;
}

err_t template_eval(const struct template *t, const struct value *values, template_secret *secret,
                    void *ctx, struct arena *a, struct value *ret, struct err *e)
{
    const struct eval v = {values, secret, ctx, a};

    return eval(&v, t, ret, e);
}

err_t template_eval_text(const struct template *t, const struct value *values,
                         template_secret *secret, void *ctx, struct arena *a, struct str *ret,
                         struct err *e)
{
    struct value v = NO_VALUE;

    TRY(template_eval(t, values, secret, ctx, a, &v, e));
    *ret = v.kind == V_STRING ? value_str(v) : cel_text(a, v);
    return OK;
}
