/* Steps that wait for people: what they ask, what each vote does, and when time is over. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "workflow/flow.h"
#include "workflow/loaded.h"

static const struct value none = {.kind = V_MAP};

/* ana asks for the runs; bo and cy are of the sre, dee is nobody in particular. */
static const char people[] = "users: {ana: {}, bo: {}, cy: {}, dee: {}}\n"
                             "roles: {sre: [bo, cy], all: [role:sre, ana]}\n"
                             "rooms: {quiet: {allow: [cy]}}\n"
                             "workflows: [{name: x, steps: [{run: y}]}]\n";

struct town {
    struct flow flow;
    struct config *config;
    char why[512]; /* of the last vote: "" when it counted */
};

static void town_init(struct town *t, const char *yaml)
{
    flow_init(&t->flow, yaml, none);
    struct report r = {.arena = t->flow.arena};

    t->config = load_two(people, NULL, &r);
    assert_non_null(t->config);
}

static void town_done(struct town *t)
{
    config_free(t->config);
    flow_done(&t->flow);
}

static err_t give(struct town *t, struct vote v, const char *path)
{
    struct occurrence o = {.kind = OCCUR_VOTE};
    struct err e = {.code = OK};

    t->why[0] = '\0';
    if (vote_check(t->config, t->flow.run, str_of(path), &v, t->flow.arena, &o.step, &e) != OK) {
        snprintf(t->why, sizeof t->why, "%s", e.text);
        return e.code;
    }
    o.vote = v;
    flow_tell(&t->flow, o);
    return OK;
}

static err_t vote(struct town *t, enum vote_kind kind, const char *user, const char *comment)
{
    struct vote v = {.kind = kind,
                     .who = {str_of(user), false},
                     .room = STR("ops"),
                     .way = STR("chat"),
                     .comment = str_of(comment)};

    return give(t, v, "");
}

static err_t answer(struct town *t, const char *user, struct value text)
{
    struct vote v = {
        .kind = VOTE_ANSWER, .who = {str_of(user), false}, .way = STR("chat"), .answer = text};

    return give(t, v, "");
}

static void wait_for(struct town *t, int64_t us)
{
    t->flow.now += us;
    flow_tell(&t->flow, (struct occurrence){.kind = OCCUR_TIME});
}

static struct value output(struct town *t, const char *step, const char *path)
{
    return value_at(flow_state(&t->flow, step)->outputs, path);
}

static int told(const struct flow *f, const char *type)
{
    int n = 0;

    for (size_t i = 0; i < f->last.effects_n; i++)
        n += f->last.effects[i].kind == EFFECT_TELL && strcmp(f->last.effects[i].type, type) == 0;
    return n;
}

#define GO(approval)                                                                               \
    "{name: w, on: [{chat: go}], steps: [{id: go, approval: " approval "}, {id: b, run: y}], "     \
    "on_failure: [{say: 'oh: ${{ failure.message }}'}], finally: [{id: z, run: z}]}"

