#include "cli/fake_server.h"

#include "cli/client.h"
#include "cli/repo.h"

static void problem_is(int status, const char *body, err_t code, int exit, const char *part)
{
    struct err e;

    EQ(client_problem(status, str_of(body), &e), code);
    EQ(err_exit(code), exit);
    HAS(e.text, part);
}

TEST(a_problem_becomes_an_error_with_its_sentence)
{
    problem_is(404, "{\"detail\":\"there is no run x\"}", E_NOT_FOUND, 1, "there is no run x");
    problem_is(400, "{\"detail\":\"wrong\"}", E_INPUT, 2, "wrong");
    problem_is(403, "{\"detail\":\"not you\"}", E_DENIED, 4, "not you");
    problem_is(401, "{\"detail\":\"who\"}", E_DENIED, 4, "BOTOPS_TOKEN");
    problem_is(409, "{\"detail\":\"it has ended\"}", E_CONFLICT, 1, "it has ended");
    problem_is(413, "{\"detail\":\"too long\"}", E_LIMIT, 1, "too long");
    problem_is(422, "{\"detail\":\"2 errors\"}", E_CONFIG, 2, "2 errors");
    problem_is(503, "{\"detail\":\"later\"}", E_FULL, 1, "later");
    problem_is(500, "{\"title\":\"Internal\"}", E_REMOTE, 1, "Internal");
}

TEST(an_answer_that_is_no_problem_is_told_by_its_status)
{
    problem_is(502, "<html>", E_REMOTE, 1, "status 502");
    problem_is(301, "", E_REMOTE, 1, "status 301");
}

TEST(a_success_is_no_problem)
{
    struct err e;

    PASS(client_problem(200, STR(""), &e));
    PASS(client_problem(202, STR("{}"), &e));
}

TEST(a_problem_cannot_drive_the_terminal)
{
    struct err e;

    EQ(client_problem(404, STR("{\"detail\":\"a\\u001b[31m\\u0007\"}"), &e), E_NOT_FOUND);
    assert_null(strchr(e.text, '\033'));
    HAS(e.text, "\\x1b[31m");
}

TEST(names_in_paths_and_queries_are_encoded)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1000);

    STREQ(path_of(a, "/api/v1/runs/", "../a?b", "/why"), "/api/v1/runs/..%2Fa%3Fb/why");
    buf_add(&b, STR("/x"));
    query_add(&b, "type", "github.*");
    query_add(&b, "absent", NULL);
    query_add(&b, "a", "1&2 3");
    STREQ(b.p, "/x?type=github.%2A&a=1%262%203");
}

TEST(without_a_server_the_exit_status_is_3)
{
    struct captured *r = mem_new(sizeof *r);
    char data[64];

    setenv("BOTOPS_DATA", temp_folder(data), 1);
    CAPTURE(r, "runs");
    EQ(r->status, 3);
    HAS(r->e.text, "no botops server is running");
    HAS(r->e.text, "botops serve");
    CAPTURE(r, "chat", "-c", "hello");
    EQ(r->status, 3);
    CAPTURE(r, "run", "deploy");
    EQ(r->status, 3);
    CAPTURE(r, "logs", "-f", RUN_ID);
    EQ(r->status, 3);
    unsetenv("BOTOPS_DATA");
    drop_folder(data);
    free(r);
}

TEST(a_server_address_must_be_one)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "runs", "--server", "localhost:80");
    EQ(r->status, 2);
    HAS(r->e.text, "http://HOST:PORT");
    free(r);
}

TEST(what_is_no_json_is_no_botops_server)
{
    static const char *const answers[] = {JSON_HEAD "<html>", NULL};
    struct captured *r = mem_new(sizeof *r);
    struct fake *f = mem_new(sizeof *f);

    fake_start(f, answers);
    CAPTURE(r, "runs");
    EQ(r->status, 1);
    HAS(r->e.text, "no botops server");
    fake_end(f);
    free(f);
    free(r);
}

TEST(patience_is_for_servers_that_went_away_only)
{
    struct patience p = {0};
    struct err e;

    (void)fail(&e, E_NOT_FOUND, "x");
    FALSE(patience_wait(&p, &e));
    (void)fail(&e, E_OFFLINE, "x");
    TRUE(patience_wait(&p, &e));
    TRUE(p.until != 0);
    p.until = 1; /* long ago */
    FALSE(patience_wait(&p, &e));
    patience_met(&p);
    TRUE(patience_wait(&p, &e));
}

static void state_is(const char *dir, const char *data, const char *database)
{
    AUTO(arena) struct arena *a = arena_new();
    struct args args = {.arena = a};
    const struct option *o = cli_options;
    struct given given;
    struct state state;
    struct err e;

    while (strcmp(o->name, "--dir") != 0) o++;
    given = (struct given){o, dir};
    args.given = &given;
    args.given_n = 1;
    PASS(repo_state_of(&args, &state, &e));
    STREQ(state.data, data);
    STREQ(state.database, arena_fmt(a, "%s/%s", data, database));
}

TEST(the_data_folder_has_one_meaning)
{
    char dir[64], config[96], data[96];
    struct err e;

    temp_folder(dir);
    unsetenv("BOTOPS_DATA");
    snprintf(data, sizeof data, "%s/data", dir);
    state_is(dir, data, "botops.db"); /* nothing is there yet */
    snprintf(config, sizeof config, "%s/botops.yaml", dir);
    PASS(file_write(config, STR("server: {data: ./state}\nstore: {url: \"sqlite:other.db\"}\n"),
                    0600, false, &e));
    snprintf(data, sizeof data, "%s/state", dir);
    state_is(dir, data, "other.db");
    setenv("BOTOPS_DATA", "/elsewhere", 1);
    state_is(dir, "/elsewhere", "other.db");
    unsetenv("BOTOPS_DATA");
    drop_folder(dir);
}

RUN(T(a_problem_becomes_an_error_with_its_sentence),
    T(an_answer_that_is_no_problem_is_told_by_its_status), T(a_success_is_no_problem),
    T(a_problem_cannot_drive_the_terminal), T(names_in_paths_and_queries_are_encoded),
    T(without_a_server_the_exit_status_is_3), T(a_server_address_must_be_one),
    T(what_is_no_json_is_no_botops_server), T(patience_is_for_servers_that_went_away_only),
    T(the_data_folder_has_one_meaning))
