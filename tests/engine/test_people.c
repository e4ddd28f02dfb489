/* Runs that wait for people: over crashes, past their time, and when two decide at once. */
#include "engine/world_sim.h"

#include <stdio.h>

/* A crash of the server leaves what it held: that is not a leak. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static struct sim s;

/* The world's events come from ana. */
#define PEOPLE                                                                                     \
    "users: {ana: {}, bo: {}, cy: {}, dee: {}}\n"                                                  \
    "roles: {sre: [bo, cy]}\n"
#define GO(approval) PEOPLE ONE("{id: go, approval: " approval "}, {id: b, run: y}")

static const char *output(struct id run, const char *step, const char *path)
{
    return sim_text(&s,
                    "SELECT json_extract(outputs, '$.%s') FROM steps WHERE run='%s' AND path='%s'",
                    path, run.s, step);
}

static const char *moves(struct id run)
{
    return sim_text(&s,
                    "SELECT group_concat(moves, ' | ') FROM (SELECT moves FROM history WHERE "
                    "run='%s' ORDER BY seq)",
                    run.s);
}

TEST(votes_are_on_disk_and_a_new_server_counts_on)
{
    struct id run;

    sim_init(&s, 1, GO("{by: [sre], count: 2, message: 'Deploy?', timeout: 30m}"));
    run = sim_start(&s, "go");
    STREQ(sim_status(&s, run), "waiting");
    EQ(engine_counts(s.engine)->live_runs, 0);
    HAS(sim_text(&s, "SELECT text FROM outbox WHERE run='%s' AND kind='ask'", run.s),
        "Deploy?\n\n`w` waits for an approval by sre: 0 of 2 have approved; until ");
    sim_crash(&s);
    sim_vote(&s, run, VOTE_APPROVE, "bo", "fine");
    EQ(s.answer.code, OK);
    STREQ(output(run, "go", "approved_by[0].user"), "bo");
    STREQ(output(run, "go", "approved_by[0].comment"), "fine");
    sim_crash(&s);
    sim_vote(&s, run, VOTE_APPROVE, "bo", "");
    EQ(s.answer.code, E_CONFLICT);
    HAS(s.answer.text, "the same person already (bo, ");
    sim_vote(&s, run, VOTE_APPROVE, "dee", "");
    EQ(s.answer.code, E_DENIED);
    EQ(sim_effects(&s, run, "b"), 0);
    sim_vote(&s, run, VOTE_APPROVE, "cy", "");
    EQ(s.answer.code, OK);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    EQ(sim_effects(&s, run, "b"), 1);
    STREQ(output(run, "go", "approved"), "1");
    STREQ(moves(run), "run queued>running; go#1 pending>waiting; run running>waiting | go#1: "
                      "approved by bo, 1 of 2 | go#1: approved by cy, 2 of 2; go#1 "
                      "waiting>succeeded; b#1 pending>running; run waiting>running | b#1 "
                      "running>succeeded; run running>succeeded");
    sim_done(&s);
}

TEST(a_vote_that_was_not_committed_is_not_answered_and_can_be_given_again)
{
    struct vote v = {.kind = VOTE_APPROVE, .who = {STR("bo"), false}, .way = STR("chat")};
    struct id run;

    for (int n = 0; n < 2; n++) { /* 1: it was written, and the answer was lost */
        sim_init(&s, 1, GO("{by: [sre]}"));
        run = sim_start(&s, "go");
        s.answer = (struct sim_answer){0};
        s.crash_commit = n;
        engine_vote(s.engine, run, STR(""), &v, sim_answered, &s);
        if (n == 0)
            sim_crash(&s);
        else
            SIM_UNTIL(&s, s.crashes == 1 && s.ready);
        EQ(s.answer.calls, 0);
        sim_vote(&s, run, VOTE_APPROVE, "bo", "");
        EQ(s.answer.code, n ? E_CONFLICT : OK);
        if (n) HAS(s.answer.text, "was approved (bo, ");
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), "succeeded");
        EQ(sim_effects(&s, run, "b"), 1);
        sim_done(&s);
    }
}

