/* text.h - values as text. */
#ifndef CEL_TEXT_H
#define CEL_TEXT_H

#include "base/buf.h"
#include "data/value.h"

/* The shortest text that reads back as d: "0.1", "1e+21", "NaN", "Infinity". */
void double_text(struct buf *b, double d);
void double_digits(struct buf *b, double d); /* the same, never with an exponent */

/* CEL's string(); lists, maps and other kinds as JSON. */
void value_text(struct buf *b, struct value v);

#endif
