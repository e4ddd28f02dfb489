#include "test.h"

#include <stdio.h>

#include "store/delivery.h"

static struct delivery sample(unsigned i, int64_t ms)
{
    uint8_t random[ID_RANDOM] = {(uint8_t)i, (uint8_t)(i >> 8)};
    struct id_maker m = {0};
    struct id event = id_next(&m, ms * 1000, random);
    char text[16];

    snprintf(text, sizeof text, "%u", i);
    return delivery_make(STR("github"), str_of(text), &event);
}

TEST(an_event_id_comes_back_from_its_sixteen_bytes)
{
    static const char *const ids[] = {"00000000000000000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                                      "01ARZ3NDEKTSV4RRFFQ69G5FAV", "0123456789ABCDEFGHJKMNPQRS",
                                      "7TVWXYZ0000000000000000001"};

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct delivery d;
        struct id id, back;

        TRUE(id_parse(str_of(ids[i]), &id));
        d = delivery_make(STR("c"), STR("x"), &id);
        back = delivery_event(&d);
        STREQ(back.s, ids[i]);
        EQ(delivery_ms(&d), id_time(&id) / 1000);
    }
}

TEST(a_key_is_of_the_connection_and_the_id_apart)
{
    struct id id = {"01ARZ3NDEKTSV4RRFFQ69G5FAV"};
    struct delivery a = delivery_make(STR("ab"), STR("c"), &id);
    struct delivery b = delivery_make(STR("a"), STR("bc"), &id);
    struct delivery again = delivery_make(STR("ab"), STR("c"), &id);

    assert_memory_not_equal(a.key, b.key, DELIVERY_KEY);
    assert_memory_equal(a.key, again.key, DELIVERY_KEY);
}

TEST(a_set_finds_what_is_in_it_and_forgets_what_is_cut)
{
    enum { ALL = 5000, KEPT = 1234 };
    struct delivery_set s;

    delivery_set_init(&s, ALL);
    for (unsigned i = 0; i < ALL; i++) {
        struct delivery d = sample(i, 1000);

        assert_null(delivery_set_find(&s, &d, 0));
        delivery_set_add(&s, &d);
    }
    delivery_set_cut(&s, KEPT);
    EQ(s.n, KEPT);
    for (unsigned i = 0; i < ALL; i++) {
        struct delivery d = sample(i, 1000);

        EQ(delivery_set_find(&s, &d, 1000) != NULL, i < KEPT);
        assert_null(delivery_set_find(&s, &d, 1001));
    }
    delivery_set_cut(&s, 0);
    for (unsigned i = 0; i < ALL; i++) {
        struct delivery d = sample(i, 1000);

        assert_null(delivery_set_find(&s, &d, 0));
        delivery_set_add(&s, &d);
    }
    TRUE(delivery_set_bytes(&s) < ALL * 48);
    delivery_set_done(&s);
}

TEST(of_two_with_one_key_the_young_one_is_found)
{
    struct delivery_set s;
    struct delivery old = sample(7, 1000), young = sample(7, 2000);

    delivery_set_init(&s, 4);
    delivery_set_add(&s, &old);
    delivery_set_add(&s, &young);
    EQ(delivery_ms(delivery_set_find(&s, &old, 1500)), 2000);
    delivery_set_cut(&s, 1);
    assert_null(delivery_set_find(&s, &old, 1500));
    EQ(delivery_ms(delivery_set_find(&s, &old, 1000)), 1000);
    delivery_set_done(&s);
}

/* Of `asked` keys that were not put in, how many does it let through? */
static int in_vain(const struct filter *f, unsigned from, unsigned asked)
{
    int n = 0;

    for (unsigned i = from; i < from + asked; i++) {
        struct delivery d = sample(i, 0);

        n += filter_has(f, &d);
    }
    return n;
}

TEST(a_filter_never_denies_what_is_in_it_and_lets_little_else_through)
{
    enum { KEYS = 16384, ASKED = 20000 };
    static const int most[] = {120, 1000, 4400, 13000}; /* of ASKED: 0.6, 5, 22, 65 in a hundred */
    struct filter f;

    filter_init(&f, 9);
    for (unsigned i = 0; i < KEYS; i++) {
        struct delivery d = sample(i, 0);

        filter_add(&f, &d);
    }
    for (int halved = 0; halved < 4; halved++) {
        EQ(filter_bytes(&f), (size_t)(KEYS * 2) >> halved);
        EQ(in_vain(&f, 0, KEYS), KEYS);
        TRUE(in_vain(&f, KEYS, ASKED) < most[halved]);
        TRUE(in_vain(&f, KEYS, ASKED) > 0);
        filter_halve(&f);
    }
    while (f.depth > 0) filter_halve(&f);
    EQ(in_vain(&f, 0, 100), 100);
    filter_done(&f);
}

RUN(T(an_event_id_comes_back_from_its_sixteen_bytes),
    T(a_key_is_of_the_connection_and_the_id_apart),
    T(a_set_finds_what_is_in_it_and_forgets_what_is_cut),
    T(of_two_with_one_key_the_young_one_is_found),
    T(a_filter_never_denies_what_is_in_it_and_lets_little_else_through))
