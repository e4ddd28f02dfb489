#include "workflow/cron.h"

#include <assert.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "workflow/schedule.h"

enum { FIELDS = 6, NUMBER_MAX = 9999 };

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                     "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const struct field {
    const char *name;
    int low, high;
    const char *const *names; /* of low, low + 1, … */
} fields[FIELDS] = {{"second", 0, 59, NULL},  {"minute", 0, 59, NULL},
                    {"hour", 0, 23, NULL},    {"day of month", 1, 31, NULL},
                    {"month", 1, 12, months}, {"weekday", 0, 7, weekdays}};

static const struct {
    const char *name, *text;
} shorthands[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
                  {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
                  {"@hourly", "0 * * * *"}};

/* What is being read: the field, and the whole text for columns. */
struct place {
    const struct field *field;
    const char *text;
    struct err *e;
};

static int column(const struct place *p, struct str at)
{
    return (int)(at.p - p->text) + 1;
}

static bool numeric(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    return s.n > 0;
}

/* What Quartz and others add: 15W, 5L, LW, 5#3, ?, 0~59. */
static bool foreign(struct str word)
{
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] == '#' || word.p[i] == '?' || word.p[i] == '~') return true;
    while (word.n && word.p[0] >= '0' && word.p[0] <= '9') word = str_skip(word, 1);
    return str_is(word, "L") || str_is(word, "W") || str_is(word, "LW");
}

static err_t bad_word(const struct place *p, struct str word)
{
    const struct field *f = p->field;
    int col = column(p, word);
    struct str near;

    if (word.n == 0)
        return fail_at(p->e, E_INPUT, 1, col, "a value is missing in the %s field", f->name);
    if (foreign(word))
        return fail_at(p->e, E_INPUT, 1, col,
                       "`" STR_FMT "` in the %s field is not cron's: `L`, `W`, `#`, `?` and `~` "
                       "belong to other schedulers; list the values instead",
                       STR_ARG(word), f->name);
    if (!f->names)
        return fail_at(p->e, E_INPUT, 1, col,
                       "the %s field takes numbers from %d to %d, `*`, ranges, lists and steps, "
                       "not `" STR_FMT "`",
                       f->name, f->low, f->high, STR_ARG(word));
    near = suggest_from(word.n > 3 ? str_n(word.p, 3) : word, f->names); /* "monday" is mon */
    if (near.n)
        return fail_at(p->e, E_INPUT, 1, col, "`" STR_FMT "` is no %s; did you mean `" STR_FMT "`?",
                       STR_ARG(word), f->name, STR_ARG(near));
    return fail_at(p->e, E_INPUT, 1, col,
                   "`" STR_FMT "` is no %s: write a number from %d to %d, or its first three "
                   "letters in English",
                   STR_ARG(word), f->name, f->low, f->high);
}

static err_t read_value(const struct place *p, struct str word, int *ret)
{
    const struct field *f = p->field;
    int64_t v;

    for (int i = 0; f->names && f->names[i]; i++) {
        if (!str_eq_nocase(word, str_of(f->names[i]))) continue;
        *ret = f->low + i;
        return OK;
    }
    if (!numeric(word)) return bad_word(p, word);
    if (!str_int(word, &v) || v < f->low || v > f->high)
        return fail_at(p->e, E_INPUT, 1, column(p, word),
                       "the %s field goes from %d to %d, not `" STR_FMT "`", f->name, f->low,
                       f->high, STR_ARG(word));
    *ret = (int)v;
    return OK;
}

static err_t read_range(const struct place *p, struct str range, int *ret_low, int *ret_high)
{
    const struct field *f = p->field;
    size_t dash;

    *ret_low = f->low;
    *ret_high = f->high;
    if (str_is(range, "*")) return OK;
    if (!str_find(range, STR("-"), &dash)) {
        TRY(read_value(p, range, ret_low));
        *ret_high = *ret_low;
        return OK;
    }
    TRY(read_value(p, str_n(range.p, dash), ret_low));
    TRY(read_value(p, str_skip(range, dash + 1), ret_high));
    if (f->names == weekdays && *ret_high == 0 && *ret_low > 0 && !str_ends(range, STR("0")))
        *ret_high = 7; /* fri-sun */
    if (*ret_low <= *ret_high) return OK;
    return fail_at(p->e, E_INPUT, 1, column(p, range),
                   "the range `" STR_FMT "` runs backwards; write `%d-%d,%d-%d`", STR_ARG(range),
                   *ret_low, f->names == weekdays ? 6 : f->high, f->low, *ret_high);
}

