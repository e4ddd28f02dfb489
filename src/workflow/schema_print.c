/* schema_print.c - the tables for editors (JSON Schema) and for people (Markdown). */
#include <assert.h>

#include "data/json.h"
#include "data/yaml.h"
#include "workflow/schema.h"

/* What a type is called in the reference, and what it is in JSON Schema where that is all. */
static const struct {
    const char *word, *json;
} types[] = {
    [FIELD_TEXT] = {"text", "\"type\":\"string\""},
    [FIELD_NAME] = {"name", "\"type\":\"string\",\"pattern\":\"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$\""},
    [FIELD_INT] = {"whole number", "\"type\":\"integer\""},
    [FIELD_NUMBER] = {"number", "\"type\":\"number\""},
    [FIELD_BOOL] = {"`true` or `false`", "\"type\":\"boolean\""},
    [FIELD_DURATION] = {"duration", "\"type\":[\"string\",\"integer\"],\"pattern\":\"^[0-9]\""},
    [FIELD_SIZE] = {"size",
                    "\"type\":[\"string\",\"integer\"],\"pattern\":\"^[0-9]+ *([KMG]iB|B)?$\""},
    [FIELD_CHOICE] = {"one of", ""},
    [FIELD_CEL] = {"expression", "\"type\":[\"string\",\"boolean\"]"},
    [FIELD_TEMPLATE] = {"text with `${{ }}`", "\"type\":\"string\""},
    [FIELD_VALUE] = {"any value, with `${{ }}`", ""},
    [FIELD_SECRET] = {"text with `${{ secrets.NAME }}`", "\"type\":\"string\""},
    [FIELD_OBJECT] = {"mapping", "\"type\":\"object\""},
    [FIELD_LIST] = {"list", "\"type\":\"array\""},
    [FIELD_TEXTS] = {"text or list of texts",
                     "\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}"},
    [FIELD_MAP] = {"mapping of names", "\"type\":\"object\""},
    [FIELD_BRANCHES] = {"mapping of names, each a list", "\"type\":\"object\",\"minProperties\":1"},
    [FIELD_CONNECTIONS] = {"mapping of names of [connection](#connection)",
                           "\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/"
                           "connection\"}"},
    [FIELD_ANY] = {"several forms", ""},
};

enum { KINDS_MAX = 32, SLUG_MAX = 64 };

/* "webhook-hmac": a schema's name as an anchor and as a key of $defs. */
static const char *slug(const struct schema *s, char out[SLUG_MAX])
{
    size_t n = 0;

    for (; s->name[n] && n + 1 < SLUG_MAX; n++) out[n] = s->name[n] == ' ' ? '-' : s->name[n];
    out[n] = '\0';
    return out;
}

/* What stands under a connection's name: exactly one key, its kind. */
struct connection_table {
    struct field fields[KINDS_MAX + 1];
    struct schema schema;
};

static void connection_make(const struct schema *const *kinds, struct connection_table *ret)
{
    *ret = (struct connection_table){
        .schema = {.name = "connection",
                   .help = "An outside system: its kind, and the settings of that kind.",
                   .example = "connections:\n"
                              "  gh: {github: {webhook_secret: \"${{ secrets.GH_HOOK }}\"}}",
                   .fields = ret->fields}};
    for (size_t i = 0; kinds[i]; i++) {
        assert(i < KINDS_MAX);
        ret->fields[i] = (struct field){.name = kinds[i]->name,
                                        .type = FIELD_OBJECT,
                                        .of = kinds[i],
                                        .one_of = true,
                                        .help = "A connection of this kind"};
    }
}

typedef void each_schema(struct buf *out, const struct schema *s);

/* Kinds share no parts, so none comes twice. */
static void each_with_parts(struct buf *out, const struct schema *s, each_schema *each)
{
    each(out, s);
    for (const struct field *f = s->fields; f->name; f++)
        if (f->of) each_with_parts(out, f->of, each);
}