TEST(of_two_decisions_at_once_the_first_counts_and_the_second_is_told)
{
    struct vote yes = {.kind = VOTE_APPROVE, .who = {STR("bo"), false}, .way = STR("chat")};
    struct vote no = {.kind = VOTE_DENY, .who = {STR("cy"), false}, .way = STR("api")};
    struct id run;

    sim_init(&s, 1, GO("{by: [sre]}"));
    run = sim_start(&s, "go");
    s.answer = (struct sim_answer){0};
    engine_vote(s.engine, run, STR("go"), &yes, sim_answered, &s);
    engine_vote(s.engine, run, STR("go"), &no, sim_answered, &s);
    SIM_UNTIL(&s, s.answer.calls == 2);
    EQ(s.answer.code, E_CONFLICT);
    HAS(s.answer.text, "was approved (bo, ");
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    STREQ(output(run, "go", "denied_by"), "");
    sim_vote(&s, run, VOTE_DENY, "cy", "");
    EQ(s.answer.code, E_CONFLICT);
    HAS(s.answer.text, "was approved (bo, ");
    sim_done(&s);
}

TEST(an_approval_expires_also_while_the_server_is_away)
{
    for (int how = 0; how < 3; how++) { /* 1: the server dies before; 2: and is away when it is */
        struct id run;

        sim_init(&s, 1, GO("{by: [sre], timeout: 30m}"));
        run = sim_start(&s, "go");
        sim_for(&s, 1000 * SECOND_US);
        if (how) sim_kill(&s);
        if (how == 2) sim_for(&s, 3600 * SECOND_US);
        if (how) sim_boot(&s);
        if (how < 2) sim_for(&s, 790 * SECOND_US);
        if (how < 2) STREQ(sim_status(&s, run), "waiting");
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), "denied");
        STREQ(sim_error(&s, run, "go"), "nobody approved it within 30 min");
        STREQ(output(run, "go", "approved"), "0");
        HAS(sim_text(&s, "SELECT text FROM outbox WHERE run='%s' AND kind='end'", run.s),
            "`w` denied in `go`: nobody approved it within 30 min");
        EQ(sim_effects(&s, run, "b"), 0);
        EQ(engine_counts(s.engine)->runs_denied, 1);
        sim_vote(&s, run, VOTE_APPROVE, "bo", "");
        EQ(s.answer.code, E_CONFLICT);
        HAS(s.answer.text, "nobody approved it within 30 min");
        sim_done(&s);
    }
}

TEST(a_retry_asks_for_approval_again_and_keeps_answers)
{
    struct id run;

    sim_init(&s, 1,
             PEOPLE ONE("{id: q, ask: {question: 'Which?'}}, {id: go, approval: {by: [sre]}}, "
                        "{id: b, run: y, env: {Q: '${{ steps.q.outputs.answer }}'}}"));
    sim_fate(&s, (struct fate){.script = "y", .code = 1});
    run = sim_start(&s, "go");
    sim_vote(&s, run, VOTE_ANSWER, "dee", "this");
    sim_vote(&s, run, VOTE_APPROVE, "bo", "");
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    sim_retry(&s, run, "b");
    EQ(s.answer.code, OK);
    run = s.answer.run;
    STREQ(sim_status(&s, run), "waiting");
    STREQ(sim_step_status(&s, run, "go"), "waiting");
    EQ(sim_effects(&s, run, "b"), 0);
    sim_vote(&s, run, VOTE_APPROVE, "cy", "");
    sim_to_end(&s, run);
    EQ(sim_effects(&s, run, "b"), 1);
    STREQ(sim_env(&s, "Q"), "this");
    sim_done(&s);
}

