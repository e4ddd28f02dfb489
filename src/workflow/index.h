/* index.h - cuts a hundred thousand triggers down to the few that an event can fit.
 *
 * Triggers of one type (exact, or a beginning such as `github.*`), or chat patterns with one first
 * word, are a group. The triggers of a large group are told apart further, each by the one test of
 * it that fewest others share: a fact of its `if` (cel/facts.h), its connection, its rooms, or a
 * word that the line must hold. What is not found could only be "not matched" or fail. Small groups
 * are offered whole, so that the record of an event says why each trigger did not fire.
 *
 * The index holds hashes only. So it may rarely offer a trigger of another type: match.c asks.
 * Immutable once built, in the arena of its configuration.
 */
#ifndef WORKFLOW_INDEX_H
#define WORKFLOW_INDEX_H

#include "workflow/model.h"

enum { GROUP_SMALL = 16 }; /* triggers; such a group is offered whole */

struct sought { /* an event, as far as the index asks */
    struct str type;
    const struct tokens *tokens; /* chat: of the line, else NULL */
    const struct value *values;  /* of the slots of scope.h: event, user, room */
};

struct offer {
    const struct trigger **list; /* in the order of the configuration, none twice */
    size_t n;
    size_t left_out; /* triggers of the same groups that are not in it */
};

struct match_index *index_build(const struct config *c);
void index_find(const struct match_index *x, const struct sought *s, struct arena *a,
                struct offer *ret);

/* Does any trigger listen to this type? Rarely says yes though none does. */
bool index_listens(const struct match_index *x, struct str type);

#endif
