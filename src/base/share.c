#include "base/share.h"

#include <stdlib.h>

enum { FIRST_SIZE = 256 };

struct share_place {
    void *p; /* NULL: free */
    uint32_t hash, n;
};

void share_init(struct share *s, struct arena *to)
{
    *s = (struct share){.to = to, .work = arena_new(), .size = FIRST_SIZE};
    s->table = mem_new(s->size * sizeof *s->table);
}

void share_done(struct share *s)
{
    arena_free(s->work);
    free(s->table);
}

void share_rest(struct share *s)
{
    arena_reset(s->work);
}

static struct share_place *free_place(struct share *s, uint32_t hash)
{
    size_t i = hash & (s->size - 1);

    while (s->table[i].p) i = (i + 1) & (s->size - 1);
    return &s->table[i];
}

static void grow(struct share *s)
{
    struct share_place *old = s->table;
    size_t size = s->size;

    s->size *= 2;
    s->table = mem_new(s->size * sizeof *s->table);
    for (size_t i = 0; i < size; i++)
        if (old[i].p) *free_place(s, old[i].hash) = old[i];
    free(old);
}

static struct share_place *find(struct share *s, uint32_t hash, struct str bytes)
{
    size_t i = hash & (s->size - 1);

    for (; s->table[i].p; i = (i + 1) & (s->size - 1)) {
        struct share_place *at = &s->table[i];

        if (at->hash == hash && at->n == bytes.n && memcmp(at->p, bytes.p, bytes.n) == 0) return at;
    }
    return NULL;
}

/* Texts and structs are never the same copy: a text has a byte more. */
static void *keep(struct share *s, struct str bytes, bool text)
{
    uint32_t hash = (uint32_t)str_hash(bytes) + text;
    struct share_place *at = find(s, hash, bytes);
    void *p;

    if (at) return at->p;
    if (2 * (s->n + 1) > s->size) grow(s);
    p = text ? arena_dup(s->to, bytes.p, bytes.n) : arena_raw(s->to, bytes.n);
    if (!text) memcpy(p, bytes.p, bytes.n);
    *free_place(s, hash) = (struct share_place){p, hash, (uint32_t)bytes.n};
    s->n++;
    return p;
}

void *share_bytes(struct share *s, const void *p, size_t n)
{
    return n ? keep(s, str_n(p, n), false) : NULL;
}

struct str share_str(struct share *s, struct str text)
{
    return str_n(text.n ? keep(s, text, true) : "", text.n);
}
