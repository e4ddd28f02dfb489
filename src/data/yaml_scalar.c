/* YAML 1.2.2 section 10.3, the core schema. */
#include <math.h>

#include "data/number.h"
#include "data/yaml.h"

static bool one_of(struct str s, const char *const *words)
{
    for (; *words; words++)
        if (str_is(s, *words)) return true;
    return false;
}

static bool read_word(struct str s, struct value *ret)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL},
                             *const yes[] = {"true", "True", "TRUE", NULL},
                             *const no[] = {"false", "False", "FALSE", NULL};

    if (one_of(s, nulls))
        *ret = NO_VALUE;
    else if (one_of(s, yes))
        *ret = v_bool(true);
    else if (one_of(s, no))
        *ret = v_bool(false);
    else
        return false;
    return true;
}

static size_t count_digits(struct str s, size_t from)
{
    size_t n = 0;

    while (from + n < s.n && s.p[from + n] >= '0' && s.p[from + n] <= '9') n++;
    return n;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Digits of one base; past 64 bits the nearest double takes over. */
static bool read_digits(struct str s, int base, bool minus, struct value *ret)
{
    uint64_t n = 0;
    bool fits = true;
    double d = 0;

    if (s.n == 0) return false;
    for (size_t i = 0; i < s.n; i++) {
        int x = digit(s.p[i]);

        if (x >= base) return false;
        fits = fits && !__builtin_mul_overflow(n, (uint64_t)base, &n) &&
               !__builtin_add_overflow(n, (uint64_t)x, &n);
        d = d * base + x;
    }
    if (fits && !minus)
        *ret = n <= INT64_MAX ? v_int((int64_t)n) : v_uint(n);
    else if (fits && n <= (uint64_t)INT64_MAX + 1)
        *ret = v_int((int64_t)(0 - n));
    else if (base != 10)
        *ret = v_double(d);
    else
        return false; /* read_float() does it exactly */
    return true;
}

static bool read_int(struct str s, struct value *ret)
{
    bool sign = s.n && (s.p[0] == '-' || s.p[0] == '+');

    if (str_starts(s, STR("0o"))) return read_digits(str_skip(s, 2), 8, false, ret);
    if (str_starts(s, STR("0x"))) return read_digits(str_skip(s, 2), 16, false, ret);
    return read_digits(str_skip(s, sign), 10, s.n && s.p[0] == '-', ret);
}

static bool read_special(struct str s, struct value *ret)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL}, *const nans[] = {
                                                                                ".nan", ".NaN",
                                                                                ".NAN", NULL};
    bool sign = s.n && (s.p[0] == '-' || s.p[0] == '+');

    if (one_of(s, nans))
        *ret = v_double(NAN);
    else if (one_of(str_skip(s, sign), infinities))
        *ret = v_double(s.p[0] == '-' ? -INFINITY : INFINITY);
    else
        return false;
    return true;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool read_float(struct str s, struct value *ret)
{
    size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+'), n = count_digits(s, at);
    double d;

    at += n;
    if (at < s.n && s.p[at] == '.') {
        size_t more = count_digits(s, at + 1);

        n += more;
        at += 1 + more;
    }
    if (n == 0) return false;
    if (at < s.n && (s.p[at] | 0x20) == 'e') {
        at++;
        if (at < s.n && (s.p[at] == '-' || s.p[at] == '+')) at++;
        n = count_digits(s, at);
        if (n == 0) return false;
        at += n;
    }
    if (at != s.n || !number_read(s, &d)) return false;
    *ret = v_double(d);
    return true;
}

struct value yaml_scalar(const struct yaml *y)
{
    struct value v;
    bool number = y->text.n && y->text.p[0] && strchr("0123456789-+.", y->text.p[0]);

    if (!y->plain) return v_str(y->text);
    if (number ? read_int(y->text, &v) || read_float(y->text, &v) || read_special(y->text, &v)
               : read_word(y->text, &v))
        return v;
    return v_str(y->text);
}

static struct value map_of(struct arena *a, const struct yaml *y)
{
    struct pair *pairs = arena_raw(a, y->n * sizeof *pairs);

    for (size_t i = 0; i < y->n; i++) {
        pairs[i].key = v_str(y->keys[i].text);
        pairs[i].value = yaml_value(a, &y->items[i]);
    }
    return v_map(pairs, y->n);
}

/* As deep as YAML_DEPTH at most. */
struct value yaml_value(struct arena *a, const struct yaml *y)
{
    struct value *items;

    if (y->kind == YAML_SCALAR) return yaml_scalar(y);
    if (y->kind == YAML_MAP) return map_of(a, y);
    items = arena_raw(a, y->n * sizeof *items);
    for (size_t i = 0; i < y->n; i++) items[i] = yaml_value(a, &y->items[i]);
    return v_list(items, y->n);
}
