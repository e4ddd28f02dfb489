/* Crashes at every step of the protocol: each run goes on, and nothing runs twice. */
#include "engine/world_sim.h"

#include <stdio.h>

/* A crash of the server leaves what it held: that is not a leak. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static struct sim s;

static const char plain[] = ONE("{id: a, run: x}, {id: b, run: y}");

/* The run went on to its end as if nothing had been. */
static void expect_once(struct id run)
{
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    EQ(sim_effects(&s, run, "a"), 1);
    EQ(sim_effects(&s, run, "b"), 1);
    EQ(sim_number(&s, "SELECT max(attempt) FROM steps WHERE run='%s'", run.s), 1);
    EQ(engine_counts(s.engine)->processes, 0);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

static struct id begin(const char *yaml)
{
    sim_init(&s, 1, yaml);
    s.claim_us = 50 * MS_US;
    s.spawn_us = 20 * MS_US;
    return sim_start(&s, "go");
}

TEST(a_crash_after_the_commit_before_anything_is_told_loses_nothing)
{
    struct id run = {0};

    sim_init(&s, 1, plain);
    s.crash_commit = 1;
    sim_event(&s, "go", "d", "{}");
    SIM_UNTIL(&s, s.crashes == 1 && s.ready);
    EQ(s.receipts[0].calls, 0);
    memcpy(run.s, sim_text(&s, "SELECT id FROM runs"), ID_LEN + 1);
    EQ(s.spawns, 0);
    expect_once(run);
}

TEST(a_crash_after_the_commit_before_the_process_is_spawned_starts_it_once)
{
    struct id run = begin(plain);

    EQ(s.spawns, 0);
    sim_crash(&s);
    SIM_UNTIL(&s, s.spawns == 1);
    expect_once(run);
}

TEST(of_a_holder_that_claims_late_and_its_successor_one_runs_the_step)
{
    for (int64_t claim = 0; claim < 100; claim += 10) {
        struct id run = begin(plain);

        s.claim_us = claim * MS_US;
        SIM_UNTIL(&s, s.spawns == 1);
        FALSE(sim_claimed(&s, run));
        sim_crash(&s);
        expect_once(run);
    }
}

TEST(a_crash_while_it_runs_finds_it_again)
{
    struct id run = begin(plain);

    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    sim_for(&s, 300 * MS_US);
    sim_crash(&s);
    EQ(engine_counts(s.engine)->processes, 1);
    TRUE(sim_alive(&s, run, "a"));
    expect_once(run);
}

TEST(a_crash_after_it_ended_before_that_was_seen_reads_how)
{
    struct id run = begin(plain);

    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    SIM_UNTIL(&s, !sim_alive(&s, run, "a"));
    sim_crash(&s);
    expect_once(run);
}

TEST(a_process_that_ends_while_no_server_is_there_is_found_ended)
{
    struct id run =
        begin(ONE("{id: a, run: x}, {id: b, run: y, args: ['${{ steps.a.outputs.v }}']}"));

    sim_fate(&s, (struct fate){.script = "x", .outputs = "v=kept\n"});
    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    sim_kill(&s);
    sim_for(&s, 3600 * SECOND_US);
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    SIM_UNTIL(&s, s.spawns == 2);
    STREQ(s.last_argv[6], "kept");
    EQ(sim_number(&s, "SELECT ended_at - started_at FROM steps WHERE path='a'"), SECOND_US);
    expect_once(run);
}

TEST(a_crash_after_it_was_reaped_before_the_commit_reads_how_again)
{
    struct id run = begin(plain);
    size_t commits;

    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    s.commit_us = SECOND_US;
    commits = s.commits;
    SIM_UNTIL(&s, !sim_alive(&s, run, "a"));
    sim_for(&s, 500 * MS_US);
    EQ(engine_counts(s.engine)->processes, 0); /* reaped */
    EQ(s.commits, commits);
    sim_crash(&s);
    s.commit_us = MS_US;
    expect_once(run);
}

TEST(a_crash_after_each_commit_of_a_run_in_turn_changes_nothing)
{
    for (int n = 1; n <= 3; n++) {
        struct id run = begin(plain);

        s.crash_commit = n;
        sim_to_end(&s, run);
        EQ(s.crashes, n <= 2);
        expect_once(run);
    }
}

TEST(crashes_one_after_the_other_even_during_recovery_change_nothing)
{
    for (size_t steps = 0; steps < 40; steps++) {
        struct id run = begin(plain);

        for (size_t i = 0; i < steps; i++) sim_step(&s, INT64_MAX);
        sim_kill(&s);
        sim_boot(&s);
        for (size_t i = 0; i < steps % 7; i++) sim_step(&s, INT64_MAX);
        sim_kill(&s);
        sim_boot(&s);
        SIM_UNTIL(&s, s.ready);
        sim_crash(&s);
        expect_once(run);
    }
}

TEST(what_was_queued_before_the_crash_has_its_turn_after_it)
{
    struct id runs[4];

    sim_init(&s, 1, "server: {max_processes: 1}\n" ONE("{id: a, run: x}, {id: b, run: y}"));
    for (size_t i = 0; i < COUNT_OF(runs); i++) runs[i] = sim_start(&s, "go");
    sim_for(&s, 300 * MS_US);
    sim_crash(&s);
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        sim_to_end(&s, runs[i]);
        STREQ(sim_status(&s, runs[i]), "succeeded");
    }
    EQ(s.most_running, 1);
    EQ(s.effects_n, 8);
    sim_done(&s);
}

