/* number.h - doubles as decimal text and back, exactly.
 *
 * The program never leaves the C locale, so the point is a point.
 */
#ifndef DATA_NUMBER_H
#define DATA_NUMBER_H

#include "base/str.h"

enum {
    NUMBER_MAX = 1100, /* longest decimal text read: every double is exact within it */
    NUMBER_TEXT = 32   /* longest text written, with its NUL */
};

/* Decimal text ([+-], digits with a point, exponent) to the nearest double; too large becomes an
   infinity, too small a zero. False, *ret untouched, when s as a whole is no such number or is
   longer than NUMBER_MAX. Laxer than JSON: ".5", "1." and "007" are numbers. */
bool number_read(struct str s, double *ret);

/* The shortest text that reads back as the same double; returns its length. With a point or an
   exponent always ("1.0", "1e+20"), so that it stays a double; "NaN", "Infinity", "-Infinity". */
size_t number_write(double d, char out[NUMBER_TEXT]);

#endif
