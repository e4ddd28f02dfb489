#include "fixture.h"

#define PUSH "{\"ref\":\"refs/heads/main\",\"repository\":{\"full_name\":\"acme/web\"}}"

static int post_github(const char *delivery, const char *body, const char *secret)
{
    struct hmac *h = hmac_new(DIGEST_SHA256, str_of(secret));
    AUTO(buf) struct buf b = BUF(1024);
    uint8_t mac[DIGEST_MAX];
    size_t n = hmac_make(h, str_of(body), mac);

    hmac_free(h);
    buf_addf(&b, "X-GitHub-Event: push\r\nX-GitHub-Delivery: %s\r\nX-Hub-Signature-256: sha256=",
             delivery);
    buf_add_hex(&b, mac, n);
    buf_add(&b, STR("\r\n"));
    return post_hook("gh", b.p, body);
}

TEST(a_signed_delivery_starts_a_run_and_is_on_record)
{
    struct arena *a AUTO(arena) = arena_new();
    char path[96];

    EQ(post_github("d-1", PUSH, HOOK_SECRET), 202);
    HAS(got.head, "application/json");
    HAS(got.body, "\"duplicate\":false");
    snprintf(path, sizeof path, "/api/v1/events/%s", json_text(a, "event"));
    await_status(first_run(a), "succeeded");
    EQ(call("GET", path, NULL), 200);
    STREQ(json_text(a, "type"), "github.push");
    STREQ(json_text(a, "connection"), "gh");
    STREQ(json_text(a, "data.repository.full_name"), "acme/web");
}

TEST(a_delivery_seen_before_gets_the_first_receipt)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *event, *run;

    EQ(post_github("d-1", PUSH, HOOK_SECRET), 202);
    event = json_text(a, "event");
    run = first_run(a);
    for (int i = 0; i < 3; i++) {
        EQ(post_github("d-1", PUSH, HOOK_SECRET), 200);
        STREQ(json_text(a, "event"), event);
        STREQ(first_run(a), run);
        HAS(got.body, "\"duplicate\":true");
    }
    EQ(post_github("d-2", PUSH, HOOK_SECRET), 202);
    assert_string_not_equal(json_text(a, "event"), event);
    EQ(call("GET", "/api/v1/events?type=github.*", NULL), 200);
    EQ(value_at(json(a), "items").n, 2);
}

TEST(the_receipt_of_a_retried_run_stays_the_first)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run;
    char path[96];

    EQ(post_github("d-1", PUSH, HOOK_SECRET), 202);
    run = first_run(a);
    await_status(run, "succeeded");
    snprintf(path, sizeof path, "/api/v1/runs/%s/retry", run);
    EQ(call("POST", path, "{}"), 202);
    EQ(post_github("d-1", PUSH, HOOK_SECRET), 200);
    EQ(value_at(json(a), "runs").n, 1);
    STREQ(first_run(a), run);
}

TEST(a_wrong_signature_is_401_and_leaves_nothing)
{
    struct arena *a AUTO(arena) = arena_new();

    EQ(post_github("d-1", PUSH, "wrong"), 401);
    HAS(got.body, "unauthenticated");
    EQ(post_hook("gh", "X-GitHub-Event: push\r\n", PUSH), 401);
    EQ(call("GET", "/api/v1/events", NULL), 200);
    EQ(value_at(json(a), "items").n, 0);
    EQ(call_tcp("GET", "/metrics", NULL, NULL), 200);
    HAS(got.body, "botops_hooks_refused_total{reason=\"signature\"} 2\n");
}

TEST(what_is_wrong_with_a_delivery_has_its_status)
{
    AUTO(buf) struct buf big = BUF(1 << 20);

    EQ(post_hook("nobody", NULL, "{}"), 404);
    EQ(post_hook("door", NULL, "{\"id\":\"1\"}"), 400);
    HAS(got.body, "no such key");
    EQ(post_hook("door", NULL, "{"), 400);
    EQ(call_tcp("POST", "/hooks/door", "Content-Type: text/plain\r\n", "{}"), 400);
    HAS(got.body, "application/json");
    buf_addf(&big, "{\"id\":\"%070000d\"}", 1);
    EQ(post_hook("door", NULL, big.p), 413);
    EQ(call_tcp("GET", "/hooks/door", NULL, NULL), 405);
    HAS(got.head, "Allow: POST");
}

TEST(an_event_that_no_trigger_wants_is_kept_all_the_same)
{
    struct arena *a AUTO(arena) = arena_new();

    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"closed\"}"), 202);
    EQ(value_at(json(a), "runs").n, 0);
    EQ(call("GET", "/api/v1/events?type=door.closed&connection=door", NULL), 200);
    EQ(value_at(json(a), "items").n, 1);
}

TEST(an_engine_that_is_not_ready_takes_nothing)
{
    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"opened\"}"), 503);
    HAS(got.head, "Retry-After: ");
    EQ(call_tcp("GET", "/readyz", NULL, NULL), 503);
    EQ(call_tcp("GET", "/healthz", NULL, NULL), 200);
    STREQ(got.body, "ok\n");
}

TEST(many_deliveries_on_one_connection_are_answered_in_order)
{
    int fd = dial_tcp(), n = 0;

    for (int i = 0; i < 50; i++) {
        char body[64];

        snprintf(body, sizeof body, "{\"id\":\"%d\",\"kind\":\"closed\"}", i % 25);
        send_request(fd, "POST", "/hooks/door", JSON_TYPE, body, i == 49);
    }
    take_answer(fd);
    for (const char *p = got.body; (p = strstr(p, "\"duplicate\":true")); p++) n++;
    EQ(n, 25);
}

RUN(S(a_signed_delivery_starts_a_run_and_is_on_record),
    S(a_delivery_seen_before_gets_the_first_receipt),
    S(the_receipt_of_a_retried_run_stays_the_first), S(a_wrong_signature_is_401_and_leaves_nothing),
    S(what_is_wrong_with_a_delivery_has_its_status),
    S(an_event_that_no_trigger_wants_is_kept_all_the_same),
    COLD(an_engine_that_is_not_ready_takes_nothing),
    S(many_deliveries_on_one_connection_are_answered_in_order))