TEST(after_the_machine_went_down_a_running_step_is_unknown_and_is_not_run_again)
{
    struct id run = begin(plain);

    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    sim_power_cut(&s);
    SIM_UNTIL(&s, strcmp(sim_step_status(&s, run, "a"), "unknown") == 0);
    STREQ(sim_status(&s, run), "waiting");
    STREQ(sim_text(&s, "SELECT error FROM steps WHERE run='%s'", run.s),
          "its outcome was lost (the machine or its holder died while it ran)");
    sim_crash(&s);
    sim_for(&s, 86400 * SECOND_US);
    EQ(sim_effects(&s, run, "a"), 1);
    sim_resolve(&s, run, "a", RESOLVE_DONE);
    expect_once(run);
}

TEST(a_step_without_a_trace_of_another_boot_is_unknown_too)
{
    struct id run = begin(plain);

    sim_power_cut(&s); /* recorded, not spawned: but a link may be lost with the power */
    SIM_UNTIL(&s, strcmp(sim_step_status(&s, run, "a"), "unknown") == 0);
    EQ(s.spawns, 0);
    sim_done(&s);
}

TEST(idempotent_steps_run_again_after_the_machine_went_down)
{
    struct id run = begin(ONE("{id: a, run: x, idempotent: true}"));

    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    sim_power_cut(&s);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    EQ(sim_effects(&s, run, "a"), 2);
    EQ(sim_number(&s, "SELECT max(attempt) FROM steps"), 2);
    sim_done(&s);
}

/* A cancel is on disk, and the server dies before it could ask the process to end. */
static struct id cancelled_unkilled(const char *yaml)
{
    struct id run = begin(yaml);

    sim_fate(&s, (struct fate){.script = "x", .forever = true});
    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    s.crash_commit = 1;
    engine_cancel(s.engine, run, STR("eve"), sim_answered, &s);
    return run;
}

TEST(what_was_cancelled_before_the_crash_is_killed_after_it)
{
    struct id run = cancelled_unkilled(plain);

    SIM_UNTIL(&s, s.crashes == 1);
    TRUE(sim_alive(&s, run, "a"));
    EQ(s.kills, 1);
    sim_to_end(&s, run);
    FALSE(sim_alive(&s, run, "a"));
    STREQ(sim_status(&s, run), "cancelled");
    EQ(sim_effects(&s, run, "b"), 0);
    sim_done(&s);
}

TEST(what_was_cancelled_before_it_was_spawned_never_runs)
{
    struct id run = begin(plain);

    s.crash_commit = 1;
    engine_cancel(s.engine, run, STR("eve"), sim_answered, &s);
    SIM_UNTIL(&s, s.crashes == 1);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "cancelled");
    EQ(s.effects_n, 0);
    sim_done(&s);
}

TEST(a_holder_that_claims_after_its_run_was_cancelled_finds_itself_forbidden)
{
    struct id run = begin(plain);

    s.claim_us = 0;
    s.commit_us = 100;
    SIM_UNTIL(&s, s.spawns == 1);
    FALSE(sim_claimed(&s, run));
    s.crash_commit = 1;
    engine_cancel(s.engine, run, STR("eve"), sim_answered, &s);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "cancelled");
    FALSE(sim_alive(&s, run, "a"));
    sim_done(&s);
}

