#include "cli/fake_server.h"

#define RECEIPT JSON_HEAD "{\"event\":\"" RUN_ID "\",\"runs\":[\"" RUN_ID "\"],\"duplicate\":false}"
#define NO_RUN  JSON_HEAD "{\"event\":\"" RUN_ID "\",\"runs\":[],\"duplicate\":false}"
#define SAY(i, t)                                                                                  \
    "event: say\ndata: {\"id\":\"" SAY_ID(i) "\",\"room\":\"\",\"kind\":\"say\",\"text\":\"" t     \
                                             "\"}\n\n"
#define STREAM_END "event: end\ndata: {}\n\n"
#define NOTHING    JSON_HEAD "{\"items\":[]}"
#define RUN_IS(s)                                                                                  \
    "event: run\ndata: {\"id\":\"" RUN_ID "\",\"workflow\":\"w\",\"status\":\"" s                  \
    "\",\"message\":\"why\",\"failed_step\":\"s\",\"outputs\":{\"url\":\"u\"},\"steps\":[{"        \
    "\"path\":"                                                                                    \
    "\"s\",\"attempt\":1,\"kind\":\"run\",\"status\":\"" s "\"}]}\n\n"

struct both {
    struct captured r;
    struct fake f;
};

static struct both *start(const char *const *answers)
{
    struct both *b = mem_new(sizeof *b);

    fake_start(&b->f, answers);
    return b;
}

static void end(struct both *b)
{
    fake_end(&b->f);
    free(b);
}

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

/* --- chat --- */

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

/* --- logs --- */

#define TEXT_HEAD         "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
#define OUTPUT(from, b64) "event: output\ndata: {\"from\":" from ",\"bytes\":\"" b64 "\"}\n\n"

TEST(logs_are_printed_as_they_are_to_a_pipe)
{
    static const char *const answers[] = {TEXT_HEAD "a\033[31m\n", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", RUN_ID, "build", "--attempt", "2");
    STREQ(b->r.out, "a\033[31m\n");
    HAS(b->f.requests[0], "/logs?step=build&attempt=2&from=0 ");
    end(b);
}

TEST(followed_logs_go_on_after_the_last_byte)
{
    static const char *const answers[] = {STREAM_HEAD OUTPUT("10", "b25lCg=="), "", /* "one\n" */
                                          STREAM_HEAD OUTPUT("14", "dHdvCg==") STREAM_END, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", "-f", "-n", "1", RUN_ID);
    EQ(b->r.status, 0);
    STREQ(b->r.out, "one\ntwo\n");
    HAS(b->f.requests[0], "/logs?tail=1 ");
    HAS(b->f.requests[2], "/logs?from=14 ");
    end(b);
}

TEST(logs_of_a_step_that_has_not_begun_are_waited_for)
{
    static const char *const answers[] = {PROBLEM("404 x") "{\"detail\":\"no step has output\"}",
                                          JSON_HEAD "{\"ended\":null}",
                                          STREAM_HEAD OUTPUT("0", "b25lCg==") STREAM_END, NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", "-f", RUN_ID);
    STREQ(b->r.out, "one\n");
    end(b);
}

TEST(logs_of_an_ended_run_without_output_are_an_error)
{
    static const char *const answers[] = {PROBLEM("404 x") "{\"detail\":\"no step has output\"}",
                                          JSON_HEAD "{\"ended\":\"2026-01-02T03:04:05Z\"}", NULL};
    struct both *b = start(answers);

    CAPTURE(&b->r, "logs", "-f", RUN_ID);
    EQ(b->r.status, 1);
    HAS(b->r.e.text, "no step has output");
    end(b);
}

/* --- the others --- */

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
          "RUN                         WORKFLOW  STATUS  BEGUN                 TOOK  BY   "
          "MESSAGE\n" RUN_ID "  w         failed  2026-01-02T03:04:05Z  2 s   ada  no\\x1b\n");
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
    T(an_input_must_have_a_name_and_be_given_once), T(a_retry_is_followed_too),
    T(a_line_that_is_answered_at_once_exits_with_0), T(an_answer_that_comes_later_is_waited_for),
    T(piped_lines_are_said_one_after_the_other),
    T(a_line_whose_answer_was_lost_is_said_again_with_the_same_id),
    T(what_a_run_said_is_not_printed_again_from_the_room), T(a_line_that_is_too_long_is_refused),
    T(logs_are_printed_as_they_are_to_a_pipe), T(followed_logs_go_on_after_the_last_byte),
    T(logs_of_a_step_that_has_not_begun_are_waited_for),
    T(logs_of_an_ended_run_without_output_are_an_error), T(a_list_is_a_table_of_its_items),
    T(why_looks_for_a_run_and_then_for_an_event), T(an_event_is_sent_as_it_stands),
    T(resolving_needs_a_decision))
