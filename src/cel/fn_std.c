/* The standard library: sizes, types and conversions (langdef.md, "Functions"). */
#include <errno.h>
#include <math.h>

#include "base/utf8.h"
#include "cel/fn.h"
#include "cel/regex.h"
#include "cel/text.h"

static struct value size(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (v->kind == V_STRING) {
        x->fuel -= v->n / 64;
        return v_int((int64_t)utf8_count(value_str(*v)));
    }
    if (v->kind == V_BYTES || v->kind == V_LIST || v->kind == V_MAP) return v_int(v->n);
    return overload(x, at, "size", v, n);
}

static struct value type(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    (void)x, (void)at, (void)n;
    return v_type(value_kind_name((enum value_kind)v->kind));
}

static struct value dyn(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    (void)x, (void)at, (void)n;
    return *v;
}

static struct value range(struct eval *x, const struct node *at, struct value v)
{
    return fault_of(x, at->at, "out of range: {a} does not fit", v);
}

static struct value unreadable(struct eval *x, const struct node *at, const char *sentence,
                               struct value v)
{
    return fault_of(x, at->at, sentence, v);
}

/* A whole text as a number by a function of the C library. */
static bool number_text(struct value v, char out[64])
{
    if (v.n == 0 || v.n >= 64 || memchr(v.s, '\0', v.n)) return false;
    if (!strchr("+-.0123456789NI", v.s[0])) return false;
    memcpy(out, v.s, v.n);
    out[v.n] = '\0';
    return true;
}

static struct value to_int(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    char text[64], *end;
    long long i;

    switch (v->kind) {
    case V_INT:
        return *v;
    case V_TIMESTAMP:
        return v_int(v->i);
    case V_UINT:
        return v->u > INT64_MAX ? range(x, at, *v) : v_int((int64_t)v->u);
    case V_DOUBLE:
        if (!(v->d > -9223372036854775808.0 && v->d < 9223372036854775808.0))
            return range(x, at, *v);
        return v_int((int64_t)v->d);
    case V_STRING:
        errno = 0;
        if (!number_text(*v, text)) return unreadable(x, at, "{a} is no int", *v);
        i = strtoll(text, &end, 10);
        if (*end || errno) return unreadable(x, at, "{a} is no int", *v);
        return v_int(i);
    default:
        return overload(x, at, "int", v, n);
    }
}

static struct value to_uint(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    char text[64], *end;
    unsigned long long u;

    switch (v->kind) {
    case V_UINT:
        return *v;
    case V_INT:
        return v->i < 0 ? range(x, at, *v) : v_uint((uint64_t)v->i);
    case V_DOUBLE:
        if (!(v->d >= 0 && v->d < 18446744073709551616.0)) return range(x, at, *v);
        return v_uint((uint64_t)v->d);
    case V_STRING:
        errno = 0;
        if (!number_text(*v, text) || text[0] == '-')
            return unreadable(x, at, "{a} is no uint", *v);
        u = strtoull(text, &end, 10);
        if (*end || errno) return unreadable(x, at, "{a} is no uint", *v);
        return v_uint(u);
    default:
        return overload(x, at, "uint", v, n);
    }
}

static struct value to_double(struct eval *x, const struct node *at, const struct value *v,
                              size_t n)
{
    char text[64], *end;
    double d;

    switch (v->kind) {
    case V_DOUBLE:
        return *v;
    case V_INT:
        return v_double((double)v->i);
    case V_UINT:
        return v_double((double)v->u);
    case V_STRING:
        if (!number_text(*v, text) || strpbrk(text, "xXpP"))
            return unreadable(x, at, "{a} is no double", *v);
        d = strtod(text, &end);
        if (*end) return unreadable(x, at, "{a} is no double", *v);
        return v_double(d);
    default:
        return overload(x, at, "double", v, n);
    }
}

static struct value to_bool(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    static const char *const yes[] = {"1", "t", "true", "TRUE", "True"}, *const no[] = {
                                                                             "0", "f", "false",
                                                                             "FALSE", "False"};

    if (v->kind == V_BOOL) return *v;
    if (v->kind != V_STRING) return overload(x, at, "bool", v, n);
    for (size_t i = 0; i < COUNT_OF(yes); i++) {
        if (str_is(value_str(*v), yes[i])) return v_bool(true);
        if (str_is(value_str(*v), no[i])) return v_bool(false);
    }
    return unreadable(x, at, "{a} is neither true nor false", *v);
}

