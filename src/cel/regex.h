/* regex.h - the pattern language of matches(): RE2's syntax, in linear time.
 *
 * A pattern becomes a table of states, which lies in the arena of its
 * expression and never changes: a match looks once at each byte of the
 * subject, whatever the pattern. Where the table would be large (as
 * "[ab]*a[ab]{14}c" makes it), all ways through the pattern are followed side
 * by side, and a match that takes more than about a millisecond ends the
 * evaluation. Matching is a search, not anchored; $ is the end of the text;
 * \d and \w are ASCII. What RE2 lacks (looking ahead and behind, references
 * back, possessive quantifiers) has no bounded cost and is an error.
 */
#ifndef CEL_REGEX_H
#define CEL_REGEX_H

#include "base/share.h"
#include "cel/eval.h"

enum {
    REGEX_PATTERN_MAX = 1024, /* bytes */
    REGEX_WORK = 250000       /* of one match without a table: places looked at */
};

/* Errors: E_INPUT with a sentence, without a place; E_LIMIT. */
err_t regex_compile(struct arena *a, struct str pattern, const struct regex **ret,
                    struct err *e) MUST_CHECK;

/* A copy in which equal patterns lie once. */
const struct regex *regex_share(struct share *s, const struct regex *r);

/* `subject` must be valid UTF-8, and its bytes charged. The result is a bool or a fault. */
struct value regex_match(struct eval *x, const struct regex *r, struct str subject);

/* A pattern that is not known before: the last one is kept. */
struct value regex_match_text(struct eval *x, const struct node *at, struct value subject,
                              struct value pattern);

void regex_memory_free(struct regex_memory *m); /* NULL is fine */

#endif
