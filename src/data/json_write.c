#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "data/json.h"
#include "data/number.h"
#include "data/scan.h"

enum { OPEN_FIRST = 64, SHORT_TEXT = 64, NANOS_DIGITS = 9 };

/* A list or map half written. */
struct open {
    struct value v;
    uint32_t next; /* the item or pair to be written next */
};

struct writer {
    struct buf *b;
    bool pretty;
    struct open *open; /* a list, not the C stack, so that no nesting can use that up */
    size_t depth, cap;
    struct open first[OPEN_FIRST];
};

static void writer_auto(struct writer *w)
{
    if (w->open != w->first) free(w->open);
}

/* buf_addc() without the call, for the room that is there. */
static inline void put(struct buf *b, char c)
{
    if (b->full || b->n >= b->max || b->cap - b->n < 2) {
        buf_addc(b, c);
        return;
    }
    b->p[b->n++] = c;
    b->p[b->n] = '\0';
}

static void add_escape(struct buf *b, unsigned char c)
{
    static const char names[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

    buf_addc(b, '\\');
    if (c >= 0x20)
        buf_addc(b, (char)c);
    else if (names[c])
        buf_addc(b, names[c]);
    else
        buf_addf(b, "u%04x", c);
}

/* Text without escapes, in which bytes that are not UTF-8 become U+FFFD. */
static void add_mended(struct buf *b, struct str s)
{
    while (s.n) {
        const char *from = s.p, *bad = NULL;

        while (s.n && !bad) {
            const char *p = s.p;

            if (utf8_next(&s) < 0) bad = p;
        }
        buf_add(b, str_n(from, (size_t)((bad ? bad : s.p) - from)));
        if (bad) buf_add(b, STR("\xef\xbf\xbd"));
    }
}

static void add_escaped(struct buf *b, struct str s, struct scan run)
{
    const char *p = s.p, *end = p + s.n;

    put(b, '"');
    for (;; run = scan_string(p, end)) {
        struct str text = str_n(p, (size_t)(run.p - p));

        if (run.high && !utf8_valid(text))
            add_mended(b, text);
        else
            buf_add(b, text);
        p = run.p;
        if (p == end || b->full) break;
        add_escape(b, (unsigned char)*p++);
    }
    put(b, '"');
}

/* Most strings need no escape: those are one copy. */
void json_write_str(struct buf *b, struct str s)
{
    struct scan run;
    char *out;

    if (s.n == 0) s = STR("");
    run = scan_string(s.p, s.p + s.n);
    if (run.p < s.p + s.n || (run.high && !utf8_valid(s))) {
        add_escaped(b, s, run);
        return;
    }
    out = buf_room(b, s.n + 2);
    if (!out) return;
    out[0] = '"';
    memcpy(out + 1, s.p, s.n);
    out[s.n + 1] = '"';
    out[s.n + 2] = '\0';
    b->n += s.n + 2;
}

static void add_base64(struct buf *b, struct str s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    enum { PAD = 64 };
    char *out = buf_room(b, (s.n + 2) / 3 * 4 + 2);

    if (!out) return;
    *out++ = '"';
    for (size_t i = 0; i < s.n; i += 3) {
        size_t have = s.n - i;
        uint32_t bits = (uint32_t)(unsigned char)s.p[i] << 16;

        if (have > 1) bits |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
        if (have > 2) bits |= (unsigned char)s.p[i + 2];
        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = digits[have > 1 ? bits >> 6 & 63 : PAD];
        *out++ = digits[have > 2 ? bits & 63 : PAD];
    }
    *out++ = '"';
    *out = '\0';
    b->n += (s.n + 2) / 3 * 4 + 2;
}

/* ".5": the point and the digits of a fraction of a second, or nothing. */
static const char *fraction(uint32_t nanos, char out[NANOS_DIGITS + 2])
{
    size_t n = NANOS_DIGITS + 1;

    if (nanos >= 1000000000u) nanos = 999999999u;
    snprintf(out, NANOS_DIGITS + 2, ".%09u", nanos);
    while (out[n - 1] == '0') n--;
    out[n > 1 ? n : 0] = '\0';
    return out;
}

static void add_time(struct buf *b, struct value v)
{
    struct civil c = clock_civil(v.i);
    char part[NANOS_DIGITS + 2];

    buf_addf(b, "\"%04d-%02d-%02dT%02d:%02d:%02d%sZ\"", c.year, c.month, c.day, c.hour, c.minute,
             c.second, fraction(v.n, part));
}

static void add_duration(struct buf *b, int64_t nanos)
{
    uint64_t size = nanos < 0 ? 0 - (uint64_t)nanos : (uint64_t)nanos;
    char part[NANOS_DIGITS + 2];

    buf_addf(b, "\"%s%llu%ss\"", nanos < 0 ? "-" : "", (unsigned long long)(size / 1000000000u),
             fraction((uint32_t)(size % 1000000000u), part));
}

static void add_whole(struct buf *b, uint64_t n, bool minus)
{
    char text[24], *p = text + sizeof text;

    if (minus) n = 0 - n;
    do *--p = (char)('0' + n % 10);
    while (n /= 10);
    if (minus) *--p = '-';
    buf_add(b, str_n(p, (size_t)(text + sizeof text - p)));
}

static void add_double(struct buf *b, double d)
{
    char text[NUMBER_TEXT];
    struct str s = str_n(text, number_write(d, text));

    if (d - d == 0)
        buf_add(b, s);
    else
        json_write_str(b, s);
}

static void add_leaf(struct buf *b, struct value v)
{
    switch (v.kind) {
    case V_BOOL:
        buf_add(b, v.b ? STR("true") : STR("false"));
        break;
    case V_INT:
        add_whole(b, (uint64_t)v.i, v.i < 0);
        break;
    case V_UINT:
        add_whole(b, v.u, false);
        break;
    case V_DOUBLE:
        add_double(b, v.d);
        break;
    case V_STRING:
    case V_TYPE:
        json_write_str(b, value_str(v));
        break;
    case V_BYTES:
        add_base64(b, value_str(v));
        break;
    case V_TIMESTAMP:
        add_time(b, v);
        break;
    case V_DURATION:
        add_duration(b, v.i);
        break;
    case V_SECRET:
        buf_add(b, STR("\"***\""));
        break;
    default:
        buf_add(b, STR("null"));
    }
}

static void add_key(struct buf *b, struct value key)
{
    if (key.kind == V_STRING) {
        json_write_str(b, value_str(key));
        return;
    }
    put(b, '"');
    add_leaf(b, key);
    put(b, '"');
}

static void open_value(struct writer *w, struct value v)
{
    if (w->depth == w->cap) {
        bool first = w->open == w->first;

        w->cap *= 2;
        w->open = mem_grow(first ? NULL : w->open, w->cap * sizeof *w->open);
        if (first) memcpy(w->open, w->first, sizeof w->first);
    }
    w->open[w->depth++] = (struct open){.v = v};
    put(w->b, v.kind == V_MAP ? '{' : '[');
}

static void add_value(struct writer *w, struct value v)
{
    while (v.kind == V_OPTIONAL) v = v.one ? *v.one : NO_VALUE;
    if (v.kind == V_LIST || v.kind == V_MAP)
        open_value(w, v);
    else
        add_leaf(w->b, v);
}

static void add_line(struct writer *w)
{
    if (!w->pretty) return;
    put(w->b, '\n');
    for (size_t i = 0; i < w->depth && !w->b->full; i++) buf_add(w->b, STR("  "));
}

/* One item of the innermost list or map, or its end. */
static void add_next(struct writer *w)
{
    struct open *o = &w->open[w->depth - 1];
    bool map = o->v.kind == V_MAP;
    uint32_t i = o->next++;

    if (i == o->v.n) {
        w->depth--;
        if (i) add_line(w);
        put(w->b, map ? '}' : ']');
        return;
    }
    if (i) put(w->b, ',');
    add_line(w);
    if (map) {
        const struct pair *p = &o->v.map[i];

        add_key(w->b, p->key);
        put(w->b, ':');
        if (w->pretty) put(w->b, ' ');
        add_value(w, p->value);
    } else {
        add_value(w, o->v.list[i]);
    }
}

static void write_all(struct buf *b, struct value v, bool pretty)
{
    AUTO(writer) struct writer w;

    w.b = b;
    w.pretty = pretty;
    w.open = w.first;
    w.depth = 0;
    w.cap = OPEN_FIRST;
    add_value(&w, v);
    while (w.depth && !b->full) add_next(&w);
}

void json_write(struct buf *b, struct value v)
{
    write_all(b, v, false);
}

void json_write_pretty(struct buf *b, struct value v)
{
    write_all(b, v, true);
}
