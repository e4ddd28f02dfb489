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

RUN(T(a_slot_is_an_event_that_names_its_schedule_and_starts_its_workflow),
    T(each_slot_fires_once_across_crashes_at_any_moment),
    T(missed_says_what_becomes_of_slots_while_the_server_was_away),
    T(a_schedule_of_every_second_that_was_away_for_a_month_starts_at_once),
    T(a_skipped_hour_fires_once_after_it_and_a_repeated_one_once),
    T(a_reload_keeps_the_place_in_time), T(a_reload_between_two_jittered_slots_fires_none_twice),
    T(jitter_lets_a_slot_off_later_by_chance_and_not_by_more),
    T(slots_that_meet_a_full_disk_fire_when_there_is_space),
    T(several_slots_that_meet_a_full_disk_at_once_all_fire_when_there_is_space),
    T(slots_that_were_stored_between_two_that_were_not_fire_once),
    T(a_clock_set_forward_is_like_having_been_away), T(a_clock_set_back_fires_no_slot_twice),
    T(a_schedule_that_a_reload_brings_begins_then_and_can_be_missed_from_then_on),
    T(a_reload_before_what_was_missed_is_made_up_for_loses_no_slot),
    T(a_schedule_that_was_changed_begins_anew), T(two_triggers_of_one_workflow_keep_their_own_time))
