/* The commands that need no server. */
#include "cli/capture.h"

#include "data/json.h"

static struct captured *r;

static void cel(const char *expr, const char *data, const char *expected)
{
    CAPTURE(r, "cel", expr, "--data", data);
    EQ(r->status, 0);
    STREQ(r->out, expected);
}

TEST(an_expression_sees_the_keys_of_the_data)
{
    cel("n > 3 && name.startsWith('a')", "{\"n\":4,\"name\":\"abc\"}", "true\n");
    cel("{'a': [n, 1.5]}", "{\"n\":4}", "{\"a\":[4,1.5]}\n");
    cel("now > timestamp('2020-01-01T00:00:00Z')", "{}", "true\n");
    cel("now", "{\"now\":1}", "1\n");
}

TEST(a_wrong_expression_is_a_usage_error_with_its_place)
{
    CAPTURE(r, "cel", "1 +");
    EQ(r->status, 2);
    HAS(r->e.text, "1:");
    CAPTURE(r, "cel", "1/0");
    EQ(r->status, 2);
    HAS(r->e.text, "divide by zero");
    CAPTURE(r, "cel", "x", "--data", "[1]");
    EQ(r->status, 2);
    CAPTURE(r, "cel", "x", "--data", "{");
    EQ(r->status, 2);
    HAS(r->e.text, "line 1");
    CAPTURE(r, "cel");
    EQ(r->status, 2);
}

TEST(a_batch_answers_line_by_line)
{
    capture_input(r, (const char *const[]){"cel", "--batch", NULL},
                  STR("{\"expr\":\"1+1\"}\n\n{\"expr\":\"x\",\"data\":{\"x\":\"a\"}}\nno\n"
                      "{\"expr\":\"1/0\"}\n{\"data\":{}}\n{\"expr\":\"2\"}"));
    EQ(r->status, 0);
    HAS(r->out, "{\"value\":2}\n{\"value\":\"a\"}\n{\"error\":\"");
    HAS(r->out, "{\"error\":\"1:2: divide by zero\"}\n{\"error\":\"a line must be");
    HAS(r->out, "}\n{\"value\":2}\n");
}

TEST(data_may_come_from_standard_input)
{
    capture_input(r, (const char *const[]){"cel", "a + 1", "-d", "-", NULL}, STR("{\"a\":1}\n"));
    STREQ(r->out, "2\n");
}

TEST(an_explanation_shows_each_part)
{
    CAPTURE(r, "cel", "a.b + 1", "--explain", "-d", "{\"a\":{\"b\":2}}");
    EQ(r->status, 0);
    HAS(r->out, "a.b  \xe2\x86\x92  2\n");
    HAS(r->out, "a.b + 1  \xe2\x86\x92  3\n");
}

/* --- cron --- */

TEST(a_schedule_is_explained_with_its_next_times)
{
    CAPTURE(r, "cron", "0 6 * * 1-5", "--tz", "Europe/Berlin", "-n", "2", "--from",
            "2026-01-02T00:00:00Z");
    EQ(r->status, 0);
    HAS(r->out, "at 06:00 on Monday to Friday, Europe/Berlin\n"
                "  Fri 2026-01-02 06:00:00 CET     2026-01-02T05:00:00Z\n"
                "  Mon 2026-01-05 06:00:00 CET     2026-01-05T05:00:00Z\n");
}

TEST(a_change_of_the_clocks_is_marked)
{
    CAPTURE(r, "cron", "30 2 * * *", "--tz", "Europe/Berlin", "-n", "2", "--from",
            "2026-03-28T12:00:00Z");
    HAS(r->out, "-- 2026-03-29T01:00:00Z: the clocks go forward, from UTC+01:00 to UTC+02:00\n"
                "  Sun 2026-03-29 03:00:00 CEST    2026-03-29T01:00:00Z  moved");
}

TEST(a_period_works_too)
{
    CAPTURE(r, "cron", "every: 5m", "-n", "2", "--from", "2026-01-02T00:01:00Z");
    STREQ(r->out, "every 5 min\n  Fri 2026-01-02 00:05:00 UTC     2026-01-02T00:05:00Z\n"
                  "  Fri 2026-01-02 00:10:00 UTC     2026-01-02T00:10:00Z\n");
}

TEST(a_schedule_as_data)
{
    CAPTURE(r, "cron", "@daily", "-n", "1", "--from", "2026-01-02T00:01:00Z", "-o", "json");
    HAS(r->out, "\"utc\": \"2026-01-03T00:00:00Z\"");
    HAS(r->out, "\"meaning\": \"");
}

TEST(a_time_that_never_comes_is_said_so)
{
    CAPTURE(r, "cron", "0 0 30 2 *");
    EQ(r->status, 0);
    HAS(r->out, "no further time");
}

