#include <stdio.h>

#include "test.h"

#include "base/share.h"

struct sharing {
    struct arena *to;
    struct share share;
};

static void sharing_init(struct sharing *s)
{
    s->to = arena_new();
    share_init(&s->share, s->to);
}

static void sharing_done(struct sharing *s)
{
    share_done(&s->share);
    arena_free(s->to);
}

TEST(equal_bytes_lie_once_and_different_ones_apart)
{
    struct sharing s;
    int a[] = {1, 2, 3}, b[] = {1, 2, 3}, c[] = {1, 2, 4};
    int *kept;

    sharing_init(&s);
    kept = share_bytes(&s.share, a, sizeof a);
    assert_ptr_equal(share_bytes(&s.share, b, sizeof b), kept);
    assert_ptr_not_equal(share_bytes(&s.share, c, sizeof c), kept);
    assert_ptr_not_equal(share_bytes(&s.share, a, 2 * sizeof *a), kept);
    a[0] = 9;
    EQ(kept[0], 1);
    assert_null(share_bytes(&s.share, a, 0));
    sharing_done(&s);
}

TEST(texts_lie_once_and_end_in_a_nul)
{
    struct sharing s;
    struct str x;

    sharing_init(&s);
    x = share_str(&s.share, str_n("main", 3));
    VIEWEQ(x, "mai");
    EQ(x.p[3], '\0');
    assert_ptr_equal(share_str(&s.share, STR("mai")).p, x.p);
    assert_ptr_not_equal(share_bytes(&s.share, "mai", 3), x.p);
    STREQ(share_str(&s.share, (struct str){NULL, 0}).p, "");
    sharing_done(&s);
}

TEST(many_are_found_again_and_outlive_the_share)
{
    struct sharing s;
    const char *first[5000];
    char text[32];

    sharing_init(&s);
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < 5000; i++) {
            const char *p;

            snprintf(text, sizeof text, "text %d", i);
            p = share_str(&s.share, str_of(text)).p;
            if (turn == 0) first[i] = p;
            assert_ptr_equal(p, first[i]);
        }
    share_rest(&s.share);
    share_done(&s.share);
    STREQ(first[4999], "text 4999");
    arena_free(s.to);
}

RUN(T(equal_bytes_lie_once_and_different_ones_apart), T(texts_lie_once_and_end_in_a_nul),
    T(many_are_found_again_and_outlive_the_share))
