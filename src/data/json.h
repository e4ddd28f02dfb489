/* json.h - JSON text (RFC 8259) to values and back.
 *
 * Strict: no trailing text, no byte order mark, no key twice in an object, no
 * bad UTF-8, no lone surrogates; \u0000 is text like any other. Integers keep
 * all 64 bits (V_INT, then V_UINT; -0 is the int 0); other numbers are the
 * nearest double, 0 when too small, refused when too large or longer than
 * NUMBER_MAX characters. Strings without escapes point into the text, which
 * must live as long as the value. Depth and node count are limited by the
 * caller's limits, and neither reading nor writing uses stack per level. No
 * text costs more than n log n.
 *
 * What is written reads back equal, and of the same kind where JSON has it; a
 * uint below 2^63 comes back as an int.
 */
#ifndef DATA_JSON_H
#define DATA_JSON_H

#include "base/buf.h"
#include "data/value.h"

struct json_limits {
    uint32_t depth; /* nested lists and maps */
    uint32_t nodes; /* values in all */
};

#define JSON_LIMITS ((struct json_limits){.depth = 64, .nodes = 100000})

/* Errors, all with line and column (column counts bytes from 1): E_INPUT says what was found where
   something else should be; E_LIMIT. *ret is untouched then; the arena may hold parts. */
err_t json_read(struct arena *a, struct str text, struct json_limits limits, struct value *ret,
                struct err *e) MUST_CHECK;

/* Adds v as JSON: keys in their order, no spaces. Doubles in the fewest digits that read back the
   same, always with a point or exponent (1.0). What JSON lacks: bytes as base64, timestamps as
   RFC 3339, durations as "1.5s", NaN and infinities as strings, optionals as their content or
   null, a secret as "***", int and bool keys as their text. Ask buf_end() whether it fitted. */
void json_write(struct buf *b, struct value v);
void json_write_pretty(struct buf *b, struct value v); /* indented by two spaces, for people */
void json_write_str(struct buf *b, struct str s);      /* a quoted string; bad UTF-8 as U+FFFD */

#endif
