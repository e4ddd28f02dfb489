/* output.h - reading what a process wrote, while it runs or after.
 *
 * `STEM.output` holds the bytes of both streams in the order they arrived. `STEM.index`
 * holds one 24-byte record a piece (little-endian u64: offset of the piece's
 * first byte; number of line ends before it, shifted left by one, plus 1 for
 * standard error; wall microseconds), so that a 100 MB log opens at its end or
 * at any line at once.
 */
#ifndef IO_OUTPUT_H
#define IO_OUTPUT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { OUTPUT_RECORD = 24, OUTPUT_PIECE = 65536 };

struct output_size {
    int64_t bytes, lines; /* line ends */
};

err_t output_size(const char *stem, struct output_size *ret, struct err *e) MUST_CHECK;

/* Reads from byte `at` at most out's maximum; no such file yet reads as empty. */
err_t output_read(const char *stem, int64_t at, struct buf *out, struct err *e) MUST_CHECK;

/* The byte at which line `line` (0 is the first) starts; negative counts from the end: -10 is where
   the last ten lines start. Past the end: the end. */
err_t output_line(const char *stem, int64_t line, int64_t *ret_at, struct err *e) MUST_CHECK;

/* The same pieces with stream and time, for views that show them. `each` false stops. */
struct output_piece {
    int64_t offset, size, at; /* bytes, bytes, wall microseconds */
    bool is_stderr;
};
typedef bool output_each(void *arg, const struct output_piece *piece);
err_t output_pieces(const char *stem, int64_t from, output_each *each, void *arg,
                    struct err *e) MUST_CHECK;

#endif
