/* strings.quote and format (cel-spec doc/extensions/strings.md). */
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "cel/cel.h"
#include "cel/fn.h"
#include "cel/text.h"

enum { PRECISION_MAX = 100, NESTING_MAX = 128 };

static struct value quote(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
    AUTO(buf) struct buf b = BUF(text_left(x));

    if (v->kind != V_STRING) return overload(x, at, "strings.quote", v, n);
    buf_addc(&b, '"');
    for (uint32_t i = 0; i < v->n && !b.full; i++) {
        const char *found = v->s[i] ? strchr(from, v->s[i]) : NULL;

        if (found) buf_addc(&b, '\\');
        buf_addc(&b, (char)(found ? to[found - from] : v->s[i]));
    }
    buf_addc(&b, '"');
    return text_of(x, &b, V_STRING);
}

/* One clause of a format. */
struct clause {
    struct eval *x;
    struct buf *b;
    const struct node *at;
    int precision;
    char verb;
};

static struct value wrong(struct clause *c, struct value v)
{
    return fault_two(c->x, c->at->at, "format: {b} cannot be formatted by this clause: {a}",
                     v_str(str_n(arena_fmt(c->x->arena, "%%%c", c->verb), 2)),
                     v_type(value_kind_name((enum value_kind)v.kind)));
}

static bool add_any(struct clause *c, struct value v, int depth);

/* One U+FFFD for all the bytes in a row that are no UTF-8. */
static void add_bytes(struct buf *b, struct str s)
{
    bool bad = false;

    while (s.n && !b->full) {
        const char *p = s.p;
        bool was = bad;

        bad = utf8_next(&s) < 0;
        if (!bad)
            buf_add(b, str_n(p, (size_t)(s.p - p)));
        else if (!was)
            buf_add(b, STR("\xef\xbf\xbd"));
    }
}

static bool add_items(struct clause *c, struct value v, int depth)
{
    buf_addc(c->b, '[');
    for (uint32_t i = 0; i < v.n; i++) {
        if (i) buf_add(c->b, STR(", "));
        if (!add_any(c, v.list[i], depth)) return false;
    }
    buf_addc(c->b, ']');
    return true;
}

struct entry {
    struct str key;
    const struct value *value;
};

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* Entries in the order of their keys' text. */
static bool add_entries(struct clause *c, struct value v, int depth)
{
    struct entry *entries;

    if (!charge(c->x, v.n)) return false;
    entries = arena_raw(c->x->arena, v.n * sizeof *entries);
    for (uint32_t i = 0; i < v.n; i++)
        entries[i] = (struct entry){cel_text(c->x->arena, v.map[i].key), &v.map[i].value};
    if (v.n) qsort(entries, v.n, sizeof *entries, by_text);
    buf_addc(c->b, '{');
    for (uint32_t i = 0; i < v.n; i++) {
        if (i) buf_add(c->b, STR(", "));
        buf_add(c->b, entries[i].key);
        buf_add(c->b, STR(": "));
        if (!add_any(c, *entries[i].value, depth)) return false;
    }
    buf_addc(c->b, '}');
    return true;
}

static bool add_any(struct clause *c, struct value v, int depth)
{
    if (!charge(c->x, 1) || c->b->full || depth > NESTING_MAX) return false;
    switch (v.kind) {
    case V_LIST:
        return add_items(c, v, depth + 1);
    case V_MAP:
        return add_entries(c, v, depth + 1);
    case V_BYTES:
        add_bytes(c->b, value_str(v));
        return true;
    case V_DOUBLE:
        double_digits(c->b, v.d);
        return true;
    case V_SECRET:
    case V_OPTIONAL:
        (void)wrong(c, v);
        return false;
    default:
        value_text(c->b, v);
        return true;
    }
}

static void add_bits(struct buf *b, uint64_t u)
{
    int bit = 63;

    while (bit > 0 && !(u >> bit & 1)) bit--;
    for (; bit >= 0; bit--) buf_addc(b, (char)('0' + (u >> bit & 1)));
}

static void add_hex(struct clause *c, struct value v)
{
    const char *digits = c->verb == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";

    for (uint32_t i = 0; i < v.n && !c->b->full; i++) {
        buf_addc(c->b, digits[(unsigned char)v.s[i] >> 4]);
        buf_addc(c->b, digits[v.s[i] & 15]);
    }
}

