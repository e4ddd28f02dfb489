/* Live runs: how they end, and what time, people and a full disk do to them. */
#include "engine/world_sim.h"

#include <stdio.h>

static struct sim s;

TEST(ends_of_every_kind_are_recorded_with_their_code)
{
    static const struct {
        struct fate fate;
        const char *error;
        int exit_code;
    } cases[] = {
        {{.script = "x", .code = 3}, "exit code 3", 3},
        {{.script = "x", .end = PROC_SIGNAL, .code = 9}, "signal 9", -1},
        {{.script = "x", .end = PROC_NOT_STARTED, .code = 2}, "could not be started: No such", -1},
        {{.script = "x", .no_start = true}, "step holder cannot be started", -1},
        {{.script = "x", .no_claim = true}, "its holder ended before it began", -1},
        {{.script = "x", .forever = true}, "longer than its timeout of 10 s", -1},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct id run;

        sim_init(&s, 1, ONE("{id: a, run: x, timeout: 10s}, {id: b, run: y}"));
        sim_fate(&s, cases[i].fate);
        run = sim_start(&s, "go");
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), "failed");
        HAS(sim_error(&s, run, "a"), cases[i].error);
        EQ(sim_number(&s, "SELECT exit_code FROM steps WHERE run='%s'", run.s), cases[i].exit_code);
        EQ(sim_effects(&s, run, "b"), 0);
        EQ(engine_counts(s.engine)->processes, 0);
        sim_done(&s);
    }
}

TEST(retries_wait_by_the_clock_longer_each_time_and_keep_a_row_each)
{
    struct id run;
    int64_t first, second;

    sim_init(&s, 1,
             ONE("{id: a, run: x, retry: {attempts: 4, delay: 5s, backoff: 3, max_delay: 10s}}"));
    sim_fate(&s, (struct fate){.script = "x", .fail_first = 3});
    run = sim_start(&s, "go");
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    EQ(sim_effects(&s, run, "a"), 4);
    EQ(s.effects_n, 4);
    first = s.effects[1].at - s.effects[0].at - SECOND_US; /* it runs for a second */
    second = s.effects[2].at - s.effects[1].at - SECOND_US;
    assert_in_range(first, 5 * SECOND_US, 5 * SECOND_US + 20 * MS_US);
    assert_in_range(second, 10 * SECOND_US, 10 * SECOND_US + 20 * MS_US);
    STREQ(sim_text(&s,
                   "SELECT group_concat(attempt || status, ' ') FROM "
                   "(SELECT * FROM steps WHERE run='%s' ORDER BY attempt)",
                   run.s),
          "1failed 2failed 3failed 4succeeded");
    sim_done(&s);
}

TEST(a_run_past_its_timeout_kills_what_runs_and_fails)
{
    struct id run;

    sim_init(&s, 1,
             "workflows: [{name: w, timeout: 1m, on: [{event: go}], steps: [{id: a, run: x}], "
             "finally: [{id: z, run: z}]}]\n");
    sim_fate(&s, (struct fate){.script = "x", .forever = true});
    run = sim_start(&s, "go");
    sim_for(&s, 59 * SECOND_US);
    STREQ(sim_status(&s, run), "running");
    TRUE(sim_alive(&s, run, "a"));
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    STREQ(sim_text(&s, "SELECT message FROM runs WHERE id='%s'", run.s),
          "the run took longer than its timeout of 1 min");
    EQ(sim_effects(&s, run, "finally/z"), 1);
    sim_done(&s);
}

TEST(the_timeout_of_a_run_also_ends_what_runs_beside_a_failed_step)
{
    static const char yaml[] =
        "workflows: [{name: w, timeout: 1m, on: [{event: go}], steps: [{id: a, run: x}, "
        "{id: b, run: y, needs: [], timeout: 0s}], finally: [{id: z, run: z}]}]\n";

    for (int how = 0; how < 3; how++) { /* 1: the server dies before; 2: and is away when it is */
        struct id run;
        int64_t ended;

        sim_init(&s, 1, yaml);
        sim_fate(&s, (struct fate){.script = "x", .code = 1});
        sim_fate(&s, (struct fate){.script = "y", .forever = true, .stubborn = true});
        run = sim_start(&s, "go");
        sim_for(&s, 30 * SECOND_US);
        STREQ(sim_step_status(&s, run, "a"), "failed");
        if (how) sim_kill(&s);
        if (how == 2) sim_for(&s, 60 * SECOND_US);
        if (how) sim_boot(&s);
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), "failed");
        STREQ(sim_text(&s, "SELECT failed_step FROM runs WHERE id='%s'", run.s), "a");
        HAS(sim_error(&s, run, "b"), "the run passed its timeout");
        ended = sim_number(&s, "SELECT ended_at - started_at FROM steps WHERE path='b'");
        assert_in_range(ended, 69 * SECOND_US, (how == 2 ? 101 : 71) * SECOND_US);
        TRUE(s.kills <= 2); /* it is not asked again and again */
        EQ(sim_effects(&s, run, "finally/z"), 1);
        sim_done(&s);
    }
}

