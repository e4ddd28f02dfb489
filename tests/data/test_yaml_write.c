#include "test.h"

#include <math.h>

#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_write.h"

static struct value of_json(struct arena *a, const char *json)
{
    struct value v = NO_VALUE;
    struct err e;

    PASS(json_read(a, str_of(json), JSON_LIMITS, &v, &e));
    return v;
}

static void writes(const char *json, const char *yaml)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1 << 16);

    yaml_write(&b, of_json(a, json));
    STREQ(b.p, yaml);
}

static bool same(struct value a, struct value b)
{
    if (a.kind != b.kind || a.n != b.n) return false;
    if (a.kind == V_DOUBLE && isnan(a.d)) return isnan(b.d);
    if (a.kind != V_LIST && a.kind != V_MAP) return value_eq(a, b);
    for (uint32_t i = 0; i < a.n; i++) {
        if (a.kind == V_LIST && !same(a.list[i], b.list[i])) return false;
        if (a.kind == V_MAP &&
            (!value_eq(a.map[i].key, b.map[i].key) || !same(a.map[i].value, b.map[i].value)))
            return false;
    }
    return true;
}

static void comes_back(struct arena *a, struct value v)
{
    AUTO(buf) struct buf b = BUF(4 << 20);
    struct report r = {.arena = a};
    struct yaml *y = NULL;

    yaml_write(&b, v);
    if (!yaml_read(a, buf_str(&b), "out", &r, &y)) {
        print_error("%s\n%s\n", r.list[0].text, b.p);
        _fail(__FILE__, __LINE__);
    }
    if (!same(yaml_value(a, y), v)) {
        print_error("reads back as something else:\n%s\n", b.p);
        _fail(__FILE__, __LINE__);
    }
}

/* As a value, in a list, under a key, and as a key. */
static void text_comes_back(struct arena *a, struct str s)
{
    struct value items[] = {v_str(s), v_str(s)}, list = v_list(items, 2);
    struct pair pairs[] = {{v_cstr("k"), v_str(s)}, {v_str(s), list}};

    if (str_is(s, "k")) return;
    comes_back(a, v_map(pairs, 2));
    comes_back(a, v_list((struct value[]){v_map(pairs, 2), list}, 2));
}

TEST(maps_and_lists_are_blocks)
{
    writes("{\"name\":\"deploy\",\"n\":[1,2.5,true,null],\"in\":{\"a\":{\"b\":\"c\"}}}",
           "name: deploy\nn:\n  - 1\n  - 2.5\n  - true\n  - null\nin:\n  a:\n    b: c\n");
}

TEST(maps_in_lists_begin_on_the_line_of_their_dash)
{
    writes("[{\"a\":1,\"b\":[[1,2],[]]},{}]",
           "- a: 1\n  b:\n    - - 1\n      - 2\n    - []\n- {}\n");
}

TEST(a_text_of_several_lines_is_a_block_that_keeps_its_end)
{
    writes("{\"run\":\"make\\n\\nmake test\\n\",\"say\":\"a\\nb\"}",
           "run: |\n  make\n\n  make test\nsay: |-\n  a\n  b\n");
    writes("\"a\\nb\\n\\n\"", "|+\n  a\n  b\n\n");
}

TEST(texts_that_look_like_something_else_are_quoted)
{
    writes("[\"5\",\"true\",\"\",\"~\",\"0x1f\",\".inf\",\"a: b\",\"a #b\",\"- x\",\"*\"]",
           "- \"5\"\n- \"true\"\n- \"\"\n- \"~\"\n- \"0x1f\"\n- \".inf\"\n- \"a: b\"\n- \"a #b\"\n"
           "- \"- x\"\n- \"*\"\n");
}

TEST(texts_that_are_plainly_text_are_not)
{
    writes("[\"no\",\"on\",\"a:b\",\"https://x.y/z?q#f\",\"2026-01-02T03:04:05Z\",\"h\xc3\xa9\"]",
           "- no\n- on\n- a:b\n- https://x.y/z?q#f\n- 2026-01-02T03:04:05Z\n- h\xc3\xa9\n");
}

TEST(controls_come_out_escaped)
{
    writes("\"a\\u001b[31m\\u007f\\u0085\\u202e\\t\"", "\"a\\x1b[31m\\x7f\\x85\\u202e\\t\"\n");
}

TEST(what_yaml_lacks_is_written_as_in_json)
{
    struct value one = v_cstr("x"), some = {.kind = V_OPTIONAL, .one = &one};
    struct value items[] = {v_time(0, 500000000), v_duration(1500000000), v_bytes(STR("\xff\0")),
                            v_secret(STR("TOKEN")), some};
    AUTO(buf) struct buf b = BUF(1000);

    yaml_write(&b, v_list(items, 5));
    STREQ(b.p, "- 1970-01-01T00:00:00.5Z\n- 1.5s\n- /wA=\n- \"***\"\n- x\n");
}

