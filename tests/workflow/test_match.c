#include "test.h"

#include "data/json.h"
#include "workflow/access.h"
#include "workflow/loaded.h"
#include "workflow/match.h"

static const char yaml[] = "users: {ana: {local: ana}, ben: {github: benny}}\n"
                           "roles: {ops: [ana], all: [role:ops, ben]}\n"
                           "rooms: {console/safe: {allow: [ops]}}\n"
                           "workflows:\n"
                           "  - name: any\n"
                           "    on: [{event: github.*}]\n"
                           "    steps: [{say: x}]\n"
                           "  - name: deploy\n"
                           "    allow: [ops]\n"
                           "    on:\n"
                           "      - chat: deploy {service} [to {env}]\n"
                           "      - chat: ship {service}\n"
                           "        with: {env: prod}\n"
                           "        rooms: [console/safe]\n"
                           "    inputs:\n"
                           "      service: {type: string}\n"
                           "      env: {type: string, enum: [staging, prod], default: staging}\n"
                           "    steps: [{say: x}]\n"
                           "  - name: merged\n"
                           "    on:\n"
                           "      - event: github.pull_request.closed\n"
                           "        if: event.data.pull_request.merged\n"
                           "        with: {number: '${{ event.data.number }}'}\n"
                           "      - {event: github.push, enabled: false, with: {number: 1}}\n"
                           "    inputs: {number: {type: int}}\n"
                           "    steps: [{say: x}]\n";

struct asked {
    struct arena *arena;
    struct config *config;
    struct event event;
    struct decision decision;
};

static void ask(struct asked *q)
{
    match(q->config, &q->event, 1000000, q->arena, &q->decision);
}

static void asked_init(struct asked *q)
{
    *q = (struct asked){.arena = arena_new()};
    struct report r = {.arena = q->arena};

    q->config = load_two(yaml, NULL, &r);
    for (size_t i = 0; i < r.n; i++) print_error("%d: %s\n", r.list[i].line, r.list[i].text);
    assert_non_null(q->config);
}

static void asked_done(struct asked *q)
{
    config_free(q->config);
    arena_free(q->arena);
}

static void say(struct asked *q, const char *user, const char *room, const char *text)
{
    q->event = (struct event){.type = STR("chat.message"),
                              .user = str_of(user),
                              .room = str_of(room),
                              .text = str_of(text),
                              .data = v_map(NULL, 0)};
    ask(q);
}

static void happen(struct asked *q, const char *type, const char *json)
{
    struct err e;

    q->event = (struct event){.type = str_of(type)};
    PASS(json_read(q->arena, str_of(json), JSON_LIMITS, &q->event.data, &e));
    ask(q);
}

static const struct considered *of(const struct asked *q, const char *workflow)
{
    for (size_t i = 0; i < q->decision.n; i++)
        if (str_is(q->decision.list[i].trigger->workflow->name, workflow))
            return &q->decision.list[i];
    return NULL;
}

TEST(an_event_meets_exact_types_and_beginnings_in_the_order_of_the_configuration)
{
    struct asked q;

    asked_init(&q);
    happen(&q, "github.pull_request.closed", "{\"number\":7,\"pull_request\":{\"merged\":true}}");
    EQ(q.decision.n, 2);
    VIEWEQ(q.decision.list[0].trigger->workflow->name, "any");
    EQ(of(&q, "merged")->verdict, MATCH_YES);
    assert_true(value_at(of(&q, "merged")->inputs, "number").i == 7);
    happen(&q, "gitlab.push", "{}");
    EQ(q.decision.n, 0);
    asked_done(&q);
}

TEST(a_condition_that_is_false_or_fails_is_told)
{
    struct asked q;

    asked_init(&q);
    happen(&q, "github.pull_request.closed", "{\"number\":7,\"pull_request\":{\"merged\":false}}");
    EQ(of(&q, "merged")->verdict, MATCH_NO);
    VIEWEQ(of(&q, "merged")->reason, "its `if` is false");
    happen(&q, "github.pull_request.closed", "{\"number\":7}");
    EQ(of(&q, "merged")->verdict, MATCH_ERROR);
    assert_non_null(strstr(of(&q, "merged")->reason.p, "pull_request"));
    asked_done(&q);
}

TEST(a_disabled_trigger_is_not_offered)
{
    struct asked q;

    asked_init(&q);
    happen(&q, "github.push", "{}");
    EQ(q.decision.n, 1);
    assert_null(of(&q, "merged"));
    asked_done(&q);
}

