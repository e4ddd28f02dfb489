/* clock.h - the two clocks, and RFC 3339 text.
 *
 * Times are int64 microseconds. `wall` counts from 1970 UTC and may jump;
 * `mono` only measures distance. The engine takes both from its world, never
 * from here, so that a simulation can own time.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define SECOND_US ((int64_t)1000000)
#define MS_US     ((int64_t)1000)

int64_t clock_wall(void);
int64_t clock_mono(void);

/* "2026-01-02T03:04:05.678901Z", fraction trimmed of zeros, none when whole. */
enum { TIME_TEXT = 40 };
const char *clock_text(int64_t wall_us, char out[TIME_TEXT]);

/* RFC 3339 section 5.6, any offset; nanoseconds separately because CEL keeps them.
   False when it is not one, or outside years 1 to 9999. */
bool clock_parse(struct str s, int64_t *ret_seconds, int32_t *ret_nanos);

/* Proleptic Gregorian calendar, valid for years -9999 to 9999. month and day start at 1. */
struct civil {
    int year, month, day, hour, minute, second;
    int weekday; /* 0 is Sunday */
    int yearday; /* 0 is January 1 */
};
struct civil clock_civil(int64_t seconds);    /* seconds since 1970, in whatever zone */
int64_t clock_seconds(const struct civil *c); /* weekday and yearday are not read */

#endif