TEST(two_of_a_role_must_approve_and_the_run_goes_on)
{
    struct town t;
    struct value votes;

    town_init(&t, GO("{by: [sre], count: 2, message: 'Deploy?', timeout: 30m}"));
    RUN_IS(&t.flow, RUN_WAITING);
    STEP_IS(&t.flow, "go", STEP_WAITING);
    EQ(run_wake_at(t.flow.run), t.flow.now + 1800 * SECOND_US);
    HAS(flow_said(&t.flow, 0), "Deploy?\n\n`w` waits for an approval by sre: 0 of 2 have approved; "
                               "until 00:46 UTC: say `approve 01JD");
    EQ(told(&t.flow, "botops.approval.requested"), 1);
    EQ(vote(&t, VOTE_APPROVE, "bo", "fine; really"), OK);
    STEP_IS(&t.flow, "go", STEP_WAITING);
    VIEWEQ(t.flow.last.moves, "go#1: approved by bo, 1 of 2");
    EQ(t.flow.run->seq, 2);
    EQ(t.flow.last.steps_n, 1);
    STREQ(flow_said(&t.flow, 0), "`go` of `w`: approved by bo, 1 of 2: fine; really");
    EQ(told(&t.flow, "botops.approval.decided"), 0);
    t.flow.now += 60 * SECOND_US;
    EQ(vote(&t, VOTE_APPROVE, "cy", ""), OK);
    STEP_IS(&t.flow, "go", STEP_SUCCEEDED);
    EQ(told(&t.flow, "botops.approval.decided"), 1);
    EQ(flow_effects(&t.flow, EFFECT_EXEC, "b"), 1);
    TRUE(moves_allowed(t.flow.last.moves));
    votes = output(&t, "go", "approved_by");
    EQ(votes.n, 2);
    VIEWEQ(value_get_str(votes.list[0], "user"), "bo");
    VIEWEQ(value_get_str(votes.list[0], "comment"), "fine; really");
    VIEWEQ(value_get_str(votes.list[0], "at"), "1970-01-01T00:16:40Z");
    VIEWEQ(value_get_str(votes.list[0], "room"), "ops");
    VIEWEQ(value_get_str(votes.list[0], "way"), "chat");
    VIEWEQ(value_get_str(votes.list[1], "user"), "cy");
    TRUE(output(&t, "go", "approved").b);
    town_done(&t);
}

TEST(a_person_counts_once_and_is_told_so)
{
    struct town t;

    town_init(&t, GO("{by: [sre], count: 2}"));
    HAS(flow_said(&t.flow, 0), "May `go` go on?");
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), OK);
    EQ(vote(&t, VOTE_APPROVE, "bo", "again"), E_CONFLICT);
    HAS(t.why, "the same person already (bo, 1970-01-01 00:16 UTC): 1 of 2");
    STEP_IS(&t.flow, "go", STEP_WAITING);
    EQ(output(&t, "go", "approved_by").n, 1);
    /* even if it had passed the check, as two at once may have */
    flow_tell(&t.flow, (struct occurrence){.kind = OCCUR_VOTE,
                                           .step = flow_step(&t.flow, "go"),
                                           .vote = {.who = {STR("bo"), false}}});
    TRUE(!t.flow.last.changed);
    EQ(output(&t, "go", "approved_by").n, 1);
    town_done(&t);
}

TEST(one_who_denies_is_enough_and_the_run_ends_as_denied_after_its_blocks)
{
    struct town t;

    town_init(&t, GO("{by: [sre], count: 2}"));
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), OK);
    EQ(vote(&t, VOTE_DENY, "cy", "not on a Friday"), OK);
    STEP_IS(&t.flow, "go", STEP_FAILED);
    STEP_IS(&t.flow, "b", STEP_PENDING);
    EQ(told(&t.flow, "botops.approval.decided"), 1);
    STREQ(flow_said(&t.flow, 1), "oh: denied by cy: not on a Friday");
    EQ(flow_effects(&t.flow, EFFECT_EXEC, "finally/z"), 1);
    RUN_IS(&t.flow, RUN_RUNNING);
    flow_exit(&t.flow, "finally/z", 0);
    RUN_IS(&t.flow, RUN_DENIED);
    STREQ(flow_said(&t.flow, 0), "`w` denied in `go`: denied by cy: not on a Friday");
    TRUE(!output(&t, "go", "approved").b);
    VIEWEQ(value_get_str(output(&t, "go", "denied_by"), "user"), "cy");
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), E_CONFLICT);
    HAS(t.why, "step `go` of run 01JD0000000000000000000000 was denied (cy, 1970-01-01 00:16 UTC) "
               "already");
    town_done(&t);
}

