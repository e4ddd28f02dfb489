/* schedule.h - when a schedule fires: cron in a time zone, or every so often. Pure, no clock.
 *
 * Cron as Debian's (Vixie) reads it: minute hour day-of-month month weekday,
 * with a seconds field in front when there are six; `*`, lists, ranges, steps,
 * names of months and weekdays (three letters, any case), 7 is Sunday too, and
 * @yearly @annually @monthly @weekly @daily @midnight @hourly. When neither day
 * field starts with `*` a day fits that fits either of them, otherwise it must
 * fit both.
 *
 * Where clocks change, by less than three hours (crontab(5), cron(8)):
 *   fixed times                  skipped: once, right after the jump;
 *                                repeated: the first time only
 *   hour or minute starts with   follow the clock: never in a skipped hour,
 *   `*` (as in @hourly)          again in a repeated one
 * A change of three hours or more (a country moving over the date line) is
 * followed like a clock that was set: what it skips does not fire.
 *
 * `every` fires at whole multiples since 1970-01-01T00:00Z, so that a restart
 * does not move it; the zone then only serves to show times.
 */
#ifndef WORKFLOW_SCHEDULE_H
#define WORKFLOW_SCHEDULE_H

#include "base/buf.h"
#include "base/mem.h"
#include "data/zone.h"

struct schedule;

enum { SCHEDULE_TEXT_MAX = 256 };
#define SCHEDULE_EVERY_MIN ((int64_t)1000000)               /* microseconds: a second */
#define SCHEDULE_EVERY_MAX ((int64_t)366 * 86400 * 1000000) /* a year */

/* Errors: E_INPUT with the column (bytes from 1, line 1). zone NULL is UTC. */
err_t schedule_parse(struct arena *a, struct str text, const struct zone *zone,
                     struct schedule **ret, struct err *e) MUST_CHECK;

/* text is a duration: "5m", "1h30m". */
err_t schedule_every(struct arena *a, struct str text, const struct zone *zone,
                     struct schedule **ret, struct err *e) MUST_CHECK;

const struct zone *schedule_zone(const struct schedule *s);

/* The first firing strictly after that moment (microseconds since 1970 UTC, years 1 to 9900).
   False when there is none within 8 years (30 February). */
bool schedule_next(const struct schedule *s, int64_t after_us, int64_t *ret_us);

/* What a change of the clocks has to do with the firing at `at_us`. */
enum schedule_note {
    SCHEDULE_PLAIN,
    SCHEDULE_MOVED, /* its time was skipped: it fires right after the jump */
    SCHEDULE_FIRST, /* its time comes twice: this is the first */
    SCHEDULE_AGAIN  /* its time comes twice: this is the second */
};
enum schedule_note schedule_note(const struct schedule *s, int64_t at_us);
const char *schedule_note_text(enum schedule_note note); /* "" for SCHEDULE_PLAIN */

/* The first change of the offset in (from_us, to_us]; false when there is none. */
struct schedule_change {
    int64_t at_us;
    int32_t before, after; /* seconds east of UTC */
};
bool schedule_change(const struct schedule *s, int64_t from_us, int64_t to_us,
                     struct schedule_change *ret);

/* Adds "at 06:00 on Monday to Friday, Europe/Berlin", "every 5 min". */
void schedule_explain(const struct schedule *s, struct buf *b);

/* A sentence: what this schedule does when the clocks change; "" where they do not matter. */
const char *schedule_dst_text(const struct schedule *s);

#endif