static void each_table(const struct schema *const *kinds, struct buf *out, each_schema *each)
{
    struct connection_table connection;

    for (const struct schema *const *s = schema_all; *s; s++) each(out, *s);
    connection_make(kinds, &connection);
    each_with_parts(out, &connection.schema, each);
}

/* --- JSON Schema --- */

static void add_key(struct buf *out, const char *key)
{
    if (out->n && out->p[out->n - 1] != '{') buf_addc(out, ',');
    json_write_str(out, str_of(key));
    buf_addc(out, ':');
}

static void add_text(struct buf *out, const char *key, const char *text)
{
    add_key(out, key);
    json_write_str(out, str_of(text));
}

static void add_names(struct buf *out, const char *key, const char *const *names)
{
    add_key(out, key);
    for (size_t i = 0; names[i]; i++) {
        buf_addc(out, i ? ',' : '[');
        json_write_str(out, str_of(names[i]));
    }
    buf_addc(out, ']');
}

static void add_ref(struct buf *out, const struct schema *s)
{
    char name[SLUG_MAX];

    buf_addf(out, "{\"$ref\":\"#/$defs/%s\"}", slug(s, name));
}

/* As the value it is: a number, a bool, or text. */
static void add_default(struct buf *out, const struct field *f)
{
    const struct yaml y = {.kind = YAML_SCALAR, .plain = true, .text = str_of(f->fallback)};
    bool value = f->type != FIELD_ANY && !strchr(f->fallback, ' ');

    if (!value) return;
    add_key(out, "default");
    json_write(out, yaml_scalar(&y));
}

static void add_field(struct buf *out, const struct field *f)
{
    char name[SLUG_MAX];

    buf_addc(out, '{');
    if (f->help) add_text(out, "description", f->help);
    if (f->type == FIELD_OBJECT) {
        add_key(out, "$ref");
        buf_addf(out, "\"#/$defs/%s\"", slug(f->of, name));
    } else if (*types[f->type].json) {
        buf_addf(out, "%s%s", f->help ? "," : "", types[f->type].json);
    }
    if (f->type == FIELD_CHOICE) add_names(out, "enum", f->choices);
    if (f->type == FIELD_LIST) {
        add_key(out, "items");
        if (f->of)
            add_ref(out, f->of);
        else
            buf_add(out, STR("{\"type\":\"string\"}"));
    }
    if (f->type == FIELD_MAP && f->of) {
        add_key(out, "additionalProperties");
        add_ref(out, f->of);
    }
    if (f->type == FIELD_BRANCHES) {
        add_key(out, "additionalProperties");
        buf_add(out, STR("{\"type\":\"array\",\"minItems\":1,\"items\":"));
        add_ref(out, f->of);
        buf_addc(out, '}');
    }
    if (f->least || f->most)
        buf_addf(out, ",\"minimum\":%lld,\"maximum\":%lld", (long long)f->least,
                 (long long)f->most);
    if (f->fallback) add_default(out, f);
    buf_addc(out, '}');
}

static void add_required(struct buf *out, const struct schema *s)
{
    size_t n = 0;

    for (const struct field *f = s->fields; f->name; f++) n += f->required;
    if (!n) return;
    add_key(out, "required");
    n = 0;
    for (const struct field *f = s->fields; f->name; f++) {
        if (!f->required) continue;
        buf_addc(out, n++ ? ',' : '[');
        json_write_str(out, str_of(f->name));
    }
    buf_addc(out, ']');
}

static void add_one_of(struct buf *out, const struct schema *s)
{
    size_t n = 0;

    for (const struct field *f = s->fields; f->name; f++) {
        if (!f->one_of) continue;
        buf_addf(out, "%s{\"required\":[\"%s\"]}", n++ ? "," : ",\"oneOf\":[", f->name);
    }
    if (n) buf_addc(out, ']');
}

