#include "cli/answers.h"

#define TEXT_HEAD         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
#define OUTPUT(from, b64) "event: output\ndata: {\"from\":" from ",\"bytes\":\"" b64 "\"}\n\n"
#define STEP(path, attempt, status)                                                                \
    "{\"path\":\"" path "\",\"attempt\":" attempt ",\"kind\":\"run\",\"status\":\"" status         \
    "\",\"started\":\"2026-01-02T03:04:05Z\"}"
#define SAYS           "{\"path\":\"say-1\",\"attempt\":1,\"kind\":\"say\",\"status\":\"succeeded\"}"
#define OPEN_RUN(...)  JSON_HEAD "{\"ended\":null,\"steps\":[" __VA_ARGS__ "]}"
#define ENDED_RUN(...) JSON_HEAD "{\"ended\":\"2026-01-02T03:04:05Z\",\"steps\":[" __VA_ARGS__ "]}"
#define ONE            STREAM_HEAD OUTPUT("0", "b25lCg==") STREAM_END /* "one\n" */
#define TWO            STREAM_HEAD OUTPUT("0", "dHdvCg==") STREAM_END /* "two\n" */

TEST(logs_are_printed_as_they_are_to_a_pipe)
{
    static const char *const answers[] = {TEXT_HEAD "a\033[31m", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", RUN_ID, "build", "--attempt", "2");
    STREQ(b->r.out, "a\033[31m");
    HAS(b->f.requests[0], "/logs?step=build&attempt=2&from=0 ");
    end(b);
}

TEST(the_only_step_with_output_needs_neither_a_name_nor_a_heading)
{
    static const char *const answers[] = {ENDED_RUN(STEP("a", "1", "succeeded") "," SAYS),
                                          TEXT_HEAD "x", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", RUN_ID);
    STREQ(b->r.out, "x");
    HAS(b->f.requests[1], "/logs?step=a&attempt=1&from=0 ");
    end(b);
}

TEST(several_steps_come_under_headings_with_their_last_attempts)
{
    static const char *const answers[] = {
        ENDED_RUN(STEP("a", "1", "failed") "," STEP("b", "1", "succeeded") "," STEP(
            "a", "2", "succeeded") "," SAYS),
        TEXT_HEAD "of b", TEXT_HEAD "of a\n", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", RUN_ID);
    STREQ(b->r.out, "==> b <==\nof b\n\n==> a, attempt 2 <==\nof a\n");
    HAS(b->f.requests[2], "/logs?step=a&attempt=2&from=0 ");
    end(b);
}

TEST(an_attempt_may_be_chosen_of_all_steps)
{
    static const char *const answers[] = {
        ENDED_RUN(STEP("a", "1", "failed") "," STEP("a", "2", "succeeded")), TEXT_HEAD "first",
        ENDED_RUN(STEP("a", "1", "failed")), NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", RUN_ID, "--attempt", "1");
    STREQ(b->r.out, "first");
    CAPTURE(&b->r, "logs", RUN_ID, "--attempt", "3");
    EQ(b->r.status, 1);
    HAS(b->r.e.text, "no step of run " RUN_ID " has such output");
    end(b);
}

TEST(followed_logs_go_on_after_the_last_byte)
{
    static const char *const answers[] = {STREAM_HEAD OUTPUT("10", "b25lCg=="), "", /* "one\n" */
                                          STREAM_HEAD OUTPUT("14", "dHdvCg==") STREAM_END, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", "-f", "-n", "1", RUN_ID, "a");
    EQ(b->r.status, 0);
    STREQ(b->r.out, "one\ntwo\n");
    HAS(b->f.requests[0], "/logs?step=a&tail=1 ");
    HAS(b->f.requests[2], "/logs?step=a&from=14 ");
    end(b);
}

TEST(a_step_that_has_not_begun_is_waited_for)
{
    static const char *const answers[] = {PROBLEM("404 x") "{\"detail\":\"no such output\"}",
                                          OPEN_RUN(""), ONE, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", "-f", RUN_ID, "a");
    STREQ(b->r.out, "one\n");
    end(b);
}

TEST(a_run_is_followed_from_attempt_to_attempt_until_it_ends)
{
    static const char *const answers[] = {
        OPEN_RUN(""), OPEN_RUN(STEP("a", "1", "running")),
        ONE,          OPEN_RUN(STEP("a", "1", "failed") "," STEP("a", "2", "waiting")),
        "",           ENDED_RUN(STEP("a", "1", "failed") "," STEP("a", "2", "succeeded") "," SAYS),
        TWO,          NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", "-f", RUN_ID);
    EQ(b->r.status, 0);
    STREQ(b->r.out, "==> a <==\none\n\n==> a, attempt 2 <==\ntwo\n");
    end(b);
}

TEST(a_run_that_ended_without_output_is_an_error)
{
    static const char *const answers[] = {ENDED_RUN(SAYS), ENDED_RUN(SAYS), OPEN_RUN(SAYS), NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", "-f", RUN_ID);
    EQ(b->r.status, 1);
    HAS(b->r.e.text, "no step of run " RUN_ID " has output");
    CAPTURE(&b->r, "logs", RUN_ID);
    EQ(b->r.status, 1);
    CAPTURE(&b->r, "logs", RUN_ID);
    HAS(b->r.e.text, "logs -f` waits for it");
    end(b);
}

TEST(output_has_no_other_format)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "logs", RUN_ID, "-o", "json");
    EQ(r->status, 2);
    HAS(r->e.text, "botops show");
    free(r);
}

RUN(T(logs_are_printed_as_they_are_to_a_pipe),
    T(the_only_step_with_output_needs_neither_a_name_nor_a_heading),
    T(several_steps_come_under_headings_with_their_last_attempts),
    T(an_attempt_may_be_chosen_of_all_steps), T(followed_logs_go_on_after_the_last_byte),
    T(a_step_that_has_not_begun_is_waited_for),
    T(a_run_is_followed_from_attempt_to_attempt_until_it_ends),
    T(a_run_that_ended_without_output_is_an_error), T(output_has_no_other_format))
