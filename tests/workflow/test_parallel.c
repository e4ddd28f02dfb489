/* Steps with branches: how they begin, fail, are tried again and end. */
#include "base/clock.h"
#include "workflow/flow.h"

static const char checks[] = "name: checks\n"
                             "steps:\n"
                             "  - id: checks\n"
                             "    parallel:\n"
                             "      lint: [{id: l, run: lint}, {id: m, run: more}]\n"
                             "      unit: [{id: u, run: test}]\n"
                             "  - id: after\n"
                             "    run: echo\n"
                             "    args: ['${{ steps.checks.outputs.unit.u.n }}']\n";

static struct value one_output(struct arena *a, const char *name, const char *text)
{
    struct map m = {.arena = a};

    map_put(&m, str_of(name), v_cstr(text));
    return map_value(&m);
}

/* The process of a step ended well and left an output. */
static void exit_with(struct flow *f, const char *path, const char *name, const char *text)
{
    flow_tell(f, (struct occurrence){.kind = OCCUR_ENDED,
                                     .step = flow_step(f, path),
                                     .attempt = flow_state(f, path)->attempt,
                                     .outputs = one_output(f->arena, name, text)});
}

static void killed(struct flow *f, const char *path)
{
    flow_tell(f, (struct occurrence){.kind = OCCUR_ENDED,
                                     .step = flow_step(f, path),
                                     .attempt = flow_state(f, path)->attempt,
                                     .ended = ENDED_KILLED});
}

TEST(branches_go_on_side_by_side_and_what_follows_waits_for_all_of_them)
{
    struct flow f;

    flow_init(&f, checks, v_map(NULL, 0));
    STEP_IS(&f, "checks", STEP_RUNNING);
    EQ(flow_effects(&f, EFFECT_EXEC, NULL), 2);
    EQ(flow_effects(&f, EFFECT_EXEC, "checks/lint/l"), 1);
    EQ(flow_effects(&f, EFFECT_EXEC, "checks/unit/u"), 1);
    flow_exit(&f, "checks/lint/l", 0);
    EQ(flow_effects(&f, EFFECT_EXEC, "checks/lint/m"), 1);
    exit_with(&f, "checks/unit/u", "n", "7");
    STEP_IS(&f, "checks", STEP_RUNNING);
    STEP_IS(&f, "after", STEP_PENDING);
    flow_exit(&f, "checks/lint/m", 0);
    STEP_IS(&f, "checks", STEP_SUCCEEDED);
    STEP_IS(&f, "after", STEP_RUNNING);
    flow_exit(&f, "after", 0);
    RUN_IS(&f, RUN_SUCCEEDED);
    flow_done(&f);
}

TEST(the_outputs_of_a_branch_can_be_named_by_what_follows_and_what_is_before_by_a_branch)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - {id: tag, set: {v: 1}}\n"
              "  - id: p\n"
              "    parallel:\n"
              "      a: [{id: tag, set: {v: 2}}, {say: 'in ${{ steps.tag.outputs.v }}'}]\n"
              "      b: [{say: 'out ${{ steps.tag.outputs.v }}'}]\n"
              "  - {say: '${{ steps.p.outputs.a.tag.v }} ${{ steps.p.status }}'}\n",
              v_map(NULL, 0));
    STREQ(flow_said(&f, 0), "in 2");
    STREQ(flow_said(&f, 1), "out 1");
    STREQ(flow_said(&f, 2), "2 succeeded");
    RUN_IS(&f, RUN_SUCCEEDED);
    flow_done(&f);
}

TEST(a_failure_in_a_branch_stops_the_others_and_then_fails_the_step_around_them)
{
    struct flow f;

    flow_init(&f, checks, v_map(NULL, 0));
    flow_exit(&f, "checks/unit/u", 3);
    EQ(flow_effects(&f, EFFECT_KILL, "checks/lint/l"), 1);
    STEP_IS(&f, "checks", STEP_RUNNING);
    STEP_IS(&f, "checks/lint/l", STEP_RUNNING);
    killed(&f, "checks/lint/l");
    STEP_IS(&f, "checks/lint/l", STEP_CANCELLED);
    STEP_IS(&f, "checks/lint/m", STEP_PENDING);
    STEP_IS(&f, "checks", STEP_FAILED);
    STEP_IS(&f, "after", STEP_PENDING);
    RUN_IS(&f, RUN_FAILED);
    VIEWEQ(f.run->failed_step, "checks");
    VIEWEQ(f.run->message, "`checks/unit/u`: exit code 3");
    flow_done(&f);
}

