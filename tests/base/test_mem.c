#include "test.h"

#include "base/mem.h"

TEST(texts_lie_close_together_and_structs_are_aligned_all_the_same)
{
    AUTO(arena) struct arena *a = arena_new();
    char *x = arena_dup(a, "one", 3), *y = arena_dup(a, "four", 4);
    void *p = arena_get(a, 3), *q = arena_get(a, 8);

    EQ(x - y, 5); /* the next one, and its NUL */
    EQ((uintptr_t)p % 16, 0);
    EQ((uintptr_t)q % 16, 0);
    STREQ(x, "one");
    STREQ(y, "four");
    STREQ(arena_fmt(a, "%d and %s", 5, "six"), "5 and six");
}

TEST(what_is_taken_from_both_ends_never_meets)
{
    AUTO(arena) struct arena *a = arena_new();
    uint32_t state = 1;
    struct {
        unsigned char *p;
        size_t n;
        bool text;
    } taken[3000];

    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        state = state * 1664525 + 1013904223;
        taken[i].n = (state >> 8) % (i % 100 == 0 ? 5000 : 60);
        taken[i].text = state >> 31;
        if (taken[i].text) {
            static const char nothing[5000];

            taken[i].p = (unsigned char *)arena_dup(a, nothing, taken[i].n);
        } else {
            taken[i].p = arena_raw(a, taken[i].n);
        }
        memset(taken[i].p, (int)(i & 255), taken[i].n);
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        for (size_t k = 0; k < taken[i].n; k++) EQ(taken[i].p[k], i & 255);
        if (taken[i].text) EQ(taken[i].p[taken[i].n], 0);
    }
}

TEST(an_emptied_arena_holds_no_more_than_one_block_and_is_filled_again_from_both_ends)
{
    AUTO(arena) struct arena *a = arena_new();
    size_t held = 0;

    for (int turn = 0; turn < 50; turn++) {
        for (int i = 0; i < 500; i++) {
            char *p = arena_get(a, 24), *text = arena_dup(a, "some text", 9);

            memset(p, 1, 24);
            STREQ(text, "some text");
        }
        arena_reset(a);
        if (turn == 10) held = arena_size(a);
    }
    EQ(arena_size(a), held);
}

RUN(T(texts_lie_close_together_and_structs_are_aligned_all_the_same),
    T(what_is_taken_from_both_ends_never_meets),
    T(an_emptied_arena_holds_no_more_than_one_block_and_is_filled_again_from_both_ends))
