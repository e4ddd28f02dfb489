#include <fcntl.h>

#include "shim/shim.h"
#include "shim/sys.h"

void group_make(struct group *g, const char *parent, int32_t pid)
{
    long fd;

    g->parent = g->dir = -1;
    if (!parent) return;
    fd = sys(SYS_openat, AT_FDCWD, parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    g->parent = (int)fd;
    text_num(text_put(g->name, "step-"), pid);
    fd = sys(SYS_mkdirat, g->parent, g->name, 0755);
    /* left behind by a shim that was killed: empty, so as good as new, or busy, so not ours */
    if (fd == -EEXIST && sys(SYS_unlinkat, g->parent, g->name, AT_REMOVEDIR) == 0)
        fd = sys(SYS_mkdirat, g->parent, g->name, 0755);
    if (fd == 0) fd = sys(SYS_openat, g->parent, g->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) g->dir = (int)fd;
}

void group_kill(const struct group *g)
{
    long fd;

    if (g->dir < 0) return;
    fd = sys(SYS_openat, g->dir, "cgroup.kill", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    sys(SYS_write, fd, "1", 1);
    sys(SYS_close, fd);
}

void group_remove(struct group *g)
{
    if (g->dir >= 0) sys(SYS_unlinkat, g->parent, g->name, AT_REMOVEDIR);
    g->dir = -1;
}
