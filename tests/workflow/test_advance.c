#include <stdio.h>
#include <string.h>

#include "workflow/flow.h"

static const struct value none = {.kind = V_MAP};

TEST(steps_run_one_after_the_other_and_the_run_succeeds)
{
    struct flow f;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{id: a, run: x}, {id: b, run: y}]}", none);
    RUN_IS(&f, RUN_RUNNING);
    EQ(flow_effects(&f, EFFECT_EXEC, "a"), 1);
    EQ(flow_effects(&f, EFFECT_EXEC, "b"), 0);
    STEP_IS(&f, "b", STEP_PENDING);
    flow_exit(&f, "a", 0);
    EQ(flow_effects(&f, EFFECT_EXEC, "b"), 1);
    flow_exit(&f, "b", 0);
    RUN_IS(&f, RUN_SUCCEEDED);
    EQ(f.run->seq, 3);
    VIEWEQ(f.last.moves, "b#1 running>succeeded; run running>succeeded");
    HAS(flow_said(&f, 0), "`w` succeeded");
    flow_done(&f);
}

TEST(pure_steps_need_one_change_only)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], inputs: {who: {type: string}}, steps: [{set: {x: '${{ "
              "inputs.who }}!'}}, "
              "{say: 'hi ${{ vars.x }}'}], outputs: {greeted: '${{ vars.x }}'}}",
              v_map((struct pair[]){{v_cstr("who"), v_cstr("eve")}}, 1));
    RUN_IS(&f, RUN_SUCCEEDED);
    EQ(f.run->seq, 1);
    STREQ(flow_said(&f, 0), "hi eve!");
    VIEWEQ(value_get_str(f.run->outputs, "greeted"), "eve!");
    flow_done(&f);
}

TEST(a_failing_step_ends_the_steps_and_runs_on_failure_then_finally)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x}, {id: b, run: y}],"
              " on_failure: [{say: 'oh: ${{ failure.step }}: ${{ failure.message }}'}], finally: "
              "[{id: c, run: z}]}",
              none);
    flow_exit(&f, "a", 3);
    STEP_IS(&f, "a", STEP_FAILED);
    STEP_IS(&f, "b", STEP_PENDING);
    STREQ(flow_said(&f, 0), "oh: a: exit code 3");
    EQ(flow_effects(&f, EFFECT_EXEC, "finally/c"), 1);
    RUN_IS(&f, RUN_RUNNING);
    flow_exit(&f, "finally/c", 0);
    RUN_IS(&f, RUN_FAILED);
    VIEWEQ(f.run->failed_step, "a");
    flow_done(&f);
}

TEST(a_failing_finally_turns_a_success_into_a_failure)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x}], finally: [{id: c, run: z}]}",
              none);
    flow_exit(&f, "a", 0);
    flow_exit(&f, "finally/c", 1);
    RUN_IS(&f, RUN_FAILED);
    VIEWEQ(f.run->failed_step, "finally/c");
    flow_done(&f);
}

TEST(on_error_continue_goes_on)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x, on_error: continue}, {say: '${{ "
              "steps.a.status }}'}]}",
              none);
    flow_exit(&f, "a", 1);
    STREQ(flow_said(&f, 0), "failed");
    RUN_IS(&f, RUN_SUCCEEDED);
    flow_done(&f);
}

TEST(retries_wait_longer_each_time_and_each_attempt_is_recorded)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x, retry: {attempts: 3, delay: 5s, "
              "backoff: 2}}]}",
              none);
    flow_exit(&f, "a", 1);
    STEP_IS(&f, "a", STEP_WAITING);
    EQ(flow_state(&f, "a")->attempt, 2);
    EQ(flow_state(&f, "a")->due_at, f.now + 5000000);
    EQ(f.last.steps_n, 2);
    RUN_IS(&f, RUN_WAITING);
    EQ(run_wake_at(f.run), f.now + 5000000);
    f.now += 4999999;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    FALSE(f.last.changed);
    f.now += 1;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    EQ(flow_effects(&f, EFFECT_EXEC, "a"), 1);
    flow_exit(&f, "a", 1);
    EQ(flow_state(&f, "a")->due_at, f.now + 10000000);
    f.now += 10000000;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    flow_exit(&f, "a", 1);
    RUN_IS(&f, RUN_FAILED);
    EQ(flow_state(&f, "a")->attempt, 3);
    flow_done(&f);
}

