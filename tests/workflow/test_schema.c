#include "data/json.h"
#include "loaded.h"
#include "workflow/tables.h"

static const char *const colours[] = {"red", "green", NULL};
static const struct field part_fields[] = {
    {.name = "size", .type = FIELD_SIZE, .help = "How big it is"}, {NULL}};
static const struct schema part_schema = {.name = "part", .help = "A part.", .fields = part_fields};
static const char *const with_name[] = {"name", NULL};
static const struct field fields[] = {
    {.name = "name", .type = FIELD_NAME, .help = "What it is called", .one_of = true},
    {.name = "number",
     .type = FIELD_INT,
     .least = 1,
     .most = 9,
     .help = "A number",
     .one_of = true},
    {.name = "colour", .type = FIELD_CHOICE, .choices = colours, .help = "What it looks like"},
    {.name = "on", .type = FIELD_BOOL, .help = "Whether it is on"},
    {.name = "ratio", .type = FIELD_NUMBER, .help = "A ratio"},
    {.name = "tags", .type = FIELD_TEXTS, .help = "Tags", .beside = with_name},
    {.name = "parts", .type = FIELD_LIST, .of = &part_schema, .help = "Its parts"},
    {.name = "by_name", .type = FIELD_MAP, .of = &part_schema, .help = "Parts by name"},
    {.name = "when", .type = FIELD_CEL, .help = "A condition"},
    {NULL}};
static const struct schema thing = {.name = "thing", .help = "A thing.", .fields = fields};

static void says(const char *text, const char *wanted)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1 << 16);
    struct report r = {.arena = a};
    struct yaml *y;
    bool fits;

    TRUE(yaml_read(a, str_of(text), "f", &r, &y));
    fits = schema_check(&thing, y, "f", &r);
    EQ(fits, r.n == 0);
    report_sort(&r);
    report_text(&r, &b);
    STREQ(b.p ? b.p : "", wanted);
}

TEST(what_fits_passes)
{
    says("name: a\ncolour: red\non: true\nratio: 1\ntags: [x, y]\nparts: [{size: 1KiB}]\n"
         "by_name: {a: {size: 5}, b: }\nwhen: true\n",
         "");
}

TEST(each_type_says_what_it_takes)
{
    says("name: 5\n", "f:1:7: `name` must be text, not the number `5`: put it in quotes\n");
    says("name: a b\n",
         "f:1:7: `name` must be a name of at most 63 letters, digits, `-` and `_` that "
         "begins with a letter or digit, not `a b`\n");
    says("number: many\n", "f:1:9: `number` must be a whole number such as 3, not `many`\n");
    says("number: 10\n", "f:1:9: `number` must be from 1 to 9, not 10\n");
    says("name: a\non: yes\n", "f:2:5: `on` must be `true` or `false`, not `yes`\n");
    says("name: a\nratio: x\n", "f:2:8: `ratio` must be a number such as 1.5, not `x`\n");
    says("name: a\ncolour: gren\n",
         "f:2:9: `colour` must be one of `red`, `green`, not `gren`; did you mean `green`?\n");
    says("name: a\ntags: {}\n", "f:2:7: `tags` must be text or a list of texts, not a mapping\n");
    says("name: a\nparts: x\n",
         "f:2:8: `parts` must be a list (lines that begin with `- `), not `x`\n");
    says("name: a\nparts: [x]\n", "f:2:9: `parts` must be a list of mappings, not `x`\n");
    says("name: a\nparts: [{size: 1kb}]\n",
         "f:2:16: `size` must be a size such as 1MiB, 512KiB or 4096, not `1kb`\n");
    says("name: a\nby_name: {a: 5}\n",
         "f:2:14: `a` must be a mapping (lines of `key: value`), not the number `5`\n");
    says("name: a\nwhen: [x]\n", "f:2:7: `when` must be an expression such as "
                                 "`event.data.action == \"opened\"`, not a list\n");
}

TEST(keys_depend_on_one_another)
{
    says("name: a\nnumber: 1\n", "f:2:1: a thing has exactly one of the keys `name`, `number`, and "
                                 "this one has `name` and `number`\n");
    says("on: true\n",
         "f:1:1: a thing needs exactly one of the keys `name`, `number`, and this one "
         "has none\n");
    says("number: 1\ntags: x\n", "f:2:1: `tags` goes only with `name`\n");
    says("nam: a\n", "f:1:1: unknown key `nam`; did you mean `name`?\n");
    says("- a\n", "f:1:1: a thing must be a mapping (lines of `key: value`), not a list\n");
}

TEST(a_long_or_broken_text_is_shown_short)
{
    says("name: a\non: "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
         "f:2:5: `on` must be `true` or `false`, not "
         "`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…`\n");
}

TEST(sizes_are_bytes_or_have_a_unit)
{
    int64_t n;

    TRUE(size_parse(STR("4096"), &n) && n == 4096);
    TRUE(size_parse(STR("512KiB"), &n) && n == 512 << 10);
    TRUE(size_parse(STR("1 MiB"), &n) && n == 1 << 20);
    TRUE(size_parse(STR("2GiB"), &n) && n == (int64_t)2 << 30);
    FALSE(size_parse(STR("1MB"), &n));
    FALSE(size_parse(STR("-1"), &n));
    FALSE(size_parse(STR("9223372036854775807KiB"), &n));
}