TEST(a_step_whose_holder_always_dies_is_tried_again_later_each_time_and_then_fails)
{
    struct id run;

    sim_init(&s, 1, ONE("{id: a, run: x, idempotent: true}"));
    sim_fate(&s, (struct fate){.script = "x", .us = MS_US, .lost = true});
    run = sim_start(&s, "go");
    sim_for(&s, 10 * SECOND_US);
    EQ(s.effects_n, 4); /* at 0, 1, 3 and 7 s */
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    EQ(s.effects_n, 10);
    HAS(sim_error(&s, run, "a"), "its outcome was lost also in attempt 10");
    sim_done(&s);
}

TEST(cancelled_is_written_when_the_process_is_gone_and_not_before)
{
    struct id run;

    sim_init(&s, 1, ONE("{id: a, run: x}, {id: b, run: y}"));
    sim_fate(&s, (struct fate){.script = "x", .forever = true, .stubborn = true});
    run = sim_start(&s, "go");
    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    sim_cancel(&s, run);
    EQ(s.answer.code, OK);
    sim_for(&s, 9 * SECOND_US);
    STREQ(sim_status(&s, run), "running");
    sim_to_end(&s, run);
    FALSE(sim_alive(&s, run, "a"));
    STREQ(sim_status(&s, run), "cancelled");
    STREQ(sim_step_status(&s, run, "a"), "cancelled");
    EQ(sim_effects(&s, run, "b"), 0);
    sim_cancel(&s, run);
    EQ(s.answer.code, E_CONFLICT);
    HAS(s.answer.text, "has already ended: it cancelled");
    sim_done(&s);
}

TEST(a_cancel_reaches_a_process_that_is_queued_or_starting)
{
    struct id one, two;

    sim_init(&s, 1, "server: {max_processes: 1}\n" ONE("{id: a, run: x}"));
    sim_fate(&s, (struct fate){.script = "x", .forever = true});
    s.spawn_us = SECOND_US;
    one = sim_start(&s, "go");
    two = sim_start(&s, "go");
    sim_cancel(&s, two); /* queued */
    sim_to_end(&s, two);
    STREQ(sim_status(&s, two), "cancelled");
    EQ(sim_effects(&s, two, "a"), 0);
    EQ(s.spawns, 0);
    sim_cancel(&s, one); /* being started */
    sim_to_end(&s, one);
    STREQ(sim_status(&s, one), "cancelled");
    EQ(s.kills, 1);
    EQ(engine_counts(s.engine)->processes, 0);
    EQ(engine_counts(s.engine)->queued_processes, 0);
    sim_done(&s);
}

TEST(a_sleeping_run_is_cancelled_at_once)
{
    struct id run;

    sim_init(&s, 1, ONE("{id: a, sleep: 1h}, {id: b, run: y}"));
    run = sim_start(&s, "go");
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_cancel(&s, run);
    STREQ(sim_status(&s, run), "cancelled");
    sim_for(&s, 2 * 3600 * SECOND_US);
    EQ(s.effects_n, 0);
    sim_done(&s);
}

