/* sys.h - the kernel, without a C library.
 *
 * The shim is small, static and without libraries: each holder shares its memory, so
 * that there must be no thread-local state, no allocator and no start-up code behind
 * its back. Where we know how (x86_64, aarch64) it calls the kernel itself and is linked
 * without startup code (-ffreestanding -nostdlib). Compiled hosted, or on another
 * processor, the same files make an ordinary program, whose holders are forked.
 *
 * sys() takes a number and up to six arguments and returns what the kernel
 * does: the result, or -errno.
 */
#ifndef SHIM_SYS_H
#define SHIM_SYS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__) || defined(__aarch64__)
#define SYS_RAW 1
#else
#define SYS_RAW 0
#endif

#if defined(__x86_64__)
static inline long sys_raw(long n, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long r;

    __asm__ volatile("syscall"
                     : "=a"(r)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return r;
}
#elif defined(__aarch64__)
static inline long sys_raw(long n, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;

    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}
#else
long sys_raw(long n, long a, long b, long c, long d, long e, long f);
#endif

#define SYS_PAD_(n, a, b, c, d, e, f, ...)                                                         \
    sys_raw((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sys(...) SYS_PAD_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* Runs fn(arg) in a child that borrows our memory while we wait, until it execs or exits (vfork, on
   a stack of its own, which ends at `top`). In `cgroup` when that is not -1. Its pid, or -errno. */
long sys_vfork(int (*fn)(void *), void *arg, char *top, int cgroup);

/* Runs fn(arg), on a stack that ends at `top`, in a process of its own that shares our memory and
   is a child of our parent; it exits with what fn returns. *busy is 1 until then (where memory
   cannot be shared it gets a copy, and *busy is 0 at once). Its pid, or -errno; *ret_pidfd is
   closed by the caller. */
long sys_share(int (*fn)(void *), void *arg, char *top, uint32_t *busy, int *ret_pidfd);

/* The program. `args` is laid out as the kernel does: argc, argv, NULL, environment, NULL. */
int shim_main(int argc, char **argv, char **envp);

/* Text, for numbers and keys only. Each returns the end of what it wrote. */
size_t text_len(const char *s);
int text_same(const char *a, const char *b);
char *text_put(char *to, const char *s); /* with its NUL, which the result points at */
char *text_num(char *to, int64_t n);
int64_t text_int(const char *s); /* -1 when it is not a whole number of at most 18 digits */

/* Everything or -errno: for the few hundred bytes of a status or a record. */
long sys_write_all(int fd, const char *p, size_t n);

int64_t sys_wall_us(void);
int64_t sys_mono_ms(void);

#endif
