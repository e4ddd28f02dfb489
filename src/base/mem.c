#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 2048, LAST_BLOCK = 1 << 18, ALIGN = alignof(max_align_t) };

struct block { /* filled from both ends: texts need no alignment, and go to the top */
    struct block *next;
    size_t used, top, size;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct block *head;
    size_t held, next_size;
};

static void die(size_t size)
{
    fprintf(stderr, "botops: out of memory asking for %zu bytes\n", size);
    abort();
}

void *mem_new(size_t size)
{
    void *p = calloc(1, size ? size : 1);

    if (!p) die(size);
    return p;
}

void *mem_grow(void *p, size_t size)
{
    p = realloc(p, size ? size : 1);
    if (!p) die(size);
    return p;
}

char *mem_dup(const char *p, size_t n)
{
    char *copy = mem_grow(NULL, n + 1);

    if (n) memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

struct arena *arena_new(void)
{
    struct arena *a = mem_new(sizeof *a);

    a->next_size = FIRST_BLOCK;
    return a;
}

void arena_free(struct arena *a)
{
    if (!a) return;
    while (a->head) {
        struct block *b = a->head;

        a->head = b->next;
        free(b);
    }
    free(a);
}

void arena_reset(struct arena *a)
{
    struct block *keep = a->head;

    if (!keep) return;
    while (keep->next) {
        struct block *b = keep->next;

        keep->next = b->next;
        free(b);
    }
    keep->used = 0;
    keep->top = keep->size;
    a->held = keep->size;
}

size_t arena_size(const struct arena *a)
{
    return a->held;
}

static struct block *add_block(struct arena *a, size_t need)
{
    size_t room = need > a->next_size ? need : a->next_size;
    struct block *b = malloc(sizeof *b + room);

    if (!b) die(room);
    b->size = b->top = room;
    b->used = 0;
    b->next = a->head;
    a->head = b;
    a->held += room;
    if (a->next_size < LAST_BLOCK) a->next_size *= 2;
    return b;
}

void *arena_raw(struct arena *a, size_t size)
{
    struct block *b = a->head;
    size_t need;
    void *p;

    if (size > SIZE_MAX / 2) die(size);
    need = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!b || b->top - b->used < need) b = add_block(a, need);
    p = b->data + b->used;
    b->used += need;
    return p;
}

void *arena_get(struct arena *a, size_t size)
{
    return memset(arena_raw(a, size), 0, size);
}

static char *text_room(struct arena *a, size_t size)
{
    struct block *b = a->head;

    if (size > SIZE_MAX / 2) die(size);
    if (!b || b->top - b->used < size) b = add_block(a, (size + ALIGN - 1) & ~(size_t)(ALIGN - 1));
    b->top -= size;
    return (char *)b->data + b->top;
}

char *arena_dup(struct arena *a, const char *p, size_t n)
{
    char *copy = text_room(a, n + 1);

    if (n) memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    char *p;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    p = text_room(a, (size_t)(n < 0 ? 0 : n) + 1);
    p[0] = '\0';
    if (n >= 0) vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

void *arena_push(struct arena *a, void *items, size_t *n, size_t size)
{
    char *list, *place;

    memcpy(&list, items, sizeof list); /* whatever the element's type: *items is a pointer */

    /* The capacity is the next power of two, so it need not be stored. */
    if ((*n & (*n - 1)) == 0) {
        char *more = arena_raw(a, size * (*n ? *n * 2 : 1));

        if (*n) memcpy(more, list, size * *n);
        memcpy(items, &more, sizeof more);
        list = more;
    }
    place = list + size * *n;
    ++*n;
    return memset(place, 0, size);
}
