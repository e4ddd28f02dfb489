/* Schedules: each slot once, whatever happens to the server, the disk, or the clock. */
#include "engine/world_sim.h"

#include <stdio.h>

/* A crash of the server leaves what it held: that is not a leak. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

#define HOUR (3600 * SECOND_US)

static struct sim s;

#define EVERY(how) "workflows: [{name: w, on: [{" how "}], steps: [{say: hi}]}]\n"

static int64_t ticks(void)
{
    return sim_number(&s, "SELECT count(*) FROM events WHERE type='schedule.tick'");
}

/* The slots that fired, "03:00 04:00"; in the order in which they did. */
static const char *slots(void)
{
    return sim_text(&s,
                    "SELECT group_concat(strftime('%%d %%H:%%M', time/1000000, 'unixepoch'), ', ') "
                    "FROM (SELECT * FROM events WHERE type='schedule.tick' ORDER BY id)");
}

static void expect_each_once(int64_t n)
{
    EQ(ticks(), n);
    EQ(sim_number(&s, "SELECT count(DISTINCT time) FROM events WHERE type='schedule.tick'"), n);
    EQ(sim_number(&s, "SELECT count(*) FROM runs"), n);
}

/* No server for this long. */
static void away(int64_t us)
{
    sim_kill(&s);
    sim_for(&s, us);
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    sim_for(&s, SECOND_US);
}

/* To this UTC time of 2026; the server is away meanwhile. */
static void go_to(const char *time)
{
    int64_t seconds;
    int32_t nanos;

    TRUE(clock_parse(str_of(time), &seconds, &nanos));
    sim_kill(&s);
    s.offset = seconds * SECOND_US - s.mono;
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    sim_for(&s, SECOND_US);
}

TEST(a_slot_is_an_event_that_names_its_schedule_and_starts_its_workflow)
{
    sim_init(&s, 1, EVERY("schedule: '30 6 * * *', timezone: Europe/Berlin"));
    sim_for(&s, 24 * HOUR);
    EQ(ticks(), 1);
    STREQ(slots(), "01 05:30");
    STREQ(sim_text(&s, "SELECT subject || ' ' || data FROM events"),
          "w {\"workflow\":\"w\",\"schedule\":\"30 6 * * * Europe/Berlin\","
          "\"time\":\"2026-01-01T05:30:00Z\"}");
    STREQ(sim_text(&s, "SELECT cause FROM runs"), "schedule");
    STREQ(sim_text(&s, "SELECT connection || ' ' || delivery FROM events"),
          "schedule w/30 6 * * * Europe/Berlin/2026-01-01T05:30:00Z");
    EQ(sim_number(&s, "SELECT last_at FROM ticks"), sim_number(&s, "SELECT time FROM events"));
    sim_done(&s);
}

TEST(each_slot_fires_once_across_crashes_at_any_moment)
{
    sim_init(&s, 7, EVERY("every: 1m, missed: all"));
    s.jitter_us = 5 * MS_US;
    while (sim_wall(&s) < (1767225600 + 7230) * SECOND_US) {
        if (sim_below(&s, 3)) {
            sim_for(&s, sim_below(&s, 100 * SECOND_US));
        } else { /* right around a slot */
            int64_t to_slot = 60 * SECOND_US - sim_wall(&s) % (60 * SECOND_US);

            sim_for(&s, to_slot - 2 * MS_US + sim_below(&s, 20 * MS_US));
        }
        sim_crash(&s);
    }
    sim_for(&s, SECOND_US);
    expect_each_once((sim_wall(&s) - 1767225600 * SECOND_US) / (60 * SECOND_US));
    sim_done(&s);
}

