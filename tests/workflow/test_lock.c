/* Whose turn it is, by how many hold a lock and who stands first in its queue. */
#include "test.h"
#include "workflow/lock.h"

#define Q(limit, how)       ((struct lock_asker){limit, PRIORITY_NORMAL, CONFLICT_##how})
#define PLAN(held, n, a, b) plan_of(held, n, (struct lock_asker[]){a, b})

/* "b": the first begins, "g": it gives way, "c": holders are cancelled, "r": some are refused. */
static const char *plan_of(size_t held, size_t n, const struct lock_asker *queue)
{
    static char text[8];
    struct lock_plan p = lock_plan(held, queue, n);
    size_t at = 0;

    if (p.begin) text[at++] = 'b';
    if (p.give_way) text[at++] = 'g';
    if (p.cancel) text[at++] = 'c';
    if (p.refuse) text[at++] = 'r';
    text[at] = '\0';
    return text;
}

TEST(the_first_begins_while_fewer_than_its_own_limit_hold_the_lock)
{
    STREQ(PLAN(0, 1, Q(1, QUEUE), Q(1, QUEUE)), "b");
    STREQ(PLAN(0, 1, Q(1, REJECT), Q(1, QUEUE)), "b");
    STREQ(PLAN(0, 1, Q(1, SKIP), Q(1, QUEUE)), "b");
    STREQ(PLAN(0, 2, Q(1, CANCEL), Q(1, CANCEL)), "b");
    STREQ(PLAN(2, 2, Q(3, QUEUE), Q(1, QUEUE)), "b");
    STREQ(PLAN(3, 2, Q(3, QUEUE), Q(9, QUEUE)), "r"); /* nobody overtakes the first */
    STREQ(PLAN(1, 0, Q(1, QUEUE), Q(1, QUEUE)), "");
}

TEST(holders_are_cancelled_for_the_first_that_asks_for_it_only)
{
    STREQ(PLAN(1, 1, Q(1, CANCEL), Q(1, QUEUE)), "cr");
    STREQ(PLAN(1, 2, Q(1, CANCEL), Q(1, QUEUE)), "cr");
    STREQ(PLAN(1, 2, Q(1, QUEUE), Q(1, CANCEL)), "r");
}

TEST(one_that_the_next_would_cancel_gives_way_unless_it_matters_more)
{
    struct lock_asker high = Q(1, CANCEL);

    high.priority = PRIORITY_HIGH;
    STREQ(PLAN(1, 2, Q(1, CANCEL), Q(1, CANCEL)), "gr");
    STREQ(PLAN(1, 2, high, Q(1, CANCEL)), "cr");
}

TEST(a_holder_is_named_with_its_workflow_and_since_when)
{
    AUTO(arena) struct arena *a = arena_new();

    VIEWEQ(lock_holder(a, STR("01J"), STR("deploy"), 1767362525000000),
           "run 01J (deploy) since 2026-01-02 14:02:05 UTC");
    EQ(lock_conflict(STR("cancel_running")), CONFLICT_CANCEL);
    EQ(lock_conflict(STR("")), CONFLICT_QUEUE);
}

RUN(T(the_first_begins_while_fewer_than_its_own_limit_hold_the_lock),
    T(holders_are_cancelled_for_the_first_that_asks_for_it_only),
    T(one_that_the_next_would_cancel_gives_way_unless_it_matters_more),
    T(a_holder_is_named_with_its_workflow_and_since_when))
