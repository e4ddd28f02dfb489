/* contract.h - what every store must do, seen through store.h only.
 *
 * A test program includes it after place.h (or what opens another database in
 * its stead) and runs CONTRACT.
 */
#ifndef TESTS_STORE_CONTRACT_H
#define TESTS_STORE_CONTRACT_H

#include "store/list.h"

/* --- rows come back as they went in --- */

TEST(an_event_comes_back_as_it_was_accepted)
{
    struct place p;
    struct event_row in;
    struct list l = {.place = &p};

    place_init(&p);
    in = sample_event(&p, "d-1");
    in.data = str_n("{\"a\":\"\xc3\xa9\0\"}", 11);
    EQ(put_event(&p, &in), COMMIT_OK);
    l.key = in.id;
    place_read(&p, read_event, &l);
    TRUE(l.found);
    STREQ(l.event.id.s, in.id.s);
    EQ(l.event.at, p.now);
    EQ(l.event.time, p.now - 5);
    VIEWEQ(l.event.type, "github.push");
    VIEWEQ(l.event.source, "https://github.com/acme");
    VIEWEQ(l.event.subject, "main");
    VIEWEQ(l.event.connection, "github");
    VIEWEQ(l.event.delivery, "d-1");
    VIEWEQ(l.event.user, "ann");
    VIEWEQ(l.event.room, "console/ops");
    EQ(l.event.depth, 2);
    EQ(l.event.data.n, 11);
    assert_memory_equal(l.event.data.p, in.data.p, 11);
    VIEWEQ(l.event.decision, "{\"runs\":[]}");
    l.key = place_id(&p);
    place_read(&p, read_event, &l);
    FALSE(l.found);
    place_done(&p);
}

TEST(a_run_changes_only_what_may_change)
{
    struct place p;
    struct run_row run;
    struct list l = {.place = &p};

    place_init(&p);
    run = sample_run(&p, place_id(&p));
    run.attempt = 3;
    EQ(put_run_new(&p, &run), COMMIT_OK);
    run.seq = 2;
    run.attempt = 4;
    run.workflow = STR("other");
    run.status = STR("failed");
    run.phase = STR("done");
    run.verdict = STR("failed");
    run.vars = STR("{\"v\":1}");
    run.outputs = STR("{\"o\":1}");
    run.failed_step = STR("build");
    run.message = STR("exit 2");
    run.started_at = 11;
    run.ended_at = 12;
    run.live = true;
    EQ(put_run(&p, &run), COMMIT_OK);
    l.key = run.id;
    place_read(&p, read_run, &l);
    TRUE(l.found);
    STREQ(l.run.event.s, run.event.s);
    VIEWEQ(l.run.workflow, "deploy");
    EQ(l.run.attempt, 3);
    EQ(l.run.seq, 2);
    VIEWEQ(l.run.status, "failed");
    VIEWEQ(l.run.phase, "done");
    VIEWEQ(l.run.verdict, "failed");
    VIEWEQ(l.run.vars, "{\"v\":1}");
    VIEWEQ(l.run.outputs, "{\"o\":1}");
    VIEWEQ(l.run.failed_step, "build");
    VIEWEQ(l.run.message, "exit 2");
    EQ(l.run.created_at, p.now);
    EQ(l.run.started_at, 11);
    EQ(l.run.ended_at, 12);
    TRUE(l.run.live);
    place_done(&p);
}

TEST(steps_come_in_the_order_of_their_first_record_and_are_replaced_in_place)
{
    struct place p;
    struct step_row step;
    struct batch *b = batch_new();
    struct list l = {.place = &p};

    place_init(&p);
    l.key = place_id(&p);
    step = sample_step(l.key, "test", 1);
    batch_step(b, &step);
    step = sample_step(l.key, "build", 1);
    batch_step(b, &step);
    step = sample_step(l.key, "test", 2);
    batch_step(b, &step);
    step = sample_step(l.key, "test", 1);
    step.status = STR("failed");
    batch_step(b, &step);
    EQ(place_put(&p, b).how, COMMIT_OK);
    place_read(&p, read_steps, &l);
    STREQ(l.words, "test#1=failed build#1=running test#2=running ");
    place_done(&p);
}

