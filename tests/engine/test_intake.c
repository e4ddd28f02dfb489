/* Events in: one commit, one receipt, and what a full disk does to both. */
#include "engine/world_sim.h"

#include <stdio.h>

/* A crash of the server leaves what it held: that is not a leak. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static struct sim s;

static const char two[] = "workflows:\n"
                          "- {name: one, on: [{event: go}], steps: [{id: a, run: x}]}\n"
                          "- {name: two, on: [{event: go}], steps: [{say: hi}]}\n"
                          "- {name: three, on: [{event: go, if: 'event.data.?n.orValue(0) > 1'}], "
                          "steps: [{say: three}]}\n";

static int64_t rows(const char *table)
{
    return sim_number(&s, "SELECT count(*) FROM %s", table);
}

TEST(an_event_and_the_runs_it_starts_are_one_commit_and_nothing_is_answered_before_it)
{
    size_t at;

    sim_init(&s, 1, two);
    s.commit_us = 10 * SECOND_US;
    at = sim_event(&s, "go", "", "{\"n\":2}");
    sim_for(&s, 9 * SECOND_US);
    EQ(s.receipts[at].calls, 0);
    EQ(rows("events"), 0);
    EQ(s.spawns, 0);
    sim_for(&s, SECOND_US + MS_US / 2);
    EQ(s.commits, 1);
    EQ(s.receipts[at].calls, 1);
    EQ(s.receipts[at].how, COMMIT_OK);
    EQ(s.receipts[at].runs_n, 3);
    EQ(rows("events"), 1);
    EQ(rows("runs"), 3);
    EQ(rows("steps"), 3);
    EQ(rows("versions"), 3);
    sim_done(&s);
}

TEST(a_receipt_lists_its_runs_in_the_order_of_their_workflows_names)
{
    static const char *const names[] = {"one", "three", "two"};
    size_t at;
    char list[128];

    sim_init(&s, 1, two);
    at = sim_event(&s, "go", "", "{\"n\":2}");
    SIM_UNTIL(&s, s.receipts[at].calls);
    for (size_t i = 0; i < 3; i++)
        STREQ(sim_text(&s, "SELECT workflow FROM runs WHERE id='%s'", s.receipts[at].runs[i].s),
              names[i]);
    EQ(s.receipts[at].verdicts, 3);
    snprintf(list, sizeof list, "\"runs\":[\"%s\",\"%s\",\"%s\"]", s.receipts[at].runs[0].s,
             s.receipts[at].runs[1].s, s.receipts[at].runs[2].s);
    HAS(sim_text(&s, "SELECT decision FROM events"), list);
    sim_done(&s);
}

TEST(the_decision_with_its_reasons_is_kept_with_the_event)
{
    size_t at;

    sim_init(&s, 1, two);
    at = sim_event(&s, "go", "", "{\"n\":1}");
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.receipts[at].runs_n, 2);
    HAS(sim_text(&s, "SELECT decision FROM events"),
        "{\"workflow\":\"three\",\"trigger\":0,\"verdict\":\"not matched\","
        "\"reason\":\"its `if` is false\"}");
    sim_done(&s);
}

TEST(a_delivery_seen_before_gives_the_first_events_id_and_starts_nothing)
{
    size_t first, again, other;

    sim_init(&s, 1, two);
    first = sim_event(&s, "go", "d-1", "{}");
    again = sim_event(&s, "go", "d-1", "{}"); /* while the first is being committed */
    SIM_UNTIL(&s, s.receipts[again].calls);
    EQ(s.receipts[first].how, COMMIT_OK);
    EQ(s.receipts[again].how, COMMIT_SEEN);
    STREQ(s.receipts[again].event.s, s.receipts[first].event.s);
    EQ(s.receipts[again].runs_n, 0);
    sim_crash(&s);
    again = sim_event(&s, "go", "d-1", "{}");
    other = sim_event(&s, "go", "d-2", "{}");
    SIM_UNTIL(&s, s.receipts[other].calls);
    EQ(s.receipts[again].how, COMMIT_SEEN);
    STREQ(s.receipts[again].event.s, s.receipts[first].event.s);
    EQ(s.receipts[other].how, COMMIT_OK);
    sim_for(&s, 60 * SECOND_US);
    EQ(rows("runs"), 4);
    EQ(s.effects_n, 2);
    EQ(engine_counts(s.engine)->duplicates, 1);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

