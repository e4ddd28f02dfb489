#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite.h"

static err_t sync_path(const char *path, int flags, struct err *e)
{
    int fd = open(path, flags | O_CLOEXEC);
    int os = fd < 0 || fsync(fd) != 0 ? errno : 0;

    if (fd >= 0) close(fd);
    if (os) return fail(e, E_IO, "%s cannot be synced to disk (%s)", path, strerror(os));
    return OK;
}

err_t sqlite_sync_folder(const char *path, struct err *e)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;

    return sync_path(!slash   ? "."
                     : n == 0 ? "/"
                              : arena_dup(a, path, n),
                     O_RDONLY | O_DIRECTORY, e);
}

/* All pages in one step: a copy made in several begins anew whenever the server commits between
   them. The copy needs no journal: when it fails it is removed. */
static err_t copy_pages(sqlite3 *from, sqlite3 *to, const char *path, struct err *e)
{
    sqlite3_backup *copy;
    int rc;

    TRY(sqlite_run(to, path, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", e));
    copy = sqlite3_backup_init(to, "main", from, "main");
    if (!copy) return sqlite_fail(to, path, e);
    rc = sqlite3_backup_step(copy, -1);
    if (sqlite3_backup_finish(copy) == SQLITE_OK && rc == SQLITE_DONE) return OK;
    if (sqlite3_errcode(to) != SQLITE_OK) return sqlite_fail(to, path, e);
    return sqlite_fail(from, "the store", e);
}

err_t sqlite_copy(sqlite3 *from, const char *path, struct err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    sqlite3 *to = NULL;
    err_t code;

    if (fd < 0 && errno == EEXIST)
        return fail(e, E_CONFLICT, "%s exists already: give another name for the copy", path);
    if (fd < 0)
        return fail(e, E_IO, "%s cannot be created (%s): check the folder", path, strerror(errno));
    close(fd);
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
        code = copy_pages(from, to, path, e);
    else
        code = sqlite_fail(to, path, e);
    sqlite3_close_v2(to);
    if (code == OK) code = sync_path(path, O_RDONLY, e);
    if (code == OK) code = sqlite_sync_folder(path, e);
    if (code != OK) unlink(path);
    return code;
}

err_t link_backup(struct link *l, const char *path, struct err *e)
{
    return sqlite_copy(link_db(l), path, e);
}
