/* str.h - text that knows its length.
 *
 * struct str is a borrowed view, passed by value; it need not end in NUL, and
 * may hold any byte. Who owns the bytes is said where the view comes from.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(lit)   ((struct str){"" lit, sizeof(lit) - 1})
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *c)
{
    return (struct str){c, c ? strlen(c) : 0};
}

static inline struct str str_n(const char *p, size_t n)
{
    return (struct str){p, n};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *b)
{
    return str_eq(a, str_of(b));
}

int str_cmp(struct str a, struct str b);        /* byte order, like memcmp, shorter first */
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
bool str_starts(struct str s, struct str head);
bool str_ends(struct str s, struct str tail);
bool str_find(struct str s, struct str part, size_t *ret_at); /* the first place; "" is at 0 */
struct str str_trim(struct str s);                            /* ASCII white space at both ends */
struct str str_skip(struct str s, size_t n);                  /* without its first n bytes */

/* Cuts the text before `sep` off *rest; false when nothing is left. "a,,b" has three parts. */
bool str_cut(struct str *rest, char sep, struct str *ret_head);

/* Whole decimal numbers only: false on sign trouble, other characters, overflow, or empty. */
bool str_int(struct str s, int64_t *ret);

uint64_t str_hash(struct str s); /* for tables inside this process; not stable, not for secrets */

#endif
