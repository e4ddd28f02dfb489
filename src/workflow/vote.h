/* vote.h - what people decide: they approve, deny, or answer what a step asks.
 *
 * A step that waits for people keeps what it asked and what came of it in its
 * outputs, so that a restart loses nothing and everybody can read it:
 *
 *   approval  message, by, count, approved_by, denied_by, approved
 *   ask       question, by, type, answered_by, answer
 *
 * `by` holds roles and users (none: whoever may start the workflow); each vote
 * is {user, at, comment, room, way}. `approved` and `answer` are there when it
 * is over. Pure.
 */
#ifndef WORKFLOW_VOTE_H
#define WORKFLOW_VOTE_H

#include "base/buf.h"
#include "workflow/access.h"
#include "workflow/run.h"

enum vote_kind { VOTE_APPROVE, VOTE_DENY, VOTE_ANSWER };
enum { COMMENT_MAX = 2000 }; /* bytes */

struct vote {
    enum vote_kind kind;
    struct who who;
    struct str room, way; /* where it was said, empty: in none; "chat", "cli", "api" */
    struct str comment;   /* APPROVE, DENY: may be empty */
    struct value answer;  /* ANSWER: text, or typed as it came from JSON */
};

struct vote vote_copy(struct arena *a, const struct vote *v);

/* Which step of the run is meant, and may the vote be counted? `path` empty: the one step that
   waits for such a vote. An answer is turned into the type that was asked for.
   Errors: E_NOT_FOUND, no such step; E_INPUT, several steps wait, or the answer does not fit;
   E_DENIED; E_CONFLICT, it is decided already: by whom and when. */
err_t vote_check(const struct config *c, const struct run *r, struct str path, struct vote *v,
                 struct arena *a, int *ret_step, struct err *e) MUST_CHECK;

/* "an approval by sre: 1 of 2 have approved (ana, 14:02 UTC); until 14:30 UTC". `kind` as in a
   step's row: nothing is added for steps that wait for no people. `due_at` 0: no end. */
void vote_awaited(struct str kind, struct value outputs, int64_t due_at, int64_t now,
                  struct buf *out);

enum { MOMENT_TEXT = 40 };
/* "14:02 UTC", with its date when that is not today's, or `now` is 0. */
const char *moment_text(int64_t wall_us, int64_t now, char out[MOMENT_TEXT]);

#endif
