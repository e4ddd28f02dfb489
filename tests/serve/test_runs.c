#include "fixture.h"

TEST(a_workflow_is_started_with_inputs_that_fit)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run;

    EQ(call("POST", "/api/v1/workflows/greet/runs",
            "{\"inputs\":{\"who\":\"bob\"},\"room\":\"ops\"}"),
       202);
    run = first_run(a);
    await_status(run, "succeeded");
    STREQ(json_text(a, "id"), run);
    STREQ(json_text(a, "workflow"), "greet");
    STREQ(json_text(a, "trigger"), "cli");
    STREQ(json_text(a, "room"), "console/ops");
    STREQ(json_text(a, "inputs.who"), "bob");
    EQ(value_at(json(a), "steps").n, 1);
    VIEWEQ(value_get_str(value_at(json(a), "steps").list[0], "status"), "succeeded");
    HAS(got.body, "\"text\":\"hello bob\"");
    EQ(value_at(json(a), "wake").kind, V_NULL);
    EQ(call_tcp("POST", "/api/v1/workflows/greet/runs", "Authorization: Bearer " TOKEN "\r\n", ""),
       202);
    await_status(first_run(a), "succeeded");
    STREQ(json_text(a, "trigger"), "api");
    STREQ(json_text(a, "inputs.who"), "you");
}

TEST(inputs_that_do_not_fit_start_nothing)
{
    struct arena *a AUTO(arena) = arena_new();

    EQ(call("POST", "/api/v1/workflows/greet/runs", "{\"inputs\":{\"whom\":\"bob\"}}"), 400);
    HAS(got.body, "did you mean `who`");
    EQ(call("POST", "/api/v1/workflows/greet/runs", "{\"inputs\":{\"who\":\"BOB\"}}"), 400);
    EQ(call("POST", "/api/v1/workflows/greet/runs", "{\"inputs\":7}"), 400);
    EQ(call("POST", "/api/v1/workflows/greet/runs", "{\"room\":\"a b\"}"), 400);
    EQ(call("POST", "/api/v1/workflows/gret/runs", "{}"), 404);
    HAS(got.body, "there is no workflow `gret`; did you mean `greet`?");
    EQ(call("GET", "/api/v1/runs", NULL), 200);
    EQ(value_at(json(a), "items").n, 0);
}

#define GREET "/api/v1/workflows/greet/runs"

static int post_keyed(const char *path, const char *key)
{
    int fd = dial_unix();
    char header[400];

    snprintf(header, sizeof header, "Idempotency-Key: %s\r\n", key);
    send_request(fd, "POST", path, header, "{}", true);
    return take_answer(fd);
}

TEST(an_idempotency_key_makes_a_repeat_harmless)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run;

    EQ(post_keyed(GREET, "k-1"), 202);
    run = first_run(a);
    EQ(post_keyed(GREET, "k-1"), 200);
    STREQ(first_run(a), run);
    EQ(post_keyed(GREET, "k-2"), 202);
    EQ(post_keyed(GREET, "two words"), 400);
}

TEST(runs_are_listed_by_what_they_are)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *done, *open[3];

    EQ(call("POST", "/api/v1/workflows/greet/runs", "{}"), 202);
    done = first_run(a);
    await_status(done, "succeeded");
    for (int i = 0; i < 3; i++) {
        EQ(post_hook("door", NULL, arena_fmt(a, "{\"id\":\"%d\",\"kind\":\"slow\"}", i)), 202);
        open[i] = first_run(a);
        await_status(open[i], "waiting");
    }
    EQ(call("GET", "/api/v1/runs?status=open", NULL), 200);
    EQ(value_at(json(a), "items").n, 3);
    VIEWEQ(value_get_str(value_at(json(a), "items").list[0], "id"), open[2]);
    VIEWEQ(value_get_str(value_at(json(a), "items").list[2], "id"), open[0]);
    EQ(call("GET", "/api/v1/runs?status=open&limit=2", NULL), 200);
    STREQ(json_text(a, "next"), open[1]);
    EQ(call("GET", arena_fmt(a, "/api/v1/runs?status=open&limit=2&before=%s", open[1]), NULL), 200);
    EQ(value_at(json(a), "items").n, 1);
    STREQ(json_text(a, "next"), "");
    EQ(call("GET", "/api/v1/runs?status=succeeded", NULL), 200);
    EQ(value_at(json(a), "items").n, 1);
    EQ(call("GET", "/api/v1/runs?workflow=slow", NULL), 200);
    EQ(value_at(json(a), "items").n, 3);
    EQ(call("GET", "/api/v1/runs", NULL), 200);
    EQ(value_at(json(a), "items").n, 4);
    EQ(call("GET", "/api/v1/runs?status=finished", NULL), 400);
}

