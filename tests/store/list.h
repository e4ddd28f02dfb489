/* list.h - reading a place's store into one plain struct. */
#ifndef TESTS_STORE_LIST_H
#define TESTS_STORE_LIST_H

#include "store/place.h"

struct list { /* what a list gave */
    struct place *place;
    struct id ids[64], key;
    int n, limit;
    struct str text;
    int64_t now;
    bool found;
    union {
        struct event_row event;
        struct run_row run;
        struct say_row say;
        struct version_row version;
    };
    struct run_filter runs;
    struct event_filter events;
    struct store_counts counts;
    char words[512];
};

static bool list_add(struct list *l, struct id id)
{
    l->ids[l->n++] = id;
    return l->limit == 0 || l->n < l->limit;
}

static bool on_run(void *arg, const struct run_row *r)
{
    return list_add(arg, r->id);
}

static bool on_event(void *arg, const struct event_row *r)
{
    return list_add(arg, r->id);
}

static bool on_say(void *arg, const struct say_row *r)
{
    return list_add(arg, r->id);
}

static bool on_step(void *arg, const struct step_row *r)
{
    struct list *l = arg;
    size_t n = strlen(l->words);

    snprintf(l->words + n, sizeof l->words - n, STR_FMT "#%d=" STR_FMT " ", STR_ARG(r->path),
             r->attempt, STR_ARG(r->status));
    return true;
}

static bool on_lock(void *arg, const struct lock_row *r)
{
    struct list *l = arg;
    size_t n = strlen(l->words);

    snprintf(l->words + n, sizeof l->words - n, STR_FMT "=%d+%d ", STR_ARG(r->lock), (int)r->held,
             (int)r->waiting);
    return true;
}

static bool on_history(void *arg, const struct history_row *r)
{
    struct list *l = arg;
    size_t n = strlen(l->words);

    snprintf(l->words + n, sizeof l->words - n, "%d:" STR_FMT " ", r->seq, STR_ARG(r->moves));
    return true;
}

static bool on_tick(void *arg, const struct tick_row *r)
{
    struct list *l = arg;
    size_t n = strlen(l->words);

    snprintf(l->words + n, sizeof l->words - n, STR_FMT "/" STR_FMT "=%d ", STR_ARG(r->workflow),
             STR_ARG(r->trigger), (int)r->last_at);
    return true;
}

static void read_event(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->found = reader_event(r, l->key, l->place->arena, &l->event);
}

static void read_run(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->found = reader_run(r, l->key, l->place->arena, &l->run);
}

static void read_say(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->found = reader_say(r, l->key, l->place->arena, &l->say);
}

static void read_version(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->found = reader_version(r, l->text, l->place->arena, &l->version);
}

static void read_meta(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->found = reader_meta(r, STR("key"), l->place->arena, &l->text);
}

static void read_runs(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->n = 0;
    reader_runs(r, &l->runs, on_run, l);
}

static void read_events(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->n = 0;
    reader_events(r, &l->events, on_event, l);
}

static void read_live(struct reader *r, void *arg)
{
    reader_live_runs(r, on_run, arg);
}

static void read_due(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->n = 0;
    reader_due_runs(r, l->now, 10, on_run, l);
    l->now = reader_next_wake(r, 0);
}

static void read_steps(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->words[0] = '\0';
    reader_steps(r, l->key, on_step, l);
}

static void read_history(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->words[0] = '\0';
    reader_history(r, l->key, on_history, l);
}

static void read_unsent(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->n = 0;
    reader_unsent(r, on_say, l);
}

static void read_says(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->n = 0;
    reader_says(r, l->text, l->key, 2, on_say, l);
}

static void read_run_says(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->n = 0;
    reader_run_says(r, l->key, on_say, l);
}

static void read_ticks(struct reader *r, void *arg)
{
    struct list *l = arg;

    l->words[0] = '\0';
    reader_ticks(r, on_tick, l);
    l->found = reader_tick(r, STR("w"), STR("0 9 * * *"), &l->now);
}

static void read_counts(struct reader *r, void *arg)
{
    reader_counts(r, &((struct list *)arg)->counts);
}

#endif
