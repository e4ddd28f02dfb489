/* mem.h - who owns what.
 *
 * ret_x       output parameter: the caller owns the result after OK, untouched otherwise
 * x_new/free  heap object with one owner; x_free(NULL) is fine
 * arena       everything made for one unit of work dies together with it
 * AUTO(type)  a local that runs type_auto() when it leaves scope
 *
 * Running out of memory ends the process: the journal makes a restart safe,
 * and code without untested paths is the safer code. Input is always capped
 * before it is stored, so no peer can bring us there. An arena belongs to one
 * thread at a time.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/err.h"

#define AUTO(type)  __attribute__((cleanup(type##_auto)))
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
void arena_reset(struct arena *a);                         /* empties it, keeps one block */
size_t arena_size(const struct arena *a);                  /* bytes held, for limits */
void *arena_get(struct arena *a, size_t size);             /* zeroed, aligned, never NULL */
void *arena_raw(struct arena *a, size_t size);             /* the same, not zeroed */
char *arena_dup(struct arena *a, const char *p, size_t n); /* NUL-terminated copy */
char *arena_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3) NOT_NULL(2);

/* A list grown by doubling inside the arena: `items` is the address of the list's pointer. Returns
   the place of one more element of `size` bytes, zeroed; updates the pointer and *n. */
void *arena_push(struct arena *a, void *items, size_t *n, size_t size);

static inline void arena_auto(struct arena **a)
{
    arena_free(*a);
}

void *mem_new(size_t size); /* zeroed, never NULL */
void *mem_grow(void *p, size_t size);
char *mem_dup(const char *p, size_t n); /* NUL-terminated, on the heap */

#endif
