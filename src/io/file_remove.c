/* file_remove.c - removing a tree that somebody else may have filled.
 *
 * Nothing is named by a path below the top: each folder is opened in its parent
 * without following links, so a link swapped in meanwhile is unlinked, never
 * entered. A folder deeper than DEPTH is first moved up to the top, so that
 * neither the stack nor the descriptors depend on how deep the tree is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"

enum { DEPTH = 32 };

struct removal {
    int top;         /* descriptor of the tree's root */
    unsigned raised; /* folders moved up to it */
    int no;          /* the first errno that stopped us; 0: none */
    char name[256];  /* of what it was about */
};

static void stopped(struct removal *r, const char *name)
{
    if (r->no) return;
    r->no = errno;
    snprintf(r->name, sizeof r->name, "%s", name);
}

/* Opens a folder in its parent; one that its owner closed to itself is opened to him first. */
static int open_folder(int parent, const char *name)
{
    const int how = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int in = openat(parent, name, O_RDONLY | how), handle;
    struct stat st;
    char link[64];

    if (in < 0 && errno == EACCES) {
        handle = openat(parent, name, O_PATH | how);
        if (handle < 0) return -1;
        snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
        if (chmod(link, 0700) == 0) in = openat(parent, name, O_RDONLY | how);
        close(handle);
    }
    if (in >= 0 && fstat(in, &st) == 0 && (st.st_mode & 0700) != 0700)
        (void)fchmod(in, 0700); /* the unlink that needs it reports */
    return in;
}

static void empty_folder(struct removal *r, int in, int depth);

static void remove_folder(struct removal *r, int parent, const char *name, int depth)
{
    if (depth >= DEPTH) {
        char up[32];

        snprintf(up, sizeof up, ".raised.%u", r->raised++);
        if (renameat(parent, name, r->top, up)) stopped(r, name);
        return;
    }
    int in = open_folder(parent, name);

    if (in < 0) {
        stopped(r, name);
        return;
    }
    empty_folder(r, in, depth + 1);
    if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT) stopped(r, name);
}

/* Closes `in`. */
static void empty_folder(struct removal *r, int in, int depth)
{
    DIR *d = fdopendir(in);
    struct dirent *entry;

    if (!d) {
        stopped(r, ".");
        close(in);
        return;
    }
    while (!r->no && (entry = readdir(d))) {
        const char *name = entry->d_name;

        if (!strcmp(name, ".") || !strcmp(name, "..")) continue;
        if (unlinkat(in, name, 0) == 0 || errno == ENOENT) continue;
        if (errno == EISDIR || errno == EPERM)
            remove_folder(r, in, name, depth);
        else
            stopped(r, name);
    }
    closedir(d);
}

err_t folder_remove(const char *path, struct err *e)
{
    struct removal r = {.top = open_folder(AT_FDCWD, path)};
    unsigned before;

    if (r.top < 0 && errno == ENOENT) return OK;
    if (r.top < 0)
        return fail(e, errno == ENOTDIR || errno == ELOOP ? E_INPUT : E_IO,
                    "cannot remove the folder %s: %s", path, strerror(errno));
    do {
        int again = openat(r.top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        before = r.raised;
        if (again < 0)
            stopped(&r, ".");
        else
            empty_folder(&r, again, 1);
    } while (!r.no && r.raised != before);
    close(r.top);
    if (!r.no && rmdir(path) && errno != ENOENT) stopped(&r, ".");
    if (r.no)
        return fail(e, r.no == EACCES || r.no == EPERM ? E_DENIED : E_IO,
                    "cannot remove %s in the folder %s: %s", r.name, path, strerror(r.no));
    return OK;
}