TEST(a_run_can_be_cancelled_and_retried_but_not_twice)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run, *again;

    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"slow\"}"), 202);
    run = first_run(a);
    EQ(call("POST", arena_fmt(a, "/api/v1/runs/%s/retry", run), NULL), 409);
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s/why", run), NULL), 200);
    HAS(json_text(a, "text"), "door.slow");
    EQ(call("POST", arena_fmt(a, "/api/v1/runs/%s/cancel", run), NULL), 202);
    await_status(run, "cancelled");
    EQ(call("POST", arena_fmt(a, "/api/v1/runs/%s/cancel", run), NULL), 409);
    EQ(call("POST", arena_fmt(a, "/api/v1/runs/%s/retry", run), "{}"), 202);
    again = json_text(a, "run");
    assert_string_not_equal(again, run);
    await_status(again, "waiting");
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s/why", again), NULL), 200);
    HAS(json_text(a, "text"), "waits until");
    EQ(call("POST", "/api/v1/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel", NULL), 404);
    EQ(call("POST", "/api/v1/runs/nothing/cancel", NULL), 404);
}

TEST(a_retry_with_a_key_is_done_once)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *path, *made;

    EQ(call("POST", "/api/v1/workflows/greet/runs", NULL), 202);
    path = arena_fmt(a, "/api/v1/runs/%s/retry", first_run(a));
    EQ(post_keyed(path, "k-1"), 202);
    made = json_text(a, "run");
    EQ(post_keyed(path, "k-1"), 200);
    STREQ(json_text(a, "run"), made);
    EQ(post_keyed(path, "k-2"), 202);
    assert_string_not_equal(json_text(a, "run"), made);
    EQ(post_keyed(path, "k 3"), 400);
    HAS(got.body, "`Idempotency-Key` must be");
    EQ(call("GET", "/api/v1/runs", NULL), 200);
    EQ(value_at(json(a), "items").n, 3);
}

TEST(a_resolution_names_a_step_and_a_way)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *path;

    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"slow\"}"), 202);
    path = arena_fmt(a, "/api/v1/runs/%s/resolve", first_run(a));
    EQ(call("POST", path, "{\"step\":\"sleep-1\"}"), 400);
    EQ(call("POST", path, "{\"as\":\"done\"}"), 400);
    EQ(call("POST", path, "{\"step\":\"sleep-1\",\"as\":\"undone\"}"), 400);
    EQ(call("POST", path, "{\"step\":\"sleep-1\",\"as\":\"done\"}"), 409); /* it is not unknown */
}

TEST(the_history_has_every_change)
{
    struct arena *a AUTO(arena) = arena_new();
    struct value items;
    const char *run;

    EQ(call("POST", "/api/v1/workflows/greet/runs", "{}"), 202);
    run = first_run(a);
    await_status(run, "succeeded");
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s/history", run), NULL), 200);
    items = value_at(json(a), "items");
    TRUE(items.n >= 1);
    HAS(arena_dup(a, value_get_str(items.list[0], "moves").p,
                  value_get_str(items.list[0], "moves").n),
        "run queued>running");
    EQ(call("GET", "/api/v1/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/history", NULL), 404);
    EQ(call("GET", "/api/v1/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/why", NULL), 404);
}

TEST(a_stream_follows_a_run_to_its_end)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run;
    int fd;

    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"slow\"}"), 202);
    run = first_run(a);
    await_status(run, "waiting");
    fd = dial_unix();
    memset(&got, 0, sizeof got);
    send_request(fd, "GET", arena_fmt(a, "/api/v1/runs/%s/stream", run), NULL, NULL, true);
    hear(fd, "\"status\":\"waiting\"");
    HAS(got.body, "text/event-stream");
    HAS(got.body, "event: run\ndata: {");
    EQ(close(dial_unix()), 0);
    {
        static struct answer kept;

        kept = got;
        EQ(call("POST", arena_fmt(a, "/api/v1/runs/%s/cancel", run), NULL), 202);
        got = kept;
    }
    hear(fd, "event: end");
    HAS(got.body, "\"status\":\"cancelled\"");
    close(fd);
}

TEST(a_stream_of_an_ended_run_tells_all_and_ends)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run;

    EQ(call("POST", "/api/v1/workflows/greet/runs", "{\"room\":\"ops\"}"), 202);
    run = first_run(a);
    await_status(run, "succeeded");
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s/stream", run), NULL), 200);
    HAS(got.body, "event: say\ndata: {");
    HAS(got.body, "hello you");
    HAS(got.body, "event: end\n");
    EQ(call("GET", "/api/v1/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/stream", NULL), 404);
}

TEST(workflows_are_shown_as_they_are_written)
{
    struct arena *a AUTO(arena) = arena_new();

    EQ(call("GET", "/api/v1/workflows", NULL), 200);
    EQ(value_at(json(a), "items").n, 5);
    HAS(got.body, "\"description\":\"Says hello\"");
    HAS(got.body, "\"patterns\":[\"hello {who}\"]");
    HAS(got.body, "\"type\":\"door.opened\"");
    HAS(got.body, "\"default\":\"you\"");
}

RUN(S(a_workflow_is_started_with_inputs_that_fit), S(inputs_that_do_not_fit_start_nothing),
    S(an_idempotency_key_makes_a_repeat_harmless), S(runs_are_listed_by_what_they_are),
    S(a_run_can_be_cancelled_and_retried_but_not_twice), S(a_retry_with_a_key_is_done_once),
    S(a_resolution_names_a_step_and_a_way), S(the_history_has_every_change),
    S(a_stream_follows_a_run_to_its_end), S(a_stream_of_an_ended_run_tells_all_and_ends),
    S(workflows_are_shown_as_they_are_written))
