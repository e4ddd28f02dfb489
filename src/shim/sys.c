#include "shim/sys.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <time.h>

#if SYS_RAW
/* long sys_child(number, first, second, fn, arg): the system call `number` (clone or clone3), whose
   child has a stack of its own, calls fn(arg) and exits with what it returns. */
long sys_child(long number, long first, long second, int (*fn)(void *), void *arg);
#endif

#if defined(__x86_64__)
__asm__(".text\n.globl sys_child\n.type sys_child,@function\n"
        "sys_child:\n"
        "  mov %rdi, %rax\n  mov %rsi, %rdi\n  mov %rdx, %rsi\n  mov %rcx, %r9\n"
        "  xor %edx, %edx\n  xor %r10d, %r10d\n"
        "  syscall\n"
        "  test %rax, %rax\n  jz 1f\n  ret\n"
        "1: xor %ebp, %ebp\n  mov %r8, %rdi\n  call *%r9\n"
        "  mov %eax, %edi\n  mov $60, %eax\n  syscall\n  hlt\n"
        ".size sys_child, .-sys_child\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl sys_child\n.type sys_child,%function\n"
        "sys_child:\n"
        "  mov x8, x0\n  mov x0, x1\n  mov x1, x2\n  mov x9, x3\n  mov x10, x4\n"
        "  mov x2, xzr\n  mov x3, xzr\n  mov x4, xzr\n"
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

/* The compiler may ask for these two. The barrier keeps it from turning them into calls to
   themselves. */
void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    char *t = to;
    const char *f = from;

    while (n--) {
        *t++ = *f++;
        __asm__ volatile("" ::: "memory");
    }
    return to;
}

void *memset(void *to, int c, size_t n)
{
    char *t = to;

    while (n--) {
        *t++ = (char)c;
        __asm__ volatile("" ::: "memory");
    }
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

/* Room for the search of PATH; shared with nobody, as we stand still while the child uses it. */
static char child_stack[16384] __attribute__((aligned(16)));

long sys_vfork(int (*fn)(void *), void *arg, int cgroup)
{
    const unsigned long flags = CLONE_VM | CLONE_VFORK;

#if SYS_RAW
    struct clone_args a = {.flags = flags | CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
    long pid;

    if (cgroup >= 0) {
        a.stack = (uintptr_t)child_stack;
        a.stack_size = sizeof child_stack;
        a.cgroup = (unsigned)cgroup;
        pid = sys_child(SYS_clone3, (long)&a, sizeof a, fn, arg);
        if (pid > 0) return pid; /* else an old kernel, or not our cgroup: go on without */
    }
    return sys_child(SYS_clone, (long)(flags | SIGCHLD), (long)(child_stack + sizeof child_stack),
                     fn, arg);
#else
    int pid = clone(fn, child_stack + sizeof child_stack, (int)flags | SIGCHLD, arg);

    (void)cgroup;
    return pid < 0 ? -errno : pid;
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
