/* utf8.h - reading and checking UTF-8 (RFC 3629: no surrogates, no overlong forms). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"
#include "base/str.h"

/* Takes one code point off *s; -1 and one byte taken when it is not valid UTF-8. s must not be
   empty. */
int32_t utf8_next(struct str *s);

bool utf8_valid(struct str s);
size_t utf8_count(struct str s);              /* code points; an invalid byte counts as one */
size_t utf8_put(uint32_t point, char out[4]); /* bytes written; 0 for what is no code point */

/* Adds s so that a person's terminal or log can show it: C0, C1, DEL, bidirectional controls
   (U+202A-E, U+2066-9) and invalid bytes become \xNN or \u{...}; newline and tab stay only if
   `multiline`. */
void utf8_add_safe(struct buf *b, struct str s, bool multiline);

#endif
