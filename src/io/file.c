#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum { READ_STEP = 65536, NAMES_MAX = 1000000, LOCK_WAIT_MS = 2000 };

static void fd_auto(int *fd)
{
    if (*fd >= 0) close(*fd);
}

static void dir_auto(DIR **d)
{
    if (*d) closedir(*d);
}

static void text_auto(char **p)
{
    free(*p);
}

typedef int fd;
typedef DIR *dir;
typedef char *text;

/* "cannot DO PATH: WHY", with what helps where something does. */
static err_t io_fail(struct err *e, int no, const char *act, const char *path)
{
    switch (no) {
    case ENOENT:
        return fail(e, E_NOT_FOUND, "cannot %s %s: it does not exist", act, path);
    case EACCES:
    case EPERM:
        return fail(e, E_DENIED, "cannot %s %s: permission denied; check its owner and mode", act,
                    path);
    case EROFS:
        return fail(e, E_DENIED, "cannot %s %s: the file system is read-only", act, path);
    case ENOSPC:
        return fail(e, E_FULL, "cannot %s %s: the disk is full; free some space", act, path);
    case EDQUOT:
        return fail(e, E_FULL, "cannot %s %s: the disk quota is used up; free some space", act,
                    path);
    case EMFILE:
    case ENFILE:
        return fail(e, E_IO, "cannot %s %s: too many open files; raise the limit (ulimit -n)", act,
                    path);
    default:
        return fail(e, E_IO, "cannot %s %s: %s", act, path, strerror(no));
    }
}

static err_t too_long(const char *path, const struct buf *out, struct err *e)
{
    return fail(e, E_LIMIT, "%s is longer than the limit of %zu bytes", path, out->max);
}

err_t file_read(const char *path, struct buf *out, struct err *e)
{
    AUTO(fd) int in = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    size_t step;

    if (in < 0 || fstat(in, &st)) return io_fail(e, errno, "read", path);
    if (S_ISDIR(st.st_mode)) return fail(e, E_INPUT, "cannot read %s: it is a folder", path);
    if (st.st_size > 0 && (uint64_t)st.st_size > out->max - out->n) return too_long(path, out, e);

    /* one byte more than its size, so that one read is enough to see a whole file, and one its end
     */
    step = st.st_size > 0 ? (size_t)st.st_size + 1 : READ_STEP;
    for (;;) {
        size_t left = out->max - out->n, want = step < left ? step : left;
        char extra = 0, *room = want ? buf_room(out, want) : &extra;
        ssize_t n = read(in, room, want ? want : 1);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return io_fail(e, errno, "read", path);
        if (n == 0) break;
        if (want == 0) return too_long(path, out, e);
        out->n += (size_t)n;
        step = READ_STEP;
    }
    if (out->p) out->p[out->n] = '\0';
    return OK;
}

static int write_all(int out, struct str data)
{
    while (data.n) {
        ssize_t n = write(out, data.p, data.n);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        data = str_skip(data, (size_t)n);
    }
    return 0;
}

/* The folder part of a path: "." when it has none. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash) return mem_dup(".", 1);
    return mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int folder_sync(const char *folder)
{
    AUTO(fd) int in = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return in < 0 ? -1 : fsync(in);
}

/* Writes the data into the file open at `out`, which is closed whatever happens; 0 or errno. */
static int fill(int out, struct str data, unsigned mode, bool durable)
{
    int no = 0;

    if (write_all(out, data) || fchmod(out, mode) || (durable && fsync(out))) no = errno;
    if (close(out) && !no) no = errno;
    return no;
}

err_t file_write(const char *path, struct str data, unsigned mode, bool durable, struct err *e)
{
    AUTO(text) char *folder = folder_of(path);
    const char *slash = strrchr(path, '/');
    struct buf name AUTO(buf) = BUF(4096);
    int out, no;

    /* a dot file, so that folder_list() does not show what a crash leaves behind */
    buf_addf(&name, "%s/.%s.XXXXXX", folder, slash ? slash + 1 : path);
    TRY(buf_end(&name, e));
    out = mkostemp(name.p, O_CLOEXEC);
    if (out < 0) return io_fail(e, errno, "write", path);
    no = fill(out, data, mode, durable);
    if (!no && rename(name.p, path)) no = errno;
    if (no) {
        unlink(name.p);
        return io_fail(e, no, "write", path);
    }
    if (durable && folder_sync(folder)) return io_fail(e, errno, "sync", folder);
    return OK;
}

