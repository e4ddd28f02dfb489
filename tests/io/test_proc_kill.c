#include "io/proc.h"

#include "test.h"

#include "shim/fixture.h"

/* Kills a step that has said it is ready, and expects nobody to be left. */
static void kill_it(struct step *s)
{
    step_start(s);
    step_ready(s);
    proc_kill(s->pidfd);
    proc_kill(s->pidfd);
    EQ(step_wait(s), 0);
    EQ(step_look(s), PROC_ENDED);
    EQ(step_survivors(s), 0);
}

TEST(a_kill_asks_first)
{
    struct step s;
    struct buf b AUTO(buf) = {0};

    step_init(&s, SH("trap 'echo asked; exit 9' TERM; echo > $READY; while :; do :; done"));
    kill_it(&s);
    EQ(s.status.end, PROC_KILLED);
    TRUE(s.status.ended_at - s.status.started_at < 9 * SECOND_US);
    b = step_output(&s);
    STREQ(b.p, "asked\n");
    step_done(&s);
}

TEST(who_does_not_listen_is_killed_after_the_grace)
{
    struct step s;

    step_init(&s, SH("trap '' TERM; echo > $READY; while :; do sleep 1000; done"));
    s.spec.grace_ms = 150;
    kill_it(&s);
    EQ(s.status.end, PROC_KILLED);
    TRUE(s.status.ended_at - s.status.started_at >= 150 * MS_US);
    step_done(&s);
}

TEST(no_descendant_escapes_by_session_double_fork_or_deafness)
{
    struct step s;

    step_init(&s, SH("trap '' TERM\n"
                     "(setsid sh -c '(setsid sleep 1000 &) ; sleep 1000' >/dev/null 2>&1 &)\n"
                     "(sleep 1000 &)\n"
                     "setsid sh -c 'echo > $READY; exec sleep 1000'"));
    s.spec.grace_ms = 100;
    kill_it(&s);
    EQ(s.status.end, PROC_KILLED);
    step_done(&s);
}

TEST(a_stopped_process_hears_the_kill)
{
    struct step s;
    struct buf b AUTO(buf) = {0};

    step_init(&s, SH("trap 'echo heard; exit' TERM\n"
                     "(until grep -q '^State:.T' /proc/$$/status; do :; done; echo > $READY) &\n"
                     "kill -STOP $$"));
    kill_it(&s);
    TRUE(s.status.ended_at - s.status.started_at < 9 * SECOND_US);
    EQ(s.status.end, PROC_KILLED);
    b = step_output(&s);
    STREQ(b.p, "heard\n");
    step_done(&s);
}

TEST(a_fork_storm_is_ended)
{
    struct step s;

    /* each runner starts the next in a new session and dies, 3000 times: no pid lives long */
    step_init(&s, SH("trap '' TERM\n"
                     "printf '%s\\n' '[ $1 = 0 ] || setsid sh ./run $(($1 - 1)) & exit' > run\n"
                     "for i in 1 2 3 4 5 6; do sh ./run 3000; done\n"
                     "echo > $READY; sleep 1000"));
    s.spec.grace_ms = 20;
    kill_it(&s);
    EQ(s.status.end, PROC_KILLED);
    step_done(&s);
}

TEST(a_process_that_joined_the_servers_group_is_killed_and_the_server_is_not)
{
    static const char join[] = "import os, signal, sys; signal.signal(15, signal.SIG_IGN);"
                               "os.setpgid(0, int(sys.argv[1]));"
                               "open(os.environ['READY'], 'w').write('x'); signal.pause()";
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    char group[16];
    struct step s;

    if (terminal >= 0) close(terminal);
    /* with a terminal each step has a session of its own, and no way into our group */
    if (terminal >= 0 || access("/usr/bin/python3", X_OK) != 0) skip();
    snprintf(group, sizeof group, "%d", (int)getpgrp());
    step_init(&s, (const char *const[]){"python3", "-c", join, group, NULL});
    s.spec.grace_ms = 50;
    kill_it(&s);
    EQ(s.status.end, PROC_KILLED);
    step_done(&s);
}

TEST(a_timeout_needs_no_server)
{
    struct step s;

    step_init(&s, SH("echo begun; sleep 1000"));
    s.spec.timeout_ms = 100;
    step_run(&s);
    EQ(s.status.end, PROC_TIMEOUT);
    EQ(s.status.output, 6);
    TRUE(s.status.ended_at - s.status.started_at >= 99 * MS_US);
    EQ(step_survivors(&s), 0);
    step_done(&s);
}

TEST(a_step_that_ends_takes_what_it_left_behind_with_it)
{
    struct step s;
    struct buf b AUTO(buf) = {0};

    step_init(&s, SH("(trap '' TERM; sleep 1000) & echo done; exit 3"));
    s.spec.grace_ms = 50;
    step_run(&s);
    EQ(s.status.end, PROC_EXITED);
    EQ(s.status.code, 3);
    EQ(step_survivors(&s), 0);
    b = step_output(&s);
    STREQ(b.p, "done\n");
    step_done(&s);
}

