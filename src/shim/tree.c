#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

#include "shim/shim.h"
#include "shim/sys.h"

/* The kernel's own ceilings: a pid fits 22 bits. All of this is mapped for the time of one call and
   costs only the pages touched. */
enum { PID_END = 1 << 22, STOP_ROUNDS = 20 };

struct node {
    int32_t pid, parent, group;
    char state;
};

struct tree {
    int32_t self, n;
    unsigned char ours[PID_END / 8]; /* bit: a descendant, or the shim */
    unsigned char sent[PID_END / 8]; /* bit: has been stopped */
    struct node nodes[PID_END];
    char text[32768];
};

static bool bit(const unsigned char *set, int32_t pid)
{
    return set[pid >> 3] >> (pid & 7) & 1;
}

static void set_bit(unsigned char *set, int32_t pid)
{
    set[pid >> 3] |= (unsigned char)(1u << (pid & 7));
}

static struct tree *tree_map(int32_t self)
{
    long p = sys(SYS_mmap, 0, sizeof(struct tree), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    struct tree *t;

    if (p <= 0) return NULL;
    t = (struct tree *)p; /* NOLINT(performance-no-int-to-ptr): it is what mmap returns */
    t->self = self;
    return t;
}

static void tree_unmap(struct tree *t)
{
    sys(SYS_munmap, t, sizeof *t);
}

static const char *number(const char *p, int32_t *ret)
{
    int64_t v = 0;

    while (*p >= '0' && *p <= '9' && v < PID_END) v = v * 10 + (*p++ - '0');
    *ret = v < PID_END ? (int32_t)v : 0;
    return p;
}

/* The bytes of a small /proc file, with a NUL; 0 when there is none. */
static long read_file(int dir, const char *path, char *text, long size)
{
    long fd = sys(SYS_openat, dir, path, O_RDONLY | O_CLOEXEC), n;

    if (fd < 0) return 0;
    n = sys(SYS_read, fd, text, size - 1);
    sys(SYS_close, fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0 ? n : 0;
}

/* proc(5): "PID (COMM) STATE PPID PGRP ..."; COMM may hold anything, parentheses too. */
static void add_process(struct tree *t, int proc, const char *name)
{
    char path[32], text[512];
    struct node *node = &t->nodes[t->n];
    long n;

    text_put(text_put(path, name), "/stat");
    n = read_file(proc, path, text, sizeof text);
    while (n > 0 && text[n] != ')') n--;
    if (n == 0 || !text[n + 1] || t->n == PID_END) return;
    number(name, &node->pid);
    node->state = text[n + 2];
    number(number(text + n + 4, &node->parent) + 1, &node->group);
    if (node->pid && node->state != 'Z' && node->state != 'X') t->n++;
}

/* Our own children as the kernel lists them: also those that a /proc mounted with hidepid keeps
   from us. */
static void add_children(struct tree *t, int proc)
{
    char path[64], *p = text_num(path, t->self);
    const char *c = t->text;

    text_put(text_num(text_put(p, "/task/"), t->self), "/children");
    if (read_file(proc, path, t->text, sizeof t->text) == 0) return;
    while (*c && t->n < PID_END) {
        struct node *node = &t->nodes[t->n];

        c = number(c, &node->pid);
        if (*c) c++;
        node->parent = t->self;
        node->group = 0;
        node->state = '?';
        if (node->pid) t->n++;
    }
}

struct entry { /* getdents64(2) */
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[];
};

static void mark_descendants(struct tree *t)
{
    bool more = true;

    set_bit(t->ours, t->self);
    while (more) {
        more = false;
        for (int32_t i = 0; i < t->n; i++) {
            const struct node *node = &t->nodes[i];

            if (bit(t->ours, node->parent) && !bit(t->ours, node->pid)) {
                set_bit(t->ours, node->pid);
                more = true;
            }
        }
    }
}

static void scan(struct tree *t)
{
    long fd = sys(SYS_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n;

    t->n = 0;
    if (fd < 0) return;
    while ((n = sys(SYS_getdents64, fd, t->text, sizeof t->text)) > 0) {
        for (long at = 0; at < n;) {
            const struct entry *e = (const void *)(t->text + at);

            if (e->name[0] >= '1' && e->name[0] <= '9' && text_len(e->name) < 8)
                add_process(t, (int)fd, e->name);
            at += e->size;
        }
    }
    add_children(t, (int)fd);
    sys(SYS_close, fd);
    mark_descendants(t);
}

static bool is_descendant(const struct tree *t, const struct node *node)
{
    return node->pid != t->self && bit(t->ours, node->pid);
}

/* To the process, and at one stroke to its group: a signal to a group cannot be outrun by a fork.
   Only to a group led by a descendant: a hostile process may have joined the server's. */
static void send(const struct tree *t, const struct node *node, int signal)
{
    sys(SYS_kill, node->pid, signal);
    if (node->group > 1 && node->group != t->self && bit(t->ours, node->group))
        sys(SYS_kill, -node->group, signal);
}

void tree_ask(int32_t self, int32_t main_pid)
{
    struct tree *t = tree_map(self);

    if (main_pid) sys(SYS_kill, -main_pid, SIGTERM);
    if (!t) return;
    scan(t);
    for (int32_t i = 0; i < t->n; i++) {
        const struct node *node = &t->nodes[i];

        if (!is_descendant(t, node) || bit(t->sent, node->pid)) continue;
        set_bit(t->sent, node->pid);
        if (node->pid != main_pid && (!main_pid || node->group != main_pid))
            sys(SYS_kill, node->pid, SIGTERM);
        /* so that it can hear it */
        if (node->state == 'T' || node->state == '?') sys(SYS_kill, node->pid, SIGCONT);
    }
    tree_unmap(t);
}

void tree_kill(int32_t self)
{
    struct tree *t = tree_map(self);
    bool more = t != NULL;

    for (int round = 0; more && round < STOP_ROUNDS; round++) {
        more = false;
        scan(t);
        for (int32_t i = 0; i < t->n; i++) {
            const struct node *node = &t->nodes[i];

            if (!is_descendant(t, node) || bit(t->sent, node->pid)) continue;
            set_bit(t->sent, node->pid);
            send(t, node, SIGSTOP);
            more = true;
        }
    }
    if (!t) return;
    for (int32_t i = 0; i < t->n; i++)
        if (is_descendant(t, &t->nodes[i])) send(t, &t->nodes[i], SIGKILL);
    tree_unmap(t);
}
