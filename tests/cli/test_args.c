#include "test.h"

#include "cli/cli.h"

static err_t never(struct args *a, struct err *e)
{
    (void)a;
    return fail(e, E_IO, "not to be run");
}

static const struct option options[] = {
    {"--input", 'i', "NAME=VALUE", "an input", true},
    {"--status", 's', "STATUS", "a status", false},
    {"--follow", 'f', NULL, "a flag", false},
    {0},
};

static const struct command command = {.name = "test",
                                       .usage = "[WORD]",
                                       .help = "h",
                                       .example = "e",
                                       .options = options,
                                       .least = 0,
                                       .most = 2,
                                       .run = never};

static err_t read(struct args *a, struct arena *arena, struct err *e, const char *const *words)
{
    char *argv[16];
    int n = 0;

    *a = (struct args){.arena = arena};
    for (; words[n]; n++) argv[n] = arena_dup(arena, words[n], strlen(words[n]));
    return args_read(&command, n, argv, a, e);
}

#define READ(...) read(&a, arena, &e, (const char *const[]){__VA_ARGS__, NULL})
#define SETUP                                                                                      \
    AUTO(arena) struct arena *arena = arena_new();                                                 \
    struct args a;                                                                                 \
    struct err e

TEST(options_and_words_mix)
{
    SETUP;
    PASS(READ("one", "--status", "open", "-f", "two"));
    EQ(a.rest_n, 2);
    STREQ(a.rest[0], "one");
    STREQ(a.rest[1], "two");
    STREQ(args_value(&a, "--status"), "open");
    TRUE(args_flag(&a, "--follow"));
    FALSE(args_flag(&a, "--input"));
}

TEST(a_value_may_follow_in_four_ways)
{
    SETUP;
    PASS(READ("--status=a"));
    STREQ(args_value(&a, "--status"), "a");
    PASS(READ("--status", "b"));
    STREQ(args_value(&a, "--status"), "b");
    PASS(READ("-sc"));
    STREQ(args_value(&a, "--status"), "c");
    PASS(READ("-s", "d"));
    STREQ(args_value(&a, "--status"), "d");
}

TEST(an_option_may_be_given_several_times_where_it_says_so)
{
    SETUP;
    PASS(READ("-i", "a=1", "-i", "b==2", "--input=c="));
    STREQ(args_nth(&a, "--input", 0), "a=1");
    STREQ(args_nth(&a, "--input", 1), "b==2");
    STREQ(args_nth(&a, "--input", 2), "c=");
    assert_null(args_nth(&a, "--input", 3));
    EQ(READ("-s", "a", "-s", "b"), E_INPUT);
    HAS(e.text, "given twice");
}

TEST(after_two_dashes_all_are_words)
{
    SETUP;
    PASS(READ("--", "-f", "--status"));
    EQ(a.rest_n, 2);
    STREQ(a.rest[1], "--status");
    FALSE(args_flag(&a, "--follow"));
}

TEST(a_lone_dash_is_a_word)
{
    SETUP;
    PASS(READ("-"));
    STREQ(a.rest[0], "-");
}

TEST(no_file_is_read_for_a_value)
{
    SETUP;
    PASS(READ("-i", "key=@/etc/passwd"));
    STREQ(args_value(&a, "--input"), "key=@/etc/passwd");
}

TEST(an_unknown_option_names_the_nearest)
{
    SETUP;
    EQ(READ("--statsu", "x"), E_INPUT);
    HAS(e.text, "did you mean `--status`?");
    EQ(READ("--quux"), E_INPUT);
    HAS(e.text, "botops test --help");
    EQ(err_exit(e.code), 2);
}

TEST(too_many_words_are_told_with_the_usage)
{
    SETUP;
    EQ(READ("1", "2", "3"), E_INPUT);
    HAS(e.text, "botops test [WORD]");
}

TEST(help_needs_no_other_word)
{
    SETUP;
    PASS(READ("1", "2", "3", "--help"));
    TRUE(args_flag(&a, "--help"));
}

TEST(a_value_that_is_missing_is_told)
{
    SETUP;
    EQ(READ("--status"), E_INPUT);
    HAS(e.text, "needs a value: STATUS");
    EQ(READ("--follow=1"), E_INPUT);
    HAS(e.text, "takes no value");
}

TEST(the_format_is_one_of_three)
{
    SETUP;
    PASS(READ("-o", "json"));
    EQ(a.format, FORMAT_JSON);
    PASS(READ("-oyaml"));
    EQ(a.format, FORMAT_YAML);
    PASS(READ("x"));
    EQ(a.format, FORMAT_TEXT);
    EQ(READ("-o", "jsn"), E_INPUT);
    HAS(e.text, "did you mean json?");
}

RUN(T(options_and_words_mix), T(a_value_may_follow_in_four_ways),
    T(an_option_may_be_given_several_times_where_it_says_so), T(after_two_dashes_all_are_words),
    T(a_lone_dash_is_a_word), T(no_file_is_read_for_a_value),
    T(an_unknown_option_names_the_nearest), T(too_many_words_are_told_with_the_usage),
    T(help_needs_no_other_word), T(a_value_that_is_missing_is_told), T(the_format_is_one_of_three))