TEST(history_versions_ticks_and_meta_are_kept)
{
    struct place p;
    struct batch *b = batch_new();
    struct list l = {.place = &p};

    place_init(&p);
    l.key = place_id(&p);
    batch_history(b, &(struct history_row){.run = l.key, .seq = 2, .moves = STR("b")});
    batch_history(b, &(struct history_row){.run = l.key, .seq = 1, .moves = STR("a")});
    batch_version(b, &(struct version_row){.hash = STR("h"), .name = STR("n"), .source = STR("1")});
    batch_version(b, &(struct version_row){.hash = STR("h"), .name = STR("n"), .source = STR("2")});
    batch_tick(b,
               &(struct tick_row){.workflow = STR("w"), .trigger = STR("0 9 * * *"), .last_at = 1});
    batch_tick(b, &(struct tick_row){.workflow = STR("a"), .trigger = STR("x"), .last_at = 3});
    batch_tick(b,
               &(struct tick_row){.workflow = STR("w"), .trigger = STR("0 9 * * *"), .last_at = 2});
    batch_meta(b, STR("key"), STR("old"));
    batch_meta(b, STR("key"), STR("new"));
    EQ(place_put(&p, b).how, COMMIT_OK);
    place_read(&p, read_history, &l);
    STREQ(l.words, "1:a 2:b ");
    place_read(&p, read_ticks, &l);
    STREQ(l.words, "a/x=3 w/0 9 * * *=2 ");
    TRUE(l.found);
    EQ(l.now, 2);
    l.text = STR("h");
    place_read(&p, read_version, &l);
    TRUE(l.found);
    VIEWEQ(l.version.source, "1");
    place_read(&p, read_meta, &l);
    TRUE(l.found);
    VIEWEQ(l.text, "new");
    place_done(&p);
}

TEST(the_outbox_knows_what_was_sent)
{
    struct place p;
    struct say_row one, two, three;
    struct batch *b = batch_new();
    struct list l = {.place = &p};

    place_init(&p);
    one = sample_say(&p, place_id(&p), "console/a");
    two = sample_say(&p, (struct id){{0}}, "console/a");
    three = sample_say(&p, one.run, "console/b");
    batch_say(b, &one);
    batch_say(b, &two);
    batch_say(b, &three);
    EQ(place_put(&p, b).how, COMMIT_OK);
    b = batch_new();
    batch_said(b, one.id, 99);
    batch_say_failed(b, two.id, 4);
    EQ(place_put(&p, b).how, COMMIT_OK);
    place_read(&p, read_unsent, &l);
    EQ(l.n, 2);
    STREQ(l.ids[0].s, two.id.s);
    l.key = one.id;
    place_read(&p, read_say, &l);
    EQ(l.say.sent_at, 99);
    STREQ(l.say.run.s, one.run.s);
    VIEWEQ(l.say.text, "*hello*");
    l.text = STR("console/a");
    place_read(&p, read_says, &l);
    EQ(l.n, 1);
    STREQ(l.ids[0].s, two.id.s);
    l.key = one.run;
    place_read(&p, read_run_says, &l);
    EQ(l.n, 2);
    l.key = two.id;
    place_read(&p, read_say, &l);
    EQ(l.say.tries, 4);
    EQ(l.say.run.s[0], '\0');
    place_done(&p);
}

/* --- deliveries --- */