TEST(on_error_continue_holds_inside_a_branch_and_for_the_step_around_it)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    on_error: continue\n"
              "    parallel:\n"
              "      a: [{id: x, run: x, on_error: continue}, {id: y, fail: no}]\n"
              "      b: [{id: z, sleep: 1h}]\n"
              "  - {say: '${{ steps.p.status }}: ${{ steps.p.error }}'}\n",
              v_map(NULL, 0));
    flow_exit(&f, "p/a/x", 1);
    STEP_IS(&f, "p/a/x", STEP_FAILED);
    STEP_IS(&f, "p/b/z", STEP_CANCELLED);
    STEP_IS(&f, "p", STEP_FAILED);
    STREQ(flow_said(&f, 0), "failed: `p/a/y`: no");
    RUN_IS(&f, RUN_SUCCEEDED);
    flow_done(&f);
}

/* What failed at once stands behind what had just begun to wait. */
TEST(a_failure_in_the_first_change_leaves_nothing_waiting)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    parallel:\n"
              "      a: [{id: in, parallel: {x: [{id: s, sleep: 1h}]}}]\n"
              "      b: [{sleep: 1h}]\n"
              "      c: [{fail: no}]\n",
              v_map(NULL, 0));
    STEP_IS(&f, "p/a/in/x/s", STEP_CANCELLED);
    STEP_IS(&f, "p/a/in", STEP_CANCELLED);
    RUN_IS(&f, RUN_FAILED);
    EQ(run_wake_at(f.run), 0);
    flow_done(&f);
}

TEST(no_more_than_max_parallel_branches_go_on_at_once)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    max_parallel: 2\n"
              "    parallel:\n"
              "      a: [{id: x, run: x}, {id: y, run: x}]\n"
              "      b: [{id: x, run: x}]\n"
              "      c: [{id: x, run: x}]\n",
              v_map(NULL, 0));
    STEP_IS(&f, "p/a/x", STEP_RUNNING);
    STEP_IS(&f, "p/b/x", STEP_RUNNING);
    STEP_IS(&f, "p/c/x", STEP_PENDING);
    flow_exit(&f, "p/a/x", 0);
    STEP_IS(&f, "p/a/y", STEP_RUNNING);
    STEP_IS(&f, "p/c/x", STEP_PENDING);
    flow_exit(&f, "p/b/x", 0);
    STEP_IS(&f, "p/c/x", STEP_RUNNING);
    flow_exit(&f, "p/a/y", 0);
    flow_exit(&f, "p/c/x", 0);
    RUN_IS(&f, RUN_SUCCEEDED);
    flow_done(&f);
}

static const char tried[] = "name: w\n"
                            "steps:\n"
                            "  - id: p\n"
                            "    retry: {attempts: 2, delay: 5s}\n"
                            "    parallel:\n"
                            "      a: [{id: x, run: x, if: 'true', retry: {attempts: 2, delay: "
                            "1s}}]\n"
                            "      b: [{id: in, parallel: {c: [{id: y, run: y}]}}]\n";

TEST(a_new_attempt_begins_all_branches_anew_and_their_steps_have_all_their_attempts_again)
{
    struct flow f;

    flow_init(&f, tried, v_map(NULL, 0));
    flow_exit(&f, "p/b/in/c/y", 0);
    flow_exit(&f, "p/a/x", 1);
    STEP_IS(&f, "p/a/x", STEP_WAITING);
    f.now += SECOND_US;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    flow_exit(&f, "p/a/x", 1);
    STEP_IS(&f, "p", STEP_WAITING);
    EQ(flow_state(&f, "p")->attempt, 2);
    EQ(run_wake_at(f.run), f.now + 5 * SECOND_US);
    f.now += 5 * SECOND_US;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    STEP_IS(&f, "p", STEP_RUNNING);
    EQ(flow_state(&f, "p/a/x")->attempt, 3);
    EQ(flow_state(&f, "p/b/in")->attempt, 2);
    EQ(flow_state(&f, "p/b/in/c/y")->attempt, 2);
    EQ(flow_effects(&f, EFFECT_EXEC, NULL), 2);
    flow_exit(&f, "p/a/x", 1);
    STEP_IS(&f, "p/a/x", STEP_WAITING);
    f.now += SECOND_US;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    flow_exit(&f, "p/a/x", 1);
    EQ(flow_effects(&f, EFFECT_KILL, "p/b/in/c/y"), 1);
    killed(&f, "p/b/in/c/y");
    STEP_IS(&f, "p/b/in", STEP_CANCELLED);
    RUN_IS(&f, RUN_FAILED);
    VIEWEQ(f.run->message, "`p/a/x`: exit code 1");
    flow_done(&f);
}

TEST(a_step_that_fails_at_once_is_tried_again_one_change_at_a_time)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    retry: {attempts: 1000, delay: 0s}\n"
              "    parallel: {a: [{fail: no}]}\n",
              v_map(NULL, 0));
    EQ(flow_state(&f, "p")->attempt, 2);
    STEP_IS(&f, "p", STEP_WAITING);
    f.now++;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    EQ(flow_state(&f, "p")->attempt, 3);
    flow_done(&f);
}

