/* buf.h - a growing buffer with a limit.
 *
 * struct buf owns its bytes and is made with its maximum: nothing that comes
 * from outside may grow without bound. After a write past the limit the buffer
 * is marked full and further writes do nothing, so a caller writes freely and
 * asks buf_end() once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

struct buf {
    char *p; /* NUL-terminated whenever not NULL */
    size_t n, cap, max;
    bool full;
};

#define BUF(limit) ((struct buf){.max = (limit)})

void buf_add(struct buf *b, struct str s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_add_url(struct buf *b, struct str s); /* percent-encodes all but RFC 3986 unreserved */
void buf_add_hex(struct buf *b, const void *bytes, size_t n);
char *buf_room(struct buf *b, size_t n); /* n writable bytes after b->n, or NULL when full; the
                                            caller then adds what it wrote to b->n */
void buf_cut(struct buf *b, size_t n);   /* drops the first n bytes */
void buf_clear(struct buf *b);           /* empty again, memory kept */
err_t buf_end(const struct buf *b, struct err *e) MUST_CHECK; /* E_LIMIT when it overflowed */

static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->p ? b->p : "", b->n};
}

static inline void buf_auto(struct buf *b)
{
    free(b->p);
}

#endif
