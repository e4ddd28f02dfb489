#include "test.h"

#include <stdlib.h>

#include "cli/look.h"

#define NOW ((int64_t)1767323045) /* 2026-01-02T03:04:05Z */

static struct look look(struct arena *a, bool terminal, bool colour)
{
    return (struct look){a, terminal, colour, NOW * SECOND_US};
}

static void age_is(int64_t seconds_ago, const char *expected)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, true, false);
    char time[TIME_TEXT];

    VIEWEQ(look_age(&l, str_of(clock_text((NOW - seconds_ago) * SECOND_US, time))), expected);
}

TEST(ages_are_for_people)
{
    age_is(0, "just now");
    age_is(1, "just now");
    age_is(2, "2 s ago");
    age_is(59, "59 s ago");
    age_is(60, "1 min ago");
    age_is(200, "3 min ago");
    age_is(3600, "1 h ago");
    age_is(86399, "23 h ago");
    age_is(86400 * 5, "5 d ago");
    age_is(86400 * 40, "2025-11-23");
}

TEST(times_to_come_are_said_so)
{
    age_is(-90, "in 1 min");
    age_is(-7200, "in 2 h");
}

TEST(a_pipe_gets_the_date_and_time)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, false, false);

    VIEWEQ(look_age(&l, STR("2026-01-02T03:04:00.678901Z")), "2026-01-02 03:04:00");
    VIEWEQ(look_age(&l, STR("")), "");
}

TEST(a_span_ends_now_when_it_has_no_end)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, true, false);

    VIEWEQ(look_span(&l, STR("2026-01-02T03:04:00Z"), STR("2026-01-02T03:04:01.5Z")), "1.5 s");
    VIEWEQ(look_span(&l, STR("2026-01-02T03:04:00Z"), STR("")), "5 s");
    VIEWEQ(look_span(&l, STR(""), STR("")), "");
}

static void span_is(const char *to, const char *expected)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, false, false);

    VIEWEQ(look_span(&l, STR("2026-01-02T03:04:00Z"), str_of(to)), expected);
}

TEST(spans_are_for_people)
{
    span_is("2026-01-02T03:04:00Z", "<1 ms");
    span_is("2026-01-02T03:04:00.000999Z", "<1 ms");
    span_is("2026-01-02T03:03:59Z", "<1 ms");
    span_is("2026-01-02T03:04:00.012345Z", "12 ms");
    span_is("2026-01-02T03:04:03.456789Z", "3.4 s");
    span_is("2026-01-02T03:06:05.5Z", "2 min 5 s");
}

TEST(sizes_are_for_people)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, true, false);

    VIEWEQ(look_size(&l, 0), "0 B");
    VIEWEQ(look_size(&l, 999), "999 B");
    VIEWEQ(look_size(&l, 1234567), "1.2 MB");
    VIEWEQ(look_size(&l, 85000000000), "85 GB");
}

static const char *const heads[] = {"NAME", "N", "TEXT", NULL};

static void table(struct look *l, const char *const *cells, const char *expected)
{
    AUTO(buf) struct buf out = BUF(1 << 16);
    struct grid g;

    grid_init(&g, l, heads);
    for (; *cells; cells++) grid_add(&g, str_of(*cells), NULL);
    grid_write(&g, &out);
    STREQ(out.p, expected);
}

TEST(columns_are_as_wide_as_their_widest_text)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, false, false);
    const char *const cells[] = {"a", "10000", "x y", "h\xc3\xa9llo", "1", "", NULL};

    table(&l, cells, "NAME   N      TEXT\na      10000  x y\nh\xc3\xa9llo  1\n");
}

TEST(a_text_of_several_lines_stays_on_one)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, false, false);
    const char *const cells[] = {"a\nb", "\033[31m", "c", NULL};

    table(&l, cells, "NAME    N         TEXT\na\\x0ab  \\x1b[31m  c\n");
}

TEST(a_long_text_is_cut_on_a_terminal_only)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, true, false);
    char text[101] = {0};
    struct grid g;

    memset(text, 'x', 100);
    grid_init(&g, &l, heads);
    grid_add(&g, str_of(text), NULL);
    EQ(g.cells[0].text.n, CELL_MAX - 1 + 3);
    TRUE(str_ends(g.cells[0].text, STR("\xe2\x80\xa6")));
    l.terminal = false;
    grid_add(&g, str_of(text), NULL);
    EQ(g.cells[1].text.n, 100);
}

TEST(colour_does_not_count_as_width)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, true, true);
    AUTO(buf) struct buf out = BUF(1 << 16);
    struct grid g;

    grid_init(&g, &l, (const char *const[]){"S", "T", NULL});
    grid_add(&g, STR("failed"), look_status(&l, STR("failed")));
    grid_add(&g, STR("x"), NULL);
    grid_write(&g, &out);
    HAS(out.p, "\033[31mfailed\033[0m  x\n");
}

TEST(without_colour_there_is_none)
{
    AUTO(arena) struct arena *a = arena_new();
    struct look l = look(a, true, false);

    STREQ(look_status(&l, STR("failed")), "");
    STREQ(look_bold(&l), "");
    STREQ(look_end(&l), "");
}

RUN(T(ages_are_for_people), T(times_to_come_are_said_so), T(a_pipe_gets_the_date_and_time),
    T(a_span_ends_now_when_it_has_no_end), T(spans_are_for_people), T(sizes_are_for_people),
    T(columns_are_as_wide_as_their_widest_text), T(a_text_of_several_lines_stays_on_one),
    T(a_long_text_is_cut_on_a_terminal_only), T(colour_does_not_count_as_width),
    T(without_colour_there_is_none))
