#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "data/json.h"
#include "data/yaml.h"

static const char *complaints(struct arena *a, struct str text)
{
    struct report r = {.arena = a};
    AUTO(buf) struct buf b = BUF(1 << 16);
    struct yaml *y = NULL;

    if (yaml_read(a, text, "f", &r, &y)) return "";
    assert_null(y);
    TRUE(r.n > 0);
    report_sort(&r);
    report_text(&r, &b);
    return arena_dup(a, b.p, b.n);
}

static struct yaml *tree(struct arena *a, const char *text)
{
    struct report r = {.arena = a};
    struct yaml *y = NULL;

    if (!yaml_read(a, str_of(text), "f", &r, &y)) {
        print_error("%s\n", r.list[0].text);
        _fail(__FILE__, __LINE__);
    }
    return y;
}

static const char *as_json(struct arena *a, const char *text)
{
    AUTO(buf) struct buf b = BUF(1 << 16);

    json_write(&b, yaml_value(a, tree(a, text)));
    return arena_dup(a, b.p, b.n);
}

static void reads(const char *text, const char *json)
{
    AUTO(arena) struct arena *a = arena_new();

    STREQ(as_json(a, text), json);
}

static void fails(const char *text, const char *expected)
{
    AUTO(arena) struct arena *a = arena_new();

    STREQ(complaints(a, str_of(text)), expected);
}

/* One complaint at least, at that place and with that part. */
static void fails_with(const char *text, const char *part)
{
    AUTO(arena) struct arena *a = arena_new();

    HAS(complaints(a, str_of(text)), part);
}

TEST(a_workflow_becomes_a_tree)
{
    reads("name: deploy\non:\n  - push\n  - {cron: '0 9 * * 1-5'}\nsteps:\n- run: |\n    make\n"
          "    make test\n  retry: 3\n",
          "{\"name\":\"deploy\",\"on\":[\"push\",{\"cron\":\"0 9 * * 1-5\"}],\"steps\":[{\"run\":"
          "\"make\\nmake test\\n\",\"retry\":3}]}");
}

TEST(every_node_knows_its_place)
{
    AUTO(arena) struct arena *a = arena_new();
    struct yaml *y =
        tree(a, "# a comment\n\nname: x\nsteps:\n  - run: make\n    \xc3\xa9t\xc3\xa9: {b: 1}\n");
    const struct yaml *steps = yaml_get(y, "steps"), *step = &steps->items[0];

    EQ(y->line, 3);
    EQ(y->col, 1);
    EQ(yaml_get(y, "name")->line, 3);
    EQ(yaml_get(y, "name")->col, 7);
    EQ(steps->line, 5);
    EQ(steps->col, 3);
    EQ(step->col, 5);
    EQ(step->keys[1].line, 6);
    EQ(step->keys[1].col, 5);
    EQ(step->items[1].kind, YAML_MAP);
    EQ(step->items[1].col, 11);
    assert_null(yaml_get(y, "stops"));
    assert_null(yaml_get(steps, "run"));
    assert_null(yaml_get(NULL, "run"));
}

TEST(an_empty_file_is_an_empty_map)
{
    reads("", "{}");
    reads("# nothing\n", "{}");
    reads("---\n...\n", "{}");
    reads("\xef\xbb\xbf", "{}");
    reads("~", "null");
    reads("\"\"", "\"\"");
}

