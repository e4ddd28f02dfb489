/* Locks: whose turn it is, what becomes of those that do not wait, and what a crash leaves. */
#include "engine/world_sim.h"

#include <stdio.h>

/* A server that crashes, or ends while it reads, leaves what it held: that is not a leak. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static struct sim s;

#define LOCKED(name, type, how)                                                                    \
    "- {name: " name ", on: [{event: " type "}], " how ", steps: [{id: a, run: x}]}\n"
#define WEB(how) "concurrency: {group: 'web', " how "}"

static void begin(const char *yaml)
{
    sim_init(&s, 1, yaml);
    sim_fate(&s, (struct fate){.script = "x", .us = 10 * SECOND_US});
}

/* Names of workflows in the order in which their runs got their turn. */
static const char *order(void)
{
    return sim_text(&s, "SELECT group_concat(workflow, ' ') FROM (SELECT workflow FROM runs "
                        "WHERE started_at > 0 ORDER BY started_at, rowid)");
}

static const char *message(struct id run)
{
    return sim_text(&s, "SELECT message FROM runs WHERE id='%s'", run.s);
}

TEST(runs_of_one_lock_run_one_at_a_time_in_the_order_they_came)
{
    struct id run[5];

    begin("workflows:\n" LOCKED("w", "go", WEB("limit: 1")) LOCKED("v", "go.v", WEB("limit: 1")));
    for (int i = 0; i < 5; i++) run[i] = sim_start(&s, i % 2 ? "go.v" : "go");
    sim_for(&s, SECOND_US);
    STREQ(sim_status(&s, run[0]), "running");
    for (int i = 1; i < 5; i++) STREQ(sim_status(&s, run[i]), "queued");
    EQ(engine_counts(s.engine)->live_runs, 1); /* the others are on disk only */
    for (int i = 0; i < 5; i++) {
        sim_to_end(&s, run[i]);
        STREQ(sim_status(&s, run[i]), "succeeded");
    }
    STREQ(order(), "w v w v w");
    EQ(s.most_running, 1);
    sim_done(&s);
}

TEST(a_limit_lets_so_many_run_and_other_groups_are_not_touched)
{
    begin("workflows:\n" LOCKED("w", "go", "concurrency: {group: '${{ event.type }}', limit: 3}")
              LOCKED("v", "go.v", "concurrency: {group: '${{ event.type }}'}"));
    for (int i = 0; i < 7; i++) sim_start(&s, "go");
    sim_start(&s, "go.v");
    sim_for(&s, SECOND_US);
    EQ(s.running, 4);
    sim_for(&s, 10 * SECOND_US);
    EQ(s.running, 3);
    sim_for(&s, 60 * SECOND_US);
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE status = 'succeeded'"), 8);
    sim_done(&s);
}

TEST(a_higher_priority_has_its_turn_first_and_within_one_the_first_that_came)
{
    begin("workflows:\n" LOCKED("low", "go.l", "priority: low, " WEB("limit: 1"))
              LOCKED("normal", "go.n", WEB("limit: 1"))
                  LOCKED("high", "go.h", "priority: high, " WEB("limit: 1")));
    sim_start(&s, "go.n");
    sim_start(&s, "go.l");
    sim_start(&s, "go.n");
    sim_start(&s, "go.h");
    sim_start(&s, "go.l");
    sim_start(&s, "go.h");
    sim_for(&s, 100 * SECOND_US);
    STREQ(order(), "normal high high normal low low");
    sim_done(&s);
}

TEST(steps_that_wait_for_a_process_are_started_by_their_priority)
{
    begin("server: {max_processes: 1}\nworkflows:\n" LOCKED("low", "go.l", "priority: low") LOCKED(
        "normal", "go.n", "priority: normal") LOCKED("high", "go.h", "priority: high"));
    sim_start(&s, "go.n");
    sim_start(&s, "go.l");
    sim_start(&s, "go.n");
    sim_start(&s, "go.h");
    sim_for(&s, 100 * SECOND_US);
    STREQ(sim_text(&s, "SELECT group_concat(workflow, ' ') FROM (SELECT workflow FROM runs "
                       "ORDER BY ended_at)"),
          "normal high normal low");
    sim_done(&s);
}