TEST(a_step_that_cannot_be_started_again_is_forbidden_to_its_first_holder)
{
    struct id run = begin(plain);

    s.claim_us = 0;
    SIM_UNTIL(&s, s.spawns == 1);
    s.shims_held = true; /* the first holder is slow to claim */
    sim_crash(&s);
    sim_fate(&s, (struct fate){.script = "x", .no_start = true});
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    s.shims_held = false;
    sim_for(&s, 60 * SECOND_US);
    EQ(s.effects_n, 0);
    sim_done(&s);
}

TEST(a_step_cancelled_before_its_turn_comes_again_is_forbidden_to_its_first_holder)
{
    struct id first, run;

    sim_init(&s, 1, "server: {max_processes: 2}\n" ONE("{id: a, run: x}"));
    s.shims_held = true;
    first = sim_start(&s, "go");
    run = sim_start(&s, "go");
    SIM_UNTIL(&s, s.spawns == 2);
    sim_kill(&s); /* neither has begun: both have their turn again, and one waits for it */
    s.yaml = "server: {max_processes: 1}\n" ONE("{id: a, run: x}");
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    sim_for(&s, 10 * MS_US);
    EQ(engine_counts(s.engine)->queued_processes, 1);
    sim_cancel(&s, run);
    SIM_UNTIL(&s, strcmp(sim_status(&s, run), "cancelled") == 0);
    s.shims_held = false;
    sim_to_end(&s, first);
    STREQ(sim_status(&s, first), "succeeded");
    EQ(sim_effects(&s, first, "a"), 1);
    EQ(sim_effects(&s, run, "a"), 0);
    sim_done(&s);
}

TEST(a_cancelled_step_counts_as_cancelled_when_the_machine_went_down_with_it)
{
    static const char *const steps[] = {ONE("{id: a, run: x, idempotent: true}"),
                                        ONE("{id: a, run: x}"),
                                        ONE("{id: a, run: x, on_unknown: retry}")};

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct id run = cancelled_unkilled(steps[i]);

        SIM_UNTIL(&s, s.crashes == 1);
        sim_power_cut(&s);
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), "cancelled");
        STREQ(sim_step_status(&s, run, "a"), "cancelled");
        EQ(sim_effects(&s, run, "a"), 1);
        sim_done(&s);
    }
}

TEST(what_passed_its_timeout_before_the_crash_is_killed_after_it)
{
    struct id run = begin("workflows: [{name: w, timeout: 1m, on: [{event: go}], "
                          "steps: [{id: a, run: x}]}]\n");

    sim_fate(&s, (struct fate){.script = "x", .forever = true});
    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    s.crash_commit = 1;
    SIM_UNTIL(&s, s.crashes == 1 && s.ready);
    TRUE(sim_alive(&s, run, "a"));
    sim_for(&s, 60 * SECOND_US);
    FALSE(sim_alive(&s, run, "a"));
    STREQ(sim_status(&s, run), "failed");
    sim_done(&s);
}

TEST(a_run_that_slept_over_its_time_wakes_after_the_start)
{
    struct id run = begin(ONE("{sleep: 1h}, {id: a, run: x}, {id: b, run: y}"));

    sim_kill(&s);
    sim_for(&s, 86400 * SECOND_US);
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    expect_once(run);
}

TEST(a_retry_that_was_due_while_no_server_was_there_is_made_up_for)
{
    struct id run = begin(ONE("{id: a, run: x, retry: {attempts: 2, delay: 1m}}"));

    sim_fate(&s, (struct fate){.script = "x", .fail_first = 1});
    SIM_UNTIL(&s, strcmp(sim_status(&s, run), "waiting") == 0);
    sim_kill(&s);
    sim_for(&s, 3600 * SECOND_US);
    sim_boot(&s);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    EQ(sim_effects(&s, run, "a"), 2);
    sim_done(&s);
}

TEST(recovery_reads_only_runs_that_have_a_process)
{
    sim_init(&s, 1, ONE("{sleep: 1h}"));
    for (int i = 0; i < 50; i++) sim_start(&s, "go");
    sim_crash(&s);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_for(&s, 2 * 3600 * SECOND_US);
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE status='succeeded'"), 50);
    sim_done(&s);
}