TEST(a_crash_before_the_commit_leaves_nothing_and_the_sender_hears_nothing)
{
    size_t at;

    sim_init(&s, 1, two);
    at = sim_event(&s, "go", "d-1", "{}");
    sim_crash(&s);
    EQ(s.receipts[at].calls, 0);
    EQ(rows("events") + rows("runs") + rows("steps") + rows("deliveries"), 0);
    at = sim_event(&s, "go", "d-1", "{}");
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.receipts[at].how, COMMIT_OK);
    sim_done(&s);
}

TEST(before_it_is_ready_the_engine_refuses_events_and_commands_with_a_sentence)
{
    struct id run;
    size_t at;

    sim_init(&s, 1, two);
    sim_fate(&s, (struct fate){.script = "x", .us = 60 * SECOND_US});
    run = sim_start(&s, "go");
    SIM_UNTIL(&s, sim_alive(&s, run, "a"));
    sim_kill(&s);
    sim_boot(&s);
    at = sim_event(&s, "go", "", "{}");
    EQ(s.receipts[at].calls, 1);
    EQ(s.receipts[at].how, COMMIT_FULL);
    HAS(s.receipts[at].refused, "the server is starting");
    sim_cancel(&s, run);
    EQ(s.answer.code, E_FULL);
    sim_resolve(&s, run, "a", RESOLVE_DONE);
    EQ(s.answer.code, E_FULL);
    sim_retry(&s, run, "");
    EQ(s.answer.code, E_FULL);
    SIM_UNTIL(&s, s.ready);
    EQ(engine_counts(s.engine)->live_runs, 1);
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    sim_done(&s);
}

TEST(after_quiesce_events_are_refused_and_idle_comes_with_the_last_commit)
{
    size_t before, after;

    sim_init(&s, 1, two);
    before = sim_event(&s, "go", "", "{}");
    s.ready = false;
    engine_quiesce(s.engine, sim_is_ready, &s);
    after = sim_event(&s, "go", "", "{}");
    HAS(s.receipts[after].refused, "shutting down");
    FALSE(s.ready);
    SIM_UNTIL(&s, s.ready);
    EQ(s.receipts[before].how, COMMIT_OK);
    sim_done(&s);
}

TEST(a_full_disk_refuses_events_with_a_sentence_and_takes_them_when_there_is_space)
{
    size_t at;

    sim_init(&s, 1, two);
    s.full = true;
    at = sim_event(&s, "go", "d-1", "{}");
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.receipts[at].how, COMMIT_FULL);
    HAS(s.receipts[at].refused, "the disk is full");
    EQ(s.receipts[at].runs_n, 0);
    EQ(rows("events"), 0);
    sim_for(&s, 60 * SECOND_US);
    EQ(s.spawns, 0);
    EQ(engine_counts(s.engine)->refused, 1);
    EQ(engine_counts(s.engine)->live_runs, 0);
    s.full = false;
    at = sim_event(&s, "go", "d-1", "{}");
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.receipts[at].how, COMMIT_OK);
    EQ(rows("versions"), 2);
    sim_to_end(&s, s.receipts[at].runs[0]);
    sim_done(&s);
}

TEST(a_step_that_ends_on_a_full_disk_is_worked_in_when_there_is_space)
{
    struct id run;

    sim_init(&s, 1,
             "workflows: [{name: w, on: [{event: go}], steps: [{id: a, run: x, output: json}, "
             "{id: p, run: p, needs: []}, "
             "{id: b, run: y, needs: [a], args: ['${{ steps.a.outputs.json.n }}']}]}]\n");
    sim_fate(&s, (struct fate){.script = "x", .out = "{\"n\": 5}", .us = 3 * SECOND_US});
    sim_fate(&s, (struct fate){.script = "p"});
    run = sim_start(&s, "go");
    SIM_UNTIL(&s, s.effects_n == 2);
    s.full = true; /* p ends first: its run is thrown out of memory, then a ends */
    sim_for(&s, 3600 * SECOND_US);
    STREQ(sim_step_status(&s, run, "a"), "running");
    STREQ(sim_step_status(&s, run, "p"), "running");
    s.full = false;
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "succeeded");
    EQ(sim_effects(&s, run, "a"), 1);
    EQ(sim_effects(&s, run, "b"), 1);
    STREQ(s.last_argv[6], "5"); /* after `botops`, which is $0 */
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

