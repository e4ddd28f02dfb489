/* test.h - cmocka, with its include order and our names. A test file ends in RUN(...). */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>
#undef fail /* cmocka's macro; the name is ours, see base/err.h */

#include "base/err.h"
#include "base/str.h"

#define TEST(name)  static void name(void **state_ __attribute__((unused)))
#define EQ(a, b)    assert_int_equal(a, b)
#define STREQ(a, b) assert_string_equal(a, b)
#define TRUE(x)     assert_true(x)
#define FALSE(x)    assert_false(x)
/* A view against a literal. */
#define VIEWEQ(view, lit)                                                                          \
    do {                                                                                           \
        struct str view_ = (view);                                                                 \
        assert_int_equal(view_.n, strlen(lit));                                                    \
        assert_memory_equal(view_.p, lit, strlen(lit));                                            \
    } while (0)
#define HAS(text, part)                                                                            \
    do {                                                                                           \
        const char *text_ = (text);                                                                \
        if (!text_ || !strstr(text_, part)) {                                                      \
            print_error("no \"%s\" in \"%s\"\n", part, text_ ? text_ : "");                        \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)
#define PASS(expr)                                                                                 \
    do {                                                                                           \
        if ((expr) != OK) {                                                                        \
            print_error("%s: %s\n", #expr, e.text);                                                \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

#define RUN(...)                                                                                   \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest all[] = {__VA_ARGS__};                                             \
        return cmocka_run_group_tests_name(__FILE__, all, NULL, NULL);                             \
    }
#define T(name) cmocka_unit_test(name)

#endif
