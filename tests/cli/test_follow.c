#include "cli/answers.h"

TEST(a_run_that_succeeds_prints_what_it_said_and_its_outputs)
{
    static const char *const answers[] = {
        RECEIPT, STREAM_HEAD RUN_IS("running") SAY("A", "one") RUN_IS("succeeded") STREAM_END,
        NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "run", "w", "-i", "a=@x", "-i", "b=");
    EQ(b->r.status, 0);
    STREQ(b->r.out, "one\nurl: u\n");
    HAS(b->f.requests[0], "POST /api/v1/workflows/w/runs");
    HAS(b->f.requests[0], "\"inputs\":{\"a\":\"@x\",\"b\":\"\"}");
    HAS(b->f.requests[0], "\"room\":\"console/");
    end(b);
}

TEST(a_run_that_fails_exits_with_1)
{
    static const char *const answers[] = {RECEIPT, STREAM_HEAD RUN_IS("failed") STREAM_END, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "run", "w");
    EQ(b->r.status, 1);
    end(b);
}

TEST(a_cut_stream_is_taken_up_and_nothing_is_said_twice)
{
    static const char *const answers[] = {RECEIPT, STREAM_HEAD RUN_IS("running") SAY("A", "one"),
                                          "",
                                          STREAM_HEAD RUN_IS("running") SAY("A", "one")
                                              SAY("B", "two") RUN_IS("succeeded") STREAM_END,
                                          NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "run", "w");
    EQ(b->r.status, 0);
    STREQ(b->r.out, "one\ntwo\nurl: u\n");
    end(b);
}

TEST(a_run_that_is_gone_is_an_error)
{
    static const char *const answers[] = {
        RECEIPT, PROBLEM("404 x") "{\"detail\":\"there is no run\"}", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "run", "w");
    EQ(b->r.status, 1);
    HAS(b->r.e.text, "there is no run");
    end(b);
}

TEST(a_detached_run_prints_its_id)
{
    static const char *const answers[] = {RECEIPT, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "run", "w", "--detach");
    STREQ(b->r.out, RUN_ID "\n");
    end(b);
}

TEST(the_ended_run_is_the_result_as_json)
{
    static const char *const answers[] = {
        RECEIPT, STREAM_HEAD SAY("A", "one") RUN_IS("succeeded") STREAM_END, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "run", "w", "-o", "json");
    EQ(strncmp(b->r.out, "{\n  \"id\"", 8), 0);
    HAS(b->r.out, "\"status\": \"succeeded\"");
    end(b);
}

TEST(an_input_must_have_a_name_and_be_given_once)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "run", "w", "-i", "novalue");
    EQ(r->status, 2);
    HAS(r->e.text, "NAME=VALUE");
    CAPTURE(r, "run", "w", "-i", "=x");
    EQ(r->status, 2);
    CAPTURE(r, "run", "w", "-i", "a=1", "-i", "a=2");
    EQ(r->status, 2);
    HAS(r->e.text, "given twice");
    free(r);
}

/* What follows the name of a header in a request. */
static const char *header_of(const char *request, const char *name)
{
    const char *at = strstr(request, name);

    assert_non_null(at);
    return at + strlen(name);
}

#define KEY "Idempotency-Key: "

