#include "test.h"

#include <stdio.h>

#include "engine/tick_list.h"

enum { MANY = 300 };

static struct workflow flows[MANY];
static char names[MANY][16];

/* Two schedules a workflow, of which every third is never due. */
static struct tick_list *filled(void)
{
    struct tick_list *l = tick_list_new();

    for (int i = 0; i < MANY; i++) {
        struct tick *t = tick_list_add(l);

        snprintf(names[i], sizeof names[i], "w%d", i / 2);
        flows[i].name = str_of(names[i]);
        t->workflow = &flows[i];
        t->name = i % 2 ? STR("@hourly UTC") : STR("@daily UTC");
        t->due = i % 3 ? 1000 - 7 * (i % 50) : 0;
    }
    tick_list_seal(l);
    return l;
}

TEST(each_is_found_by_workflow_and_name)
{
    struct tick_list *l = filled();

    for (int i = 0; i < MANY; i++) {
        struct tick *t =
            tick_list_find(l, flows[i].name, i % 2 ? STR("@hourly UTC") : STR("@daily UTC"));

        assert_non_null(t);
        assert_ptr_equal(t->workflow, &flows[i]);
    }
    assert_null(tick_list_find(l, STR("w0"), STR("@weekly UTC")));
    assert_null(tick_list_find(l, STR("w150"), STR("@daily UTC")));
    tick_list_free(l);
}

/* The least there is, looked for one by one. */
static const struct tick *first_of(const struct tick_list *l)
{
    const struct tick *best = NULL;

    for (const struct tick *t = l->first; t; t = t->next)
        if (t->due &&
            (!best || t->due < best->due || (t->due == best->due && t->number < best->number)))
            best = t;
    return best;
}

TEST(the_first_that_is_due_is_known_however_times_change)
{
    struct tick_list *l = filled();
    struct tick *all[MANY];
    uint32_t seed = 7;
    int n = 0;

    for (struct tick *t = l->first; t; t = t->next) all[n++] = t;
    for (int i = 0; i < 20000; i++) {
        struct tick *t;

        assert_ptr_equal(tick_list_due(l), first_of(l));
        seed = seed * 1664525 + 1013904223;
        t = all[(seed >> 8) % MANY];
        seed = seed * 1664525 + 1013904223;
        /* every other change goes to the first, as when it fires; some will never be due again */
        if (i % 2 && l->heap_n) t = tick_list_due(l);
        tick_list_set(l, t, (seed >> 8) % 4 ? 1 + (int64_t)((seed >> 12) % 500) : 0);
    }
    for (const struct tick *t = l->first; t; t = t->next) EQ(t->at > 0, t->due > 0);
    while (l->heap_n) tick_list_set(l, tick_list_due(l), 0);
    assert_null(first_of(l));
    tick_list_free(l);
}

TEST(a_list_of_none_has_none)
{
    struct tick_list *l = tick_list_new();

    tick_list_seal(l);
    assert_null(tick_list_due(l));
    assert_null(tick_list_find(l, STR("w"), STR("@daily UTC")));
    tick_list_free(l);
    tick_list_free(NULL);
}

RUN(T(each_is_found_by_workflow_and_name), T(the_first_that_is_due_is_known_however_times_change),
    T(a_list_of_none_has_none))
