/* duration.h - spans of time as people write and read them. */
#ifndef WORKFLOW_DURATION_H
#define WORKFLOW_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define DURATION_MAX_US ((int64_t)36525 * 86400 * 1000000) /* a hundred years */

/* "30m", "1h30m", "1h 30m", "1.5h", "5s", "250ms", "2d", "1w", "0": numbers with the units w d h m
   s ms us, largest first, each at most once; digits after a point only in the last. Finer than a
   microsecond is cut. False when it is none of that, negative, or longer than DURATION_MAX_US. */
bool duration_parse(struct str text, int64_t *ret_us);

enum { DURATION_TEXT = 80 };

/* For people, the two largest units, cut below: "1 h 30 min", "2 d 4 h", "12.3 s", "250 ms", "0 s".
   A negative one as its size. */
const char *duration_text(int64_t us, char out[DURATION_TEXT]);

/* All units, nothing cut: "1 d 2 h 3 min 4 s". */
const char *duration_exact(int64_t us, char out[DURATION_TEXT]);

#endif
