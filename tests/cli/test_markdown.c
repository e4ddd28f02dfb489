#include "test.h"

#include <stdlib.h>

#include "cli/markdown.h"

static void renders(const char *text, const char *expected)
{
    AUTO(buf) struct buf b = BUF(1 << 16);

    markdown_write(&b, str_of(text), true);
    STREQ(b.p, expected);
}

static void plain(const char *text, const char *expected)
{
    AUTO(buf) struct buf b = BUF(1 << 16);

    markdown_write(&b, str_of(text), false);
    STREQ(b.p, expected);
}

#define B "\033[1m"
#define C "\033[36m"
#define D "\033[2m"
#define E "\033[0m"

TEST(without_colour_the_text_stays_as_it_is)
{
    plain("**a** `b` [c](d)\n- x\n", "**a** `b` [c](d)\n- x\n");
}

TEST(bold_and_code_are_coloured)
{
    renders("**web** is `live`", B "web" E " is " C "live" E "\n");
    renders("``a`b``", C "a`b" E "\n");
}

TEST(what_is_not_closed_stays)
{
    renders("2 ** 3 * 4 `x", "2 ** 3 * 4 `x\n");
    renders("** a **", "** a **\n");
    renders("[a] (b)", "[a] (b)\n");
}

TEST(nothing_inside_code_is_markup)
{
    renders("`**a**`", C "**a**" E "\n");
}

TEST(lists_get_bullets)
{
    renders("- a\n  * **b**\n-c", "\xe2\x80\xa2 a\n  \xe2\x80\xa2 " B "b" E "\n-c\n");
}

TEST(headings_quotes_and_links)
{
    renders("## Now", B "Now" E "\n");
    renders("#no", "#no\n");
    renders("> q", D "\xe2\x94\x82 " E "q\n");
    renders("[run](https://x/y)", "run " D "<https://x/y>" E "\n");
}

TEST(a_fence_keeps_its_lines)
{
    renders("```sh\nmake **x**\n```\nafter", "  " C "make **x**" E "\nafter\n");
}

TEST(a_backslash_hides_markup)
{
    renders("\\*\\*a\\*\\*", "**a**\n");
    renders("C:\\dir", "C:\\dir\n");
}

TEST(nothing_that_drives_a_terminal_passes)
{
    AUTO(buf) struct buf b = BUF(1000);

    markdown_write(&b,
                   STR("a\033]0;x\007\x9b"
                       "b\xe2\x80\xae"),
                   false);
    assert_null(strchr(b.p, '\033'));
    assert_null(strchr(b.p, '\007'));
    assert_null(strchr(b.p, '\x9b'));
    assert_null(strstr(b.p, "\xe2\x80\xae"));
    HAS(b.p, "\\x1b");
}

TEST(empty_text_is_an_empty_line)
{
    plain("", "\n");
    plain("a\n\n\n", "a\n");
}

RUN(T(without_colour_the_text_stays_as_it_is), T(bold_and_code_are_coloured),
    T(what_is_not_closed_stays), T(nothing_inside_code_is_markup), T(lists_get_bullets),
    T(headings_quotes_and_links), T(a_fence_keeps_its_lines), T(a_backslash_hides_markup),
    T(nothing_that_drives_a_terminal_passes), T(empty_text_is_an_empty_line))
