/* tell.h - what the programs of a storm say. They stand alone: nothing of the server is linked. */
#ifndef CHAOS_TELL_H
#define CHAOS_TELL_H

#include <stdint.h>

/* "# text" on standard output: a comment in TAP. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The harness itself cannot go on: says why as "Bail out! …" and ends with status 2. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

int64_t wall_us(void);
void pause_us(int64_t us);

/* A small seeded generator (xorshift64*), so that a seed replays its choices. */
struct dice {
    uint64_t state;
};
void dice_init(struct dice *d, uint64_t seed);
uint64_t dice_next(struct dice *d);
unsigned dice_below(struct dice *d, unsigned n); /* 0 to n-1 */

#endif