TEST(a_delivery_is_accepted_once_also_within_one_group)
{
    struct place p;
    struct event_row first, again, other;
    struct outcome o = {.left = 0}, all[3] = {{.left = 1}, {.left = 1}, {.left = 1}};
    struct list l = {.place = &p};

    place_init(&p);
    first = sample_event(&p, "guid");
    again = sample_event(&p, "guid");
    other = sample_event(&p, "guid");
    other.connection = STR("gitlab");
    for (int i = 0; i < 3; i++) {
        struct batch *b = batch_new();

        batch_meta(b, STR("key"), i == 1 ? STR("must not be written") : STR("good"));
        batch_event(b, i == 0 ? &first : i == 1 ? &again : &other);
        store_commit(p.store, b, outcome_batch, &all[i]);
    }
    while (all[0].left + all[1].left + all[2].left) place_wait(&p);
    EQ(all[0].how, COMMIT_OK);
    EQ(all[1].how, COMMIT_SEEN);
    STREQ(all[1].seen.s, first.id.s);
    EQ(all[2].how, COMMIT_OK);
    place_read(&p, read_meta, &l);
    VIEWEQ(l.text, "good");
    l.key = again.id;
    place_read(&p, read_event, &l);
    FALSE(l.found);
    again.id = place_id(&p);
    o.how = put_event(&p, &again);
    EQ(o.how, COMMIT_SEEN);
    place_done(&p);
}

TEST(a_batch_may_be_written_once_without_an_event_of_its_own)
{
    struct place p;
    struct event_row e;
    struct id first;
    struct list l = {.place = &p};

    place_init(&p);
    first = place_id(&p);
    for (int i = 0; i < 3; i++) {
        struct batch *b = batch_new();
        struct outcome o;

        batch_once(b, i < 2 ? STR("once") : STR("other"), i ? place_id(&p) : first);
        e = sample_event(&p, "");
        batch_event(b, &e);
        o = place_put(&p, b);
        EQ(o.how, i == 1 ? COMMIT_SEEN : COMMIT_OK);
        if (i == 1) STREQ(o.seen.s, first.s);
        l.key = e.id;
        place_read(&p, read_event, &l);
        EQ(l.found, i != 1);
    }
    place_done(&p);
}

TEST(events_of_one_batch_are_stored_together_or_seen_together)
{
    struct place p;
    struct event_row e[2];
    struct list l = {.place = &p};

    place_init(&p);
    for (int i = 0; i < 2; i++) {
        struct batch *b = batch_new();

        e[0] = sample_event(&p, "d-1");
        e[1] = sample_event(&p, "");
        batch_event(b, &e[0]);
        batch_event(b, &e[1]);
        EQ(place_put(&p, b).how, i ? COMMIT_SEEN : COMMIT_OK);
        l.key = e[1].id;
        place_read(&p, read_event, &l);
        EQ(l.found, i == 0);
    }
    place_done(&p);
}

TEST(a_delivery_is_known_across_midnight_and_restarts_until_its_days_are_over)
{
    struct place p;
    struct event_row e;
    struct batch *b;

    place_init(&p);
    p.now = 20001 * DAY_US - 1;
    e = sample_event(&p, "guid");
    EQ(put_event(&p, &e), COMMIT_OK);
    p.now += 1;
    for (int day = 0; day < 2; day++) {
        struct event_row again = sample_event(&p, "guid");
        struct event_row filler = sample_event(&p, day ? "a" : "b");

        EQ(put_event(&p, &again), COMMIT_SEEN);
        EQ(put_event(&p, &filler), COMMIT_OK);
        place_close(&p);
        place_open(&p);
        p.now += DAY_US;
        EQ(p.now / DAY_US, 20002 + day);
    }
    p.now -= 2;
    b = batch_new();
    batch_event(b, &(struct event_row){
                       .id = place_id(&p), .connection = STR("github"), .delivery = STR("guid")});
    STREQ(place_put(&p, b).seen.s, e.id.s);
    p.now += 2; /* remembered on day 20000, for 2 days: forgotten on 20003 */
    e.id = place_id(&p);
    EQ(put_event(&p, &e), COMMIT_OK);
    e.id = place_id(&p);
    EQ(put_event(&p, &e), COMMIT_SEEN);
    place_done(&p);
}

TEST(a_delivery_is_known_when_the_clock_went_back)
{
    struct place p;
    struct event_row e;

    place_init(&p);
    e = sample_event(&p, "guid");
    EQ(put_event(&p, &e), COMMIT_OK);
    p.now -= 30 * DAY_US;
    e.id = place_id(&p);
    EQ(put_event(&p, &e), COMMIT_SEEN);
    place_done(&p);
}

