#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "data/json.h"
#include "data/number.h"
#include "data/scan.h"
#include "data/twin.h"

enum { STACK_FIRST = 512, FRAMES_FIRST = 64, FOUND_TEXT = 32 };

/* A list or map that is still open. */
struct frame {
    const char *at; /* its bracket */
    size_t first;   /* where its values begin on the stack */
    bool map;
};

/* Functions take the place they read at and return the place after, or NULL when they failed. */
struct reader {
    const char *start, *end;
    struct arena *arena;
    struct err *e;
    struct json_limits limits;
    uint32_t nodes;
    bool done;
    struct value *stack; /* the values of all that is open, keys among them; moved when closed */
    size_t top, cap;
    struct frame *frames;
    uint32_t depth, frames_cap;
    struct value stack_first[STACK_FIRST];
    struct frame frames_first[FRAMES_FIRST];
};

static void reader_auto(struct reader *r)
{
    if (r->stack != r->stack_first) free(r->stack);
    if (r->frames != r->frames_first) free(r->frames);
}

#define COLD __attribute__((noinline, cold))

static void place(const struct reader *r, const char *p, int *ret_line, int *ret_col)
{
    const char *line = r->start;

    *ret_line = 1;
    for (const char *q = r->start; q < p && (q = memchr(q, '\n', (size_t)(p - q))); line = ++q)
        ++*ret_line;
    *ret_col = (int)(p - line) + 1;
}

/* What stands at p, in words. */
static const char *found(const struct reader *r, const char *p, char out[FOUND_TEXT])
{
    struct str rest = str_n(p, (size_t)(r->end - p));
    int32_t point = rest.n ? utf8_next(&rest) : 0;

    if (p == r->end)
        snprintf(out, FOUND_TEXT, "the text ends");
    else if (point >= 0xa0 || (point > ' ' && point < 0x7f))
        snprintf(out, FOUND_TEXT, "found '%.*s'", (int)(rest.p - p), p);
    else
        snprintf(out, FOUND_TEXT, "found byte 0x%02x", (unsigned char)*p);
    return out;
}

static const char *COLD wrong(struct reader *r, const char *p, const char *expected)
{
    char what[FOUND_TEXT];
    int line, col;

    place(r, p, &line, &col);
    (void)fail_at(r->e, E_INPUT, line, col, "%s where %s should be", found(r, p, what), expected);
    return NULL;
}

static const char *COLD wrong_so(struct reader *r, const char *p, const char *sentence)
{
    int line, col;

    place(r, p, &line, &col);
    (void)fail_at(r->e, E_INPUT, line, col, "%s", sentence);
    return NULL;
}

static const char *COLD too_much(struct reader *r, const char *p, uint32_t limit, const char *what)
{
    int line, col;

    place(r, p, &line, &col);
    (void)fail_at(r->e, E_LIMIT, line, col, "the JSON has more than %u %s, the limit here", limit,
                  what);
    return NULL;
}

static void COLD grow_stack(struct reader *r)
{
    bool first = r->stack == r->stack_first;

    r->cap *= 2;
    r->stack = mem_grow(first ? NULL : r->stack, r->cap * sizeof *r->stack);
    if (first) memcpy(r->stack, r->stack_first, sizeof r->stack_first);
}

static void COLD grow_frames(struct reader *r)
{
    bool first = r->frames == r->frames_first;

    r->frames_cap *= 2;
    r->frames = mem_grow(first ? NULL : r->frames, r->frames_cap * sizeof *r->frames);
    if (first) memcpy(r->frames, r->frames_first, sizeof r->frames_first);
}

static inline void push(struct reader *r, struct value v)
{
    if (r->top == r->cap) grow_stack(r);
    r->stack[r->top++] = v;
}

static const char *COLD bad_utf8(struct reader *r, const char *p)
{
    struct str rest = str_n(p, (size_t)(r->end - p));

    do p = rest.p;
    while (utf8_next(&rest) >= 0);
    return wrong_so(r, p, "this is not UTF-8: send JSON in UTF-8");
}

static int32_t hex4(const char *p, const char *end)
{
    int32_t n = 0;

    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i], low = (char)(c | 0x20);

        if (c >= '0' && c <= '9')
            n = n << 4 | (c - '0');
        else if (low >= 'a' && low <= 'f')
            n = n << 4 | (low - 'a' + 10);
        else
            return -1;
    }
    return n;
}