TEST(a_run_whose_receipt_was_lost_is_asked_for_again_with_the_same_key)
{
    static const char *const answers[] = {
        "",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 90\r\n\r\n{\"ev",
        PROBLEM("503 x") "{\"detail\":\"starting\"}",
        RECEIPT,
        RECEIPT,
        NULL};
    struct both *b = start(answers);
    struct captured *second = mem_new(sizeof *second);

    CAPTURE(&b->r, "run", "w", "--detach");
    STREQ(b->r.out, RUN_ID "\n");
    for (int i = 1; i < 4; i++)
        assert_memory_equal(header_of(b->f.requests[0], KEY), header_of(b->f.requests[i], KEY), 28);
    CAPTURE(second, "run", "w", "--detach");
    assert_memory_not_equal(header_of(b->f.requests[0], KEY), header_of(b->f.requests[4], KEY), 26);
    free(second);
    end(b);
}

TEST(an_event_whose_receipt_was_lost_is_sent_again)
{
    static const char *const answers[] = {"", RECEIPT, NULL};
    struct both *b = start(answers);

    capture_input(&b->r, (const char *const[]){"event", "send", "-", NULL}, STR("{\"id\":\"1\"}"));
    EQ(b->r.status, 0);
    HAS(b->f.requests[1], "{\"id\":\"1\"}");
    end(b);
}

TEST(a_retry_whose_answer_was_lost_is_sent_again_with_its_key)
{
    static const char *const answers[] = {"", JSON_HEAD "{\"run\":\"" RUN_ID "\"}", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "retry", RUN_ID, "--detach");
    EQ(b->r.status, 0);
    STREQ(b->r.out, RUN_ID "\n");
    assert_memory_equal(header_of(b->f.requests[0], KEY), header_of(b->f.requests[1], KEY), 26);
    end(b);
}

TEST(a_retry_is_followed_too)
{
    static const char *const answers[] = {JSON_HEAD "{\"run\":\"" RUN_ID "\"}",
                                          STREAM_HEAD RUN_IS("succeeded") STREAM_END, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "retry", "old", "--from", "s");
    EQ(b->r.status, 0);
    HAS(b->f.requests[0], "POST /api/v1/runs/old/retry");
    HAS(b->f.requests[0], "{\"from\":\"s\"}");
    HAS(b->f.requests[1], "/api/v1/runs/" RUN_ID "/stream");
    end(b);
}

/* --- the others --- */

TEST(last_is_the_newest_run)
{
    static const char *const answers[] = {JSON_HEAD "{\"items\":[{\"id\":\"" RUN_ID "\"}]}",
                                          JSON_HEAD "{\"id\":\"" RUN_ID "\"}",
                                          JSON_HEAD "{\"items\":[{\"id\":\"" RUN_ID "\"}]}",
                                          JSON_HEAD "{}",
                                          JSON_HEAD "{\"items\":[]}",
                                          NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "show", "last", "-w", "a b");
    HAS(b->f.requests[0], "GET /api/v1/runs?limit=1&workflow=a%20b ");
    HAS(b->f.requests[1], "GET /api/v1/runs/" RUN_ID " ");
    CAPTURE(&b->r, "cancel", "last");
    HAS(b->f.requests[2], "GET /api/v1/runs?limit=1 ");
    HAS(b->f.requests[3], "POST /api/v1/runs/" RUN_ID "/cancel ");
    HAS(b->r.out, "run " RUN_ID " was asked to end");
    CAPTURE(&b->r, "why", "last", "-w", "nope");
    EQ(b->r.status, 1);
    HAS(b->r.e.text, "no run of `nope` yet");
    end(b);
}

TEST(a_cancel_may_wait_until_all_is_gone)
{
    static const char *const answers[] = {
        JSON_HEAD "{}", STREAM_HEAD RUN_IS("running") RUN_IS("cancelled") STREAM_END, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "cancel", "--wait", RUN_ID);
    EQ(b->r.status, 0);
    STREQ(b->r.out, "run " RUN_ID " is cancelled\n");
    end(b);
}

TEST(a_workflow_goes_with_last_only)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "show", RUN_ID, "-w", "deploy");
    EQ(r->status, 2);
    HAS(r->e.text, "goes with `last`");
    free(r);
}

TEST(an_event_shows_what_was_decided_in_words)
{
    static const char *const answers[] = {
        JSON_HEAD
        "{\"id\":\"" RUN_ID "\",\"type\":\"t\",\"connection\":\"\",\"at\":"
        "\"2026-01-02T03:04:05.678901Z\",\"data\":{\"n\":1},\"decision\":{\"considered\":["
        "{\"workflow\":\"w\",\"trigger\":-1,\"verdict\":\"matched\",\"run\":\"" RUN_ID "\"},"
        "{\"workflow\":\"v\",\"trigger\":0,\"verdict\":\"not matched\",\"reason\":\"no\"}]}}",
        JSON_HEAD "{\"id\":\"" RUN_ID "\",\"type\":\"t\",\"decision\":{\"considered\":[]}}", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "event", "show", RUN_ID);
    STREQ(b->r.out,
          "event     " RUN_ID "\ntype      t\ncame      2026-01-02 03:04:05\n\nDATA\nn: 1\n\n"
          "WORKFLOW  TRIGGER     VERDICT      RUN                         REASON\n"
          "w         on request  matched      " RUN_ID "\n"
          "v         1           not matched                              no\n");
    CAPTURE(&b->r, "event", "show", RUN_ID);
    HAS(b->r.out, "no trigger is for such an event");
    end(b);
}