TEST(who_may_decide_is_one_table)
{
    static const struct {
        const char *approval, *user, *room;
        bool owner;
        enum vote_kind kind;
        const char *why; /* NULL: it counts */
    } cases[] = {
        {"{by: [sre]}", "bo", "ops", false, VOTE_APPROVE, NULL},
        {"{by: [role:sre]}", "cy", "ops", false, VOTE_APPROVE, NULL},
        {"{by: sre}", "dee", "ops", false, VOTE_APPROVE,
         "may not decide this for `w`: it is allowed "
         "for sre"},
        {"{by: [dee]}", "dee", "ops", false, VOTE_APPROVE, NULL},
        {"{by: [sre]}", "eve", "ops", false, VOTE_APPROVE, "I do not know who `eve` is"},
        {"{by: [sre]}", "root", "", true, VOTE_APPROVE, NULL},
        {"{by: [all]}", "ana", "ops", false, VOTE_APPROVE, "somebody else must approve"},
        {"{by: [all]}", "ana", "", true, VOTE_APPROVE, "somebody else must approve"},
        {"{by: [all], self: true}", "ana", "ops", false, VOTE_APPROVE, NULL},
        {"{by: [sre], self: true}", "ana", "ops", false, VOTE_APPROVE, "allowed for sre"},
        {"{by: [sre]}", "ana", "ops", false, VOTE_DENY, NULL}, /* she takes it back */
        {"{by: [sre]}", "dee", "ops", false, VOTE_DENY, "allowed for sre"},
        {"{}", "dee", "ops", false, VOTE_APPROVE, NULL},
        {"{}", "ana", "ops", false, VOTE_APPROVE, "somebody else must approve"},
        {"{by: [sre]}", "bo", "quiet", false, VOTE_APPROVE, "may not act in this room"},
        {"{by: [sre]}", "cy", "quiet", false, VOTE_APPROVE, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct town t;
        char yaml[512];
        struct vote v = {.kind = cases[i].kind,
                         .who = {str_of(cases[i].user), cases[i].owner},
                         .room = str_of(cases[i].room),
                         .way = STR("chat")};

        snprintf(yaml, sizeof yaml, GO("%s"), cases[i].approval);
        town_init(&t, yaml);
        EQ(give(&t, v, ""), cases[i].why ? E_DENIED : OK);
        if (cases[i].why) HAS(t.why, cases[i].why);
        if (cases[i].why) STEP_IS(&t.flow, "go", STEP_WAITING);
        town_done(&t);
    }
}

TEST(without_by_those_decide_who_may_start_the_workflow)
{
    struct town t;

    town_init(&t, "{name: w, allow: [sre], on: [{chat: go}], steps: [{id: go, approval: {}}]}");
    EQ(vote(&t, VOTE_APPROVE, "dee", ""), E_DENIED);
    HAS(t.why, "it is allowed for sre");
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), OK);
    RUN_IS(&t.flow, RUN_SUCCEEDED);
    town_done(&t);
}

TEST(time_that_is_over_counts_as_denied)
{
    struct town t;

    town_init(&t, GO("{by: [sre], count: 2, timeout: 30m}"));
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), OK);
    wait_for(&t, 1799 * SECOND_US);
    TRUE(!t.flow.last.changed);
    wait_for(&t, SECOND_US);
    STEP_IS(&t.flow, "go", STEP_FAILED);
    VIEWEQ(flow_state(&t.flow, "go")->error, "only 1 of 2 approved it within 30 min");
    EQ(told(&t.flow, "botops.approval.decided"), 1);
    flow_exit(&t.flow, "finally/z", 0);
    RUN_IS(&t.flow, RUN_DENIED);
    EQ(vote(&t, VOTE_APPROVE, "cy", ""), E_CONFLICT);
    HAS(t.why, "is failed (only 1 of 2 approved it within 30 min) already");
    town_done(&t);

    town_init(&t, GO("{by: [sre], timeout: 0s}"));
    EQ(run_wake_at(t.flow.run), 0);
    wait_for(&t, (int64_t)1000 * 86400 * SECOND_US);
    TRUE(!t.flow.last.changed);
    STEP_IS(&t.flow, "go", STEP_WAITING);
    town_done(&t);

    town_init(&t, GO("{by: [sre]}"));
    EQ(run_wake_at(t.flow.run), t.flow.now + 30 * 86400 * SECOND_US);
    wait_for(&t, 30 * 86400 * SECOND_US);
    VIEWEQ(flow_state(&t.flow, "go")->error, "nobody approved it within 30 d");
    town_done(&t);
}

