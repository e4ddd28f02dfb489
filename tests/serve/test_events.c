#include "fixture.h"

#define CLOUD(id)                                                                                  \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/ci\",\"type\":\"ci.done\"}"

TEST(a_cloudevent_is_taken_once)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *event;

    EQ(call("POST", "/api/v1/events",
            "{\"id\":\"1\",\"source\":\"/ci\",\"type\":\"ci.done\",\"subject\":\"web\","
            "\"time\":\"2026-01-02T03:04:05+01:00\",\"data\":{\"n\":9007199254740993}}"),
       202);
    event = json_text(a, "event");
    EQ(call("POST", "/api/v1/events", CLOUD("1")), 200);
    STREQ(json_text(a, "event"), event);
    EQ(call("POST", "/api/v1/events", CLOUD("2")), 202);
    EQ(call("GET", arena_fmt(a, "/api/v1/events/%s", event), NULL), 200);
    STREQ(json_text(a, "time"), "2026-01-02T02:04:05Z");
    STREQ(json_text(a, "subject"), "web");
    HAS(got.body, "\"data\":{\"n\":9007199254740993}");
    HAS(got.body, "\"considered\":[]");
}

TEST(source_and_id_are_known_together)
{
    EQ(call("POST", "/api/v1/events", "{\"id\":\"c\",\"source\":\"a b\",\"type\":\"t\"}"), 202);
    EQ(call("POST", "/api/v1/events", "{\"id\":\"d\",\"source\":\"a b\",\"type\":\"t\"}"), 202);
    EQ(call("POST", "/api/v1/events", "{\"id\":\"b c\",\"source\":\"a\",\"type\":\"t\"}"), 202);
    EQ(call("POST", "/api/v1/events", "{\"id\":\"b c\",\"source\":\"a\",\"type\":\"t\"}"), 200);
}

TEST(what_is_no_cloudevent_says_why)
{
    static const struct {
        const char *body, *part;
    } all[] = {
        {"{", "the body, line 1, column 2"},
        {"[]", "JSON object"},
        {"", "`id`"},
        {"{\"id\":\"1\",\"type\":\"t\"}", "`source`"},
        {"{\"id\":\"1\",\"source\":\"s\"}", "`type`"},
        {"{\"id\":7,\"source\":\"s\",\"type\":\"t\"}", "`id`"},
        {"{\"id\":\"1\",\"source\":\"s\",\"type\":\"botops.run.failed\"}", "does not begin with"},
        {"{\"id\":\"1\",\"source\":\"s\",\"type\":\"t\",\"specversion\":\"0.3\"}", "specversion"},
        {"{\"id\":\"1\",\"source\":\"s\",\"type\":\"t\",\"time\":\"noon\"}", "RFC 3339"},
        {"{\"id\":\"1\",\"source\":\"s\",\"type\":\"t\",\"data_base64\":\"?\"}", "base64"},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        EQ(call("POST", "/api/v1/events", all[i].body), 400);
        HAS(got.head, "application/problem+json");
        HAS(got.body, all[i].part);
    }
}

TEST(binary_data_is_kept_as_base64)
{
    struct arena *a AUTO(arena) = arena_new();

    EQ(call("POST", "/api/v1/events",
            "{\"id\":\"1\",\"source\":\"s\",\"type\":\"t\",\"data_base64\":\"AAEC\"}"),
       202);
    EQ(call("GET", arena_fmt(a, "/api/v1/events/%s", json_text(a, "event")), NULL), 200);
    STREQ(json_text(a, "data"), "AAEC");
}

TEST(a_list_goes_on_where_the_last_page_ended)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *path = "/api/v1/events?limit=3";
    int seen = 0, pages = 0;

    for (int i = 0; i < 7; i++)
        EQ(call("POST", "/api/v1/events",
                arena_fmt(a, "{\"id\":\"%d\",\"source\":\"s\",\"type\":\"t.%d\"}", i, i)),
           202);
    while (path) {
        const char *next;

        EQ(call("GET", path, NULL), 200);
        for (uint32_t i = 0; i < value_at(json(a), "items").n; i++, seen++)
            VIEWEQ(value_get_str(value_at(json(a), "items").list[i], "type"),
                   arena_fmt(a, "t.%d", 6 - seen));
        next = json_text(a, "next");
        path = *next ? arena_fmt(a, "/api/v1/events?limit=3&before=%s", next) : NULL;
        pages++;
    }
    EQ(seen, 7);
    EQ(pages, 3);
}