TEST(scalars_follow_the_core_schema)
{
    reads("[null, Null, NULL, ~, nUll]", "[null,null,null,null,\"nUll\"]");
    reads("- \n- x\n-\n", "[null,\"x\",null]");
    reads("[true, True, TRUE, false, False, FALSE, tRue]",
          "[true,true,true,false,false,false,\"tRue\"]");
    reads("[yes, no, on, off, Yes, NO, y, n]",
          "[\"yes\",\"no\",\"on\",\"off\",\"Yes\",\"NO\",\"y\",\"n\"]");
    reads("[0, 12, -3, +4, 007, 0o17, 0x1F, 0xfe, -0]", "[0,12,-3,4,7,15,31,254,0]");
    reads("[0b11, 1_000, 0o8, 0xg, 0o, 0x, -0x1, 12a, 1:30]",
          "[\"0b11\",\"1_000\",\"0o8\",\"0xg\",\"0o\",\"0x\",\"-0x1\",\"12a\",\"1:30\"]");
    reads("[1.5, -.5, 1., 1e3, 1.5E-3, +0.0, .5e1]", "[1.5,-0.5,1.0,1000.0,0.0015,0.0,5.0]");
    reads("[., -, +, e3, 1e, 1e+, .e1, 1.2.3, -.]",
          "[\".\",\"-\",\"+\",\"e3\",\"1e\",\"1e+\",\".e1\",\"1.2.3\",\"-.\"]");
    reads("[.inf, -.Inf, +.INF, .nan, .NaN, -.nan, inf, nan]",
          "[\"Infinity\",\"-Infinity\",\"Infinity\",\"NaN\",\"NaN\",\"-.nan\",\"inf\",\"nan\"]");
    reads("[9223372036854775807, -9223372036854775808, 9223372036854775808, "
          "18446744073709551616, 0xffffffffffffffff, 0x10000000000000000]",
          "[9223372036854775807,-9223372036854775808,9223372036854775808,"
          "1.8446744073709552e+19,18446744073709551615,1.8446744073709552e+19]");
    reads("[2026-01-02, 12:30:00, v1.2, 1.2.3.4, 5m]",
          "[\"2026-01-02\",\"12:30:00\",\"v1.2\",\"1.2.3.4\",\"5m\"]");
}

TEST(a_dash_needs_quotes_only_where_yaml_says)
{
    reads("a: '-'\nb: -x", "{\"a\":\"-\",\"b\":\"-x\"}");
}

TEST(quoted_scalars_are_text)
{
    AUTO(arena) struct arena *a = arena_new();
    struct yaml *y = tree(a, "[5, '5', \"5\"]");

    TRUE(y->items[0].plain);
    FALSE(y->items[1].plain);
    FALSE(y->items[2].plain);
    reads("{a: '5', b: \"true\", c: ''}", "{\"a\":\"5\",\"b\":\"true\",\"c\":\"\"}");
    reads("a: |\n  5\nb: >-\n  x\n  y\n", "{\"a\":\"5\\n\",\"b\":\"x y\"}");
}

TEST(keys_are_text_whatever_they_look_like)
{
    reads("{on: 1, 5: 2, true: 3, ~: 4, \"<<\": 5}",
          "{\"on\":1,\"5\":2,\"true\":3,\"~\":4,\"<<\":5}");
}

TEST(core_tags_are_followed)
{
    reads("[!!str 5, !!int '5', !!float 5, !!bool 'true', !!null '', !!seq [], !!map {}]",
          "[\"5\",5,5.0,true,null,[],{}]");
    fails("a: !!int five\n", "f:1:4: \"five\" is not what its tag !!int says\n");
    fails("a: !!set {}\n",
          "f:1:4: the tag 'tag:yaml.org,2002:set' does not fit a map: leave it out\n");
    fails_with("a: !secret token", "f:1:4: the tag '!secret' is not known: only !!null");
    fails_with("a: !!python/object:os.system ls", "f:1:4: the tag 'tag:yaml.org,2002:python");
    fails_with("a: !!binary aGk=", "binary' is not known");
}

TEST(aliases_are_followed)
{
    reads("a: &x {k: [1, 2]}\nb: *x\nc: [*x, &y z, *y]\n",
          "{\"a\":{\"k\":[1,2]},\"b\":{\"k\":[1,2]},\"c\":[{\"k\":[1,2]},\"z\",\"z\"]}");
    reads("[&a 1, *a, &a 2, *a]", "[1,1,2,2]");
    fails("a: *none\n", "f:1:4: no anchor &none stands above this alias\n");
    fails("a: &x [1, *x]\n", "f:1:11: the alias *x stands inside what it names\n");
}

TEST(a_billion_laughs_are_refused_quickly)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(10000);

    buf_add(&b, STR("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"));
    for (int i = 1; i < 10; i++) {
        buf_addf(&b, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++) buf_addf(&b, "%s*a%d", j ? "," : "", i - 1);
        buf_add(&b, STR("]\n"));
    }
    HAS(complaints(a, buf_str(&b)), "more than 200000 values, those behind aliases counted");
    TRUE(arena_size(a) < 1 << 20);
}