TEST(numbers_come_back_as_what_they_were)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value items[] = {
        v_int(INT64_MIN), v_int(INT64_MAX),   v_uint(UINT64_MAX),  v_double(1),   v_double(1e300),
        v_double(-0.0),   v_double(INFINITY), v_double(-INFINITY), v_double(NAN), v_double(5e-324)};

    comes_back(a, v_list(items, COUNT_OF(items)));
}

TEST(awkward_texts_come_back)
{
    static const char *const texts[] = {
        "",
        " ",
        "a ",
        " a",
        "\n",
        "a\n",
        "\na",
        "a\n\n",
        "a\n \nb",
        "a\n  b\n c",
        " a\nb",
        "\ta\nb",
        "a\tb",
        "a\r\nb",
        "---",
        "...",
        "--- a",
        "... a",
        "<<",
        "=",
        "?",
        "? a",
        ":",
        "a:",
        ": a",
        "a : b",
        "#",
        "a#",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "'a'",
        "\"a\"",
        "a\"b'c",
        "[a]",
        "{a}",
        "a, b",
        "a]",
        "-",
        "-a",
        "-1",
        "+1",
        "1e5",
        "1_000",
        "0o17",
        "null",
        "Null",
        "True",
        "y",
        "1.",
        ".5",
        "1:30",
        "\\",
        "a\\nb",
        "\xef\xbb\xbf",
        "\xe2\x80\xa8",
        "a\xc2\x85\nb",
        "\x7f",
        "\x01",
        "a\nb: c",
        "a\n# b\n",
        "a\n---\nb",
        "a\n...\n",
        "\xf0\x9f\x98\x80\n",
        "a\n\n\nb",
        "k\n",
    };
    AUTO(arena) struct arena *a = arena_new();

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        text_comes_back(a, str_of(texts[i]));
        comes_back(a, v_cstr(texts[i]));
    }
    text_comes_back(a, STR("a\0b"));
}

TEST(a_long_key_comes_back)
{
    AUTO(arena) struct arena *a = arena_new();
    char key[3000];
    struct value inner;

    memset(key, 'x', sizeof key);
    text_comes_back(a, str_n(key, sizeof key));
    inner = v_map(&(struct pair){v_str(str_n(key, sizeof key)), v_int(1)}, 1);
    comes_back(a, v_list(&inner, 1));
}

TEST(made_up_texts_come_back)
{
    static const char letters[] = "ab \n:#-'\"\\|>[]{},&*!%@`?0.\t~";
    uint32_t seed = 1;

    for (int i = 0; i < 20000; i++) {
        AUTO(arena) struct arena *a = arena_new();
        char text[12];
        size_t n = (seed >> 8) % sizeof text;

        for (size_t k = 0; k < n; k++) {
            seed = seed * 1664525 + 1013904223;
            text[k] = letters[(seed >> 16) % (sizeof letters - 1)];
        }
        seed = seed * 1664525 + 1013904223;
        text_comes_back(a, str_n(text, n));
        comes_back(a, v_str(str_n(text, n)));
    }
}

TEST(bad_utf8_is_mended)
{
    AUTO(buf) struct buf b = BUF(100);

    yaml_write(&b, v_cstr("a\xff"));
    STREQ(b.p, "\"a\xef\xbf\xbd\"\n");
}

TEST(what_is_deeper_than_the_limit_is_still_written)
{
    struct value v[200];
    AUTO(buf) struct buf b = BUF(1 << 20);
    struct err e;

    v[0] = v_int(7);
    for (int i = 1; i < 200; i++) v[i] = v_list(&v[i - 1], 1);
    yaml_write(&b, v[199]);
    PASS(buf_end(&b, &e));
    HAS(b.p, "[[[7]]]");
}

TEST(too_much_marks_the_buffer_full)
{
    AUTO(buf) struct buf b = BUF(10);
    struct err e;

    yaml_write(&b, v_cstr("more than ten bytes"));
    EQ(buf_end(&b, &e), E_LIMIT);
}

RUN(T(maps_and_lists_are_blocks), T(maps_in_lists_begin_on_the_line_of_their_dash),
    T(a_text_of_several_lines_is_a_block_that_keeps_its_end),
    T(texts_that_look_like_something_else_are_quoted), T(texts_that_are_plainly_text_are_not),
    T(controls_come_out_escaped), T(what_yaml_lacks_is_written_as_in_json),
    T(numbers_come_back_as_what_they_were), T(awkward_texts_come_back), T(a_long_key_comes_back),
    T(made_up_texts_come_back), T(bad_utf8_is_mended),
    T(what_is_deeper_than_the_limit_is_still_written), T(too_much_marks_the_buffer_full))
