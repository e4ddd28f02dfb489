#include "test.h"

#include "data/json.h"
#include "workflow/index.h"
#include "workflow/loaded.h"
#include "workflow/match.h"

/* --- dice --- */

static uint64_t dice_state;

static uint64_t dice(uint64_t sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return dice_state % sides;
}

#define ONE_OF(list) ((list)[dice(COUNT_OF(list))])

/* --- configurations and events at random --- */

static const char *const types[] = {"t.one", "t.one", "t.one",  "t.two", "t.*",
                                    "t.*",   "*",     "t.one*", "other"};
static const char *const event_types[] = {"t.one", "t.one", "t.two", "t", "t.one.more", "other"};
static const char *const data_paths[] = {"event.data.a", "event.data.b.c", "event.data[\"x-y\"]",
                                         "event.data.b[\"c\"]"};
static const char *const text_paths[] = {"event.user", "user", "room", "event.type",
                                         "event.subject"};
static const char *const constants[] = {"\"x\"",
                                        "\"y\"",
                                        "\"1\"",
                                        "\"\"",
                                        "1",
                                        "1u",
                                        "1.0",
                                        "2",
                                        "2.5",
                                        "-0.0",
                                        "0",
                                        "true",
                                        "false",
                                        "null",
                                        "[1]",
                                        "b'x'",
                                        "{'c':1}",
                                        "9007199254740993",
                                        "-7",
                                        "0.0/0.0",
                                        "9007199254740992.0",
                                        "18446744073709551615u"};
static const char *const texts[] = {"\"x\"", "\"y\"", "\"t.one\"", "\"\"", "\"room/a\""};
static const char *const json_values[] = {"\"x\"",
                                          "\"y\"",
                                          "\"1\"",
                                          "\"\"",
                                          "1",
                                          "1.0",
                                          "2",
                                          "2.5",
                                          "-0.0",
                                          "0",
                                          "true",
                                          "false",
                                          "null",
                                          "[1]",
                                          "{\"c\":1}",
                                          "-7",
                                          "9007199254740993",
                                          "9007199254740992",
                                          "18446744073709551615",
                                          "1e300"};

static const char *constant_for(const char *path)
{
    return strncmp(path, "event.data", 10) == 0 ? ONE_OF(constants) : ONE_OF(texts);
}

static const char *path_at_random(void)
{
    return dice(4) ? ONE_OF(data_paths) : ONE_OF(text_paths);
}

static void add_test(struct buf *b)
{
    const char *p = path_at_random(), *q = path_at_random(), *d = ONE_OF(data_paths);

    switch (dice(12)) {
    case 0:
        buf_addf(b, "%s == %s", constant_for(p), p);
        break;
    case 1:
    case 2:
        buf_addf(b, "%s in [%s, %s, %s]", p, constant_for(p), constant_for(p), constant_for(p));
        break;
    case 3:
        buf_addf(b, "(%s == %s || %s == %s)", p, constant_for(p), p, constant_for(p));
        break;
    case 4: /* none of the following is a fact */
        buf_addf(b, "(%s == %s || %s == %s)", p, constant_for(p), q, constant_for(q));
        break;
    case 5:
        buf_addf(b, "%s != %s", d, ONE_OF(constants));
        break;
    case 6:
        buf_addf(b, "has(event.data.a)");
        break;
    case 7:
        buf_addf(b, "!(%s == %s)", d, ONE_OF(constants));
        break;
    case 8:
        buf_addf(b, "(%s == %s ? true : %s == %s)", d, ONE_OF(constants), d, ONE_OF(constants));
        break;
    default:
        buf_addf(b, "%s == %s", p, constant_for(p));
    }
}

static void add_trigger(struct buf *b)
{
    buf_addf(b, "  - event: \"%s\"\n", ONE_OF(types));
    if (dice(20) == 0) buf_add(b, STR("    enabled: false\n"));
    if (dice(10) == 0) return;
    buf_add(b, STR("    if: '"));
    for (uint64_t i = 0, n = 1 + dice(3); i < n; i++) {
        AUTO(buf) struct buf one = BUF(1 << 12);

        add_test(&one);
        if (i) buf_add(b, STR(" && "));
        for (size_t k = 0; k < one.n; k++) { /* quotes of YAML are doubled */
            if (one.p[k] == '\'') buf_addc(b, '\'');
            buf_addc(b, one.p[k]);
        }
    }
    buf_add(b, STR("'\n"));
}

static struct config *config_at_random(int triggers, void (*add)(struct buf *b))
{
    AUTO(buf) struct buf root = BUF(1 << 20);

