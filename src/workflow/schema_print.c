/* schema_print.c - the tables for editors (JSON Schema) and for people (Markdown). */
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
    [FIELD_ANY] = {"several forms", ""},
};

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
    buf_addf(out, "{\"$ref\":\"#/$defs/%s\"}", s->name);
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
    buf_addc(out, '{');
    if (f->help) add_text(out, "description", f->help);
    if (f->type == FIELD_OBJECT) {
        add_key(out, "$ref");
        buf_addf(out, "\"#/$defs/%s\"", f->of->name);
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
    add_key(out, s->name);
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

void schema_json(struct buf *out)
{
    buf_add(out, STR("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                     "\"title\":\"BotOps: botops.yaml, or a file of workflows/\","
                     "\"if\":{\"required\":[\"steps\"]},"
                     "\"then\":{\"$ref\":\"#/$defs/workflow\"},"
                     "\"else\":{\"$ref\":\"#/$defs/configuration\"},\"$defs\":{"));
    for (const struct schema *const *s = schema_all; *s; s++) add_schema(out, *s);
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
    if (f->type == FIELD_OBJECT) {
        buf_addf(out, "[%s](#%s)", f->of->name, f->of->name);
        return;
    }
    buf_add(out, str_of(types[f->type].word));
    if (f->type == FIELD_CHOICE)
        for (size_t i = 0; f->choices[i]; i++)
            buf_addf(out, "%s `%s`", i ? "," : "", f->choices[i]);
    if ((f->type == FIELD_LIST || f->type == FIELD_MAP) && f->of)
        buf_addf(out, " of [%s](#%s)", f->of->name, f->of->name);
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
    buf_addf(out, "## %s\n\n%s\n\n```yaml\n%s\n```\n\n", s->name, s->help, s->example);
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

void schema_reference(struct buf *out)
{
    buf_add(out, STR("# Language reference\n\n"
                     "Printed from the tables by which files are checked. Durations are written as "
                     "`30s`, `5m`, `1h30m`, `2d`; sizes as `512KiB`, `1MiB`, or bytes.\n\n"));
    for (const struct schema *const *s = schema_all; *s; s++) add_section(out, *s);
}
