/* The encoders extension, and our own: json, fromJson, urlEncode. */
#include "cel/fn.h"
#include "data/json.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static struct value encode(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    size_t size = ((size_t)v->n + 2) / 3 * 4, o = 0;
    char *p;

    if (v->kind != V_BYTES) return overload(x, at, "base64.encode", v, n);
    p = text_room(x, size);
    if (!p) return x_limit_text(x);
    for (uint32_t i = 0; i < v->n; i += 3) {
        uint32_t left = v->n - i, w = (uint32_t)(unsigned char)v->s[i] << 16;

        if (left > 1) w |= (uint32_t)(unsigned char)v->s[i + 1] << 8;
        if (left > 2) w |= (unsigned char)v->s[i + 2];
        p[o++] = alphabet[w >> 18];
        p[o++] = alphabet[w >> 12 & 63];
        p[o++] = (char)(left > 1 ? alphabet[w >> 6 & 63] : '=');
        p[o++] = (char)(left > 2 ? alphabet[w & 63] : '=');
    }
    return v_str(str_n(p, size));
}

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

static struct value decode(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct str s = value_str(*v);
    uint32_t bits = 0, held = 0;
    size_t o = 0;
    char *p;

    if (v->kind != V_STRING) return overload(x, at, "base64.decode", v, n);
    for (int i = 0; i < 2 && s.n % 4 == 0 && s.n && s.p[s.n - 1] == '='; i++) {
        s.n--;
        if (s.n % 4 == 3 && s.p[s.n - 1] == '=') s.n--;
    }
    p = text_room(x, s.n * 3 / 4);
    if (!p) return x_limit_text(x);
    for (size_t i = 0; i < s.n; i++) {
        int digit = digit_of(s.p[i]);

        if (digit < 0 || s.n % 4 == 1) return fault_of(x, at->at, "{a} is not base64", *v);
        bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        p[o++] = (char)(bits >> held);
    }
    return v_bytes(str_n(p, o));
}

/* Values may be shared, so that small memory is a long text: writing is charged beforehand. */
static bool charge_tree(struct eval *x, struct value v)
{
    if (!charge(x, 1 + (v.kind == V_STRING ? v.n / 64 : 0))) return false;
    if (v.kind == V_OPTIONAL && v.one) return charge_tree(x, *v.one);
    if (v.kind == V_LIST) {
        for (uint32_t i = 0; i < v.n; i++) {
            if (!charge_tree(x, v.list[i])) return false;
        }
    }
    if (v.kind == V_MAP) {
        for (uint32_t i = 0; i < v.n; i++) {
            if (!charge_tree(x, v.map[i].value)) return false;
        }
    }
    return true;
}

static struct value json(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    AUTO(buf) struct buf b = BUF(text_left(x));

    (void)at, (void)n;
    if (!charge_tree(x, *v)) return v_fault();
    json_write(&b, *v);
    return text_of(x, &b, V_STRING);
}

static struct value from_json(struct eval *x, const struct node *at, const struct value *v,
                              size_t n)
{
    struct value r;
    struct err e;

    if (v->kind != V_STRING) return overload(x, at, "fromJson", v, n);
    if (!charge(x, v->n / 16)) return v_fault();
    if (json_read(x->arena, value_str(*v), JSON_LIMITS, &r, &e) == OK) return r;
    return fault_of(x, at->at, "this is not JSON: {a}",
                    v_cstr(arena_fmt(x->arena, "%s (line %d, column %d)", e.text, e.line, e.col)));
}

static struct value url_encode(struct eval *x, const struct node *at, const struct value *v,
                               size_t n)
{
    AUTO(buf) struct buf b = BUF(text_left(x));

    if (v->kind != V_STRING) return overload(x, at, "urlEncode", v, n);
    if (v->n > text_left(x)) return x_limit_text(x);
    buf_add_url(&b, value_str(*v));
    return text_of(x, &b, V_STRING);
}

static const struct fn list[] = {
    {"base64.encode", FN_GLOBAL, 1, 1, encode},
    {"base64.decode", FN_GLOBAL, 1, 1, decode},
    {"json", FN_GLOBAL, 1, 1, json},
    {"fromJson", FN_GLOBAL, 1, 1, from_json},
    {"urlEncode", FN_GLOBAL, 1, 1, url_encode},
};

const struct fn_set fn_codec = {list, COUNT_OF(list)};