TEST(what_descendants_still_write_right_after_the_end_is_kept)
{
    struct step s;
    struct buf b AUTO(buf) = {0};

    step_init(&s, SH("(sleep 0.05; echo late) & exit 0"));
    step_run(&s);
    EQ(s.status.end, PROC_EXITED);
    b = step_output(&s);
    STREQ(b.p, "late\n");
    step_done(&s);
}

TEST(a_process_may_close_its_output_and_go_on)
{
    struct step s;
    struct buf b AUTO(buf) = {0};

    step_init(&s, SH("echo last; exec >&- 2>&-; sleep 0.1; touch went_on; exit 6"));
    step_run(&s);
    EQ(s.status.code, 6);
    char path[96];
    snprintf(path, sizeof path, "%s/went_on", s.root);
    EQ(access(path, F_OK), 0);
    b = step_output(&s);
    STREQ(b.p, "last\n");
    step_done(&s);
}

TEST(a_kill_that_comes_before_the_start_starts_nothing_or_kills_it)
{
    for (int i = 0; i < 20; i++) {
        struct step s;

        step_init(&s, SH("sleep 1000"));
        step_start(&s);
        proc_kill(s.pidfd);
        EQ(step_wait(&s), 0);
        EQ(step_look(&s), PROC_ENDED);
        EQ(s.status.end, PROC_KILLED);
        EQ(step_survivors(&s), 0);
        step_done(&s);
    }
}

TEST(signals_of_a_terminal_do_not_reach_the_shim)
{
    struct step s;

    step_init(&s, SH("echo > $READY; sleep 0.1; exit 2"));
    step_start(&s);
    step_ready(&s);
    kill(s.pid, SIGHUP);
    kill(s.pid, SIGINT);
    kill(s.pid, SIGPIPE);
    kill(s.pid, SIGUSR1);
    EQ(step_wait(&s), 0);
    EQ(step_look(&s), PROC_ENDED);
    EQ(s.status.code, 2);
    step_done(&s);
}

/* A place where cgroups can be made: cgroup v2 on its usual mount points. */
static const char *cgroup_place(char path[64])
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

    for (size_t i = 0; i < COUNT_OF(roots); i++) {
        char kill_file[128];

        snprintf(path, 64, "%s/botops-test-%d", roots[i], (int)getpid());
        if (mkdir(path, 0755) != 0) continue;
        snprintf(kill_file, sizeof kill_file, "%s/cgroup.kill", path);
        if (access(kill_file, W_OK) == 0) return path;
        rmdir(path);
    }
    return NULL;
}

TEST(a_step_has_a_cgroup_of_its_own_where_that_is_possible)
{
    char place[64], self[32];
    struct buf b AUTO(buf) = {0};
    struct step s;

    if (!cgroup_place(place)) skip();
    step_init(&s, SH("cat /proc/self/cgroup; setsid sleep 1000 & echo > $READY; sleep 1000"));
    s.spec.cgroup = place;
    s.spec.grace_ms = 50;
    kill_it(&s);
    b = step_output(&s);
    snprintf(self, sizeof self, "/step-%d\n", (int)s.pid);
    HAS(b.p, self);
    EQ(rmdir(place), 0); /* the step's own is gone */
    step_done(&s);
}

TEST(without_a_cgroup_a_step_runs_all_the_same)
{
    struct step s;

    step_init(&s, SH("exit 8"));
    s.spec.cgroup = "/no/such/cgroup";
    step_run(&s);
    EQ(s.status.code, 8);
    step_done(&s);

    step_init(&s, SH("exit 8"));
    s.spec.cgroup = s.root; /* a folder, but no cgroup */
    step_run(&s);
    EQ(s.status.code, 8);
    step_done(&s);
}

RUN(T(a_kill_asks_first), T(who_does_not_listen_is_killed_after_the_grace),
    T(no_descendant_escapes_by_session_double_fork_or_deafness),
    T(a_stopped_process_hears_the_kill), T(a_fork_storm_is_ended),
    T(a_process_that_joined_the_servers_group_is_killed_and_the_server_is_not),
    T(a_timeout_needs_no_server), T(a_step_that_ends_takes_what_it_left_behind_with_it),
    T(what_descendants_still_write_right_after_the_end_is_kept),
    T(a_process_may_close_its_output_and_go_on),
    T(a_kill_that_comes_before_the_start_starts_nothing_or_kills_it),
    T(signals_of_a_terminal_do_not_reach_the_shim),
    T(a_step_has_a_cgroup_of_its_own_where_that_is_possible),
    T(without_a_cgroup_a_step_runs_all_the_same))