TEST(a_wrong_schedule_zone_or_number_is_a_usage_error)
{
    CAPTURE(r, "cron", "5 x * * *");
    EQ(r->status, 2);
    HAS(r->e.text, "column 3");
    CAPTURE(r, "cron", "@daily", "--tz", "Europe/Berlni");
    EQ(r->status, 2);
    CAPTURE(r, "cron", "@daily", "-n", "0");
    EQ(r->status, 2);
    CAPTURE(r, "cron", "@daily", "--from", "yesterday");
    EQ(r->status, 2);
}

/* --- init and check --- */

TEST(what_init_writes_passes_check)
{
    char dir[64], script[128];

    temp_folder(dir);
    CAPTURE(r, "init", dir);
    EQ(r->status, 0);
    HAS(r->out, "workflows/hello.yaml");
    snprintf(script, sizeof script, "%s/scripts/deploy.sh", dir);
    EQ(access(script, X_OK), 0);
    CAPTURE(r, "check", "-C", dir);
    EQ(r->status, 0);
    STREQ(r->out, "ok: 2 workflows, 2 triggers\n");
    CAPTURE(r, "check", "-C", dir, "-o", "json");
    STREQ(r->out, "[]\n");
    drop_folder(dir);
}

TEST(init_overwrites_nothing)
{
    char dir[64], path[128];
    struct err e;

    temp_folder(dir);
    snprintf(path, sizeof path, "%s/README.md", dir);
    PASS(file_write(path, STR("mine"), 0644, false, &e));
    CAPTURE(r, "init", dir);
    EQ(r->status, 1);
    HAS(r->e.text, "README.md is there already");
    snprintf(path, sizeof path, "%s/botops.yaml", dir);
    assert_int_not_equal(access(path, F_OK), 0);
    drop_folder(dir);
}

static void write_bad(const char *dir)
{
    char path[128];
    struct err e;

    snprintf(path, sizeof path, "%s/workflows", dir);
    PASS(folder_make(path, 0755, &e));
    snprintf(path, sizeof path, "%s/botops.yaml", dir);
    PASS(file_write(path, STR("serverr: {}\n"), 0644, false, &e));
    snprintf(path, sizeof path, "%s/workflows/a.yaml", dir);
    PASS(file_write(path, STR("on:\n  - chat: a\nsteps:\n  - sya: hello\n"), 0644, false, &e));
}

TEST(check_tells_every_error_with_its_place_and_exits_with_2)
{
    char dir[64];

    write_bad(temp_folder(dir));
    CAPTURE(r, "check", "-C", dir);
    EQ(r->status, 2);
    HAS(r->out, "botops.yaml:1:1: ");
    HAS(r->out, "workflows/a.yaml:4:5: ");
    HAS(r->out, "did you mean `say`?");
    HAS(r->e.text, "errors in");
    drop_folder(dir);
}

TEST(check_gives_editors_a_list)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value list;
    struct err e;
    char dir[64];

    write_bad(temp_folder(dir));
    CAPTURE(r, "check", "-C", dir, "-o", "json");
    EQ(r->status, 2);
    PASS(json_read(a, str_of(r->out), JSON_LIMITS, &list, &e));
    EQ(list.kind, V_LIST);
    TRUE(list.n >= 2);
    VIEWEQ(value_get_str(list.list[0], "file"), "botops.yaml");
    EQ(value_at(list.list[0], "line").i, 1);
    drop_folder(dir);
}

TEST(an_empty_folder_is_told_what_to_do)
{
    char dir[64];

    temp_folder(dir);
    CAPTURE(r, "check", "-C", dir);
    EQ(r->status, 2);
    HAS(r->out, "botops init");
    CAPTURE(r, "check", "-C", "/no/such/folder");
    EQ(r->status, 1);
    drop_folder(dir);
}

static int make(void **state)
{
    (void)state;
    r = mem_new(sizeof *r);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    free(r);
    return 0;
}

int main(void)
{
    const struct CMUnitTest all[] = {T(an_expression_sees_the_keys_of_the_data),
                                     T(a_wrong_expression_is_a_usage_error_with_its_place),
                                     T(a_batch_answers_line_by_line),
                                     T(data_may_come_from_standard_input),
                                     T(an_explanation_shows_each_part),
                                     T(a_schedule_is_explained_with_its_next_times),
                                     T(a_change_of_the_clocks_is_marked),
                                     T(a_period_works_too),
                                     T(a_schedule_as_data),
                                     T(a_time_that_never_comes_is_said_so),
                                     T(a_wrong_schedule_zone_or_number_is_a_usage_error),
                                     T(what_init_writes_passes_check),
                                     T(init_overwrites_nothing),
                                     T(check_tells_every_error_with_its_place_and_exits_with_2),
                                     T(check_gives_editors_a_list),
                                     T(an_empty_folder_is_told_what_to_do)};

    return cmocka_run_group_tests_name(__FILE__, all, make, drop);
}
