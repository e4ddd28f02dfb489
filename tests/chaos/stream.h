/* stream.h - the bytes a `pour` step writes: a function of its seed, so that the checker can tell
 * whether what was kept is what was written. Pieces of 1 to STREAM_PIECE bytes, any byte.
 */
#ifndef CHAOS_STREAM_H
#define CHAOS_STREAM_H

#include <stddef.h>

#include "tell.h"

enum { STREAM_PIECE = 3000, STREAM_PIECES = 40, STREAM_PAUSE_MS = 8 };

struct stream {
    struct dice dice;
    int left;
};

static inline void stream_init(struct stream *s, uint64_t seed)
{
    dice_init(&s->dice, seed);
    s->left = STREAM_PIECES;
}

/* Bytes of the next piece; 0 at the end. */
static inline size_t stream_next(struct stream *s, unsigned char out[STREAM_PIECE])
{
    size_t n;

    if (s->left-- == 0) return 0;
    n = 1 + dice_below(&s->dice, STREAM_PIECE);
    for (size_t i = 0; i < n; i++) out[i] = (unsigned char)(dice_next(&s->dice) >> 40);
    return n;
}

#endif