TEST(no_more_processes_run_at_once_than_allowed_and_the_first_come_first)
{
    struct id runs[6];

    sim_init(&s, 1, "server: {max_processes: 2}\n" ONE("{id: a, run: x}"));
    for (size_t i = 0; i < COUNT_OF(runs); i++) runs[i] = sim_start(&s, "go");
    EQ(engine_counts(s.engine)->processes, 2);
    EQ(engine_counts(s.engine)->queued_processes, 4);
    for (size_t i = 0; i < COUNT_OF(runs); i++) sim_to_end(&s, runs[i]);
    EQ(s.most_running, 2);
    for (size_t i = 0; i < COUNT_OF(runs); i++) STREQ(s.effects[i].run, runs[i].s);
    EQ(engine_counts(s.engine)->queued_processes, 0);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

TEST(a_reload_that_allows_more_processes_starts_those_that_wait)
{
    struct id runs[5];

    sim_init(&s, 1, "server: {max_processes: 1}\n" ONE("{id: a, run: x}"));
    sim_fate(&s, (struct fate){.script = "x", .us = 100 * SECOND_US});
    for (size_t i = 0; i < COUNT_OF(runs); i++) runs[i] = sim_start(&s, "go");
    EQ(engine_counts(s.engine)->queued_processes, 4);
    sim_use(&s, "server: {max_processes: 3}\n" ONE("{id: a, run: x}"));
    sim_for(&s, SECOND_US);
    EQ(s.running, 3);
    EQ(engine_counts(s.engine)->queued_processes, 2);
    sim_use(&s, "server: {max_processes: 1}\n" ONE("{id: a, run: x}")); /* what runs goes on */
    sim_for(&s, 50 * SECOND_US);
    EQ(s.running, 3);
    for (size_t i = 0; i < COUNT_OF(runs); i++) sim_to_end(&s, runs[i]);
    for (size_t i = 0; i < COUNT_OF(runs); i++) STREQ(s.effects[i].run, runs[i].s);
    TRUE(s.effects[4].at - s.effects[3].at >= 100 * SECOND_US);
    sim_done(&s);
}

TEST(a_step_whose_turn_comes_while_its_run_is_not_in_memory_still_runs)
{
    struct id one, two;

    sim_init(
        &s, 1,
        "server: {max_processes: 2}\n"
        "workflows:\n"
        "- {name: w, on: [{event: go}], steps: [{id: a, run: x}]}\n"
        "- {name: v, on: [{event: two}], steps: [{id: b, run: y}, {id: c, run: z, needs: []}]}\n");
    sim_fate(&s, (struct fate){.script = "x", .us = 10 * SECOND_US});
    one = sim_start(&s, "go");
    sim_start(&s, "go");
    (void)one;
    sim_fate(&s, (struct fate){.script = "y", .us = 20 * SECOND_US});
    two = sim_start(&s, "two"); /* both of its steps wait for their turn */
    EQ(engine_counts(s.engine)->queued_processes, 2);
    s.full = true;
    s.answer = (struct sim_answer){0};
    engine_cancel(s.engine, two, STR("eve"), sim_answered, &s); /* meets the full disk */
    SIM_UNTIL(&s, s.answer.calls);
    EQ(s.answer.code, E_FULL);
    s.full = false;
    sim_to_end(&s, two);
    STREQ(sim_status(&s, two), "succeeded");
    EQ(sim_effects(&s, two, "b"), 1);
    EQ(sim_effects(&s, two, "c"), 1);
    sim_done(&s);
}

TEST(a_lost_step_waits_for_a_person_and_only_such_a_step_can_be_resolved)
{
    static const struct {
        enum resolve as;
        const char *run, *step;
        size_t effects;
    } cases[] = {{RESOLVE_DONE, "succeeded", "succeeded", 1},
                 {RESOLVE_FAILED, "failed", "failed", 1},
                 {RESOLVE_RETRY, "succeeded", "succeeded", 2}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct id run;

        sim_init(&s, 1,
                 ONE("{id: a, run: x}, {id: b, run: y, if: 'steps.a.status == \"succeeded\"'}"));
        sim_fate(&s, (struct fate){.script = "x", .lost = true});
        run = sim_start(&s, "go");
        SIM_UNTIL(&s, strcmp(sim_step_status(&s, run, "a"), "unknown") == 0);
        STREQ(sim_status(&s, run), "waiting");
        sim_for(&s, 86400 * SECOND_US);
        EQ(sim_effects(&s, run, "a"), 1);
        EQ(engine_counts(s.engine)->live_runs, 0);
        EQ(sim_number(&s, "SELECT count(*) FROM outbox WHERE kind='ask' AND run='%s'", run.s), 1);
        sim_resolve(&s, run, "b", RESOLVE_DONE);
        EQ(s.answer.code, E_CONFLICT);
        sim_resolve(&s, run, "nope", RESOLVE_DONE);
        EQ(s.answer.code, E_NOT_FOUND);
        sim_fate(&s, (struct fate){.script = "x"});
        sim_resolve(&s, run, "a", cases[i].as);
        EQ(s.answer.code, OK);
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), cases[i].run);
        STREQ(sim_step_status(&s, run, "a"), cases[i].step);
        EQ(sim_effects(&s, run, "a"), cases[i].effects);
        sim_done(&s);
    }
}