/* The clauses of whole numbers: d, b, o, x, X. */
static bool add_whole(struct clause *c, struct value v)
{
    bool minus = v.kind == V_INT && v.i < 0;
    unsigned long long u = minus ? 0 - v.u : v.u;

    if (v.kind == V_BOOL && c->verb == 'b')
        u = v.b;
    else if (v.kind != V_INT && v.kind != V_UINT)
        return false;
    if (minus) buf_addc(c->b, '-');
    switch (c->verb) {
    case 'd':
        buf_addf(c->b, "%llu", u);
        break;
    case 'o':
        buf_addf(c->b, "%llo", u);
        break;
    case 'x':
        buf_addf(c->b, "%llx", u);
        break;
    case 'X':
        buf_addf(c->b, "%llX", u);
        break;
    default:
        add_bits(c->b, u);
        break;
    }
    return true;
}

static bool add_fraction(struct clause *c, struct value v)
{
    double d = v.d;

    if (v.kind == V_INT)
        d = (double)v.i;
    else if (v.kind == V_UINT)
        d = (double)v.u;
    else if (v.kind != V_DOUBLE)
        return false;
    if (isnan(d) || isinf(d))
        double_text(c->b, d);
    else if (c->verb == 'f')
        buf_addf(c->b, "%.*f", c->precision, d);
    else
        buf_addf(c->b, "%.*e", c->precision, d);
    return true;
}

static bool add_clause(struct clause *c, struct value v)
{
    bool fits;

    switch (c->verb) {
    case 's':
        return add_any(c, v, 0);
    case 'f':
    case 'e':
        fits = add_fraction(c, v);
        break;
    case 'd':
        fits = v.kind == V_DOUBLE;
        if (fits)
            double_digits(c->b, v.d);
        else
            fits = add_whole(c, v);
        break;
    case 'x':
    case 'X':
        fits = v.kind == V_STRING || v.kind == V_BYTES;
        if (fits)
            add_hex(c, v);
        else
            fits = add_whole(c, v);
        break;
    default:
        fits = add_whole(c, v);
        break;
    }
    if (!fits) (void)wrong(c, v);
    return fits;
}

/* After the %: precision and verb. */
static bool take_clause(struct clause *c, struct str *s)
{
    c->precision = 6;
    if (s->n && s->p[0] == '.') {
        c->precision = 0;
        if (s->n < 2 || s->p[1] < '0' || s->p[1] > '9') return false;
        for (*s = str_skip(*s, 1); s->n && s->p[0] >= '0' && s->p[0] <= '9'; *s = str_skip(*s, 1)) {
            c->precision = c->precision * 10 + (s->p[0] - '0');
            if (c->precision > PRECISION_MAX) return false;
        }
    }
    if (s->n == 0 || !s->p[0] || !strchr("sdfexXob", s->p[0])) return false;
    c->verb = s->p[0];
    *s = str_skip(*s, 1);
    return true;
}

static struct value format(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    AUTO(buf) struct buf b = BUF(text_left(x));
    struct clause c = {.x = x, .b = &b, .at = at};
    struct str s = value_str(v[0]);
    uint32_t used = 0;

    if (v[0].kind != V_STRING || v[1].kind != V_LIST) return overload(x, at, "format", v, n);
    while (s.n && !b.full) {
        char ch = s.p[0];

        s = str_skip(s, 1);
        if (ch != '%') {
            buf_addc(&b, ch);
        } else if (s.n && s.p[0] == '%') {
            buf_addc(&b, '%');
            s = str_skip(s, 1);
        } else {
            if (!take_clause(&c, &s))
                return fault(x, at->at, "format knows %s %d %f %e %b %o %x %X and %%, not this");
            if (used == v[1].n)
                return fault_of(x, at->at, "format has more clauses than the {a} values given",
                                v_int(used));
            if (!add_clause(&c, v[1].list[used++])) return b.full ? x_limit_text(x) : v_fault();
        }
    }
    return text_of(x, &b, V_STRING);
}

static const struct fn list[] = {
    {"strings.quote", FN_GLOBAL, 1, 1, quote},
    {"format", FN_METHOD, 2, 2, format},
};

const struct fn_set fn_text = {list, COUNT_OF(list)};
