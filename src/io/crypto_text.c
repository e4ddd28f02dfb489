/* crypto_text.c - bytes as text: hexadecimal, and base64 (RFC 4648, both alphabets read). */
#include "io/crypto.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool hex_decode(struct str s, uint8_t *out, size_t max, size_t *ret_n)
{
    if (s.n % 2 || s.n / 2 > max) return false;
    for (size_t i = 0; i < s.n / 2; i++) {
        int high = hex_value(s.p[2 * i]), low = hex_value(s.p[2 * i + 1]);

        if (high < 0 || low < 0) return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    *ret_n = s.n / 2;
    return true;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

/* Takes the padding off; false when there is more or less of it than the length asks. */
static bool base64_unpad(struct str *s)
{
    size_t pads = 0;

    while (pads < s->n && s->p[s->n - 1 - pads] == '=') pads++;
    if (pads && (pads > 2 || s->n % 4)) return false;
    s->n -= pads;
    return s->n % 4 != 1;
}

bool base64_decode(struct str s, uint8_t *out, size_t max, size_t *ret_n)
{
    uint32_t held = 0;
    int bits = 0;
    size_t n = 0;

    if (!base64_unpad(&s) || s.n / 4 * 3 + s.n % 4 * 3 / 4 > max) return false;
    for (size_t i = 0; i < s.n; i++) {
        int v = base64_value(s.p[i]);

        if (v < 0) return false;
        held = held << 6 | (uint32_t)v;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (uint8_t)(held >> bits);
        }
    }
    if (held & ((1u << bits) - 1)) return false; /* one text for one value, RFC 4648 section 3.5 */
    *ret_n = n;
    return true;
}

void buf_add_base64(struct buf *b, struct str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = (s.n + 2) / 3 * 4;
    char *p = buf_room(b, len);

    if (!p) return;
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t v = (uint32_t)(uint8_t)s.p[i] << 16;

        if (i + 1 < s.n) v |= (uint32_t)(uint8_t)s.p[i + 1] << 8;
        if (i + 2 < s.n) v |= (uint8_t)s.p[i + 2];
        *p++ = digits[v >> 18];
        *p++ = digits[v >> 12 & 63];
        *p++ = (char)(i + 1 < s.n ? digits[v >> 6 & 63] : '=');
        *p++ = (char)(i + 2 < s.n ? digits[v & 63] : '=');
    }
    b->n += len;
    b->p[b->n] = '\0';
}
