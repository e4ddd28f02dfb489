/* The escapes of quoted literals. */
#include <ctype.h>

#include "base/utf8.h"
#include "cel/lex.h"

struct escape {
    struct lex *l;
    uint32_t at; /* offset of the backslash, for errors */
    bool bytes;
    struct str left;
    char *out;
};

static err_t bad(const struct escape *s, const char *what, struct err *e)
{
    return fail_src(e, E_INPUT, s->l->src, s->at, "%s", what);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f') return (c | 32) - 'a' + 10;
    return 99;
}

/* Takes exactly n digits of the base. */
static bool take_digits(struct escape *s, size_t n, unsigned base, uint32_t *ret)
{
    uint32_t v = 0;

    if (s->left.n < n) return false;
    for (size_t i = 0; i < n; i++) {
        int d = digit_of(s->left.p[i]);

        if (d >= (int)base) return false;
        v = v * base + (uint32_t)d;
    }
    s->left = str_skip(s->left, n);
    *ret = v;
    return true;
}

static err_t put_point(struct escape *s, uint32_t point, struct err *e)
{
    char utf8[4];
    size_t n = utf8_put(point, utf8);

    if (n == 0) return bad(s, "this escape is no Unicode character", e);
    memcpy(s->out, utf8, n);
    s->out += n;
    return OK;
}

/* \x and octal: an octet in bytes, a code point in a string. */
static err_t put_octet(struct escape *s, uint32_t v, struct err *e)
{
    if (!s->bytes) return put_point(s, v, e);
    *s->out++ = (char)v;
    return OK;
}

static err_t take_numeric(struct escape *s, char c, struct err *e)
{
    uint32_t v = 0;

    if (c == 'x' || c == 'X') {
        if (!take_digits(s, 2, 16, &v)) return bad(s, "\\x needs two hex digits", e);
        return put_octet(s, v, e);
    }
    if (c >= '0' && c <= '3') {
        s->left = str_n(s->left.p - 1, s->left.n + 1);
        if (!take_digits(s, 3, 8, &v))
            return bad(s, "an octal escape has three digits, as in \\012", e);
        return put_octet(s, v, e);
    }
    if (s->bytes) return bad(s, "\\u is not for bytes; write \\x", e);
    if (c == 'u' && !take_digits(s, 4, 16, &v)) return bad(s, "\\u needs four hex digits", e);
    if (c == 'U' && !take_digits(s, 8, 16, &v)) return bad(s, "\\U needs eight hex digits", e);
    return put_point(s, v, e);
}

static err_t take_escape(struct escape *s, struct err *e)
{
    static const char from[] = "\\?\"'`abfnrtv", to[] = "\\?\"'`\a\b\f\n\r\t\v";
    char c = s->left.p[0];
    const char *found = c ? strchr(from, c) : NULL;

    s->left = str_skip(s->left, 1);
    if (found) {
        *s->out++ = to[found - from];
        return OK;
    }
    if (c && strchr("xXuU0123", c)) return take_numeric(s, c, e);
    return bad(s, "unknown escape; write \\\\ for a backslash, or r'…' for a raw string", e);
}

err_t lex_unescape(struct lex *l, struct str body, uint32_t at, bool bytes, struct str *ret,
                   struct err *e)
{
    char *start = arena_raw(l->arena, body.n + 1); /* no escape is longer than what it stands for */
    struct escape s = {.l = l, .bytes = bytes, .left = body, .out = start};

    while (s.left.n) {
        char c = s.left.p[0];

        s.at = at + (uint32_t)(s.left.p - body.p);
        s.left = str_skip(s.left, 1);
        if (c == '\\')
            TRY(take_escape(&s, e));
        else
            *s.out++ = c;
    }
    *ret = str_n(start, (size_t)(s.out - start));
    return OK;
}
