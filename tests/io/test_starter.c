#include "io/starter.h"

#include "test.h"

#include "shim/fixture.h"

enum { MANY = 100, ONE_AFTER_THE_OTHER = 300 };

static int64_t resident_kb(pid_t pid)
{
    char path[64], text[8192], *p;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = '\0';
    p = strstr(text, "VmRSS:");
    return p ? strtoll(p + 6, NULL, 10) : -1;
}

/* The process `botops-starter` that is our child. */
static pid_t starter_pid(void)
{
    char path[64], text[4096], name[64];
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = '\0';
    for (char *p = text, *end; *p; p = end + (*end == ' ')) {
        long pid = strtol(p, &end, 10);

        if (end == p) break;
        snprintf(path, sizeof path, "/proc/%ld/comm", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? 0 : read(fd, name, sizeof name - 1);
        if (fd >= 0) close(fd);
        if (n == 15 && memcmp(name, "botops-starter\n", 15) == 0) return (pid_t)pid;
    }
    return -1;
}

TEST(many_are_started_at_once_and_answered_in_order)
{
    static struct step steps[MANY];
    struct started got[MANY];
    struct err e = {0};
    int heard = 0;

    for (int i = 0; i < MANY; i++) {
        step_init(&steps[i], SH("exit 9"));
        PASS(starter_ask(starter(), &steps[i].spec, (uint32_t)i, &e));
    }
    while (heard < MANY) {
        int n;

        TRUE(starter_waits());
        n = starter_hear(starter(), got + heard, MANY - heard);
        TRUE(n >= 0);
        heard += n;
    }
    TRUE(!starter_unsent(starter()));
    for (int i = 0; i < MANY; i++) {
        EQ(got[i].id, i);
        EQ(got[i].error, 0);
        steps[i].pid = got[i].pid;
        steps[i].pidfd = got[i].pidfd;
        EQ(step_wait(&steps[i]), 0);
        EQ(step_look(&steps[i]), PROC_ENDED);
        EQ(steps[i].status.code, 9);
        step_done(&steps[i]);
    }
}

TEST(rooms_are_used_again)
{
    for (int i = 0; i < ONE_AFTER_THE_OTHER; i++) {
        struct step s;

        step_init(&s, SH("exit 0"));
        step_run(&s);
        step_done(&s);
    }
    TRUE(resident_kb(starter_pid()) < 16384); /* what many at once have left behind, and no more */
}

TEST(a_large_environment_arrives_whole)
{
    static char big[3][130000];
    const char *env[] = {"PATH=/usr/bin:/bin", big[0], big[1], big[2], NULL};
    struct step s;
    struct buf b AUTO(buf) = {0};

    for (int i = 0; i < 3; i++) {
        memset(big[i], 'x', sizeof big[i] - 1);
        big[i][0] = (char)('A' + i);
        big[i][1] = '=';
    }
    for (int round = 0; round < 3; round++) {
        step_init(&s, SH("echo ${#A} ${#B} ${#C}"));
        s.spec.envp = env;
        step_run(&s);
        b = step_output(&s);
        STREQ(b.p, "129997 129997 129997\n");
        buf_auto(&b);
        b = (struct buf){0};
        step_done(&s);
    }
}

TEST(what_the_system_refuses_for_its_size_surely_did_not_run)
{
    enum { PIECES = 30 };
    static char big[PIECES][131000];
    const char *env[PIECES + 1] = {0};
    struct step s;

    for (int i = 0; i < PIECES; i++) {
        memset(big[i], 'x', sizeof big[i] - 1);
        memcpy(big[i], "A=", 2);
        env[i] = big[i];
    }
    step_init(&s, SH("true"));
    s.spec.envp = env;
    step_run(&s);
    EQ(s.status.end, PROC_NOT_STARTED);
    EQ(s.status.code, E2BIG);
    step_done(&s);
}

/* Its memory is what they live in. */
TEST(the_holders_outlive_a_killed_starter)
{
    struct starter *own = NULL;
    struct started got = {0};
    struct step s, next;
    struct err e = {0};
    char path[96];
    int go;

    step_init(&s, SH("echo > $READY; read x < $MARK/go; echo went on; exit 4"));
    snprintf(path, sizeof path, "%s/go", s.root);
    EQ(mkfifo(path, 0600), 0);
    PASS(starter_new(shim_path(), "killed", &own, &e));
    PASS(starter_ask(own, &s.spec, 1, &e));
    TRUE(readable(starter_fd(own)));
    EQ(starter_hear(own, &got, 1), 1);
    s.pid = got.pid;
    s.pidfd = got.pidfd;
    step_ready(&s);
    starter_free(own); /* by SIGKILL */
    step_init(&next, SH("exit 0"));
    step_run(&next);
    step_done(&next);
    go = open(path, O_WRONLY | O_CLOEXEC);
    EQ(write(go, "x\n", 2), 2);
    close(go);
    EQ(step_wait(&s), 0);
    EQ(step_look(&s), PROC_ENDED);
    EQ(s.status.code, 4);
    step_done(&s);
}

TEST(a_starter_that_was_killed_by_others_is_told)
{
    struct starter *own = NULL;
    struct started got;
    struct err e = {0};
    struct step s;
    pid_t pid;

    starter_free(only_starter);
    only_starter = NULL;
    PASS(starter_new(shim_path(), "killed", &own, &e));
    do pid = starter_pid(); /* until it has given itself its name */
    while (pid < 0);
    kill(pid, SIGKILL);
    TRUE(readable(starter_fd(own)));
    EQ(starter_hear(own, &got, 1), STARTER_GONE);
    step_init(&s, SH("true"));
    PASS(starter_ask(own, &s.spec, 1, &e)); /* nobody hears it */
    EQ(step_look(&s), PROC_NEVER);
    step_done(&s);
    starter_free(own);
}

TEST(a_person_who_starts_the_shim_is_told_what_it_is)
{
    char out[256];
    FILE *f;
    char command[PATH_MAX + 64];
    size_t n;

    snprintf(command, sizeof command, "'%s' now 2>&1; echo $?", shim_path());
    f = popen(command, "r"); /* NOLINT(cert-env33-c): a command of this test */
    assert_non_null(f);
    n = fread(out, 1, sizeof out - 1, f);
    out[n] = '\0';
    pclose(f);
    STREQ(out, "botops-shim holds the steps of a server; `botops serve` starts it\n2\n");
}

RUN(T(many_are_started_at_once_and_answered_in_order), T(rooms_are_used_again),
    T(a_large_environment_arrives_whole),
    T(what_the_system_refuses_for_its_size_surely_did_not_run),
    T(the_holders_outlive_a_killed_starter), T(a_starter_that_was_killed_by_others_is_told),
    T(a_person_who_starts_the_shim_is_told_what_it_is))