TEST(a_run_that_rejects_fails_at_once_and_names_the_holder)
{
    struct id first, second;
    char wanted[128];

    begin("workflows:\n" LOCKED("w", "go", WEB("on_conflict: reject")));
    first = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    second = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    STREQ(sim_status(&s, first), "running");
    STREQ(sim_status(&s, second), "failed");
    snprintf(wanted, sizeof wanted, "rejected: the lock `web` is held by run %s (w) since ",
             first.s);
    HAS(message(second), wanted);
    EQ(sim_effects(&s, second, "a"), 0);
    sim_to_end(&s, first);
    sim_to_end(&s, sim_start(&s, "go"));
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE status = 'succeeded'"), 2);
    sim_done(&s);
}

TEST(a_run_that_skips_succeeds_without_a_step_and_nobody_follows_it)
{
    struct id first, second;

    begin("workflows:\n" LOCKED("w", "go", WEB("on_conflict: skip"))
              LOCKED("after", "botops.run.succeeded", "priority: low"));
    first = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    second = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    STREQ(sim_status(&s, second), "succeeded");
    HAS(message(second), "skipped because the lock `web` is held by run ");
    EQ(sim_effects(&s, second, "a"), 0);
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE workflow = 'after'"), 0);
    sim_to_end(&s, first);
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE workflow = 'after'"), 1);
    sim_cancel(&s, first);
    sim_done(&s);
}

TEST(a_newer_run_has_the_holder_cancelled_and_begins_when_it_is_gone)
{
    struct id run[4];

    begin("workflows:\n" LOCKED("w", "go", WEB("on_conflict: cancel_running")));
    sim_fate(&s, (struct fate){.script = "x", .us = 100 * SECOND_US, .stubborn = true});
    run[0] = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    run[1] = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    STREQ(sim_status(&s, run[1]), "queued"); /* its kill takes as long as the grace */
    run[2] = sim_start(&s, "go");
    run[3] = sim_start(&s, "go");
    sim_to_end(&s, run[3]);
    STREQ(sim_status(&s, run[0]), "cancelled");
    HAS(message(run[0]), "cancelled by run ");
    HAS(message(run[0]), " (w), which needs the lock `web`");
    for (int i = 1; i < 3; i++) { /* they would have been cancelled as soon as they ran */
        STREQ(sim_status(&s, run[i]), "cancelled");
        EQ(sim_effects(&s, run[i], "a"), 0);
    }
    STREQ(sim_status(&s, run[3]), "succeeded");
    EQ(s.most_running, 1);
    sim_done(&s);
}

TEST(a_queued_run_can_be_cancelled_and_those_behind_it_move_up)
{
    struct id run[3];

    begin("workflows:\n" LOCKED("w", "go", WEB("limit: 1")));
    for (int i = 0; i < 3; i++) run[i] = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    sim_cancel(&s, run[1]);
    EQ(s.answer.code, OK);
    STREQ(sim_status(&s, run[1]), "cancelled");
    sim_to_end(&s, run[2]);
    STREQ(sim_status(&s, run[2]), "succeeded");
    EQ(sim_effects(&s, run[1], "a"), 0);
    sim_done(&s);
}

TEST(the_order_survives_crashes_and_a_clock_that_is_set_back)
{
    struct id run[6];

    begin("workflows:\n" LOCKED("w", "go", WEB("limit: 1")));
    for (int i = 0; i < 6; i++) {
        run[i] = sim_start(&s, "go");
        sim_crash(&s);
        sim_clock(&s, -3600 * SECOND_US);
    }
    for (int i = 0; i < 6; i++) {
        sim_to_end(&s, run[i]);
        for (int k = i + 1; k < 6; k++) EQ(sim_effects(&s, run[k], "a"), 0);
        sim_crash(&s);
    }
    EQ(s.effects_n, 6);
    EQ(s.most_running, 1);
    sim_done(&s);
}

