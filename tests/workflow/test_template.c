#include "workflow/template.h"

#include "data/json.h"
#include "loaded.h"

static const struct cel_field input_list[] = {
    {"name", NULL}, {"n", NULL}, {"list", NULL}, {"my-key", NULL}, {0}};
static const struct cel_type inputs = {.kind = CEL_OBJECT, .fields = input_list};
static const struct cel_name names[] = {{"inputs", &inputs}, {"event", NULL}};
static const char *const secrets[] = {"KEY", "TOKEN", NULL};

struct tried {
    struct arena *arena;
    struct report report;
    struct template *template;
    uint64_t uses;
};

/* Compiles the value of the key `t`. */
static void compile(struct tried *t, const char *text, const char *const *allowed, bool with_lines)
{
    struct template_context c = {.file = "f", .names = names, .names_n = 2, .secrets = allowed};
    struct lines lines;
    struct yaml *y;

    *t = (struct tried){.arena = arena_new()};
    t->report.arena = c.arena = t->arena;
    c.report = &t->report;
    c.uses = &t->uses;
    lines_init(&lines, t->arena, str_of(text));
    if (with_lines) c.lines = &lines;
    TRUE(yaml_read(t->arena, str_of(text), "f", &t->report, &y));
    t->template = template_compile(&c, yaml_get(y, "t"));
}

static void complains(const char *text, const char *const *allowed, const char *wanted)
{
    AUTO(buf) struct buf b = BUF(1 << 16);
    struct tried t;

    compile(&t, text, allowed, true);
    report_text(&t.report, &b);
    STREQ(b.p ? b.p : "", wanted);
    assert_null(t.template);
    arena_free(t.arena);
}

static err_t no_secret(void *ctx, struct str name, struct arena *a, struct str *ret, struct err *e)
{
    (void)ctx;
    if (str_is(name, "KEY")) {
        *ret = str_of(arena_dup(a, "hush", 4));
        return OK;
    }
    return fail(e, E_NOT_FOUND, "the variable of secret `" STR_FMT "` is not set", STR_ARG(name));
}

/* Compiles and evaluates; the value as JSON. */
static void gives(const char *text, template_secret *secret, const char *wanted)
{
    AUTO(buf) struct buf b = BUF(4 << 20);
    struct value values[2], v;
    struct tried t;
    struct err e;

    compile(&t, text, secrets, true);
    assert_non_null(t.template);
    PASS(json_read(t.arena, STR("{\"name\":\"web\",\"n\":7,\"list\":[1,true],\"my-key\":null}"),
                   JSON_LIMITS, &values[0], &e));
    values[1] = v_map(NULL, 0);
    PASS(template_eval(t.template, values, secret, NULL, t.arena, &v, &e));
    json_write(&b, v);
    STREQ(b.p, wanted);
    arena_free(t.arena);
}

TEST(a_whole_expression_keeps_its_type)
{
    gives("t: ${{ inputs.n }}", NULL, "7");
    gives("t: \"${{inputs.list}}\"", NULL, "[1,true]");
    gives("t: ${{ inputs.?name }}", NULL, "\"web\"");
}

TEST(parts_are_joined_as_text)
{
    gives("t: v${{ inputs.n }} of ${{ inputs.name }}!", NULL, "\"v7 of web!\"");
    gives("t: '${{ inputs.list }}${{ inputs.n }}'", NULL, "\"[1,true]7\"");
}

TEST(braces_and_quotes_in_an_expression_do_not_end_it)
{
    gives("t: '${{ \"}}\" }}'", NULL, "\"}}\"");
    gives("t: '${{ {\"a\": {\"b\": 1}}[\"a\"] }}'", NULL, "{\"b\":1}");
    gives("t: 'x ${{ r\"\\\" + \"\"\"a\"}}\"\"\" }} y'", NULL, "\"x \\\\a\\\"}} y\"");
}

TEST(trees_keep_their_shape)
{
    gives("t: {a: [1, \"${{ inputs.n }}\"], b: {c: x}, 5: null}", NULL,
          "{\"a\":[1,7],\"b\":{\"c\":\"x\"},\"5\":null}");
}

TEST(what_holds_no_expression_is_one_value)
{
    struct tried t;

    compile(&t, "t: {a: [1, x], b: {c: 1.5}}", NULL, true);
    EQ(t.template->kind, TEMPLATE_VALUE);
    EQ(t.uses, 0);
    arena_free(t.arena);
}

TEST(secrets_are_filled_in_only_by_the_function)
{
    gives("t: ${{ secrets.KEY }}", NULL, "\"***\"");
    gives("t: ${{ secrets.KEY }}", no_secret, "\"hush\"");
    gives("t: {a: 'Bearer ${{ secrets.KEY }}'}", no_secret, "{\"a\":\"Bearer hush\"}");
}

TEST(a_secret_that_cannot_be_had_is_an_error_with_its_place)
{
    struct tried t;
    struct value values[2] = {0}, v;
    struct err e;

    compile(&t, "a: 1\nt: ${{ secrets.TOKEN }}", secrets, true);
    EQ(template_eval(t.template, values, no_secret, NULL, t.arena, &v, &e), E_NOT_FOUND);
    STREQ(e.text, "the variable of secret `TOKEN` is not set");
    EQ(e.line, 2);
    EQ(e.col, 8);
    arena_free(t.arena);
}

TEST(errors_of_evaluation_point_into_the_file)
{
    struct tried t;
    struct value values[2] = {v_map(NULL, 0), v_map(NULL, 0)}, v;
    struct err e;

    compile(&t, "a: 1\nt: \"x ${{ event.b }}\"", NULL, true);
    EQ(t.uses, 2);
    EQ(template_eval(t.template, values, NULL, NULL, t.arena, &v, &e), E_INPUT);
    EQ(e.line, 2);
    TRUE(e.col >= 11);
    arena_free(t.arena);
}

