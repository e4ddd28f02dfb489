/* Timestamps and durations: conversions and getters. */
#include "base/clock.h"
#include "cel/fn.h"
#include "cel/times.h"
#include "data/zone.h"

enum { NANOS = 1000000000, ZONE_STEPS = 4, NO_ZONE_STEPS = 200 /* it was looked for on disk */ };

static struct value to_timestamp(struct eval *x, const struct node *at, const struct value *v,
                                 size_t n)
{
    int64_t seconds;
    int32_t nanos = 0;

    if (v->kind == V_TIMESTAMP) return *v;
    if (v->kind == V_STRING) {
        if (!charge(x, v->n / 64)) return v_fault();
        if (!clock_parse(value_str(*v), &seconds, &nanos))
            return fault_of(x, at->at, "{a} is no RFC 3339 time in years 1 to 9999", *v);
        return v_time(seconds, (uint32_t)nanos);
    }
    if (v->kind != V_INT) return overload(x, at, "timestamp", v, n);
    if (v->i < -INT64_C(62135596800) || v->i > INT64_C(253402300799))
        return fault_of(x, at->at, "timestamp({a}) is out of range: years 1 to 9999", *v);
    return v_time(v->i, 0);
}

static struct value to_duration(struct eval *x, const struct node *at, const struct value *v,
                                size_t n)
{
    int64_t nanos;

    if (v->kind == V_DURATION) return *v;
    if (v->kind == V_STRING) {
        if (!charge(x, v->n / 64)) return v_fault();
        if (span_parse(value_str(*v), &nanos)) return v_duration(nanos);
        return fault_of(x, at->at, "{a} is no duration such as 1h30m or 0.5s, or out of range", *v);
    }
    if (v->kind != V_INT) return overload(x, at, "duration", v, n);
    if (__builtin_mul_overflow(v->i, NANOS, &nanos))
        return fault_of(x, at->at, "duration({a}) is out of range", *v);
    return v_duration(nanos);
}

enum part {
    YEAR,
    MONTH,
    DATE,
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    DAY_OF_YEAR,
    HOURS,
    MINUTES,
    SECONDS,
    MILLIS
};

static int64_t part_of(enum part part, const struct civil *c, uint32_t nanos)
{
    switch (part) {
    case YEAR:
        return c->year;
    case MONTH:
        return c->month - 1;
    case DATE:
        return c->day;
    case DAY_OF_MONTH:
        return c->day - 1;
    case DAY_OF_WEEK:
        return c->weekday;
    case DAY_OF_YEAR:
        return c->yearday;
    case HOURS:
        return c->hour;
    case MINUTES:
        return c->minute;
    case SECONDS:
        return c->second;
    case MILLIS:
        return nanos / 1000000;
    }
    return 0;
}

static int64_t duration_part(enum part part, int64_t nanos)
{
    if (part == HOURS) return nanos / (3600 * (int64_t)NANOS);
    if (part == MINUTES) return nanos / (60 * (int64_t)NANOS);
    if (part == SECONDS) return nanos / NANOS;
    return nanos % NANOS / 1000000;
}

static struct value no_zone(struct eval *x, const struct node *at, struct value name)
{
    if (!charge(x, NO_ZONE_STEPS)) return v_fault();
    return fault_of(
        x, at->at, "there is no time zone {a}; write one as \"Europe/Berlin\" or \"+02:00\"", name);
}

static struct value get(struct eval *x, const struct node *at, const struct value *v, size_t n,
                        enum part part)
{
    const char *name = at->call.fn->name;
    const struct zone *zone = NULL;
    struct civil c;

    if (v[0].kind == V_DURATION && part >= HOURS && n == 1)
        return v_int(duration_part(part, v[0].i));
    if (v[0].kind != V_TIMESTAMP || (n == 2 && v[1].kind != V_STRING))
        return overload(x, at, name, v, n);
    if (n == 2 && !charge(x, ZONE_STEPS)) return v_fault();
    if (n == 2 && !(zone = zone_find(value_str(v[1])))) return no_zone(x, at, v[1]);
    c = clock_civil(v[0].i + (zone ? zone_offset(zone, v[0].i, NULL) : 0));
    return v_int(part_of(part, &c, v[0].n));
}

#define GETTER(name, part)                                                                         \
    static struct value name(struct eval *x, const struct node *at, const struct value *v,         \
                             size_t n)                                                             \
    {                                                                                              \
        return get(x, at, v, n, part);                                                             \
    }

GETTER(get_full_year, YEAR)
GETTER(get_month, MONTH)
GETTER(get_date, DATE)
GETTER(get_day_of_month, DAY_OF_MONTH)
GETTER(get_day_of_week, DAY_OF_WEEK)
GETTER(get_day_of_year, DAY_OF_YEAR)
GETTER(get_hours, HOURS)
GETTER(get_minutes, MINUTES)
GETTER(get_seconds, SECONDS)
GETTER(get_millis, MILLIS)

static const struct fn list[] = {
    {"timestamp", FN_GLOBAL, 1, 1, to_timestamp},
    {"duration", FN_GLOBAL, 1, 1, to_duration},
    {"getFullYear", FN_METHOD, 1, 2, get_full_year},
    {"getMonth", FN_METHOD, 1, 2, get_month},
    {"getDate", FN_METHOD, 1, 2, get_date},
    {"getDayOfMonth", FN_METHOD, 1, 2, get_day_of_month},
    {"getDayOfWeek", FN_METHOD, 1, 2, get_day_of_week},
    {"getDayOfYear", FN_METHOD, 1, 2, get_day_of_year},
    {"getHours", FN_METHOD, 1, 2, get_hours},
    {"getMinutes", FN_METHOD, 1, 2, get_minutes},
    {"getSeconds", FN_METHOD, 1, 2, get_seconds},
    {"getMilliseconds", FN_METHOD, 1, 2, get_millis},
};

const struct fn_set fn_time = {list, COUNT_OF(list)};
