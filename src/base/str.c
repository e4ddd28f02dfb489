#include "base/str.h"

#include <ctype.h>

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int way = n ? memcmp(a.p, b.p, n) : 0;

    return way ? way : (a.n > b.n) - (a.n < b.n);
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (tolower((unsigned char)a.p[i]) != tolower((unsigned char)b.p[i])) return false;
    return true;
}

bool str_starts(struct str s, struct str head)
{
    return s.n >= head.n && str_eq(str_n(s.p, head.n), head);
}

bool str_ends(struct str s, struct str tail)
{
    return s.n >= tail.n && str_eq(str_n(s.p + s.n - tail.n, tail.n), tail);
}

bool str_find(struct str s, struct str part, size_t *ret_at)
{
    const char *at = part.n ? (s.n ? memmem(s.p, s.n, part.p, part.n) : NULL) : s.p;

    if (!at && part.n) return false;
    *ret_at = part.n ? (size_t)(at - s.p) : 0;
    return true;
}

struct str str_trim(struct str s)
{
    while (s.n && isspace((unsigned char)s.p[0])) s = str_skip(s, 1);
    while (s.n && isspace((unsigned char)s.p[s.n - 1])) s.n--;
    return s;
}

struct str str_skip(struct str s, size_t n)
{
    if (n > s.n) n = s.n;
    return n ? str_n(s.p + n, s.n - n) : s;
}

bool str_cut(struct str *rest, char sep, struct str *ret_head)
{
    const char *at;

    if (!rest->p) return false;
    at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    if (!at) {
        *ret_head = *rest;
        *rest = (struct str){0};
        return true;
    }
    *ret_head = str_n(rest->p, (size_t)(at - rest->p));
    *rest = str_n(at + 1, rest->n - ret_head->n - 1);
    return true;
}

bool str_int(struct str s, int64_t *ret)
{
    bool minus = s.n && s.p[0] == '-';
    int64_t v = 0;

    if (minus) s = str_skip(s, 1);
    if (s.n == 0) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!isdigit((unsigned char)s.p[i])) return false;
        if (__builtin_mul_overflow(v, 10, &v)) return false;
        /* built up negative, so that the smallest number fits */
        if (__builtin_sub_overflow(v, s.p[i] - '0', &v)) return false;
    }
    if (!minus && __builtin_mul_overflow(v, -1, &v)) return false;
    *ret = v;
    return true;
}

uint64_t str_hash(struct str s)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ (s.n * 0xff51afd7ed558ccdu);

    for (; s.n >= 8; s = str_skip(s, 8)) {
        uint64_t w;

        memcpy(&w, s.p, 8);
        h = (h ^ w) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    if (s.n) {
        uint64_t w = 0;

        memcpy(&w, s.p, s.n);
        h = (h ^ w) * 0xff51afd7ed558ccdu;
    }
    h ^= h >> 29;
    h *= 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 32);
}
