#include "workflow/schedule.h"

#include "base/clock.h"
#include "workflow/cron.h"
#include "workflow/duration.h"

enum { CLOCK_SET = 3 * 3600 }; /* cron(8): a change this large is no daylight saving */

#define SEARCH   ((int64_t)8 * 366 * 86400)        /* a leap day may be eight years away */
#define EARLIEST (INT64_C(-62135596800) * 1000000) /* years 1 to 9900 */
#define LATEST   (INT64_C(250246281600) * 1000000)

struct schedule {
    const struct zone *zone;
    int64_t every_us; /* 0: cron */
    struct cron cron;
};

static struct schedule *make(struct arena *a, const struct zone *zone)
{
    struct schedule *s = arena_get(a, sizeof *s);

    s->zone = zone ? zone : zone_find(STR("UTC"));
    return s;
}

err_t schedule_parse(struct arena *a, struct str text, const struct zone *zone,
                     struct schedule **ret, struct err *e)
{
    struct cron c;

    TRY(cron_parse(text, &c, e));
    *ret = make(a, zone);
    (*ret)->cron = c;
    return OK;
}

err_t schedule_every(struct arena *a, struct str text, const struct zone *zone,
                     struct schedule **ret, struct err *e)
{
    int64_t us;

    if (text.n > SCHEDULE_TEXT_MAX || !duration_parse(text, &us))
        return fail_at(e, E_INPUT, 1, 1, "`every` takes a duration like 30s, 5m, 1h30m or 1d");
    if (us < SCHEDULE_EVERY_MIN || us > SCHEDULE_EVERY_MAX)
        return fail_at(e, E_INPUT, 1, 1, "`every` goes from 1s to 366d, not `" STR_FMT "`",
                       STR_ARG(text));
    *ret = make(a, zone);
    (*ret)->every_us = us;
    return OK;
}

const struct zone *schedule_zone(const struct schedule *s)
{
    return s->zone;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool daylight(const struct zone_span *span)
{
    int32_t jump = span->offset - span->before;

    return jump > -CLOCK_SET && jump < CLOCK_SET;
}

/* The first firing at or after `from` while the offset stays as it is, or false. */
static bool next_in(const struct cron *c, const struct zone_span *span, int64_t from, int64_t until,
                    int64_t *ret)
{
    int64_t wall = from + span->offset, last = until, at;

    if (span->end <= until) last = span->end - 1;
    if (!c->follows && daylight(span)) {
        /* a fixed time that the clock jumped over fires at the jump … */
        if (from == span->start && cron_next(c, from + span->before, wall - 1, &at)) {
            *ret = from;
            return true;
        }
        /* … and one that comes again had its turn before */
        if (span->before > span->offset && wall < span->start + span->before)
            wall = span->start + span->before;
    }
    if (!cron_next(c, wall, last + span->offset, &at)) return false;
    *ret = at - span->offset;
    return true;
}

bool schedule_next(const struct schedule *s, int64_t after_us, int64_t *ret_us)
{
    int64_t from, until, at;

    if (after_us < EARLIEST || after_us > LATEST) return false;
    if (s->every_us) {
        *ret_us = (floor_div(after_us, s->every_us) + 1) * s->every_us;
        return true;
    }
    from = floor_div(after_us, SECOND_US) + 1;
    until = from + SEARCH;
    while (from <= until) {
        struct zone_span span = zone_span(s->zone, from);

        if (next_in(&s->cron, &span, from, until, &at)) {
            *ret_us = at * SECOND_US;
            return true;
        }
        if (span.end > until) break;
        from = span.end;
    }
    return false;
}

enum schedule_note schedule_note(const struct schedule *s, int64_t at_us)
{
    int64_t at = floor_div(at_us, SECOND_US), wall, first, second, match;
    struct zone_span span;

    if (s->every_us) return SCHEDULE_PLAIN;
    span = zone_span(s->zone, at);
    wall = at + span.offset;
    if (zone_utc(s->zone, wall, &first, &second) == 2)
        return at == first ? SCHEDULE_FIRST : SCHEDULE_AGAIN;
    if (at == span.start && span.before < span.offset && !cron_next(&s->cron, wall, wall, &match))
        return SCHEDULE_MOVED;
    return SCHEDULE_PLAIN;
}

const char *schedule_note_text(enum schedule_note note)
{
    static const char *const texts[] = {
        [SCHEDULE_PLAIN] = "",
        [SCHEDULE_MOVED] = "moved: its time is skipped when the clocks go forward",
        [SCHEDULE_FIRST] = "the first of two such times: the clocks go back",
        [SCHEDULE_AGAIN] = "the second of two such times: the clocks went back"};

    return texts[note];
}

bool schedule_change(const struct schedule *s, int64_t from_us, int64_t to_us,
                     struct schedule_change *ret)
{
    struct zone_span span = zone_span(s->zone, floor_div(from_us, SECOND_US));

    if (span.end > floor_div(to_us, SECOND_US)) return false;
    *ret = (struct schedule_change){.at_us = span.end * SECOND_US,
                                    .before = span.offset,
                                    .after = zone_offset(s->zone, span.end, NULL)};
    return true;
}

void schedule_explain(const struct schedule *s, struct buf *b)
{
    char text[DURATION_TEXT];

    if (s->every_us) {
        buf_addf(b, "every %s", duration_exact(s->every_us, text));
        return;
    }
    cron_explain(&s->cron, b);
    buf_addf(b, ", %s", zone_name(s->zone));
}

const char *schedule_dst_text(const struct schedule *s)
{
    struct zone_span always = zone_span(s->zone, 0);

    if (s->every_us || (always.start == INT64_MIN && always.end == INT64_MAX)) return "";
    return s->cron.follows
               ? "When the clocks change it follows them: not in a skipped hour, again in a "
                 "repeated one."
               : "When the clocks change it fires once: right after the jump if its time is "
                 "skipped, the first time only if it is repeated.";
}