TEST(delivery_ids_may_be_long_and_do_not_run_into_the_connection)
{
    struct place p;
    struct event_row e;
    char text[3000];

    place_init(&p);
    memset(text, 'x', sizeof text);
    e = sample_event(&p, "");
    e.delivery = str_n(text, sizeof text);
    EQ(put_event(&p, &e), COMMIT_OK);
    e.id = place_id(&p);
    EQ(put_event(&p, &e), COMMIT_SEEN);
    text[sizeof text - 1] = 'y';
    EQ(put_event(&p, &e), COMMIT_OK);
    e.id = place_id(&p);
    e.connection = STR("ab");
    e.delivery = STR("c");
    EQ(put_event(&p, &e), COMMIT_OK);
    e.id = place_id(&p);
    e.connection = STR("a");
    e.delivery = STR("bc");
    EQ(put_event(&p, &e), COMMIT_OK);
    place_done(&p);
}

/* --- lists --- */

TEST(runs_are_filtered_newest_first)
{
    struct place p;
    struct run_row runs[5];
    struct list l = {.place = &p, .runs = {.limit = 10}};

    place_init(&p);
    for (int i = 0; i < 5; i++) {
        runs[i] = sample_run(&p, place_id(&p));
        if (i == 1) runs[i].status = STR("succeeded");
        if (i == 2) runs[i].workflow = STR("backup");
        if (i == 3) runs[i].room = STR("irc/x");
        EQ(put_run_new(&p, &runs[i]), COMMIT_OK);
    }
    place_read_in(&p, LANE_PEOPLE, read_runs, &l);
    EQ(l.n, 5);
    STREQ(l.ids[0].s, runs[4].id.s);
    l.runs.status = STR("running");
    place_read(&p, read_runs, &l);
    EQ(l.n, 4);
    l.runs.workflow = STR("deploy");
    place_read(&p, read_runs, &l);
    EQ(l.n, 3);
    l.runs.room = STR("console/ops");
    place_read(&p, read_runs, &l);
    EQ(l.n, 2);
    l.runs.before = runs[4].id;
    place_read(&p, read_runs, &l);
    EQ(l.n, 1);
    STREQ(l.ids[0].s, runs[0].id.s);
    l.runs = (struct run_filter){.event = runs[3].event, .limit = 10};
    place_read(&p, read_runs, &l);
    EQ(l.n, 1);
    STREQ(l.ids[0].s, runs[3].id.s);
    l.runs = (struct run_filter){.limit = 10};
    l.limit = 2;
    place_read(&p, read_runs, &l);
    EQ(l.n, 2);
    place_done(&p);
}

TEST(events_are_filtered_by_type_prefix_and_connection)
{
    struct place p;
    static const char *const types[] = {"github.push", "github.pull_request", "gitlab.push",
                                        "github%x"};
    struct list l = {.place = &p, .events = {.limit = 10}};

    place_init(&p);
    for (int i = 0; i < 4; i++) {
        struct event_row e = sample_event(&p, "");

        e.type = str_of(types[i]);
        if (i == 2) e.connection = STR("lab");
        EQ(put_event(&p, &e), COMMIT_OK);
        if (i == 2) l.key = e.id;
    }
    l.events.type = STR("github.*");
    place_read(&p, read_events, &l);
    EQ(l.n, 2);
    l.events.type = STR("github%*");
    place_read(&p, read_events, &l);
    EQ(l.n, 1);
    l.events.type = STR("*");
    place_read(&p, read_events, &l);
    EQ(l.n, 4);
    l.events.before = l.key;
    place_read(&p, read_events, &l);
    EQ(l.n, 2);
    l.events = (struct event_filter){.type = STR("github.push"), .limit = 10};
    place_read(&p, read_events, &l);
    EQ(l.n, 1);
    l.events = (struct event_filter){.connection = STR("lab"), .limit = 10};
    place_read(&p, read_events, &l);
    EQ(l.n, 1);
    place_done(&p);
}

