/* id.h - ULIDs: 26 characters that sort by the time they were made.
 *
 * https://github.com/ulid/spec: 48 bits of milliseconds, 80 random bits,
 * Crockford base 32. Ids made in one millisecond by one maker are increasing.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { ID_LEN = 26, ID_RANDOM = 10 };

struct id {
    char s[ID_LEN + 1];
};

struct id_maker { /* zeroed to start with */
    int64_t last_ms;
    uint8_t random[ID_RANDOM];
};

/* `random` are fresh random bytes; used only when the millisecond is a new one. A clock that went
   back does not make ids go back. */
struct id id_next(struct id_maker *m, int64_t wall_us, const uint8_t random[ID_RANDOM]);

bool id_valid(struct str s); /* 26 characters of the alphabet, upper case, in range */
bool id_parse(struct str s, struct id *ret);
int64_t id_time(const struct id *id); /* wall microseconds it was made, whole milliseconds */

static inline struct str id_str(const struct id *id)
{
    return str_n(id->s, id->s[0] ? ID_LEN : 0);
}

#endif
