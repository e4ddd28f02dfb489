#include "data/number.h"

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

size_t number_write(double d, char out[NUMBER_TEXT])
{
    int n = 0;

    if (isnan(d)) return put(out, "NaN");
    if (isinf(d)) return put(out, d < 0 ? "-Infinity" : "Infinity");
    if (fabs(d) < 1e15 && d == trunc(d)) return (size_t)snprintf(out, NUMBER_TEXT, "%.1f", d);
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(out, NUMBER_TEXT, "%.*g", digits, d);
        if (strtod(out, NULL) == d) break;
    }
    if (!strpbrk(out, ".e")) n += (int)put(out + n, ".0");
    return (size_t)n;
}
