#include "data/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool number_read(struct str s, double *ret)
{
    char text[NUMBER_MAX + 1], *end;
    double d;

    if (s.n == 0 || s.n > NUMBER_MAX) return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (strspn(text, "+-.0123456789eE") != s.n) return false; /* strtod() takes more than that */
    d = strtod(text, &end);
    if (end != text + s.n) return false;
    *ret = d;
    return true;
}

static size_t put(char *out, const char *word)
{
    size_t n = strlen(word);

    memcpy(out, word, n + 1);
    return n;
}

/* Next to a power of two the doubles below lie closer than those above, so the nearest text of 16
   digits may miss where the one above it does not. */
static int write_above(double d, char out[NUMBER_TEXT])
{
    char text[NUMBER_TEXT], *exponent;
    unsigned long long digits;
    int n;

    (void)snprintf(text, sizeof text, "%.15e", fabs(d));
    text[1] = text[0];
    digits = strtoull(text + 1, &exponent, 10) + 1;
    n = snprintf(out, NUMBER_TEXT, "%s%llu.%015llu%s", d < 0 ? "-" : "", digits / 1000000000000000,
                 digits % 1000000000000000, exponent);
    return strtod(out, NULL) == d ? n : 0;
}

size_t number_write(double d, char out[NUMBER_TEXT])
{
    int n = 0, power;

    if (isnan(d)) return put(out, "NaN");
    if (isinf(d)) return put(out, d < 0 ? "-Infinity" : "Infinity");
    if (fabs(d) < 1e15 && d == trunc(d)) return (size_t)snprintf(out, NUMBER_TEXT, "%.1f", d);
    /* Up to 15 digits all doubles but the subnormal ones tell apart. */
    for (int digits = fabs(d) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        n = snprintf(out, NUMBER_TEXT, "%.*g", digits, d);
        if (strtod(out, NULL) == d) break;
        if (digits == 16 && frexp(d, &power) == copysign(0.5, d) && (n = write_above(d, out)) > 0)
            break;
    }
    if (!strpbrk(out, ".e")) n += (int)put(out + n, ".0");
    return (size_t)n;
}