TEST(a_list_refuses_what_it_cannot_mean)
{
    EQ(call("GET", "/api/v1/events?limit=0", NULL), 400);
    EQ(call("GET", "/api/v1/events?limit=501", NULL), 400);
    EQ(call("GET", "/api/v1/events?limit=many", NULL), 400);
    EQ(call("GET", "/api/v1/events?before=yesterday", NULL), 400);
    EQ(call("GET", "/api/v1/events/nothing", NULL), 404);
    EQ(call("GET", "/api/v1/events/01ARZ3NDEKTSV4RRFFQ69G5FAV", NULL), 404);
    HAS(got.body, "there is no event 01ARZ3NDEKTSV4RRFFQ69G5FAV");
}

TEST(why_tells_each_test_and_what_it_saw)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *text;

    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"opened\",\"who\":\"NOBODY\"}"), 202);
    EQ(value_at(json(a), "runs").n, 0);
    EQ(call("GET", arena_fmt(a, "/api/v1/events/%s/why", json_text(a, "event")), NULL), 200);
    text = json_text(a, "text");
    HAS(text, "type door.opened");
    HAS(text, "greet, trigger 1");
    HAS(text, "`who`");
    HAS(text, "Each test, and what it saw");
    EQ(call("POST", "/api/v1/events", CLOUD("1")), 202);
    EQ(call("GET", arena_fmt(a, "/api/v1/events/%s/why", json_text(a, "event")), NULL), 200);
    HAS(json_text(a, "text"), "No trigger was considered");
}

/* 40 triggers for one type, told apart by a test of theirs. */
static void use_many(void)
{
    AUTO(buf) struct buf yaml = BUF(1 << 16);

    buf_add(&yaml, STR("workflows:\n"));
    for (int i = 0; i < 40; i++)
        buf_addf(&yaml,
                 "  - {name: w%d, on: [{event: ci.done, if: 'event.data.n == %d'}], steps: [{say: "
                 "hi}]}\n",
                 i, i);
    buf_add(&yaml, STR("  - {name: asked, steps: [{say: hi}]}\n"));
    reload_to = load(yaml.p);
    EQ(call("POST", "/api/v1/reload", NULL), 200);
}

static const char *send_numbered(struct arena *a, const char *id, int n)
{
    EQ(call("POST", "/api/v1/events",
            arena_fmt(a,
                      "{\"id\":\"%s\",\"source\":\"/ci\",\"type\":\"ci.done\",\"data\":{\"n\":%d}}",
                      id, n)),
       202);
    return json_text(a, "event");
}

static const char *why_of(struct arena *a, const char *event, const char *query)
{
    EQ(call("GET", arena_fmt(a, "/api/v1/events/%s/why%s", event, query), NULL), 200);
    return json_text(a, "text");
}

TEST(why_tells_how_many_triggers_were_not_asked)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *text;

    use_many();
    text = why_of(a, send_numbered(a, "1", 3), "");
    HAS(text, "- w3, trigger 1: matched");
    HAS(text, "39 more triggers of this type were not asked");
    HAS(text, " --workflow NAME`");
    text = why_of(a, send_numbered(a, "2", 99), "");
    HAS(text, "No trigger was considered.\n\n40 triggers of this type were not asked");
    assert_null(strstr(text, "none is for an event"));
    assert_null(strstr(text, "Each test"));
}

TEST(why_explains_the_triggers_of_one_workflow)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *event, *text;

    EQ(call("POST", "/api/v1/events", CLOUD("1")), 202);
    event = json_text(a, "event");
    text = why_of(a, event, "?workflow=greet");
    HAS(text, "- greet, trigger 1:\n  it listens to `door.opened`, the event is `ci.done`\n");
    HAS(text, "- greet, trigger 2:\n  it does not listen to events\n");
    assert_null(strstr(text, "has changed"));
    use_many();
    text = why_of(a, event, "?workflow=asked");
    HAS(text, "The configuration has changed since");
    HAS(text, "`asked` has no trigger");
    HAS(why_of(a, event, ""), "No trigger was considered.\n\nThe configuration has changed since");
    event = send_numbered(a, "2", 3);
    text = why_of(a, event, "?workflow=w4");
    HAS(text, "- w4, trigger 1:\n  not matched: its `if` is false\n    event.data.n → 3\n");
    assert_null(strstr(text, "w3"));
    EQ(call("GET", arena_fmt(a, "/api/v1/events/%s/why?workflow=askd", event), NULL), 404);
    HAS(got.body, "did you mean `asked`?");
}

RUN(S(a_cloudevent_is_taken_once), S(source_and_id_are_known_together),
    S(what_is_no_cloudevent_says_why), S(binary_data_is_kept_as_base64),
    S(a_list_goes_on_where_the_last_page_ended), S(a_list_refuses_what_it_cannot_mean),
    S(why_tells_each_test_and_what_it_saw), S(why_tells_how_many_triggers_were_not_asked),
    S(why_explains_the_triggers_of_one_workflow))
