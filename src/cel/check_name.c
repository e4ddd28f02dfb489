/* Names: of the caller, of types, of the variables of macros. */
#include <stdio.h>

#include "base/suggest.h"
#include "cel/check.h"
#include "cel/eval.h"

enum { CHAIN_MAX = 16 };

/* Names of types are values. */
#define TYPE_OF(t)                                                                                 \
    {                                                                                              \
        .kind = CEL_TYPE, .n = 1, .of = { t }                                                      \
    }
static const struct cel_type any_optional = {.kind = CEL_OPTIONAL, .n = 1, .of = {&cel_dyn}},
                             any_type = {.kind = CEL_TYPE};
static const struct {
    const char *name;
    struct cel_type type;
} types[] = {
    {"bool", TYPE_OF(&cel_bool)},
    {"bytes", TYPE_OF(&cel_bytes)},
    {"double", TYPE_OF(&cel_double)},
    {"google.protobuf.Duration", TYPE_OF(&cel_duration)},
    {"google.protobuf.Timestamp", TYPE_OF(&cel_timestamp)},
    {"int", TYPE_OF(&cel_int)},
    {"list", TYPE_OF(&cel_any_list)},
    {"map", TYPE_OF(&cel_any_map)},
    {"null_type", TYPE_OF(&cel_null)},
    {"optional_type", TYPE_OF(&any_optional)},
    {"string", TYPE_OF(&cel_string)},
    {"type", TYPE_OF(&any_type)},
    {"uint", TYPE_OF(&cel_uint)},
};

static err_t unknown_name(struct check *c, struct node *n, struct err *e)
{
    struct suggest s;

    suggest_init(&s, n->name);
    for (size_t i = 0; i < c->depth; i++) suggest_offer(&s, c->scope[i]);
    for (size_t i = 0; i < c->options->n; i++) suggest_offer(&s, str_of(c->options->names[i].name));
    return check_complain(
        c, n, arena_fmt(c->arena, "there is no name `" STR_FMT "` here", STR_ARG(n->name)),
        suggest_best(&s), e);
}

bool name_slot(const struct check *c, struct str name, uint32_t *ret)
{
    for (size_t i = 0; i < c->options->n; i++) {
        const char *other = c->options->names[i].name;

        if (strncmp(other, name.p, name.n) != 0 || other[name.n] != '\0') continue;
        *ret = (uint32_t)i;
        return true;
    }
    return false;
}

bool name_next(struct name_search *s, struct str name, char full[CHECK_NAME_MAX], struct str *ret)
{
    int len;

    if (s->done) return false;
    if (s->space.n == 0) {
        s->done = true;
        *ret = name;
        return true;
    }
    len = snprintf(full, CHECK_NAME_MAX, STR_FMT "." STR_FMT, STR_ARG(s->space), STR_ARG(name));
    while (s->space.n > 0 && s->space.p[s->space.n - 1] != '.') s->space.n--;
    if (s->space.n > 0) s->space.n--;
    *ret = len > 0 && len < CHECK_NAME_MAX ? str_n(full, (size_t)len) : STR("");
    return true;
}

static void become_slot(struct check *c, struct node *n, uint32_t slot, const struct cel_type **ret)
{
    const struct cel_type *type = c->options->names[slot].type;

    n->kind = N_SLOT;
    n->n = 0;
    n->slot = slot;
    if (slot < 64) c->uses |= UINT64_C(1) << slot;
    *ret = type ? type : &cel_dyn;
}

/* Whether `name` in the container, or in one of those around it, is a name or a type. */
static bool resolve_global(struct check *c, struct node *n, struct str name,
                           const struct cel_type **ret)
{
    struct name_search s = {.space = n->rooted ? STR("") : c->options->container};
    char full[CHECK_NAME_MAX];
    struct str one;
    uint32_t slot;

    while (name_next(&s, name, full, &one)) {
        if (!name_slot(c, one, &slot)) continue;
        become_slot(c, n, slot, ret);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (types[i].name[0] != name.p[0] || !str_is(name, types[i].name)) continue;
        n->kind = N_CONST;
        n->n = 0;
        n->value = v_type(types[i].name);
        *ret = &types[i].type;
        return true;
    }
    return false;
}

static bool resolve_local(struct check *c, struct node *n, const struct cel_type **ret)
{
    for (size_t i = c->depth; !n->rooted && i-- > 0;) {
        if (!str_eq(c->scope[i], n->name)) continue;
        n->kind = N_LOCAL;
        n->slot = (uint32_t)i;
        *ret = c->types[i];
        return true;
    }
    return false;
}

err_t check_name(struct check *c, struct node *n, const struct cel_type **ret, struct err *e)
{
    if (resolve_local(c, n, ret) || resolve_global(c, n, n->name, ret)) return OK;
    *ret = &cel_dyn;
    return unknown_name(c, n, e);
}

bool name_dotted(const struct node *n, char *out, size_t size, const struct node **ret_root)
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

bool name_local(const struct check *c, const struct node *root)
{
    for (size_t i = c->depth; !root->rooted && i-- > 0;) {
        if (str_eq(c->scope[i], root->name)) return true;
    }
    return false;
}

/* Whether a.b can be a name at all; most often nothing is called so. */
static bool may_be_dotted(const struct check *c, const struct node *n)
{
    if (c->options->container.n) return true;
    while (n->kind == N_FIELD) n = n->kid[0];
    if (n->kind != N_NAME) return false;
    if (str_is(n->name, "google")) return true;
    for (size_t i = 0; i < c->options->n; i++) {
        const char *other = c->options->names[i].name;

        if (strncmp(other, n->name.p, n->name.n) == 0 && other[n->name.n] == '.') return true;
    }
    return false;
}

bool check_dotted(struct check *c, struct node *n, const struct cel_type **ret)
{
    char name[CHECK_NAME_MAX];
    const struct node *root;

    if (!may_be_dotted(c, n)) return false;
    if (!name_dotted(n, name, sizeof name, &root) || name_local(c, root)) return false;
    n->rooted = root->rooted;
    return resolve_global(c, n, str_of(name), ret);
}