    buf_add(&root, STR("rooms: {a: {}, b: {}}\nworkflows:\n"));
    for (int i = 0; i < triggers; i++) {
        if (i % 7 == 0)
            buf_addf(&root, "%s- name: w%d\n  on:\n",
                     i ? "  inputs: {x: {type: string, default: ''}}\n  steps: [{say: x}]\n" : "",
                     i);
        add(&root);
    }
    buf_add(&root, STR("  inputs: {x: {type: string, default: ''}}\n  steps: [{say: x}]\n"));
    return expect_config(root.p, NULL);
}

static void event_at_random(struct event *e, struct arena *a)
{
    static const char *const users[] = {"x", "y", "ana"}, *const rooms[] = {"room/a", "x", ""};
    AUTO(buf) struct buf b = BUF(1 << 12);
    struct err err;

    buf_add(&b, STR("{\"other\":1"));
    if (dice(6)) buf_addf(&b, ",\"a\":%s", ONE_OF(json_values));
    if (dice(6)) buf_addf(&b, ",\"x-y\":%s", ONE_OF(json_values));
    if (dice(6)) buf_addf(&b, ",\"b\":{\"c\":%s}", ONE_OF(json_values));
    buf_addc(&b, '}');
    *e = (struct event){.type = str_of(ONE_OF(event_types)),
                        .user = str_of(ONE_OF(users)),
                        .room = str_of(ONE_OF(rooms)),
                        .subject = str_of(ONE_OF(users))};
    if (json_read(a, str_n(arena_dup(a, b.p, b.n), b.n), JSON_LIMITS, &e->data, &err) != OK)
        _fail(__FILE__, __LINE__);
    if (dice(20) == 0) e->data = v_str(STR("x"));
}

/* --- the same without an index --- */

static bool listens(const struct trigger *t, struct str type)
{
    if (!t->enabled || t->kind != TRIGGER_EVENT) return false;
    if (!str_ends(t->type, STR("*"))) return str_eq(t->type, type);
    return str_starts(type, str_n(t->type.p, t->type.n - 1));
}

/* How many fire; match() must have said so of the same ones in the same order. */
static size_t expect_same(const struct config *c, const struct event *e, struct arena *a)
{
    struct decision d;
    size_t at = 0, fired = 0;

    match(c, e, 0, a, &d);
    for (size_t i = 0; i < c->workflows_n; i++)
        for (size_t k = 0; k < c->workflows[i]->triggers_n; k++) {
            const struct trigger *t = &c->workflows[i]->triggers[k];
            struct considered one;

            if (!listens(t, e->type)) continue;
            match_one(c, t, e, 0, a, &one);
            if (at < d.n && d.list[at].trigger == t)
                EQ(d.list[at++].verdict, one.verdict);
            else if (one.verdict == MATCH_YES)
                print_error("left out: %s\n", t->when ? cel_source(t->when).p : "no `if`");
            else
                continue;
            if (one.verdict != MATCH_YES) continue;
            TRUE(at > 0 && d.list[at - 1].trigger == t);
            fired++;
        }
    EQ(at, d.n);
    return fired;
}

TEST(with_the_index_exactly_those_fire_that_fire_when_each_is_asked)
{
    size_t fired = 0, left_out = 0;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        AUTO(arena) struct arena *a = arena_new();
        struct config *c;

        dice_state = seed * 0x9e3779b97f4a7c15u;
        c = config_at_random((int)(20 + dice(300)), add_trigger);
        for (int i = 0; i < 60; i++) {
            struct event e;

            event_at_random(&e, a);
            fired += expect_same(c, &e, a);
            left_out += match_left_out(c, &e, a);
        }
        config_free(c);
    }
    TRUE(fired > 10000); /* so that there was something to be wrong about */
    TRUE(left_out > 50000);
}

/* --- chat --- */

static void add_pattern(struct buf *b)
{
    static const char *const firsts[] = {"deploy",        "deploy", "deploy",
                                         "(ship|deploy)", "{x}",    "[please] deploy"};
    static const char *const rests[] = {
        "one",        "two",           "{x}", "one [two]", "(one|two)",
        "one to {x}", "[--force] one", "to",  "TWO one",   ""};
    const char *first = ONE_OF(firsts), *rest = ONE_OF(rests);

    if (first[0] == '{') rest = "one";
    buf_addf(b, "  - chat: [\"%s %s\"", first, rest);
    if (dice(4) == 0) buf_addf(b, ", \"deploy %s now\"", ONE_OF(rests));
    buf_add(b, STR("]\n"));
    if (dice(3) == 0) buf_add(b, dice(2) ? STR("    rooms: [a]\n") : STR("    rooms: [a, b]\n"));
}

