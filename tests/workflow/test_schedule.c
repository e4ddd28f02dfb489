#include "test.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "workflow/schedule.h"

static struct schedule *schedule(struct arena *a, const char *text, const char *zone)
{
    struct schedule *s = NULL;
    struct err e = {.text = ""};

    if (schedule_parse(a, str_of(text), zone_find(str_of(zone)), &s, &e) != OK) {
        print_error("%s: %s\n", text, e.text);
        _fail(__FILE__, __LINE__);
    }
    return s;
}

static int64_t us(const char *rfc3339)
{
    int64_t at;
    int32_t nanos;

    TRUE(clock_parse(str_of(rfc3339), &at, &nanos));
    return at * SECOND_US + nanos / 1000;
}

/* The next `n` firings, against what is written. */
static void fires(const char *text, const char *zone, const char *after, const char *const *times)
{
    AUTO(arena) struct arena *a = arena_new();
    const struct schedule *s = schedule(a, text, zone);
    int64_t at = us(after);
    char out[TIME_TEXT];

    for (; *times; times++) {
        TRUE(schedule_next(s, at, &at));
        STREQ(clock_text(at, out), *times);
    }
}
#define FIRES(text, zone, after, ...)                                                              \
    fires(text, zone, after, (const char *const[]){__VA_ARGS__, NULL})