TEST(due_and_live_runs_are_found)
{
    struct place p;
    struct run_row run;
    struct list l = {.place = &p};
    struct id late, soon;

    place_init(&p);
    run = sample_run(&p, place_id(&p));
    EQ(put_run_new(&p, &run), COMMIT_OK);
    run.id = late = place_id(&p);
    run.wake_at = 200;
    EQ(put_run_new(&p, &run), COMMIT_OK);
    run.id = soon = place_id(&p);
    run.wake_at = 100;
    run.live = true;
    EQ(put_run_new(&p, &run), COMMIT_OK);
    place_read(&p, read_live, &l);
    EQ(l.n, 1);
    STREQ(l.ids[0].s, soon.s);
    l.now = 99;
    place_read(&p, read_due, &l);
    EQ(l.n, 0);
    EQ(l.now, 100);
    l.now = 200;
    place_read(&p, read_due, &l);
    EQ(l.n, 2);
    STREQ(l.ids[0].s, soon.s);
    STREQ(l.ids[1].s, late.s);
    run.seq = 2;
    run.ended_at = 300; /* an ended run is never due, whatever it says */
    EQ(put_run(&p, &run), COMMIT_OK);
    l.now = 1000;
    place_read(&p, read_due, &l);
    EQ(l.n, 1);
    EQ(l.now, 200);
    place_done(&p);
}

TEST(counts_tell_open_runs_and_unsent_words)
{
    struct place p;
    struct event_row e;
    struct run_row run;
    struct say_row say;
    struct batch *b = batch_new();
    struct list l = {.place = &p};

    place_init(&p);
    e = sample_event(&p, "");
    run = sample_run(&p, e.id);
    say = sample_say(&p, run.id, "console/a");
    batch_event(b, &e);
    batch_run_new(b, &run);
    run.id = place_id(&p);
    run.ended_at = 5;
    batch_run_new(b, &run);
    batch_say(b, &say);
    EQ(place_put(&p, b).how, COMMIT_OK);
    place_read(&p, read_counts, &l);
    EQ(l.counts.events, 1);
    EQ(l.counts.runs, 2);
    EQ(l.counts.open_runs, 1);
    EQ(l.counts.unsent, 1);
    TRUE(l.counts.bytes > 4096);
    place_done(&p);
}

static bool on_run_with_steps(void *arg, const struct run_row *r)
{
    struct list *l = arg;

    (void)r;
    l->n++;
    return true;
}

static struct reader *inner;

static bool on_run_reads_runs(void *arg, const struct run_row *r)
{
    struct list *l = arg;

    (void)r;
    reader_live_runs(inner, on_run_with_steps, l);
    return true;
}

static void read_nested(struct reader *r, void *arg)
{
    inner = r;
    reader_live_runs(r, on_run_reads_runs, arg);
}

TEST(a_list_may_be_read_while_the_same_list_is_read)
{
    struct place p;
    struct list l = {.place = &p};

    place_init(&p);
    for (int i = 0; i < 3; i++) {
        struct run_row run = sample_run(&p, place_id(&p));

        run.live = true;
        EQ(put_run_new(&p, &run), COMMIT_OK);
    }
    for (int i = 0; i < 3; i++) {
        l.n = 0;
        place_read(&p, read_nested, &l);
        EQ(l.n, 9);
    }
    place_done(&p);
}

/* --- locks --- */

static struct run_row locked(struct place *p, const char *lock, enum turn turn, const char *how)
{
    struct run_row run = sample_run(p, place_id(p));

    run.lock = str_of(lock);
    run.lock_limit = 1;
    run.turn = turn;
    run.conflict = str_of(how);
    EQ(put_run_new(p, &run), COMMIT_OK);
    return run;
}

