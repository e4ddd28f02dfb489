#include "fixture.h"

static const char yaml[] = "connections:\n"
                           "  gh: {github: {webhook_secret: \"${{ secrets.HOOK }}\"}}\n"
                           "  quiet: {github: {token: \"${{ secrets.HOOK }}\"}}\n"
                           "secrets:\n"
                           "  HOOK: {env: HOOK}\n";

static struct arena *arena;
static struct config *config;
static struct hooks *hooks;

static int setup(void **state)
{
    struct report report = {0};

    (void)state;
    report.arena = arena = arena_new();
    config = load(yaml, &report);
    hooks = config ? hooks_new(config, secret_text, NULL, &report) : NULL;
    return hooks ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    hooks_free(hooks);
    config_free(config);
    arena_free(arena);
    return 0;
}

static struct delivery signed_delivery(const char *event, const char *body)
{
    struct delivery d = {.body = str_of(body)};

    d.headers[0] = (struct header){"content-type", "application/json"};
    d.headers[1] = (struct header){"x-github-event", event};
    d.headers[2] = (struct header){"x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"};
    d.headers[3] =
        (struct header){"x-hub-signature-256", signature(arena, DIGEST_SHA256, "sha256=", d.body)};
    return d;
}

#define PUSH                                                                                       \
    "{\"ref\":\"refs/heads/main\",\"repository\":{\"full_name\":\"acme/web\","                     \
    "\"html_url\":\"https://github.com/acme/web\"}}"

TEST(the_signature_of_githubs_documentation_is_accepted)
{
    struct delivery d = {
        .headers = {{"x-hub-signature-256",
                     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}},
        .body = STR("Hello, World!")};
    struct event event;
    struct err e;

    /* past the signature: what is wrong now is that it is no JSON */
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_INPUT);
    HAS(e.text, "application/json");
    d.body = STR("Hello, World?");
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_DENIED);
}

TEST(a_push_becomes_an_event)
{
    struct delivery d = signed_delivery("push", PUSH);
    struct event event;
    struct err e;

    PASS(take(hooks, "gh", &d, arena, &event, &e));
    VIEWEQ(event.type, "github.push");
    VIEWEQ(event.connection, "gh");
    VIEWEQ(event.delivery, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    VIEWEQ(event.subject, "acme/web");
    VIEWEQ(event.source, "https://github.com/acme/web");
    VIEWEQ(value_get_str(event.data, "ref"), "refs/heads/main");
    EQ(event.time, 1767323045000000);
    FALSE(event.owner);
}

TEST(an_action_stands_behind_the_events_name)
{
    static const struct {
        const char *event, *body, *type;
    } all[] = {
        {"release", "{\"action\":\"published\"}", "github.release.published"},
        {"pull_request", "{\"action\":\"opened\"}", "github.pull_request.opened"},
        {"workflow_run", "{\"action\":\"completed\"}", "github.workflow_run.completed"},
        {"repository_dispatch", "{\"action\":\"deploy-prod\"}",
         "github.repository_dispatch.deploy-prod"},
        {"deployment_status", "{\"deployment_status\":{}}", "github.deployment_status"},
        {"ping", "{\"zen\":\"Design for failure.\",\"hook_id\":1}", "github.ping"},
        /* an action that is no word is left to `event.data.action` */
        {"repository_dispatch", "{\"action\":\"deploy now\"}", "github.repository_dispatch"},
        {"repository_dispatch", "{\"action\":7}", "github.repository_dispatch"},
        {"repository_dispatch", "{\"action\":\"\"}", "github.repository_dispatch"},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct delivery d = signed_delivery(all[i].event, all[i].body);
        struct event event;
        struct err e;

        PASS(take(hooks, "gh", &d, arena, &event, &e));
        VIEWEQ(event.type, all[i].type);
    }
}

TEST(without_a_repository_the_organization_is_the_subject)
{
    struct delivery d = signed_delivery("organization", "{\"organization\":{\"login\":\"acme\"}}");
    struct event event;
    struct err e;

    PASS(take(hooks, "gh", &d, arena, &event, &e));
    VIEWEQ(event.subject, "acme");
    VIEWEQ(event.source, "https://github.com/acme");
    d = signed_delivery("ping", "{}");
    PASS(take(hooks, "gh", &d, arena, &event, &e));
    VIEWEQ(event.subject, "");
    VIEWEQ(event.source, "https://github.com");
}

TEST(a_change_of_any_byte_of_body_or_signature_is_refused)
{
    struct delivery d = signed_delivery("push", PUSH);
    char body[sizeof PUSH], mac[80];
    size_t body_n = d.body.n, mac_n = strlen(d.headers[3].value);
    struct event event;
    struct err e;

    memcpy(body, d.body.p, body_n + 1);
    memcpy(mac, d.headers[3].value, mac_n + 1);
    d.body = str_n(body, body_n);
    d.headers[3].value = mac;
    PASS(take(hooks, "gh", &d, arena, &event, &e));
    for (size_t i = 0; i < body_n; i++) {
        body[i] ^= 1;
        EQ(take(hooks, "gh", &d, arena, &event, &e), E_DENIED);
        body[i] ^= 1;
    }
    for (size_t i = 0; i < mac_n; i++) {
        mac[i] ^= 1;
        EQ(take(hooks, "gh", &d, arena, &event, &e), E_DENIED);
        mac[i] ^= 1;
    }
    d.body.n--;
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_DENIED);
}