TEST(aliases_cannot_pass_the_depth)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(10000);

    buf_add(&b, STR("- &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"));
    buf_add(&b, STR("- [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"));
    STREQ(complaints(a, buf_str(&b)), "");
    buf_clear(&b);
    buf_add(&b, STR("- &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"));
    buf_add(&b, STR("- [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"));
    HAS(complaints(a, buf_str(&b)), "f:2:37: this alias nests lists and maps more than 64 deep");
}

TEST(depth_and_size_have_limits)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(8 << 20);

    for (int i = 0; i < 64; i++) buf_addc(&b, '[');
    for (int i = 0; i < 64; i++) buf_addc(&b, ']');
    STREQ(complaints(a, buf_str(&b)), "");
    buf_clear(&b);
    for (int i = 0; i < 100000; i++) buf_addc(&b, '[');
    STREQ(complaints(a, buf_str(&b)), "f:1:65: lists and maps are nested more than 64 deep\n");
    buf_clear(&b);
    for (int i = 0; i < 200000; i++) buf_add(&b, STR("- x\n"));
    HAS(complaints(a, buf_str(&b)), "f:200000:3: the file holds more than 200000 values");
    buf_clear(&b);
    while (b.n <= 4 << 20) buf_add(&b, STR("# a long comment to fill the file\n"));
    STREQ(complaints(a, buf_str(&b)), "f: the file is longer than 4 MiB: split it\n");
    buf_clear(&b);
    for (int i = 0; i < 300; i++) buf_addf(&b, "- &a%d x\n", i);
    STREQ(complaints(a, buf_str(&b)), "f:257:3: the file has more than 256 anchors\n");
}

TEST(duplicate_keys_are_all_told_with_the_place_of_the_first)
{
    fails("a: 1\nb: 2\n'a': 3\nc:\n  x: 1\n  x: 2\nb: 4\na: 5\n",
          "f:3:1: the key \"a\" stands twice: it is in line 1 already\n"
          "f:6:3: the key \"x\" stands twice: it is in line 5 already\n"
          "f:7:1: the key \"b\" stands twice: it is in line 2 already\n"
          "f:8:1: the key \"a\" stands twice: it is in line 1 already\n");
}

TEST(keys_must_be_text)
{
    fails("[a, b]: 1\nc: 2\n", "f:1:1: a key must be text, not a list\n");
    fails("? {a: b}\n: 1\nc: 1\nc: 2\n",
          "f:1:4: a key must be text, not a map\n"
          "f:4:1: the key \"c\" stands twice: it is in line 3 already\n");
    fails_with("? # nothing\n: 1\n", "the key before this ':' is missing");
    fails_with(": 1\n", "f:1:1: this line does not fit");
    reads("? a\n: 1\n", "{\"a\":1}");
}

TEST(merge_keys_and_second_documents_are_refused)
{
    fails_with("a: &a {x: 1}\nb:\n  <<: *a\n  y: 1\n",
               "f:3:3: merge keys ('<<') are not supported");
    fails("a: 1\n---\nb: 2\n",
          "f:2:1: a second document begins here: put each document in a file of its own\n");
}

