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

/* As suggest.h says it, cell by cell. */
static size_t plain_distance(struct str a, struct str b)
{
    size_t d[16][16];

    for (size_t i = 0; i <= a.n; i++)
        for (size_t j = 0; j <= b.n; j++) {
            size_t least = i && j ? d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]) : i + j;

            if (i && j && d[i - 1][j] + 1 < least) least = d[i - 1][j] + 1;
            if (i && j && d[i][j - 1] + 1 < least) least = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                d[i - 2][j - 2] + 1 < least)
                least = d[i - 2][j - 2] + 1;
            d[i][j] = least;
        }
    return d[a.n][b.n];
}

static struct str random_word(uint64_t *seed, char out[16])
{
    size_t n;

    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    n = (*seed >> 33) % 15;
    for (size_t i = 0; i < n; i++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        out[i] = (char)('a' + (*seed >> 33) % 4);
    }
    return str_n(out, n);
}

TEST(what_is_passed_over_quickly_would_not_have_been_suggested)
{
    uint64_t seed = 1;
    int found = 0;

    for (int i = 0; i < 20000; i++) {
        char word_text[16], name_text[8][16];
        struct str word = random_word(&seed, word_text), best = STR("");
        size_t nearest = SIZE_MAX;
        struct suggest s;

        suggest_init(&s, word);
        for (int k = 0; k < 8; k++) {
            struct str name = random_word(&seed, name_text[k]);
            size_t d = plain_distance(word, name);

            suggest_offer(&s, name);
            if (d > (word.n > name.n ? word.n : name.n) / 3 + 1 || d >= name.n || d >= nearest)
                continue;
            nearest = d;
            best = name;
        }
        EQ(s.distance == nearest, true);
        EQ(suggest_best(&s).n, best.n);
        TRUE(suggest_best(&s).p == best.p || best.n == 0);
        found += best.n > 0;
    }
    TRUE(found > 5000 && found < 19000);
}

TEST(a_suggestion_ignores_case_and_long_words)
{
    static const char *const names[] = {"Retry", NULL};
    char text[65];

    memset(text, 'x', sizeof text);
    VIEWEQ(suggest_from(STR("rEtyr"), names), "Retry");
    EQ(suggest_from(str_n(text, 65), (const char *const[]){"retry", NULL}).n, 0);
    text[64] = '\0';
    VIEWEQ(suggest_from(str_n(text, 63), (const char *const[]){text, NULL}), text);
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
    T(what_is_passed_over_quickly_would_not_have_been_suggested),
    T(a_suggestion_ignores_case_and_long_words), T(utf8_is_checked_as_rfc_3629_says),
    T(points_are_written_and_read_back), T(nothing_that_drives_a_terminal_gets_through),
    T(arena_lists_grow_and_keep_their_items))
