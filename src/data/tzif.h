/* tzif.h - a TZif file (RFC 8536, versions 1 to 4) as a table of changes. For zone.c.
 *
 * The footer's rule (POSIX TZ, with the extensions of version 3) is written
 * out for 402 years behind the file's own changes. The calendar repeats every
 * 400 years to the weekday, so a later moment is looked up whole cycles
 * earlier, and reading a zone is never more than a binary search.
 */
#ifndef DATA_TZIF_H
#define DATA_TZIF_H

#include "base/mem.h"
#include "base/str.h"

enum { TZIF_MAX = 256 << 10 };

#define TZIF_CYCLE ((int64_t)146097 * 86400) /* seconds in 400 years */

struct tzif_kind {
    int32_t offset; /* seconds east of UTC */
    const char *abbr;
};

struct tzif {
    size_t n;
    int64_t *at;    /* UTC seconds, ascending: from here on ... */
    uint16_t *kind; /* ... this kind is valid */
    struct tzif_kind *kinds;
    uint16_t first; /* the kind before at[0] */
    bool repeats;   /* after at[n - 1]: as 400 years before */
};

/* False when `bytes` is not a sound TZif file, or has leap seconds. The table lies in the arena
   and borrows nothing. */
bool tzif_read(struct arena *a, struct str bytes, struct tzif *ret);

#endif
