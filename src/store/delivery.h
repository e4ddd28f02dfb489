/* delivery.h - what is kept of an accepted delivery, and two ways to look for one in memory.
 *
 * A delivery is 32 bytes: the first half of SHA-256 over "connection NUL id",
 * and the event's ULID in binary. Whoever could find two that agree in the key
 * can only make a delivery of their own unheard. Keys are uniform, so their
 * first bits serve as hash and as place. Pure: no SQL, no clock; one thread.
 */
#ifndef STORE_DELIVERY_H
#define STORE_DELIVERY_H

#include "base/id.h"
#include "base/str.h"

enum { DELIVERY_KEY = 16, DELIVERY_EVENT = 16 };

struct delivery { /* as it is stored: bytes only, the same on every machine */
    uint8_t key[DELIVERY_KEY];
    uint8_t event[DELIVERY_EVENT];
};

struct delivery delivery_make(struct str connection, struct str id, const struct id *event);
struct id delivery_event(const struct delivery *d);
int64_t delivery_ms(const struct delivery *d);                /* when its event was made, wall */
uint32_t delivery_place(const struct delivery *d, int depth); /* the first `depth` bits, 0 to 31 */

/* The first that has the key of `d` and an event not made before oldest_ms; NULL: none. */
const struct delivery *delivery_find(const struct delivery *list, size_t n,
                                     const struct delivery *d, int64_t oldest_ms);

/* --- a set: exact, in the order of arrival --- */

struct delivery_set {
    struct delivery *list;
    uint32_t *slots; /* open addressing: 1 + place in the list, 0 when free */
    uint32_t n, max, mask;
};

void delivery_set_init(struct delivery_set *s, uint32_t max);
void delivery_set_done(struct delivery_set *s);
const struct delivery *delivery_set_find(const struct delivery_set *s, const struct delivery *d,
                                         int64_t oldest_ms); /* as delivery_find() */
void delivery_set_add(struct delivery_set *s,
                      const struct delivery *d);           /* n must be less than max */
void delivery_set_cut(struct delivery_set *s, uint32_t n); /* drops the latest, down to n */
size_t delivery_set_bytes(const struct delivery_set *s);

/* --- a filter: says "no" or "perhaps" --- */

/* A Bloom filter of 2^depth cache lines; a key has 4 bits in the one line its first bits name
   (Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007). At 16 bits a
   key about 1 look-up in 300 is in vain. Lines of neighbours can be laid over each other, so a
   filter can be made half as big at any time, at 8 bits a key 1 in 40, at 4 bits 1 in 6. */
enum { FILTER_LINE = 64 };

struct filter {
    uint8_t *lines;
    int depth;
};

void filter_init(struct filter *f, int depth);
void filter_done(struct filter *f);
void filter_add(struct filter *f, const struct delivery *d);
bool filter_has(const struct filter *f, const struct delivery *d);
void filter_halve(struct filter *f); /* depth must be more than 0 */
size_t filter_bytes(const struct filter *f);

#endif
