/* zone.h - time zones from the system's tz database (TZif files, RFC 8536).
 *
 * Zones are loaded once and kept for the life of the process. Not thread-safe
 * when loading: only one thread looks zones up by name. Looking into a zone
 * is a binary search and safe from any thread.
 *
 * The database is the folder TZDIR names, else /usr/share/zoneinfo. A broken
 * file, one with leap seconds ("right/…") and one above 256 KiB is no zone.
 */
#ifndef DATA_ZONE_H
#define DATA_ZONE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct zone;

/* IANA name ("Europe/Berlin", "UTC"), or a fixed offset "+02:00", "-02:30", "02:00". NULL when
   there is none; names that would leave the database's folder are none. "UTC" needs no database. */
const struct zone *zone_find(struct str name);

const char *zone_name(const struct zone *z); /* of a fixed offset: "+02:00" */

/* Seconds east of UTC at that UTC second; *ret_abbr (may be NULL) is "CET", "CEST", … */
int32_t zone_offset(const struct zone *z, int64_t utc_seconds, const char **ret_abbr);

/* Wall clock seconds (civil time counted as if UTC) to UTC seconds.
   Returns how many UTC moments show this wall time: 1; 2 in an autumn overlap, and *ret_utc is the
   first, *ret_second the second; 0 in a spring gap, and *ret_utc is the moment of the jump.
   ret_second may be NULL. */
int zone_utc(const struct zone *z, int64_t wall_seconds, int64_t *ret_utc, int64_t *ret_second);

/* The time around a UTC second in which the offset does not change: from `start` up to, not
   including, `end`. */
struct zone_span {
    int64_t start, end; /* UTC seconds; INT64_MIN, INT64_MAX when it has no bound */
    int32_t offset;
    int32_t before; /* the offset that was valid until `start`; the same as `offset` without one */
};

struct zone_span zone_span(const struct zone *z, int64_t utc_seconds);

#endif
