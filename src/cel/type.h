/* type.h - the types of CEL (langdef.md, "Gradual Type Checking").
 *
 * A type is immutable. The scalar ones are constants; others are made by the
 * caller or lie in the arena of a compilation. A NULL pointer means `dyn`
 * wherever a declaration wants a type: a value of any type, looked at only
 * when the expression is evaluated.
 *
 * CEL_OBJECT is a map with string keys whose keys are known, each with a type
 * of its own: `event`, `steps`. It goes wherever a map(string, dyn) goes.
 */
#ifndef CEL_TYPE_H
#define CEL_TYPE_H

#include "base/buf.h"

enum cel_kind {
    CEL_DYN,
    CEL_NULL,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_BYTES,
    CEL_TIMESTAMP,
    CEL_DURATION,
    CEL_TYPE,     /* of[0]: what it is the type of; without: of anything */
    CEL_LIST,     /* of[0]: its items */
    CEL_MAP,      /* of[0]: keys, of[1]: values */
    CEL_OPTIONAL, /* of[0]: what it may hold */
    CEL_OPAQUE,   /* `name`, with up to three parameters: made by functions of the caller's own */
    CEL_OBJECT,   /* `fields` */
    CEL_PARAM     /* `number`: a type variable, of a signature or while types are inferred */
};

enum { CEL_TYPE_PARAMS = 3 };

struct cel_type;

struct cel_field {
    const char *name; /* NULL ends a list */
    const struct cel_type *type;
};

struct cel_type {
    uint8_t kind;  /* enum cel_kind */
    uint8_t n;     /* of `of` */
    uint8_t depth; /* levels in it, of a type that was inferred */
    uint32_t number;
    const char *name;
    const struct cel_type *of[CEL_TYPE_PARAMS];
    const struct cel_field *fields;
};

extern const struct cel_type cel_dyn, cel_null, cel_bool, cel_int, cel_uint, cel_double, cel_string,
    cel_bytes, cel_timestamp, cel_duration, cel_any_list, cel_any_map, cel_record;

#define CEL_OBJECT_OF(list) ((struct cel_type){.kind = CEL_OBJECT, .fields = (list)})

/* "list(string)", "map(string, dyn)", "optional_type(int)"; an object is "map(string, dyn)". At
   most a few levels are written out. */
void type_text(struct buf *b, const struct cel_type *t);

bool type_same(const struct cel_type *a,
               const struct cel_type *b); /* exactly; objects by address */

/* The field of that name; NULL when the object has none. */
const struct cel_field *type_field(const struct cel_type *object, struct str name);

#endif
