/* pattern.h - what a chat trigger listens for: `deploy {service} [version {version}] [to {env}]`.
 *
 *   word          itself, ASCII letters in any case; words are never optional
 *                 unless they stand in brackets
 *   {name}        one word of the line, as it is, byte for byte
 *   {name...}     last only: the rest of the line as written (a single quoted
 *                 word without its quotes)
 *   [ ... ]       may be left out; nests
 *   ( a | b )     one of them; [ a | b ] one or none
 *
 * Where a line can be read in two ways, what stands in brackets is there rather
 * than not, and an earlier choice goes before a later one.
 *
 * After its first word a line may give any input by name, in any place:
 * `--name value`, `--name=value`, `name=value`, a flag as `--name`. What is
 * given by name is not looked for in its place. A name in quotes is no name.
 * Inside the rest of a line nothing is a name.
 *
 * A value that begins with `-` could be taken for an option by what it is
 * handed to. It is accepted only as `--name=-x` or after a lone `--`;
 * pattern_why() says so.
 *
 * Patterns live in their arena, never change, and borrow nothing.
 */
#ifndef WORKFLOW_PATTERN_H
#define WORKFLOW_PATTERN_H

#include "base/buf.h"
#include "data/value.h"
#include "workflow/tokens.h"

struct pattern;

enum { PATTERN_MAX = 512, PATTERN_DEPTH = 16, PATTERN_ARGS = 32, PATTERN_NAME_MAX = 64 };

/* Errors: E_INPUT or E_LIMIT with the column (bytes from 1, line 1). */
err_t pattern_parse(struct arena *a, struct str text, struct pattern **ret,
                    struct err *e) MUST_CHECK;

struct str pattern_text(const struct pattern *p); /* as written, one space between parts */
size_t pattern_args(const struct pattern *p, const struct str **ret); /* names in their order */

/* The word_key() of each word that a line must begin with to fit, for an index; none when the
   pattern may begin with anything. pattern_match() tests this first. */
size_t pattern_first(const struct pattern *p, const uint64_t **ret_keys);

struct pattern_input {
    struct str name;
    bool flag; /* `--name` alone means true */
};

/* Which inputs a line may give by name: those of the workflow. */
struct pattern_inputs {
    const struct pattern_input *list;
    size_t n;
};

/* True when the whole line fits; adds each argument, a string that borrows the tokens, to *args
   under the spelling of the input. Time grows with pattern × line at worst; allocates nothing but
   the pairs. */
bool pattern_match(const struct pattern *p, const struct tokens *t, struct pattern_inputs inputs,
                   struct map *args);

/* Why it does not fit, a sentence for the person who wrote the line: "`deploy` needs {service}".
   Adds nothing when it fits. */
void pattern_why(const struct pattern *p, const struct tokens *t, struct pattern_inputs inputs,
                 struct buf *b);

/* How near a line that fits nothing comes: 0 (not at all) to 1000, for "did you mean". */
int pattern_nearness(const struct pattern *p, const struct tokens *t);

#endif
