#include "fixture.h"

#define HMAC "verify: {hmac: {header: X-Signature, secret: \"${{ secrets.DOOR }}\"}}"
#define TAIL "secrets:\n  DOOR: {env: DOOR}\n  EMPTY: {env: EMPTY}\n  GONE: {env: GONE}\n"

static const char yaml[] =
    "connections:\n"
    "  door:\n"
    "    webhook:\n"
    "      " HMAC "\n"
    "      id: headers[\"x-delivery\"]\n"
    "      type: \"'door.' + body.kind\"\n"
    "      subject: body.room\n"
    "      time: body.at\n"
    "  plain: {webhook: {" HMAC "}}\n"
    "  coded: {webhook: {verify: {hmac: {header: X-Mac, algorithm: sha512, encoding: base64,"
    " prefix: \"v1,\", secret: \"${{ secrets.DOOR }}\"}}}}\n"
    "  shared: {webhook: {verify: {token: {header: X-Token, value: \"${{ secrets.DOOR }}\"}},"
    " id: body.n}}\n"
    "  open: {webhook: {verify: {none: true}, type: \"'always.the.same'\"}}\n" TAIL;

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

static struct delivery signed_delivery(const char *body)
{
    struct delivery d = {.body = str_of(body)};

    d.headers[0] = (struct header){"content-type", "application/json; charset=utf-8"};
    d.headers[1] = (struct header){"x-delivery", "d-1"};
    d.headers[2] = (struct header){"x-signature", signature(arena, DIGEST_SHA256, "", d.body)};
    return d;
}

TEST(expressions_name_the_event)
{
    struct delivery d = signed_delivery(
        "{\"kind\":\"opened\",\"room\":\"hall\",\"at\":\"2026-01-02T03:04:05.5Z\"}");
    struct event event;
    struct err e;

    PASS(take(hooks, "door", &d, arena, &event, &e));
    VIEWEQ(event.type, "door.opened");
    VIEWEQ(event.delivery, "d-1");
    VIEWEQ(event.subject, "hall");
    VIEWEQ(event.source, "/hooks/door");
    VIEWEQ(event.connection, "door");
    EQ(event.time, 1767323045500000);
    VIEWEQ(value_get_str(event.data, "kind"), "opened");
}

TEST(what_is_left_out_has_a_default)
{
    struct delivery d = signed_delivery("[1,2]");
    struct event event;
    struct err e;

    PASS(take(hooks, "plain", &d, arena, &event, &e));
    VIEWEQ(event.type, "plain.event");
    EQ(event.delivery.n, 0);
    EQ(event.subject.n, 0);
    EQ(event.time, 1767323045000000);
}

TEST(a_delivery_that_does_not_fit_the_expressions_says_which)
{
    static const struct {
        const char *body, *part;
    } all[] = {
        {"{}", "`type`: no such key"},
        {"{\"kind\":\"a b\",\"room\":\"\",\"at\":\"2026-01-02T03:04:05Z\"}", "`type` must give"},
        {"{\"kind\":\"x\"}", "`subject`"},
        {"{\"kind\":\"x\",\"room\":\"r\",\"at\":\"noon\"}", "`time` gave no timestamp"},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct delivery d = signed_delivery(all[i].body);
        struct event event;
        struct err e;

        EQ(take(hooks, "door", &d, arena, &event, &e), E_INPUT);
        HAS(e.text, all[i].part);
    }
}

TEST(a_missing_id_is_not_taken_for_a_new_delivery)
{
    struct delivery d = signed_delivery("{\"kind\":\"x\"}");
    struct event event;
    struct err e;

    d.headers[1].name = "x-other";
    EQ(take(hooks, "door", &d, arena, &event, &e), E_INPUT);
    HAS(e.text, "`id`");
    d.headers[1] = (struct header){"x-delivery", ""};
    EQ(take(hooks, "door", &d, arena, &event, &e), E_INPUT);
    HAS(e.text, "`id` gave neither text nor a number");
}

TEST(a_mac_may_be_of_another_kind)
{
    struct hmac *h = hmac_new(DIGEST_SHA512, STR(GITHUB_SECRET));
    AUTO(buf) struct buf mac = BUF(256);
    struct delivery d = signed_delivery("{}");
    uint8_t bytes[DIGEST_MAX];
    size_t n = hmac_make(h, d.body, bytes);
    struct event event;
    struct err e;

    hmac_free(h);
    buf_add(&mac, STR("v1,"));
    buf_add_base64(&mac, str_n((char *)bytes, n));
    d.headers[2] = (struct header){"X-MAC", mac.p};
    PASS(take(hooks, "coded", &d, arena, &event, &e));
    d.body = STR("{ }");
    EQ(take(hooks, "coded", &d, arena, &event, &e), E_DENIED);
    d.body = STR("{}");
    d.headers[2].value = mac.p + 3; /* without the prefix */
    EQ(take(hooks, "coded", &d, arena, &event, &e), E_DENIED);
}