TEST(a_lock_that_came_free_while_the_server_was_away_is_given_at_its_start)
{
    struct id run[2];

    begin("workflows:\n" LOCKED("w", "go", WEB("limit: 1")));
    for (int i = 0; i < 2; i++) run[i] = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    s.crash_commit = 1; /* the end of the first is stored, and the server dies before it knows */
    SIM_UNTIL(&s, s.crashes == 1);
    STREQ(sim_status(&s, run[0]), "succeeded");
    STREQ(sim_status(&s, run[1]), "queued");
    sim_to_end(&s, run[1]);
    STREQ(sim_status(&s, run[1]), "succeeded");
    sim_done(&s);
}

TEST(a_full_disk_holds_a_turn_back_and_loses_none)
{
    struct id run[2];

    begin("workflows:\n" LOCKED("w", "go", WEB("limit: 1")));
    for (int i = 0; i < 2; i++) run[i] = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    sim_cancel(&s, run[0]);
    s.full = true; /* what the cancelled run leaves free cannot be given */
    sim_for(&s, 60 * SECOND_US);
    STREQ(sim_status(&s, run[1]), "queued");
    s.full = false;
    sim_to_end(&s, run[1]);
    STREQ(sim_status(&s, run[1]), "succeeded");
    sim_done(&s);
}

TEST(a_group_that_cannot_be_worked_out_fails_the_run_with_the_reason)
{
    struct id run;

    begin("workflows:\n" LOCKED("w", "go", "concurrency: {group: '${{ event.data.nothing }}'}")
              LOCKED("v", "go.v", "concurrency: {group: '${{ event.subject }}'}"));
    run = sim_start(&s, "go");
    STREQ(sim_status(&s, run), "failed");
    HAS(message(run), "`concurrency.group`");
    run = sim_start(&s, "go.v");
    STREQ(sim_status(&s, run), "failed");
    HAS(message(run), "`concurrency.group` came to 0 bytes: the name of a lock has 1 to 256");
    sim_done(&s);
}

TEST(a_retry_asks_for_the_lock_again)
{
    struct id run, again;

    begin("workflows:\n" LOCKED("w", "go", WEB("limit: 1")));
    run = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    sim_cancel(&s, run);
    sim_to_end(&s, run);
    run = sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    sim_retry(&s, run, "");
    EQ(s.answer.code, E_CONFLICT);
    sim_to_end(&s, run);
    sim_start(&s, "go");
    sim_retry(&s, run, "");
    again = s.answer.run;
    sim_for(&s, SECOND_US);
    STREQ(sim_status(&s, again), "queued");
    sim_to_end(&s, again);
    STREQ(sim_status(&s, again), "succeeded");
    sim_done(&s);
}

RUN(T(runs_of_one_lock_run_one_at_a_time_in_the_order_they_came),
    T(a_limit_lets_so_many_run_and_other_groups_are_not_touched),
    T(a_higher_priority_has_its_turn_first_and_within_one_the_first_that_came),
    T(steps_that_wait_for_a_process_are_started_by_their_priority),
    T(a_run_that_rejects_fails_at_once_and_names_the_holder),
    T(a_run_that_skips_succeeds_without_a_step_and_nobody_follows_it),
    T(a_newer_run_has_the_holder_cancelled_and_begins_when_it_is_gone),
    T(a_queued_run_can_be_cancelled_and_those_behind_it_move_up),
    T(the_order_survives_crashes_and_a_clock_that_is_set_back),
    T(a_lock_that_came_free_while_the_server_was_away_is_given_at_its_start),
    T(a_full_disk_holds_a_turn_back_and_loses_none),
    T(a_group_that_cannot_be_worked_out_fails_the_run_with_the_reason),
    T(a_retry_asks_for_the_lock_again))
