/* contract_life.h - what every store must do in its life: order, ends, forgetting, copies. */
#ifndef TESTS_STORE_CONTRACT_LIFE_H
#define TESTS_STORE_CONTRACT_LIFE_H

#include "store/list.h"

/* --- order, and ends --- */

struct order {
    int next;
    bool wrong;
};

static void on_order(void *arg, struct batch *b, enum commit how)
{
    struct order *o = arg;

    (void)b;
    if (how != COMMIT_OK) o->wrong = true;
    o->next++;
}

TEST(many_batches_are_all_reported_and_all_there)
{
    struct place p;
    struct order o = {0};
    struct list l = {.place = &p};

    place_init(&p);
    for (int i = 0; i < 3000; i++) {
        struct event_row e = sample_event(&p, "");
        struct batch *b = batch_new();

        batch_event(b, &e);
        store_commit(p.store, b, on_order, &o);
    }
    while (o.next < 3000) place_wait(&p);
    FALSE(o.wrong);
    place_read(&p, read_counts, &l);
    EQ(l.counts.events, 3000);
    place_done(&p);
}

TEST(closing_commits_what_waits)
{
    struct place p;
    struct order o = {0};
    struct list l = {.place = &p};

    place_init(&p);
    for (int i = 0; i < 1000; i++) {
        struct event_row e = sample_event(&p, "");
        struct batch *b = batch_new();

        batch_event(b, &e);
        store_commit(p.store, b, on_order, &o);
    }
    place_close(&p);
    EQ(o.next, 0);
    place_open(&p);
    place_read(&p, read_counts, &l);
    EQ(l.counts.events, 1000);
    place_done(&p);
}

TEST(without_threads_all_is_done_by_the_owner_when_it_drains)
{
    struct place p;
    struct event_row e;
    struct batch *b = batch_new();
    struct outcome o = {.left = 1};
    struct list l = {.place = &p};

    place_make(&p);
    p.threads = false;
    place_open(&p);
    e = sample_event(&p, "x");
    batch_event(b, &e);
    store_commit(p.store, b, outcome_batch, &o);
    EQ(o.left, 1);
    store_drain(p.store);
    EQ(o.left, 0);
    EQ(o.how, COMMIT_OK);
    l.key = e.id;
    place_read(&p, read_event, &l);
    TRUE(l.found);
    place_done(&p);
}

TEST(a_change_that_does_not_follow_the_stored_one_stops_everything)
{
    struct place p;
    struct run_row run;
    struct event_row e;
    struct list l = {.place = &p};

    place_init(&p);
    run = sample_run(&p, place_id(&p));
    EQ(put_run_new(&p, &run), COMMIT_OK);
    run.seq = 3;
    EQ(put_run(&p, &run), COMMIT_BROKEN);
    e = sample_event(&p, "");
    EQ(put_event(&p, &e), COMMIT_BROKEN);
    l.key = run.id;
    place_read(&p, read_run, &l);
    EQ(l.run.seq, 1);
    place_close(&p);
    place_open(&p);
    EQ(put_event(&p, &e), COMMIT_OK);
    place_done(&p);
}

/* --- forgetting --- */

static struct id old_run(struct place *p, bool ended, bool unsent)
{
    struct batch *b = batch_new();
    struct event_row e = sample_event(p, "");
    struct run_row run = sample_run(p, e.id);
    struct step_row step = sample_step(run.id, "a", 1);
    struct say_row say = sample_say(p, run.id, "console/a");

    run.ended_at = ended ? p->now : 0;
    step.ended_at = p->now;
    say.sent_at = unsent ? 0 : p->now;
    batch_event(b, &e);
    batch_run_new(b, &run);
    batch_step(b, &step);
    batch_history(b, &(struct history_row){.run = run.id, .seq = 1, .moves = STR("x")});
    batch_say(b, &say);
    EQ(place_put(p, b).how, COMMIT_OK);
    return run.id;
}

TEST(forgetting_takes_ended_runs_with_all_that_is_theirs)
{
    struct place p;
    struct forget f = {.limit = 1000};
    struct id ended, open, unsent, young;
    struct list l = {.place = &p};

    place_init(&p);
    f.arena = p.arena;
    ended = old_run(&p, true, false);
    open = old_run(&p, false, false);
    unsent = old_run(&p, true, true);
    p.now += 10 * DAY_US;
    young = old_run(&p, true, false);
    f.before = p.now - DAY_US;
    EQ(place_forget(&p, &f), COMMIT_OK);
    EQ(f.runs_n, 1);
    STREQ(f.runs[0].s, ended.s);
    EQ(f.rows, 5); /* run, step, history, word, event */
    place_read(&p, read_counts, &l);
    EQ(l.counts.runs, 3);
    EQ(l.counts.events, 3);
    l.key = ended;
    place_read(&p, read_steps, &l);
    STREQ(l.words, "");
    place_read(&p, read_history, &l);
    STREQ(l.words, "");
    l.key = open;
    place_read(&p, read_run, &l);
    TRUE(l.found);
    l.key = unsent;
    place_read(&p, read_run, &l);
    TRUE(l.found);
    l.key = young;
    place_read(&p, read_steps, &l);
    STREQ(l.words, "a#1=running ");
    place_done(&p);
}