static struct value to_string(struct eval *x, const struct node *at, const struct value *v,
                              size_t n)
{
    AUTO(buf) struct buf b = BUF(128);

    switch (v->kind) {
    case V_STRING:
        return *v;
    case V_BYTES:
        if (!charge(x, v->n / 64)) return v_fault();
        if (!utf8_valid(value_str(*v))) return fault(x, at->at, "these bytes are not valid UTF-8");
        return v_str(value_str(*v));
    case V_BOOL:
        return v->b ? v_cstr("true") : v_cstr("false");
    case V_INT:
    case V_UINT:
    case V_DOUBLE:
    case V_TIMESTAMP:
    case V_DURATION:
    case V_TYPE:
        value_text(&b, *v);
        return text_of(x, &b, V_STRING);
    default:
        return overload(x, at, "string", v, n);
    }
}

static struct value to_bytes(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (v->kind == V_STRING || v->kind == V_BYTES) return v_bytes(value_str(*v));
    return overload(x, at, "bytes", v, n);
}

static bool two_strings(struct eval *x, const struct value *v)
{
    if (v[0].kind != V_STRING || v[1].kind != V_STRING) return false;
    x->fuel -= v[0].n / 64;
    return true;
}

/* What people search for begins with a letter that is rare enough: memmem() prepares longer than
   that takes. */
static bool has_text(struct str s, struct str part)
{
    enum { TRIES = 8 };

    for (int i = 0; i < TRIES && s.n >= part.n; i++) {
        const char *at = memchr(s.p, part.p[0], s.n - part.n + 1);

        if (!at) return false;
        if (same_bytes(at, part.p, part.n)) return true;
        s = str_skip(s, (size_t)(at - s.p) + 1);
    }
    return s.n >= part.n && memmem(s.p, s.n, part.p, part.n);
}

static struct value contains(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (!two_strings(x, v)) return overload(x, at, "contains", v, n);
    return v_bool(v[1].n == 0 || has_text(value_str(v[0]), value_str(v[1])));
}

static struct value starts_with(struct eval *x, const struct node *at, const struct value *v,
                                size_t n)
{
    if (!two_strings(x, v)) return overload(x, at, "startsWith", v, n);
    return v_bool(v[0].n >= v[1].n && memcmp(v[0].s, v[1].s, v[1].n) == 0);
}

static struct value ends_with(struct eval *x, const struct node *at, const struct value *v,
                              size_t n)
{
    if (!two_strings(x, v)) return overload(x, at, "endsWith", v, n);
    return v_bool(v[0].n >= v[1].n && memcmp(v[0].s + v[0].n - v[1].n, v[1].s, v[1].n) == 0);
}

static struct value matches(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (!two_strings(x, v)) return overload(x, at, "matches", v, n);
    if (at->call.regex) return regex_match(x, at->call.regex, value_str(v[0]));
    return regex_match_text(x, at, v[0], v[1]);
}

static const struct fn list[] = {
    {"size", FN_BOTH, 1, 1, size},
    {"type", FN_GLOBAL, 1, 1, type},
    {"dyn", FN_GLOBAL, 1, 1, dyn},
    {"int", FN_GLOBAL, 1, 1, to_int},
    {"uint", FN_GLOBAL, 1, 1, to_uint},
    {"double", FN_GLOBAL, 1, 1, to_double},
    {"bool", FN_GLOBAL, 1, 1, to_bool},
    {"string", FN_GLOBAL, 1, 1, to_string},
    {"bytes", FN_GLOBAL, 1, 1, to_bytes},
    {"contains", FN_METHOD, 2, 2, contains},
    {"startsWith", FN_METHOD, 2, 2, starts_with},
    {"endsWith", FN_METHOD, 2, 2, ends_with},
    {"matches", FN_BOTH, 2, 2, matches},
};

const struct fn_set fn_std = {list, COUNT_OF(list)};