TEST(a_full_disk_takes_no_vote)
{
    struct id run;

    sim_init(&s, 1, GO("{by: [sre]}"));
    run = sim_start(&s, "go");
    s.full = true;
    sim_vote(&s, run, VOTE_APPROVE, "bo", "");
    EQ(s.answer.code, E_FULL);
    s.full = false;
    sim_for(&s, 5 * SECOND_US);
    STREQ(sim_status(&s, run), "waiting");
    sim_vote(&s, run, VOTE_APPROVE, "bo", "");
    EQ(s.answer.code, OK);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    sim_done(&s);
}

TEST(those_who_follow_approvals_are_told_when_one_is_asked_for_and_when_it_is_decided)
{
    struct id run;

    sim_init(&s, 1,
             PEOPLE "workflows:\n"
                    "- {name: w, on: [{event: go}], steps: [{id: go, approval: {by: [sre], "
                    "message: 'Deploy?'}}]}\n"
                    "- {name: f, on: [{event: 'botops.approval.*'}], steps: [{say: '${{ "
                    "event.type }} ${{ event.data.step }} ${{ event.data.message }} ${{ "
                    "event.data.by[0] }}', to: board}]}\n");
    run = sim_start(&s, "go");
    sim_vote(&s, run, VOTE_DENY, "cy", "no");
    sim_for(&s, SECOND_US);
    STREQ(sim_text(&s, "SELECT group_concat(text, ' | ') FROM (SELECT text FROM outbox WHERE "
                       "room='board' ORDER BY id)"),
          "botops.approval.requested go Deploy? sre | botops.approval.decided go Deploy? sre");
    EQ(sim_number(&s,
                  "SELECT count(*) FROM events WHERE type='botops.approval.decided' AND "
                  "json_extract(data, '$.run')='%s' AND json_extract(data, '$.approved')=0 AND "
                  "json_extract(data, '$.denied_by.user')='cy'",
                  run.s),
       1);
    sim_done(&s);

    sim_init(&s, 1, GO("{by: [sre]}")); /* and nobody else is */
    run = sim_start(&s, "go");
    sim_vote(&s, run, VOTE_APPROVE, "cy", "");
    sim_to_end(&s, run);
    EQ(sim_number(&s, "SELECT count(*) FROM events"), 1);
    sim_done(&s);
}

TEST(an_answer_outlives_the_server_and_a_question_takes_its_default_in_time)
{
    struct id run, other;

    sim_init(&s, 1,
             PEOPLE ONE("{id: many, ask: {question: 'How many?', type: int, max: 50, default: 2, "
                        "timeout: 1h}}, {id: b, run: y, env: {N: '${{ steps.many.outputs.answer "
                        "}}'}}"));
    run = sim_start(&s, "go");
    other = sim_start(&s, "go");
    sim_crash(&s);
    sim_vote(&s, run, VOTE_ANSWER, "dee", "99");
    EQ(s.answer.code, E_INPUT);
    HAS(s.answer.text, "must be at most 50");
    sim_vote(&s, run, VOTE_ANSWER, "dee", "7");
    EQ(s.answer.code, OK);
    sim_to_end(&s, run);
    STREQ(sim_env(&s, "N"), "7");
    STREQ(output(run, "many", "answered_by.user"), "dee");
    STREQ(sim_status(&s, other), "waiting");
    sim_crash(&s);
    sim_to_end(&s, other);
    STREQ(sim_env(&s, "N"), "2");
    STREQ(sim_status(&s, other), "succeeded");
    sim_vote(&s, other, VOTE_ANSWER, "dee", "7");
    EQ(s.answer.code, E_CONFLICT);
    sim_done(&s);
}

TEST(a_run_that_is_not_there_or_of_another_role_today_is_told)
{
    struct id run, nobody = {.s = "01JD0000000000000000000000"};

    sim_init(&s, 1, GO("{by: [sre]}"));
    run = sim_start(&s, "go");
    sim_vote(&s, nobody, VOTE_APPROVE, "bo", "");
    EQ(s.answer.code, E_NOT_FOUND);
    /* who belongs to a role is looked up when it is decided */
    sim_use(&s, "users: {ana: {}, bo: {}, dee: {}}\nroles: {sre: [dee]}\n" ONE("{run: x}"));
    sim_vote(&s, run, VOTE_APPROVE, "bo", "");
    EQ(s.answer.code, E_DENIED);
    sim_vote(&s, run, VOTE_APPROVE, "dee", "");
    EQ(s.answer.code, OK);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    sim_done(&s);
}

