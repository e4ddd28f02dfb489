/* scan.h - the inner loops of the JSON reader and writer.
 *
 * Sixteen bytes at a time where the machine can (SSE2), else one by one; the
 * last few bytes always go one by one, because a view promises no byte after
 * its end.
 */
#ifndef DATA_SCAN_H
#define DATA_SCAN_H

#include "base/str.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct scan {
    const char *p; /* the quote, backslash or control character; or the end */
    bool high;     /* a byte of 128 or more was passed */
};

/* The first byte that a JSON string cannot hold as it is. */
static inline struct scan scan_string(const char *p, const char *end)
{
    bool high = false;

#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'),
                  control = _mm_set1_epi8(0x1f);

    for (; end - p >= 16; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i stop =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)),
                         _mm_cmpeq_epi8(_mm_min_epu8(x, control), x));
        unsigned stops = (unsigned)_mm_movemask_epi8(stop), tops = (unsigned)_mm_movemask_epi8(x);

        if (stops) {
            unsigned before = (stops & -stops) - 1;

            return (struct scan){p + __builtin_ctz(stops), high || (tops & before)};
        }
        high = high || tops;
    }
#endif
    for (; p < end; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\' || c < 0x20) break;
        high = high || c >= 0x80;
    }
    return (struct scan){p, high};
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The first byte that is not JSON white space; most often p itself. */
static inline const char *scan_space(const char *p, const char *end)
{
    if (p < end && (unsigned char)*p > ' ') return p;
#ifdef __SSE2__
    for (; end - p >= 16; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i space = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(' ')),
                                                  _mm_cmpeq_epi8(x, _mm_set1_epi8('\n'))),
                                     _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('\r')),
                                                  _mm_cmpeq_epi8(x, _mm_set1_epi8('\t'))));
        unsigned others = 0xffffu & ~(unsigned)_mm_movemask_epi8(space);

        if (others) return p + __builtin_ctz(others);
    }
#endif
    while (p < end && is_space(*p)) p++;
    return p;
}

#endif