TEST(past_its_timeout_a_step_stops_its_branches_and_fails)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    timeout: 1m\n"
              "    parallel: {a: [{id: x, run: x}], b: [{id: y, sleep: 1h}]}\n",
              v_map(NULL, 0));
    EQ(run_wake_at(f.run), f.now + 60 * SECOND_US);
    f.now += 60 * SECOND_US;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    EQ(flow_effects(&f, EFFECT_KILL, "p/a/x"), 1);
    STEP_IS(&f, "p/b/y", STEP_CANCELLED);
    EQ(run_wake_at(f.run), 0);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    FALSE(f.last.changed);
    killed(&f, "p/a/x");
    RUN_IS(&f, RUN_FAILED);
    VIEWEQ(f.run->failed_step, "p");
    VIEWEQ(f.run->message, "took longer than its timeout of 1 min");
    flow_done(&f);
}

TEST(what_a_step_inside_says_of_itself_is_passed_on_with_its_path_once)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    parallel: {a: [{id: in, timeout: 1s, parallel: {c: [{id: x, run: x}]}}]}\n"
              "  - say: never\n",
              v_map(NULL, 0));
    flow_exit(&f, "p/a/in/c/x", 2);
    VIEWEQ(flow_state(&f, "p")->error, "`p/a/in/c/x`: exit code 2");
    flow_done(&f);
    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - {id: p, parallel: {a: [{id: in, timeout: 1s, parallel: {c: [{sleep: 1h}]}}]}}\n",
              v_map(NULL, 0));
    f.now += SECOND_US;
    flow_tell(&f, (struct occurrence){.kind = OCCUR_TIME});
    VIEWEQ(f.run->message, "`p/a/in`: took longer than its timeout of 1 s");
    flow_done(&f);
}

TEST(a_cancelled_run_leaves_the_step_cancelled_when_its_last_process_is_gone)
{
    struct flow f;

    flow_init(&f, checks, v_map(NULL, 0));
    flow_exit(&f, "checks/lint/l", 0);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_CANCEL, .by = STR("eve")});
    EQ(flow_effects(&f, EFFECT_KILL, NULL), 2);
    killed(&f, "checks/lint/m");
    STEP_IS(&f, "checks", STEP_RUNNING);
    killed(&f, "checks/unit/u");
    STEP_IS(&f, "checks", STEP_CANCELLED);
    RUN_IS(&f, RUN_CANCELLED);
    flow_done(&f);
}

TEST(stop_in_a_branch_lets_what_runs_finish_and_begins_nothing)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    parallel:\n"
              "      a: [{id: x, run: x}, {id: y, run: y}]\n"
              "      b: [{id: s, sleep: 1h}]\n"
              "      c: [{stop: enough}]\n"
              "  - say: never\n",
              v_map(NULL, 0));
    STEP_IS(&f, "p/b/s", STEP_CANCELLED);
    flow_exit(&f, "p/a/x", 0);
    STEP_IS(&f, "p", STEP_CANCELLED);
    RUN_IS(&f, RUN_SUCCEEDED);
    VIEWEQ(f.run->message, "enough");
    flow_done(&f);
}

TEST(what_is_lost_or_was_never_started_in_a_step_that_stops_counts_as_killed)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    parallel:\n"
              "      a: [{id: x, run: x, idempotent: true}]\n"
              "      b: [{id: y, run: y}]\n"
              "      c: [{id: z, run: z}]\n",
              v_map(NULL, 0));
    flow_exit(&f, "p/c/z", 1);
    TRUE(run_step_stopped(f.run, flow_step(&f, "p/a/x")));
    flow_tell(
        &f, (struct occurrence){.kind = OCCUR_NEVER, .step = flow_step(&f, "p/b/y"), .attempt = 1});
    EQ(flow_effects(&f, EFFECT_KILL, "p/b/y"), 1);
    flow_tell(
        &f, (struct occurrence){.kind = OCCUR_LOST, .step = flow_step(&f, "p/a/x"), .attempt = 1});
    STEP_IS(&f, "p/a/x", STEP_CANCELLED);
    killed(&f, "p/b/y");
    RUN_IS(&f, RUN_FAILED);
    flow_done(&f);
}

TEST(what_fails_by_itself_in_a_step_that_stops_is_not_tried_again)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - id: p\n"
              "    parallel:\n"
              "      a: [{id: x, run: x, retry: {attempts: 3}}]\n"
              "      b: [{id: y, run: y}]\n",
              v_map(NULL, 0));
    flow_exit(&f, "p/b/y", 1);
    flow_exit(&f, "p/a/x", 2);
    STEP_IS(&f, "p/a/x", STEP_FAILED);
    EQ(flow_state(&f, "p/a/x")->attempt, 1);
    RUN_IS(&f, RUN_FAILED);
    VIEWEQ(f.run->message, "`p/b/y`: exit code 1");
    flow_done(&f);
}

