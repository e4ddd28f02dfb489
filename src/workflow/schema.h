/* schema.h - what may be written, as tables.
 *
 * Each mapping a person writes is one struct schema: its keys, their types,
 * what they mean, an example. The loader checks every node against its schema
 * (unknown key with the nearest one, wrong type, missing key), and `botops
 * schema` and the language reference are printed from the same tables, so none
 * of them can drift.
 */
#ifndef WORKFLOW_SCHEMA_H
#define WORKFLOW_SCHEMA_H

#include "base/report.h"
#include "data/yaml.h"

enum field_type {
    FIELD_TEXT,   /* plain text */
    FIELD_NAME,   /* [a-zA-Z0-9][a-zA-Z0-9_-]{0,62} */
    FIELD_INT,    /* least .. most */
    FIELD_NUMBER, /* least .. most */
    FIELD_BOOL,
    FIELD_DURATION, /* 30s, 5m, 1h30m, 2d */
    FIELD_SIZE,     /* bytes: 4096, 512KiB, 1MiB, 1GiB */
    FIELD_CHOICE,   /* one of `choices` */
    FIELD_CEL,      /* a bare expression */
    FIELD_TEMPLATE, /* text that may hold ${{ }} */
    FIELD_VALUE,    /* anything, its texts may hold ${{ }} */
    FIELD_SECRET,   /* text that may hold ${{ secrets.NAME }} */
    FIELD_OBJECT,   /* a mapping with the schema `of` */
    FIELD_LIST,     /* a list of mappings with the schema `of`, or of texts when `of` is NULL */
    FIELD_TEXTS,    /* a text or a list of texts */
    FIELD_MAP,      /* names of the author's choice, each a mapping with the schema `of`;
                       `of` NULL: each a FIELD_VALUE */
    FIELD_BRANCHES, /* names of the author's choice, each a list of mappings with the schema `of`;
                       neither is empty */
    FIELD_CONNECTIONS, /* names of the author's choice, each a mapping with one key: a kind of
                          connection, whose table lies in connect/ and is checked by the loader */
    FIELD_ANY          /* checked by the loader itself */
};

struct schema;

struct field {
    const char *name;
    enum field_type type;
    const char *help; /* a sentence without its full stop */
    const struct schema *of;
    const char *const *choices; /* ends in NULL */
    int64_t least, most;        /* FIELD_INT, FIELD_NUMBER; both 0: any */
    const char *fallback; /* what holds when it is left out, as shown to people; NULL: nothing */
    bool required;
    bool one_of;               /* a mapping has exactly one of the keys marked so */
    const char *const *beside; /* ends in NULL: only together with one of these keys */
};

struct schema {
    const char *name;           /* "step": its heading in the reference */
    const char *help;           /* a paragraph */
    const char *example;        /* YAML */
    const struct field *fields; /* ends in {NULL} */
};

enum { NAME_MAX_BYTES = 63 };
bool name_valid(struct str s);                     /* what FIELD_NAME takes */
bool size_parse(struct str s, int64_t *ret_bytes); /* what FIELD_SIZE takes */
struct str yaml_shown(const struct yaml *y,
                      struct arena *a); /* what stands there, for a sentence */

/* Checks one node; complaints go to the report. False when there was one. A mapping or a list
   with nothing in it (`inputs:` and no more) counts as empty. */
bool schema_check(const struct schema *s, const struct yaml *y, const char *file, struct report *r);
bool schema_check_field(const struct field *f, const struct yaml *y, const char *file,
                        struct report *r);

/* Every table there is, but for those of the kinds of connection; ends in NULL. */
extern const struct schema *const schema_all[];

/* JSON Schema 2020-12 of botops.yaml and of a workflow file; and in Markdown the language
   reference. `kinds`: the tables of the kinds of connection, ends in NULL. */
void schema_json(const struct schema *const *kinds, struct buf *out);
void schema_reference(const struct schema *const *kinds, struct buf *out);

#endif