TEST(an_outcome_that_comes_late_or_twice_changes_nothing)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x, retry: {attempts: 2, delay: "
              "0s}}, {id: b, run: y}]}",
              none);
    flow_exit(&f, "a", 1);
    EQ(flow_state(&f, "a")->attempt, 2);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_ENDED, .step = 0, .attempt = 1, .code = 0});
    FALSE(f.last.changed);
    STEP_IS(&f, "a", STEP_RUNNING);
    flow_exit(&f, "a", 0);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_ENDED, .step = 0, .attempt = 2, .code = 1});
    FALSE(f.last.changed);
    STEP_IS(&f, "a", STEP_SUCCEEDED);
    flow_done(&f);
}

TEST(needs_make_a_graph)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x}, {id: b, run: y, needs: []}, "
              "{id: c, run: z, needs: [a, b]}]}",
              none);
    EQ(flow_effects(&f, EFFECT_EXEC, NULL), 2);
    flow_exit(&f, "b", 0);
    STEP_IS(&f, "c", STEP_PENDING);
    flow_exit(&f, "a", 0);
    STEP_IS(&f, "c", STEP_RUNNING);
    flow_done(&f);
}

TEST(what_runs_beside_a_failed_step_is_let_finish)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x}, {id: b, run: y, needs: []}]}",
              none);
    flow_exit(&f, "a", 1);
    RUN_IS(&f, RUN_RUNNING);
    EQ(flow_effects(&f, EFFECT_KILL, NULL), 0);
    flow_exit(&f, "b", 0);
    RUN_IS(&f, RUN_FAILED);
    flow_done(&f);
}

TEST(what_waits_beside_a_step_that_fails_at_once_is_cancelled)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: s, sleep: 1h}, {id: x, needs: [], fail: "
              "no}]}",
              v_map(NULL, 0));
    STEP_IS(&f, "s", STEP_CANCELLED);
    RUN_IS(&f, RUN_FAILED);
    flow_done(&f);
}

TEST(a_skipped_step_does_not_hold_up_the_next)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, if: 'false', run: x}, {id: b, run: y}]}",
              none);
    STEP_IS(&f, "a", STEP_SKIPPED);
    STEP_IS(&f, "b", STEP_RUNNING);
    flow_done(&f);
}

TEST(cancelled_is_only_said_when_the_process_is_gone)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x}, {id: b, run: y}], finally: "
              "[{id: c, run: z}]}",
              none);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_CANCEL, .by = STR("eve")});
    EQ(flow_effects(&f, EFFECT_KILL, "a"), 1);
    RUN_IS(&f, RUN_RUNNING);
    flow_tell(&f, (struct occurrence){
                      .kind = OCCUR_ENDED, .step = 0, .attempt = 1, .ended = ENDED_KILLED});
    STEP_IS(&f, "a", STEP_CANCELLED);
    STEP_IS(&f, "finally/c", STEP_RUNNING);
    flow_exit(&f, "finally/c", 0);
    RUN_IS(&f, RUN_CANCELLED);
    HAS(flow_said(&f, 0), "cancelled by eve");
    flow_done(&f);
}

TEST(a_cancel_that_comes_as_the_step_ends_lets_it_count)
{
    struct flow f;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{id: a, run: x}, {id: b, run: y}]}", none);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_CANCEL, .by = STR("eve")});
    flow_exit(&f, "a", 0);
    STEP_IS(&f, "a", STEP_SUCCEEDED);
    STEP_IS(&f, "b", STEP_PENDING);
    RUN_IS(&f, RUN_CANCELLED);
    flow_done(&f);
}

