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

void buf_add_url(struct buf *b, struct str s)
{
    static const char keep[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] && strchr(keep, s.p[i]))
            buf_addc(b, s.p[i]);
        else
            buf_addf(b, "%%%02X", (unsigned char)s.p[i]);
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