TEST(runs_that_are_due_while_others_are_taken_up_are_taken_up_once)
{
    struct id runs[6];

    sim_init(&s, 1,
             "workflows: [{name: w, timeout: 1h, on: [{event: go}], "
             "steps: [{id: a, run: x}, {id: b, run: y, needs: []}]}]\n");
    sim_fate(&s, (struct fate){.script = "y", .forever = true});
    for (size_t i = 0; i < COUNT_OF(runs); i++) runs[i] = sim_start(&s, "go");
    SIM_UNTIL(&s, s.running == 2 * COUNT_OF(runs));
    sim_kill(&s);
    sim_for(&s, 3500 * SECOND_US);
    s.read_us = 60 * SECOND_US; /* the time is up while the runs are being read */
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    s.read_us = 200;
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        sim_to_end(&s, runs[i]);
        STREQ(sim_status(&s, runs[i]), "failed");
        EQ(sim_effects(&s, runs[i], "b"), 1);
    }
    sim_for(&s, 60 * SECOND_US);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

/* --- branches --- */

TEST(a_crash_while_branches_run_finds_each_of_them_again)
{
    struct id run = begin(ONE("{id: p, parallel: {l: [{id: a, run: x}, {id: c, run: z}], m: [{id: "
                              "b, run: y}]}}, {id: d, run: w}"));

    SIM_UNTIL(&s, sim_alive(&s, run, "p/l/a") && sim_alive(&s, run, "p/m/b"));
    sim_crash(&s);
    EQ(engine_counts(s.engine)->processes, 2);
    SIM_UNTIL(&s, sim_alive(&s, run, "p/l/c"));
    sim_crash(&s);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    for (const char *const *path = (const char *const[]){"p/l/a", "p/l/c", "p/m/b", "d", NULL};
         *path; path++)
        EQ(sim_effects(&s, run, *path), 1);
    STREQ(sim_step_status(&s, run, "p"), "succeeded");
    sim_done(&s);
}

TEST(a_crash_after_a_branch_failed_stops_the_others_all_the_same)
{
    struct id run = begin(ONE("{id: p, parallel: {l: [{id: a, run: x}], m: [{id: b, run: y}]}}"));

    sim_fate(&s, (struct fate){.script = "x", .code = 1});
    sim_fate(&s, (struct fate){.script = "y", .forever = true});
    SIM_UNTIL(&s, sim_alive(&s, run, "p/l/a") && sim_alive(&s, run, "p/m/b"));
    s.crash_commit = 1; /* it is written that the branch failed, and nobody is killed yet */
    SIM_UNTIL(&s, s.crashes == 1 && s.ready);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    STREQ(sim_step_status(&s, run, "p/m/b"), "cancelled");
    STREQ(sim_error(&s, run, "p"), "`p/l/a`: exit code 1");
    FALSE(sim_alive(&s, run, "p/m/b"));
    sim_done(&s);
}

/* The first round lasts 12 seconds, the second begins at 22: `c` ended in the first. */
TEST(a_new_round_of_branches_goes_on_as_one_after_a_crash)
{
    struct id run = begin(ONE("{id: p, retry: {attempts: 2, delay: 10s}, parallel: {l: [{id: a, "
                              "run: x, retry: {attempts: 2, delay: 10s}}], m: [{id: b, run: y}, "
                              "{id: c, run: z}]}}"));

    sim_fate(&s, (struct fate){.script = "x", .fail_first = 3});
    sim_fate(&s, (struct fate){.script = "y", .us = 4 * SECOND_US});
    for (int n = 0; n < 6; n++) {
        sim_for(&s, 5 * SECOND_US);
        sim_crash(&s);
    }
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    EQ(sim_effects(&s, run, "p/l/a"), 4);
    EQ(sim_effects(&s, run, "p/m/b"), 2);
    EQ(sim_effects(&s, run, "p/m/c"), 2);
    EQ(sim_number(&s, "SELECT count(*) FROM steps WHERE path='p/l/a' AND round=2"), 2);
    sim_done(&s);
}