TEST(a_retry_with_a_key_begins_one_run_however_often_it_is_sent)
{
    struct id run, other, made;

    sim_init(&s, 1, ONE("{set: {n: '1'}}"));
    run = sim_start(&s, "go");
    other = sim_start(&s, "go");
    sim_retry_once(&s, run, "k-1");
    EQ(s.answer.code, OK);
    FALSE(s.answer.seen);
    made = s.answer.run;
    sim_kill(&s);
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    sim_retry_once(&s, run, "k-1");
    EQ(s.answer.code, OK);
    TRUE(s.answer.seen);
    STREQ(s.answer.run.s, made.s);
    EQ(sim_number(&s, "SELECT count(*) FROM runs"), 3);
    sim_retry_once(&s, other, "k-1");
    FALSE(s.answer.seen);
    sim_retry_once(&s, run, "k-2");
    FALSE(s.answer.seen);
    sim_retry_once(&s, run, "");
    FALSE(s.answer.seen);
    EQ(sim_number(&s, "SELECT count(*) FROM runs"), 6);
    EQ(sim_number(&s, "SELECT count(*) FROM events"), 2);
    sim_done(&s);
}

TEST(retry_from_a_step_keeps_the_results_of_those_before_it)
{
    struct id run, again;

    sim_init(&s, 1,
             ONE("{id: a, run: x}, {set: {n: '${{ steps.a.outputs.v }}'}}, {id: b, run: y}, "
                 "{id: c, run: z, args: ['${{ steps.a.outputs.v }}', '${{ vars.n }}']}"));
    sim_fate(&s, (struct fate){.script = "x", .outputs = "v=seven\n"});
    sim_fate(&s, (struct fate){.script = "y", .code = 1});
    run = sim_start(&s, "go");
    sim_retry(&s, run, "b");
    EQ(s.answer.code, E_CONFLICT);
    HAS(s.answer.text, "has not ended");
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    sim_retry(&s, run, "nope");
    EQ(s.answer.code, E_NOT_FOUND);
    sim_fate(&s, (struct fate){.script = "y"});
    sim_retry(&s, run, "b");
    EQ(s.answer.code, OK);
    again = s.answer.run;
    sim_to_end(&s, again);
    STREQ(sim_status(&s, again), "succeeded");
    EQ(sim_effects(&s, again, "a"), 0);
    EQ(sim_effects(&s, again, "b"), 1);
    STREQ(sim_argv(&s), "bash|-euo|pipefail|-c|z|botops|seven|seven");
    STREQ(sim_outputs(&s, again, "a"), "{\"v\":\"seven\"}");
    STREQ(sim_text(&s, "SELECT cause FROM runs WHERE id='%s'", again.s), "retry");
    STREQ(sim_status(&s, run), "failed");
    sim_retry(&s, again, "");
    sim_to_end(&s, s.answer.run);
    EQ(sim_effects(&s, s.answer.run, "a"), 1);
    sim_done(&s);
}

TEST(each_retry_is_one_attempt_more_also_when_it_was_out_of_memory)
{
    struct id run;

    sim_init(&s, 1,
             ONE("{sleep: 1h}, {id: a, run: x, args: ['${{ run.attempt }}']}, "
                 "{fail: 'no ${{ run.attempt }}'}"));
    run = sim_start(&s, "go");
    for (int i = 1; i <= 3; i++) {
        char wanted[64];

        sim_crash(&s);
        sim_to_end(&s, run);
        snprintf(wanted, sizeof wanted, "bash|-euo|pipefail|-c|x|botops|%d", i);
        STREQ(sim_argv(&s), wanted);
        snprintf(wanted, sizeof wanted, "no %d", i);
        STREQ(sim_text(&s, "SELECT message FROM runs WHERE id='%s'", run.s), wanted);
        EQ(sim_number(&s, "SELECT attempt FROM runs WHERE id='%s'", run.s), i);
        sim_retry(&s, run, "");
        run = s.answer.run;
    }
    sim_done(&s);
}

