#include "cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cel/times.h"
#include "data/json.h"
#include "test.h"

enum { FILE_MAX = 64 << 20 };

struct str file_read(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t n = 0;

    if (!f) return (struct str){NULL, 0};
    if (fseek(f, 0, SEEK_END) == 0 && ftell(f) > 0 && ftell(f) < FILE_MAX) {
        n = (size_t)ftell(f);
        text = arena_raw(a, n);
        rewind(f);
        n = fread(text, 1, n, f);
    }
    (void)fclose(f);
    return str_n(text, n);
}

struct value cases_read(struct arena *a)
{
    const char *path = getenv("CEL_CONFORMANCE");
    struct value ret = NO_VALUE;
    struct str text;
    struct err e;

    if (!path) path = "build/cel-conformance.json";
    text = file_read(a, path);
    if (!text.p)
        print_error("there is no %s: `make test` writes it with tests/cel/conformance.mjs\n", path);
    TRUE(text.p != NULL);
    PASS(json_read(a, text, (struct json_limits){.depth = 200, .nodes = 2000000}, &ret, &e));
    EQ(ret.kind, V_LIST);
    return ret;
}

/* --- values --- */

static struct value decode_base64(struct arena *a, struct value text)
{
    struct cel_name name = {"x", NULL};
    struct value v = NO_VALUE;
    struct cel *c;
    struct err e;

    PASS(cel_compile(a, STR("base64.decode(x)"), &name, 1, &c, &e));
    PASS(cel_eval(c, &text, a, &v, &e));
    return v;
}

static struct value list_from(struct arena *a, struct value v)
{
    struct value values = value_at(v, "values");
    struct value *items = arena_raw(a, values.n * sizeof *items);

    if (values.kind != V_LIST) return v_list(NULL, 0);
    for (uint32_t i = 0; i < values.n; i++) items[i] = case_value(a, values.list[i]);
    return v_list(items, values.n);
}

static struct value map_from(struct arena *a, struct value v)
{
    struct value entries = value_at(v, "entries");
    struct pair *pairs = arena_raw(a, entries.n * sizeof *pairs);

    if (entries.kind != V_LIST) return v_map(NULL, 0);
    for (uint32_t i = 0; i < entries.n; i++) {
        pairs[i].key = case_value(a, value_at(entries.list[i], "key"));
        pairs[i].value = case_value(a, value_at(entries.list[i], "value"));
    }
    return v_map(pairs, entries.n);
}

static struct value double_from(struct value v)
{
    if (v.kind == V_STRING) return v_double(v.n == 3 ? NAN : v.s[0] == '-' ? -INFINITY : INFINITY);
    if (v.kind == V_INT) return v_double((double)v.i);
    if (v.kind == V_UINT) return v_double((double)v.u);
    return v;
}

static struct value object_from(struct value v)
{
    struct str text = value_get_str(v, "value");
    int64_t seconds;
    int32_t nanos;

    if (span_parse(text, &seconds)) return v_duration(seconds);
    TRUE(clock_parse(text, &seconds, &nanos));
    return v_time(seconds, (uint32_t)nanos);
}

struct value case_value(struct arena *a, struct value v)
{
    struct str kind = value_str(v.map[0].key);
    struct value inner = v.map[0].value;
    char text[32] = "";

    EQ(v.kind, V_MAP);
    if (inner.kind == V_STRING && inner.n < sizeof text) memcpy(text, inner.s, inner.n);
    if (str_is(kind, "int64Value")) return v_int(strtoll(text, NULL, 10));
    if (str_is(kind, "uint64Value")) return v_uint(strtoull(text, NULL, 10));
    if (str_is(kind, "doubleValue")) return double_from(inner);
    if (str_is(kind, "bytesValue")) return decode_base64(a, inner);
    if (str_is(kind, "listValue")) return list_from(a, inner);
    if (str_is(kind, "mapValue")) return map_from(a, inner);
    if (str_is(kind, "objectValue")) return object_from(inner);
    if (str_is(kind, "typeValue")) inner.kind = V_TYPE;
    return inner; /* null, bool, string */
}

bool case_same(struct value a, struct value b)
{
    if (a.kind != b.kind) return false;
    if (a.kind == V_DOUBLE) return (isnan(a.d) && isnan(b.d)) || a.d == b.d;
    if (a.kind == V_LIST) {
        for (uint32_t i = 0; i < a.n && a.n == b.n; i++) {
            if (!case_same(a.list[i], b.list[i])) return false;
        }
        return a.n == b.n;
    }
    if (a.kind == V_MAP) {
        for (uint32_t i = 0; i < a.n && a.n == b.n; i++) {
            uint32_t k = 0;

            while (k < b.n && !case_same(a.map[i].key, b.map[k].key)) k++;
            if (k == b.n || !case_same(a.map[i].value, b.map[k].value)) return false;
        }
        return a.n == b.n;
    }
    return value_eq(a, b);
}

/* --- types --- */

static const struct {
    const char *name;
    const struct cel_type *type;
} scalars[] = {{"BOOL", &cel_bool},           {"INT64", &cel_int},        {"UINT64", &cel_uint},
               {"DOUBLE", &cel_double},       {"STRING", &cel_string},    {"BYTES", &cel_bytes},
               {"TIMESTAMP", &cel_timestamp}, {"DURATION", &cel_duration}};