static err_t make_one(const char *path, unsigned mode, struct err *e)
{
    struct stat st;

    if (mkdir(path, mode) == 0) return OK;
    if (errno != EEXIST) return io_fail(e, errno, "make the folder", path);
    if (stat(path, &st)) return io_fail(e, errno, "make the folder", path);
    if (!S_ISDIR(st.st_mode))
        return fail(e, E_CONFLICT, "cannot make the folder %s: a file of that name is in the way",
                    path);
    return OK;
}

err_t folder_make(const char *path, unsigned mode, struct err *e)
{
    AUTO(text) char *copy = mem_dup(path, strlen(path));

    for (char *p = copy + 1; *copy && (p = strchr(p, '/')); p++) {
        *p = '\0';
        TRY(make_one(copy, mode | 0700, e));
        *p = '/';
    }
    return make_one(path, mode, e);
}

struct names {
    char **list;
    size_t n, cap;
};

static void names_auto(struct names *x)
{
    for (size_t i = 0; i < x->n; i++) free(x->list[i]);
    free(x->list);
}

static int by_name(const void *a, const void *b)
{
    char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static void names_add(struct names *x, const char *name)
{
    if (x->n == x->cap) {
        x->cap = x->cap ? x->cap * 2 : 32;
        x->list = mem_grow(x->list, x->cap * sizeof *x->list);
    }
    x->list[x->n++] = mem_dup(name, strlen(name));
}

err_t folder_list(const char *path, folder_each *each, void *arg, struct err *e)
{
    AUTO(dir) DIR *d = opendir(path);
    AUTO(names) struct names all = {0};
    struct dirent *entry;

    if (!d) return io_fail(e, errno, "read the folder", path);
    while (errno = 0, entry = readdir(d)) {
        if (entry->d_name[0] == '.') continue;
        if (all.n == NAMES_MAX)
            return fail(e, E_LIMIT, "the folder %s holds more than %d files", path, NAMES_MAX);
        names_add(&all, entry->d_name);
    }
    if (errno) return io_fail(e, errno, "read the folder", path);
    if (all.n) qsort(all.list, all.n, sizeof *all.list, by_name);
    for (size_t i = 0; i < all.n; i++) {
        struct stat st;
        bool is_folder = fstatat(dirfd(d), all.list[i], &st, 0) == 0 && S_ISDIR(st.st_mode);

        if (!each(arg, all.list[i], is_folder)) break;
    }
    return OK;
}

int64_t disk_free(const char *path)
{
    struct statvfs st;

    if (statvfs(path, &st)) return -1;
    return (int64_t)st.f_bavail * (int64_t)st.f_frsize;
}

/* Whoever the lock file names. */
static pid_t lock_holder(int lock)
{
    char line[32] = "";

    if (pread(lock, line, sizeof line - 1, 0) < 0) return 0;
    return (pid_t)strtol(line, NULL, 10);
}

/* A process that was killed while it started another leaves a child that has not come to its exec
   yet and holds the lock for that moment. */
static int lock_take(int lock)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    for (int ms = 0;; ms++) {
        pid_t holder;

        if (!flock(lock, LOCK_EX | LOCK_NB)) return 0;
        if (errno != EWOULDBLOCK || ms == LOCK_WAIT_MS) return errno;
        holder = lock_holder(lock);
        if (holder <= 0 || kill(holder, 0) == 0 || errno != ESRCH) return EWOULDBLOCK;
        nanosleep(&pause, NULL);
    }
}

err_t folder_lock(const char *path, int *ret_fd, struct err *e)
{
    struct buf name AUTO(buf) = BUF(4096), pid AUTO(buf) = BUF(64);
    int lock, no;

    buf_addf(&name, "%s/lock", path);
    TRY(buf_end(&name, e));
    lock = open(name.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return io_fail(e, errno, "lock", name.p);
    no = lock_take(lock);
    if (no) {
        pid_t holder = lock_holder(lock);

        close(lock);
        if (no != EWOULDBLOCK) return io_fail(e, no, "lock", name.p);
        return fail(e, E_CONFLICT,
                    "process %d already uses %s; stop it, or give this one another folder",
                    (int)holder, path);
    }
    buf_addf(&pid, "%d\n", (int)getpid());
    if (ftruncate(lock, 0) || write_all(lock, buf_str(&pid))) {
        no = errno;
        close(lock);
        return io_fail(e, no, "write", name.p);
    }
    *ret_fd = lock;
    return OK;
}