/* Each example is held to the schema of the key it shows. */
static void check_example(const struct schema *s, struct report *r)
{
    const struct schema *const homes[] = {s, &config_schema, &workflow_schema, &step_schema, NULL};
    struct yaml *y;

    TRUE(yaml_read(r->arena, str_of(s->example), s->name, r, &y));
    if (y->kind == YAML_LIST) {
        TRUE(schema_check(&step_schema, &y->items[0], s->name, r));
        return;
    }
    for (size_t i = 0; i < y->n; i++) {
        const struct field *found = NULL;

        for (size_t h = 0; homes[h] && !found; h++)
            for (const struct field *f = homes[h]->fields; f->name && !found; f++)
                if (str_is(y->keys[i].text, f->name)) found = f;
        if (!found) print_error("%s: no key " STR_FMT "\n", s->name, STR_ARG(y->keys[i].text));
        assert_non_null(found);
        TRUE(schema_check_field(found, &y->items[i], s->name, r));
    }
}

TEST(every_table_is_explained_and_its_example_is_right)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};

    for (const struct schema *const *s = schema_all; *s; s++) {
        assert_non_null((*s)->help);
        check_example(*s, &r);
        for (const struct field *f = (*s)->fields; f->name; f++) {
            assert_non_null(f->help);
            FALSE(str_ends(str_of(f->help), STR(".")));
        }
    }
}

static void check_refs(struct value v, struct value defs)
{
    struct value ref, found;

    if (v.kind == V_MAP && value_get(v, STR("$ref"), &ref)) {
        TRUE(str_starts(value_str(ref), STR("#/$defs/")));
        TRUE(value_get(defs, str_skip(value_str(ref), 8), &found));
    }
    for (uint32_t i = 0; v.kind == V_MAP && i < v.n; i++) check_refs(v.map[i].value, defs);
    for (uint32_t i = 0; v.kind == V_LIST && i < v.n; i++) check_refs(v.list[i], defs);
}

/* As connect/ has them: parts within parts, names of two words. */
static const struct field lock_fields[] = {
    {.name = "key", .type = FIELD_SECRET, .required = true, .help = "What opens it"}, {NULL}};
static const struct schema lock_schema = {
    .name = "door lock", .help = "A lock.", .example = "lock: {key: x}\n", .fields = lock_fields};
static const struct field door_fields[] = {
    {.name = "lock", .type = FIELD_OBJECT, .of = &lock_schema, .help = "Its lock"}, {NULL}};
static const struct schema door_schema = {
    .name = "door", .help = "A door.", .example = "door: {}\n", .fields = door_fields};
static const struct schema *const kinds[] = {&door_schema, NULL};

TEST(the_json_schema_is_json_and_refers_to_what_it_has)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1 << 20);
    struct value v, defs, step;
    struct err e;

    schema_json(kinds, &b);
    PASS(buf_end(&b, &e));
    PASS(json_read(a, buf_str(&b), JSON_LIMITS, &v, &e));
    TRUE(value_get(v, STR("$defs"), &defs));
    check_refs(v, defs);
    TRUE(value_get(defs, STR("step"), &step));
    EQ(value_at(step, "additionalProperties").b, false);
    EQ(value_at(step, "oneOf").n, STEP_KINDS);
    EQ(value_at(step, "dependentSchemas.args.anyOf").n, 1);
    VIEWEQ(value_str(value_at(step, "properties.retry.$ref")), "#/$defs/retry");
    VIEWEQ(
        value_str(value_at(defs, "configuration.properties.connections.additionalProperties.$ref")),
        "#/$defs/connection");
    EQ(value_at(defs, "connection.oneOf").n, 1);
    VIEWEQ(value_str(value_at(defs, "door.properties.lock.$ref")), "#/$defs/door-lock");
    EQ(value_at(defs, "door-lock.required").n, 1);
}

TEST(the_reference_has_a_section_for_each_table_and_a_row_for_each_key)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1 << 20);
    struct err e;

    schema_reference(kinds, &b);
    PASS(buf_end(&b, &e));
    for (const struct schema *const *s = schema_all; *s; s++) {
        HAS(b.p, arena_fmt(a, "\n## %s\n", (*s)->name));
        for (const struct field *f = (*s)->fields; f->name; f++)
            HAS(b.p, arena_fmt(a, "\n| `%s` | ", f->name));
    }
    HAS(b.p, "\n## connection\n");
    HAS(b.p, "\n| `door` | [door](#door) | ");
    HAS(b.p, "\n| `lock` | [door lock](#door-lock) | ");
    HAS(b.p, "\n## door lock\n");
    HAS(b.p, "| `missed` | one of `skip`, `last`, `all` | last |");
}

RUN(T(what_fits_passes), T(each_type_says_what_it_takes), T(keys_depend_on_one_another),
    T(a_long_or_broken_text_is_shown_short), T(sizes_are_bytes_or_have_a_unit),
    T(every_table_is_explained_and_its_example_is_right),
    T(the_json_schema_is_json_and_refers_to_what_it_has),
    T(the_reference_has_a_section_for_each_table_and_a_row_for_each_key))