TEST(a_run_that_is_not_there_is_told_so)
{
    struct id none = {"01JD0000000000000000000000"};

    sim_init(&s, 1, ONE("{say: hi}"));
    sim_cancel(&s, none);
    EQ(s.answer.code, E_NOT_FOUND);
    sim_retry(&s, none, "");
    EQ(s.answer.code, E_NOT_FOUND);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

TEST(sleeping_runs_leave_memory_and_come_back_when_they_are_due_with_what_they_knew)
{
    struct id run;

    sim_init(
        &s, 1,
        "workflows: [{name: w, on: [{event: go}], inputs: {n: {type: int, default: 7}}, steps: ["
        "{id: a, run: x}, {set: {v: [1, 2.5, yes]}}, {sleep: 15m}, "
        "{say: '${{ inputs.n }} ${{ vars.v[1] }} ${{ steps.a.outputs.o }} ${{ event.type "
        "}}'}]}]\n");
    sim_fate(&s, (struct fate){.script = "x", .outputs = "o=out\n"});
    run = sim_start(&s, "go");
    EQ(engine_counts(s.engine)->live_runs, 1);
    SIM_UNTIL(&s,
              strcmp(sim_status(&s, run), "waiting") == 0 && !engine_counts(s.engine)->live_runs);
    sim_for(&s, 890 * SECOND_US);
    STREQ(sim_status(&s, run), "waiting");
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_for(&s, 15 * SECOND_US);
    STREQ(sim_status(&s, run), "succeeded");
    STREQ(sim_text(&s, "SELECT text FROM outbox WHERE run='%s' AND kind='say'", run.s),
          "7 2.5 out go");
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

TEST(a_run_that_is_due_while_a_command_reads_it_is_not_forgotten)
{
    struct id run;

    sim_init(&s, 1, ONE("{sleep: 10m}, {id: b, run: y}"));
    run = sim_start(&s, "go");
    sim_for(&s, 600 * SECOND_US - 10 * MS_US);
    s.read_us = 10 * SECOND_US; /* a slow disk: the command's read and the wake-up cross */
    sim_for(&s, 20 * MS_US);
    s.answer = (struct sim_answer){0};
    engine_resolve(s.engine, run, STR("b"), RESOLVE_DONE, STR("eve"), sim_answered, &s);
    SIM_UNTIL(&s, s.answer.calls);
    EQ(s.answer.code, E_CONFLICT);
    s.read_us = 200;
    sim_for(&s, 60 * SECOND_US);
    STREQ(sim_status(&s, run), "succeeded");
    sim_done(&s);
}

TEST(a_run_that_is_due_while_a_command_meets_a_full_disk_is_not_forgotten)
{
    struct id run;

    sim_init(&s, 1, ONE("{sleep: 10m}, {id: b, run: y}"));
    run = sim_start(&s, "go");
    s.commit_us = 10 * SECOND_US;
    sim_for(&s, 595 * SECOND_US);
    s.answer = (struct sim_answer){0};
    engine_cancel(s.engine, run, STR("eve"), sim_answered, &s);
    sim_for(&s, 9 * SECOND_US);
    EQ(s.answer.calls, 0);
    s.full = true;
    SIM_UNTIL(&s, s.answer.calls);
    EQ(s.answer.code, E_FULL);
    s.full = false;
    sim_for(&s, 120 * SECOND_US);
    STREQ(sim_status(&s, run), "succeeded");
    sim_done(&s);
}

TEST(a_run_that_is_found_due_before_its_first_commit_is_reported_is_one_run)
{
    for (uint64_t seed = 1; seed < 9; seed++) { /* by chance, the read comes in between or not */
        size_t at;
        struct id run;

        sim_init(
            &s, seed,
            "workflows:\n"
            "- {name: w, on: [{event: go}], steps: [{sleep: 5s}, {id: b, run: y, needs: []}]}\n"
            "- {name: v, on: [{event: two}], steps: [{sleep: 10s}]}\n");
        sim_event(&s, "two", "", "{}");
        sim_for(&s, 5 * SECOND_US - MS_US / 2);
        s.early = true;
        s.commit_us = 5 * SECOND_US + MS_US; /* so slow that it is due as soon as it is stored */
        s.read_us = 10 * MS_US;              /* and the other has just woken the engine */
        at = sim_event(&s, "go", "", "{}");
        SIM_UNTIL(&s, s.receipts[at].calls);
        s.commit_us = MS_US;
        run = s.receipts[at].runs[0];
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), "succeeded");
        EQ(sim_effects(&s, run, "b"), 1);
        sim_for(&s, 60 * SECOND_US);
        EQ(engine_counts(s.engine)->live_runs, 0);
        sim_done(&s);
    }
}