/* A key that goes only with others: if it is there, one of them is. */
static void add_beside(struct buf *out, const struct schema *s)
{
    size_t n = 0;

    for (const struct field *f = s->fields; f->name; f++) {
        if (!f->beside) continue;
        buf_addf(out, "%s\"%s\":{\"anyOf\":[", n++ ? "," : ",\"dependentSchemas\":{", f->name);
        for (size_t i = 0; f->beside[i]; i++)
            buf_addf(out, "%s{\"required\":[\"%s\"]}", i ? "," : "", f->beside[i]);
        buf_add(out, STR("]}"));
    }
    if (n) buf_addc(out, '}');
}

static void add_schema(struct buf *out, const struct schema *s)
{
    char name[SLUG_MAX];

    add_key(out, slug(s, name));
    buf_add(out, STR("{\"type\":\"object\""));
    add_text(out, "description", s->help);
    buf_add(out, STR(",\"properties\":{"));
    for (const struct field *f = s->fields; f->name; f++) {
        add_key(out, f->name);
        add_field(out, f);
    }
    buf_add(out, STR("},\"additionalProperties\":false"));
    add_required(out, s);
    add_one_of(out, s);
    add_beside(out, s);
    buf_addc(out, '}');
}

void schema_json(const struct schema *const *kinds, struct buf *out)
{
    buf_add(out, STR("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                     "\"title\":\"BotOps: botops.yaml, or a file of workflows/\","
                     "\"if\":{\"required\":[\"steps\"]},"
                     "\"then\":{\"$ref\":\"#/$defs/workflow\"},"
                     "\"else\":{\"$ref\":\"#/$defs/configuration\"},\"$defs\":{"));
    each_table(kinds, out, add_schema);
    buf_add(out, STR("}}\n"));
}

/* --- Markdown --- */

/* A cell of a table: `|` would end it. */
static void add_cell(struct buf *out, const char *text)
{
    for (; text && *text; text++) {
        if (*text == '|') buf_addc(out, '\\');
        buf_addc(out, *text);
    }
}

static void add_type(struct buf *out, const struct field *f)
{
    char name[SLUG_MAX];

    if (f->type == FIELD_OBJECT) {
        buf_addf(out, "[%s](#%s)", f->of->name, slug(f->of, name));
        return;
    }
    buf_add(out, str_of(types[f->type].word));
    if (f->type == FIELD_CHOICE)
        for (size_t i = 0; f->choices[i]; i++)
            buf_addf(out, "%s `%s`", i ? "," : "", f->choices[i]);
    if (f->of) buf_addf(out, " of [%s](#%s)", f->of->name, slug(f->of, name));
    if (f->least || f->most)
        buf_addf(out, ", %lld to %lld", (long long)f->least, (long long)f->most);
}

static void add_meaning(struct buf *out, const struct field *f)
{
    add_cell(out, f->help);
    buf_addc(out, '.');
    if (f->required) buf_add(out, STR(" **Required.**"));
    if (!f->beside) return;
    for (size_t i = 0; f->beside[i]; i++)
        buf_addf(out, "%s`%s`", i ? ", " : " Only with ", f->beside[i]);
    buf_addc(out, '.');
}

static void add_section(struct buf *out, const struct schema *s)
{
    buf_addf(out, "## %s\n\n%s\n\n```yaml\n" STR_FMT "\n```\n\n", s->name, s->help,
             STR_ARG(str_trim(str_of(s->example))));
    buf_add(out, STR("| key | type | default | meaning |\n| --- | --- | --- | --- |\n"));
    for (const struct field *f = s->fields; f->name; f++) {
        buf_addf(out, "| `%s` | ", f->name);
        add_type(out, f);
        buf_add(out, STR(" | "));
        add_cell(out, f->fallback);
        buf_add(out, STR(" | "));
        add_meaning(out, f);
        buf_add(out, STR(" |\n"));
    }
    buf_addc(out, '\n');
}

void schema_reference(const struct schema *const *kinds, struct buf *out)
{
    buf_add(out, STR("# Language reference\n\n"
                     "Printed from the tables by which files are checked. Durations are written as "
                     "`30s`, `5m`, `1h30m`, `2d`; sizes as `512KiB`, `1MiB`, or bytes.\n\n"));
    each_table(kinds, out, add_section);
}
