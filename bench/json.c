/* json.c - reading a GitHub push webhook: ours against jansson, in CPU time.
 *
 * Prints one JSON line: json_vs_jansson, the median over the rounds of our time divided by
 * jansson's in the same round, and the median times of both in microseconds a text. Each side
 * reads the text and frees what it made; jansson with JSON_REJECT_DUPLICATES, as we refuse
 * duplicates too. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/json.h"
#include "push.h"

enum { ROUNDS = 15, TURNS = 2000 };

static struct str push;

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double ours(void)
{
    double begun = cpu_us();

    for (int i = 0; i < TURNS; i++) {
        AUTO(arena) struct arena *a = arena_new();
        struct value v;
        struct err e;

        if (json_read(a, push, JSON_LIMITS, &v, &e) != OK) {
            fprintf(stderr, "%d:%d: %s\n", e.line, e.col, e.text);
            exit(1);
        }
    }
    return (cpu_us() - begun) / TURNS;
}

static double theirs(void)
{
    double begun = cpu_us();

    for (int i = 0; i < TURNS; i++) {
        json_error_t e;
        json_t *v = json_loadb(push.p, push.n, JSON_REJECT_DUPLICATES, &e);

        if (!v) {
            fprintf(stderr, "%s\n", e.text);
            exit(1);
        }
        json_decref(v);
    }
    return (cpu_us() - begun) / TURNS;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *list)
{
    qsort(list, ROUNDS, sizeof *list, by_size);
    return list[ROUNDS / 2];
}

int main(void)
{
    AUTO(buf) struct buf b = BUF(1 << 16);
    double us[ROUNDS], jansson_us[ROUNDS], ratio[ROUNDS];

    push_write(&b, STR("payments"));
    push = buf_str(&b);
    (void)ours();
    for (int i = 0; i < ROUNDS; i++) {
        jansson_us[i] = theirs();
        us[i] = ours();
        ratio[i] = us[i] / jansson_us[i];
    }
    printf("{\"json_vs_jansson\": %.4f, \"json_us\": %.2f, \"jansson_us\": %.2f, \"bytes\": %zu}\n",
           median(ratio), median(us), median(jansson_us), push.n);
    return 0;
}