/* A \u escape, or the two of a surrogate pair; p is at its backslash. */
static const char *read_point(struct reader *r, const char *p, char **out)
{
    int32_t point = hex4(p + 2, r->end), low;

    if (point < 0) return wrong_so(r, p, "'\\u' must be followed by four hexadecimal digits");
    if (point >= 0xd800 && point < 0xe000) {
        bool pair = point < 0xdc00 && r->end - p >= 12 && p[6] == '\\' && p[7] == 'u';

        low = pair ? hex4(p + 8, r->end) : -1;
        if (low < 0xdc00 || low >= 0xe000)
            return wrong_so(r, p,
                            "this surrogate stands alone: '\\ud800' to '\\udbff' must be "
                            "followed by '\\udc00' to '\\udfff'");
        point = 0x10000 + ((point - 0xd800) << 10 | (low - 0xdc00));
        p += 6;
    }
    *out += utf8_put((uint32_t)point, *out);
    return p + 6;
}

static const char *read_escape(struct reader *r, const char *p, char **out)
{
    static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *at;

    if (r->end - p < 2) return wrong(r, r->end, "the rest of an escape");
    if (p[1] == 'u') return read_point(r, p, out);
    at = p[1] ? strchr(names, p[1]) : NULL;
    if (!at) return wrong(r, p + 1, "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
    *(*out)++ = bytes[at - names];
    return p + 2;
}

/* The closing quote, so that the decoded text's room is known. */
static const char *string_end(struct reader *r, const char *p)
{
    struct scan s;
    bool high = false;

    for (const char *q = p;; q = s.p + 2) {
        s = scan_string(q, r->end);
        high = high || s.high;
        if (s.p == r->end || (*s.p == '\\' && r->end - s.p < 2))
            return wrong(r, r->end, "the '\"' that closes a string");
        if (*s.p == '"') break;
        if (*s.p != '\\')
            return wrong_so(r, s.p,
                            "a control character must be written as an escape in a string, "
                            "as \\n or \\u0000 are");
    }
    if (high && !utf8_valid(str_n(p, (size_t)(s.p - p)))) return bad_utf8(r, p);
    return s.p;
}

static const char *__attribute__((noinline))
read_escaped(struct reader *r, const char *p, struct value *ret)
{
    const char *end = string_end(r, p);
    char *text, *out;

    if (!end) return NULL;
    out = text = arena_raw(r->arena, (size_t)(end - p));
    while (p < end) {
        const char *stop = scan_string(p, end).p;

        memcpy(out, p, (size_t)(stop - p));
        out += stop - p;
        p = stop < end ? read_escape(r, stop, &out) : end;
        if (!p) return NULL;
    }
    *ret = v_str(str_n(text, (size_t)(out - text)));
    return end + 1;
}

static inline const char *read_string(struct reader *r, const char *p, struct value *ret)
{
    struct scan s = scan_string(p, r->end);

    if (s.p == r->end || *s.p != '"') return read_escaped(r, p, ret);
    if (s.high && !utf8_valid(str_n(p, (size_t)(s.p - p)))) return bad_utf8(r, p);
    *ret = v_str(str_n(p, (size_t)(s.p - p)));
    return s.p + 1;
}

static inline bool is_digit(const struct reader *r, const char *p)
{
    return p < r->end && (unsigned char)(*p - '0') < 10;
}

static const char *digits(struct reader *r, const char *p, const char *expected)
{
    if (!is_digit(r, p)) return wrong(r, p, expected);
    while (is_digit(r, p)) p++;
    return p;
}

/* Any number, once its grammar is known to be right. */
static const char *read_double(struct reader *r, const char *at, const char *p, struct value *ret)
{
    double d;

    if (p - at > NUMBER_MAX) return too_much(r, at, NUMBER_MAX, "characters in a number");
    if (!number_read(str_n(at, (size_t)(p - at)), &d) || d - d != 0)
        return wrong_so(r, at,
                        "this number is too large for a double (at most about 1.8e308): "
                        "send it as a string");
    *ret = v_double(d);
    return p;
}

static const char *read_fraction(struct reader *r, const char *at, const char *p, struct value *ret)
{
    if (p < r->end && *p == '.') {
        p = digits(r, p + 1, "a digit after the point of a number");
        if (!p) return NULL;
    }
    if (p < r->end && (*p | 0x20) == 'e') {
        p++;
        if (p < r->end && (*p == '+' || *p == '-')) p++;
        p = digits(r, p, "a digit of a number's exponent");
        if (!p) return NULL;
    }
    return read_double(r, at, p, ret);
}

/* An integer of 19 digits or more: int, uint, or else the nearest double. */
static const char *read_long(struct reader *r, const char *at, const char *p, struct value *ret)
{
    bool minus = *at == '-', fits = true;
    uint64_t n = 0;

    for (const char *q = at + minus; q < p && fits; q++)
        fits = !__builtin_mul_overflow(n, 10, &n) &&
               !__builtin_add_overflow(n, (uint64_t)(*q - '0'), &n);
    if (!fits || (minus && n > (uint64_t)INT64_MAX + 1)) return read_double(r, at, p, ret);
    if (minus)
        *ret = v_int((int64_t)(0 - n));
    else
        *ret = n <= INT64_MAX ? v_int((int64_t)n) : v_uint(n);
    return p;
}

static inline const char *read_number(struct reader *r, const char *p, struct value *ret)
{
    const char *at = p, *first = p + (*p == '-');
    int64_t n = 0;

    for (p = first; is_digit(r, p) && p - first < 18; p++) n = n * 10 + (*p - '0');
    if (p == first) return wrong(r, p, "a digit of a number");
    if (*first == '0' && is_digit(r, first + 1))
        return wrong_so(r, at, "a number must not begin with 0: drop the 0, or send a string");
    if (is_digit(r, p)) {
        while (is_digit(r, p)) p++;
        if (p == r->end || (*p != '.' && (*p | 0x20) != 'e')) return read_long(r, at, p, ret);
    }
    if (p < r->end && (*p == '.' || (*p | 0x20) == 'e')) return read_fraction(r, at, p, ret);
    *ret = v_int(first == at ? n : -n);
    return p;
}

static const char *COLD no_value(struct reader *r, const char *p)
{
    if (p < r->end && *p == '\'') return wrong(r, p, "a value (a string stands in double quotes)");
    if (p < r->end && strchr("TFNIu", *p))
        return wrong(r, p, "a value (the only bare words are true, false and null)");
    if (r->start == p && r->end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        return wrong_so(r, p, "the JSON begins with a byte order mark: send it without");
    return wrong(r, p, "a value");
}

static inline const char *word(struct reader *r, const char *p, struct str w)
{
    if ((size_t)(r->end - p) < w.n || memcmp(p, w.p, w.n) != 0) return no_value(r, p);
    return p + w.n;
}

static inline const char *read_leaf(struct reader *r, const char *p)
{
    struct value v = NO_VALUE;

    if (p == r->end) return no_value(r, p);
    switch (*p) {
    case '"':
        p = read_string(r, p + 1, &v);
        break;
    case 't':
        v = v_bool(true);
        p = word(r, p, STR("true"));
        break;
    case 'f':
        v = v_bool(false);
        p = word(r, p, STR("false"));
        break;
    case 'n':
        p = word(r, p, STR("null"));
        break;
    default:
        p = *p == '-' || is_digit(r, p) ? read_number(r, p, &v) : no_value(r, p);
    }
    if (!p) return NULL;
    if (r->nodes++ >= r->limits.nodes) return too_much(r, p, r->limits.nodes, "values");
    push(r, v);
    return p;
}

/* A key and its colon; the place of the value is returned. */
static inline const char *read_key(struct reader *r, const char *p)
{
    struct value key;

    if (p == r->end || *p != '"') {
        bool comma =
            p < r->end && *p == '}' && r->stack + r->frames[r->depth - 1].first < r->stack + r->top;

        return wrong(r, p, comma ? "a key (remove the comma before it)" : "a key in double quotes");
    }
    p = read_string(r, p + 1, &key);
    if (!p) return NULL;
    push(r, key);
    p = scan_space(p, r->end);
    if (p == r->end || *p != ':') return wrong(r, p, "the ':' after a key");
    return scan_space(p + 1, r->end);
}

/* The n-th key of the map that begins at p, in text already read. */
static const char *find_key(const char *p, size_t n)
{
    int depth = 0;

    for (;; p++) {
        if (*p == '"') {
            if (depth == 1 && n == 0) return p;
            for (p++; *p != '"'; p++) p += *p == '\\';
        } else if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']') {
            depth--;
        } else if (*p == ',' && depth == 1) {
            n--;
        }
    }
}

static const char *COLD twice(struct reader *r, const struct frame *f, struct value key, size_t n)
{
    const char *p = find_key(f->at, n);
    AUTO(buf) struct buf name = BUF(512);
    int line, col;

    utf8_add_safe(&name, str_n(key.s, key.n < 100 ? key.n : 100), false);
    place(r, p, &line, &col);
    (void)fail_at(r->e, E_INPUT, line, col, "the key \"" STR_FMT "\" stands twice in one object",
                  STR_ARG(buf_str(&name)));
    return NULL;
}

/* Moves the values of the innermost list or map into the arena; p is at its closing bracket. */
static const char *close_frame(struct reader *r, const char *p)
{
    const struct frame *f = &r->frames[--r->depth];
    size_t n = r->top - f->first, at;
    struct value *items = NULL;

    if (n) {
        items = arena_raw(r->arena, n * sizeof *items);
        memcpy(items, r->stack + f->first, n * sizeof *items);
        /* A pair is two values. */
        if (f->map && twin_find((const struct pair *)items, n / 2, &at))
            return twice(r, f, items[2 * at], at);
    }
    r->top = f->first;
    push(r, f->map ? v_map((const struct pair *)items, n / 2) : v_list(items, n));
    return p + 1;
}

/* After a value: closes what ends here; returns the place of the next value. */
static const char *next_value(struct reader *r, const char *p)
{
    while (r->depth) {
        bool map = r->frames[r->depth - 1].map;

        p = scan_space(p, r->end);
        if (p < r->end && *p == ',') {
            p = scan_space(p + 1, r->end);
            if (map) return read_key(r, p);
            if (p < r->end && *p == ']') return wrong(r, p, "a value (remove the comma before it)");
            return p;
        }
        if (p == r->end || *p != (map ? '}' : ']'))
            return wrong(r, p, map ? "',' or '}'" : "',' or ']'");
        p = close_frame(r, p);
        if (!p) return NULL;
    }
    r->done = true;
    return p;
}

static const char *open_frame(struct reader *r, const char *p)
{
    bool map = *p == '{';

    if (r->depth >= r->limits.depth) return too_much(r, p, r->limits.depth, "levels of nesting");
    if (r->nodes++ >= r->limits.nodes) return too_much(r, p, r->limits.nodes, "values");
    if (r->depth == r->frames_cap) grow_frames(r);
    r->frames[r->depth++] = (struct frame){.at = p, .first = r->top, .map = map};
    p = scan_space(p + 1, r->end);
    if (p < r->end && *p == (map ? '}' : ']')) return next_value(r, p);
    return map ? read_key(r, p) : p;
}

static const char *read_text(struct reader *r)
{
    const char *p = scan_space(r->start, r->end);

    while (!r->done) {
        if (p < r->end && (*p == '{' || *p == '[')) {
            p = open_frame(r, p);
        } else {
            p = read_leaf(r, p);
            if (p) p = next_value(r, p);
        }
        if (!p) return NULL;
    }
    p = scan_space(p, r->end);
    return p == r->end ? p : wrong(r, p, "the end of the text");
}

err_t json_read(struct arena *a, struct str text, struct json_limits limits, struct value *ret,
                struct err *e)
{
    AUTO(reader) struct reader r;

    r.start = text.n ? text.p : "";
    r.end = r.start + text.n;
    r.arena = a;
    r.e = e;
    r.limits = limits;
    r.nodes = r.depth = 0;
    r.done = false;
    r.stack = r.stack_first;
    r.top = 0;
    r.cap = STACK_FIRST;
    r.frames = r.frames_first;
    r.frames_cap = FRAMES_FIRST;
    if (text.n > UINT32_MAX) return fail(e, E_LIMIT, "the JSON is longer than 4 GiB");
    if (!read_text(&r)) return e->code;
    *ret = r.stack[0];
    return OK;
}
