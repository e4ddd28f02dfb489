#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/machine.h"
#include "base/report.h"

TEST(complaints_come_in_the_order_of_their_places_each_once)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};
    AUTO(buf) struct buf b = BUF(1000);

    report_add(&r, "b.yaml", 1, 1, "later");
    report_add(&r, "a.yaml", 10, 2, "second");
    report_add(&r, "a.yaml", 2, 5, "first");
    report_add(&r, "a.yaml", 10, 2, "second");
    report_add(&r, "a.yaml", 0, 0, "no place");
    report_sort(&r);
    report_text(&r, &b);
    STREQ(b.p, "a.yaml: no place\na.yaml:2:5: first\na.yaml:10:2: second\nb.yaml:1:1: later\n");
}

static const char *const states[] = {"open", "shut"};
static const uint32_t moves[] = {MOVE(1), 0};
static const struct machine door = {"door", 2, states, moves};

TEST(only_declared_moves_are_made)
{
    int state = 0;

    TRUE(machine_can(&door, 0, 1));
    FALSE(machine_can(&door, 1, 0));
    FALSE(machine_can(&door, 0, 7));
    TRUE(machine_ends(&door, 1));
    EQ(machine_find(&door, STR("shut")), 1);
    EQ(machine_find(&door, STR("ajar")), -1);
    machine_move(&door, &state, 1);
    EQ(state, 1);
}

/* What a line of the log looks like on standard error when that is no terminal. */
static void logged(const char *sentence, struct str value, char *out, size_t size)
{
    int pipes[2], keep = dup(STDERR_FILENO);
    ssize_t n;

    assert_int_equal(pipe(pipes), 0);
    dup2(pipes[1], STDERR_FILENO);
    log_setup(LOG_INFO, LOG_JSON);
    log_info(sentence, LOG_V("what", value), LOG_N("n", 7));
    log_debug("not told");
    dup2(keep, STDERR_FILENO);
    close(pipes[1]);
    n = read(pipes[0], out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    close(pipes[0]);
    close(keep);
}

TEST(a_log_line_is_one_line_of_json_whatever_is_in_it)
{
    char line[1000];

    logged("two\nlines \"quoted\"", STR("\x1b[31m\xff\\"), line, sizeof line);
    HAS(line, "\"level\":\"info\",\"msg\":\"two\\u000alines \\\"quoted\\\"\"");
    HAS(line, "\"what\":\"\\u001b[31m\\ufffd\\\\\",\"n\":7}\n");
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

TEST(a_line_too_long_for_the_log_is_still_a_line)
{
    static char big[20000];
    char line[10000];

    memset(big, 'x', sizeof big);
    logged("long", str_n(big, sizeof big), line, sizeof line);
    HAS(line, "\"msg\":\"long\"}\n");
}

TEST(errors_know_their_exit_and_http_status)
{
    struct err e;

    EQ(err_exit(OK), 0);
    EQ(err_exit(E_INPUT), 2);
    EQ(err_exit(E_CONFIG), 2);
    EQ(err_exit(E_OFFLINE), 3);
    EQ(err_exit(E_DENIED), 4);
    EQ(err_exit(E_IO), 1);
    EQ(err_http(E_NOT_FOUND), 404);
    EQ(err_http(E_FULL), 503);
    EQ(err_http(E_LIMIT), 413);
    EQ(fail_at(&e, E_INPUT, 3, 4, "unknown key `%s`", "nmae"), E_INPUT);
    EQ(e.line * 10 + e.col, 34);
    EQ(wrap(&e, "rules.yaml"), E_INPUT);
    STREQ(e.text, "rules.yaml: unknown key `nmae`");
}

RUN(T(complaints_come_in_the_order_of_their_places_each_once), T(only_declared_moves_are_made),
    T(a_log_line_is_one_line_of_json_whatever_is_in_it),
    T(a_line_too_long_for_the_log_is_still_a_line), T(errors_know_their_exit_and_http_status))