static struct str line_at_random(struct arena *a)
{
    static const char *const words[] = {"one",     "two", "to",      "ONE",   "now",
                                        "--force", "x=1", "\"two\"", "please"};
    static const char *const firsts[] = {"deploy", "DEPLOY", "ship", "one", "please"};
    AUTO(buf) struct buf b = BUF(256);

    buf_addf(&b, "%s", ONE_OF(firsts));
    for (uint64_t i = dice(4); i > 0; i--) buf_addf(&b, " %s", ONE_OF(words));
    return str_n(arena_dup(a, b.p, b.n), b.n);
}

static bool fits(const struct trigger *t, const struct event *e, const struct tokens *tokens,
                 struct arena *a)
{
    const struct pattern_input x = {STR("x"), false};
    bool here = t->rooms_n == 0;

    for (size_t i = 0; i < t->rooms_n; i++) here = here || str_eq(t->rooms[i], e->room);
    for (size_t i = 0; here && i < t->patterns_n; i++) {
        struct map args = {.arena = a};

        if (pattern_match(t->patterns[i], tokens, (struct pattern_inputs){&x, 1}, &args))
            return true;
    }
    return false;
}

/* A workflow answers by the first of its triggers that fits. */
static size_t expect_answers(const struct config *c, const struct event *e, struct arena *a)
{
    struct tokens tokens;
    struct decision d;
    size_t at = 0, fired = 0;
    struct err err;

    assert_int_equal(tokens_read(a, e->text, &tokens, &err), OK);
    match(c, e, 0, a, &d);
    for (size_t i = 0; i < c->workflows_n; i++)
        for (size_t k = 0; k < c->workflows[i]->triggers_n; k++) {
            const struct trigger *t = &c->workflows[i]->triggers[k];

            if (!fits(t, e, &tokens, a)) continue;
            while (at < d.n && d.list[at].verdict != MATCH_YES) at++;
            TRUE(at < d.n);
            assert_ptr_equal(d.list[at++].trigger, t);
            fired++;
            break;
        }
    while (at < d.n) TRUE(d.list[at++].verdict != MATCH_YES);
    return fired;
}

TEST(a_line_meets_the_same_patterns_with_the_index_as_when_each_is_tried)
{
    static const char *const rooms[] = {"a", "b", "c"};
    size_t fired = 0, left_out = 0;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        AUTO(arena) struct arena *a = arena_new();
        struct config *c;

        dice_state = seed * 0x9e3779b97f4a7c15u;
        c = config_at_random((int)(10 + dice(120)), add_pattern);
        for (int i = 0; i < 60; i++) {
            struct event e = {.type = STR("chat.message"),
                              .owner = true,
                              .room = str_of(ONE_OF(rooms)),
                              .text = line_at_random(a),
                              .data = v_map(NULL, 0)};

            fired += expect_answers(c, &e, a);
            left_out += match_left_out(c, &e, a);
        }
        config_free(c);
    }
    TRUE(fired > 1000);
    TRUE(left_out > 5000);
}

/* --- what is offered --- */

/* `count` triggers, each the text with every # replaced by its number. */
static struct config *many(int count, const char *text)
{
    AUTO(buf) struct buf root = BUF(1 << 24);

    buf_add(&root, STR("workflows:\n"));
    for (int i = 0; i < count; i++) {
        if (i % 100 == 0)
            buf_addf(&root, "%s- name: w%d\n  on:\n", i ? "  steps: [{say: x}]\n" : "", i);
        buf_add(&root, STR("  - "));
        for (const char *p = text; *p; p++)
            if (*p == '#')
                buf_addf(&root, "%d", i);
            else
                buf_addc(&root, *p);
        buf_addc(&root, '\n');
    }
    buf_add(&root, STR("  steps: [{say: x}]\n"));
    return expect_config(root.p, NULL);
}

static struct event event_of(const char *type, const char *json, struct arena *a)
{
    struct event e = {.type = str_of(type)};
    struct err err;

    assert_int_equal(json_read(a, str_of(json), JSON_LIMITS, &e.data, &err), OK);
    return e;
}

static void expect_offered(const char *trigger, int count, const char *type, const char *json,
                           size_t offered)
{
    AUTO(arena) struct arena *a = arena_new();
    struct config *c = many(count, trigger);
    const struct event e = event_of(type, json, a);
    struct decision d;

    match(c, &e, 0, a, &d);
    EQ(d.n, offered);
    config_free(c);
}