static struct str reply_with(void *ctx, const struct event *e, const struct decision *d,
                             struct arena *a)
{
    EQ(d->n, 0);
    return str_of(arena_fmt(a, "%s: " STR_FMT, ((struct sim *)ctx)->boot, STR_ARG(e->text)));
}

static struct intake chat_line(const char *text)
{
    return (struct intake){.event = {.type = STR("chat.message"),
                                     .source = STR("test"),
                                     .room = STR("console/ana"),
                                     .user = STR("ana"),
                                     .text = str_of(text),
                                     .owner = true,
                                     .data = v_map(NULL, 0)},
                           .reply = reply_with,
                           .reply_ctx = &s};
}

TEST(a_chat_reply_is_committed_with_its_event)
{
    size_t at;

    sim_init(&s, 1, two);
    s.commit_us = 10 * SECOND_US;
    at = sim_give(&s, chat_line("nonsense"));
    sim_for(&s, 5 * SECOND_US);
    EQ(rows("outbox"), 0);
    sim_for(&s, 6 * SECOND_US);
    EQ(s.receipts[at].how, COMMIT_OK);
    EQ(s.commits, 1);
    STREQ(sim_text(&s, "SELECT room || ' ' || kind || ' ' || text FROM outbox"),
          "console/ana reply boot-0: nonsense");
    s.full = true;
    at = sim_give(&s, chat_line("more"));
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(rows("outbox"), 1);
    sim_done(&s);
}

TEST(a_workflow_that_is_asked_for_starts_with_its_inputs_whatever_the_triggers_say)
{
    struct pair inputs = {v_cstr("n"), v_int(4)};
    struct intake in = {.event = {.type = STR("botops.request"), .user = STR("ana"), .owner = true},
                        .inputs = v_map(&inputs, 1),
                        .trigger = STR("api")};
    size_t at;

    sim_init(&s, 1,
             "workflows: [{name: w, on: [{event: never}], inputs: {n: {type: int, default: 1}}, "
             "steps: [{say: 'n is ${{ inputs.n }}', to: console/x}]}]\n");
    in.workflow = config_workflow(engine_config(s.engine), STR("w"));
    in.event.data = v_map(NULL, 0);
    at = sim_give(&s, in);
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.receipts[at].runs_n, 1);
    STREQ(sim_text(&s, "SELECT text FROM outbox"), "n is 4");
    STREQ(sim_text(&s, "SELECT cause FROM runs"), "api");
    sim_done(&s);
}

TEST(a_run_that_failed_is_an_event_that_starts_another_workflow)
{
    struct id run;

    sim_init(
        &s, 1,
        "workflows:\n"
        "- {name: w, on: [{event: go}], steps: [{id: a, run: x}]}\n"
        "- {name: after, on: [{event: botops.run.failed, if: 'event.data.workflow == \"w\"'}], "
        "steps: [{say: '${{ event.data.step }}: ${{ event.data.message }}', to: console/x}]}\n");
    sim_fate(&s, (struct fate){.script = "x", .code = 2});
    run = sim_start(&s, "go");
    sim_to_end(&s, run);
    EQ(rows("runs"), 2); /* in the same commit as the end */
    STREQ(sim_text(&s, "SELECT text FROM outbox WHERE room='console/x'"), "a: exit code 2");
    EQ(sim_number(&s, "SELECT depth FROM events WHERE type='botops.run.failed'"), 1);
    sim_done(&s);
}

TEST(a_chain_of_happenings_ends_at_a_depth_of_sixteen)
{
    struct id run;

    sim_init(&s, 1,
             "workflows: [{name: w, on: [{event: go}, {event: botops.run.succeeded}], "
             "steps: [{id: a, run: x}]}]\n");
    run = sim_start(&s, "go");
    sim_to_end(&s, run);
    sim_for(&s, 10 * SECOND_US);
    sim_crash(&s); /* the depth is known after a crash, too */
    sim_for(&s, 3600 * SECOND_US);
    EQ(sim_number(&s, "SELECT max(depth) FROM events"), 16);
    EQ(rows("runs"), 17);
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE status='succeeded'"), 17);
    sim_done(&s);
}

