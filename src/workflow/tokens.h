/* tokens.h - a chat line cut into words.
 *
 * Words are separated by ASCII white space only. A quote, ' or ", opens at the
 * start of a word or right after the first `=`; elsewhere it is an apostrophe. '...' is
 * taken as it is; inside "..." a backslash escapes " and \; outside quotes it
 * escapes white space, quotes and itself. Any other backslash stays. Nothing
 * else has a meaning: no variables, no globs, no @file.
 */
#ifndef WORKFLOW_TOKENS_H
#define WORKFLOW_TOKENS_H

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum { LINE_MAX_BYTES = 4096, TOKENS_MAX = 128 };

struct token {
    struct str text;     /* without quotes and escapes; borrows the line where it can */
    uint32_t start, end; /* where it stood in the line */
    uint32_t bare;       /* bytes of `text` before the first quote or escape */
};

struct tokens {
    struct str line; /* borrowed */
    struct token *list;
    size_t n;
    uint64_t key; /* word_key() of the first; 0 when there is none */
};

/* The line must live as long as the tokens. Errors: E_LIMIT when it is longer than LINE_MAX_BYTES
   or has more words than TOKENS_MAX; E_INPUT with the column when it is not UTF-8, holds a NUL, or
   a quote is not closed. */
err_t tokens_read(struct arena *a, struct str line, struct tokens *ret, struct err *e) MUST_CHECK;

/* Equal for words that are equal without regard to the case of ASCII letters; never 0. */
uint64_t word_key(struct str word);

#endif