TEST(a_list_is_a_table_of_its_items)
{
    static const char *const answers[] = {
        JSON_HEAD "{\"items\":[{\"id\":\"" RUN_ID
                  "\",\"workflow\":\"w\",\"status\":\"failed\",\"user\":\"ada\","
                  "\"created\":\"2026-01-02T03:04:05Z\",\"ended\":\"2026-01-02T03:04:07Z\","
                  "\"message\":\"no\\u001b\"}]}",
        NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "runs", "-s", "failed", "-w", "w", "-n", "1");
    STREQ(b->r.out,
          "RUN                         WORKFLOW  STATUS  BEGUN                TOOK  BY   "
          "MESSAGE\n" RUN_ID "  w         failed  2026-01-02 03:04:05  2 s   ada  no\\x1b\n");
    HAS(b->f.requests[0], "GET /api/v1/runs?status=failed&workflow=w&limit=1 ");
    end(b);
}

TEST(why_looks_for_a_run_and_then_for_an_event)
{
    static const char *const answers[] = {PROBLEM("404 x") "{\"detail\":\"no\"}",
                                          JSON_HEAD "{\"text\":\"because\"}", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "why", RUN_ID);
    STREQ(b->r.out, "because\n");
    HAS(b->f.requests[1], "/api/v1/events/" RUN_ID "/why");
    end(b);
}

TEST(why_asks_what_one_workflow_makes_of_an_event)
{
    static const char *const answers[] = {JSON_HEAD "{\"text\":\"because\"}",
                                          PROBLEM("404 x") "{\"detail\":\"there is no event\"}",
                                          NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "why", RUN_ID, "--workflow", "a b");
    STREQ(b->r.out, "because\n");
    HAS(b->f.requests[0], "GET /api/v1/events/" RUN_ID "/why?workflow=a%20b ");
    CAPTURE(&b->r, "why", RUN_ID, "-w", "a");
    EQ(b->r.status, 1);
    HAS(b->r.e.text, "there is no event");
    end(b);
}

TEST(an_event_is_sent_as_it_stands)
{
    static const char *const answers[] = {RECEIPT, NULL};
    struct both *b = start(answers);

    capture_input(&b->r, (const char *const[]){"event", "send", "-", NULL},
                  STR("{\"id\":\"1\",\"n\":12345678901234567890}"));
    STREQ(b->r.out, "event " RUN_ID "\nrun   " RUN_ID "\n");
    HAS(b->f.requests[0], "{\"id\":\"1\",\"n\":12345678901234567890}");
    end(b);
}

TEST(resolving_needs_a_decision)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "resolve", RUN_ID, "s");
    EQ(r->status, 2);
    CAPTURE(r, "resolve", RUN_ID, "s", "--as", "maybe");
    EQ(r->status, 2);
    HAS(r->e.text, "--as done");
    free(r);
}

RUN(T(a_run_that_succeeds_prints_what_it_said_and_its_outputs), T(a_run_that_fails_exits_with_1),
    T(a_cut_stream_is_taken_up_and_nothing_is_said_twice), T(a_run_that_is_gone_is_an_error),
    T(a_detached_run_prints_its_id), T(the_ended_run_is_the_result_as_json),
    T(an_input_must_have_a_name_and_be_given_once),
    T(a_run_whose_receipt_was_lost_is_asked_for_again_with_the_same_key),
    T(an_event_whose_receipt_was_lost_is_sent_again),
    T(a_retry_whose_answer_was_lost_is_sent_again_with_its_key), T(a_retry_is_followed_too),
    T(last_is_the_newest_run), T(a_cancel_may_wait_until_all_is_gone),
    T(a_workflow_goes_with_last_only), T(an_event_shows_what_was_decided_in_words),
    T(a_list_is_a_table_of_its_items), T(why_looks_for_a_run_and_then_for_an_event),
    T(why_asks_what_one_workflow_makes_of_an_event), T(an_event_is_sent_as_it_stands),
    T(resolving_needs_a_decision))