TEST(a_lost_step_waits_for_a_person)
{
    struct flow f;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{id: a, run: x}, {id: b, run: y}]}", none);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_LOST, .step = 0, .attempt = 1});
    STEP_IS(&f, "a", STEP_UNKNOWN);
    RUN_IS(&f, RUN_WAITING);
    HAS(flow_said(&f, 0), "resolve 01JD");
    flow_tell(&f, (struct occurrence){
                      .kind = OCCUR_RESOLVE, .step = 0, .resolve = RESOLVE_DONE, .by = STR("ana")});
    STEP_IS(&f, "a", STEP_SUCCEEDED);
    STEP_IS(&f, "b", STEP_RUNNING);
    flow_done(&f);
}

TEST(a_lost_step_resolved_as_failed_fails_the_run_and_as_retry_runs_again)
{
    struct flow f;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{id: a, run: x}]}", none);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_LOST, .step = 0, .attempt = 1});
    flow_tell(&f,
              (struct occurrence){
                  .kind = OCCUR_RESOLVE, .step = 0, .resolve = RESOLVE_RETRY, .by = STR("ana")});
    EQ(flow_state(&f, "a")->attempt, 2);
    EQ(flow_effects(&f, EFFECT_EXEC, "a"), 1);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_LOST, .step = 0, .attempt = 2});
    flow_tell(&f,
              (struct occurrence){
                  .kind = OCCUR_RESOLVE, .step = 0, .resolve = RESOLVE_FAILED, .by = STR("ana")});
    RUN_IS(&f, RUN_FAILED);
    flow_done(&f);
}

TEST(idempotent_and_on_unknown_decide_without_a_person)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x, idempotent: true}, {id: b, run: "
              "y, on_unknown: fail}]}",
              none);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_LOST, .step = 0, .attempt = 1});
    STEP_IS(&f, "a", STEP_WAITING);
    EQ(flow_state(&f, "a")->attempt, 2);
    f.now += 1000000;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    STEP_IS(&f, "a", STEP_RUNNING);
    flow_exit(&f, "a", 0);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_LOST, .step = 1, .attempt = 1});
    STEP_IS(&f, "b", STEP_FAILED);
    RUN_IS(&f, RUN_FAILED);
    flow_done(&f);
}

/* Loses attempt after attempt until the step waits no more; how many there were. */
static int lose_all(struct flow *f, const char *path, const int64_t *delays, int n)
{
    for (int i = 1;; i++) {
        struct step_state *s = flow_state(f, path);

        STEP_IS(f, path, STEP_RUNNING);
        EQ(s->attempt, i);
        flow_tell(
            f, (struct occurrence){.kind = OCCUR_LOST, .step = flow_step(f, path), .attempt = i});
        if (s->status != STEP_WAITING) return i;
        EQ(s->due_at - f->now, delays[i < n ? i - 1 : n - 1] * 1000000);
        f->now = s->due_at;
        flow_tell(f, (struct occurrence){.kind = OCCUR_TIME});
    }
}

TEST(a_step_that_is_lost_each_time_is_tried_again_later_each_time_and_not_for_ever)
{
    static const int64_t usual[] = {1, 2, 4, 8, 16, 32, 60}, own[] = {5, 10, 10};
    struct flow f;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{id: a, run: x, idempotent: true}]}", none);
    EQ(lose_all(&f, "a", usual, 7), 10);
    STEP_IS(&f, "a", STEP_FAILED);
    RUN_IS(&f, RUN_FAILED);
    HAS(flow_said(&f, 0), "its outcome was lost also in attempt 10, which was the last");
    flow_done(&f);
    flow_init(&f,
              "{name: w, on: [{chat: go}], steps: [{id: a, run: x, on_unknown: retry, "
              "on_error: continue, retry: {attempts: 12, delay: 5s, max_delay: 10s}}, {say: on}]}",
              none);
    EQ(lose_all(&f, "a", own, 3), 12);
    STREQ(flow_said(&f, 0), "on");
    RUN_IS(&f, RUN_SUCCEEDED);
    flow_done(&f);
}

