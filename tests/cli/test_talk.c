#include "cli/answers.h"

#define HEARD(i, t) JSON_HEAD "{\"items\":[{\"id\":\"" SAY_ID(i) "\",\"text\":\"" t "\"}]}"

TEST(a_line_that_is_answered_at_once_exits_with_0)
{
    static const char *const answers[] = {NO_RUN, HEARD("A", "**what?**"), NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "chat", "-c", "hm");
    EQ(b->r.status, 0);
    STREQ(b->r.out, "**what?**\n");
    HAS(b->f.requests[0], "\"text\":\"hm\"");
    end(b);
}

TEST(an_answer_that_comes_later_is_waited_for)
{
    static const char *const answers[] = {NO_RUN, NOTHING, NOTHING, HEARD("A", "late"), NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "chat", "-c", "runs");
    STREQ(b->r.out, "late\n");
    end(b);
}

TEST(piped_lines_are_said_one_after_the_other)
{
    static const char *const answers[] = {NO_RUN,
                                          HEARD("A", "first"),
                                          RECEIPT,
                                          STREAM_HEAD RUN_IS("failed") STREAM_END,
                                          HEARD("B", "it failed"),
                                          NULL};
    struct both *b = start(answers);

    capture_input(&b->r, (const char *const[]){"chat", NULL}, STR("one\n\n  two  "));
    EQ(b->r.status, 1);
    STREQ(b->r.out, "> one\nfirst\n> two\nit failed\n");
    HAS(b->f.requests[4], "after=" SAY_ID("A"));
    end(b);
}

/* What stands after "id": in a request; the server knows a repeat by it. */
static const char *line_id(const char *request)
{
    const char *at = strstr(request, "\"id\":\"");

    assert_non_null(at);
    return at + 6;
}

TEST(a_line_whose_answer_was_lost_is_said_again_with_the_same_id)
{
    static const char *const answers[] = {
        NO_RUN, HEARD("A", "first"),  "",  PROBLEM("503 x") "{\"detail\":\"starting\"}",
        NO_RUN, HEARD("B", "second"), NULL};
    struct both *b = start(answers);

    capture_input(&b->r, (const char *const[]){"chat", NULL}, STR("one\ntwo\n"));
    EQ(b->r.status, 0);
    STREQ(b->r.out, "> one\nfirst\n> two\nsecond\n");
    assert_memory_equal(line_id(b->f.requests[2]), line_id(b->f.requests[4]), 26);
    assert_memory_not_equal(line_id(b->f.requests[0]), line_id(b->f.requests[2]), 26);
    end(b);
}

TEST(what_a_run_said_is_not_printed_again_from_the_room)
{
    static char stream[1 << 14], heard[1 << 12];
    static const char *const answers[] = {NO_RUN, HEARD("A", "x"), NULL};
    static const char *const more[] = {RECEIPT, stream, heard, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "chat", "-c", "x");
    end(b);
    /* The room's name is known only from the request, so the stream names none of it: the words
       come from the room. */
    snprintf(stream, sizeof stream, "%s",
             STREAM_HEAD SAY("A", "elsewhere") RUN_IS("succeeded") STREAM_END);
    snprintf(heard, sizeof heard, "%s",
             JSON_HEAD "{\"items\":[{\"id\":\"" SAY_ID(
                 "B") "\",\"text\":\"here\"},{\"id\":\"" SAY_ID("B") "\",\"text\":\"here\"}]}");
    b = start(more);
    CAPTURE(&b->r, "chat", "-c", "y");
    STREQ(b->r.out, "here\n");
    end(b);
}

TEST(a_line_that_is_too_long_is_refused)
{
    struct captured *r = mem_new(sizeof *r);
    char *line = mem_new(6000);
    char data[64];

    setenv("BOTOPS_DATA", temp_folder(data), 1);
    memset(line, 'x', 5000);
    capture_input(r, (const char *const[]){"chat", NULL}, str_n(line, 5000));
    EQ(r->status, 1);
    HAS(r->e.text, "more than 4096 bytes");
    unsetenv("BOTOPS_DATA");
    drop_folder(data);
    free(line);
    free(r);
}

/* --- a named room --- */

TEST(a_line_in_a_named_room_shows_what_comes_of_it_and_nothing_older)
{
    static const char *const answers[] = {HEARD("A", "yesterday"), NO_RUN, HEARD("B", "now"), NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "chat", "--room", "ops", "-c", "hello");
    STREQ(b->r.out, "now\n");
    HAS(b->f.requests[0], "GET /api/v1/chat?room=console%2Fops&after=0");
    HAS(b->f.requests[1], "\"room\":\"console/ops\"");
    HAS(b->f.requests[2], "after=" SAY_ID("A"));
    end(b);
}

#define LATE_ID(last) "71JD5Z8E8Q0V8J4X1T3N6M2R8" last /* not a day old for long */

TEST(joining_a_room_shows_what_was_said_there)
{
    static const char *const answers[] = {
        JSON_HEAD "{\"items\":[{\"id\":\"" LATE_ID("A") "\",\"text\":\"one\"}],\"next\":\"x\"}",
        JSON_HEAD "{\"items\":[{\"id\":\"" LATE_ID("B") "\",\"text\":\"two\"}]}", NULL};
    struct both *b = start(answers);

    capture_input(&b->r, (const char *const[]){"chat", "-r", "console/ops", NULL}, STR(""));
    EQ(b->r.status, 0);
    STREQ(b->r.out, "one\ntwo\n");
    HAS(b->f.requests[1], "room=console%2Fops&after=" LATE_ID("A"));
    end(b);
}

TEST(a_room_needs_a_name)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "chat", "--room", "", "-c", "x");
    EQ(r->status, 2);
    HAS(r->e.text, "console/ops");
    free(r);
}

RUN(T(a_line_that_is_answered_at_once_exits_with_0), T(an_answer_that_comes_later_is_waited_for),
    T(piped_lines_are_said_one_after_the_other),
    T(a_line_whose_answer_was_lost_is_said_again_with_the_same_id),
    T(what_a_run_said_is_not_printed_again_from_the_room), T(a_line_that_is_too_long_is_refused),
    T(a_line_in_a_named_room_shows_what_comes_of_it_and_nothing_older),
    T(joining_a_room_shows_what_was_said_there), T(a_room_needs_a_name))
