#include "data/twin.h"

#include <stdlib.h>

enum { FEW = 4, SLOTS_LOCAL = 512 };

static uint64_t load(const char *p, size_t n)
{
    uint64_t w = 0;

    memcpy(&w, p, n);
    return w;
}

/* From both ends of the key and its length: cheap, and good enough for honest keys. */
static uint64_t mark(struct value k)
{
    uint64_t a = k.n, b = 0;

    if (k.n >= 8) {
        a ^= load(k.s, 8);
        b = load(k.s + k.n - 8, 8);
    } else if (k.n >= 4) {
        a ^= load(k.s, 4) << 8;
        b = load(k.s + k.n - 4, 4);
    } else if (k.n) {
        b = (uint64_t)(unsigned char)k.s[0] << 16 | (uint64_t)(unsigned char)k.s[k.n / 2] << 8 |
            (unsigned char)k.s[k.n - 1];
    }
    a = (a ^ b * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
    return a >> 32;
}

static bool same(struct value a, struct value b)
{
    return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

static int by_key(const void *a, const void *b)
{
    const struct pair *x = *(const struct pair *const *)a, *y = *(const struct pair *const *)b;
    int way = (x->key.n > y->key.n) - (x->key.n < y->key.n);

    if (!way && x->key.n) way = memcmp(x->key.s, y->key.s, x->key.n);
    return way ? way : (x > y) - (x < y);
}

/* For keys made to collide. */
static bool find_sorted(const struct pair *pairs, size_t n, size_t *ret)
{
    const struct pair **sorted = mem_grow(NULL, n * sizeof(struct pair *));
    size_t first = n;

    for (size_t i = 0; i < n; i++) sorted[i] = &pairs[i];
    qsort(sorted, n, sizeof(struct pair *), by_key);
    for (size_t i = 1; i < n; i++) {
        size_t at = (size_t)(sorted[i] - pairs);

        if (same(sorted[i - 1]->key, sorted[i]->key) && at < first) first = at;
    }
    free(sorted);
    *ret = first;
    return first < n;
}

static bool find_hashed(const struct pair *pairs, size_t n, uint32_t *slots, size_t mask,
                        size_t *ret)
{
    size_t patience = 4 * n + 64;

    for (size_t i = 0; i < n; i++) {
        size_t s = mark(pairs[i].key) & mask;

        for (; slots[s]; s = (s + 1) & mask) {
            if (same(pairs[slots[s] - 1].key, pairs[i].key)) {
                *ret = i;
                return true;
            }
            if (--patience == 0) return find_sorted(pairs, n, ret);
        }
        slots[s] = (uint32_t)i + 1;
    }
    return false;
}

static bool find_few(const struct pair *pairs, size_t n, size_t *ret)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (same(pairs[i].key, pairs[j].key)) {
                *ret = i;
                return true;
            }
    return false;
}

bool twin_find(const struct pair *pairs, size_t n, size_t *ret)
{
    uint32_t local[SLOTS_LOCAL], *far = NULL;
    size_t size = 16;
    bool found;

    if (n <= FEW) return find_few(pairs, n, ret);
    while (size < 3 * n) size *= 2;
    if (size > SLOTS_LOCAL)
        far = mem_new(size * sizeof *far);
    else
        memset(local, 0, size * sizeof *local);
    found = find_hashed(pairs, n, far ? far : local, size - 1, ret);
    free(far);
    return found;
}
