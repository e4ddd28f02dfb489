#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/loop_inside.h"

static struct loop *loop;

static int setup(void **state)
{
    struct err e;

    (void)state;
    return loop_new(&loop, &e) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

static void stop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

TEST(a_loop_with_nothing_to_wait_for_returns)
{
    loop_run(loop);
}

struct tick {
    struct timer *t;
    int64_t due, ran;
    int times;
    char *order;
    char mark;
};

static void on_tick(void *arg)
{
    struct tick *k = arg;

    k->ran = clock_mono();
    k->times++;
    if (k->order) k->order[strlen(k->order)] = k->mark;
}

TEST(timers_run_in_the_order_they_are_due_and_never_early)
{
    char order[8] = "";
    struct tick k[3] = {{.order = order, .mark = 'c'},
                        {.order = order, .mark = 'a'},
                        {.order = order, .mark = 'b'}};
    int64_t now = clock_mono(), after[] = {9500, 1, 5001};

    for (int i = 0; i < 3; i++) {
        k[i].due = now + after[i];
        k[i].t = timer_new(loop, on_tick, &k[i]);
        timer_set(k[i].t, k[i].due);
    }
    loop_run(loop);
    STREQ(order, "abc");
    for (int i = 0; i < 3; i++) {
        TRUE(k[i].ran >= k[i].due);
        timer_free(k[i].t);
    }
}

TEST(setting_a_timer_again_moves_it_and_stopping_forgets_it)
{
    struct tick moved = {0}, stopped = {0}, past = {0};

    moved.t = timer_new(loop, on_tick, &moved);
    stopped.t = timer_new(loop, on_tick, &stopped);
    past.t = timer_new(loop, on_tick, &past);
    timer_set(moved.t, clock_mono() + 3600 * SECOND_US);
    timer_set(moved.t, clock_mono() + 1000);
    timer_set(stopped.t, clock_mono());
    timer_stop(stopped.t);
    timer_set(past.t, 0);
    timer_stop(past.t);
    loop_run(loop);
    EQ(moved.times, 1);
    EQ(stopped.times, 0);
    EQ(past.times, 0);
    timer_free(moved.t);
    timer_free(stopped.t);
    timer_free(past.t);
}

struct spin {
    struct timer *t;
    struct watch *w;
    int turns;
    bool read;
};

static void on_spin(void *arg)
{
    struct spin *s = arg;

    s->turns++;
    if (s->turns < 100000 && !s->read) timer_set(s->t, 0);
}

static void on_spin_read(void *arg, int events)
{
    struct spin *s = arg;

    (void)events;
    s->read = true;
    watch_set(s->w, 0);
}

TEST(a_timer_that_is_always_due_does_not_starve_descriptors)
{
    struct spin s = {0};
    struct err e;
    int fd[2];

    EQ(pipe(fd), 0);
    EQ(write(fd[1], "x", 1), 1);
    s.t = timer_new(loop, on_spin, &s);
    PASS(watch_new(loop, fd[0], WATCH_READ, on_spin_read, &s, &s.w, &e));
    timer_set(s.t, 0);
    loop_run(loop);
    TRUE(s.read);
    TRUE(s.turns < 100);
    timer_free(s.t);
    watch_free(s.w);
    close(fd[0]);
    close(fd[1]);
}

static struct timer *suicide;

static void on_suicide(void *arg)
{
    (void)arg;
    timer_free(suicide);
}

TEST(a_timer_may_free_itself)
{
    suicide = timer_new(loop, on_suicide, NULL);
    timer_set(suicide, 0);
    loop_run(loop);
    suicide = timer_new(loop, on_suicide, NULL);
    timer_set(suicide, clock_mono() + 1500);
    loop_run(loop);
}

TEST(an_idle_loop_with_a_descriptor_sleeps_without_end)
{
    struct spin s = {0};
    struct err e;
    int fd[2];

    EQ(pipe(fd), 0);
    PASS(watch_new(loop, fd[0], WATCH_READ, on_spin_read, &s, &s.w, &e));
    s.t = timer_new(loop, on_spin, &s);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    EQ(uv_backend_timeout(&loop->uv), -1);
    timer_set(s.t, 0);
    EQ(uv_backend_timeout(&loop->uv), 0);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    timer_stop(s.t);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    EQ(uv_backend_timeout(&loop->uv), -1);
    timer_free(s.t);
    watch_free(s.w);
    close(fd[0]);
    close(fd[1]);
}

enum { SENDERS = 4, SENDS = 5000 };

struct post {
    struct wake *w;
    atomic_int done;
    pthread_mutex_t lock;
    int boxes, taken, calls; /* boxes: under the lock */
};

static void *sender(void *arg)
{
    struct post *p = arg;

    for (int i = 0; i < SENDS; i++) {
        pthread_mutex_lock(&p->lock);
        p->boxes++;
        pthread_mutex_unlock(&p->lock);
        wake_send(p->w);
    }
    return NULL;
}

static void on_post(void *arg)
{
    struct post *p = arg;

    p->calls++;
    pthread_mutex_lock(&p->lock);
    p->taken += p->boxes;
    p->boxes = 0;
    pthread_mutex_unlock(&p->lock);
    if (p->taken == SENDERS * SENDS) wake_free(p->w);
}

TEST(no_wake_up_from_another_thread_is_lost)
{
    struct post p = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t t[SENDERS];

    p.w = wake_new(loop, on_post, &p);
    for (int i = 0; i < SENDERS; i++) EQ(pthread_create(&t[i], NULL, sender, &p), 0);
    loop_run(loop);
    for (int i = 0; i < SENDERS; i++) pthread_join(t[i], NULL);
    EQ(p.taken, SENDERS * SENDS);
    TRUE(p.calls <= SENDERS * SENDS);
}

struct plain {
    struct wake *w;
    int value; /* handed over by the wake-up alone */
};

static void *hand_over(void *arg)
{
    struct plain *p = arg;

    p->value = 42;
    wake_send(p->w);
    return NULL;
}

static void on_plain(void *arg)
{
    struct plain *p = arg;

    EQ(p->value, 42);
    wake_free(p->w);
}

TEST(what_was_written_before_a_wake_up_is_seen_by_its_call)
{
    struct plain p = {0};
    pthread_t t;

    p.w = wake_new(loop, on_plain, &p);
    EQ(pthread_create(&t, NULL, hand_over, &p), 0);
    loop_run(loop);
    pthread_join(t, NULL);
}

struct seen {
    struct watch *w;
    int fd, events;
};

static void on_seen(void *arg, int events)
{
    struct seen *s = arg;

    s->events |= events;
    watch_free(s->w);
}

TEST(a_watch_tells_of_data_of_room_and_of_a_peer_that_left)
{
    struct seen s = {0};
    struct err e;
    int fd[2];

    EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    PASS(watch_new(loop, fd[0], WATCH_READ | WATCH_WRITE, on_seen, &s, &s.w, &e));
    loop_run(loop);
    EQ(s.events, WATCH_WRITE);
    s.events = 0;
    EQ(write(fd[1], "x", 1), 1);
    PASS(watch_new(loop, fd[0], WATCH_READ, on_seen, &s, &s.w, &e));
    loop_run(loop);
    EQ(s.events, WATCH_READ);
    s.events = 0;
    PASS(watch_new(loop, fd[0], WATCH_HUP, on_seen, &s, &s.w, &e));
    shutdown(fd[1], SHUT_WR);
    loop_run(loop);
    EQ(s.events, WATCH_HUP);
    close(fd[0]);
    close(fd[1]);
}

TEST(an_error_of_a_descriptor_shows_as_what_is_watched)
{
    struct seen s = {0};
    struct err e;
    int fd[2];

    EQ(pipe(fd), 0);
    close(fd[0]); /* the writer of a pipe nobody reads gets POLLERR */
    PASS(watch_new(loop, fd[1], WATCH_WRITE, on_seen, &s, &s.w, &e));
    loop_run(loop);
    EQ(s.events, WATCH_WRITE);
    close(fd[1]);
}

TEST(a_file_cannot_be_watched_and_the_error_says_so)
{
    struct watch *w = NULL;
    struct err e;
    int fd = open("/proc/self/exe", O_RDONLY);

    EQ(watch_new(loop, fd, WATCH_READ, on_seen, NULL, &w, &e), E_IO);
    HAS(e.text, "cannot wait for descriptor");
    close(fd);
}

static int signals;

static void on_signal(void *arg)
{
    (void)arg;
    signals++;
    loop_stop(loop);
}

TEST(a_signal_calls_back_on_the_loop)
{
    struct signal_watch *s = signal_watch_new(loop, SIGUSR1, on_signal, NULL);

    raise(SIGUSR1);
    loop_run(loop);
    EQ(signals, 1);
    signal_watch_free(s);
}

static void on_change(void *arg)
{
    ++*(int *)arg;
    loop_stop(loop);
}

static void touch(const char *folder, const char *name)
{
    char path[256];
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    TRUE(fd >= 0);
    close(fd);
}

TEST(a_burst_of_changes_in_a_folder_is_one_call)
{
    char folder[] = "/tmp/botops-loop-XXXXXX", path[64];
    struct folder_watch *f;
    struct timer *limit;
    struct err e;
    int calls = 0;

    TRUE(mkdtemp(folder));
    PASS(folder_watch_new(loop, folder, 20, on_change, &calls, &f, &e));
    touch(folder, "a");
    touch(folder, "b");
    loop_run(loop);
    EQ(calls, 1);
    EQ(uv_backend_timeout(&loop->uv), -1);

    touch(folder, "c");
    loop_run(loop);
    EQ(calls, 2);
    folder_watch_free(f);

    limit = timer_new(loop, stop, NULL);
    timer_set(limit, clock_mono() + 40000);
    touch(folder, "d");
    loop_run(loop);
    EQ(calls, 2);
    timer_free(limit);
    for (const char *n = "abcd"; *n; n++) {
        snprintf(path, sizeof path, "%s/%c", folder, *n);
        unlink(path);
    }
    rmdir(folder);
}

TEST(watching_a_folder_that_is_not_there_is_an_error)
{
    struct folder_watch *f;
    struct err e;

    EQ(folder_watch_new(loop, "/nowhere/at/all", 10, stop, NULL, &f, &e), E_NOT_FOUND);
    HAS(e.text, "/nowhere/at/all");
}

struct job {
    pthread_t worker, finisher;
    int sum;
};

static void job_work(void *arg)
{
    struct job *j = arg;

    j->worker = pthread_self();
    for (int i = 1; i <= 100; i++) j->sum += i;
}

static void job_done(void *arg)
{
    struct job *j = arg;

    j->finisher = pthread_self();
}

TEST(work_runs_on_the_pool_and_ends_on_the_loop_thread)
{
    struct job j = {0};

    loop_work(loop, job_work, job_done, &j);
    loop_run(loop);
    EQ(j.sum, 5050);
    TRUE(pthread_equal(j.finisher, pthread_self()));
    FALSE(pthread_equal(j.worker, pthread_self()));
}

#define L(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN(L(a_loop_with_nothing_to_wait_for_returns),
    L(timers_run_in_the_order_they_are_due_and_never_early),
    L(setting_a_timer_again_moves_it_and_stopping_forgets_it),
    L(a_timer_that_is_always_due_does_not_starve_descriptors), L(a_timer_may_free_itself),
    L(an_idle_loop_with_a_descriptor_sleeps_without_end), L(no_wake_up_from_another_thread_is_lost),
    L(what_was_written_before_a_wake_up_is_seen_by_its_call),
    L(a_watch_tells_of_data_of_room_and_of_a_peer_that_left),
    L(an_error_of_a_descriptor_shows_as_what_is_watched),
    L(a_file_cannot_be_watched_and_the_error_says_so), L(a_signal_calls_back_on_the_loop),
    L(a_burst_of_changes_in_a_folder_is_one_call),
    L(watching_a_folder_that_is_not_there_is_an_error),
    L(work_runs_on_the_pool_and_ends_on_the_loop_thread))