TEST(inputs_that_do_not_fit_are_told_and_start_nothing)
{
    struct asked q;

    asked_init(&q);
    happen(&q, "github.pull_request.closed",
           "{\"number\":\"x\",\"pull_request\":{\"merged\":true}}");
    EQ(of(&q, "merged")->verdict, MATCH_INPUTS);
    assert_non_null(strstr(of(&q, "merged")->reason.p, "number"));
    asked_done(&q);
}

TEST(a_line_gives_inputs_and_with_has_the_last_word)
{
    struct asked q;

    asked_init(&q);
    say(&q, "ana", "console/safe", "deploy web to prod");
    EQ(of(&q, "deploy")->verdict, MATCH_YES);
    VIEWEQ(value_get_str(of(&q, "deploy")->inputs, "env"), "prod");
    say(&q, "ana", "console/safe", "ship web env=staging");
    EQ(of(&q, "deploy")->verdict, MATCH_YES);
    VIEWEQ(value_get_str(of(&q, "deploy")->inputs, "env"), "prod");
    asked_done(&q);
}

TEST(rooms_roles_and_strangers_are_told_apart)
{
    struct asked q;

    asked_init(&q);
    say(&q, "ana", "console/other", "ship web");
    EQ(of(&q, "deploy")->verdict, MATCH_NO);
    say(&q, "ben", "console/other", "deploy web");
    EQ(of(&q, "deploy")->verdict, MATCH_DENIED);
    assert_non_null(strstr(of(&q, "deploy")->reason.p, "allowed for ops"));
    say(&q, "eve", "console/other", "deploy web");
    EQ(of(&q, "deploy")->verdict, MATCH_DENIED);
    say(&q, "ana", "console/other", "deploy web");
    EQ(of(&q, "deploy")->verdict, MATCH_YES);
    asked_done(&q);
}

TEST(people_are_known_by_their_identities_and_roles_nest)
{
    struct asked q;

    asked_init(&q);
    VIEWEQ(access_user(q.config, STR("github"), STR("benny")), "ben");
    EQ(access_user(q.config, STR("github"), STR("ana")).n, 0);
    TRUE(access_is_member(q.config, STR("ana"), STR("all")));
    TRUE(access_is_member(q.config, STR("ben"), STR("all")));
    FALSE(access_is_member(q.config, STR("ben"), STR("ops")));
    FALSE(access_is_member(q.config, STR(""), STR("all")));
    asked_done(&q);
}

TEST(the_owner_may_all_and_only_the_owner_administers)
{
    struct asked q;
    struct who owner = {.owner = true}, ana = {.user = STR("ana")};
    struct str why;

    asked_init(&q);
    TRUE(access_allows(q.config, &owner, DEED_ADMIN, NULL, STR(""), q.arena, &why));
    FALSE(access_allows(q.config, &ana, DEED_ADMIN, NULL, STR(""), q.arena, &why));
    TRUE(access_allows(q.config, &ana, DEED_READ, NULL, STR(""), q.arena, &why));
    asked_done(&q);
}

TEST(a_schedule_that_fired_is_decided_by_its_condition_alone)
{
    struct config *c = expect_config("workflows:\n"
                                     "  - name: w\n"
                                     "    on: [{every: 1h, if: event.data.n == 1}]\n"
                                     "    steps: [{say: x}]\n",
                                     NULL);
    AUTO(arena) struct arena *a = arena_new();
    struct event e = {.type = STR("schedule.tick"), .connection = STR("schedule")};
    const struct trigger *t = &c->workflows[0]->triggers[0];
    struct considered one;
    struct err err;

    assert_int_equal(json_read(a, STR("{\"n\":1}"), JSON_LIMITS, &e.data, &err), OK);
    match_one(c, t, &e, 0, a, &one);
    EQ(one.verdict, MATCH_YES);
    e.data = v_map(NULL, 0);
    match_one(c, t, &e, 0, a, &one);
    EQ(one.verdict, MATCH_ERROR);
    config_free(c);
}

RUN(T(an_event_meets_exact_types_and_beginnings_in_the_order_of_the_configuration),
    T(a_condition_that_is_false_or_fails_is_told), T(a_disabled_trigger_is_not_offered),
    T(inputs_that_do_not_fit_are_told_and_start_nothing),
    T(a_line_gives_inputs_and_with_has_the_last_word), T(rooms_roles_and_strangers_are_told_apart),
    T(people_are_known_by_their_identities_and_roles_nest),
    T(the_owner_may_all_and_only_the_owner_administers),
    T(a_schedule_that_fired_is_decided_by_its_condition_alone))