static err_t read_step(const struct place *p, struct str item, size_t slash, int *ret)
{
    struct str range = str_n(item.p, slash), step = str_skip(item, slash + 1);
    size_t dash;
    int64_t v;

    if (!numeric(step) || !str_int(step, &v) || v < 1 || v > NUMBER_MAX)
        return fail_at(p->e, E_INPUT, 1, column(p, step),
                       "the step in the %s field must be a number from 1, not `" STR_FMT "`",
                       p->field->name, STR_ARG(step));
    if (!str_is(range, "*") && !str_find(range, STR("-"), &dash))
        return fail_at(p->e, E_INPUT, 1, column(p, item),
                       "a step needs a range: write `" STR_FMT "-%d/" STR_FMT "`, not `" STR_FMT
                       "`",
                       STR_ARG(range), p->field->high, STR_ARG(step), STR_ARG(item));
    *ret = (int)v;
    return OK;
}

static err_t read_field(const struct place *p, struct str text, uint64_t *ret)
{
    struct str rest = text, item;

    *ret = 0;
    while (str_cut(&rest, ',', &item)) {
        int low, high, step = 1;
        struct str range = item;
        size_t slash;

        if (str_find(item, STR("/"), &slash)) {
            range = str_n(item.p, slash);
            TRY(read_range(p, range, &low, &high));
            TRY(read_step(p, item, slash, &step));
        } else {
            TRY(read_range(p, range, &low, &high));
        }
        for (int v = low; v <= high; v += step) *ret |= (uint64_t)1 << v;
    }
    return OK;
}

