#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

/* Makes room for n more bytes and the NUL; false when that would pass the limit. */
static bool reserve(struct buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : 64;

    if (b->full || n > b->max - b->n) {
        b->full = true;
        return false;
    }
    while (cap - b->n <= n) cap *= 2;
    if (cap != b->cap) {
        b->p = mem_grow(b->p, cap);
        b->cap = cap;
    }
    return true;
}

void buf_add(struct buf *b, struct str s)
{
    if (!reserve(b, s.n)) return;
    if (s.n) memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    b->p[b->n] = '\0';
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, str_n(&c, 1));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0 && reserve(b, (size_t)n)) {
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void buf_add_url(struct buf *b, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0, n; i < s.n && !b->full; i += n) {
        for (n = 0; i + n < s.n && is_unreserved(s.p[i + n]); n++) {
        }
        if (n) {
            buf_add(b, str_n(s.p + i, n));
        } else {
            unsigned char c = (unsigned char)s.p[i];

            buf_add(b, str_n((const char[]){'%', digits[c >> 4], digits[c & 15]}, 3));
            n = 1;
        }
    }
}

void buf_add_hex(struct buf *b, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++) {
        buf_addc(b, digits[p[i] >> 4]);
        buf_addc(b, digits[p[i] & 15]);
    }
}

char *buf_room(struct buf *b, size_t n)
{
    return reserve(b, n) ? b->p + b->n : NULL;
}

void buf_cut(struct buf *b, size_t n)
{
    if (n > b->n) n = b->n;
    if (n == 0) return;
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
    b->p[b->n] = '\0';
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->full = false;
    if (b->p) b->p[0] = '\0';
}

err_t buf_end(const struct buf *b, struct err *e)
{
    return b->full ? fail(e, E_LIMIT, "the text is longer than %zu bytes", b->max) : OK;
}
