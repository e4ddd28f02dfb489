#include "test.h"

#include <math.h>

#include "data/number.h"

static void writes(double d, const char *expected)
{
    char text[NUMBER_TEXT];

    EQ(number_write(d, text), strlen(expected));
    STREQ(text, expected);
}

TEST(a_double_is_written_in_the_fewest_digits_and_stays_a_double)
{
    writes(0, "0.0");
    writes(-0.0, "-0.0");
    writes(1, "1.0");
    writes(-123456789, "-123456789.0");
    writes(0.1 + 0.2, "0.30000000000000004");
    writes(1e21, "1e+21");
    writes(1.5e-7, "1.5e-07");
    writes(-1.7976931348623157e308, "-1.7976931348623157e+308");
    writes(-2.2250738585072014e-308, "-2.2250738585072014e-308");
    writes(5e-324, "5e-324");
    writes(-1.5e-323, "-1.5e-323");
    writes(2.2250738585072011e-308, "2.225073858507201e-308");
    writes(0x1p-44, "5.684341886080802e-14"); /* of 16 digits the nearest would be read below it */
    writes(-0x1p-44, "-5.684341886080802e-14");
    writes(0x1p+89, "6.189700196426902e+26");
    writes(NAN, "NaN");
    writes(INFINITY, "Infinity");
    writes(-INFINITY, "-Infinity");
}

TEST(only_whole_decimal_texts_are_read)
{
    static const char *const bad[] = {"", "x", "1x", "inf", "nan", "1e", " 1", "0x10", "1 "};
    double d = 7;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) FALSE(number_read(str_of(bad[i]), &d));
    TRUE(d == 7);
    TRUE(number_read(STR("+1.5e3"), &d) && d == 1500);
    TRUE(number_read(STR("1e999"), &d) && isinf(d));
    TRUE(number_read(STR("1e-999"), &d) && d == 0);
}

TEST(a_view_into_longer_text_ends_where_it_ends)
{
    double d;

    TRUE(number_read(str_n("123456", 3), &d) && d == 123);
}

TEST(a_text_past_the_limit_is_refused)
{
    char text[NUMBER_MAX + 1];
    double d;

    memset(text, '0', sizeof text);
    TRUE(number_read(str_n(text, NUMBER_MAX), &d));
    FALSE(number_read(str_n(text, NUMBER_MAX + 1), &d));
}

RUN(T(a_double_is_written_in_the_fewest_digits_and_stays_a_double),
    T(only_whole_decimal_texts_are_read), T(a_view_into_longer_text_ends_where_it_ends),
    T(a_text_past_the_limit_is_refused))