TEST(complaints_point_at_the_place_in_every_style)
{
    complains("t: ab ${{ inputs.nme }}", NULL,
              "f:1:18: no `nme` in inputs; did you mean `name`?\n");
    complains("t: \"a\\tb\\u00e9 ${{ inputs.nme }}\"", NULL,
              "f:1:27: no `nme` in inputs; did you mean `name`?\n");
    complains("t: 'it''s ${{ inputs.nme }}'", NULL,
              "f:1:22: no `nme` in inputs; did you mean `name`?\n");
    complains("t: é ${{ inputs.nme }}", NULL, "f:1:17: no `nme` in inputs; did you mean `name`?\n");
    complains("t: |\n  one\n\n    ${{ inputs.nme }}\n", NULL,
              "f:4:16: no `nme` in inputs; did you mean `name`?\n");
    complains("t: >-\n  one\n  two\n\n  ${{ inputs.nme }}\n", NULL,
              "f:5:14: no `nme` in inputs; did you mean `name`?\n");
    complains("t: one\n  two ${{ inputs.nme }}\n", NULL,
              "f:2:18: no `nme` in inputs; did you mean `name`?\n");
    complains("t: \"one\n\n  two ${{ inputs.n +\n    inputs.nme }}\"\n", NULL,
              "f:4:12: no `nme` in inputs; did you mean `name`?\n");
    complains("t: &x \"${{ inputs.nme }}\"", NULL,
              "f:1:19: no `nme` in inputs; did you mean `name`?\n");
}

TEST(without_the_text_of_the_file_places_are_near)
{
    struct tried t;

    compile(&t, "t: \"ab ${{ inputs.nme }}\"", NULL, false);
    EQ(t.report.list[0].col, 19);
    arena_free(t.arena);
    compile(&t, "t: |\n  one\n  ${{ inputs.nme }}\n", NULL, false);
    EQ(t.report.list[0].line, 3);
    arena_free(t.arena);
}

TEST(every_mistake_in_a_tree_is_told)
{
    complains("t: {a: '${{ inputs.x }} ${{ }}', b: ['${{ 1 + }}', '${{ oops']}", NULL,
              "f:1:20: no `x` in inputs\n"
              "f:1:28: an expression is missing here\n"
              "f:1:46: the expression ends here, but a value is missing\n"
              "f:1:53: this `${{` is not closed by `}}`\n");
}

TEST(secrets_are_let_in_only_where_allowed_and_alone)
{
    complains("t: ${{ secrets.KEY }}", NULL,
              "f:1:8: a secret may only be used in env: and connection settings\n");
    complains("t: ${{ secrets.KYE }}", secrets,
              "f:1:8: no secret `KYE` under `secrets:` in botops.yaml; did you mean `KEY`?\n");
    complains("t: ${{ secrets[\"KEY\"] }}", secrets,
              "f:1:8: a secret stands alone, as `${{ secrets.NAME }}`\n");
    gives("t: '${{ \"secrets.KEY\" }}'", NULL, "\"secrets.KEY\"");
}

TEST(a_text_has_a_limit)
{
    struct tried t;
    struct value values[2] = {v_map(NULL, 0), v_map(NULL, 0)}, v;
    char *big;
    struct pair p;
    struct err e;

    compile(&t, "t: '${{ event.a }}${{ event.a }}'", NULL, true);
    big = arena_get(t.arena, 600000);
    memset(big, 'x', 600000);
    p = (struct pair){v_cstr("a"), v_str(str_n(big, 600000))};
    values[1] = v_map(&p, 1);
    EQ(template_eval(t.template, values, NULL, NULL, t.arena, &v, &e), E_LIMIT);
    arena_free(t.arena);
}

TEST(conditions_are_bare_but_may_be_wrapped)
{
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {"t: inputs.n == 7", NULL},
        {"t: true", NULL},
        {"t: ${{ inputs.n == 7 }}", NULL},
        {"t: |\n  inputs.n ==\n    7\n", NULL},
        {"t: ${{ inputs.n }} == 7",
         "f:1:4: this is an expression as it stands: leave out `${{` and `}}`"},
        {"t: inputs.m == 7", "f:1:11: no `m` in inputs"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(arena) struct arena *a = arena_new();
        AUTO(buf) struct buf b = BUF(4096);
        struct report r = {.arena = a};
        struct template_context c = {a, &r, "f", names, 2, NULL, NULL, NULL};
        struct yaml *y;

        TRUE(yaml_read(a, str_of(cases[i].text), "f", &r, &y));
        TRUE((template_cel(&c, yaml_get(y, "t")) != NULL) == !cases[i].complaint);
        report_text(&r, &b);
        if (cases[i].complaint) HAS(b.p, cases[i].complaint);
    }
}

RUN(T(a_whole_expression_keeps_its_type), T(parts_are_joined_as_text),
    T(braces_and_quotes_in_an_expression_do_not_end_it), T(trees_keep_their_shape),
    T(what_holds_no_expression_is_one_value), T(secrets_are_filled_in_only_by_the_function),
    T(a_secret_that_cannot_be_had_is_an_error_with_its_place),
    T(errors_of_evaluation_point_into_the_file), T(complaints_point_at_the_place_in_every_style),
    T(without_the_text_of_the_file_places_are_near), T(every_mistake_in_a_tree_is_told),
    T(secrets_are_let_in_only_where_allowed_and_alone), T(a_text_has_a_limit),
    T(conditions_are_bare_but_may_be_wrapped))
