#include "test.h"

#include "base/mem.h"
#include "workflow/duration.h"

TEST(durations_are_read_as_people_write_them)
{
    static const struct {
        const char *text;
        int64_t us;
    } of[] = {{"30m", 1800000000},
              {"1h30m", 5400000000},
              {"1h 30m", 5400000000},
              {"5s", 5000000},
              {"250ms", 250000},
              {"2d", 172800000000},
              {"1w", 604800000000},
              {"1.5h", 5400000000},
              {"0", 0},
              {"0s", 0},
              {"7us", 7},
              {" 10m ", 600000000},
              {"1m1.25s", 61250000},
              {"90m", 5400000000},
              {"0.0000001s", 0},
              {"36525d", DURATION_MAX_US},
              {"1d2h3m4s5ms6us", 93784005006}};

    for (size_t i = 0; i < COUNT_OF(of); i++) {
        int64_t us = -1;

        if (!duration_parse(str_of(of[i].text), &us)) print_error("%s\n", of[i].text);
        if (us != of[i].us) print_error("%s: %lld\n", of[i].text, (long long)us);
        TRUE(us == of[i].us);
    }
}

TEST(what_is_no_duration_is_refused)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "5",
                                      "m",
                                      "5x",
                                      "-5m",
                                      "+5m",
                                      "30m1h",
                                      "1h1h",
                                      "1.h",
                                      ".5h",
                                      "5M",
                                      "1.5h3m",
                                      "5 m",
                                      "36526d",
                                      "9223372036854775808s",
                                      "1e3s",
                                      "0x10s",
                                      "1h,30m",
                                      "00",
                                      "99999999999999999999999999999999999999d"};

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t us = 42;

        if (duration_parse(str_of(bad[i]), &us)) print_error("took \"%s\"\n", bad[i]);
        TRUE(us == 42);
    }
}

TEST(people_read_the_two_largest_units)
{
    char out[DURATION_TEXT];

    STREQ(duration_text(5400000000, out), "1 h 30 min");
    STREQ(duration_text(INT64_C(93784000000), out), "1 d 2 h");
    STREQ(duration_text(INT64_C(3605000000), out), "1 h");
    STREQ(duration_text(12345678, out), "12.3 s");
    STREQ(duration_text(12045678, out), "12 s");
    STREQ(duration_text(59999999, out), "59.9 s");
    STREQ(duration_text(60000000, out), "1 min");
    STREQ(duration_text(250999, out), "250 ms");
    STREQ(duration_text(7, out), "7 us");
    STREQ(duration_text(0, out), "0 s");
    STREQ(duration_text(-5000000, out), "5 s");
    STREQ(duration_exact(INT64_C(93784005006), out), "1 d 2 h 3 min 4 s 5 ms 6 us");
    STREQ(duration_exact(INT64_C(604800000000), out), "7 d");
    TRUE(strlen(duration_exact(INT64_MIN, out)) < DURATION_TEXT);
}

RUN(T(durations_are_read_as_people_write_them), T(what_is_no_duration_is_refused),
    T(people_read_the_two_largest_units))
