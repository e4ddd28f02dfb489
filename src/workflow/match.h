/* match.h - which triggers an event meets.
 *
 * An index (index.h) cuts all triggers down to the few that can fit; their `if`
 * decides. Pure. The decision with its reasons is part of the event's record,
 * and is what `botops why` shows.
 */
#ifndef WORKFLOW_MATCH_H
#define WORKFLOW_MATCH_H

#include "base/id.h"
#include "workflow/model.h"

struct event { /* CloudEvents attributes, and who and where */
    struct id id;
    struct str type, source, subject, connection, delivery, user, room;
    int64_t at, time; /* wall microseconds */
    int depth;
    bool owner; /* the owner sent it, by the local socket or with the token */
    struct value data;
    struct str text; /* chat: the line; else empty */
};

enum verdict {
    MATCH_YES,
    MATCH_NO,     /* its `if` is false, or the pattern does not fit */
    MATCH_ERROR,  /* its `if` or `with` failed */
    MATCH_INPUTS, /* it fits, but the inputs are wrong or missing */
    MATCH_DENIED  /* it fits, but this user may not */
};

struct considered {
    const struct trigger *trigger;
    enum verdict verdict;
    struct value inputs; /* YES: a checked map */
    struct str reason;   /* why not, a sentence; empty for YES */
};

struct decision {
    struct considered
        *list; /* every trigger the index offered, in the order of the configuration */
    size_t n;
};

void match_build(struct config *c); /* makes c->index; part of loading */

/* Decides. Everything returned lives in `a` or in the event. */
void match(const struct config *c, const struct event *e, int64_t now, struct arena *a,
           struct decision *ret);

/* How many triggers of the event's type, or the line's first word, were not even asked, because a
   test of theirs cannot be true: for `why`. */
size_t match_left_out(const struct config *c, const struct event *e, struct arena *a);

/* Decides about one trigger alone, whatever its type and index: a schedule that fired. */
void match_one(const struct config *c, const struct trigger *t, const struct event *e, int64_t now,
               struct arena *a, struct considered *ret);

/* Does any trigger listen to this type? */
bool match_listens(const struct config *c, struct str type);

/* The event as expressions see it. */
struct value event_value(const struct event *e, struct arena *a);

/* The same for one trigger with each test and the value seen, for `why`; text for people. */
void match_explain(const struct config *c, const struct trigger *t, const struct event *e,
                   int64_t now, struct arena *a, struct buf *out);

const char *verdict_name(enum verdict v); /* "matched", "not matched", … */

#endif
