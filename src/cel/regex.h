/* regex.h - the pattern language of matches(), over PCRE2.
 *
 * CEL asks for RE2's syntax; PCRE2's is larger and means the same for what
 * both have ($ is the end of the text, \d and \w are ASCII). Matching is a
 * search, not anchored. It is bounded: a match that backtracks more than its
 * share of the budget stops the evaluation, so no pattern can hang the server.
 *
 * Compiled patterns lie in the arena of their expression. That excludes the
 * JIT compiler, whose code would need freeing: an interpreted match of a short
 * subject costs 0.2-0.8 us against 0.03-0.2.
 */
#ifndef CEL_REGEX_H
#define CEL_REGEX_H

#include "cel/eval.h"

enum {
    REGEX_PATTERN_MAX = 1024, /* bytes */
    REGEX_STEPS = 100000,     /* backtracking points of one match; PCRE2's match limit */
    REGEX_DEPTH = 20000,      /* nested backtracking points */
    REGEX_HEAP_KIB = 4096
};

/* Errors: E_INPUT with a sentence, without a place. */
err_t regex_compile(struct arena *a, struct str pattern, const struct regex **ret,
                    struct err *e) MUST_CHECK;

/* `subject` must be valid UTF-8. The result is a bool or a fault. */
struct value regex_match(struct eval *x, const struct regex *r, struct str subject);

/* A pattern that is not known before: the last one is kept. */
struct value regex_match_text(struct eval *x, const struct node *at, struct value subject,
                              struct value pattern);

void regex_memory_free(struct regex_memory *m); /* NULL is fine */

#endif
