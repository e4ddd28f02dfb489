#include "shim/sys.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <time.h>

enum { CLONE_STACK = 8192 }; /* the least that sys_vfork() is given */

#if SYS_RAW
/* long sys_child(number, first, second, fn, arg, busy, pidfd): the system call `number` (clone or
   clone3), whose child has a stack of its own, calls fn(arg) and exits with what it returns; `busy`
   and `pidfd` are what clone(2) calls child_tid and parent_tid. */
long sys_child(long number, long first, long second, int (*fn)(void *), void *arg, void *busy,
               int *pidfd);
#endif

#if defined(__x86_64__)
__asm__(".text\n.globl sys_child\n.type sys_child,@function\n"
        "sys_child:\n"
        "  mov %rdi, %rax\n  mov %rsi, %rdi\n  mov %rdx, %rsi\n  mov %r9, %r10\n  mov %rcx, %r9\n"
        "  mov 8(%rsp), %rdx\n"
        "  syscall\n"
        "  test %rax, %rax\n  jz 1f\n  ret\n"
        "1: xor %ebp, %ebp\n  mov %r8, %rdi\n  call *%r9\n"
        "  mov %eax, %edi\n  mov $60, %eax\n  syscall\n  hlt\n"
        ".size sys_child, .-sys_child\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl sys_child\n.type sys_child,%function\n"
        "sys_child:\n"
        "  mov x8, x0\n  mov x0, x1\n  mov x1, x2\n  mov x9, x3\n  mov x10, x4\n"
        "  mov x2, x6\n  mov x3, xzr\n  mov x4, x5\n"
        "  svc #0\n"
        "  cbz x0, 1f\n  ret\n"
        "1: mov x29, xzr\n  mov x30, xzr\n  mov x0, x10\n  blr x9\n"
        "  mov x8, #93\n  svc #0\n  brk #1\n"
        ".size sys_child, .-sys_child\n");
#endif

#if !__STDC_HOSTED__
void shim_start(long *args) __attribute__((noreturn, used));
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int c, size_t n);

#if defined(__x86_64__)
__asm__(".text\n.globl _start\n_start:\n"
        "  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call shim_start\n");
#else
__asm__(".text\n.globl _start\n_start:\n"
        "  mov x29, xzr\n  mov x30, xzr\n  mov x0, sp\n  bl shim_start\n");
#endif

void shim_start(long *args)
{
    char **argv = (char **)(args + 1);

    for (;;) sys(SYS_exit_group, shim_main((int)args[0], argv, argv + args[0] + 1));
}

/* The compiler may ask for these two. Written so that it cannot turn them into calls to themselves.
 */
void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    char *t = to;
    const char *f = from;

#if defined(__x86_64__)
    __asm__ volatile("rep movsb" : "+D"(t), "+S"(f), "+c"(n)::"memory");
#else
    while (n--) {
        *t++ = *f++;
        __asm__ volatile("" ::: "memory");
    }
#endif
    return to;
}

void *memset(void *to, int c, size_t n)
{
    char *t = to;

#if defined(__x86_64__)
    __asm__ volatile("rep stosb" : "+D"(t), "+c"(n) : "a"(c) : "memory");
#else
    while (n--) {
        *t++ = (char)c;
        __asm__ volatile("" ::: "memory");
    }
#endif
    return to;
}
#else
int main(int argc, char **argv, char **envp)
{
    return shim_main(argc, argv, envp);
}
#endif

#if !SYS_RAW
#include <unistd.h>

long sys_raw(long n, long a, long b, long c, long d, long e, long f)
{
    long r = syscall(n, a, b, c, d, e, f);

    return r < 0 ? -errno : r;
}
#endif

long sys_vfork(int (*fn)(void *), void *arg, char *top, int cgroup)
{
    const unsigned long flags = CLONE_VM | CLONE_VFORK;

#if SYS_RAW
    struct clone_args a = {.flags = flags | CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
    long pid;

    if (cgroup >= 0) {
        a.stack = (uintptr_t)top - CLONE_STACK;
        a.stack_size = CLONE_STACK;
        a.cgroup = (unsigned)cgroup;
        pid = sys_child(SYS_clone3, (long)&a, sizeof a, fn, arg, NULL, NULL);
        if (pid > 0) return pid; /* else an old kernel, or not our cgroup: go on without */
    }
    return sys_child(SYS_clone, (long)(flags | SIGCHLD), (long)top, fn, arg, NULL, NULL);
#else
    int pid = clone(fn, top, (int)flags | SIGCHLD, arg);

    (void)cgroup;
    return pid < 0 ? -errno : pid;
#endif
}

long sys_share(int (*fn)(void *), void *arg, char *top, uint32_t *busy, int *ret_pidfd)
{
#if SYS_RAW && !__STDC_HOSTED__
    const unsigned long flags =
        CLONE_VM | CLONE_PARENT | CLONE_CHILD_CLEARTID | CLONE_PIDFD | SIGCHLD;
    long pid;

    __atomic_store_n(busy, 1, __ATOMIC_RELEASE);
    pid = sys_child(SYS_clone, (long)flags, (long)top, fn, arg, busy, ret_pidfd);
    if (pid < 0) __atomic_store_n(busy, 0, __ATOMIC_RELEASE);
    return pid;
#else
    /* with a copy of our memory it needs no stack of its own either */
    long pid = sys(SYS_clone, CLONE_PARENT | CLONE_PIDFD | SIGCHLD, 0, ret_pidfd, 0, 0);

    (void)top;
    if (pid == 0)
        for (;;) sys(SYS_exit_group, fn(arg));
    *busy = 0;
    return pid;
#endif
}

size_t text_len(const char *s)
{
    size_t n = 0;

    while (s[n]) n++;
    return n;
}

int text_same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

char *text_put(char *to, const char *s)
{
    while (*s) *to++ = *s++;
    *to = '\0';
    return to;
}

char *text_num(char *to, int64_t n)
{
    char digits[24];
    int i = sizeof digits - 1;
    uint64_t v = n < 0 ? -(uint64_t)n : (uint64_t)n;

    digits[i] = '\0';
    do {
        digits[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    if (n < 0) digits[--i] = '-';
    return text_put(to, digits + i);
}

int64_t text_int(const char *s)
{
    int64_t v = 0;
    int n = 0;

    for (; *s; s++, n++) {
        if (*s < '0' || *s > '9' || n == 18) return -1;
        v = v * 10 + (*s - '0');
    }
    return n ? v : -1;
}

long sys_write_all(int fd, const char *p, size_t n)
{
    while (n) {
        long w = sys(SYS_write, fd, p, n);

        if (w == -EINTR) continue;
        if (w <= 0) return w ? w : -EIO;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

static struct timespec now(int clock)
{
    struct timespec t = {0};

    sys(SYS_clock_gettime, clock, &t);
    return t;
}

int64_t sys_wall_us(void)
{
    struct timespec t = now(CLOCK_REALTIME);

    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t sys_mono_ms(void)
{
    struct timespec t = now(CLOCK_MONOTONIC);

    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