TEST(a_token_must_be_the_whole_value)
{
    struct delivery d = signed_delivery("{\"n\":41}");
    struct event event;
    struct err e;

    d.headers[2] = (struct header){"x-token", GITHUB_SECRET};
    PASS(take(hooks, "shared", &d, arena, &event, &e));
    VIEWEQ(event.delivery, "41");
    d.headers[2].value = GITHUB_SECRET "!";
    EQ(take(hooks, "shared", &d, arena, &event, &e), E_DENIED);
    d.headers[2].value = "";
    EQ(take(hooks, "shared", &d, arena, &event, &e), E_DENIED);
    d.headers[2].name = "x-other";
    EQ(take(hooks, "shared", &d, arena, &event, &e), E_DENIED);
}

TEST(an_open_door_takes_all_even_no_body)
{
    const struct delivery d = {.body = STR("")};
    struct event event;
    struct err e;

    PASS(take(hooks, "open", &d, arena, &event, &e));
    VIEWEQ(event.type, "always.the.same");
    EQ(event.data.kind, V_NULL);
}

TEST(a_signature_is_looked_at_before_the_body)
{
    struct delivery d = signed_delivery("{broken");
    struct event event;
    struct err e;

    EQ(take(hooks, "door", &d, arena, &event, &e), E_INPUT);
    d.headers[2].value = "00";
    EQ(take(hooks, "door", &d, arena, &event, &e), E_DENIED);
}

TEST(a_constant_of_the_configuration_outlives_it)
{
    const struct delivery d = {.body = STR("")};
    struct event event;
    struct err e;

    PASS(take(hooks, "open", &d, arena, &event, &e));
    hooks_free(hooks);
    config_free(config);
    hooks = NULL;
    config = NULL;
    VIEWEQ(event.type, "always.the.same");
}

static void refuses(const char *connections, int line, const char *part)
{
    struct arena *a AUTO(arena) = arena_new();
    struct report report = {.arena = a};
    struct config *c = load(arena_fmt(a, "connections:\n%s" TAIL, connections), &report);

    assert_non_null(c);
    assert_null(hooks_new(c, secret_text, NULL, &report));
    EQ(report.n, 1);
    EQ(report.list[0].line, line);
    HAS(report.list[0].text, part);
    config_free(c);
}

TEST(a_connection_that_would_let_anybody_in_is_not_opened)
{
    refuses("  a: {webhook: {verify: {none: false}}}\n", 2, "connection `a`: `verify` must hold");
    refuses("  a: {webhook: {verify: {none: true}}}\n"
            "  b: {webhook: {verify: {token: {header: X, value: \"${{ secrets.EMPTY }}\"}}}}\n",
            3, "`value` is empty");
    refuses("  a: {webhook: {verify: {hmac: {header: X, secret: \"${{ secrets.EMPTY }}\"}}}}\n", 2,
            "`secret` is empty");
    refuses("  a: {github: {webhook_secret: \"${{ secrets.EMPTY }}\"}}\n", 2, "is empty");
    refuses("  a: {github: {webhook_secret: \"${{ secrets.GONE }}\"}}\n", 2,
            "`webhook_secret`: the variable GONE is not set");
}

static void no_load(const char *connection, const char *part)
{
    struct arena *a AUTO(arena) = arena_new();
    struct report report = {.arena = a};
    const char *text = arena_fmt(a, "connections:\n  %s\n" TAIL, connection);
    const struct source_file file = {.path = "botops.yaml", .text = str_of(text)};
    const struct load_options options = {.kinds = connection_kinds, .hash = hash_hex};

    assert_null(config_load(&file, 1, &options, &report));
    HAS(report.list[0].text, part);
}

TEST(what_cannot_be_right_is_found_at_load)
{
    no_load("a: {webhook: {}}", "verify");
    no_load("a: {webhook: {verify: {none: true, token: {header: X, value: y}}}}", "token");
    no_load("a: {webhook: {verify: {hmac: {secret: x}}}}", "header");
    no_load("a: {webhook: {verify: {none: true}, type: \"boby.kind\"}}", "did you mean `body`");
    no_load("a: {webhook: {verify: {hmac: {header: X, secret: x, encoding: hax}}}}", "hex");
    no_load("a: {githob: {}}", "github");
}

TEST(types_that_only_the_server_may_say_are_known)
{
    TRUE(hook_type_valid(STR("door.opened")));
    FALSE(hook_type_valid(STR("")));
    FALSE(hook_type_valid(STR("botops.run.failed")));
    FALSE(hook_type_valid(STR("a b")));
    FALSE(hook_type_valid(STR("a\nb")));
    FALSE(hook_type_valid(STR("a\xff")));
}

#define W(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN(W(expressions_name_the_event), W(what_is_left_out_has_a_default),
    W(a_delivery_that_does_not_fit_the_expressions_says_which),
    W(a_missing_id_is_not_taken_for_a_new_delivery), W(a_mac_may_be_of_another_kind),
    W(a_token_must_be_the_whole_value), W(an_open_door_takes_all_even_no_body),
    W(a_signature_is_looked_at_before_the_body), W(a_constant_of_the_configuration_outlives_it),
    T(a_connection_that_would_let_anybody_in_is_not_opened),
    T(what_cannot_be_right_is_found_at_load), T(types_that_only_the_server_may_say_are_known))
