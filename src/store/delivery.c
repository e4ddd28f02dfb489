#include "store/delivery.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/crypto.h"

static uint64_t bits_at(const uint8_t *p)
{
    uint64_t x = 0;

    for (int i = 0; i < 8; i++) x = x << 8 | p[i];
    return x;
}

static uint64_t head(const struct delivery *d)
{
    return bits_at(d->key);
}

/* --- one delivery --- */

static void make_key(struct str connection, struct str id, uint8_t key[SHA256_LEN])
{
    char text[512];
    size_t n = connection.n + 1 + id.n;

    if (n <= sizeof text) {
        if (connection.n) memcpy(text, connection.p, connection.n);
        text[connection.n] = '\0';
        if (id.n) memcpy(text + connection.n + 1, id.p, id.n);
        sha256(str_n(text, n), key);
    } else {
        struct sha256 *h = sha256_new();

        sha256_add(h, connection);
        sha256_add(h, str_n("", 1));
        sha256_add(h, id);
        sha256_end(h, key);
    }
}

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* as base/id.h writes them */

static unsigned digit(char c)
{
    static const uint8_t values[26] = {10, 11, 12, 13, 14, 15, 16, 17, 99, 18, 19, 99, 20,
                                       21, 99, 22, 23, 24, 25, 26, 99, 27, 28, 29, 30, 31};

    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    return c >= 'A' && c <= 'Z' ? values[c - 'A'] : 99;
}

/* 26 digits of 5 bits are 2 more than 16 bytes: the first digit is at most 7. */
static void pack_id(const struct id *id, uint8_t out[DELIVERY_EVENT])
{
    unsigned held = 0, bits = 0;
    size_t n = 0;

    for (int i = 0; i < ID_LEN; i++) {
        unsigned value = digit(id->s[i]);

        assert(value < 32 && (i > 0 || value < 8)); /* events have ULIDs */
        held = held << 5 | value;
        bits += i == 0 ? 3 : 5;
        if (bits < 8) continue;
        bits -= 8;
        out[n++] = (uint8_t)(held >> bits);
    }
}

struct delivery delivery_make(struct str connection, struct str id, const struct id *event)
{
    uint8_t key[SHA256_LEN];
    struct delivery d;

    make_key(connection, id, key);
    memcpy(d.key, key, sizeof d.key);
    pack_id(event, d.event);
    return d;
}

struct id delivery_event(const struct delivery *d)
{
    unsigned held = 0, bits = 2; /* as if two zero bits stood before the first */
    struct id id = {{0}};
    size_t n = 0;

    for (int i = 0; i < DELIVERY_EVENT; i++) {
        held = held << 8 | d->event[i];
        for (bits += 8; bits >= 5; bits -= 5) id.s[n++] = digits[held >> (bits - 5) & 31];
    }
    return id;
}

int64_t delivery_ms(const struct delivery *d)
{
    return (int64_t)(bits_at(d->event) >> 16);
}

uint32_t delivery_place(const struct delivery *d, int depth)
{
    return depth ? (uint32_t)(head(d) >> (64 - depth)) : 0;
}

static bool is_same(const struct delivery *a, const struct delivery *b, int64_t oldest_ms)
{
    return memcmp(a->key, b->key, DELIVERY_KEY) == 0 && delivery_ms(a) >= oldest_ms;
}

const struct delivery *delivery_find(const struct delivery *list, size_t n,
                                     const struct delivery *d, int64_t oldest_ms)
{
    for (size_t i = 0; i < n; i++)
        if (is_same(&list[i], d, oldest_ms)) return &list[i];
    return NULL;
}

/* --- the set --- */

void delivery_set_init(struct delivery_set *s, uint32_t max)
{
    uint32_t size = 16;

    while (size / 2 < max) size *= 2;
    *s = (struct delivery_set){.list = mem_new(max * sizeof *s->list),
                               .slots = mem_new(size * sizeof *s->slots),
                               .max = max,
                               .mask = size - 1};
}

void delivery_set_done(struct delivery_set *s)
{
    free(s->list);
    free(s->slots);
}

const struct delivery *delivery_set_find(const struct delivery_set *s, const struct delivery *d,
                                         int64_t oldest_ms)
{
    for (uint32_t at = (uint32_t)head(d) & s->mask; s->slots[at]; at = (at + 1) & s->mask) {
        const struct delivery *found = &s->list[s->slots[at] - 1];

        if (is_same(found, d, oldest_ms)) return found;
    }
    return NULL;
}

void delivery_set_add(struct delivery_set *s, const struct delivery *d)
{
    uint32_t at = (uint32_t)head(d) & s->mask;

    assert(s->n < s->max);
    while (s->slots[at]) at = (at + 1) & s->mask;
    s->list[s->n++] = *d;
    s->slots[at] = s->n;
}

/* Latest first: then no other was ever put past the slot that becomes free. */
void delivery_set_cut(struct delivery_set *s, uint32_t n)
{
    if (n == 0) memset(s->slots, 0, (s->mask + (size_t)1) * sizeof *s->slots);
    for (; s->n > n && n > 0; s->n--) {
        uint32_t at = (uint32_t)head(&s->list[s->n - 1]) & s->mask;

        while (s->slots[at] != s->n) at = (at + 1) & s->mask;
        s->slots[at] = 0;
    }
    s->n = s->n < n ? s->n : n;
}

size_t delivery_set_bytes(const struct delivery_set *s)
{
    return s->max * sizeof *s->list + (s->mask + (size_t)1) * sizeof *s->slots;
}

/* --- the filter --- */

enum { FILTER_BITS = 4, LINE_BITS = 9 }; /* bits of a key; bits that name one of a line's 512 */

size_t filter_bytes(const struct filter *f)
{
    return f->lines ? (size_t)FILTER_LINE << f->depth : 0;
}

void filter_init(struct filter *f, int depth)
{
    *f = (struct filter){.lines = mem_new((size_t)FILTER_LINE << depth), .depth = depth};
}

void filter_done(struct filter *f)
{
    free(f->lines);
    *f = (struct filter){0};
}

static uint8_t *line_of(const struct filter *f, const struct delivery *d)
{
    return f->lines + (size_t)delivery_place(d, f->depth) * FILTER_LINE;
}

void filter_add(struct filter *f, const struct delivery *d)
{
    uint8_t *line = line_of(f, d);
    uint64_t bits = bits_at(d->key + 8);

    for (int i = 0; i < FILTER_BITS; i++, bits >>= LINE_BITS)
        line[bits >> 3 & 63] |= (uint8_t)(1u << (bits & 7));
}

bool filter_has(const struct filter *f, const struct delivery *d)
{
    const uint8_t *line = line_of(f, d);
    uint64_t bits = bits_at(d->key + 8);

    for (int i = 0; i < FILTER_BITS; i++, bits >>= LINE_BITS)
        if (!(line[bits >> 3 & 63] >> (bits & 7) & 1)) return false;
    return true;
}

void filter_halve(struct filter *f)
{
    size_t lines = (size_t)1 << --f->depth;

    for (size_t i = 0; i < lines; i++)
        for (size_t k = 0; k < FILTER_LINE; k++)
            f->lines[i * FILTER_LINE + k] =
                f->lines[2 * i * FILTER_LINE + k] | f->lines[(2 * i + 1) * FILTER_LINE + k];
    f->lines = mem_grow(f->lines, lines * FILTER_LINE);
}