static err_t expand(struct str *text, struct err *e)
{
    struct suggest near;

    suggest_init(&near, *text);
    for (size_t i = 0; i < COUNT_OF(shorthands); i++) {
        if (str_eq_nocase(*text, str_of(shorthands[i].name))) {
            *text = str_of(shorthands[i].text);
            return OK;
        }
        suggest_offer(&near, str_of(shorthands[i].name));
    }
    if (str_starts(*text, STR("@every")))
        return fail_at(e, E_INPUT, 1, 1, "write `every: 5m` instead of `@every 5m`");
    if (str_is(*text, "@reboot"))
        return fail_at(e, E_INPUT, 1, 1, "`@reboot` is no time: a schedule fires by the clock");
    if (suggest_best(&near).n)
        return fail_at(e, E_INPUT, 1, 1, "there is no `" STR_FMT "`; did you mean `" STR_FMT "`?",
                       STR_ARG(*text), STR_ARG(suggest_best(&near)));
    return fail_at(e, E_INPUT, 1, 1,
                   "there is no `" STR_FMT "`: there are @yearly, @monthly, @weekly, @daily and "
                   "@hourly",
                   STR_ARG(*text));
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Counts them all, keeps the first FIELDS. */
static size_t split(struct str text, struct str part[FIELDS])
{
    size_t n = 0;

    for (size_t i = 0; i < text.n;) {
        size_t from;

        while (i < text.n && blank(text.p[i])) i++;
        from = i;
        while (i < text.n && !blank(text.p[i])) i++;
        if (i == from) break;
        if (n < FIELDS) part[n] = str_n(text.p + from, i - from);
        n++;
    }
    return n;
}

static bool starred(struct str field)
{
    return field.p[0] == '*';
}

err_t cron_parse(struct str text, struct cron *ret, struct err *e)
{
    struct str part[FIELDS], trimmed = str_trim(text);
    struct cron c = {.second = 1};
    uint64_t *const into[FIELDS] = {&c.second, &c.minute, &c.hour, &c.day, &c.month, &c.weekday};
    size_t n, skip;

    if (text.n > SCHEDULE_TEXT_MAX)
        return fail(e, E_INPUT, "a schedule may not be longer than %d bytes", SCHEDULE_TEXT_MAX);
    if (str_starts(trimmed, STR("TZ=")) || str_starts(trimmed, STR("CRON_TZ=")))
        return fail_at(e, E_INPUT, 1, 1,
                       "set the zone with `timezone:` beside the schedule, not inside it");
    if (str_starts(trimmed, STR("@"))) {
        TRY(expand(&trimmed, e));
        text = trimmed;
    }
    n = split(text, part);
    if (n != 5 && n != 6)
        return fail_at(e, E_INPUT, 1, 1,
                       "a schedule has 5 fields (minute, hour, day of month, month, weekday), or 6 "
                       "with seconds first; this has %zu",
                       n);
    skip = FIELDS - n;
    for (size_t i = 0; i < n; i++) {
        struct place p = {.field = &fields[skip + i], .text = text.p, .e = e};

        TRY(read_field(&p, part[i], into[skip + i]));
    }
    c.weekday = (c.weekday | c.weekday >> 7) & 0x7f;
    c.follows = starred(part[1 - skip]) || starred(part[2 - skip]);
    c.either = !starred(part[3 - skip]) && !starred(part[5 - skip]);
    *ret = c;
    return OK;
}

/* The lowest value of the set at or above `from`; -1 when there is none. */
static int lowest(uint64_t set, int from)
{
    assert(from >= 0 && from < 64);
    set &= ~UINT64_C(0) << from;
    return set ? __builtin_ctzll(set) : -1;
}

/* The first fitting second of a day at or after `from`; -1 when there is none. */
static int time_from(const struct cron *c, int from)
{
    int h = from / 3600, m = from % 3600 / 60, s = from % 60;
    int hour = lowest(c->hour, h), minute, second;

    if (hour == h) {
        minute = lowest(c->minute, m);
        if (minute == m) {
            second = lowest(c->second, s);
            if (second >= 0) return h * 3600 + m * 60 + second;
            minute = m == 59 ? -1 : lowest(c->minute, m + 1);
        }
        if (minute >= 0) return h * 3600 + minute * 60 + lowest(c->second, 0);
        hour = lowest(c->hour, h + 1);
    }
    if (hour < 0) return -1;
    return hour * 3600 + lowest(c->minute, 0) * 60 + lowest(c->second, 0);
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* The days of a month that fit, its first being that weekday. */
static uint64_t days_of(const struct cron *c, int first, int length)
{
    uint64_t week = ((c->weekday << 7 | c->weekday) >> first) & 0x7f, days = 0;

    for (int at = 1; at <= 31; at += 7) days |= week << at;
    days = c->either ? days | c->day : days & c->day;
    return days & ((UINT64_C(2) << length) - 2);
}

bool cron_next(const struct cron *c, int64_t from, int64_t until, int64_t *ret)
{
    struct civil t = clock_civil(from);
    int time = t.hour * 3600 + t.minute * 60 + t.second;
    int64_t month_at = from - time - (int64_t)(t.day - 1) * 86400;
    int first = (t.weekday + 35 - (t.day - 1)) % 7, day = t.day, length;

    for (; month_at <= until; month_at += (int64_t)length * 86400) {
        length = month_days(t.year, t.month);
        if (c->month >> t.month & 1) {
            uint64_t days = days_of(c, first, length);

            for (day = lowest(days, day); day > 0; day = lowest(days, day + 1)) {
                int at = time_from(c, month_at + (int64_t)(day - 1) * 86400 < from ? time : 0);

                if (at < 0) continue;
                *ret = month_at + (int64_t)(day - 1) * 86400 + at;
                return *ret <= until;
            }
        }
        first = (first + length) % 7;
        day = 1;
        t.year += t.month == 12;
        t.month = t.month == 12 ? 1 : t.month + 1;
    }
    return false;
}
