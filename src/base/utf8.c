#include "base/utf8.h"

/* How many bytes follow the first one; -1 for a byte that starts nothing. */
static int following(unsigned char c)
{
    if (c < 0x80) return 0;
    if (c >= 0xc2 && c < 0xe0) return 1;
    if (c >= 0xe0 && c < 0xf0) return 2;
    return c >= 0xf0 && c < 0xf5 ? 3 : -1;
}

int32_t utf8_next(struct str *s)
{
    static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
    unsigned char c = (unsigned char)s->p[0];
    int more = following(c);
    int32_t point = more > 0 ? c & (0x3f >> more) : c;
    bool good = more >= 0 && s->n > (size_t)more;

    for (int i = 1; good && i <= more; i++) {
        good = ((unsigned char)s->p[i] & 0xc0) == 0x80;
        point = point << 6 | (s->p[i] & 0x3f);
    }
    if (!good || point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        *s = str_skip(*s, 1);
        return -1;
    }
    *s = str_skip(*s, (size_t)more + 1);
    return point;
}

bool utf8_valid(struct str s)
{
    while (s.n) {
        uint64_t w;

        if (s.n >= 8) {
            memcpy(&w, s.p, 8);
            if (!(w & 0x8080808080808080u)) {
                s = str_skip(s, 8);
                continue;
            }
        }
        if (utf8_next(&s) < 0) return false;
    }
    return true;
}

size_t utf8_count(struct str s)
{
    size_t n = 0;

    for (; s.n; n++) (void)utf8_next(&s);
    return n;
}

size_t utf8_put(uint32_t p, char out[4])
{
    if (p < 0x80) {
        out[0] = (char)p;
        return 1;
    }
    if (p < 0x800) {
        out[0] = (char)(0xc0 | p >> 6);
        out[1] = (char)(0x80 | (p & 63));
        return 2;
    }
    if (p >= 0xd800 && p < 0xe000) return 0;
    if (p < 0x10000) {
        out[0] = (char)(0xe0 | p >> 12);
        out[1] = (char)(0x80 | (p >> 6 & 63));
        out[2] = (char)(0x80 | (p & 63));
        return 3;
    }
    if (p > 0x10ffff) return 0;
    out[0] = (char)(0xf0 | p >> 18);
    out[1] = (char)(0x80 | (p >> 12 & 63));
    out[2] = (char)(0x80 | (p >> 6 & 63));
    out[3] = (char)(0x80 | (p & 63));
    return 4;
}

static bool is_control(int32_t p)
{
    return p < 0x20 || (p >= 0x7f && p < 0xa0) || (p >= 0x202a && p <= 0x202e) ||
           (p >= 0x2066 && p <= 0x2069) || p == 0x2028 || p == 0x2029;
}

void utf8_add_safe(struct buf *b, struct str s, bool multiline)
{
    while (s.n) {
        struct str rest = s;
        int32_t p = utf8_next(&rest);
        struct str bytes = str_n(s.p, s.n - rest.n);

        if (p < 0)
            buf_addf(b, "\\x%02x", (unsigned char)s.p[0]);
        else if (!is_control(p) || (multiline && (p == '\n' || p == '\t')))
            buf_add(b, bytes);
        else if (p < 0x80)
            buf_addf(b, "\\x%02x", (unsigned)p);
        else
            buf_addf(b, "\\u{%x}", (unsigned)p);
        s = rest;
    }
}