TEST(missed_says_what_becomes_of_slots_while_the_server_was_away)
{
    static const struct {
        const char *yaml, *slots;
    } cases[] = {
        {EVERY("schedule: '0 * * * *', missed: skip"), "01 01:00, 01 07:00"},
        {EVERY("schedule: '0 * * * *', missed: last"), "01 01:00, 01 06:00, 01 07:00"},
        {EVERY("schedule: '0 * * * *'"), "01 01:00, 01 06:00, 01 07:00"},
        {EVERY("schedule: '0 * * * *', missed: all"),
         "01 01:00, 01 02:00, 01 03:00, 01 04:00, 01 05:00, 01 06:00, 01 07:00"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sim_init(&s, 1, cases[i].yaml);
        sim_for(&s, HOUR + HOUR / 2);
        away(5 * HOUR);
        sim_crash(&s); /* what was made up for is not made up for again */
        sim_for(&s, HOUR);
        STREQ(slots(), cases[i].slots);
        sim_done(&s);
    }
}

TEST(a_schedule_of_every_second_that_was_away_for_a_month_starts_at_once)
{
    sim_init(&s, 1, EVERY("every: 1s"));
    sim_for(&s, 10 * SECOND_US + HOUR / 7200);
    EQ(ticks(), 10);
    away(30 * 24 * HOUR);
    EQ(ticks(), 12); /* the last one missed, and one of now */
    sim_done(&s);
}

TEST(a_skipped_hour_fires_once_after_it_and_a_repeated_one_once)
{
    sim_init(&s, 1, EVERY("schedule: '30 2 * * *', timezone: Europe/Berlin, missed: skip"));
    go_to("2026-03-28T12:00:00Z");
    sim_for(&s, 48 * HOUR);
    STREQ(slots(), "29 01:00, 30 00:30");
    go_to("2026-10-24T12:00:00Z");
    sim_for(&s, 48 * HOUR);
    STREQ(slots(), "25 00:30, 26 01:30"); /* those of March are no longer kept */
    sim_done(&s);
}

TEST(a_reload_keeps_the_place_in_time)
{
    static const char hourly[] = EVERY("schedule: '0 * * * *', missed: all");

    sim_init(&s, 1, hourly);
    for (int i = 0; i < 30; i++) {
        sim_for(&s, 7 * 60 * SECOND_US);
        sim_use(&s, hourly);
    }
    expect_each_once(3);
    s.full = true;
    sim_for(&s, 40 * 60 * SECOND_US); /* 04:00 meets a full disk */
    sim_use(&s, hourly);
    s.full = false;
    sim_for(&s, 10 * SECOND_US);
    STREQ(slots(), "01 01:00, 01 02:00, 01 03:00, 01 04:00");
    sim_done(&s);
}

TEST(a_reload_between_two_jittered_slots_fires_none_twice)
{
    static const char yaml[] = EVERY("every: 10m, jitter: 5m, missed: all");

    sim_init(&s, 3, yaml);
    for (int i = 0; i < 200; i++) {
        sim_for(&s, 173 * SECOND_US);
        sim_use(&s, yaml);
    }
    sim_for(&s, 360 * SECOND_US - sim_wall(&s) % (600 * SECOND_US) + 600 * SECOND_US);
    expect_each_once((sim_wall(&s) - 1767225600 * SECOND_US) / (600 * SECOND_US));
    sim_done(&s);
}

TEST(jitter_lets_a_slot_off_later_by_chance_and_not_by_more)
{
    sim_init(&s, 9, EVERY("schedule: '0 * * * *', jitter: 10m"));
    sim_for(&s, 24 * HOUR + HOUR / 2);
    expect_each_once(24);
    EQ(sim_number(&s, "SELECT count(*) FROM events WHERE at - time BETWEEN 0 AND 600000000"), 24);
    TRUE(sim_number(&s, "SELECT max(at - time) - min(at - time) FROM events") > 60 * SECOND_US);
    sim_done(&s);
}

TEST(slots_that_meet_a_full_disk_fire_when_there_is_space)
{
    sim_init(&s, 1, EVERY("every: 1m, missed: all"));
    sim_for(&s, 150 * SECOND_US);
    s.full = true;
    sim_for(&s, 3 * 60 * SECOND_US);
    s.full = false;
    sim_for(&s, 120 * SECOND_US);
    expect_each_once(7);
    sim_done(&s);
}

TEST(several_slots_that_meet_a_full_disk_at_once_all_fire_when_there_is_space)
{
    sim_init(&s, 1, EVERY("schedule: '0 * * * *', missed: all"));
    sim_for(&s, SECOND_US);
    sim_kill(&s);
    sim_for(&s, 5 * HOUR + HOUR / 2);
    s.full = true;
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    sim_for(&s, 10 * SECOND_US);
    EQ(ticks(), 0);
    s.full = false;
    sim_for(&s, 10 * SECOND_US);
    STREQ(slots(), "01 01:00, 01 02:00, 01 03:00, 01 04:00, 01 05:00");
    sim_done(&s);
}

TEST(a_slot_that_met_a_full_disk_is_made_up_for_by_the_next_server_too)
{
    int64_t first;

    sim_init(&s, 1, EVERY("every: 1s, missed: all"));
    sim_for(&s, 5 * SECOND_US + MS_US);
    first = sim_number(&s, "SELECT min(time) FROM events") / SECOND_US;
    s.commit_us = 5 * SECOND_US; /* five slots are under way at any moment */
    for (int i = 0; i < 40; i++) {
        s.full = i % 4 == 1;
        sim_for(&s, 1300 * MS_US);
        if (i % 5 == 4) sim_crash(&s); /* later ones are stored, earlier ones are not */
    }
    s.full = false;
    s.commit_us = MS_US;
    sim_for(&s, 60 * SECOND_US);
    expect_each_once(sim_wall(&s) / SECOND_US - first + 1);
    EQ(sim_number(&s, "SELECT last_at FROM ticks"),
       sim_number(&s, "SELECT max(time) FROM events WHERE type='schedule.tick'"));
    sim_done(&s);
}

TEST(a_new_schedule_that_meets_a_full_disk_can_be_missed_as_soon_as_there_is_space)
{
    static const char hourly[] = EVERY("schedule: '0 * * * *', missed: all");

    sim_init(&s, 1, "workflows: [{name: v, on: [{event: go}], steps: [{say: hi}]}]\n");
    sim_for(&s, HOUR + HOUR / 2);
    s.full = true;
    sim_use(&s, hourly);
    sim_for(&s, 5 * SECOND_US);
    s.full = false;
    sim_for(&s, 5 * SECOND_US);
    away(2 * HOUR);
    STREQ(slots(), "01 02:00, 01 03:00");
    sim_done(&s);
}

TEST(slots_that_were_stored_between_two_that_were_not_fire_once)
{
    sim_init(&s, 1, EVERY("every: 1s, missed: all"));
    sim_for(&s, 5 * SECOND_US + MS_US);
    s.commit_us = 5 * SECOND_US; /* five slots are under way at any moment */
    for (int i = 0; i < 20; i++) {
        s.full = i % 4 == 1;
        sim_for(&s, 1500 * MS_US);
    }
    s.full = false;
    s.commit_us = MS_US;
    sim_for(&s, 60 * SECOND_US);
    expect_each_once((sim_wall(&s) - 1767225600 * SECOND_US) / SECOND_US - 1);
    sim_done(&s);
}

TEST(a_slot_that_its_jitter_may_still_let_off_was_not_missed)
{
    static const char *const yamls[] = {EVERY("schedule: '0 * * * *', jitter: 10m, missed: skip"),
                                        EVERY("schedule: '0 * * * *', jitter: 10m")};

    for (size_t i = 0; i < COUNT_OF(yamls); i++)
        for (uint64_t seed = 1; seed < 9; seed++) {
            sim_init(&s, seed, yamls[i]);
            sim_for(&s, HOUR + HOUR / 2);
            EQ(ticks(), 1);
            for (int k = 0; k < 6; k++) { /* 02:00: again and again within its ten minutes */
                sim_for(&s, (k ? 90 : 1805) * SECOND_US);
                sim_crash(&s);
            }
            sim_for(&s, 30 * 60 * SECOND_US);
            STREQ(slots(), "01 01:00, 01 02:00");
            EQ(sim_number(&s, "SELECT max(at - time) <= 600000000 FROM events"), 1);
            sim_kill(&s); /* 03:00 with its ten minutes passes while nobody is there */
            sim_for(&s, HOUR);
            sim_boot(&s);
            sim_for(&s, HOUR / 4);
            STREQ(slots(), i ? "01 01:00, 01 02:00, 01 03:00" : "01 01:00, 01 02:00");
            sim_done(&s);
        }
}

TEST(a_machine_that_sleeps_within_the_jitter_of_a_slot_fires_it_when_it_wakes)
{
    sim_init(&s, 5, EVERY("schedule: '0 * * * *', jitter: 30m, missed: skip"));
    sim_for(&s, HOUR - SECOND_US);
    sim_clock(&s, 29 * 60 * SECOND_US);
    sim_for(&s, 2 * 60 * SECOND_US);
    STREQ(slots(), "01 01:00");
    sim_done(&s);
}

TEST(a_clock_set_forward_is_like_having_been_away)
{
    static const struct {
        const char *yaml, *slots;
    } cases[] = {
        {EVERY("schedule: '0 * * * *', missed: skip"), "01 01:00, 01 08:00"},
        {EVERY("schedule: '0 * * * *'"), "01 01:00, 01 07:00, 01 08:00"},
        {EVERY("schedule: '0 4-8 * * *', missed: all"),
         "01 04:00, 01 05:00, 01 06:00, 01 07:00, 01 08:00"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sim_init(&s, 1, cases[i].yaml);
        sim_for(&s, HOUR + HOUR / 2);
        sim_clock(&s, 6 * HOUR);
        sim_for(&s, HOUR);
        STREQ(slots(), cases[i].slots);
        sim_done(&s);
    }
}

TEST(a_clock_set_back_fires_no_slot_twice)
{
    sim_init(&s, 1, EVERY("schedule: '0 * * * *', missed: all"));
    sim_for(&s, 3 * HOUR + HOUR / 2);
    sim_clock(&s, -2 * HOUR);
    sim_for(&s, HOUR);
    sim_crash(&s);
    sim_use(&s, s.yaml);
    sim_for(&s, 2 * HOUR);
    STREQ(slots(), "01 01:00, 01 02:00, 01 03:00, 01 04:00");
    sim_done(&s);
}

TEST(a_schedule_that_a_reload_brings_begins_then_and_can_be_missed_from_then_on)
{
    sim_init(&s, 1, "workflows: [{name: v, on: [{event: go}], steps: [{say: hi}]}]\n");
    sim_for(&s, HOUR + HOUR / 2);
    sim_use(&s, EVERY("schedule: '0 * * * *', missed: all"));
    sim_for(&s, SECOND_US);
    away(2 * HOUR);
    STREQ(slots(), "01 02:00, 01 03:00");
    sim_done(&s);
}

TEST(a_reload_before_what_was_missed_is_made_up_for_loses_no_slot)
{
    sim_init(&s, 1, EVERY("every: 1m, missed: all"));
    sim_for(&s, 90 * SECOND_US);
    sim_kill(&s);
    sim_for(&s, 3 * 60 * SECOND_US - 12 * SECOND_US);
    s.read_us = 10 * SECOND_US;
    sim_boot(&s);
    SIM_UNTIL(&s, s.ready);
    sim_use(&s, s.yaml);
    s.read_us = 200;
    sim_for(&s, 60 * SECOND_US);
    expect_each_once(5);
    sim_done(&s);
}

TEST(a_schedule_that_was_changed_begins_anew)
{
    sim_init(&s, 1, EVERY("schedule: '0 * * * *', missed: all"));
    sim_for(&s, HOUR + HOUR / 2);
    sim_kill(&s);
    sim_for(&s, 3 * HOUR);
    s.yaml = EVERY("schedule: '15 * * * *', missed: all");
    sim_boot(&s);
    sim_for(&s, HOUR);
    STREQ(slots(), "01 01:00, 01 05:15");
    sim_done(&s);
}

TEST(two_triggers_of_one_workflow_keep_their_own_time)
{
    sim_init(&s, 1,
             "workflows: [{name: w, on: [{schedule: '0 * * * *'}, {schedule: '0 2 * * *'}, "
             "{schedule: '0 3 * * *', enabled: false}], steps: [{say: hi}]}]\n");
    sim_for(&s, 2 * HOUR + HOUR / 2);
    EQ(ticks(), 3);
    sim_crash(&s);
    sim_for(&s, HOUR);
    EQ(ticks(), 4);
    sim_done(&s);
}

#define TRIGGERS(list)                                                                             \
    "workflows: [{name: w, inputs: {r: {type: string, default: none}}, on: [" list                 \
    "], steps: [{say: '${{ inputs.r }}'}]}]\n"
#define HOURLY "schedule: '0 * * * *', missed: all"

/* What was said, in alphabetical order. */
static const char *said(void)
{
    return sim_text(&s, "SELECT group_concat(text, ' ') FROM (SELECT text FROM outbox WHERE "
                        "kind='say' ORDER BY text)");
}

TEST(triggers_of_one_workflow_that_fire_at_the_same_time_each_fire)
{
    sim_init(&s, 1,
             TRIGGERS("{" HOURLY ", with: {r: eu}}, {" HOURLY ", with: {r: us}}, {" HOURLY "}, "
                      "{" HOURLY ", if: 'event.time > timestamp(0)', with: {r: eu}}, "
                      "{" HOURLY "}"));
    sim_for(&s, HOUR + SECOND_US);
    STREQ(said(), "eu eu none none us");
    sim_crash(&s);
    sim_for(&s, SECOND_US);
    EQ(ticks(), 5);
    EQ(sim_number(&s, "SELECT count(DISTINCT delivery) FROM events"), 5);
    EQ(sim_number(&s, "SELECT count(*) FROM events WHERE json_extract(data, '$.schedule') = "
                      "'0 * * * * UTC'"),
       5);
    away(HOUR); /* each is missed for itself */
    EQ(ticks(), 10);
    sim_done(&s);
}

TEST(triggers_that_come_and_go_leave_the_others_theirs)
{
    static const char one[] = TRIGGERS("{" HOURLY ", with: {r: eu}, jitter: 5m}"),
                      more[] = TRIGGERS("{every: 7m, if: 'false'}, {" HOURLY ", with: {r: us}}, "
                                        "{" HOURLY "}, {" HOURLY ", with: {r: eu}, jitter: 5m}");

    for (uint64_t seed = 1; seed < 9; seed++) {
        sim_init(&s, seed, one);
        sim_for(&s, HOUR - SECOND_US / 2);
        for (int i = 0; i < 40; i++) { /* around the slot, with and without a crash */
            s.yaml = i % 2 ? one : more;
            if (i % 3)
                sim_use(&s, s.yaml);
            else
                sim_crash(&s);
            sim_for(&s, 10 * SECOND_US);
        }
        EQ(sim_number(&s, "SELECT count(*) FROM outbox WHERE text='eu'"), 1);
        TRUE(sim_number(&s, "SELECT count(*) FROM outbox WHERE text='us'") <= 1);
        sim_done(&s);
    }
}

RUN(T(a_slot_is_an_event_that_names_its_schedule_and_starts_its_workflow),
    T(each_slot_fires_once_across_crashes_at_any_moment),
    T(missed_says_what_becomes_of_slots_while_the_server_was_away),
    T(a_schedule_of_every_second_that_was_away_for_a_month_starts_at_once),
    T(a_skipped_hour_fires_once_after_it_and_a_repeated_one_once),
    T(a_reload_keeps_the_place_in_time), T(a_reload_between_two_jittered_slots_fires_none_twice),
    T(jitter_lets_a_slot_off_later_by_chance_and_not_by_more),
    T(slots_that_meet_a_full_disk_fire_when_there_is_space),
    T(several_slots_that_meet_a_full_disk_at_once_all_fire_when_there_is_space),
    T(a_slot_that_met_a_full_disk_is_made_up_for_by_the_next_server_too),
    T(a_new_schedule_that_meets_a_full_disk_can_be_missed_as_soon_as_there_is_space),
    T(slots_that_were_stored_between_two_that_were_not_fire_once),
    T(a_slot_that_its_jitter_may_still_let_off_was_not_missed),
    T(a_machine_that_sleeps_within_the_jitter_of_a_slot_fires_it_when_it_wakes),
    T(a_clock_set_forward_is_like_having_been_away), T(a_clock_set_back_fires_no_slot_twice),
    T(a_schedule_that_a_reload_brings_begins_then_and_can_be_missed_from_then_on),
    T(a_reload_before_what_was_missed_is_made_up_for_loses_no_slot),
    T(a_schedule_that_was_changed_begins_anew), T(two_triggers_of_one_workflow_keep_their_own_time),
    T(triggers_of_one_workflow_that_fire_at_the_same_time_each_fire),
    T(triggers_that_come_and_go_leave_the_others_theirs))
