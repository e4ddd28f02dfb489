/* index_inside.h - how the index lies in memory. For index.c and index_build.c.
 *
 * One hash table from keys of 64 bits to stretches of a pool of numbers:
 *
 *   key of a group                    how many triggers it has, the number n of its ways of telling
 *                                     them apart, n of these, then the triggers always offered
 *   key of a group, a way, a value    the triggers told apart so
 *
 * A trigger's number is its place in the configuration, so that sorted numbers are its order.
 */
#ifndef WORKFLOW_INDEX_INSIDE_H
#define WORKFLOW_INDEX_INSIDE_H

#include "cel/facts.h"
#include "workflow/index.h"

enum { TYPE_BYTES = 256, WAY_WORD = 0 }; /* the first way: a word anywhere in the line */

struct stretch {
    uint64_t key;
    uint32_t at, n; /* in the pool; n 0: free */
};

struct match_index {
    const struct trigger **triggers;
    struct stretch *table; /* open addressing, at most four fifths full */
    size_t size;           /* a power of two */
    uint32_t *pool;
    struct fact *ways;    /* paths to look at; [WAY_WORD] is none */
    uint16_t *beginnings; /* the different lengths of beginnings, ascending */
    size_t beginnings_n;
};

enum group_kind { GROUP_TYPE, GROUP_BEGINNING, GROUP_WORD, GROUP_ANY_WORD };

static inline uint64_t key_mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);

    h = (h ^ h >> 31) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 29;
}

/* FNV-1a, so that every beginning of a type is hashed on the way to its end. */
#define TYPE_HASH UINT64_C(0xcbf29ce484222325)

static inline uint64_t type_hash_on(uint64_t h, char c)
{
    return (h ^ (unsigned char)c) * UINT64_C(0x100000001b3);
}

/* Odd, and the other keys even: whatever an event's type hashes to, the search for a group finds
   nothing else. */
static inline uint64_t group_key(enum group_kind kind, uint64_t hash)
{
    return key_mix(hash, (uint64_t)kind + 1) | 1;
}

static inline uint64_t value_key(uint64_t group, uint32_t way, uint64_t value)
{
    return key_mix(key_mix(group, way + 16), value) & ~UINT64_C(1);
}

static inline size_t slot_of(const struct match_index *x, uint64_t key)
{
    return (key >> 1) & (x->size - 1);
}

/* How far from its place a key stands that was put at slot i. */
static inline size_t slot_distance(const struct match_index *x, size_t i)
{
    return (i - slot_of(x, x->table[i].key)) & (x->size - 1);
}

/* NULL: there is none. No key stands farther from its place than one that it was put before, so the
   search for one that is missing ends early. */
static inline const struct stretch *stretch_find(const struct match_index *x, uint64_t key)
{
    size_t i = slot_of(x, key);

    for (size_t far = 0; x->table[i].n && slot_distance(x, i) >= far; far++) {
        if (x->table[i].key == key) return &x->table[i];
        i = (i + 1) & (x->size - 1);
    }
    return NULL;
}

#endif