TEST(forgetting_ends_at_its_limit_and_goes_on_where_it_was)
{
    struct place p;
    struct forget f = {.limit = 100};
    size_t runs = 0;
    int calls = 0;

    place_init(&p);
    f.arena = p.arena;
    for (int i = 0; i < 300; i++) old_run(&p, true, false);
    f.before = p.now + DAY_US;
    p.now += 2 * DAY_US;
    do {
        EQ(place_forget(&p, &f), COMMIT_OK);
        runs += f.runs_n;
        calls++;
        TRUE(f.rows < 100 + 5);
    } while (f.rows >= 100);
    EQ(runs, 300);
    TRUE(calls >= 15);
    place_done(&p);
}

/* --- checking and copying --- */

static struct report found;

static bool no_moves_of_evil(struct str moves)
{
    return !str_is(moves, "evil");
}

static void read_check(struct reader *r, void *arg)
{
    *(int64_t *)arg = reader_check(r, no_moves_of_evil, &found);
}

TEST(the_check_finds_rows_that_do_not_agree)
{
    struct place p;
    struct run_row run;
    struct step_row step;
    struct batch *b;
    AUTO(buf) struct buf text = BUF(10000);
    int64_t rows = 0;

    place_init(&p);
    found = (struct report){.arena = p.arena};
    run = sample_run(&p, (struct id){{0}});
    run.seq = 4;
    b = batch_new();
    batch_run_new(b, &run);
    for (int i = 1; i <= 4; i++)
        batch_history(b, &(struct history_row){.run = run.id, .seq = i, .moves = STR("fine")});
    EQ(place_put(&p, b).how, COMMIT_OK);
    place_read(&p, read_check, &rows);
    EQ(found.n, 0);
    EQ(rows, 5);

    b = batch_new();
    run.id = place_id(&p);
    run.event = place_id(&p); /* not there */
    run.seq = 9;
    run.ended_at = 5;
    run.version = STR("gone");
    batch_run_new(b, &run);
    batch_history(b, &(struct history_row){.run = run.id, .seq = 1, .moves = STR("evil")});
    batch_history(b, &(struct history_row){.run = run.id, .seq = 3, .moves = STR("fine")});
    step = sample_step(run.id, "half", 1);
    batch_step(b, &step);
    step = sample_step(place_id(&p), "lost", 1);
    batch_step(b, &step);
    run.id = place_id(&p);
    run.event = (struct id){{0}};
    run.ended_at = 0;
    batch_run_new(b, &run);
    batch_history(b, &(struct history_row){.run = place_id(&p), .seq = 1, .moves = STR("fine")});
    EQ(place_put(&p, b).how, COMMIT_OK);
    place_read(&p, read_check, &rows);
    report_text(&found, &text);
    HAS(text.p, "not allowed: evil");
    HAS(text.p, "goes from change 1 to 3");
    HAS(text.p, "is at change 9, but its history ends with 3");
    HAS(text.p, "its step is open: half");
    HAS(text.p, "has a step: lost");
    HAS(text.p, "event that is not there");
    HAS(text.p, "version is not there: gone");
    HAS(text.p, "does not exist, but has a history");
    EQ(found.n, 8);
    place_done(&p);
}

struct copying {
    char path[160];
    struct err e;
    err_t code;
};

static void read_backup(struct reader *r, void *arg)
{
    struct copying *c = arg;

    c->code = reader_backup(r, c->path, &c->e);
}

TEST(a_backup_is_a_whole_store_and_never_replaces_a_file)
{
    struct place p;
    struct event_row e;
    struct copying c;
    struct list l = {.place = &p};

    place_init(&p);
    e = sample_event(&p, "guid");
    EQ(put_event(&p, &e), COMMIT_OK);
    snprintf(c.path, sizeof c.path, "%s.copy", p.path);
    place_read_in(&p, LANE_PEOPLE, read_backup, &c);
    EQ(c.code, OK);
    place_read_in(&p, LANE_PEOPLE, read_backup, &c);
    EQ(c.code, E_CONFLICT);
    HAS(c.e.text, c.path);
    place_close(&p);
    EQ(rename(c.path, p.path), 0);
    place_open(&p);
    e.id = place_id(&p);
    EQ(put_event(&p, &e), COMMIT_SEEN);
    place_read(&p, read_counts, &l);
    EQ(l.counts.events, 1);
    place_done(&p);
}

#define CONTRACT_LIFE                                                                              \
    T(many_batches_are_all_reported_and_all_there), T(closing_commits_what_waits),                 \
        T(without_threads_all_is_done_by_the_owner_when_it_drains),                                \
        T(a_change_that_does_not_follow_the_stored_one_stops_everything),                          \
        T(forgetting_takes_ended_runs_with_all_that_is_theirs),                                    \
        T(forgetting_ends_at_its_limit_and_goes_on_where_it_was),                                  \
        T(the_check_finds_rows_that_do_not_agree),                                                 \
        T(a_backup_is_a_whole_store_and_never_replaces_a_file)

#endif
