#include "workflow/lock.h"

#include "base/clock.h"

const char *const on_conflict_names[] = {
    [CONFLICT_QUEUE] = "queue",
    [CONFLICT_REJECT] = "reject",
    [CONFLICT_CANCEL] = "cancel_running",
    [CONFLICT_SKIP] = "skip",
    NULL,
};

const char *const priority_names[] = {
    [PRIORITY_HIGH] = "high",
    [PRIORITY_NORMAL] = "normal",
    [PRIORITY_LOW] = "low",
    NULL,
};

/* The next would have it cancelled as soon as it ran. */
static bool gives_way(const struct lock_asker *a, const struct lock_asker *next)
{
    return a->on_conflict == CONFLICT_CANCEL && next->on_conflict == CONFLICT_CANCEL &&
           a->priority == next->priority;
}

struct lock_plan lock_plan(size_t held, const struct lock_asker *queue, size_t n)
{
    struct lock_plan p = {.begin = n && held < (size_t)queue[0].limit};

    if (p.begin || !n) return p;
    p.give_way = n > 1 && gives_way(&queue[0], &queue[1]);
    p.cancel = !p.give_way && queue[0].on_conflict == CONFLICT_CANCEL;
    p.refuse = true;
    return p;
}

enum on_conflict lock_conflict(struct str name)
{
    int i = 0;

    while (on_conflict_names[i] && !str_is(name, on_conflict_names[i])) i++;
    return on_conflict_names[i] ? (enum on_conflict)i : CONFLICT_QUEUE;
}

struct str lock_holder(struct arena *a, struct str run, struct str workflow, int64_t since)
{
    struct civil c = clock_civil(since / SECOND_US);

    return str_of(arena_fmt(
        a, "run " STR_FMT " (" STR_FMT ") since %04d-%02d-%02d %02d:%02d:%02d UTC", STR_ARG(run),
        STR_ARG(workflow), c.year, c.month, c.day, c.hour, c.minute, c.second));
}
