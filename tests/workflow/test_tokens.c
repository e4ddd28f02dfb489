#include "test.h"

#include "workflow/tokens.h"

/* The words of a line joined by "|". */
static const char *words(struct arena *a, const char *line)
{
    struct tokens t;
    struct err e;
    const char *all = "";

    PASS(tokens_read(a, str_of(line), &t, &e));
    for (size_t i = 0; i < t.n; i++)
        all = arena_fmt(a, "%s%s" STR_FMT, all, i ? "|" : "", STR_ARG(t.list[i].text));
    return all;
}

TEST(a_line_is_cut_at_ascii_white_space_only)
{
    AUTO(arena) struct arena *a = arena_new();

    STREQ(words(a, "deploy web  to\tprod\n"), "deploy|web|to|prod");
    STREQ(words(a, ""), "");
    STREQ(words(a, " \t "), "");
    /* no-break space, em space, ideographic space, zero width space */
    STREQ(words(a, "a\xc2\xa0"
                   "b\xe2\x80\x83"
                   "c\xe3\x80\x80"
                   "d\xe2\x80\x8b"
                   "e"),
          "a\xc2\xa0"
          "b\xe2\x80\x83"
          "c\xe3\x80\x80"
          "d\xe2\x80\x8b"
          "e");
}

TEST(quotes_and_backslashes_hold_words_together)
{
    AUTO(arena) struct arena *a = arena_new();

    STREQ(words(a, "say 'a b' \"c d\""), "say|a b|c d");
    STREQ(words(a, "--to=\"a b\" to='c d'"), "--to=a b|to=c d");
    STREQ(words(a, "'a \"b\\' \"c 'd\\\" \\\\\""), "a \"b\\|c 'd\" \\");
    STREQ(words(a, "a\\ b \\'c \\\\d"), "a b|'c|\\d");
    STREQ(words(a, "\"a\"b'c"), "ab'c");
    STREQ(words(a, "'' x"), "|x");
}

TEST(what_is_no_quoting_stays_as_it_is)
{
    AUTO(arena) struct arena *a = arena_new();

    STREQ(words(a, "don't it\"s"), "don't|it\"s");
    STREQ(words(a, "C:\\temp\\new \\n"), "C:\\temp\\new|\\n");
    STREQ(words(a, "a=b='c"), "a=b='c");
    STREQ(words(a, "$(id) `x` ; | * @file $HOME ~ %PATH% \xe2\x80\x9cx\xe2\x80\x9d end\\"),
          "$(id)|`x`|;|||*|@file|$HOME|~|%PATH%|\xe2\x80\x9cx\xe2\x80\x9d|end\\");
}

TEST(a_word_knows_where_it_stood_and_how_much_was_bare)
{
    AUTO(arena) struct arena *a = arena_new();
    struct tokens t;
    struct err e;

    PASS(tokens_read(a, STR(" ab env='x y' 'env=q' a\\ b"), &t, &e));
    EQ(t.n, 4);
    EQ(t.list[0].start, 1);
    EQ(t.list[0].end, 3);
    EQ(t.list[0].bare, 2);
    EQ(t.list[1].start, 4);
    EQ(t.list[1].end, 13);
    EQ(t.list[1].bare, 4);
    EQ(t.list[2].bare, 0);
    EQ(t.list[3].bare, 1);
    TRUE(t.list[0].text.p == t.line.p + 1); /* not copied */
    TRUE(t.key == word_key(STR("AB")));
    TRUE(t.key != word_key(STR("ac")));
}

static void refused(struct str line, err_t code, int col, const char *part)
{
    AUTO(arena) struct arena *a = arena_new();
    struct tokens t;
    struct err e = {.text = ""};

    EQ(tokens_read(a, line, &t, &e), code);
    EQ(e.col, col);
    HAS(e.text, part);
}

TEST(lines_that_cannot_be_read_are_refused_with_a_sentence)
{
    static char many[LINE_MAX_BYTES + 1];

    refused(STR("say 'a b"), E_INPUT, 5, "the quote ' at column 5 is not closed");
    refused(STR("to=\"a\\\""), E_INPUT, 4, "the quote \" at column 4 is not closed");
    refused(STR("ab\xff"), E_INPUT, 3, "not valid UTF-8 at byte 3");
    refused(STR("\xc0\xaf"), E_INPUT, 1, "not valid UTF-8");
    refused(STR("a\xed\xa0\x80"), E_INPUT, 2, "not valid UTF-8");
    refused(STR("a\0b"), E_INPUT, 2, "NUL");
    memset(many, 'x', sizeof many);
    refused(str_n(many, sizeof many), E_LIMIT, 0, "longer than 4096 bytes");
    for (size_t i = 1; i < sizeof many; i += 2) many[i] = ' ';
    refused(str_n(many, 257), E_LIMIT, 257, "more than 128 words");
}

TEST(a_line_at_the_limits_is_read)
{
    static char line[LINE_MAX_BYTES];
    AUTO(arena) struct arena *a = arena_new();
    struct tokens t;
    struct err e;

    memset(line, 'x', sizeof line);
    for (size_t i = 1; i < 256; i += 2) line[i] = ' ';
    line[255] = 'x';
    PASS(tokens_read(a, str_n(line, sizeof line), &t, &e));
    EQ(t.n, 128);
    line[0] = '\'';
    line[sizeof line - 1] = '\'';
    PASS(tokens_read(a, str_n(line, sizeof line), &t, &e));
    EQ(t.n, 1);
    EQ(t.list[0].text.n, sizeof line - 2);
}

RUN(T(a_line_is_cut_at_ascii_white_space_only), T(quotes_and_backslashes_hold_words_together),
    T(what_is_no_quoting_stays_as_it_is), T(a_word_knows_where_it_stood_and_how_much_was_bare),
    T(lines_that_cannot_be_read_are_refused_with_a_sentence), T(a_line_at_the_limits_is_read))
