/* The disk fails: writes and syncs that SQLite makes are answered here first. */
#include "test.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/place.h"

static atomic_int writes_left = -1, syncs_left = -1; /* the one at 0 fails; -1: none does */
static atomic_int fault = EIO;
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static ssize_t my_pwrite(int fd, const void *p, size_t n, off_t at)
{
    if (atomic_load(&writes_left) >= 0 && atomic_fetch_sub(&writes_left, 1) == 0) {
        errno = atomic_load(&fault);
        return -1;
    }
    return real_pwrite(fd, p, n, at);
}

/* SQLite's calls come here, since the program's own symbols go before the library's. */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
    static int (*real)(int);

    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    if (atomic_load(&syncs_left) >= 0 && atomic_fetch_sub(&syncs_left, 1) == 0) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

static void take_writes(void)
{
    static const char *const names[] = {"pwrite", "pwrite64"};
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        sqlite3_syscall_ptr was = vfs->xGetSystemCall(vfs, names[i]);

        if (!was || was == (sqlite3_syscall_ptr)my_pwrite) continue;
        real_pwrite = (ssize_t(*)(int, const void *, size_t, off_t))was;
        vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)my_pwrite);
    }
    assert_non_null(real_pwrite);
}

static void give_writes_back(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    vfs->xSetSystemCall(vfs, NULL, NULL);
    atomic_store(&writes_left, -1);
    atomic_store(&syncs_left, -1);
}

enum { EVENTS = 12 };

struct stored {
    struct place *place;
    struct id ids[EVENTS];
    bool there[EVENTS];
    struct report report;
};

static void read_stored(struct reader *r, void *arg)
{
    struct stored *s = arg;
    struct event_row row;

    for (int i = 0; i < EVENTS; i++)
        s->there[i] = reader_event(r, s->ids[i], s->place->arena, &row);
    reader_check(r, NULL, &s->report);
}

/* Twelve commits with the fault armed; each said OK must be there after the next start, each not
   said OK must not, once the store goes on to say so. True when the fault happened. */
static bool twelve(enum commit *ret_worst)
{
    struct place p;
    struct stored s = {.place = &p};
    enum commit how[EVENTS];
    bool happened;
    int before = atomic_load(&writes_left) + atomic_load(&syncs_left);
    int writes = atomic_exchange(&writes_left, -1), syncs = atomic_exchange(&syncs_left, -1);

    place_make(&p);
    p.threads = false;
    place_open(&p);
    atomic_store(&writes_left, writes);
    atomic_store(&syncs_left, syncs);
    *ret_worst = COMMIT_OK;
    for (int i = 0; i < EVENTS; i++) {
        struct event_row e = sample_event(&p, i % 2 ? "odd" : "");

        if (i % 2) e.delivery.n = (size_t)(i % 4); /* "o" and "odd", again and again */
        s.ids[i] = e.id;
        how[i] = put_event(&p, &e);
        if (how[i] > *ret_worst) *ret_worst = how[i];
    }
    happened = before >= -1 && atomic_load(&writes_left) + atomic_load(&syncs_left) == -2;
    atomic_store(&writes_left, -1);
    atomic_store(&syncs_left, -1);
    place_close(&p);
    place_open(&p);
    s.report = (struct report){.arena = p.arena};
    place_read(&p, read_stored, &s);
    EQ(s.report.n, 0);
    for (int i = 0; i < EVENTS; i++) {
        if (how[i] == COMMIT_OK) TRUE(s.there[i]);
        if (how[i] == COMMIT_SEEN || how[i] == COMMIT_FULL) FALSE(s.there[i]);
    }
    place_done(&p);
    return happened;
}

static int sweep(int os, bool sync, enum commit expected)
{
    enum commit worst;
    int n = 0;

    take_writes();
    atomic_store(&fault, os);
    for (;; n++) {
        bool happened;

        atomic_store(sync ? &syncs_left : &writes_left, n);
        happened = twelve(&worst);
        if (!happened) break;
        EQ(worst, expected);
    }
    give_writes_back();
    return n;
}

