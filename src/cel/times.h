/* times.h - timestamps and durations: text and arithmetic.
 *
 * A timestamp is within 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z,
 * a duration fits in 64 bits of nanoseconds; outside of that is an error.
 */
#ifndef CEL_TIMES_H
#define CEL_TIMES_H

#include "cel/eval.h"

/* Go's syntax: "-1h30m", "1.5s", "250ms", "0". Errors: false, also out of range. */
bool span_parse(struct str s, int64_t *ret_nanos);

void span_text(struct buf *b, int64_t nanos);       /* seconds: "90s", "-1.5s" */
void timestamp_text(struct buf *b, struct value t); /* RFC 3339 in UTC, fraction without zeros */

/* Whether `a` + `b` or `a` - `b` is one of timestamps and durations. */
bool times_fit(enum node_kind op, struct value a, struct value b);
struct value times_math(struct eval *x, const struct node *n, struct value a, struct value b);

#endif