TEST(a_run_that_ends_with_its_first_commit_is_followed_within_the_same)
{
    size_t at, commits;

    sim_init(&s, 1,
             "workflows:\n"
             "- {name: w, on: [{event: go}], steps: [{say: hi}]}\n"
             "- {name: after, on: [{event: botops.run.succeeded, "
             "if: 'event.data.workflow == \"w\"'}], steps: [{say: '${{ event.data.run }}'}]}\n");
    commits = s.commits;
    at = sim_event(&s, "go", "d", "{}");
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.commits - commits, 1);
    EQ(s.receipts[at].runs_n, 1); /* the other was not started by this delivery */
    STREQ(sim_text(&s, "SELECT workflow FROM runs WHERE id='%s'", s.receipts[at].runs[0].s), "w");
    EQ(rows("runs"), 2);
    STREQ(sim_text(&s, "SELECT text FROM outbox WHERE kind='say' AND text <> 'hi'"),
          s.receipts[at].runs[0].s);
    EQ(sim_number(&s, "SELECT count(*) FROM runs r JOIN events e ON e.id = r.event WHERE "
                      "r.workflow='after' AND e.type='botops.run.succeeded' AND e.depth=1 AND "
                      "json_extract(e.decision, '$.runs[0]')=r.id"),
       1);
    EQ(engine_counts(s.engine)->events, 3); /* both ends are events that somebody listens to */
    at = sim_event(&s, "go", "d", "{}");
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.receipts[at].how, COMMIT_SEEN);
    EQ(rows("runs"), 2);
    sim_retry(&s, s.receipts[0].runs[0], "");
    EQ(rows("runs"), 4);
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE workflow='after'"), 2);
    sim_done(&s);
}

TEST(a_chain_within_one_commit_ends_at_a_depth_of_sixteen_too)
{
    sim_init(&s, 1,
             "workflows: [{name: w, on: [{event: go}, {event: botops.run.succeeded}], "
             "steps: [{say: hi}]}]\n");
    sim_start(&s, "go");
    EQ(sim_number(&s, "SELECT max(depth) FROM events"), 16);
    EQ(rows("runs"), 17);
    sim_for(&s, 10 * SECOND_US);
    EQ(rows("runs"), 17);
    sim_done(&s);
}

TEST(more_ends_than_a_commit_holds_are_followed_by_the_next_ones)
{
    enum { MANY = 300 };
    AUTO(buf) struct buf yaml = BUF(1 << 16);

    buf_add(&yaml, STR("workflows:\n"
                       "- {name: after, on: [{event: botops.run.succeeded, "
                       "if: 'event.subject != \"after\"'}], steps: [{say: hi}]}\n"));
    for (int i = 0; i < MANY; i++)
        buf_addf(&yaml, "- {name: w%d, on: [{event: go}], steps: [{say: hi}]}\n", i);
    sim_init(&s, 1, yaml.p);
    sim_start(&s, "go");
    sim_for(&s, SECOND_US);
    EQ(rows("runs"), 2 * MANY);
    EQ(sim_number(&s, "SELECT count(DISTINCT json_extract(data, '$.run')) FROM events "
                      "WHERE type='botops.run.succeeded' AND subject <> 'after'"),
       MANY);
    EQ(engine_counts(s.engine)->live_runs, 0);
    sim_done(&s);
}

#define SLEEPER(text)                                                                              \
    "workflows: [{name: w, on: [{event: go}], steps: [{sleep: 1h}, {say: " text "}]}]\n"