TEST(every_single_write_may_fail_for_good)
{
    TRUE(sweep(EIO, false, COMMIT_BROKEN) > EVENTS);
}

TEST(every_single_write_may_find_no_room)
{
    TRUE(sweep(ENOSPC, false, COMMIT_FULL) > EVENTS);
}

TEST(every_single_write_may_exceed_a_quota)
{
    TRUE(sweep(EDQUOT, false, COMMIT_FULL) > EVENTS);
}

TEST(a_failed_sync_is_never_retried)
{
    TRUE(sweep(EIO, true, COMMIT_BROKEN) >= EVENTS / 2);
}

/* Commits until there is no room; then removes `ballast` and commits again. Exit status 0 if all is
   as it should be. */
static int fill(const char *path, const char *ballast)
{
    enum { BODY = 8192, MOST = 20000 };
    static char body[BODY];
    struct place p;
    struct event_row e;
    enum commit how = COMMIT_OK;
    int n = 0;

    memset(body, 'x', BODY);
    place_make(&p);
    rmdir(p.folder);
    snprintf(p.path, sizeof p.path, "%s", path);
    place_open(&p);
    for (; how == COMMIT_OK && n < MOST; n++) {
        e = sample_event(&p, "");
        e.data = str_n(body, BODY);
        how = put_event(&p, &e);
    }
    if (how != COMMIT_FULL) return 10 + (int)how;
    e = sample_event(&p, "again");
    e.data = str_n(body, BODY);
    if (put_event(&p, &e) == COMMIT_BROKEN) return 20;
    if (ballast) {
        if (unlink(ballast) != 0) return 21;
        e.id = place_id(&p);
        how = put_event(&p, &e);
        if (how != COMMIT_OK && how != COMMIT_SEEN) return 22;
    }
    place_close(&p);
    sem_destroy(&p.told);
    arena_free(p.arena);
    return 0;
}

static int in_child(int (*run)(const char *folder), const char *folder)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        int code = run(folder);

        fflush(NULL);
        _exit(code);
    }
    EQ(waitpid(child, &status, 0), child);
    TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int fill_limited(const char *folder)
{
    struct rlimit limit = {4 << 20, 4 << 20};
    char path[128];

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    snprintf(path, sizeof path, "%s/b.db", folder);
    return fill(path, NULL);
}

static int fill_tmpfs(const char *folder)
{
    static char ballast[1 << 20];
    char path[128], heavy[128];
    FILE *f;

    if (unshare(CLONE_NEWNS) != 0) return 77;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return 77;
    if (mount("tmpfs", folder, "tmpfs", 0, "size=8m") != 0) return 77;
    snprintf(path, sizeof path, "%s/b.db", folder);
    snprintf(heavy, sizeof heavy, "%s/heavy", folder);
    f = fopen(heavy, "w");
    if (!f) return 3;
    for (int i = 0; i < 4; i++)
        if (fwrite(ballast, sizeof ballast, 1, f) != 1) return 4;
    fclose(f);
    return fill(path, heavy);
}

static void in_folder(int (*run)(const char *folder))
{
    char folder[] = "/tmp/store-full-XXXXXX", name[128];
    int code;

    assert_non_null(mkdtemp(folder));
    code = in_child(run, folder);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s/b.db%s", folder, i == 0 ? "" : i == 1 ? "-wal" : "-shm");
        unlink(name);
    }
    rmdir(folder);
    if (code == 77) skip();
    EQ(code, 0);
}

TEST(a_file_at_its_size_limit_is_a_full_disk)
{
    in_folder(fill_limited);
}

TEST(a_full_disk_is_said_so_and_the_store_goes_on_when_there_is_room)
{
    in_folder(fill_tmpfs);
}

RUN(T(a_file_at_its_size_limit_is_a_full_disk),
    T(a_full_disk_is_said_so_and_the_store_goes_on_when_there_is_room),
    T(every_single_write_may_fail_for_good), T(every_single_write_may_find_no_room),
    T(every_single_write_may_exceed_a_quota), T(a_failed_sync_is_never_retried))