TEST(what_was_surely_never_started_is_started_again_as_the_same_attempt)
{
    struct flow f;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{id: a, run: x}]}", none);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_NEVER, .step = 0, .attempt = 1});
    EQ(flow_effects(&f, EFFECT_EXEC, "a"), 1);
    EQ(flow_state(&f, "a")->attempt, 1);
    flow_done(&f);
}

TEST(a_run_past_its_timeout_is_stopped_and_fails)
{
    struct flow f;

    flow_init(
        &f,
        "{name: w, timeout: 1m, on: [{chat: go}], steps: [{id: a, run: x}], finally: [{say: bye}]}",
        none);
    EQ(run_wake_at(f.run), f.now + 60000000);
    f.now += 60000000;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    EQ(flow_effects(&f, EFFECT_KILL, "a"), 1);
    RUN_IS(&f, RUN_RUNNING);
    flow_tell(&f, (struct occurrence){
                      .kind = OCCUR_ENDED, .step = 0, .attempt = 1, .ended = ENDED_KILLED});
    RUN_IS(&f, RUN_FAILED);
    STREQ(flow_said(&f, 0), "bye");
    HAS(flow_said(&f, 1), "timeout of 1 min");
    flow_done(&f);
}

TEST(a_deadline_also_ends_what_still_runs_beside_a_failed_step)
{
    struct flow f;
    int64_t deadline;

    flow_init(&f,
              "{name: w, timeout: 1m, on: [{chat: go}], steps: [{id: a, run: x}, "
              "{id: b, run: y, needs: []}, {id: c, run: z, needs: []}], finally: [{say: bye}]}",
              none);
    deadline = f.now + 60000000;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_LOST, .step = 2, .attempt = 1});
    flow_exit(&f, "a", 1);
    RUN_IS(&f, RUN_RUNNING);
    EQ(run_wake_at(f.run), deadline);
    f.now = deadline;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    EQ(flow_effects(&f, EFFECT_KILL, NULL), 1);
    EQ(flow_effects(&f, EFFECT_KILL, "b"), 1);
    STEP_IS(&f, "c", STEP_CANCELLED); /* nobody is asked about it any more */
    EQ(run_wake_at(f.run), 0);        /* said once: the process takes its time to end */
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    FALSE(f.last.changed);
    flow_tell(&f, (struct occurrence){
                      .kind = OCCUR_ENDED, .step = 1, .attempt = 1, .ended = ENDED_KILLED});
    RUN_IS(&f, RUN_FAILED);
    VIEWEQ(f.run->failed_step, "a");
    VIEWEQ(f.run->message, "exit code 1");
    flow_done(&f);
}

TEST(a_retried_run_knows_its_attempt)
{
    struct flow f;
    struct scope scope;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{say: '${{ run.attempt }}'}]}", none);
    STREQ(flow_said(&f, 0), "1");
    f.run->attempt = 3;
    run_scope(f.run, -1, 1u << SCOPE_RUN, f.now, f.arena, &scope);
    EQ(value_at(scope.values[SCOPE_RUN], "attempt").i, 3);
    flow_done(&f);
}

TEST(sleep_costs_nothing_until_it_is_due)
{
    struct flow f;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{id: z, sleep: 15m}, {say: up}]}", none);
    RUN_IS(&f, RUN_WAITING);
    FALSE(run_live(f.run));
    EQ(run_wake_at(f.run), f.now + 900000000);
    f.now += 900000000;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    STREQ(flow_said(&f, 0), "up");
    RUN_IS(&f, RUN_SUCCEEDED);
    flow_done(&f);
}

TEST(stop_ends_well_and_fail_ends_badly)
{
    struct flow f;

    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{stop: nothing to do}, {id: b, run: y}]}",
              none);
    RUN_IS(&f, RUN_SUCCEEDED);
    VIEWEQ(f.run->message, "nothing to do");
    flow_done(&f);
    flow_init(&f, "{name: w, on: [{chat: go}], steps: [{fail: no release}, {id: b, run: y}]}",
              none);
    RUN_IS(&f, RUN_FAILED);
    VIEWEQ(f.run->message, "no release");
    flow_done(&f);
}

