#include "test.h"

#include "cli/sse.h"

struct told {
    struct buf b;
    int n, most;
};

static bool note(void *arg, const struct sse_event *e)
{
    struct told *t = arg;

    buf_addf(&t->b, "[" STR_FMT "|" STR_FMT "|" STR_FMT "]", STR_ARG(e->event), STR_ARG(e->id),
             STR_ARG(e->data));
    return ++t->n < t->most;
}

/* In pieces of that size; the result must not depend on it. */
static void reads_in(struct str text, size_t piece, const char *expected)
{
    struct sse s AUTO(sse);
    struct told t = {.b = BUF(1 << 16), .most = 1000};

    sse_init(&s);
    for (size_t at = 0; at < text.n; at += piece)
        TRUE(sse_feed(&s, str_n(text.p + at, text.n - at < piece ? text.n - at : piece), note, &t));
    STREQ(t.b.p ? t.b.p : "", expected);
    buf_auto(&t.b);
}

static void reads(struct str text, const char *expected)
{
    for (size_t piece = 1; piece <= text.n + 1; piece++) reads_in(text, piece, expected);
}

TEST(an_event_has_a_name_an_id_and_data)
{
    reads(STR("event: say\nid: 7\ndata: {\"a\":1}\n\n"), "[say|7|{\"a\":1}]");
}

TEST(lines_may_end_in_three_ways)
{
    reads(STR("data: a\r\n\r\ndata: b\r\rdata: c\n\n"), "[message||a][message||b][message||c]");
}

TEST(lines_of_data_are_joined)
{
    reads(STR("data: a\ndata:\ndata:  b\n\n"), "[message||a\n\n b]");
}

TEST(an_id_stays_until_the_next)
{
    reads(STR("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n"),
          "[message|1|a][message|1|b][message||c]");
}

TEST(comments_and_unknown_fields_are_passed_over)
{
    reads(STR(": ping\n\nretry: 10\nfoo: bar\ndata: a\n:x\n\n"), "[message||a]");
}

TEST(an_event_without_data_is_none_and_leaves_no_name_behind)
{
    reads(STR("event: say\n\ndata: a\n\n"), "[message||a]");
}

TEST(what_is_not_ended_is_no_event)
{
    reads(STR("data: a\n"), "");
    reads(STR("data: a"), "");
}

TEST(a_byte_order_mark_is_passed_over)
{
    reads(STR("\xef\xbb\xbf"
              "data: a\n\n"),
          "[message||a]");
}

TEST(an_id_with_nul_is_ignored)
{
    reads(STR("id: a\0b\ndata: x\n\n"), "[message||x]");
}

TEST(the_receiver_may_stop_it)
{
    struct sse s AUTO(sse);
    struct told t = {.b = BUF(1000), .most = 1};

    sse_init(&s);
    FALSE(sse_feed(&s, STR("data: a\n\ndata: b\n\n"), note, &t));
    FALSE(sse_feed(&s, STR("data: c\n\n"), note, &t));
    STREQ(t.b.p, "[message||a]");
    FALSE(sse_too_long(&s));
    buf_auto(&t.b);
}

TEST(a_line_past_the_limit_ends_it)
{
    struct sse s AUTO(sse);
    struct told t = {.b = BUF(1000), .most = 10};
    char *piece = mem_new(1 << 20);
    int fed = 0;

    memset(piece, 'x', 1 << 20);
    sse_init(&s);
    while (sse_feed(&s, str_n(piece, 1 << 20), note, &t)) fed++;
    EQ(fed, SSE_MAX >> 20);
    TRUE(sse_too_long(&s));
    free(piece);
}

RUN(T(an_event_has_a_name_an_id_and_data), T(lines_may_end_in_three_ways),
    T(lines_of_data_are_joined), T(an_id_stays_until_the_next),
    T(comments_and_unknown_fields_are_passed_over),
    T(an_event_without_data_is_none_and_leaves_no_name_behind), T(what_is_not_ended_is_no_event),
    T(a_byte_order_mark_is_passed_over), T(an_id_with_nul_is_ignored), T(the_receiver_may_stop_it),
    T(a_line_past_the_limit_ends_it))
