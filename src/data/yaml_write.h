/* yaml_write.h - a value as YAML for people to read: block style, two spaces a level.
 *
 * What is written reads back under data/yaml.h as the same text and the same
 * kind: a text that would be taken for something else ("5", "no news:", "~")
 * stands in quotes, one of several lines as a `|` block where that keeps it
 * whole. What YAML's core schema lacks is written as JSON has it: bytes as
 * base64, timestamps as RFC 3339, durations as "1.5s", optionals as their
 * content or null, a secret as "***"; keys become their text. Bytes that are
 * not UTF-8 become U+FFFD. Nothing that drives a terminal comes out unescaped.
 */
#ifndef DATA_YAML_WRITE_H
#define DATA_YAML_WRITE_H

#include "base/buf.h"
#include "data/value.h"

enum {
    YAML_WRITE_DEPTH = 64
}; /* levels in block style; deeper ones follow as JSON, which is YAML */

/* Adds v, with a line end after it. Ask buf_end() whether it fitted. */
void yaml_write(struct buf *b, struct value v);

#endif