TEST(an_expression_that_fails_fails_its_step_before_anything_starts)
{
    struct flow f;

    flow_init(&f,
              "{name: w, on: [{chat: go}], inputs: {n: {type: int}}, steps: [{id: a, run: x, args: "
              "['${{ 1 / inputs.n }}']}]}",
              v_map((struct pair[]){{v_cstr("n"), v_int(0)}}, 1));
    RUN_IS(&f, RUN_FAILED);
    EQ(flow_effects(&f, EFFECT_EXEC, NULL), 0);
    HAS(flow_said(&f, 0), "divi");
    flow_done(&f);
}

TEST(outcomes_are_told_in_words)
{
    struct flow f;
    static const struct {
        enum ended ended;
        int code;
        const char *text;
    } cases[] = {
        {ENDED_SIGNAL, 9, "signal 9"},
        {ENDED_TIMEOUT, 0, "took longer than its timeout of 1 h"},
        {ENDED_NOT_STARTED, 2, "could not be started: No such file"},
        {ENDED_KILLED, 0, "stopped from outside"},
        {ENDED_EXIT, 77, "exit code 77"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        flow_init(&f, "{name: w, on: [{chat: go}], steps: [{id: a, run: x}]}", none);
        flow_tell(&f, (struct occurrence){.kind = OCCUR_ENDED,
                                          .attempt = 1,
                                          .ended = cases[i].ended,
                                          .code = cases[i].code});
        HAS(flow_said(&f, 0), cases[i].text);
        RUN_IS(&f, RUN_FAILED);
        flow_done(&f);
    }
}

TEST(history_reads_back_as_allowed_moves_only)
{
    TRUE(moves_allowed(STR("run queued>running; build#1 pending>running")));
    TRUE(moves_allowed(STR("a#2 waiting>running; run waiting>running")));
    FALSE(moves_allowed(STR("run succeeded>running")));
    FALSE(moves_allowed(STR("a#1 succeeded>failed")));
    FALSE(moves_allowed(STR("nonsense")));
}

RUN(T(steps_run_one_after_the_other_and_the_run_succeeds), T(pure_steps_need_one_change_only),
    T(a_failing_step_ends_the_steps_and_runs_on_failure_then_finally),
    T(a_failing_finally_turns_a_success_into_a_failure), T(on_error_continue_goes_on),
    T(retries_wait_longer_each_time_and_each_attempt_is_recorded),
    T(an_outcome_that_comes_late_or_twice_changes_nothing), T(needs_make_a_graph),
    T(what_runs_beside_a_failed_step_is_let_finish),
    T(what_waits_beside_a_step_that_fails_at_once_is_cancelled),
    T(a_skipped_step_does_not_hold_up_the_next), T(cancelled_is_only_said_when_the_process_is_gone),
    T(a_cancel_that_comes_as_the_step_ends_lets_it_count), T(a_lost_step_waits_for_a_person),
    T(a_lost_step_resolved_as_failed_fails_the_run_and_as_retry_runs_again),
    T(idempotent_and_on_unknown_decide_without_a_person),
    T(a_step_that_is_lost_each_time_is_tried_again_later_each_time_and_not_for_ever),
    T(what_was_surely_never_started_is_started_again_as_the_same_attempt),
    T(a_run_past_its_timeout_is_stopped_and_fails),
    T(a_deadline_also_ends_what_still_runs_beside_a_failed_step),
    T(a_retried_run_knows_its_attempt), T(sleep_costs_nothing_until_it_is_due),
    T(stop_ends_well_and_fail_ends_badly),
    T(an_expression_that_fails_fails_its_step_before_anything_starts),
    T(outcomes_are_told_in_words), T(history_reads_back_as_allowed_moves_only))
