/* What a process is given, and what it leaves. */
#include "engine/world_sim.h"

#include <stdio.h>

static struct sim s;

TEST(a_script_goes_to_its_shell_as_one_argument_and_values_never_into_it)
{
    static const struct {
        const char *step, *argv;
    } cases[] = {
        {"{run: 'x y', args: ['$(id)', '-n', '']}", "bash|-euo|pipefail|-c|x y|botops|$(id)|-n|"},
        {"{run: 'x y'}", "bash|-euo|pipefail|-c|x y"},
        {"{run: x, shell: sh, args: [1]}", "sh|-eu|-c|x|botops|1"},
        {"{run: x, shell: python3, args: [a]}", "python3|-c|x|a"},
        {"{run: x, shell: [ruby, -e], args: [a]}", "ruby|-e|x|a"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char yaml[512];
        struct id run;

        snprintf(yaml, sizeof yaml, ONE("%s"), cases[i].step);
        sim_init(&s, 1, yaml);
        run = sim_start(&s, "go");
        sim_to_end(&s, run);
        STREQ(sim_argv(&s), cases[i].argv);
        STREQ(sim_status(&s, run), "succeeded");
        sim_done(&s);
    }
}

TEST(a_shell_that_takes_a_file_is_given_one_with_the_script_in_it)
{
    struct id run;
    char wanted[256];

    sim_init(&s, 1, ONE("{id: a, run: 'puts 1', shell: [ruby, '{0}'], args: [z]}"));
    run = sim_start(&s, "go");
    sim_to_end(&s, run);
    STREQ(s.last_script, "puts 1");
    snprintf(wanted, sizeof wanted, "/data/runs/20260101/%s/a.1.script", run.s);
    STREQ(s.last_script_file, wanted);
    snprintf(wanted, sizeof wanted, "ruby|/data/runs/20260101/%s/a.1.script|z", run.s);
    STREQ(sim_argv(&s), wanted);
    sim_done(&s);
}

TEST(a_process_knows_its_run_and_gets_little_of_the_servers_environment)
{
    struct id run;
    char wanted[256];

    sim_init(&s, 1,
             "server: {url: 'https://b.example'}\n"
             "workflows: [{name: w, on: [{event: go}], steps: ["
             "{id: a, run: x, env: {WHO: '${{ user }}', N: '${{ 1 + 1 }}'}}, {id: b, sleep: 1h}, "
             "{id: c, run: y}]}]\n");
    s.env[s.env_n][0] = "HOME", s.env[s.env_n++][1] = "/home/b";
    s.env[s.env_n][0] = "AWS_KEY", s.env[s.env_n++][1] = "geheim";
    run = sim_start(&s, "go");
    SIM_UNTIL(&s, s.spawns == 1);
    STREQ(sim_env(&s, "WHO"), "ana");
    STREQ(sim_env(&s, "N"), "2");
    STREQ(sim_env(&s, "BOTOPS_RUN_ID"), run.s);
    STREQ(sim_env(&s, "BOTOPS_STEP"), "a");
    STREQ(sim_env(&s, "BOTOPS_ATTEMPT"), "1");
    STREQ(sim_env(&s, "BOTOPS_WORKFLOW"), "w");
    STREQ(sim_env(&s, "BOTOPS_USER"), "ana");
    STREQ(sim_env(&s, "BOTOPS_REPO"), "/repo");
    snprintf(wanted, sizeof wanted, "https://b.example/runs/%s", run.s);
    STREQ(sim_env(&s, "BOTOPS_URL"), wanted);
    STREQ(sim_env(&s, "HOME"), "/home/b");
    STREQ(sim_env(&s, "PATH"), "/usr/local/bin:/usr/bin:/bin");
    assert_null(sim_env(&s, "AWS_KEY"));
    snprintf(wanted, sizeof wanted, "/data/runs/20260101/%s/a.1.outputs", run.s);
    STREQ(sim_env(&s, "BOTOPS_OUTPUT"), wanted);
    snprintf(wanted, sizeof wanted, "/data/runs/20260101/%s/work", run.s);
    STREQ(s.last_dir, wanted);
    SIM_UNTIL(&s, s.spawns == 2); /* the run was read back from the store meanwhile */
    snprintf(wanted, sizeof wanted, "https://b.example/runs/%s", run.s);
    STREQ(sim_env(&s, "BOTOPS_URL"), wanted);
    sim_done(&s);
}

TEST(secrets_come_by_environment_only_and_a_missing_one_fails_the_step_with_a_sentence)
{
    struct id run;

    sim_init(&s, 1,
             "secrets: {K: {env: KEY}, F: {file: k.txt}}\n"
             "workflows: [{name: w, on: [{event: go}], steps: [{id: a, run: x, "
             "env: {T: 'k=${{ secrets.K }}', U: '${{ secrets.F }}'}}]}]\n");
    s.files[s.files_n][0] = "/repo/k.txt", s.files[s.files_n++][1] = "from file\n";
    run = sim_start(&s, "go");
    sim_to_end(&s, run);
    STREQ(sim_status(&s, run), "failed");
    HAS(sim_error(&s, run, "a"), "to come from the variable KEY");
    EQ(s.spawns, 0);

    s.env[s.env_n][0] = "KEY", s.env[s.env_n++][1] = "canary";
    run = sim_start(&s, "go");
    sim_to_end(&s, run);
    STREQ(sim_env(&s, "T"), "k=canary");
    STREQ(sim_env(&s, "U"), "from file");
    assert_null(strstr(sim_argv(&s), "canary"));
    EQ(sim_number(&s, "SELECT count(*) FROM steps WHERE outputs LIKE '%%canary%%' OR error LIKE "
                      "'%%canary%%'"),
       0);
    sim_done(&s);
}

TEST(dir_is_within_the_work_folder_unless_it_is_absolute)
{
    struct id run;
    char wanted[256];

    sim_init(&s, 1, ONE("{run: x, dir: sub}, {run: y, dir: /srv}"));
    run = sim_start(&s, "go");
    SIM_UNTIL(&s, s.spawns == 1);
    snprintf(wanted, sizeof wanted, "/data/runs/20260101/%s/work/sub", run.s);
    STREQ(s.last_dir, wanted);
    sim_to_end(&s, run);
    STREQ(s.last_dir, "/srv");
    sim_done(&s);
}

TEST(what_a_script_writes_to_its_outputs_is_seen_by_later_steps)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"v=1 2\nw=x=y\n", "{\"v\":\"1 2\",\"w\":\"x=y\"}"},
        {"v<<END\nline 1\nline 2\nEND\n", "{\"v\":\"line 1\\nline 2\"}"},
        {"{\"v\": [1, {\"a\": null}]}", "{\"v\":[1,{\"a\":null}]}"},
        {"", ""},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct id run;

        sim_init(&s, 1, ONE("{id: a, run: x}, {say: 'got ${{ steps.a.outputs.?v.orValue(0) }}'}"));
        sim_fate(&s, (struct fate){.script = "x", .outputs = cases[i].text});
        run = sim_start(&s, "go");
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), "succeeded");
        STREQ(sim_outputs(&s, run, "a"), cases[i].json);
        sim_done(&s);
    }
}

