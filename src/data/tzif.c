#include "data/tzif.h"

#include <ctype.h>

#include "base/clock.h"

enum {
    HEADER = 44,
    KINDS_MAX = 256,
    CHARS_MAX = 4096,
    ABBR_MAX = 16,
    RULE_YEARS = 402, /* a cycle, and a year at either end */
    RULE_FROM = 1800, /* where a rule begins in a file without changes */
    RULE_UNTIL = 2400
};

/* A day and time of the year at which a POSIX TZ rule changes the offset. */
struct edge {
    char form;            /* 'M' month.week.day, 'J' day 1-365 without 29 February, 'n' day 0-365 */
    int month, week, day; /* week 5 is the last */
    int time;             /* seconds after midnight, local; may be negative or days long */
};

struct rule {
    struct tzif_kind std, dst;
    bool has_dst;
    struct edge start, end;
};

struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const unsigned char *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* The file is read front to back; a piece that is not there makes it unsound. */
static bool take(struct str *s, size_t n, const unsigned char **ret)
{
    if (s->n < n) return false;
    *ret = (const unsigned char *)s->p;
    *s = str_n(s->p + n, s->n - n);
    return true;
}

static bool read_header(struct str *s, struct counts *c, int *ret_version)
{
    const unsigned char *p;

    if (!take(s, HEADER, &p) || memcmp(p, "TZif", 4) != 0) return false;
    if (p[4] != '\0' && (p[4] < '2' || p[4] > '4')) return false;
    *ret_version = p[4] ? p[4] - '0' : 1;
    *c = (struct counts){.isut = be32(p + 20),
                         .isstd = be32(p + 24),
                         .leap = be32(p + 28),
                         .time = be32(p + 32),
                         .type = be32(p + 36),
                         .chars = be32(p + 40)};
    return c->isut <= KINDS_MAX && c->isstd <= KINDS_MAX && c->leap <= TZIF_MAX &&
           c->time <= TZIF_MAX && c->type <= KINDS_MAX && c->chars <= CHARS_MAX;
}

static bool skip_block(struct str *s, const struct counts *c)
{
    const unsigned char *p;
    size_t n = (size_t)c->time * 5 + (size_t)c->type * 6 + c->chars + (size_t)c->leap * 8 +
               c->isstd + c->isut;

    return take(s, n, &p);
}

static bool sound_offset(int32_t offset)
{
    return offset > -90000 && offset < 93600; /* RFC 8536 section 3.2: -25 h to +26 h, exclusive */
}

static bool read_times(const unsigned char *p, size_t width, struct tzif *z)
{
    for (size_t i = 0; i < z->n; i++) {
        z->at[i] = width == 8 ? be64(p + i * 8) : (int32_t)be32(p + i * 4);
        if (i && z->at[i] <= z->at[i - 1]) return false;
    }
    return true;
}

static bool read_kinds(const unsigned char *p, const struct counts *c, const char *chars,
                       struct tzif *z)
{
    for (size_t i = 0; i < c->type; i++, p += 6) {
        size_t at = p[5];

        z->kinds[i].offset = (int32_t)be32(p);
        if (!sound_offset(z->kinds[i].offset) || p[4] > 1 || at >= c->chars) return false;
        if (!memchr(chars + at, '\0', c->chars - at)) return false;
        z->kinds[i].abbr = chars + at;
    }
    return true;
}

/* The second block, or the only one of version 1. Leaves room behind the times for `more`. */
static bool read_block(struct arena *a, struct str *s, const struct counts *c, size_t width,
                       struct tzif *z)
{
    const unsigned char *times, *which, *kinds, *chars, *flags;
    size_t room = c->time + 2u * (RULE_YEARS + 2);

