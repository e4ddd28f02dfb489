#include "cel/type.h"

const struct cel_type cel_dyn = {.kind = CEL_DYN}, cel_null = {.kind = CEL_NULL},
                      cel_bool = {.kind = CEL_BOOL}, cel_int = {.kind = CEL_INT},
                      cel_uint = {.kind = CEL_UINT}, cel_double = {.kind = CEL_DOUBLE},
                      cel_string = {.kind = CEL_STRING}, cel_bytes = {.kind = CEL_BYTES},
                      cel_timestamp = {.kind = CEL_TIMESTAMP},
                      cel_duration = {.kind = CEL_DURATION};
const struct cel_type cel_any_list = {.kind = CEL_LIST, .n = 1, .of = {&cel_dyn}},
                      cel_any_map = {.kind = CEL_MAP, .n = 2, .of = {&cel_dyn, &cel_dyn}},
                      cel_record = {.kind = CEL_MAP, .n = 2, .of = {&cel_string, &cel_dyn}};

enum { SHOWN_DEPTH = 6 };

static const char *const names[] = {
    [CEL_DYN] = "dyn",
    [CEL_NULL] = "null_type",
    [CEL_BOOL] = "bool",
    [CEL_INT] = "int",
    [CEL_UINT] = "uint",
    [CEL_DOUBLE] = "double",
    [CEL_STRING] = "string",
    [CEL_BYTES] = "bytes",
    [CEL_TIMESTAMP] = "timestamp",
    [CEL_DURATION] = "duration",
    [CEL_TYPE] = "type",
    [CEL_LIST] = "list",
    [CEL_MAP] = "map",
    [CEL_OPTIONAL] = "optional_type",
    [CEL_OBJECT] = "map(string, dyn)",
    [CEL_PARAM] = "dyn",
};

static void add_type(struct buf *b, const struct cel_type *t, int depth)
{
    buf_add(b, str_of(t->kind == CEL_OPAQUE ? t->name : names[t->kind]));
    if (t->n == 0) return;
    buf_addc(b, '(');
    if (depth == 0) buf_add(b, STR("…"));
    for (unsigned i = 0; i < t->n && depth; i++) {
        if (i) buf_add(b, STR(", "));
        add_type(b, t->of[i], depth - 1);
    }
    buf_addc(b, ')');
}

void type_text(struct buf *b, const struct cel_type *t)
{
    add_type(b, t, SHOWN_DEPTH);
}

bool type_same(const struct cel_type *a, const struct cel_type *b)
{
    if (a == b) return true;
    if (a->kind != b->kind || a->n != b->n || a->kind == CEL_OBJECT) return false;
    if (a->kind == CEL_PARAM) return a->number == b->number;
    if (a->kind == CEL_OPAQUE && strcmp(a->name, b->name) != 0) return false;
    for (unsigned i = 0; i < a->n; i++) {
        if (!type_same(a->of[i], b->of[i])) return false;
    }
    return true;
}

const struct cel_field *type_field(const struct cel_type *object, struct str name)
{
    for (const struct cel_field *f = object->fields; f->name; f++) {
        if (strncmp(f->name, name.p, name.n) == 0 && f->name[name.n] == '\0') return f;
    }
    return NULL;
}