TEST(syntax_errors_are_told_in_plain_words)
{
    fails_with("a:\n\tb: 1\n", "f:2:1: a tab cannot indent YAML: use spaces");
    fails_with("a:\n  b: 1\n\tc: 2\n", "a tab cannot indent YAML: use spaces");
    fails_with("a: @home\n", "f:1:4: a text cannot begin with '@': put it in quotes");
    fails_with("a: `x`\n", "f:1:4: a text cannot begin with '`'");
    fails_with("a: %x\n", "f:1:4: a text cannot begin with '%'");
    fails_with("a: b: c\n", "f:1:5: a ':' cannot stand here");
    fails_with("a: 1\n  b: 2\n", "f:2:4: a ':' cannot stand here: check the indentation");
    fails_with("a: [1, 2\nb: 3\n", "a ',' or the ']' that closes the list should be here");
    fails_with("a: {b: 1\nc: 3\n", "a ',' or the '}' that closes the map should be here");
    fails_with("a: 'x\nb: 1\n", "a quote is opened but never closed");
    fails_with("a: \"x\\q\"\n", "no such escape");
    fails_with("a: \"x\" y\n", "this line does not fit the map above it");
    fails_with("a:\n  - x\n  y: 1\n", "f:3:3: this line does not fit the list above it");
    fails_with("a:\n    b: 1\n  c: 2\n", "f:3:3: this line does not fit the map above it");
    fails_with("a: 1\nb\nc: 2\n", "the ':' is missing");
    fails_with("a: - b\n", "f:1:4: a '-' cannot stand here");
    fails_with("a: *\n", "the name of an anchor or alias should be here");
    fails_with("a: !x!y z\n", "the prefix of this tag is not declared");
    fails_with("%YAML 3.0\n---\na: 1\n", "the %YAML directive must say 1.1 or 1.2");
    fails_with("a: |x\n  b\n", "after '|' or '>' the text begins on the next line");
    fails_with("]", "f:1:1: a value should be here");
    fails_with("a: \x01\n", "f:1:4: a control character cannot stand in YAML");
    fails_with("[1]\nx: 1", "f:2:1: nothing may follow the document here");
}

TEST(bad_utf8_is_refused_with_its_place)
{
    fails("a: 1\nb: caf\xe9\n", "f:2:7: this is not UTF-8: save the file as UTF-8\n");
    fails("\xff\xfe"
          "a",
          "f:1:1: this is not UTF-8: save the file as UTF-8\n");
}

TEST(reading_goes_on_after_a_mistake_in_meaning_and_ends_at_one_in_syntax)
{
    fails("a: *x\nb: !t 1\nc: 1\nc: 2\n",
          "f:1:4: no anchor &x stands above this alias\n"
          "f:2:4: the tag '!t' is not known: only !!null, !!bool, !!int, !!float, !!str, !!seq and "
          "!!map are\n"
          "f:4:1: the key \"c\" stands twice: it is in line 3 already\n");
    fails("a: *x\nb: [1\n",
          "f:1:4: no anchor &x stands above this alias\n"
          "f:3:1: a ',' or the ']' that closes the list should be here (what it belongs to begins "
          "in line 2)\n");
}

/* 100,000 keys, and flows that make the scanner look back: both far from their squares. */
TEST(big_files_take_no_time)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(8 << 20);
    clock_t begun = clock();

    for (int i = 0; i < 99000; i++) buf_addf(&b, "key%d: %d\n", i, i);
    STREQ(complaints(a, buf_str(&b)), "");
    buf_clear(&b);
    buf_add(&b, STR("[x"));
    for (int i = 0; i < 199000; i++) buf_add(&b, STR(",{a: b"));
    HAS(complaints(a, buf_str(&b)), "nested more than 64 deep");
    buf_clear(&b);
    for (int i = 0; i < 400000; i++) buf_add(&b, STR("? "));
    HAS(complaints(a, buf_str(&b)), "nested more than 64 deep");
    buf_clear(&b);
    buf_addc(&b, '"');
    while (b.n < 4 << 20) buf_add(&b, STR("\\n text "));
    b.n = 4 << 20;
    b.p[b.n - 1] = '"';
    STREQ(complaints(a, buf_str(&b)), "");
    assert_true(clock() - begun < 20 * CLOCKS_PER_SEC);
}

RUN(T(a_workflow_becomes_a_tree), T(every_node_knows_its_place), T(an_empty_file_is_an_empty_map),
    T(scalars_follow_the_core_schema), T(a_dash_needs_quotes_only_where_yaml_says),
    T(quoted_scalars_are_text), T(keys_are_text_whatever_they_look_like), T(core_tags_are_followed),
    T(aliases_are_followed), T(a_billion_laughs_are_refused_quickly),
    T(aliases_cannot_pass_the_depth), T(depth_and_size_have_limits),
    T(duplicate_keys_are_all_told_with_the_place_of_the_first), T(keys_must_be_text),
    T(merge_keys_and_second_documents_are_refused), T(syntax_errors_are_told_in_plain_words),
    T(bad_utf8_is_refused_with_its_place),
    T(reading_goes_on_after_a_mistake_in_meaning_and_ends_at_one_in_syntax),
    T(big_files_take_no_time))