TEST(outputs_that_cannot_be_read_fail_the_step_with_a_sentence)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"no equals\n", "line 1 of $BOTOPS_OUTPUT should be `name=value`"},
        {"a=1\nv<<END\nx\n", "line 2 of $BOTOPS_OUTPUT has no closing line `END`"},
        {"{\"a\": }", "$BOTOPS_OUTPUT is no JSON object"},
        {"a=\xff\n", "$BOTOPS_OUTPUT is not UTF-8"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct id run;

        sim_init(&s, 1, ONE("{id: a, run: x}"));
        sim_fate(&s, (struct fate){.script = "x", .outputs = cases[i].text});
        run = sim_start(&s, "go");
        sim_to_end(&s, run);
        STREQ(sim_status(&s, run), "failed");
        HAS(sim_error(&s, run, "a"), cases[i].error);
        sim_done(&s);
    }
}

TEST(output_json_reads_standard_output_as_one_value_beside_the_outputs)
{
    struct id run;

    sim_init(&s, 1, ONE("{id: a, run: x, output: json}, {id: b, run: y, output: json}"));
    sim_fate(&s, (struct fate){.script = "x", .out = "[1, 2]\n", .outputs = "k=v\n"});
    sim_fate(&s, (struct fate){.script = "y", .out = "oops"});
    run = sim_start(&s, "go");
    sim_to_end(&s, run);
    STREQ(sim_outputs(&s, run, "a"), "{\"k\":\"v\",\"json\":[1,2]}");
    HAS(sim_error(&s, run, "b"), "should be one JSON value (line 1, column 1)");
    STREQ(sim_status(&s, run), "failed");
    sim_done(&s);
}

RUN(T(a_script_goes_to_its_shell_as_one_argument_and_values_never_into_it),
    T(a_shell_that_takes_a_file_is_given_one_with_the_script_in_it),
    T(a_process_knows_its_run_and_gets_little_of_the_servers_environment),
    T(secrets_come_by_environment_only_and_a_missing_one_fails_the_step_with_a_sentence),
    T(dir_is_within_the_work_folder_unless_it_is_absolute),
    T(what_a_script_writes_to_its_outputs_is_seen_by_later_steps),
    T(outputs_that_cannot_be_read_fail_the_step_with_a_sentence),
    T(output_json_reads_standard_output_as_one_value_beside_the_outputs))