    if (c->type == 0 || c->chars == 0 || c->leap != 0) return false;
    if ((c->isut && c->isut != c->type) || (c->isstd && c->isstd != c->type)) return false;
    if (!take(s, c->time * width, &times) || !take(s, c->time, &which) ||
        !take(s, (size_t)c->type * 6, &kinds) || !take(s, c->chars, &chars) ||
        !take(s, c->isstd + c->isut, &flags))
        return false;
    *z = (struct tzif){.n = c->time,
                       .at = arena_raw(a, room * sizeof *z->at),
                       .kind = arena_raw(a, room * sizeof *z->kind),
                       .kinds = arena_get(a, (c->type + 2u) * sizeof *z->kinds)};
    for (size_t i = 0; i < z->n; i++) {
        if (which[i] >= c->type) return false;
        z->kind[i] = which[i];
    }
    return read_times(times, width, z) &&
           read_kinds(kinds, c, arena_dup(a, (const char *)chars, c->chars), z);
}

/* POSIX TZ: "CET-1CEST,M3.5.0,M10.5.0/3", names also as "<+0330>". */
static bool rule_name(struct str *s, struct arena *a, const char **ret)
{
    bool angle = s->n && s->p[0] == '<';
    size_t n = 0;

    if (angle) *s = str_skip(*s, 1);
    while (n < s->n &&
           (isalpha((unsigned char)s->p[n]) ||
            (angle && (isdigit((unsigned char)s->p[n]) || s->p[n] == '+' || s->p[n] == '-'))))
        n++;
    if (n < 3 || n > ABBR_MAX) return false;
    *ret = arena_dup(a, s->p, n);
    *s = str_skip(*s, n);
    if (!angle) return true;
    if (s->n == 0 || s->p[0] != '>') return false;
    *s = str_skip(*s, 1);
    return true;
}

static bool rule_number(struct str *s, int most, int *ret)
{
    int v = 0;
    size_t n = 0;

    while (n < s->n && isdigit((unsigned char)s->p[n]) && v <= most) v = v * 10 + (s->p[n++] - '0');
    *s = str_skip(*s, n);
    *ret = v;
    return n > 0 && v <= most;
}

static bool rule_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c) return false;
    *s = str_skip(*s, 1);
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool rule_time(struct str *s, int most_hours, int *ret)
{
    int h, m = 0, sec = 0, sign = 1;

    if (rule_char(s, '-'))
        sign = -1;
    else
        rule_char(s, '+');
    if (!rule_number(s, most_hours, &h)) return false;
    if (rule_char(s, ':')) {
        if (!rule_number(s, 59, &m)) return false;
        if (rule_char(s, ':') && !rule_number(s, 59, &sec)) return false;
    }
    *ret = sign * (h * 3600 + m * 60 + sec);
    return true;
}

static bool rule_edge(struct str *s, struct edge *ret)
{
    *ret = (struct edge){.form = 'n', .time = 2 * 3600};
    if (rule_char(s, 'M')) {
        ret->form = 'M';
        if (!rule_number(s, 12, &ret->month) || !rule_char(s, '.') ||
            !rule_number(s, 5, &ret->week) || !rule_char(s, '.') || !rule_number(s, 6, &ret->day))
            return false;
        if (ret->month < 1 || ret->week < 1) return false;
    } else {
        if (rule_char(s, 'J')) ret->form = 'J';
        if (!rule_number(s, 365, &ret->day) || (ret->form == 'J' && ret->day < 1)) return false;
    }
    return !rule_char(s, '/') || rule_time(s, 167, &ret->time);
}