TEST(a_denial_may_be_passed_over)
{
    struct town t;

    town_init(&t, "{name: w, on: [{chat: go}], steps: [{id: go, on_error: continue, approval: {}}, "
                  "{say: '${{ steps.go.outputs.approved }} ${{ steps.go.status }}'}]}");
    EQ(vote(&t, VOTE_DENY, "dee", ""), OK);
    STREQ(flow_said(&t.flow, 1), "false failed");
    RUN_IS(&t.flow, RUN_SUCCEEDED);
    town_done(&t);
}

/* --- in branches --- */

#define JURY(more)                                                                                 \
    "{name: w, on: [{chat: go}], steps: [{id: p, retry: {attempts: 2, delay: 1m}, " more           \
    "parallel: {l: [{id: go, approval: {timeout: 30m}}, {id: a, run: x}], m: [{id: q, approval: "  \
    "{}}, {id: b, run: x}], n: [{id: c, run: y}]}}, {id: d, run: y}]}"

TEST(steps_in_branches_wait_side_by_side_and_are_named_by_their_paths)
{
    struct town t;
    struct vote v = {.kind = VOTE_APPROVE, .who = {STR("bo"), false}, .way = STR("chat")};

    town_init(&t, JURY(""));
    HAS(flow_said(&t.flow, 0), ": say `approve 01JD0000000000000000000000/p/l/go` or `deny ");
    HAS(flow_said(&t.flow, 1), "/p/m/q`");
    EQ(run_wake_at(t.flow.run), t.flow.now + 1800 * SECOND_US);
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), E_INPUT);
    HAS(t.why, "name one of `p/l/go`, `p/m/q`: `approve 01JD");
    EQ(give(&t, v, "p/m/q"), OK);
    STEP_IS(&t.flow, "p/m/b", STEP_RUNNING);
    STEP_IS(&t.flow, "p/l/a", STEP_PENDING);
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), OK); /* one is left */
    STEP_IS(&t.flow, "p/l/a", STEP_RUNNING);
    flow_exit(&t.flow, "p/l/a", 0);
    flow_exit(&t.flow, "p/m/b", 0);
    flow_exit(&t.flow, "p/n/c", 0);
    STEP_IS(&t.flow, "d", STEP_RUNNING);
    town_done(&t);
}

TEST(a_denial_in_a_branch_stops_the_others_and_the_run_ends_as_denied_without_a_retry)
{
    struct town t;
    struct vote v = {.kind = VOTE_DENY, .who = {STR("bo"), false}, .way = STR("chat")};

    town_init(&t, JURY(""));
    v.comment = STR("not now");
    EQ(give(&t, v, "p/l/go"), OK);
    EQ(flow_effects(&t.flow, EFFECT_KILL, "p/n/c"), 1);
    STEP_IS(&t.flow, "p/m/q", STEP_CANCELLED);
    RUN_IS(&t.flow, RUN_RUNNING); /* until the process is gone */
    flow_exit(&t.flow, "p/n/c", 1);
    STEP_IS(&t.flow, "p", STEP_FAILED);
    RUN_IS(&t.flow, RUN_DENIED);
    VIEWEQ(t.flow.run->message, "`p/l/go`: denied by bo: not now");
    VIEWEQ(t.flow.run->failed_step, "p");
    town_done(&t);
}

