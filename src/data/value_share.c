#include "data/value_share.h"

static const struct value *share_list(struct share *s, struct value v)
{
    struct value *items = arena_raw(s->work, v.n * sizeof *items);

    for (uint32_t i = 0; i < v.n; i++) items[i] = value_share(s, v.list[i]);
    return share_bytes(s, items, v.n * sizeof *items);
}

static const struct pair *share_map(struct share *s, struct value v)
{
    struct pair *pairs = arena_raw(s->work, v.n * sizeof *pairs);

    for (uint32_t i = 0; i < v.n; i++) {
        pairs[i].key = value_share(s, v.map[i].key);
        pairs[i].value = value_share(s, v.map[i].value);
    }
    return share_bytes(s, pairs, v.n * sizeof *pairs);
}

static const struct value *share_one(struct share *s, struct value v)
{
    struct value one;

    if (!v.one) return NULL;
    one = value_share(s, *v.one);
    return share_bytes(s, &one, sizeof one);
}

/* As deep as the value; those of a configuration have the depth of its YAML. */
struct value value_share(struct share *s, struct value v)
{
    struct value copy;

    memset(&copy, 0, sizeof copy); /* padding too: equal values are to be equal bytes */
    copy.kind = v.kind;
    copy.n = v.n;
    switch (v.kind) {
    case V_NULL:
        break;
    case V_BOOL:
        copy.b = v.b;
        break;
    case V_STRING:
    case V_BYTES:
    case V_SECRET:
        copy.s = share_str(s, str_n(v.s, v.n)).p;
        break;
    case V_LIST:
        copy.list = share_list(s, v);
        break;
    case V_MAP:
        copy.map = share_map(s, v);
        break;
    case V_OPTIONAL:
        copy.one = share_one(s, v);
        break;
    default: /* numbers, times, names of types */
        copy.u = v.u;
    }
    return copy;
}
