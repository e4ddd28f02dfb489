#include "test.h"

#include "base/clock.h"
#include "base/id.h"

TEST(times_are_written_as_rfc_3339)
{
    char out[TIME_TEXT];

    STREQ(clock_text(0, out), "1970-01-01T00:00:00Z");
    STREQ(clock_text(1767323045678901, out), "2026-01-02T03:04:05.678901Z");
    STREQ(clock_text(1767323045500000, out), "2026-01-02T03:04:05.5Z");
    STREQ(clock_text(-1, out), "1969-12-31T23:59:59.999999Z");
}

TEST(times_are_read_with_any_offset)
{
    int64_t s;
    int32_t ns;

    TRUE(clock_parse(STR("2009-02-13T23:31:30Z"), &s, &ns));
    assert_true(s == 1234567890 && ns == 0);
    TRUE(clock_parse(STR("2009-02-14t01:31:30.25+02:00"), &s, &ns));
    assert_true(s == 1234567890 && ns == 250000000);
    TRUE(clock_parse(STR("0001-01-01T00:00:00Z"), &s, &ns));
    assert_true(s == -62135596800);
    TRUE(clock_parse(STR("9999-12-31T23:59:59.999999999Z"), &s, &ns));
    assert_true(s == 253402300799 && ns == 999999999);
}

TEST(what_is_no_time_is_refused)
{
    static const char *const bad[] = {
        "",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+25:00",
        "2026-01-01T00:00:00Zx",
        "0000-12-31T23:59:59Z",
        "9999-12-31T23:59:59-01:00",
    };
    int64_t s;
    int32_t ns;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FALSE(clock_parse(str_of(bad[i]), &s, &ns));
}

TEST(every_day_of_four_centuries_has_its_date)
{
    int64_t at = -2208988800; /* 1900-01-01, a Monday */
    struct civil last = clock_civil(at);

    EQ(last.weekday, 1);
    for (int i = 1; i < 146097; i++) {
        struct civil c = clock_civil(at + (int64_t)i * 86400);

        EQ(c.weekday, (last.weekday + 1) % 7);
        TRUE(c.day == last.day + 1 || c.day == 1);
        TRUE(c.yearday == last.yearday + 1 || (c.yearday == 0 && c.month == 1 && c.day == 1));
        assert_true(clock_seconds(&c) == at + (int64_t)i * 86400);
        last = c;
    }
}

TEST(ids_increase_within_a_millisecond_and_when_the_clock_goes_back)
{
    struct id_maker m = {0};
    uint8_t dice[ID_RANDOM] = {0xff, 1, 2, 3, 4, 5, 6, 7, 0xff, 0xff};
    struct id last = id_next(&m, 1700000000000000, dice);

    TRUE(id_valid(id_str(&last)));
    assert_true(id_time(&last) == 1700000000000000);
    for (int i = 0; i < 70000; i++) {
        struct id next = id_next(&m, 1700000000000000 - i, dice);

        TRUE(str_cmp(id_str(&last), id_str(&next)) < 0);
        last = next;
    }
}

TEST(only_ulids_are_ids)
{
    struct id id;

    TRUE(id_parse(STR("01ARZ3NDEKTSV4RRFFQ69G5FAV"), &id));
    STREQ(id.s, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    FALSE(id_valid(STR("01ARZ3NDEKTSV4RRFFQ69G5FA")));
    FALSE(id_valid(STR("81ARZ3NDEKTSV4RRFFQ69G5FAV")));
    FALSE(id_valid(STR("01ARZ3NDEKTSV4RRFFQ69G5FAI")));
    FALSE(id_valid(STR("01arz3ndektsv4rrffq69g5fav")));
}

RUN(T(times_are_written_as_rfc_3339), T(times_are_read_with_any_offset),
    T(what_is_no_time_is_refused), T(every_day_of_four_centuries_has_its_date),
    T(ids_increase_within_a_millisecond_and_when_the_clock_goes_back), T(only_ulids_are_ids))
