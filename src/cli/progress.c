#include "cli/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "workflow/duration.h"

enum { WHAT_MAX = 60, TICK_MS = 250 };

struct progress {
    bool shown, ending, drawn;
    char what[WHAT_MAX + 1];
    int64_t since; /* mono */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t end;
};

/* The lock is held. */
static void wipe(struct progress *p)
{
    if (p->drawn) fputs("\r\033[K", stderr);
    p->drawn = false;
}

static void draw(struct progress *p)
{
    int64_t took = clock_mono() - p->since;
    char text[DURATION_TEXT];

    if (!p->what[0] || took < SECOND_US) return;
    fprintf(stderr, "\r\033[K\033[2m%s, %s\033[0m", p->what,
            duration_text(took / SECOND_US * SECOND_US, text));
    fflush(stderr);
    p->drawn = true;
}

static void *run(void *arg)
{
    struct progress *p = arg;
    struct timespec at;

    pthread_mutex_lock(&p->lock);
    while (!p->ending) {
        draw(p);
        clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_nsec += TICK_MS * 1000000L;
        at.tv_sec += at.tv_nsec / 1000000000L;
        at.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&p->end, &p->lock, &at);
    }
    wipe(p);
    fflush(stderr);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct progress *progress_new(bool shown)
{
    struct progress *p = mem_new(sizeof *p);
    pthread_condattr_t attr;

    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->end, &attr);
    pthread_condattr_destroy(&attr);
    p->since = clock_mono();
    p->shown = shown && pthread_create(&p->thread, NULL, run, p) == 0;
    return p;
}

void progress_free(struct progress *p)
{
    if (!p) return;
    if (p->shown) {
        pthread_mutex_lock(&p->lock);
        p->ending = true;
        pthread_cond_signal(&p->end);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->thread, NULL);
    }
    pthread_cond_destroy(&p->end);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void progress_set(struct progress *p, struct str what)
{
    size_t n = what.n < WHAT_MAX ? what.n : WHAT_MAX;

    pthread_mutex_lock(&p->lock);
    while (n > 0 && n < what.n && ((unsigned char)what.p[n] & 0xc0) == 0x80) n--;
    if (n) memcpy(p->what, what.p, n);
    p->what[n] = '\0';
    if (n == 0) wipe(p);
    pthread_mutex_unlock(&p->lock);
}

void progress_restart(struct progress *p)
{
    pthread_mutex_lock(&p->lock);
    p->since = clock_mono();
    pthread_mutex_unlock(&p->lock);
}

void progress_lock(struct progress *p)
{
    pthread_mutex_lock(&p->lock);
    wipe(p);
    fflush(stderr);
}

void progress_unlock(struct progress *p)
{
    pthread_mutex_unlock(&p->lock);
}
