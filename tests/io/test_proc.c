#include "io/proc.h"

#include "test.h"

#include "shim/fixture.h"

#include <spawn.h>
#include <sys/resource.h>

TEST(a_step_leaves_its_output_and_its_end)
{
    struct step s;
    struct buf b AUTO(buf) = {0};

    step_init(&s, SH("echo out; echo $MARK; exit 7"));
    step_run(&s);
    EQ(s.status.end, PROC_EXITED);
    EQ(s.status.code, 7);
    EQ(s.status.dropped, 0);
    EQ(s.status.output_error, 0);
    TRUE(s.status.started_at > 0 && s.status.ended_at >= s.status.started_at);
    TRUE(clock_wall() - s.status.started_at < 60 * SECOND_US);
    TRUE(s.status.max_rss_kb > 100);
    b = step_output(&s);
    HAS(b.p, "out\n/tmp/botops-step-");
    EQ(s.status.output, b.n);
    step_done(&s);
}

TEST(a_signal_is_told_as_a_signal)
{
    struct step s;

    step_init(&s, SH("kill -SEGV $$"));
    step_run(&s);
    EQ(s.status.end, PROC_SIGNAL);
    EQ(s.status.code, SIGSEGV);
    step_done(&s);
}

TEST(a_step_without_claim_was_never_started)
{
    struct step s;

    step_init(&s, SH("true"));
    EQ(step_look(&s), PROC_NEVER);
    step_done(&s);
    EQ(step_look(&s), PROC_NEVER);
}

TEST(a_running_step_is_alive_and_can_be_watched_again)
{
    struct step s;
    int again = -1;

    step_init(&s, SH("echo > $READY; read x < $READY2; exit 4"));
    char second[128], path[96];
    snprintf(path, sizeof path, "%s/go", s.root);
    snprintf(second, sizeof second, "READY2=%s", path);
    EQ(mkfifo(path, 0600), 0);
    s.env[0] = second;
    step_start(&s);
    step_ready(&s);
    EQ(proc_look(s.stem, &again, &s.status), PROC_ALIVE);
    int go = open(path, O_WRONLY | O_CLOEXEC);
    EQ(write(go, "x\n", 2), 2);
    close(go);
    TRUE(readable(again));
    close(again);
    EQ(step_wait(&s), 0);
    EQ(step_look(&s), PROC_ENDED);
    EQ(s.status.code, 4);
    step_done(&s);
}

TEST(a_killed_shim_means_lost_and_takes_the_step_with_it)
{
    struct step s;

    step_init(&s, SH("echo > $READY; exec sleep 1000"));
    step_start(&s);
    step_ready(&s);
    kill(s.pid, SIGKILL);
    TRUE(readable(s.pidfd));
    EQ(step_look(&s), PROC_LOST); /* still a zombie: its start time alone would call it alive */
    EQ(step_wait(&s), -SIGKILL);
    EQ(step_look(&s), PROC_LOST);
    TRUE(step_comes_down_to(&s, 0));
    step_done(&s);
}