static const struct cel_type *scalar_from(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(scalars); i++) {
        if (str_is(name, scalars[i].name)) return scalars[i].type;
    }
    return &cel_dyn;
}

static const struct cel_type *type_new(struct arena *a, struct cel_type t)
{
    struct cel_type *ret = arena_get(a, sizeof *ret);

    *ret = t;
    return ret;
}

static const struct cel_type *abstract_from(struct arena *a, struct value v, bool variables)
{
    struct str name = value_get_str(v, "name");
    struct value params = value_at(v, "parameterTypes");
    bool optional = str_is(name, "optional_type");
    struct cel_type t = {.kind = optional ? CEL_OPTIONAL : CEL_OPAQUE, .n = (uint8_t)params.n};

    TRUE(params.n <= CEL_TYPE_PARAMS);
    if (!optional) t.name = arena_dup(a, name.p, name.n);
    for (uint32_t i = 0; i < params.n; i++) t.of[i] = case_type(a, params.list[i], variables);
    return type_new(a, t);
}

const struct cel_type *case_type(struct arena *a, struct value v, bool variables)
{
    struct str kind = value_str(v.map[0].key);
    struct value inner = v.map[0].value;
    struct cel_type t = {.kind = CEL_LIST, .n = 1};

    if (str_is(kind, "primitive") || str_is(kind, "wellKnown"))
        return scalar_from(value_str(inner));
    if (str_is(kind, "null")) return &cel_null;
    if (str_is(kind, "abstractType")) return abstract_from(a, inner, variables);
    if (str_is(kind, "typeParam")) {
        if (!variables) return &cel_dyn;
        return type_new(a, (struct cel_type){.kind = CEL_PARAM,
                                             .number = (uint32_t)(value_str(inner).p[0] - 'T')});
    }
    if (str_is(kind, "listType")) {
        t.of[0] = case_type(a, value_at(inner, "elemType"), variables);
        return type_new(a, t);
    }
    if (!str_is(kind, "mapType")) return &cel_dyn;
    t.kind = CEL_MAP;
    t.n = 2;
    t.of[0] = case_type(a, value_at(inner, "keyType"), variables);
    t.of[1] = case_type(a, value_at(inner, "valueType"), variables);
    return type_new(a, t);
}

/* --- what a case declares --- */

static struct cel_name *name_of(struct arena *a, struct case_scope *s, struct str name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_is(name, s->names[i].name)) return &s->names[i];
    }
    TRUE(s->n < CASE_NAMES);
    s->names[s->n].name = arena_dup(a, name.p, name.n);
    return &s->names[s->n++];
}

static void declare_function(struct arena *a, struct case_scope *s, struct str name,
                             struct value overload)
{
    struct value params = value_at(overload, "params");
    struct cel_function *f = &s->functions[s->functions_n++];

    TRUE(s->functions_n <= CASE_FUNCTIONS && params.n <= CEL_FUNCTION_PARAMS);
    f->name = arena_dup(a, name.p, name.n);
    f->method = value_at(overload, "isInstanceFunction").b;
    f->n = (uint8_t)params.n;
    for (uint32_t i = 0; i < params.n; i++) f->params[i] = case_type(a, params.list[i], true);
    f->result = case_type(a, value_at(overload, "resultType"), true);
}

void case_declare(struct arena *a, struct value test, struct case_scope *ret)
{
    struct value bindings = value_at(test, "bindings"), env = value_at(test, "typeEnv");

    for (uint32_t i = 0; bindings.kind == V_MAP && i < bindings.n; i++) {
        struct cel_name *name = name_of(a, ret, value_str(bindings.map[i].key));

        ret->values[name - ret->names] = case_value(a, value_at(bindings.map[i].value, "value"));
    }
    for (uint32_t i = 0; env.kind == V_LIST && i < env.n; i++) {
        struct value type = value_at(env.list[i], "ident.type"),
                     overloads = value_at(env.list[i], "function.overloads");
        struct str name = value_get_str(env.list[i], "name");

        if (type.kind == V_MAP) name_of(a, ret, name)->type = case_type(a, type, false);
        for (uint32_t k = 0; overloads.kind == V_LIST && k < overloads.n; k++)
            declare_function(a, ret, name, overloads.list[k]);
    }
}

void case_declare_usual(struct case_scope *s)
{
    static const struct cel_name names[] = {
        {"is", &cel_string}, {"ii", &cel_int},  {"iu", &cel_uint}, {"iz", &cel_bool},
        {"id", &cel_double}, {"ix", &cel_null}, {"ib", &cel_bytes}};
    static const struct cel_function functions[] = {
        {.name = "fg_s", .result = &cel_string},
        {.name = "fi_s_s", .method = true, .n = 1, .params = {&cel_string}, .result = &cel_string}};

    for (size_t i = 0; i < COUNT_OF(names); i++) s->names[s->n++] = names[i];
    for (size_t i = 0; i < COUNT_OF(functions); i++) s->functions[s->functions_n++] = functions[i];
}