TEST(a_run_that_is_denied_frees_its_lock)
{
    struct id run[2];

    sim_init(&s, 1,
             PEOPLE "workflows: [{name: w, on: [{event: go}], concurrency: {group: web}, steps: "
                    "[{id: go, approval: {by: [sre]}}, {id: b, run: y}]}]\n");
    for (int i = 0; i < 2; i++) run[i] = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    STREQ(sim_status(&s, run[0]), "waiting");
    STREQ(sim_status(&s, run[1]), "queued");
    sim_vote(&s, run[1], VOTE_APPROVE, "bo", "");
    EQ(s.answer.code, E_CONFLICT);
    sim_vote(&s, run[0], VOTE_DENY, "bo", "");
    EQ(s.answer.code, OK);
    sim_for(&s, SECOND_US);
    STREQ(sim_status(&s, run[0]), "denied");
    STREQ(sim_status(&s, run[1]), "waiting");
    sim_vote(&s, run[1], VOTE_APPROVE, "bo", "");
    sim_to_end(&s, run[1]);
    STREQ(sim_status(&s, run[1]), "succeeded");
    sim_done(&s);
}

#define BRANCHES                                                                                   \
    PEOPLE ONE("{id: p, parallel: {l: [{id: go, approval: {by: [sre]}}], m: [{id: a, run: x}]}}, " \
               "{id: d, run: w}")

TEST(a_denial_in_a_branch_is_known_after_a_crash)
{
    struct id run;

    sim_init(&s, 1, BRANCHES);
    sim_fate(&s, (struct fate){.script = "x", .us = 100 * SECOND_US, .stubborn = true});
    run = sim_start(&s, "go");
    SIM_UNTIL(&s, sim_alive(&s, run, "p/m/a"));
    sim_vote(&s, run, VOTE_DENY, "bo", "");
    EQ(s.answer.code, OK);
    STREQ(sim_status(&s, run), "running");
    sim_crash(&s);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "denied");
    STREQ(sim_step_status(&s, run, "p/m/a"), "cancelled");
    STREQ(sim_error(&s, run, "p"), "`p/l/go`: denied by bo");
    sim_done(&s);
}

TEST(a_retry_begins_branches_anew_in_which_people_have_approved)
{
    struct id run;

    sim_init(&s, 1, BRANCHES);
    run = sim_start(&s, "go");
    sim_vote(&s, run, VOTE_APPROVE, "bo", "");
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    sim_retry(&s, run, "d");
    EQ(s.answer.code, OK);
    run = s.answer.run;
    sim_for(&s, 60 * SECOND_US);
    STREQ(sim_status(&s, run), "waiting");
    EQ(sim_effects(&s, run, "p/m/a"), 1);
    EQ(sim_effects(&s, run, "d"), 0);
    sim_vote(&s, run, VOTE_APPROVE, "bo", "");
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    sim_done(&s);
}

RUN(T(votes_are_on_disk_and_a_new_server_counts_on),
    T(a_vote_that_was_not_committed_is_not_answered_and_can_be_given_again),
    T(of_two_decisions_at_once_the_first_counts_and_the_second_is_told),
    T(an_approval_expires_also_while_the_server_is_away),
    T(a_retry_asks_for_approval_again_and_keeps_answers), T(a_full_disk_takes_no_vote),
    T(those_who_follow_approvals_are_told_when_one_is_asked_for_and_when_it_is_decided),
    T(an_answer_outlives_the_server_and_a_question_takes_its_default_in_time),
    T(a_run_that_is_not_there_or_of_another_role_today_is_told),
    T(a_run_that_is_denied_frees_its_lock), T(a_denial_in_a_branch_is_known_after_a_crash),
    T(a_retry_begins_branches_anew_in_which_people_have_approved))
