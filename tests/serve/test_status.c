#include "fixture.h"

TEST(the_status_tells_how_the_server_is)
{
    struct arena *a AUTO(arena) = arena_new();

    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"slow\"}"), 202);
    EQ(call("GET", "/api/v1/status", NULL), 200);
    STREQ(json_text(a, "version"), BOTOPS_VERSION);
    TRUE(value_at(json(a), "ready").b);
    EQ(value_at(json(a), "configuration.workflows").i, 5);
    EQ(value_at(json(a), "configuration.failed").kind, V_NULL);
    EQ(value_at(json(a), "counts.events").i, 1);
    EQ(value_at(json(a), "counts.open_runs").i, 1);
    TRUE(value_at(json(a), "disk.database").i > 0);
    TRUE(value_at(json(a), "disk.free").i > 0);
}

TEST(a_reload_that_fails_changes_nothing_and_is_remembered)
{
    struct arena *a AUTO(arena) = arena_new();

    EQ(call("POST", "/api/v1/reload", NULL), 422);
    HAS(got.body, "\"line\":7,\"column\":3,\"text\":\"unknown key");
    HAS(got.head, "application/problem+json");
    EQ(value_at(json(a), "status").i, 422);
    EQ(call("GET", "/api/v1/status", NULL), 200);
    EQ(value_at(json(a), "configuration.workflows").i, 5);
    EQ(value_at(json(a), "configuration.failed.errors").n, 1);
    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"opened\"}"), 202);
}

TEST(a_reload_puts_other_connections_to_use)
{
    struct arena *a AUTO(arena) = arena_new();

    reload_to = load("connections:\n  gate: {webhook: {verify: {none: true}}}\n");
    assert_non_null(reload_to);
    EQ(post_hook("gate", NULL, "{}"), 404);
    EQ(call("POST", "/api/v1/reload", NULL), 200);
    EQ(post_hook("gate", NULL, "{}"), 202);
    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"opened\"}"), 404);
    EQ(call("GET", "/api/v1/status", NULL), 200);
    EQ(value_at(json(a), "configuration.workflows").i, 0);
}

TEST(a_backup_is_a_whole_copy_into_a_new_file)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *body = arena_fmt(a, "{\"path\":\"%s/copy.db\"}", place);

    EQ(call("POST", "/api/v1/backup", body), 200);
    EQ(access(arena_fmt(a, "%s/copy.db", place), R_OK), 0);
    TRUE(call("POST", "/api/v1/backup", body) >= 400); /* it is there now */
    EQ(call("POST", "/api/v1/backup", "{\"path\":\"copy.db\"}"), 400);
    EQ(call("POST", "/api/v1/backup", "{}"), 400);
}

/* Every line is a comment or "name{labels} number", every name has its help before it. */
static void check_metrics(void)
{
    struct str rest = str_of(got.body), line;
    char name[128] = "";

    while (str_cut(&rest, '\n', &line)) {
        size_t at;

        if (line.n == 0) continue;
        if (str_starts(line, STR("# HELP "))) {
            struct str word, text = str_skip(line, 7);

            TRUE(str_cut(&text, ' ', &word));
            snprintf(name, sizeof name, STR_FMT, STR_ARG(word));
            continue;
        }
        if (str_starts(line, STR("# TYPE "))) continue;
        TRUE(str_starts(line, str_of(name)));
        TRUE(str_find(line, STR(" "), &at));
        TRUE(line.n > at + 1 && strchr("0123456789-", line.p[at + 1]));
    }
}

TEST(metrics_are_fit_for_prometheus)
{
    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"slow\"}"), 202);
    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"slow\"}"), 200);
    EQ(call_tcp("GET", "/metrics", NULL, NULL), 200);
    HAS(got.head, "text/plain; version=0.0.4; charset=utf-8");
    check_metrics();
    HAS(got.body, "\nbotops_events_total 1\n");
    HAS(got.body, "\nbotops_events_duplicate_total 1\n");
    HAS(got.body, "\nbotops_runs_started_total 1\n");
    HAS(got.body, "\nbotops_runs_open 1\n");
    HAS(got.body, "\nbotops_ready 1\n");
    HAS(got.body, "\nbotops_build_info{version=\"" BOTOPS_VERSION "\"} 1\n");
    assert_null(strstr(got.body, "process_resident_memory_bytes 0\n"));
    EQ(call_tcp("GET", "/readyz", NULL, NULL), 200);
}

TEST(a_connection_that_cannot_be_opened_stops_the_start)
{
    struct engine_config ec = {
        .world = world_live_face(live), .data = place, .repo = place, .load = options()};
    struct serve_config sc = {.loop = loop, .world = ec.world, .data = place};
    struct serve *other = NULL;
    struct err e;

    sc.engine = engine_new(&ec);
    engine_use(sc.engine, load("connections:\n  a: {webhook: {verify: {none: false}}}\n"));
    EQ(serve_new(&sc, &other, &e), E_CONFIG);
    HAS(e.text, "botops.yaml:2: connection `a`");
    engine_free(sc.engine);
}

RUN(S(the_status_tells_how_the_server_is), S(a_reload_that_fails_changes_nothing_and_is_remembered),
    S(a_reload_puts_other_connections_to_use), S(a_backup_is_a_whole_copy_into_a_new_file),
    S(metrics_are_fit_for_prometheus), COLD(a_connection_that_cannot_be_opened_stops_the_start))
