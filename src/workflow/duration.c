#include "workflow/duration.h"

#include <stdio.h>

#include "base/mem.h"

enum { FRACTION_DIGITS = 6 };

static const struct unit {
    const char *name, *text;
    int64_t us;
} units[] = {{"w", NULL, INT64_C(604800000000)},
             {"d", "d", INT64_C(86400000000)},
             {"h", "h", INT64_C(3600000000)},
             {"m", "min", 60000000},
             {"s", "s", 1000000},
             {"ms", "ms", 1000},
             {"us", "us", 1}};

static bool digit(struct str s, size_t at)
{
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

struct number {
    int64_t whole;
    int64_t part, scale; /* part / scale, 0 / 1 without a fraction */
};

static bool read_number(struct str *s, struct number *ret)
{
    size_t n = 0;

    *ret = (struct number){.scale = 1};
    for (; digit(*s, n); n++) {
        ret->whole = ret->whole * 10 + (s->p[n] - '0');
        if (ret->whole > DURATION_MAX_US) return false;
    }
    if (n == 0) return false;
    if (n < s->n && s->p[n] == '.') {
        if (!digit(*s, ++n)) return false;
        for (int kept = 0; digit(*s, n); n++) {
            if (kept++ >= FRACTION_DIGITS) continue;
            ret->part = ret->part * 10 + (s->p[n] - '0');
            ret->scale *= 10;
        }
    }
    *s = str_skip(*s, n);
    return true;
}

/* The unit at the start of *s; units from `from` on are allowed. COUNT_OF(units) when none is. */
static size_t read_unit(struct str *s, size_t from)
{
    size_t n = 0;

    while (n < s->n && s->p[n] >= 'a' && s->p[n] <= 'z') n++;
    for (size_t i = from; i < COUNT_OF(units); i++) {
        if (!str_is(str_n(s->p, n), units[i].name)) continue;
        *s = str_skip(*s, n);
        return i;
    }
    return COUNT_OF(units);
}

bool duration_parse(struct str text, int64_t *ret_us)
{
    struct str s = str_trim(text);
    int64_t sum = 0;
    size_t from = 0;

    if (str_is(s, "0")) {
        *ret_us = 0;
        return true;
    }
    do {
        struct number v;
        int64_t us;
        size_t unit;

        if (!read_number(&s, &v)) return false;
        unit = read_unit(&s, from);
        if (unit == COUNT_OF(units) || (v.scale > 1 && s.n)) return false;
        if (v.whole > DURATION_MAX_US / units[unit].us) return false;
        us = v.whole * units[unit].us + (units[unit].us / v.scale) * v.part +
             (units[unit].us % v.scale) * v.part / v.scale;
        sum += us;
        if (sum > DURATION_MAX_US) return false;
        from = unit + 1;
        s = str_trim(s);
    } while (s.n);
    *ret_us = sum;
    return true;
}

static const char *write_units(uint64_t us, int most, char out[DURATION_TEXT])
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 1; i < COUNT_OF(units) && most > 0; i++) {
        uint64_t size = (uint64_t)units[i].us, count = us / size;

        if (n) most--;
        if (count == 0 || most == 0) continue;
        n += (size_t)snprintf(out + n, DURATION_TEXT - n, "%s%llu %s", n ? " " : "",
                              (unsigned long long)count, units[i].text);
        us -= count * size;
    }
    if (n == 0) (void)snprintf(out, DURATION_TEXT, "0 s");
    return out;
}

static uint64_t size_of(int64_t us)
{
    return us < 0 ? -(uint64_t)us : (uint64_t)us;
}

const char *duration_exact(int64_t us, char out[DURATION_TEXT])
{
    return write_units(size_of(us), COUNT_OF(units), out);
}

const char *duration_text(int64_t us, char out[DURATION_TEXT])
{
    uint64_t size = size_of(us);

    if (size >= 60000000) return write_units(size, 2, out);
    if (size < 1000000 || size % 1000000 < 100000) return write_units(size, 1, out);
    (void)snprintf(out, DURATION_TEXT, "%llu.%llu s", (unsigned long long)(size / 1000000),
                   (unsigned long long)(size % 1000000 / 100000));
    return out;
}