TEST(a_malformed_signature_is_as_good_as_a_wrong_one)
{
    static const char *const bad[] = {
        "",
        "sha256=",
        "sha256=00",
        "sha1=757107ea0eb2509fc211221cce984b8a37570b6d",
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        "sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1700",
        "sha256=0000000000000000000000000000000000000000000000000000000000000000",
    };
    struct delivery d = signed_delivery("push", PUSH);
    struct event event;
    struct err e;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        d.headers[3].value = bad[i];
        EQ(take(hooks, "gh", &d, arena, &event, &e), E_DENIED);
    }
    d.headers[3].name = "x-hub-signature"; /* the old SHA-1 one does not count */
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_DENIED);
}

TEST(what_is_signed_but_is_no_github_event_is_refused_with_what_to_do)
{
    struct delivery d = signed_delivery("push", PUSH);
    struct event event;
    struct err e;

    d.headers[0].value = "application/x-www-form-urlencoded";
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_INPUT);
    HAS(e.text, "set the webhook's content type to application/json");
    d = signed_delivery("Push!", PUSH);
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_INPUT);
    HAS(e.text, "X-GitHub-Event");
    d = signed_delivery("push", PUSH);
    d.headers[2].value = "";
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_INPUT);
    HAS(e.text, "X-GitHub-Delivery");
    d = signed_delivery("push", "[1]");
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_INPUT);
    d = signed_delivery("push", "{\"a\":1,}");
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_INPUT);
    HAS(e.text, "the body, line 1, column");
    d = signed_delivery("push", "");
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_INPUT);
}

TEST(a_body_nested_too_deep_is_refused)
{
    char body[400];
    struct delivery d;
    struct event event;
    struct err e;

    memset(body, '[', 200);
    memset(body + 200, ']', 199);
    body[399] = '\0';
    d = signed_delivery("push", body);
    EQ(take(hooks, "gh", &d, arena, &event, &e), E_LIMIT);
}

TEST(without_a_webhook_secret_nothing_is_taken)
{
    struct delivery d = signed_delivery("push", PUSH);
    struct event event;
    struct err e;

    EQ(take(hooks, "quiet", &d, arena, &event, &e), E_NOT_FOUND);
    EQ(take(hooks, "nobody", &d, arena, &event, &e), E_NOT_FOUND);
    HAS(e.text, "no connection `nobody`");
}

TEST(an_event_outlives_the_configuration_it_came_by)
{
    struct delivery d = signed_delivery("push", PUSH);
    struct event event;
    struct err e;

    PASS(take(hooks, "gh", &d, arena, &event, &e));
    hooks_free(hooks);
    config_free(config);
    hooks = NULL;
    config = NULL;
    VIEWEQ(event.connection, "gh");
    VIEWEQ(event.type, "github.push");
}

#define G(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN(G(the_signature_of_githubs_documentation_is_accepted), G(a_push_becomes_an_event),
    G(an_action_stands_behind_the_events_name),
    G(without_a_repository_the_organization_is_the_subject),
    G(a_change_of_any_byte_of_body_or_signature_is_refused),
    G(a_malformed_signature_is_as_good_as_a_wrong_one),
    G(what_is_signed_but_is_no_github_event_is_refused_with_what_to_do),
    G(a_body_nested_too_deep_is_refused), G(without_a_webhook_secret_nothing_is_taken),
    G(an_event_outlives_the_configuration_it_came_by))
