#include "test.h"

#include "workflow/outputs.h"

static struct value read_ok(struct arena *a, const char *text)
{
    struct value v;
    struct err e;

    PASS(outputs_read(a, str_of(text), &v, &e));
    return v;
}

static void refused(const char *text, const char *why)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v;
    struct err e;

    EQ(outputs_read(a, str_of(text), &v, &e), E_INPUT);
    HAS(e.text, why);
}

TEST(lines_set_names_and_the_last_one_holds)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v = read_ok(a, "image=web:1.2\n\nurl=http://x/?a=b\nimage=web:1.3");

    EQ(v.n, 2);
    VIEWEQ(value_get_str(v, "image"), "web:1.3");
    VIEWEQ(value_get_str(v, "url"), "http://x/?a=b");
}

TEST(an_empty_file_sets_nothing)
{
    AUTO(arena) struct arena *a = arena_new();

    EQ(read_ok(a, "").n, 0);
    EQ(read_ok(a, "\n \n").n, 0);
}

TEST(a_block_keeps_its_lines)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v = read_ok(a, "text<<END\nfirst\n\n a=b\nEND\nn=1\nnone<<X\nX\n");

    VIEWEQ(value_get_str(v, "text"), "first\n\n a=b");
    VIEWEQ(value_get_str(v, "n"), "1");
    VIEWEQ(value_get_str(v, "none"), "");
}

TEST(one_json_object_keeps_its_types)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v = read_ok(a, " {\"n\": 3, \"list\": [true, null]}\n");

    assert_true(value_at(v, "n").i == 3);
    EQ(value_at(v, "list").n, 2);
}

TEST(what_cannot_be_read_is_told_with_its_line)
{
    refused("a=1\nnonsense\n", "line 2 of $BOTOPS_OUTPUT should be `name=value`");
    refused("1a=x", "line 1");
    refused("a=1\nb<<END\nx\n", "begun in line 2 of $BOTOPS_OUTPUT has no closing line `END`");
    refused("{\"a\":", "no JSON object");
    refused("a=\xff", "not UTF-8");
}

RUN(T(lines_set_names_and_the_last_one_holds), T(an_empty_file_sets_nothing),
    T(a_block_keeps_its_lines), T(one_json_object_keeps_its_types),
    T(what_cannot_be_read_is_told_with_its_line))
