#include "test.h"

#include "base/mem.h"
#include "base/suggest.h"
#include "base/utf8.h"

TEST(numbers_are_whole_and_in_range)
{
    int64_t n;

    TRUE(str_int(STR("-9223372036854775808"), &n));
    assert_true(n == INT64_MIN);
    TRUE(str_int(STR("9223372036854775807"), &n));
    assert_true(n == INT64_MAX);
    FALSE(str_int(STR("9223372036854775808"), &n));
    FALSE(str_int(STR(""), &n));
    FALSE(str_int(STR("-"), &n));
    FALSE(str_int(STR("1 "), &n));
    FALSE(str_int(STR("0x10"), &n));
}

TEST(views_compare_find_and_trim)
{
    size_t at;

    TRUE(str_cmp(STR("ab"), STR("abc")) < 0);
    TRUE(str_cmp(STR("b"), STR("abc")) > 0);
    EQ(str_cmp(STR(""), STR("")), 0);
    TRUE(str_starts(STR("github.push"), STR("github.")));
    FALSE(str_starts(STR("git"), STR("github.")));
    TRUE(str_ends(STR("alert.*"), STR("*")));
    TRUE(str_find(STR("a<<b"), STR("<<"), &at));
    EQ(at, 1);
    FALSE(str_find(STR(""), STR("x"), &at));
    VIEWEQ(str_trim(STR(" \t x y\n")), "x y");
    TRUE(str_eq_nocase(STR("DePloy"), STR("deploy")));
}

TEST(cutting_gives_every_part_also_empty_ones)
{
    struct str rest = STR("a,,b,"), part;
    char seen[16] = "";

    while (str_cut(&rest, ',', &part)) {
        strncat(seen, "[", 2);
        strncat(seen, part.p, part.n);
        strncat(seen, "]", 2);
    }
    STREQ(seen, "[a][][b][]");
}

TEST(suggestions_are_near_or_none)
{
    static const char *const names[] = {"retry", "timeout", "steps", "on_failure", NULL};

    VIEWEQ(suggest_from(STR("retires"), names), "retry");
    VIEWEQ(suggest_from(STR("setps"), names), "steps");
    VIEWEQ(suggest_from(STR("on_faliure"), names), "on_failure");
    EQ(suggest_from(STR("banana"), names).n, 0);
    EQ(suggest_from(STR("x"), names).n, 0);
}

TEST(utf8_is_checked_as_rfc_3629_says)
{
    TRUE(utf8_valid(STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x91\x8b")));
    FALSE(utf8_valid(STR("\xc0\x80")));         /* overlong */
    FALSE(utf8_valid(STR("\xed\xa0\x80")));     /* surrogate */
    FALSE(utf8_valid(STR("\xf4\x90\x80\x80"))); /* past U+10FFFF */
    FALSE(utf8_valid(STR("abcdefgh\xff")));
    FALSE(utf8_valid(STR("\xe2\x82")));
    EQ(utf8_count(STR("a\xf0\x9f\x91\x8b\xff")), 3);
}

TEST(points_are_written_and_read_back)
{
    static const uint32_t points[] = {0x24, 0xa2, 0x20ac, 0x10348, 0x10ffff};
    char out[4];

    for (size_t i = 0; i < COUNT_OF(points); i++) {
        struct str s = str_n(out, utf8_put(points[i], out));

        EQ(utf8_next(&s), points[i]);
        EQ(s.n, 0);
    }
    EQ(utf8_put(0xd800, out), 0);
    EQ(utf8_put(0x110000, out), 0);
}

TEST(nothing_that_drives_a_terminal_gets_through)
{
    AUTO(buf) struct buf b = BUF(256);

    utf8_add_safe(&b,
                  STR("a\x1b[2Jb\n\xe2\x80\xae"
                      "c\xc2\x9b"
                      "d\xff"),
                  false);
    STREQ(b.p, "a\\x1b[2Jb\\x0a\\u{202e}c\\u{9b}d\\xff");
    buf_clear(&b);
    utf8_add_safe(&b, STR("a\n\tb\r"), true);
    STREQ(b.p, "a\n\tb\\x0d");
}

TEST(arena_lists_grow_and_keep_their_items)
{
    AUTO(arena) struct arena *a = arena_new();
    int *list = NULL;
    size_t n = 0;

    for (int i = 0; i < 1000; i++) *(int *)arena_push(a, &list, &n, sizeof *list) = i;
    EQ(n, 1000);
    for (int i = 0; i < 1000; i++) EQ(list[i], i);
    arena_reset(a);
    STREQ(arena_fmt(a, "%d-%s", 7, "x"), "7-x");
}

RUN(T(numbers_are_whole_and_in_range), T(views_compare_find_and_trim),
    T(cutting_gives_every_part_also_empty_ones), T(suggestions_are_near_or_none),
    T(utf8_is_checked_as_rfc_3629_says), T(points_are_written_and_read_back),
    T(nothing_that_drives_a_terminal_gets_through), T(arena_lists_grow_and_keep_their_items))