TEST(a_branch_that_fails_calls_the_questions_of_the_others_off_and_a_retry_asks_anew)
{
    struct town t;
    struct vote v = {.kind = VOTE_DENY, .who = {STR("bo"), false}, .way = STR("chat")};

    town_init(&t, JURY(""));
    flow_exit(&t.flow, "p/n/c", 1);
    STEP_IS(&t.flow, "p/l/go", STEP_CANCELLED);
    STEP_IS(&t.flow, "p", STEP_WAITING);
    EQ(give(&t, v, "p/l/go"), E_CONFLICT);
    wait_for(&t, 60 * SECOND_US);
    STEP_IS(&t.flow, "p/l/go", STEP_WAITING);
    EQ(flow_state(&t.flow, "p/l/go")->attempt, 2);
    wait_for(&t, 1800 * SECOND_US);
    flow_exit(&t.flow, "p/n/c", 0);
    RUN_IS(&t.flow, RUN_DENIED);
    VIEWEQ(t.flow.run->message, "`p/l/go`: nobody approved it within 30 min");
    town_done(&t);
}

TEST(a_denial_in_a_branch_may_be_passed_over_around_it)
{
    struct town t;
    struct vote v = {.kind = VOTE_DENY, .who = {STR("bo"), false}, .way = STR("chat")};

    town_init(&t, JURY("on_error: continue, "));
    EQ(give(&t, v, "p/m/q"), OK);
    flow_exit(&t.flow, "p/n/c", 0);
    STEP_IS(&t.flow, "p", STEP_FAILED);
    STEP_IS(&t.flow, "d", STEP_RUNNING);
    flow_exit(&t.flow, "d", 0);
    RUN_IS(&t.flow, RUN_SUCCEEDED);
    town_done(&t);
}

TEST(a_cancel_calls_the_question_off)
{
    struct town t;

    town_init(&t, GO("{by: [sre]}"));
    flow_tell(&t.flow, (struct occurrence){.kind = OCCUR_CANCEL, .by = STR("eve")});
    STEP_IS(&t.flow, "go", STEP_CANCELLED);
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), E_CONFLICT);
    HAS(t.why, "step `go` of run 01JD0000000000000000000000 is cancelled already");
    flow_exit(&t.flow, "finally/z", 0);
    RUN_IS(&t.flow, RUN_CANCELLED);
    town_done(&t);
}

TEST(which_step_is_meant_is_found_or_asked_for)
{
    struct town t;
    struct vote v = {.kind = VOTE_APPROVE, .who = {STR("bo"), false}};

    town_init(&t, "{name: w, on: [{chat: go}], steps: [{id: a, approval: {}}, "
                  "{id: b, needs: [], approval: {}}, {id: c, needs: [a, b], approval: {}}, "
                  "{id: d, run: x}]}");
    HAS(flow_said(&t.flow, 0), "say `approve 01JD0000000000000000000000/a` or `deny 01JD");
    EQ(vote(&t, VOTE_APPROVE, "bo", ""), E_INPUT);
    HAS(t.why, "several steps of run 01JD0000000000000000000000 wait for an approval; name one of "
               "`a`, `b`");
    EQ(give(&t, v, "c"), E_CONFLICT);
    HAS(t.why, "step `c` of run 01JD0000000000000000000000 has not asked yet: it is pending");
    EQ(give(&t, v, "d"), E_CONFLICT);
    HAS(t.why, "step `d` asks for no approval");
    EQ(give(&t, v, "e"), E_NOT_FOUND);
    EQ(give(&t, v, "b"), OK);
    STEP_IS(&t.flow, "b", STEP_SUCCEEDED);
    STEP_IS(&t.flow, "a", STEP_WAITING);
    EQ(give(&t, v, "b"), E_CONFLICT);
    HAS(t.why, "was approved (bo, ");
    EQ(give(&t, v, ""), OK);
    STEP_IS(&t.flow, "c", STEP_WAITING);
    v.kind = VOTE_ANSWER;
    EQ(give(&t, v, ""), E_CONFLICT);
    HAS(t.why, "waits for no answer: it is waiting");
    town_done(&t);
}

TEST(a_comment_has_a_limit_and_is_text)
{
    static char longest[COMMENT_MAX + 2];
    struct town t;

    memset(longest, 'x', sizeof longest - 1);
    town_init(&t, GO("{by: [sre]}"));
    EQ(vote(&t, VOTE_APPROVE, "bo", longest), E_LIMIT);
    EQ(vote(&t, VOTE_APPROVE, "bo", "\xff"), E_INPUT);
    longest[COMMENT_MAX] = '\0';
    EQ(vote(&t, VOTE_APPROVE, "bo", longest), OK);
    town_done(&t);
}

