/* yaml.h - YAML text to a tree in which every node knows its place.
 *
 * YAML 1.2 core schema (section 10.3), so `on` and `no` are text. One document
 * a file. Refused: duplicate keys, keys that are lists or maps, merge keys
 * (`<<`), tags other than the core ones or that the value does not fit, aliases
 * inside what they name. Keys are text however they look. Aliases are followed
 * by sharing, and what they stand for counts towards the limits. The tree and
 * its texts live in the arena.
 */
#ifndef DATA_YAML_H
#define DATA_YAML_H

#include "base/report.h"
#include "data/value.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    bool plain;         /* a scalar without quotes: 5 is a number, "5" is text */
    int line, col;      /* 1-based; of a map: its first key */
    struct str text;    /* scalar */
    struct yaml *items; /* list: n of them; map: the n values */
    struct yaml *keys;  /* map: n scalars */
    size_t n;
};

enum {
    YAML_DEPTH = 64,     /* nested lists and maps, through aliases too */
    YAML_NODES = 200000, /* values and keys, those behind aliases each time */
    YAML_TEXT = 4 << 20, /* bytes of a file */
    YAML_ANCHORS = 256   /* different names */
};

/* Adds complaints (all that can be found, at least one when it fails) to `report` under `file`;
   columns count characters. A syntax error or a passed limit is the last. An empty document is an
   empty map. False when there was any complaint; *ret is untouched then. */
bool yaml_read(struct arena *a, struct str text, const char *file, struct report *report,
               struct yaml **ret);

const struct yaml *yaml_get(const struct yaml *map, const char *key); /* NULL: no such key */

/* The node as a value under the core schema: null, bool, int (uint from 2^63), double, string,
   list, map with string keys. Integers past 64 bits are the nearest double, floats past a double's
   range an infinity. Texts are the tree's. */
struct value yaml_value(struct arena *a, const struct yaml *y);
struct value yaml_scalar(const struct yaml *y); /* the same for one scalar */

#endif
