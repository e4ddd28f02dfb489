/* value.h - the one type for events, inputs, outputs and everything CEL touches.
 *
 * A value is 16 bytes and passed by value; what it points to lies in an arena
 * (or in the text it was read from) and never changes. It has CEL's kinds and
 * one of ours: V_SECRET, a handle that carries a secret's name and never its
 * text. Maps keep the order in which their keys were written.
 */
#ifndef DATA_VALUE_H
#define DATA_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"

enum value_kind {
    V_NULL,
    V_BOOL,
    V_INT,
    V_UINT,
    V_DOUBLE,
    V_STRING, /* valid UTF-8 */
    V_BYTES,
    V_LIST,
    V_MAP,       /* keys are V_STRING, V_INT, V_UINT or V_BOOL */
    V_TIMESTAMP, /* whole seconds since 1970 in `i`, nanoseconds in `n` */
    V_DURATION,  /* nanoseconds in `i` */
    V_OPTIONAL,  /* `one` is NULL when it holds nothing */
    V_TYPE,      /* its name, as a string */
    V_SECRET,    /* the name of a secret */
    V_KINDS
};

struct pair;

struct value {
    uint8_t kind; /* enum value_kind */
    uint32_t n;   /* bytes, items, pairs or nanoseconds */
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double d;
        const char *s;            /* strings, bytes, types, secrets: n bytes, no NUL promised */
        const struct value *list; /* n of them */
        const struct pair *map;   /* n of them */
        const struct value *one;
    };
};

struct pair {
    struct value key, value;
};

#define NO_VALUE ((struct value){.kind = V_NULL})

static inline struct value v_bool(bool b)
{
    return (struct value){.kind = V_BOOL, .b = b};
}

static inline struct value v_int(int64_t i)
{
    return (struct value){.kind = V_INT, .i = i};
}

static inline struct value v_uint(uint64_t u)
{
    return (struct value){.kind = V_UINT, .u = u};
}

static inline struct value v_double(double d)
{
    return (struct value){.kind = V_DOUBLE, .d = d};
}

static inline struct value v_str(struct str s) /* borrows s; at most 4 GiB */
{
    return (struct value){.kind = V_STRING, .n = (uint32_t)s.n, .s = s.p};
}

static inline struct value v_cstr(const char *s)
{
    return v_str(str_of(s));
}

static inline struct value v_bytes(struct str s)
{
    return (struct value){.kind = V_BYTES, .n = (uint32_t)s.n, .s = s.p};
}

static inline struct value v_secret(struct str name)
{
    return (struct value){.kind = V_SECRET, .n = (uint32_t)name.n, .s = name.p};
}

static inline struct value v_list(const struct value *items, size_t n)
{
    return (struct value){.kind = V_LIST, .n = (uint32_t)n, .list = items};
}

static inline struct value v_map(const struct pair *pairs, size_t n)
{
    return (struct value){.kind = V_MAP, .n = (uint32_t)n, .map = pairs};
}

static inline struct value v_time(int64_t seconds, uint32_t nanos)
{
    return (struct value){.kind = V_TIMESTAMP, .n = nanos, .i = seconds};
}

static inline struct value v_time_us(int64_t us) /* wall microseconds, at or after 1970 */
{
    return v_time(us / 1000000, (uint32_t)(us % 1000000) * 1000);
}

static inline struct value v_duration(int64_t nanos)
{
    return (struct value){.kind = V_DURATION, .i = nanos};
}

static inline struct str value_str(struct value v) /* of string, bytes, type, secret; else empty */
{
    bool text = v.kind == V_STRING || v.kind == V_BYTES || v.kind == V_TYPE || v.kind == V_SECRET;

    return text ? str_n(v.s, v.n) : str_n("", 0);
}

const char *value_kind_name(enum value_kind k); /* CEL's: "int", "null_type", "map", … */

/* The value under a string key; false when v is no map or has no such key. */
bool value_get(struct value v, struct str key, struct value *ret);

/* value_get, then only if it is a string; else "". */
struct str value_get_str(struct value v, const char *key);

/* Follows a path of keys "a.b.c"; NO_VALUE when some part is not there. For our own code. */
struct value value_at(struct value v, const char *path);

/* CEL's equality: numbers compare on one line, kinds otherwise must agree, maps without order. */
bool value_eq(struct value a, struct value b);

/* A copy that shares nothing with the original. */
struct value value_copy(struct arena *a, struct value v);

/* Builds a map in an arena: map_put() appends (it does not look for the key), map_set() replaces.
 */
struct map {
    struct arena *arena;
    struct pair *pairs;
    size_t n;
};

void map_put(struct map *m, struct str key, struct value v); /* borrows key */
void map_set(struct map *m, struct str key, struct value v);
static inline struct value map_value(const struct map *m)
{
    return v_map(m->pairs, m->n);
}

#endif