#define HOW_MANY(more)                                                                             \
    "{name: w, on: [{chat: go}], steps: [{id: many, ask: {question: 'How many?', type: int, min: " \
    "1, max: 50" more "}}, {say: '${{ steps.many.outputs.answer + 1 }}'}]}"

TEST(an_answer_becomes_the_type_that_was_asked_for)
{
    struct town t;

    town_init(&t, HOW_MANY(", who: '${{ user }}'"));
    HAS(flow_said(&t.flow, 0),
        "How many?\n\n`w` waits for an answer by ana; until 1970-01-31 00:16 "
        "UTC: say `answer 01JD0000000000000000000000 …` with a whole number, "
        "at least 1, at most 50");
    EQ(answer(&t, "bo", v_cstr("3")), E_DENIED);
    EQ(answer(&t, "ana", v_cstr("many")), E_INPUT);
    STREQ(t.why, "`answer` must be a whole number, not `many`; the question is still open");
    EQ(answer(&t, "ana", v_int(51)), E_INPUT);
    STREQ(t.why, "`answer` must be at most 50, not 51; the question is still open");
    EQ(answer(&t, "ana", NO_VALUE), E_INPUT);
    STEP_IS(&t.flow, "many", STEP_WAITING);
    EQ(answer(&t, "ana", v_cstr(" 3 ")), OK);
    EQ(output(&t, "many", "answer").kind, V_INT);
    VIEWEQ(value_get_str(output(&t, "many", "answered_by"), "user"), "ana");
    STREQ(flow_said(&t.flow, 0), "`many` of `w`: answered by ana");
    STREQ(flow_said(&t.flow, 1), "4");
    RUN_IS(&t.flow, RUN_SUCCEEDED);
    EQ(answer(&t, "ana", v_cstr("4")), E_CONFLICT);
    HAS(t.why, "was answered (ana, 1970-01-01 00:16 UTC) already");
    town_done(&t);
}

TEST(a_question_nobody_answers_fails_or_takes_its_default)
{
    struct town t;

    town_init(&t, HOW_MANY(", timeout: 1h"));
    wait_for(&t, 3600 * SECOND_US);
    STEP_IS(&t.flow, "many", STEP_FAILED);
    RUN_IS(&t.flow, RUN_FAILED);
    VIEWEQ(t.flow.run->message, "nobody answered within 1 h");
    town_done(&t);

    town_init(&t, HOW_MANY(", timeout: 1h, default: 7"));
    wait_for(&t, 3600 * SECOND_US);
    RUN_IS(&t.flow, RUN_SUCCEEDED);
    STREQ(flow_said(&t.flow, 0), "8");
    HAS(t.flow.last.moves.p, "many#1: the default was taken; many#1 waiting>succeeded");
    town_done(&t);
}

TEST(who_is_asked_may_be_a_list_and_must_be_somebody)
{
    struct town t;

    town_init(&t, HOW_MANY(", who: [sre, '${{ user }}']"));
    HAS(flow_said(&t.flow, 0), "an answer by sre or ana");
    EQ(answer(&t, "dee", v_cstr("3")), E_DENIED);
    EQ(answer(&t, "cy", v_cstr("3")), OK);
    town_done(&t);

    town_init(&t, HOW_MANY(", who: '${{ room.substring(3) }}'"));
    RUN_IS(&t.flow, RUN_FAILED);
    HAS(flow_said(&t.flow, 0), "`who` must name a user or a role");
    town_done(&t);
}