TEST(a_step_whose_turn_comes_while_its_cancelled_run_is_read_never_runs)
{
    struct id two;

    sim_init(&s, 1, "server: {max_processes: 1}\n" ONE("{id: a, run: x}"));
    sim_fate(&s, (struct fate){.script = "x", .us = 5 * SECOND_US});
    sim_start(&s, "go");
    two = sim_start(&s, "go");
    SIM_UNTIL(&s, s.running == 1);
    s.full = true;
    sim_cancel(&s, two); /* throws the run out of memory; its step stays in the queue */
    EQ(s.answer.code, E_FULL);
    s.full = false;
    sim_for(&s, 2 * SECOND_US);
    s.read_us = 10 * SECOND_US; /* the turn comes while the second try is reading */
    sim_cancel(&s, two);
    EQ(s.answer.code, OK);
    s.read_us = 200;
    sim_to_end(&s, two);
    STREQ(sim_status(&s, two), "cancelled");
    sim_for(&s, 60 * SECOND_US);
    EQ(sim_effects(&s, two, "a"), 0);
    EQ(s.effects_n, 1);
    sim_done(&s);
}

TEST(what_is_thrown_out_of_memory_by_a_full_disk_leaves_nothing_there)
{
    struct id run;

    sim_init(&s, 1, ONE("{sleep: 10m}"));
    run = sim_start(&s, "go");
    s.full = true;
    sim_cancel(&s, run);
    EQ(s.answer.code, E_FULL);
    sim_for(&s, 5 * SECOND_US);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

TEST(ten_thousand_runs_that_are_due_at_once_are_all_woken_once)
{
    enum { MANY = 10000 };
    struct id last;

    sim_init(&s, 1,
             "workflows: [{name: w, on: [{event: go}], steps: ["
             "{sleep: {until: \"2026-01-01T06:00:00Z\"}}, {say: up}]}]\n");
    for (int i = 0; i < MANY; i++) sim_event(&s, "go", "", "{}");
    SIM_UNTIL(&s, s.receipts[MANY - 1].calls);
    last = s.receipts[MANY - 1].runs[0];
    EQ(engine_counts(s.engine)->live_runs, 0);
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE status='waiting'"), MANY);
    sim_for(&s, 6 * 3600 * SECOND_US + 60 * SECOND_US);
    STREQ(sim_status(&s, last), "succeeded");
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE status='succeeded'"), MANY);
    EQ(sim_number(&s, "SELECT count(*) FROM outbox WHERE kind='say'"), MANY);
    EQ(sim_number(&s, "SELECT max(seq) FROM runs"), 2);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

RUN(T(ends_of_every_kind_are_recorded_with_their_code),
    T(retries_wait_by_the_clock_longer_each_time_and_keep_a_row_each),
    T(a_run_past_its_timeout_kills_what_runs_and_fails),
    T(the_timeout_of_a_run_also_ends_what_runs_beside_a_failed_step),
    T(a_step_whose_holder_always_dies_is_tried_again_later_each_time_and_then_fails),
    T(cancelled_is_written_when_the_process_is_gone_and_not_before),
    T(a_cancel_reaches_a_process_that_is_queued_or_starting),
    T(a_sleeping_run_is_cancelled_at_once),
    T(no_more_processes_run_at_once_than_allowed_and_the_first_come_first),
    T(a_reload_that_allows_more_processes_starts_those_that_wait),
    T(a_step_whose_turn_comes_while_its_run_is_not_in_memory_still_runs),
    T(a_lost_step_waits_for_a_person_and_only_such_a_step_can_be_resolved),
    T(a_retry_with_a_key_begins_one_run_however_often_it_is_sent),
    T(retry_from_a_step_keeps_the_results_of_those_before_it),
    T(each_retry_is_one_attempt_more_also_when_it_was_out_of_memory),
    T(a_run_that_is_not_there_is_told_so),
    T(sleeping_runs_leave_memory_and_come_back_when_they_are_due_with_what_they_knew),
    T(a_run_that_is_due_while_a_command_reads_it_is_not_forgotten),
    T(a_run_that_is_due_while_a_command_meets_a_full_disk_is_not_forgotten),
    T(a_run_that_is_found_due_before_its_first_commit_is_reported_is_one_run),
    T(a_step_whose_turn_comes_while_its_cancelled_run_is_read_never_runs),
    T(what_is_thrown_out_of_memory_by_a_full_disk_leaves_nothing_there),
    T(ten_thousand_runs_that_are_due_at_once_are_all_woken_once))
