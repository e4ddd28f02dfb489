#include "shim/sys.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "io/starting.h"
#include "shim/hold.h"

/* What a holder lives in. Rooms are used again, so that a step touches no page for the first time.
 */
struct room {
    struct room *next;
    size_t size;   /* mapped, from the room's first byte */
    uint32_t busy; /* 1 while its process lives; the kernel clears it */
    struct start_request asked;
    struct hold hold;
    char text[]; /* the request; in the room's last bytes, behind a page nobody may touch, the stack
                  */
};

enum { PAGE = 4096, STACK = 32768, ROOM = 196608 };

static long read_all(void *to, size_t n)
{
    return sys(SYS_recvfrom, STARTER_SOCKET, to, n, MSG_WAITALL) == (long)n;
}

/* For the pointers behind the texts. */
static size_t table_at(const struct room *r)
{
    return (offsetof(struct room, text) + r->asked.size + sizeof(char *) - 1) &
           ~(sizeof(char *) - 1);
}

static size_t room_needed(const struct start_request *q)
{
    size_t used =
        offsetof(struct room, text) + q->size + ((size_t)q->args + q->envs + 4) * sizeof(char *);

    return (used + PAGE - 1) / PAGE * PAGE + PAGE + STACK;
}

static struct room *room_make(size_t size)
{
    long p = sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    struct room *r;

    if (p <= 0) return NULL;
    if (sys(SYS_mprotect, p + (long)size - STACK - PAGE, PAGE, PROT_NONE) < 0) {
        sys(SYS_munmap, p, size);
        return NULL;
    }
    r = (struct room *)p; /* NOLINT(performance-no-int-to-ptr): it is what mmap returns */
    r->size = size;
    return r;
}

/* One whose process has ended, but never one in which a child whose holder was killed may still be
   on its way to its program. */
static bool room_free(const struct room *r)
{
    return !__atomic_load_n(&r->busy, __ATOMIC_ACQUIRE) && !r->hold.child.lent;
}

static struct room *room_for(struct room **rooms, const struct start_request *q)
{
    size_t size = room_needed(q);
    struct room *found = NULL;

    for (struct room **at = rooms; *at && !found;) {
        struct room *r = *at;

        if (room_free(r) && r->size > ROOM && r->size != size) { /* a large one is not kept */
            *at = r->next;
            sys(SYS_munmap, r, r->size);
            continue;
        }
        if (room_free(r) && r->size >= size) found = r;
        at = &r->next;
    }
    if (!found && (found = room_make(size > ROOM ? size : ROOM))) {
        found->next = *rooms;
        *rooms = found;
    }
    if (found) found->asked = *q;
    return found;
}

/* Texts one after the other, each with its NUL, as an array that ends in NULL. */
static char *list(char *text, const char *end, uint32_t n, char **to)
{
    for (; n && text < end; n--) {
        *to++ = text;
        text += text_len(text) + 1;
    }
    *to = NULL;
    return n ? NULL : text;
}

static int hold(void *arg)
{
    struct room *r = arg;
    char **argv = (char **)(void *)((char *)r + table_at(r)), **envp = argv + r->asked.args + 1;
    const char *end = r->text + r->asked.size;
    char *text = r->text;

    sys(SYS_close, STARTER_SOCKET);
    text = list(text, end, r->asked.args, argv);
    if (!text || !list(text, end, r->asked.envs, envp)) return SHIM_USAGE;
    return hold_step(&r->hold, (int)r->asked.args, argv, envp);
}

static bool sane(const struct start_request *q)
{
    return q->size > 0 && q->size <= START_SIZE && q->args <= q->size && q->envs <= q->size;
}

/* Without memory for the request it is read all the same: the next one stands behind it. */
static bool skip(size_t n)
{
    char text[1024];

    while (n) {
        size_t part = n < sizeof text ? n : sizeof text;

        if (!read_all(text, part)) return false;
        n -= part;
    }
    return true;
}

/* If nobody listens any more we go on: what was asked for is done, and then comes the end. */
static void answer(const struct start_answer *a, int pidfd)
{
    char rights[CMSG_SPACE(sizeof pidfd)] __attribute__((aligned(sizeof(size_t)))) = {0};
    struct iovec bytes = {(void *)(uintptr_t)a, sizeof *a};
    struct msghdr m = {.msg_iov = &bytes, .msg_iovlen = 1};

    if (pidfd >= 0) {
        struct cmsghdr *c = (struct cmsghdr *)(void *)rights;

        m.msg_control = rights;
        m.msg_controllen = sizeof rights;
        *c = (struct cmsghdr){CMSG_LEN(sizeof pidfd), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(c), &pidfd, sizeof pidfd);
    }
    sys(SYS_sendmsg, STARTER_SOCKET, &m, MSG_NOSIGNAL);
    if (pidfd >= 0) sys(SYS_close, pidfd);
}

/* False at the end of the server. */
static bool serve(struct room **rooms)
{
    struct start_request q = {0};
    struct start_answer a;
    struct room *r;
    int pidfd = -1;

    if (!read_all(&q, sizeof q) || !sane(&q)) return false;
    a = (struct start_answer){q.id, -ENOMEM};
    r = room_for(rooms, &q);
    if (!r) {
        if (!skip(q.size)) return false;
    } else {
        if (!read_all(r->text, q.size)) return false;
        r->text[q.size - 1] = '\0';
        a.pid = (int32_t)sys_share(hold, r, (char *)r + r->size, &r->busy, &pidfd);
    }
    answer(&a, a.pid > 0 ? pidfd : -1);
    return true;
}

static bool has_terminal(void)
{
    long fd = sys(SYS_openat, AT_FDCWD, "/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0) sys(SYS_close, fd);
    return fd >= 0;
}

/* Nothing of the server stays: its descriptors, signal mask and dispositions. All signals stay
   blocked here and in the holders; two come to those by descriptor, the others never. A step that
   finds /dev/tty would ask there, so a session with a terminal is left. Otherwise not, for a
   session of its own also means a scheduling group (sched(7), autogroup), which costs more than
   half of what else we do. */
static void leave_server(void)
{
    const char standard[64] = {0}; /* the kernel's struct sigaction for SIG_DFL */
    uint64_t all = ~(uint64_t)0;
    long null;

    sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, sizeof all);
    for (int s = 1; s <= 64; s++) sys(SYS_rt_sigaction, s, standard, 0, sizeof all);
    for (int fd = 0; fd < STARTER_SOCKET; fd++) sys(SYS_close, fd);
    sys(SYS_close_range, STARTER_SOCKET + 1, ~0u, 0);
    null = sys(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR);
    for (int fd = 1; fd < STARTER_SOCKET && null == 0; fd++) sys(SYS_dup3, null, fd, 0);
    if (has_terminal())
        sys(SYS_setsid);
    else
        sys(SYS_setpgid, 0, 0);
}

static bool is_socket(void)
{
    int type = 0, size = sizeof type;

    return sys(SYS_getsockopt, STARTER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_STREAM;
}

int shim_main(int argc, char **argv, char **envp)
{
    static const char usage[] =
        "botops-shim holds the steps of a server; `botops serve` starts it\n";
    struct room *rooms = NULL;

    (void)argv;
    (void)envp;
    if (argc != 2 || !is_socket()) {
        sys_write_all(2, usage, sizeof usage - 1);
        return SHIM_USAGE;
    }
    leave_server();
    sys(SYS_prctl, PR_SET_NAME, "botops-starter");
    while (serve(&rooms)) {
    }
    return SHIM_DONE;
}