static void read_locks(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->n = 0;
    l->words[0] = '\0';
    reader_lock_runs(r, STR("b"), LOCK_ALL, 9, on_run, l);
    reader_lock_runs(r, STR("b"), LOCK_HOLDING, 9, on_run, l);
    reader_lock_runs(r, STR("b"), LOCK_WAITING, 2, on_run, l);
    reader_lock_runs(r, STR("b"), LOCK_ASKING, 9, on_run, l);
    reader_locks(r, STR(""), 9, on_lock, l);
    reader_locks(r, STR("a"), 1, on_lock, l);
    snprintf(l->words + strlen(l->words), 5, "due ");
    reader_locks_due(r, STR(""), 9, on_lock, l);
    l->now = 100 * reader_lock_held(r, STR("b")) + reader_lock_before(r, l->key);
}

TEST(a_lock_tells_who_holds_it_and_who_waits_in_which_order)
{
    struct place p;
    struct run_row run[6];
    struct list l = {.place = &p};

    place_init(&p);
    run[0] = locked(&p, "b", TURN_HOLDS, "queue");
    run[1] = locked(&p, "b", TURN_LOW, "queue");
    run[2] = locked(&p, "b", TURN_NORMAL, "queue");
    p.now -= DAY_US; /* an id from then would come before all of them */
    p.ids = (struct id_maker){0};
    run[3] = locked(&p, "b", TURN_NORMAL, "skip");
    run[4] = locked(&p, "a", TURN_HOLDS, "queue");
    run[5] = locked(&p, "c", TURN_NORMAL, "queue");
    l.key = run[1].id;
    place_read(&p, read_locks, &l);
    EQ(l.n, 4 + 1 + 2 + 1);
    STREQ(l.ids[0].s, run[0].id.s);
    STREQ(l.ids[1].s, run[2].id.s);
    STREQ(l.ids[2].s, run[3].id.s);
    STREQ(l.ids[3].s, run[1].id.s);
    STREQ(l.ids[4].s, run[0].id.s);
    STREQ(l.ids[5].s, run[2].id.s);
    STREQ(l.ids[6].s, run[3].id.s);
    STREQ(l.ids[7].s, run[3].id.s);
    STREQ(l.words, "a=1+0 b=1+3 c=0+1 b=1+3 due b=1+3 c=0+1 ");
    EQ(l.now, 102);
    run[3].turn = run[0].turn = TURN_NONE; /* they have ended */
    run[3].seq = run[0].seq = 2;
    EQ(put_run(&p, &run[3]), COMMIT_OK);
    place_read(&p, read_locks, &l);
    STREQ(l.words, "a=1+0 b=1+2 c=0+1 b=1+2 due c=0+1 ");
    EQ(put_run(&p, &run[0]), COMMIT_OK);
    place_read(&p, read_locks, &l);
    STREQ(l.words, "a=1+0 b=0+2 c=0+1 b=0+2 due b=0+2 c=0+1 ");
    EQ(l.now, 1);
    place_done(&p);
}

#define CONTRACT                                                                                   \
    T(a_lock_tells_who_holds_it_and_who_waits_in_which_order),                                     \
        T(an_event_comes_back_as_it_was_accepted), T(a_run_changes_only_what_may_change),          \
        T(steps_come_in_the_order_of_their_first_record_and_are_replaced_in_place),                \
        T(history_versions_ticks_and_meta_are_kept), T(the_outbox_knows_what_was_sent),            \
        T(a_delivery_is_accepted_once_also_within_one_group),                                      \
        T(a_batch_may_be_written_once_without_an_event_of_its_own),                                \
        T(events_of_one_batch_are_stored_together_or_seen_together),                               \
        T(a_delivery_is_known_across_midnight_and_restarts_until_its_days_are_over),               \
        T(a_delivery_is_known_when_the_clock_went_back),                                           \
        T(delivery_ids_may_be_long_and_do_not_run_into_the_connection),                            \
        T(runs_are_filtered_newest_first), T(events_are_filtered_by_type_prefix_and_connection),   \
        T(due_and_live_runs_are_found), T(counts_tell_open_runs_and_unsent_words),                 \
        T(a_list_may_be_read_while_the_same_list_is_read)

#endif