static bool rule_read(struct arena *a, struct str s, struct rule *r)
{
    int west;

    *r = (struct rule){0};
    if (!rule_name(&s, a, &r->std.abbr) || !rule_time(&s, 24, &west)) return false;
    r->std.offset = -west;
    if (s.n == 0) return true;
    r->has_dst = true;
    r->dst.offset = r->std.offset + 3600;
    if (!rule_name(&s, a, &r->dst.abbr)) return false;
    if (s.n && s.p[0] != ',') {
        if (!rule_time(&s, 24, &west)) return false;
        r->dst.offset = -west;
    }
    return rule_char(&s, ',') && rule_edge(&s, &r->start) && rule_char(&s, ',') &&
           rule_edge(&s, &r->end) && s.n == 0;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The local second of that year at which the edge lies. */
static int64_t edge_at(const struct edge *d, int year)
{
    struct civil first = {.year = year, .month = d->form == 'M' ? d->month : 1, .day = 1};
    struct civil next = {.year = year, .month = first.month + 1, .day = 1};
    int64_t at = clock_seconds(&first), month_end;
    int day;

    if (d->form == 'n') return at + (int64_t)d->day * 86400 + d->time;
    if (d->form == 'J')
        return at + (int64_t)(d->day - 1 + (is_leap(year) && d->day > 59)) * 86400 + d->time;
    if (first.month == 12) next = (struct civil){.year = year + 1, .month = 1, .day = 1};
    month_end = clock_seconds(&next);
    day = (d->day - clock_civil(at).weekday + 7) % 7 + (d->week - 1) * 7;
    if (at + (int64_t)day * 86400 >= month_end) day -= 7;
    return at + (int64_t)day * 86400 + d->time;
}

/* Appends a change; one at the same moment as the last replaces it (a rule that is all summer has
   its autumn and its spring at once). */
static void add(struct tzif *z, size_t floor, int64_t at, uint16_t kind)
{
    if (z->n > floor && at <= z->at[z->n - 1]) {
        z->kind[z->n - 1] = kind;
        return;
    }
    if (z->n && at <= z->at[z->n - 1]) return;
    z->at[z->n] = at;
    z->kind[z->n] = kind;
    z->n++;
}

/* Writes the rule out behind the file's own changes. */
static bool rule_apply(const struct rule *r, size_t kinds, struct tzif *z)
{
    size_t floor = z->n;
    int from = RULE_FROM;
    uint16_t std = (uint16_t)kinds, dst = (uint16_t)(kinds + 1);

    if (!sound_offset(r->std.offset) || !sound_offset(r->dst.offset)) return false;
    z->kinds[std] = r->std;
    z->kinds[dst] = r->dst;
    if (!r->has_dst) {
        if (z->n == 0) z->first = std;
        return z->n == 0 || z->kinds[z->kind[z->n - 1]].offset == r->std.offset;
    }
    if (z->n) {
        const int64_t last = z->at[z->n - 1];

        if (last > (int64_t)RULE_UNTIL * 366 * 86400 - (int64_t)1970 * 365 * 86400) return false;
        if (last > -(int64_t)170 * 365 * 86400) from = clock_civil(last).year;
    }
    for (int y = from; y <= from + RULE_YEARS; y++) {
        int64_t start = edge_at(&r->start, y) - r->std.offset;
        int64_t end = edge_at(&r->end, y) - r->dst.offset;

        if (start < end) {
            add(z, floor, start, dst);
            add(z, floor, end, std);
        } else {
            add(z, floor, end, std);
            add(z, floor, start, dst);
        }
    }
    z->repeats = z->n > floor;
    return true;
}

bool tzif_read(struct arena *a, struct str bytes, struct tzif *ret)
{
    struct counts c;
    struct rule rule;
    size_t kinds;
    int version, second;

    if (bytes.n > TZIF_MAX || !read_header(&bytes, &c, &version)) return false;
    if (version == 1) return read_block(a, &bytes, &c, 4, ret) && bytes.n == 0;
    if (!skip_block(&bytes, &c) || !read_header(&bytes, &c, &second) || second != version)
        return false;
    if (!read_block(a, &bytes, &c, 8, ret)) return false;
    kinds = c.type;
    if (bytes.n < 2 || bytes.p[0] != '\n' || bytes.p[bytes.n - 1] != '\n') return false;
    bytes = str_n(bytes.p + 1, bytes.n - 2);
    if (bytes.n == 0) return true;
    return rule_read(a, bytes, &rule) && rule_apply(&rule, kinds, ret);
}