TEST(fixed_times_fire_once_on_the_days_the_clocks_change)
{
    FIRES("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-28T01:30:00Z",
          "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
    FIRES("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z",
          "2026-10-26T01:30:00Z");
    FIRES("15,45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-04T14:15:00Z",
          "2026-04-04T14:45:00Z", "2026-04-05T14:45:00Z");
    FIRES("*/20 2 29 3 *", "America/New_York", "2026-01-01T00:00:00Z", "2026-03-29T06:00:00Z");
}

TEST(wildcards_follow_the_clock)
{
    FIRES("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z",
          "2026-03-29T01:30:00Z");
    FIRES("@hourly", "Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z",
          "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z");
    FIRES("*/30 2 * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T00:00:00Z",
          "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z",
          "2026-10-26T01:00:00Z");
    FIRES("*/30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:00:00Z");
}

TEST(a_day_that_a_country_skips_has_no_firings)
{
    FIRES("0 6 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", "2011-12-29T16:00:00Z",
          "2011-12-30T16:00:00Z");
}

TEST(the_day_rule_depends_on_the_star)
{
    FIRES("0 0 13 * 5", "UTC", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z",
          "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z", "2026-02-27T00:00:00Z",
          "2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z");
    FIRES("0 0 */2 * 1", "UTC", "2026-02-01T00:00:00Z", "2026-02-09T00:00:00Z",
          "2026-02-23T00:00:00Z", "2026-03-09T00:00:00Z");
    FIRES("0 0 1-31 * 1", "UTC", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z",
          "2026-02-03T00:00:00Z");
}

TEST(names_shorthands_seconds_and_sunday_as_seven_are_read)
{
    FIRES("0 12 * jan,DEC sun-mon", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T12:00:00Z",
          "2026-01-05T12:00:00Z", "2026-01-11T12:00:00Z");
    FIRES("0 12 * * Fri-Sun", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T12:00:00Z",
          "2026-01-03T12:00:00Z", "2026-01-04T12:00:00Z", "2026-01-09T12:00:00Z");
    FIRES("0 12 * * 7", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T12:00:00Z",
          "2026-01-11T12:00:00Z");
    FIRES("5-59/20 30 9 * * *", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T09:30:05Z",
          "2026-01-01T09:30:25Z", "2026-01-01T09:30:45Z", "2026-01-02T09:30:05Z");
    FIRES("@yearly", "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    FIRES("@Daily", "Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T18:15:00Z");
    FIRES("  0\t0 1 * *  ", "UTC", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    FIRES("0-59/7 0 1 1 *", "UTC", "2025-12-31T23:49:00Z", "2026-01-01T00:00:00Z",
          "2026-01-01T00:07:00Z");
}

TEST(next_is_strictly_after_to_the_microsecond)
{
    FIRES("0 6 * * *", "UTC", "2026-01-01T05:59:59.999999Z", "2026-01-01T06:00:00Z");
    FIRES("0 6 * * *", "UTC", "2026-01-01T06:00:00Z", "2026-01-02T06:00:00Z");
    FIRES("0 6 * * *", "UTC", "2026-01-01T06:00:00.000001Z", "2026-01-02T06:00:00Z");
    FIRES("0 6 * * *", "UTC", "1969-12-31T23:59:59.5Z", "1970-01-01T06:00:00Z");
}

TEST(the_search_ends_after_eight_years)
{
    AUTO(arena) struct arena *a = arena_new();
    int64_t at;

    FALSE(schedule_next(schedule(a, "30 2 31 2 *", "Europe/Berlin"), 0, &at));
    FALSE(schedule_next(schedule(a, "0 0 30 feb *", "UTC"), us("2026-01-01T00:00:00Z"), &at));
    FIRES("0 0 29 2 *", "UTC", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z");
    FALSE(schedule_next(schedule(a, "* * * * *", "UTC"), INT64_MAX, &at));
    FALSE(schedule_next(schedule(a, "* * * * *", "UTC"), INT64_MIN, &at));
}

TEST(every_counts_from_the_epoch_so_that_a_restart_does_not_move_it)
{
    AUTO(arena) struct arena *a = arena_new();
    struct schedule *s;
    struct err e;
    int64_t at;
    char out[TIME_TEXT];

    PASS(schedule_every(a, STR("5m"), NULL, &s, &e));
    TRUE(schedule_next(s, us("2026-01-01T12:03:20.5Z"), &at));
    STREQ(clock_text(at, out), "2026-01-01T12:05:00Z");
    TRUE(schedule_next(s, at, &at));
    STREQ(clock_text(at, out), "2026-01-01T12:10:00Z");
    TRUE(schedule_next(s, -1, &at));
    TRUE(at == 0);
    EQ(schedule_every(a, STR("500ms"), NULL, &s, &e), E_INPUT);
    STREQ(e.text, "`every` goes from 1s to 366d, not `500ms`");
    EQ(schedule_every(a, STR("0"), NULL, &s, &e), E_INPUT);
    EQ(schedule_every(a, STR("367d"), NULL, &s, &e), E_INPUT);
    EQ(schedule_every(a, STR("often"), NULL, &s, &e), E_INPUT);
    STREQ(e.text, "`every` takes a duration like 30s, 5m, 1h30m or 1d");
}

TEST(mistakes_are_told_with_their_column)
{
    static const struct {
        const char *text;
        int col;
        const char *sentence;
    } of[] = {
        {"75 * * * *", 1, "the minute field goes from 0 to 59, not `75`"},
        {"0 24 * * *", 3, "the hour field goes from 0 to 23, not `24`"},
        {"0 0 0 * *", 5, "the day of month field goes from 1 to 31, not `0`"},
        {"0 0 * 13 *", 7, "the month field goes from 1 to 12, not `13`"},
        {"0 0 * * 8", 9, "the weekday field goes from 0 to 7, not `8`"},
        {"0 0 0 * * 1-9", 13, "the weekday field goes from 0 to 7, not `9`"},
        {"61 0 0 * * *", 1, "the second field goes from 0 to 59, not `61`"},
        {"0 0 * * 99999999999999999999", 9,
         "the weekday field goes from 0 to 7, not `99999999999999999999`"},
        {"0 0 * jam *", 7, "`jam` is no month; did you mean `jan`?"},
        {"0 0 * * monday", 9, "`monday` is no weekday; did you mean `mon`?"},
        {"0 0 * APRIL *", 7, "`APRIL` is no month; did you mean `apr`?"},
        {"0 0 * * xyzzy", 9,
         "`xyzzy` is no weekday: write a number from 0 to 7, or its first three letters in "
         "English"},
        {"0 mon * * *", 3,
         "the hour field takes numbers from 0 to 23, `*`, ranges, lists and steps, not `mon`"},
        {"0 22-2 * * *", 3, "the range `22-2` runs backwards; write `22-23,0-2`"},
        {"0 0 * * 5-0", 9, "the range `5-0` runs backwards; write `5-6,0-0`"},
        {"5/15 * * * *", 1, "a step needs a range: write `5-59/15`, not `5/15`"},
        {"*/0 * * * *", 3, "the step in the minute field must be a number from 1, not `0`"},
        {"*/ * * * *", 3, "the step in the minute field must be a number from 1, not ``"},
        {"1,,2 * * * *", 3, "a value is missing in the minute field"},
        {"1, * * * *", 3, "a value is missing in the minute field"},
        {"0 0 L * *", 5,
         "`L` in the day of month field is not cron's: `L`, `W`, `#`, `?` and `~` belong to other "
         "schedulers; list the values instead"},
        {"0 0 ? * 5#3", 5,
         "`?` in the day of month field is not cron's: `L`, `W`, `#`, `?` and `~` belong to other "
         "schedulers; list the values instead"},
        {"* * * *", 1,
         "a schedule has 5 fields (minute, hour, day of month, month, weekday), or 6 with seconds "
         "first; this has 4"},
        {"", 1,
         "a schedule has 5 fields (minute, hour, day of month, month, weekday), or 6 with seconds "
         "first; this has 0"},
        {"0 0 12 * * ? 2026", 1,
         "a schedule has 5 fields (minute, hour, day of month, month, weekday), or 6 with seconds "
         "first; this has 7"},
        {"@dayly", 1, "there is no `@dayly`; did you mean `@daily`?"},
        {"@reboot", 1, "`@reboot` is no time: a schedule fires by the clock"},
        {"@every 5m", 1, "write `every: 5m` instead of `@every 5m`"},
        {"CRON_TZ=UTC 0 0 * * *", 1,
         "set the zone with `timezone:` beside the schedule, not inside it"},
        {"0 0 * * \xff", 9,
         "`\xff` is no weekday: write a number from 0 to 7, or its first three letters in "
         "English"}};

    for (size_t i = 0; i < COUNT_OF(of); i++) {
        AUTO(arena) struct arena *a = arena_new();
        struct schedule *s;
        struct err e = {.text = ""};

        EQ(schedule_parse(a, str_of(of[i].text), NULL, &s, &e), E_INPUT);
        STREQ(e.text, of[i].sentence);
        if (e.col != of[i].col) print_error("%s\n", of[i].text);
        EQ(e.line, 1);
        EQ(e.col, of[i].col);
    }
}

TEST(a_schedule_is_explained_in_english)
{
    static const struct {
        const char *text, *explained;
    } of[] = {
        {"0 6 * * 1-5", "at 06:00 on Monday to Friday, Europe/Berlin"},
        {"0 6 * * *", "at 06:00 every day, Europe/Berlin"},
        {"0,30 8,17 * * *", "at 08:00, 08:30, 17:00 and 17:30 every day, Europe/Berlin"},
        {"* * * * *", "every minute, Europe/Berlin"},
        {"*/15 * * * *", "every 15 minutes, Europe/Berlin"},
        {"*/5 9-17 * * mon-fri",
         "every 5 minutes from 09:00 to 17:59 on Monday to Friday, Europe/Berlin"},
        {"@hourly", "every hour, on the hour, Europe/Berlin"},
        {"5 * * * *", "at minute 5 of every hour, Europe/Berlin"},
        {"5,20,50 * * * *", "at minutes 5, 20 and 50 of every hour, Europe/Berlin"},
        {"0 */2 * * *", "every 2 hours, on the hour every day, Europe/Berlin"},
        {"0 0 1 * *", "at 00:00 on the 1st of the month, Europe/Berlin"},
        {"0 0 1,15 1,7 *", "at 00:00 on the 1st and 15th of January and July, Europe/Berlin"},
        {"0 12 * dec sat,sun", "at 12:00 on Saturday and Sunday in December, Europe/Berlin"},
        {"0 0 13 * 5", "at 00:00 on the 13th of the month, and on every Friday, Europe/Berlin"},
        {"0 0 */10 * 1",
         "at 00:00 on the 1st, 11th, 21st and 31st of the month if it is a Monday, Europe/Berlin"},
        {"0 0 1-31 * 1", "at 00:00 every day, Europe/Berlin"},
        {"30 0 6 * * *", "at 06:00:30 every day, Europe/Berlin"},
        {"*/10 * * * * *", "every 10 seconds, Europe/Berlin"},
        {"* * * * * *", "every second, Europe/Berlin"},
        {"5 * * * * *", "at second 5 of every minute, Europe/Berlin"},
        {"*/7 3,4,5,9 * * *", "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of the hours 03 to "
                              "05 and 09 every day, Europe/Berlin"},
    };

    for (size_t i = 0; i < COUNT_OF(of); i++) {
        AUTO(arena) struct arena *a = arena_new();
        AUTO(buf) struct buf b = BUF(512);

        schedule_explain(schedule(a, of[i].text, "Europe/Berlin"), &b);
        STREQ(b.p, of[i].explained);
    }
}

TEST(every_is_explained_in_full)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(64);
    struct schedule *s;
    struct err e;

    PASS(schedule_every(a, STR("1h30m5s"), NULL, &s, &e));
    schedule_explain(s, &b);
    STREQ(b.p, "every 1 h 30 min 5 s");
    STREQ(schedule_dst_text(s), "");
}

TEST(firings_that_a_change_of_the_clocks_touches_are_marked)
{
    AUTO(arena) struct arena *a = arena_new();
    const struct schedule *fixed = schedule(a, "30 2 * * *", "Europe/Berlin");
    const struct schedule *hourly = schedule(a, "30 * * * *", "Europe/Berlin");
    struct schedule_change c;

    EQ(schedule_note(fixed, us("2026-03-28T01:30:00Z")), SCHEDULE_PLAIN);
    EQ(schedule_note(fixed, us("2026-03-29T01:00:00Z")), SCHEDULE_MOVED);
    EQ(schedule_note(fixed, us("2026-10-25T00:30:00Z")), SCHEDULE_FIRST);
    EQ(schedule_note(hourly, us("2026-10-25T01:30:00Z")), SCHEDULE_AGAIN);
    EQ(schedule_note(schedule(a, "0 3 * * *", "Europe/Berlin"), us("2026-03-29T01:00:00Z")),
       SCHEDULE_PLAIN);
    TRUE(schedule_change(fixed, us("2026-03-28T01:30:00Z"), us("2026-03-29T01:00:00Z"), &c));
    TRUE(c.at_us == us("2026-03-29T01:00:00Z"));
    EQ(c.before, 3600);
    EQ(c.after, 7200);
    FALSE(schedule_change(fixed, us("2026-03-29T01:00:00Z"), us("2026-10-25T00:59:59Z"), &c));
    HAS(schedule_dst_text(fixed), "fires once");
    HAS(schedule_dst_text(hourly), "follows");
    STREQ(schedule_dst_text(schedule(a, "0 3 * * *", "UTC")), "");
}

/* The walker: cron itself, as cron(8) tells it, minute by minute (or second by second) with the
   C library's clock. It shares nothing with what it tests, not even the reading of fields. */
struct job {
    const char *text;
    bool on[6][64];
    bool wild, star_day, star_weekday;
    const struct schedule *schedule;
    int64_t last; /* the firing seen last, seconds */
};

static void job_field(const char *text, int low, int high, bool on[64])
{
    char copy[64], *save, *item;

    (void)snprintf(copy, sizeof copy, "%s", text);
    for (item = strtok_r(copy, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
        int from = low, to = high, step = 1;
        char *slash = strchr(item, '/'), *dash = strchr(item, '-');

        if (slash) step = (int)strtol(slash + 1, NULL, 10);
        if (*item != '*') {
            from = to = (int)strtol(item, NULL, 10);
            if (dash) to = (int)strtol(dash + 1, NULL, 10);
        }
        for (int v = from; v <= to; v += step) on[v] = true;
    }
}

static struct job job(struct arena *a, const char *text, const char *zone)
{
    static const int low[] = {0, 0, 0, 1, 1, 0}, high[] = {59, 59, 23, 31, 12, 7};
    struct job j = {.text = text, .schedule = schedule(a, text, zone)};
    char copy[128], *save, *part[6] = {NULL};
    int n = 0, skip;

    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save)) part[n++] = p;
    assert(n == 5 || n == 6);
    skip = 6 - n;
    if (skip) j.on[0][0] = true;
    for (int i = skip; i < 6; i++) job_field(part[i - skip], low[i], high[i], j.on[i]);
    if (j.on[5][7]) j.on[5][0] = true;
    j.wild = *part[1 - skip] == '*' || *part[2 - skip] == '*';
    j.star_day = *part[3 - skip] == '*';
    j.star_weekday = *part[5 - skip] == '*';
    return j;
}

static bool job_fits(const struct job *j, const struct tm *t)
{
    bool day = j->on[3][t->tm_mday], weekday = j->on[5][t->tm_wday];

    if (j->star_day || j->star_weekday ? !(day && weekday) : !(day || weekday)) return false;
    return j->on[0][t->tm_sec] && j->on[1][t->tm_min] && j->on[2][t->tm_hour] &&
           j->on[4][t->tm_mon + 1];
}

static void job_fired(struct job *j, int64_t at)
{
    int64_t next = 0;
    char want[TIME_TEXT], got[TIME_TEXT];

    if (!schedule_next(j->schedule, j->last * SECOND_US, &next) || next != at * SECOND_US) {
        print_error("%s in %s: %s, not %s\n", j->text, getenv("TZ"),
                    clock_text(at * SECOND_US, want), clock_text(next, got));
        _fail(__FILE__, __LINE__);
    }
    j->last = at;
}

static int64_t wall_at(int64_t at, struct tm *ret)
{
    time_t t = (time_t)at;

    localtime_r(&t, ret);
    return at + ret->tm_gmtoff;
}

/* Whether a fixed time lies among those that the clock has just jumped over, or shows now. */
static bool job_passed(const struct job *j, int64_t from, int64_t to, int64_t step)
{
    for (time_t wall = (time_t)from; wall <= to; wall += step) {
        struct tm tm;

        gmtime_r(&wall, &tm);
        if (job_fits(j, &tm)) return true;
    }
    return false;
}

/* What cron does when it wakes and the clock shows `wall`, having dealt with all until `virtual`;
   returns what it has dealt with then. */
static int64_t wake(struct job *jobs, size_t n, int64_t at, int64_t step, int64_t virtual)
{
    struct tm tm;
    int64_t wall = wall_at(at, &tm), jump = wall - virtual - step;
    bool set = jump <= -10800 || jump >= 10800;

    for (size_t i = 0; i < n; i++) {
        bool simple = set || jobs[i].wild || jump == 0;

        if (simple ? job_fits(&jobs[i], &tm) : job_passed(&jobs[i], virtual + step, wall, step))
            job_fired(&jobs[i], at);
    }
    return set || wall > virtual ? wall : virtual;
}

static void walk(const char *zone, const char *from, const char *to, int64_t step,
                 const char *const *texts, size_t n)
{
    AUTO(arena) struct arena *a = arena_new();
    struct job *jobs = arena_get(a, n * sizeof *jobs);
    int64_t at = us(from) / SECOND_US, end = us(to) / SECOND_US, virtual;
    struct tm tm;

    setenv("TZ", zone, 1);
    tzset();
    for (size_t i = 0; i < n; i++) {
        jobs[i] = job(a, texts[i], zone);
        jobs[i].last = at;
    }
    virtual = wall_at(at, &tm);
    for (at += step; at <= end; at += step) virtual = wake(jobs, n, at, step, virtual);
    for (size_t i = 0; i < n; i++) { /* and nothing more than cron did */
        int64_t next;

        TRUE(!schedule_next(jobs[i].schedule, jobs[i].last * SECOND_US, &next) ||
             next > end * SECOND_US);
    }
}

TEST(it_fires_when_cron_would_minute_for_minute_over_years)
{
    static const char *const texts[] = {
        "30 2 * * *",        "*/20 * * * *", "0 * * * *",   "0,30 1-3 * * *",
        "*/7 2 * * *",       "15 */3 * * *", "0 0 * * *",   "0 0 1 * *",
        "45 23 28-31 * *",   "0 12 13 * 5",  "5 4 */2 * 1", "10 1 1-7 * 0,6",
        "59 1 * 3,10,4,9 *", "0 3 29 2 *",   "30 1 * * 7",  "1-59/13 0-5/2 * * 1-5",
        "30 0 30 12 *"};
    static const struct {
        const char *zone, *from, *to;
    } of[] = {{"Europe/Berlin", "2026-01-01T00:00:00Z", "2027-12-31T00:00:00Z"},
              {"America/St_Johns", "2010-06-01T00:00:00Z", "2012-01-01T00:00:00Z"},
              {"Australia/Lord_Howe", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
              {"Pacific/Apia", "2011-01-01T00:00:00Z", "2012-06-01T00:00:00Z"},
              {"Africa/Casablanca", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"},
              {"America/Nuuk", "2023-01-01T00:00:00Z", "2024-12-31T00:00:00Z"},
              {"Antarctica/Troll", "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z"},
              {"Antarctica/Casey", "2009-06-01T00:00:00Z", "2010-06-01T00:00:00Z"},
              {"America/Havana", "2090-01-01T00:00:00Z", "2090-12-31T00:00:00Z"},
              {"Asia/Kathmandu", "2023-12-01T00:00:00Z", "2024-03-15T00:00:00Z"}};

    for (size_t i = 0; i < COUNT_OF(of); i++)
        walk(of[i].zone, of[i].from, of[i].to, 60, texts, COUNT_OF(texts));
}

TEST(it_fires_when_cron_would_second_for_second_around_the_changes)
{
    static const char *const texts[] = {"*/10 30 2 * * *",      "5 */15 * * * *", "0 0 * * * *",
                                        "1-59/17 59 1,2 * * *", "30 0 3 * * *",   "* 0-1 2 * * *"};

    walk("Europe/Berlin", "2026-03-28T20:00:00Z", "2026-03-29T12:00:00Z", 1, texts,
         COUNT_OF(texts));
    walk("Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T12:00:00Z", 1, texts,
         COUNT_OF(texts));
    walk("Australia/Lord_Howe", "2026-10-03T10:00:00Z", "2026-10-04T00:00:00Z", 1, texts,
         COUNT_OF(texts));
}

RUN(T(fixed_times_fire_once_on_the_days_the_clocks_change), T(wildcards_follow_the_clock),
    T(a_day_that_a_country_skips_has_no_firings), T(the_day_rule_depends_on_the_star),
    T(names_shorthands_seconds_and_sunday_as_seven_are_read),
    T(next_is_strictly_after_to_the_microsecond), T(the_search_ends_after_eight_years),
    T(every_counts_from_the_epoch_so_that_a_restart_does_not_move_it),
    T(mistakes_are_told_with_their_column), T(a_schedule_is_explained_in_english),
    T(every_is_explained_in_full), T(firings_that_a_change_of_the_clocks_touches_are_marked),
    T(it_fires_when_cron_would_minute_for_minute_over_years),
    T(it_fires_when_cron_would_second_for_second_around_the_changes))