TEST(an_unknown_step_in_a_branch_waits_for_a_person_while_the_others_go_on)
{
    struct flow f;

    flow_init(&f, checks, v_map(NULL, 0));
    flow_tell(&f, (struct occurrence){
                      .kind = OCCUR_LOST, .step = flow_step(&f, "checks/unit/u"), .attempt = 1});
    STEP_IS(&f, "checks/unit/u", STEP_UNKNOWN);
    flow_exit(&f, "checks/lint/l", 0);
    flow_exit(&f, "checks/lint/m", 0);
    STEP_IS(&f, "checks", STEP_RUNNING);
    RUN_IS(&f, RUN_WAITING);
    flow_tell(&f, (struct occurrence){.kind = OCCUR_RESOLVE,
                                      .step = flow_step(&f, "checks/unit/u"),
                                      .resolve = RESOLVE_FAILED,
                                      .by = STR("eve")});
    STEP_IS(&f, "checks", STEP_FAILED);
    VIEWEQ(f.run->message, "`checks/unit/u`: resolved by eve, as failed");
    flow_done(&f);
}

TEST(a_skipped_step_begins_none_of_its_branches)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps:\n"
              "  - {id: p, if: 'false', parallel: {a: [{id: x, run: x}]}}\n"
              "  - {say: '${{ steps.p.status }} ${{ size(steps.p.outputs) }}'}\n",
              v_map(NULL, 0));
    STEP_IS(&f, "p", STEP_SKIPPED);
    STEP_IS(&f, "p/a/x", STEP_PENDING);
    STREQ(flow_said(&f, 0), "skipped 0");
    flow_done(&f);
}

TEST(branches_stand_in_on_failure_and_finally_too)
{
    struct flow f;

    flow_init(&f,
              "name: w\n"
              "steps: [{id: x, fail: no}]\n"
              "on_failure: [{id: t, parallel: {a: [{id: s, set: {v: 1}}, {say: '${{ "
              "steps.s.outputs.v }}"
              " ${{ steps.x.status }} ${{ failure.step }}'}]}}]\n"
              "finally: [{id: t, parallel: {a: [{id: z, run: z}], b: [{id: f, run: f}]}}]\n",
              v_map(NULL, 0));
    STREQ(flow_said(&f, 0), "1 failed x");
    STEP_IS(&f, "finally/t/a/z", STEP_RUNNING);
    flow_exit(&f, "finally/t/b/f", 1);
    killed(&f, "finally/t/a/z");
    STEP_IS(&f, "finally/t", STEP_FAILED);
    RUN_IS(&f, RUN_FAILED);
    flow_done(&f);
}

TEST(progress_counts_the_steps_outside_and_names_those_inside_that_go_on)
{
    struct flow f;
    AUTO(buf) struct buf text = BUF(1000);

    flow_init(&f, checks, v_map(NULL, 0));
    run_progress(f.run, &text);
    VIEWEQ(buf_str(&text),
           "0 of 2 steps done, `checks/lint/l` is running, `checks/unit/u` is running");
    flow_done(&f);
}

RUN(T(branches_go_on_side_by_side_and_what_follows_waits_for_all_of_them),
    T(the_outputs_of_a_branch_can_be_named_by_what_follows_and_what_is_before_by_a_branch),
    T(a_failure_in_a_branch_stops_the_others_and_then_fails_the_step_around_them),
    T(on_error_continue_holds_inside_a_branch_and_for_the_step_around_it),
    T(a_failure_in_the_first_change_leaves_nothing_waiting),
    T(no_more_than_max_parallel_branches_go_on_at_once),
    T(a_new_attempt_begins_all_branches_anew_and_their_steps_have_all_their_attempts_again),
    T(a_step_that_fails_at_once_is_tried_again_one_change_at_a_time),
    T(past_its_timeout_a_step_stops_its_branches_and_fails),
    T(what_a_step_inside_says_of_itself_is_passed_on_with_its_path_once),
    T(a_cancelled_run_leaves_the_step_cancelled_when_its_last_process_is_gone),
    T(stop_in_a_branch_lets_what_runs_finish_and_begins_nothing),
    T(what_is_lost_or_was_never_started_in_a_step_that_stops_counts_as_killed),
    T(what_fails_by_itself_in_a_step_that_stops_is_not_tried_again),
    T(an_unknown_step_in_a_branch_waits_for_a_person_while_the_others_go_on),
    T(a_skipped_step_begins_none_of_its_branches), T(branches_stand_in_on_failure_and_finally_too),
    T(progress_counts_the_steps_outside_and_names_those_inside_that_go_on))