static void make_file(const struct step *s, const char *name, const char *text, int mode)
{
    char path[128];
    int fd;

    snprintf(path, sizeof path, "%s/%s", s->root, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    EQ(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void forge(const struct step *s, const char *claim)
{
    char path[128];

    snprintf(path, sizeof path, "%s.claim", s->stem);
    unlink(path);
    EQ(symlink(claim, path), 0);
}

TEST(a_claim_of_another_boot_is_told_apart)
{
    struct step s;

    step_init(&s, SH("true"));
    forge(&s, "1 5 00000000-0000-0000-0000-000000000000");
    EQ(step_look(&s), PROC_OTHER_BOOT);
    char path[128];
    snprintf(path, sizeof path, "%s.claim", s.stem);
    unlink(path);
    make_file(&s, "step.claim", "1 5 00000000-0000-0000-0000-000000000000\n", 0600);
    EQ(step_look(&s), PROC_OTHER_BOOT);
    unlink(path);
    make_file(&s, "step.claim", "", 0600); /* its bytes were lost with the power */
    EQ(step_look(&s), PROC_OTHER_BOOT);
    step_done(&s);
}

TEST(a_claim_whose_pid_was_taken_by_somebody_else_is_lost)
{
    struct step s;
    char claim[128];

    step_init(&s, SH("true"));
    snprintf(claim, sizeof claim, "%d 1 %s", (int)getpid(), proc_boot_id());
    forge(&s, claim);
    EQ(step_look(&s), PROC_LOST);
    forge(&s, "nonsense");
    EQ(step_look(&s), PROC_LOST);
    step_done(&s);
}

TEST(a_damaged_status_is_no_status)
{
    struct step s;
    char path[128];
    FILE *f;

    step_init(&s, SH("true"));
    step_run(&s);
    snprintf(path, sizeof path, "%s.status", s.stem);
    f = fopen(path, "w");
    fputs("end exited\ncode abc\n", f);
    fclose(f);
    EQ(step_look(&s), PROC_LOST);
    step_done(&s);
}

TEST(the_boot_id_is_36_characters)
{
    EQ(strlen(proc_boot_id()), 36);
}

TEST(a_forbidden_step_never_starts)
{
    struct step s;
    char ran[128];
    int fd = -1;

    step_init(&s, SH("touch ran"));
    EQ(proc_forbid(s.stem, &fd, &s.status), PROC_NEVER);
    EQ(proc_forbid(s.stem, &fd, &s.status), PROC_NEVER);
    step_start(&s);
    EQ(step_wait(&s), 3);
    EQ(step_look(&s), PROC_NEVER);
    snprintf(ran, sizeof ran, "%s/ran", s.root);
    EQ(access(ran, F_OK), -1);
    step_done(&s);
}

TEST(of_a_late_start_and_a_server_that_gave_up_exactly_one_wins)
{
    int started = 0, forbidden = 0;

    for (int i = 0; i < 200; i++) {
        int64_t until;
        struct step s;
        char ran[128];
        int fd = -1, code;
        enum proc_state state;
        bool did;

        step_init(&s, SH("touch ran"));
        step_start(&s);
        for (until = clock_mono() + (int64_t)i % 40 * 80; clock_mono() < until;) continue;
        state = proc_forbid(s.stem, &fd, &s.status);
        if (fd >= 0) close(fd);
        code = step_wait(&s);
        snprintf(ran, sizeof ran, "%s/ran", s.root);
        did = access(ran, F_OK) == 0;
        EQ(did, state != PROC_NEVER);
        EQ(code, did ? 0 : 3);
        EQ(step_look(&s), did ? PROC_ENDED : PROC_NEVER);
        if (did)
            started++;
        else
            forbidden++;
        step_done(&s);
    }
    print_message("# started %d, forbidden %d\n", started, forbidden);
    EQ(started + forbidden, 200);
}

static void expect_not_started(struct step *s, int error)
{
    step_run(s);
    EQ(s->status.end, PROC_NOT_STARTED);
    EQ(s->status.code, error);
}

TEST(a_missing_program_surely_did_not_run)
{
    const char *names[] = {"no-such-program", "/no/such/program", "./none", ""};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct step s;

        step_init(&s, (const char *const[]){names[i], NULL});
        expect_not_started(&s, ENOENT);
        FALSE(s.status.work_dir_failed);
        step_done(&s);
    }
}

TEST(a_missing_work_dir_is_told_apart_from_a_missing_program)
{
    struct step s;

    step_init(&s, SH("true"));
    s.spec.work_dir = "/no/such/folder";
    expect_not_started(&s, ENOENT);
    TRUE(s.status.work_dir_failed);
    step_done(&s);
}

TEST(a_file_that_is_no_program_surely_did_not_run)
{
    struct step s;
    char path_env[128];

    step_init(&s, (const char *const[]){"./plain", NULL});
    make_file(&s, "plain", "#!/bin/sh\n", 0644);
    expect_not_started(&s, EACCES);
    step_done(&s);

    step_init(&s, (const char *const[]){"plain", NULL});
    make_file(&s, "plain", "#!/bin/sh\n", 0644);
    snprintf(path_env, sizeof path_env, "PATH=/usr/bin:%s", s.root);
    s.env[0] = path_env;
    expect_not_started(&s, EACCES);
    step_done(&s);

    step_init(&s, (const char *const[]){"./data", NULL});
    make_file(&s, "data", "echo no interpreter\n", 0755);
    expect_not_started(&s, ENOEXEC);
    step_done(&s);
}

TEST(a_program_that_is_being_written_surely_did_not_run)
{
    struct step s;
    char path[128];
    int fd;

    step_init(&s, (const char *const[]){"./busy", NULL});
    make_file(&s, "busy", "#!/bin/sh\n", 0755);
    snprintf(path, sizeof path, "%s/busy", s.root);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    expect_not_started(&s, ETXTBSY);
    close(fd);
    step_done(&s);
}

TEST(an_empty_part_of_PATH_does_not_mean_the_work_dir)
{
    struct step s;

    step_init(&s, (const char *const[]){"planted", NULL});
    make_file(&s, "planted", "#!/bin/sh\n", 0755);
    s.env[0] = "PATH=:/usr/bin::";
    expect_not_started(&s, ENOENT);
    step_done(&s);
}

TEST(arguments_that_are_too_long_are_refused_at_once)
{
    struct step s;
    struct err e = {0};
    char *big = malloc(300000);
    const char *argv[] = {"/bin/true", big, NULL};

    memset(big, 'x', 299999);
    big[299999] = '\0';
    step_init(&s, argv);
    EQ(step_ask(&s, &e), E_LIMIT);
    HAS(e.text, "in a file");
    EQ(step_look(&s), PROC_NEVER);
    step_done(&s);
    free(big);
}

TEST(a_missing_shim_is_our_error)
{
    struct starter *none = NULL;
    struct err e = {0};

    EQ(starter_new("/no/such/shim", "test", &none, &e), E_IO);
    HAS(e.text, "/no/such/shim");
    TRUE(none == NULL);
}

TEST(without_a_descriptor_left_nothing_is_started)
{
    struct rlimit old, none;
    struct step s;
    struct err e = {0};

    step_init(&s, SH("true"));
    getrlimit(RLIMIT_NOFILE, &old);
    none = old;
    none.rlim_cur = 3;
    starter();
    setrlimit(RLIMIT_NOFILE, &none);
    EQ(step_ask(&s, &e), E_IO);
    setrlimit(RLIMIT_NOFILE, &old);
    EQ(step_look(&s), PROC_NEVER);
    step_done(&s);
}

TEST(a_step_inherits_nothing_but_its_three_descriptors_and_a_clean_slate)
{
    struct step s;
    struct buf b AUTO(buf) = {0};
    int leak = dup(1);
    sigset_t set;

    step_init(&s, SH("ls /proc/self/fd | tr '\\n' ' '; readlink /proc/self/fd/0;"
                     "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status;"
                     "cat /proc/self/oom_score_adj; ulimit -c; pwd"));
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    step_run(&s);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    b = step_output(&s);
    HAS(b.p, "0 1 2 3 /dev/null\n"); /* 3 is ls reading the folder */
    HAS(b.p, "SigBlk:\t0000000000000000\n");
    HAS(b.p, "SigIgn:\t0000000000000000\n");
    HAS(b.p, "\n500\n0\n/tmp/botops-step-");
    close(leak);
    step_done(&s);
}

TEST(the_shim_keeps_no_secret_once_the_program_runs)
{
    struct step s;

    step_init(&s, SH("echo > $READY; exec sleep 1000"));
    step_start(&s);
    step_ready(&s);
    TRUE(step_comes_down_to(&s, 1)); /* the program; the shim wipes its copy at once */
    proc_kill(s.pidfd);
    EQ(step_wait(&s), 0);
    step_done(&s);
}

/* With PROC_TEST_STEM set this program is a server that starts a step and dies at once. */
__attribute__((constructor)) static void die_as_a_server(void)
{
    const char *stem = getenv("PROC_TEST_STEM");
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    struct proc_spec spec = {.stem = stem,
                             .work_dir = "/",
                             .argv = SH("sleep 0.2; echo went on; exit 5"),
                             .envp = env,
                             .output_cap = 1000};
    struct starter *own;
    struct err e;

    if (!stem) return;
    if (starter_new(getenv("BOTOPS_SHIM"), "test", &own, &e) != OK) _exit(1);
    if (starter_ask(own, &spec, 1, &e) != OK || starter_unsent(own)) _exit(1);
    kill(getpid(), SIGKILL);
}

TEST(a_step_goes_on_when_its_server_is_killed)
{
    struct step s;
    char stem[128], shim[PATH_MAX + 16], self[] = "/proc/self/exe";
    char *argv[] = {self, NULL}, *envp[] = {stem, shim, NULL};
    struct buf b AUTO(buf) = {0};
    enum proc_state state;
    int status, fd = -1;
    pid_t pid;

    step_init(&s, SH("true"));
    snprintf(stem, sizeof stem, "PROC_TEST_STEM=%s", s.stem);
    snprintf(shim, sizeof shim, "BOTOPS_SHIM=%s", shim_path());
    EQ(posix_spawn(&pid, self, NULL, NULL, argv, envp), 0);
    EQ(waitpid(pid, &status, 0), pid);
    TRUE(WIFSIGNALED(status));
    do state = proc_look(s.stem, &fd, &s.status); /* until the shim has made its claim */
    while (state == PROC_NEVER);
    EQ(state, PROC_ALIVE);
    TRUE(readable(fd));
    close(fd);
    EQ(step_look(&s), PROC_ENDED);
    EQ(s.status.code, 5);
    b = step_output(&s);
    STREQ(b.p, "went on\n");
    step_done(&s);
}

RUN(T(a_step_leaves_its_output_and_its_end), T(a_signal_is_told_as_a_signal),
    T(a_step_without_claim_was_never_started), T(a_running_step_is_alive_and_can_be_watched_again),
    T(a_killed_shim_means_lost_and_takes_the_step_with_it),
    T(a_claim_of_another_boot_is_told_apart),
    T(a_claim_whose_pid_was_taken_by_somebody_else_is_lost), T(a_damaged_status_is_no_status),
    T(the_boot_id_is_36_characters), T(a_forbidden_step_never_starts),
    T(of_a_late_start_and_a_server_that_gave_up_exactly_one_wins),
    T(a_missing_program_surely_did_not_run),
    T(a_missing_work_dir_is_told_apart_from_a_missing_program),
    T(a_file_that_is_no_program_surely_did_not_run),
    T(a_program_that_is_being_written_surely_did_not_run),
    T(an_empty_part_of_PATH_does_not_mean_the_work_dir),
    T(arguments_that_are_too_long_are_refused_at_once), T(a_missing_shim_is_our_error),
    T(without_a_descriptor_left_nothing_is_started),
    T(a_step_inherits_nothing_but_its_three_descriptors_and_a_clean_slate),
    T(the_shim_keeps_no_secret_once_the_program_runs), T(a_step_goes_on_when_its_server_is_killed))
