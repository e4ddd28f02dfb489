#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

static int64_t now(clockid_t which)
{
    struct timespec t;

    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t clock_wall(void)
{
    return now(CLOCK_REALTIME);
}

int64_t clock_mono(void)
{
    return now(CLOCK_MONOTONIC);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days since 1970 of a civil date, and back: the era method of Howard Hinnant's
   "chrono-Compatible Low-Level Date Algorithms". */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

struct civil clock_civil(int64_t seconds)
{
    int64_t days = floor_div(seconds, 86400), rest = seconds - days * 86400;
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    struct civil c;

    c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c.year = (int)(yoe + era * 400 + (c.month <= 2));
    c.hour = (int)(rest / 3600);
    c.minute = (int)(rest % 3600 / 60);
    c.second = (int)(rest % 60);
    c.weekday = (int)((days % 7 + 11) % 7);
    c.yearday = (int)(days - days_of(c.year, 1, 1));
    return c;
}

int64_t clock_seconds(const struct civil *c)
{
    return days_of(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 + c->second;
}

const char *clock_text(int64_t wall_us, char out[TIME_TEXT])
{
    int64_t s = floor_div(wall_us, SECOND_US);
    int us = (int)(wall_us - s * SECOND_US);
    struct civil c = clock_civil(s);
    int n = snprintf(out, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day,
                     c.hour, c.minute, c.second);

    if (us) {
        n += snprintf(out + n, TIME_TEXT - (size_t)n, ".%06d", us);
        while (out[n - 1] == '0') n--;
    }
    out[n] = 'Z';
    out[n + 1] = '\0';
    return out;
}

/* Reads exactly n digits at *s. */
static bool digits(struct str *s, size_t n, int *ret)
{
    int v = 0;

    if (s->n < n) return false;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)s->p[i])) return false;
        v = v * 10 + (s->p[i] - '0');
    }
    *s = str_skip(*s, n);
    *ret = v;
    return true;
}

static bool one_of(struct str *s, const char *set)
{
    if (s->n == 0 || !s->p[0] || !strchr(set, s->p[0])) return false;
    *s = str_skip(*s, 1);
    return true;
}

static bool fraction(struct str *s, int32_t *ret_nanos)
{
    int32_t scale = 100000000;
    size_t n = 0;

    *ret_nanos = 0;
    if (!one_of(s, ".")) return true;
    while (n < s->n && isdigit((unsigned char)s->p[n])) {
        *ret_nanos += (s->p[n] - '0') * scale;
        scale /= 10;
        n++;
    }
    *s = str_skip(*s, n);
    return n > 0;
}

static bool offset(struct str *s, int *ret_seconds)
{
    int h, m, sign = s->n && s->p[0] == '-' ? -1 : 1;

    *ret_seconds = 0;
    if (one_of(s, "Zz")) return true;
    if (!one_of(s, "+-") || !digits(s, 2, &h) || !one_of(s, ":") || !digits(s, 2, &m)) return false;
    *ret_seconds = sign * (h * 3600 + m * 60);
    return h < 24 && m < 60;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

bool clock_parse(struct str s, int64_t *ret_seconds, int32_t *ret_nanos)
{
    struct civil c = {0};
    int32_t nanos;
    int shift;
    int64_t at;

    if (!digits(&s, 4, &c.year) || !one_of(&s, "-") || !digits(&s, 2, &c.month) ||
        !one_of(&s, "-") || !digits(&s, 2, &c.day) || !one_of(&s, "Tt ") ||
        !digits(&s, 2, &c.hour) || !one_of(&s, ":") || !digits(&s, 2, &c.minute) ||
        !one_of(&s, ":") || !digits(&s, 2, &c.second) || !fraction(&s, &nanos) ||
        !offset(&s, &shift) || s.n)
        return false;
    if (c.month < 1 || c.month > 12 || c.day < 1 || c.day > month_days(c.year, c.month) ||
        c.hour > 23 || c.minute > 59 || c.second > 60)
        return false;
    at = clock_seconds(&c) - shift;
    if (at < -62135596800 || at > 253402300799) return false;
    *ret_seconds = at;
    *ret_nanos = nanos;
    return true;
}
