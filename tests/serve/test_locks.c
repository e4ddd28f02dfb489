#include "fixture.h"

/* The run that this delivery started, which then has this status. */
static const char *ask_for(struct arena *a, int delivery, const char *name, const char *status)
{
    const char *run;

    EQ(post_hook(
           "door", NULL,
           arena_fmt(a, "{\"id\":\"%d\",\"kind\":\"locked\",\"name\":\"%s\"}", delivery, name)),
       202);
    run = first_run(a);
    await_status(run, status);
    return run;
}

TEST(locks_tell_who_holds_them_and_who_waits)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run[3], *other;

    EQ(call("GET", "/api/v1/locks", NULL), 200);
    STREQ(got.body, "{\"items\":[]}");
    run[0] = ask_for(a, 1, "web", "waiting"); /* it sleeps */
    run[1] = ask_for(a, 2, "web", "queued");
    run[2] = ask_for(a, 3, "web", "queued");
    other = ask_for(a, 4, "db", "waiting");
    EQ(call("GET", "/api/v1/locks", NULL), 200);
    EQ(value_at(json(a), "items").n, 2);
    HAS(got.body, arena_fmt(a,
                            "{\"lock\":\"lock db\",\"held\":1,\"waiting\":0,\"holders\":"
                            "[{\"run\":\"%s\",\"workflow\":\"locked\",",
                            other));
    HAS(got.body, arena_fmt(a, "\"next\":[{\"run\":\"%s\",", run[1]));
    HAS(got.body, "\"priority\":\"low\"");
    EQ(call("GET", "/api/v1/locks?limit=1", NULL), 200);
    STREQ(json_text(a, "next"), "lock db");
    EQ(call("GET", "/api/v1/locks?limit=1&after=lock%20db", NULL), 200);
    HAS(got.body, "{\"items\":[{\"lock\":\"lock web\",\"held\":1,\"waiting\":2,");
    EQ(value_at(json(a), "next").kind, V_NULL);
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s", run[2]), NULL), 200);
    STREQ(json_text(a, "lock"), "lock web");
    HAS(got.body,
        arena_fmt(a, "\"turn\":{\"holds\":false,\"before\":1,\"holders\":[{\"run\":\"%s\"",
                  run[0]));
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s", run[0]), NULL), 200);
    HAS(got.body, "\"turn\":{\"holds\":true,\"holders\":[");
}

TEST(a_run_that_waits_for_a_lock_says_for_whom)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *run[3];

    for (int i = 0; i < 3; i++) run[i] = ask_for(a, 10 + i, "own", i ? "queued" : "waiting");
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s/why", run[0]), NULL), 200);
    HAS(got.body, "it holds the lock `lock own`");
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s/why", run[1]), NULL), 200);
    HAS(got.body,
        arena_fmt(a, "it waits for the lock `lock own`, held by run %s (locked) since 2", run[0]));
    HAS(got.body, " UTC\\n\"");
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s/why", run[2]), NULL), 200);
    HAS(got.body, " UTC; 1 run is before it\\n\"");
    EQ(call("POST", arena_fmt(a, "/api/v1/runs/%s/cancel", run[0]), "{}"), 202);
    await_status(run[1], "waiting");
    EQ(call("POST", arena_fmt(a, "/api/v1/runs/%s/cancel", run[2]), "{}"), 202);
    await_status(run[2], "cancelled");
    STREQ(json_text(a, "lock"), "lock own");
    EQ(value_at(json(a), "turn").kind, V_NULL);
}

RUN(S(locks_tell_who_holds_them_and_who_waits), S(a_run_that_waits_for_a_lock_says_for_whom))