TEST(a_pattern_and_choices_hold_for_answers_too)
{
    struct town t;

    town_init(&t, "{name: w, on: [{chat: go}], steps: [{id: a, ask: {question: 'Where?', enum: "
                  "[staging, prod]}}, {id: b, ask: {question: 'Who?', pattern: '^[a-z]+$'}}]}");
    HAS(flow_said(&t.flow, 0), "with one of staging, prod");
    EQ(answer(&t, "ana", v_cstr("stagin")), E_INPUT);
    HAS(t.why, "did you mean `staging`?");
    EQ(answer(&t, "ana", v_cstr("prod")), OK);
    HAS(flow_said(&t.flow, 1), "with text that matches `^[a-z]+$`");
    EQ(answer(&t, "ana", v_cstr("X")), E_INPUT);
    EQ(answer(&t, "ana", v_cstr("x")), OK);
    RUN_IS(&t.flow, RUN_SUCCEEDED);
    town_done(&t);
}

TEST(what_is_wrong_with_them_is_said_when_they_are_loaded)
{
    expect_complaints(
        "users: {ana: {}}\nroles: {sre: [ana]}\n",
        "name: w\n"
        "steps:\n"
        "  - approval: {by: [srr], cuont: 2}\n"
        "  - approval: {count: 0, message: '${{ inputs.x }}'}\n"
        "  - approval: {by: [], timeout: 5m}\n"
        "    timeout: 1h\n"
        "  - ask: {who: an, type: int}\n"
        "  - ask: {question: q, type: integer, default: 3}\n"
        "  - ask: {question: q, type: int, min: 5, default: 3}\n"
        "  - {say: x, approval: {}}\n",
        "workflows/w.yaml:3:21: no role and no user `srr` in botops.yaml; did you mean `sre`?\n"
        "workflows/w.yaml:3:27: unknown key `cuont`; did you mean `count`?\n"
        "workflows/w.yaml:4:23: `count` must be from 1 to 100, not 0\n"
        "workflows/w.yaml:4:47: no `x` in inputs\n"
        "workflows/w.yaml:5:20: `by` names nobody; leave it out to allow everybody known\n"
        "workflows/w.yaml:6:14: `timeout` is given twice: the other one is on line 5\n"
        "workflows/w.yaml:7:11: this ask lacks the key `question`: What is asked, in Markdown\n"
        "workflows/w.yaml:7:16: no role and no user `an` in botops.yaml; did you mean `ana`?\n"
        "workflows/w.yaml:8:30: `type` must be one of `string`, `int`, `number`, `bool`, `list`, "
        "`map`, not `integer`\n"
        "workflows/w.yaml:8:48: this default does not fit: `answer` must be text, not `3`; put it "
        "in quotes, or give the input another `type`\n"
        "workflows/w.yaml:9:52: this default does not fit: `answer` must be at least 5, not 3\n"
        "workflows/w.yaml:10:14: a step has exactly one of the keys `run`, `approval`, `ask`, "
        "`say`, `set`, `fail`, `stop`, `sleep`, `parallel`, and this one has `say` and "
        "`approval`\n");
}

RUN(T(two_of_a_role_must_approve_and_the_run_goes_on), T(a_person_counts_once_and_is_told_so),
    T(one_who_denies_is_enough_and_the_run_ends_as_denied_after_its_blocks),
    T(who_may_decide_is_one_table), T(without_by_those_decide_who_may_start_the_workflow),
    T(time_that_is_over_counts_as_denied), T(a_denial_may_be_passed_over),
    T(steps_in_branches_wait_side_by_side_and_are_named_by_their_paths),
    T(a_denial_in_a_branch_stops_the_others_and_the_run_ends_as_denied_without_a_retry),
    T(a_branch_that_fails_calls_the_questions_of_the_others_off_and_a_retry_asks_anew),
    T(a_denial_in_a_branch_may_be_passed_over_around_it), T(a_cancel_calls_the_question_off),
    T(which_step_is_meant_is_found_or_asked_for), T(a_comment_has_a_limit_and_is_text),
    T(an_answer_becomes_the_type_that_was_asked_for),
    T(a_question_nobody_answers_fails_or_takes_its_default),
    T(who_is_asked_may_be_a_list_and_must_be_somebody),
    T(a_pattern_and_choices_hold_for_answers_too),
    T(what_is_wrong_with_them_is_said_when_they_are_loaded))
