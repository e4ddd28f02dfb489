#include "fixture.h"

#include "serve/inside.h"

TEST(every_route_is_documented_and_none_stands_twice)
{
    for (const struct route *r = routes; r->method; r++) {
        TRUE(strlen(r->help) > 5);
        assert_null(strchr(r->help, '.') && r->help[strlen(r->help) - 1] == '.' ? r->help : NULL);
        assert_non_null(r->answer);
        for (const struct route *x = r + 1; x->method; x++)
            FALSE(strcmp(r->method, x->method) == 0 && strcmp(r->path, x->path) == 0);
    }
}

TEST(a_path_is_found_with_its_parts)
{
    const struct route *r = NULL;
    struct str part[PARTS_MAX];
    char allow[ALLOW_MAX];

    EQ(route_find(STR("POST"), STR("/hooks/gh"), &r, part, allow), ROUTE_FOUND);
    TRUE(r->answer == hook_post);
    VIEWEQ(part[0], "gh");
    EQ(route_find(STR("GET"), STR("/api/v1/runs/01X/logs"), &r, part, allow), ROUTE_FOUND);
    TRUE(r->answer == run_logs);
    VIEWEQ(part[0], "01X");
    EQ(route_find(STR("GET"), STR("/api/v1/runs/01X"), &r, part, allow), ROUTE_FOUND);
    TRUE(r->answer == run_get);
}

TEST(what_is_no_path_is_not_found)
{
    static const char *const none[] = {
        "",
        "/",
        "/hooks",
        "/hooks/",
        "/hooks/a/b",
        "/metrics/",
        "/api/v1/run",
        "/api/v1/runs/a/",
        "/api/v1/runs//logs",
        "healthz",
    };
    const struct route *r;
    struct str part[PARTS_MAX];
    char allow[ALLOW_MAX];

    for (size_t i = 0; i < COUNT_OF(none); i++)
        EQ(route_find(STR("GET"), str_of(none[i]), &r, part, allow), ROUTE_NONE);
}

TEST(another_method_is_told_which_there_are)
{
    const struct route *r;
    struct str part[PARTS_MAX];
    char allow[ALLOW_MAX];

    EQ(route_find(STR("DELETE"), STR("/api/v1/events"), &r, part, allow), ROUTE_OTHER_METHOD);
    STREQ(allow, "POST, GET, HEAD");
    EQ(route_find(STR("GET"), STR("/hooks/gh"), &r, part, allow), ROUTE_OTHER_METHOD);
    STREQ(allow, "POST");
}

/* The route's path with something in place of each {…}. */
static const char *example_path(const struct route *r, char out[128])
{
    size_t n = 0;

    for (const char *p = r->path; *p; p++) {
        if (*p == '{') {
            n += (size_t)snprintf(out + n, 128 - n, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
            p = strchr(p, '}');
        } else {
            out[n++] = *p;
        }
    }
    out[n] = '\0';
    return out;
}

static void is_refused(const struct route *r, const char *credentials)
{
    char path[128];

    EQ(call_tcp(r->method, example_path(r, path), credentials,
                strcmp(r->method, "POST") == 0 ? "{}" : NULL),
       401);
    HAS(got.head, "WWW-Authenticate: Bearer");
    HAS(got.body, "\"type\":\"/problems/unauthenticated\"");
}

TEST(no_route_of_the_api_answers_without_a_token)
{
    static const char *const wrong[] = {
        NULL,
        "Authorization: Bearer wrong\r\n",
        "Authorization: Bearer \r\n",
        "Authorization: Basic " TOKEN "\r\n",
        "Authorization: " TOKEN "\r\n",
        "Authorization: Bearer " TOKEN "x\r\n",
        "Authorization: Bearer secret-toke\r\n",
    };
    int n = 0;

    for (const struct route *r = routes; r->method; r++) {
        if (strncmp(r->path, "/api/", 5) != 0) continue;
        n++;
        for (size_t i = 0; i < COUNT_OF(wrong); i++) is_refused(r, wrong[i]);
    }
    TRUE(n >= 20);
    EQ(call_tcp("GET", "/api/v1/nothing", NULL, NULL), 401); /* not even that it is not there */
    EQ(call_tcp("DELETE", "/api/v1/runs", NULL, NULL), 401);
}

TEST(every_route_but_these_needs_the_owner)
{
    static const char *const open[] = {"/hooks/{connection}", "/healthz", "/readyz", "/metrics"};

    for (const struct route *r = routes; r->method; r++) {
        bool listed = false;

        for (size_t i = 0; i < COUNT_OF(open); i++)
            listed = listed || strcmp(r->path, open[i]) == 0;
        EQ(r->may, listed ? MAY_ANYONE : MAY_OWNER);
    }
}

TEST(the_token_opens_the_api_over_tcp)
{
    EQ(call_tcp("GET", "/api/v1/status", "Authorization: Bearer " TOKEN "\r\n", NULL), 200);
    EQ(call_tcp("GET", "/api/v1/status", "authorization: bearer  " TOKEN "\r\n", NULL), 200);
    EQ(call_tcp("GET", "/api/v1/nothing", "Authorization: Bearer " TOKEN "\r\n", NULL), 404);
}

TEST(the_owners_socket_needs_no_token)
{
    EQ(call("GET", "/api/v1/status", NULL), 200);
    HAS(got.head, "X-Content-Type-Options: nosniff");
    EQ(call("GET", "/api/v1/nothing", NULL), 404);
    HAS(got.head, "application/problem+json");
    EQ(call("DELETE", "/api/v1/runs", NULL), 405);
    HAS(got.head, "Allow: GET, HEAD");
    EQ(call("HEAD", "/healthz", NULL), 200);
}

TEST(nothing_lets_another_origin_read)
{
    EQ(call_tcp("GET", "/healthz", "Origin: null\r\n", NULL), 200);
    assert_null(strstr(got.head, "Access-Control"));
    EQ(call_tcp("OPTIONS", "/api/v1/runs", "Origin: https://evil.example\r\n", NULL), 401);
    assert_null(strstr(got.head, "Access-Control"));
}

RUN(T(every_route_is_documented_and_none_stands_twice), T(a_path_is_found_with_its_parts),
    T(what_is_no_path_is_not_found), T(another_method_is_told_which_there_are),
    T(every_route_but_these_needs_the_owner), S(no_route_of_the_api_answers_without_a_token),
    S(the_token_opens_the_api_over_tcp), S(the_owners_socket_needs_no_token),
    S(nothing_lets_another_origin_read))
