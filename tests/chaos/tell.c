#include "tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void say(const char *head, const char *fmt, va_list ap)
{
    fputs(head, stdout);
    vprintf(fmt, ap);
    putchar('\n');
    fflush(stdout);
}

void note(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("# ", fmt, ap);
    va_end(ap);
}

void die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say("Bail out! ", fmt, ap);
    va_end(ap);
    exit(2);
}

int64_t wall_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void pause_us(int64_t us)
{
    struct timespec t = {us / 1000000, us % 1000000 * 1000};

    nanosleep(&t, NULL);
}

void dice_init(struct dice *d, uint64_t seed)
{
    d->state = (seed + 1) * 0x9E3779B97F4A7C15u;
    for (int i = 0; i < 4; i++) dice_next(d);
}

uint64_t dice_next(struct dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * 0x2545F4914F6CDD1Du;
}

unsigned dice_below(struct dice *d, unsigned n)
{
    return (unsigned)((dice_next(d) >> 33) % n);
}
