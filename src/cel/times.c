#include "cel/times.h"

#include <stdio.h>

#include "base/clock.h"

enum { NANOS = 1000000000 };

__extension__ typedef __int128 wide; /* nanoseconds of 20,000 years */

static const int64_t first_second = -62135596800, last_second = 253402300799;

static const struct unit {
    struct str name;
    int64_t nanos;
} units[] = {{{"ns", 2}, 1},
             {{"us", 2}, 1000},
             {{"µs", 3}, 1000},
             {{"ms", 2}, 1000000},
             {{"s", 1}, NANOS},
             {{"m", 1}, 60 * (int64_t)NANOS},
             {{"h", 1}, 3600 * (int64_t)NANOS}};

static bool is_digit(struct str s)
{
    return s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9';
}

static bool take_unit(struct str *s, int64_t *ret)
{
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (!str_starts(*s, units[i].name)) continue;
        *s = str_skip(*s, units[i].name.n);
        *ret = units[i].nanos;
        return true;
    }
    return false;
}

/* One part such as 1.5h, in nanoseconds. */
static bool take_part(struct str *s, uint64_t *ret)
{
    uint64_t whole = 0, fraction = 0, scale = 1, nanos;
    bool digits = false;
    int64_t unit;

    for (; is_digit(*s); *s = str_skip(*s, 1), digits = true) {
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(s->p[0] - '0'), &whole))
            return false;
    }
    if (s->n && s->p[0] == '.') {
        for (*s = str_skip(*s, 1); is_digit(*s); *s = str_skip(*s, 1), digits = true) {
            if (scale > UINT64_C(100000000000000)) continue; /* below a nanosecond of an hour */
            fraction = fraction * 10 + (uint64_t)(s->p[0] - '0');
            scale *= 10;
        }
    }
    if (!digits || !take_unit(s, &unit)) return false;
    nanos = (uint64_t)((wide)fraction * unit / (wide)scale);
    return !__builtin_mul_overflow(whole, (uint64_t)unit, &whole) &&
           !__builtin_add_overflow(whole, nanos, ret);
}

bool span_parse(struct str s, int64_t *ret_nanos)
{
    bool minus = s.n && s.p[0] == '-';
    uint64_t sum = 0;

    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) s = str_skip(s, 1);
    if (s.n == 0) return false;
    if (str_eq(s, STR("0"))) s.n = 0;
    while (s.n) {
        uint64_t part;

        if (!take_part(&s, &part) || __builtin_add_overflow(sum, part, &sum)) return false;
    }
    if (sum > (uint64_t)INT64_MAX + (minus ? 1 : 0)) return false;
    *ret_nanos = minus ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

static void add_fraction(struct buf *b, uint32_t nanos)
{
    char text[16];
    int n;

    if (nanos == 0) return;
    n = snprintf(text, sizeof text, ".%09u", nanos);
    while (text[n - 1] == '0') n--;
    buf_add(b, str_n(text, (size_t)n));
}

void span_text(struct buf *b, int64_t nanos)
{
    uint64_t size = nanos < 0 ? 0 - (uint64_t)nanos : (uint64_t)nanos;

    buf_addf(b, "%s%llu", nanos < 0 ? "-" : "", (unsigned long long)(size / NANOS));
    add_fraction(b, (uint32_t)(size % NANOS));
    buf_addc(b, 's');
}

void timestamp_text(struct buf *b, struct value t)
{
    struct civil c = clock_civil(t.i);

    buf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
             c.second);
    add_fraction(b, t.n);
    buf_addc(b, 'Z');
}

bool times_fit(enum node_kind op, struct value a, struct value b)
{
    if (b.kind == V_DURATION) return a.kind == V_TIMESTAMP || a.kind == V_DURATION;
    if (b.kind != V_TIMESTAMP) return false;
    return op == N_ADD ? a.kind == V_DURATION : a.kind == V_TIMESTAMP;
}

static struct value out_of_range(struct eval *x, const struct node *n)
{
    return fault(x, n->at,
                 "the result is out of range: years 1 to 9999, and 292 years for a duration");
}

static struct value shifted(struct eval *x, const struct node *n, struct value t, wide nanos)
{
    wide at = (wide)t.i * NANOS + t.n + nanos;
    wide seconds = at / NANOS, rest = at % NANOS;

    if (rest < 0) {
        rest += NANOS;
        seconds--;
    }
    if (seconds < first_second || seconds > last_second) return out_of_range(x, n);
    return v_time((int64_t)seconds, (uint32_t)rest);
}

struct value times_math(struct eval *x, const struct node *n, struct value a, struct value b)
{
    bool minus = n->kind == N_SUB;
    wide nanos;

    if (a.kind == V_TIMESTAMP && b.kind == V_DURATION)
        return shifted(x, n, a, minus ? -(wide)b.i : b.i);
    if (b.kind == V_TIMESTAMP && !minus) return shifted(x, n, b, a.i);
    if (a.kind == V_TIMESTAMP)
        nanos = (wide)(a.i - b.i) * NANOS + ((int64_t)a.n - b.n);
    else
        nanos = minus ? (wide)a.i - b.i : (wide)a.i + b.i;
    if (nanos < INT64_MIN || nanos > INT64_MAX) return out_of_range(x, n);
    return v_duration((int64_t)nanos);
}
