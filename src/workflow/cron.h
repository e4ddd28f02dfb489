/* cron.h - the five or six fields of a cron expression, without a zone. For schedule.c.
 *
 * A field is the set of values that fit, a bit each. Times here are wall clock
 * seconds: civil time counted as if it were UTC.
 */
#ifndef WORKFLOW_CRON_H
#define WORKFLOW_CRON_H

#include "base/buf.h"
#include "base/err.h"

struct cron {
    uint64_t second, minute, hour, day, month, weekday; /* bits from 0, day and month from 1 */
    bool either;  /* a day fits that fits `day` or `weekday`; otherwise it must fit both */
    bool follows; /* hour or minute begins with `*`: follows the clock where it changes */
};

/* Errors: E_INPUT with the column. */
err_t cron_parse(struct str text, struct cron *ret, struct err *e) MUST_CHECK;

/* The first fitting second in [from, until]; false when there is none. Goes by months and bits:
   less than a microsecond for most, some for a search of years. */
bool cron_next(const struct cron *c, int64_t from, int64_t until, int64_t *ret);

/* Adds "at 06:00 on Monday to Friday". */
void cron_explain(const struct cron *c, struct buf *b);

#endif