TEST(runs_go_on_with_the_version_they_began_with_and_new_events_meet_the_new_one)
{
    struct id old, new, live;

    sim_init(&s, 1, SLEEPER("old"));
    old = sim_start(&s, "go");
    sim_use(&s, SLEEPER("new"));
    new = sim_start(&s, "go");
    EQ(rows("versions"), 2);
    sim_use(&s, "workflows: [{name: w, on: [{event: go}], steps: [{run: x}, {say: live}]}]\n");
    live = sim_start(&s, "go");
    sim_use(&s, "workflows: [{name: other, on: [{event: other}], steps: [{say: x}]}]\n");
    sim_to_end(&s, live); /* its configuration lives as long as it needs it */
    STREQ(sim_text(&s, "SELECT text FROM outbox WHERE kind='say' AND run='%s'", live.s), "live");
    sim_use(&s, SLEEPER("newest"));
    sim_crash(&s);
    sim_to_end(&s, old);
    sim_to_end(&s, new);
    STREQ(sim_text(&s, "SELECT text FROM outbox WHERE kind='say' AND run='%s'", old.s), "old");
    STREQ(sim_text(&s, "SELECT text FROM outbox WHERE kind='say' AND run='%s'", new.s), "new");
    EQ(sim_number(&s, "SELECT count(*) FROM runs WHERE version NOT IN (SELECT hash FROM versions)"),
       0);
    sim_done(&s);
}

TEST(a_reload_while_an_event_is_committed_leaves_its_receipt_whole)
{
    size_t at;

    sim_init(&s, 1, two);
    at = sim_event(&s, "go", "", "{}");
    sim_use(&s, SLEEPER("x"));
    sim_use(&s, SLEEPER("y"));
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.receipts[at].verdicts, 3);
    sim_to_end(&s, s.receipts[at].runs[0]);
    sim_use(&s, "workflows: [{name: w, on: [{event: no, if: 'false'}], steps: [{say: x}]}]\n");
    at = sim_event(&s, "no", "", "{}"); /* starts nothing that would hold its configuration */
    sim_use(&s, SLEEPER("z"));
    SIM_UNTIL(&s, s.receipts[at].calls);
    EQ(s.receipts[at].verdicts, 1);
    sim_done(&s);
}

TEST(old_runs_and_their_folders_go_after_their_time)
{
    struct id run;

    sim_init(&s, 1,
             "server: {keep: 1d}\n"
             "workflows: [{name: w, on: [{event: go}], steps: [{id: a, run: x}]}]\n");
    run = sim_start(&s, "go");
    sim_to_end(&s, run);
    sim_for(&s, 23 * 3600 * SECOND_US);
    STREQ(sim_status(&s, run), "succeeded");
    sim_for(&s, 3 * 3600 * SECOND_US);
    EQ(rows("runs") + rows("steps") + rows("history") + rows("events"), 0);
    EQ(s.removed, 1);
    assert_null(s.places);
    sim_done(&s);
}

RUN(T(an_event_and_the_runs_it_starts_are_one_commit_and_nothing_is_answered_before_it),
    T(a_receipt_lists_its_runs_in_the_order_of_their_workflows_names),
    T(the_decision_with_its_reasons_is_kept_with_the_event),
    T(a_delivery_seen_before_gives_the_first_events_id_and_starts_nothing),
    T(a_crash_before_the_commit_leaves_nothing_and_the_sender_hears_nothing),
    T(before_it_is_ready_the_engine_refuses_events_and_commands_with_a_sentence),
    T(after_quiesce_events_are_refused_and_idle_comes_with_the_last_commit),
    T(a_full_disk_refuses_events_with_a_sentence_and_takes_them_when_there_is_space),
    T(a_step_that_ends_on_a_full_disk_is_worked_in_when_there_is_space),
    T(a_chat_reply_is_committed_with_its_event),
    T(a_workflow_that_is_asked_for_starts_with_its_inputs_whatever_the_triggers_say),
    T(a_run_that_failed_is_an_event_that_starts_another_workflow),
    T(a_chain_of_happenings_ends_at_a_depth_of_sixteen),
    T(a_run_that_ends_with_its_first_commit_is_followed_within_the_same),
    T(a_chain_within_one_commit_ends_at_a_depth_of_sixteen_too),
    T(more_ends_than_a_commit_holds_are_followed_by_the_next_ones),
    T(runs_go_on_with_the_version_they_began_with_and_new_events_meet_the_new_one),
    T(a_reload_while_an_event_is_committed_leaves_its_receipt_whole),
    T(old_runs_and_their_folders_go_after_their_time))