TEST(of_many_that_differ_in_one_test_an_event_meets_one)
{
    static const char push[] = "{\"repo\":\"r-7\",\"n\":7,\"ref\":\"main\"}";

    expect_offered("{event: push, if: event.data.repo == \"r-#\"}", 500, "push", push, 1);
    expect_offered("{event: push, if: '\"r-#\" == event.data[\"repo\"]'}", 500, "push", push, 1);
    expect_offered("{event: push, if: 'event.data.n == #'}", 500, "push", push, 1);
    expect_offered("{event: push, if: 'event.data.n in [#, #.5, -1]'}", 500, "push", push, 1);
    expect_offered("{event: push, if: 'event.data.ref == \"main\" && event.data.n == #u'}", 500,
                   "push", push, 1);
    expect_offered("{event: p*, if: 'event.data.n == # && event.data.more'}", 500, "push", push, 1);
    expect_offered("{event: push.#}", 500, "push.7", "{}", 1);
    expect_offered("{event: push#.*}", 500, "push7.x", "{}", 1);
    expect_offered("{event: push, if: 'event.data.n > #'}", 500, "push", push, 500);
}

TEST(an_event_that_lacks_what_is_asked_meets_nobody)
{
    expect_offered("{event: push, if: 'event.data.n == #'}", 500, "push", "{}", 0);
    expect_offered("{event: push, if: 'event.data.n == #'}", 500, "push", "{\"n\":\"7\"}", 0);
    expect_offered("{event: push, if: 'event.data.n.m == #'}", 500, "push", "{\"n\":7}", 0);
}

TEST(few_triggers_are_all_offered_so_that_each_says_why_it_did_not_fire)
{
    AUTO(arena) struct arena *a = arena_new();
    struct config *c = many(GROUP_SMALL, "{event: push, if: 'event.data.n == #'}");
    const struct event e = event_of("push", "{\"n\":3}", a);
    struct decision d;

    match(c, &e, 0, a, &d);
    EQ(d.n, GROUP_SMALL);
    EQ(match_left_out(c, &e, a), 0);
    EQ(d.list[3].verdict, MATCH_YES);
    VIEWEQ(d.list[4].reason, "its `if` is false");
    config_free(c);
}

TEST(how_many_were_left_out_is_told_and_one_asked_for_by_name_is_explained)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf why = BUF(1 << 12);
    struct config *c = many(200, "{event: push, if: 'event.data.n == #'}");
    const struct event e = event_of("push", "{\"n\":3}", a);
    struct decision d;

    match(c, &e, 0, a, &d);
    EQ(d.n, 1);
    EQ(match_left_out(c, &e, a), 199);
    match_explain(c, &config_workflow(c, STR("w100"))->triggers[5], &e, 0, a, &why);
    HAS(why.p, "not matched: its `if` is false");
    HAS(why.p, "event.data.n → 3");
    config_free(c);
}

TEST(commands_with_one_first_word_are_told_apart_by_another)
{
    AUTO(arena) struct arena *a = arena_new();
    struct config *c = many(300, "{chat: 'deploy svc-# now'}");
    struct event e = {.type = STR("chat.message"),
                      .owner = true,
                      .text = STR("Deploy SVC-205 now"),
                      .data = v_map(NULL, 0)};
    struct decision d;

    match(c, &e, 0, a, &d);
    EQ(d.n, 1);
    EQ(d.list[0].verdict, MATCH_YES);
    EQ(d.list[0].trigger->number, 5);
    config_free(c);
}

TEST(the_same_type_is_listened_to_however_the_index_holds_it)
{
    struct config *c = many(40, "{event: push, if: 'event.data.n == #'}");

    TRUE(match_listens(c, STR("push")));
    FALSE(match_listens(c, STR("pus")));
    FALSE(match_listens(c, STR("")));
    config_free(c);
    c = many(40, "{event: a#.*}");
    TRUE(match_listens(c, STR("a12.")));
    FALSE(match_listens(c, STR("a12")));
    config_free(c);
}

TEST(a_trigger_takes_less_than_a_kilobyte)
{
    struct config *c =
        many(8000, "{event: push, if: 'event.data.repository.full_name == \"acme/repo-#\"'}");

    TRUE(arena_size(c->arena) / 8000 < 768);
    config_free(c);
}

RUN(T(with_the_index_exactly_those_fire_that_fire_when_each_is_asked),
    T(a_line_meets_the_same_patterns_with_the_index_as_when_each_is_tried),
    T(of_many_that_differ_in_one_test_an_event_meets_one),
    T(an_event_that_lacks_what_is_asked_meets_nobody),
    T(few_triggers_are_all_offered_so_that_each_says_why_it_did_not_fire),
    T(how_many_were_left_out_is_told_and_one_asked_for_by_name_is_explained),
    T(commands_with_one_first_word_are_told_apart_by_another),
    T(the_same_type_is_listened_to_however_the_index_holds_it),
    T(a_trigger_takes_less_than_a_kilobyte))
