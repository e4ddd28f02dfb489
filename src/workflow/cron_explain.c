#include <assert.h>

#include "base/mem.h"
#include "workflow/cron.h"

/* A cron expression in English. Sets are said in the shortest true form: all, every n-th, runs. */

enum { TIMES_MAX = 8 }; /* so many times of day are listed, more are described */

static const char *const month_names[] = {"",        "January",  "February", "March",  "April",
                                          "May",     "June",     "July",     "August", "September",
                                          "October", "November", "December"};
static const char *const weekday_names[] = {"Sunday",   "Monday", "Tuesday",  "Wednesday",
                                            "Thursday", "Friday", "Saturday", "Sunday"};

typedef void (*say)(struct buf *b, int value);

static void say_number(struct buf *b, int v)
{
    buf_addf(b, "%d", v);
}

static void say_hour(struct buf *b, int v)
{
    buf_addf(b, "%02d", v);
}

static void say_month(struct buf *b, int v)
{
    assert(v >= 1 && v <= 12);
    buf_addf(b, "%s", month_names[v]);
}

static void say_weekday(struct buf *b, int v)
{
    assert(v >= 0 && v <= 7);
    buf_addf(b, "%s", weekday_names[v]);
}

static void say_ordinal(struct buf *b, int v)
{
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    int last = v % 10;

    buf_addf(b, "%d%s", v, ends[last > 3 || (v >= 11 && v <= 13) ? 0 : last]);
}

static int count(uint64_t set)
{
    return __builtin_popcountll(set);
}

static int lowest(uint64_t set)
{
    return __builtin_ctzll(set);
}

static uint64_t range(int low, int high)
{
    return (~UINT64_C(0) << low) & (~UINT64_C(0) >> (63 - high));
}

/* n when the set is every n-th of low..high, from low on, evenly also over the seam; 1 for all of
   them; 0 otherwise. */
static int every(uint64_t set, int low, int high)
{
    int size = high - low + 1;

    for (int n = 1; n <= size / 2; n++) {
        uint64_t all = 0;

        for (int v = low; v <= high; v += n) all |= UINT64_C(1) << v;
        if (set == all && size % n == 0) return n;
    }
    return 0;
}

static bool contiguous(uint64_t set)
{
    int low = lowest(set);

    return set >> low == range(0, count(set) - 1);
}

/* "1, 5 and 8 to 12" */
static void say_set(struct buf *b, uint64_t set, say one)
{
    bool first = true;

    while (set) {
        int low = lowest(set), high = low;

        while (high < 63 && set >> (high + 1) & 1) high++;
        if (high == low + 1) high = low; /* two neighbours are no run */
        set &= ~range(low, high);
        if (!first) buf_add(b, set ? STR(", ") : STR(" and "));
        first = false;
        one(b, low);
        if (high > low) {
            buf_add(b, STR(" to "));
            one(b, high);
        }
    }
}

static void say_times(struct buf *b, const struct cron *c)
{
    int second = lowest(c->second), left = count(c->hour) * count(c->minute);
    bool first = true;

    buf_add(b, STR("at "));
    for (int h = 0; h < 24; h++) {
        for (int m = 0; m < 60; m++) {
            if (!(c->hour >> h & 1) || !(c->minute >> m & 1)) continue;
            left--;
            if (!first) buf_add(b, left ? STR(", ") : STR(" and "));
            first = false;
            buf_addf(b, "%02d:%02d", h, m);
            if (second) buf_addf(b, ":%02d", second);
        }
    }
}

static bool say_seconds(struct buf *b, const struct cron *c)
{
    int step = every(c->second, 0, 59);

    if (c->second == 1) return false;
    if (step == 1)
        buf_add(b, STR("every second"));
    else if (step)
        buf_addf(b, "every %d seconds", step);
    else {
        buf_addf(b, "at second%s ", count(c->second) > 1 ? "s" : "");
        say_set(b, c->second, say_number);
    }
    return true;
}

static void say_hours(struct buf *b, uint64_t hours, bool past)
{
    int step = every(hours, 0, 23);

    if (step == 1) {
        if (past) buf_add(b, STR(" of every hour"));
    } else if (step) {
        buf_add(b, STR(" of every "));
        say_ordinal(b, step);
        buf_add(b, STR(" hour from 00"));
    } else if (contiguous(hours)) {
        int low = lowest(hours), high = low + count(hours) - 1;

        if (past)
            buf_addf(b, " of each hour from %02d to %02d", low, high);
        else
            buf_addf(b, " from %02d:00 to %02d:59", low, high);
    } else {
        buf_add(b, STR(" of the hours "));
        say_set(b, hours, say_hour);
    }
}

static void say_clock(struct buf *b, const struct cron *c)
{
    int step = every(c->minute, 0, 59), hours = every(c->hour, 0, 23);
    bool seconds;

    if (count(c->second) == 1 && hours != 1 && count(c->hour) * count(c->minute) <= TIMES_MAX) {
        say_times(b, c);
        return;
    }
    seconds = say_seconds(b, c);
    if (seconds && step == 1) { /* "every 10 seconds", "at second 5 of every minute" */
        if (!every(c->second, 0, 59)) buf_add(b, STR(" of every minute"));
        say_hours(b, c->hour, false);
        return;
    }
    if (seconds) buf_add(b, STR(", "));
    if (c->minute == 1 && hours) { /* on the hour */
        if (hours == 1)
            buf_add(b, STR("every hour, on the hour"));
        else
            buf_addf(b, "every %d hours, on the hour", hours);
        return;
    }
    if (step) {
        if (step == 1)
            buf_add(b, STR("every minute"));
        else
            buf_addf(b, "every %d minutes", step);
    } else {
        buf_addf(b, "at minute%s ", count(c->minute) > 1 ? "s" : "");
        say_set(b, c->minute, say_number);
    }
    say_hours(b, c->hour, !step);
}

static void say_day_of_month(struct buf *b, const struct cron *c)
{
    bool all_months = c->month == range(1, 12);

    buf_add(b, STR("on the "));
    say_set(b, c->day, say_ordinal);
    buf_add(b, STR(" of "));
    if (all_months)
        buf_add(b, STR("the month"));
    else
        say_set(b, c->month, say_month);
}

/* Weekdays as a week that begins on Monday, so that Saturday and Sunday stand together. */
static void say_weekdays(struct buf *b, uint64_t weekdays)
{
    uint64_t week = weekdays & ~UINT64_C(1);

    if (weekdays & 1) week |= 1 << 7;
    say_set(b, week, say_weekday);
}

static void say_days(struct buf *b, const struct cron *c)
{
    bool all_days = c->day == range(1, 31), all_weekdays = c->weekday == range(0, 6);
    bool months_said = false;

    if (c->either && (all_days || all_weekdays)) all_days = all_weekdays = true;
    if (!all_days) {
        buf_addc(b, ' ');
        say_day_of_month(b, c);
        months_said = true;
    }
    if (!all_weekdays) {
        buf_add(b, all_days    ? STR(" on ")
                   : c->either ? STR(", and on every ")
                               : STR(" if it is a "));
        say_weekdays(b, c->weekday);
        months_said = months_said && !c->either;
    }
    if (!months_said && c->month != range(1, 12)) {
        buf_add(b, STR(" in "));
        say_set(b, c->month, say_month);
    } else if (all_days && all_weekdays && count(c->hour) < 24) {
        buf_add(b, STR(" every day"));
    }
}

void cron_explain(const struct cron *c, struct buf *b)
{
    say_clock(b, c);
    say_days(b, c);
}