TEST(what_only_sleeps_in_branches_is_held_by_the_disk_and_woken_after_a_crash)
{
    struct id run = begin(ONE("{id: p, timeout: 1h, parallel: {l: [{id: a, sleep: 10m}], m: [{id: "
                              "b, sleep: 2h}]}}"));

    sim_for(&s, SECOND_US);
    STREQ(sim_status(&s, run), "waiting");
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_crash(&s);
    sim_for(&s, 1800 * SECOND_US);
    STREQ(sim_step_status(&s, run, "p/l/a"), "succeeded");
    STREQ(sim_step_status(&s, run, "p"), "running");
    sim_to_end(&s, run);
    STREQ(sim_step_status(&s, run, "p/m/b"), "cancelled");
    STREQ(sim_error(&s, run, "p"), "took longer than its timeout of 1 h");
    sim_done(&s);
}

TEST(a_failure_at_once_stops_what_began_in_the_same_commit)
{
    struct id run = begin(ONE("{id: p, parallel: {l: [{id: a, run: x}], m: [{fail: no}]}}"));

    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    STREQ(sim_step_status(&s, run, "p/l/a"), "cancelled");
    EQ(s.running, 0);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

TEST(a_retry_begins_a_step_with_branches_as_a_whole_or_keeps_it_so)
{
    struct id run = begin(ONE(
        "{id: p, parallel: {l: [{id: a, run: x}], m: [{id: b, run: y}]}}, {id: d, run: w, args: "
        "['${{ steps.p.outputs.l.a.v }}']}"));

    sim_fate(&s, (struct fate){.script = "x", .outputs = "v=kept\n"});
    sim_fate(&s, (struct fate){.script = "w", .fail_first = 1});
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    sim_retry(&s, run, "p/l/a");
    EQ(s.answer.code, E_INPUT);
    HAS(s.answer.text, "stands in a branch");
    sim_retry(&s, run, "d");
    EQ(s.answer.code, OK);
    sim_to_end(&s, s.answer.run);
    EQ(sim_effects(&s, s.answer.run, "p/l/a"), 0);
    STREQ(s.last_argv[6], "kept");
    sim_retry(&s, run, "p");
    sim_to_end(&s, s.answer.run);
    EQ(sim_effects(&s, s.answer.run, "p/l/a"), 1);
    sim_done(&s);
}

RUN(T(a_crash_after_the_commit_before_anything_is_told_loses_nothing),
    T(a_crash_after_the_commit_before_the_process_is_spawned_starts_it_once),
    T(of_a_holder_that_claims_late_and_its_successor_one_runs_the_step),
    T(a_crash_while_it_runs_finds_it_again),
    T(a_crash_after_it_ended_before_that_was_seen_reads_how),
    T(a_process_that_ends_while_no_server_is_there_is_found_ended),
    T(a_crash_after_it_was_reaped_before_the_commit_reads_how_again),
    T(a_crash_after_each_commit_of_a_run_in_turn_changes_nothing),
    T(crashes_one_after_the_other_even_during_recovery_change_nothing),
    T(what_was_queued_before_the_crash_has_its_turn_after_it),
    T(after_the_machine_went_down_a_running_step_is_unknown_and_is_not_run_again),
    T(a_step_without_a_trace_of_another_boot_is_unknown_too),
    T(idempotent_steps_run_again_after_the_machine_went_down),
    T(what_was_cancelled_before_the_crash_is_killed_after_it),
    T(what_was_cancelled_before_it_was_spawned_never_runs),
    T(a_holder_that_claims_after_its_run_was_cancelled_finds_itself_forbidden),
    T(a_step_that_cannot_be_started_again_is_forbidden_to_its_first_holder),
    T(a_step_cancelled_before_its_turn_comes_again_is_forbidden_to_its_first_holder),
    T(a_cancelled_step_counts_as_cancelled_when_the_machine_went_down_with_it),
    T(what_passed_its_timeout_before_the_crash_is_killed_after_it),
    T(a_run_that_slept_over_its_time_wakes_after_the_start),
    T(a_retry_that_was_due_while_no_server_was_there_is_made_up_for),
    T(recovery_reads_only_runs_that_have_a_process),
    T(runs_that_are_due_while_others_are_taken_up_are_taken_up_once),
    T(a_crash_while_branches_run_finds_each_of_them_again),
    T(a_crash_after_a_branch_failed_stops_the_others_all_the_same),
    T(a_new_round_of_branches_goes_on_as_one_after_a_crash),
    T(what_only_sleeps_in_branches_is_held_by_the_disk_and_woken_after_a_crash),
    T(a_failure_at_once_stops_what_began_in_the_same_commit),
    T(a_retry_begins_a_step_with_branches_as_a_whole_or_keeps_it_so))
