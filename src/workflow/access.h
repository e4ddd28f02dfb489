/* access.h - who may do what. The one place that decides. */
#ifndef WORKFLOW_ACCESS_H
#define WORKFLOW_ACCESS_H

#include "workflow/model.h"

struct who {
    struct str user; /* the configuration's name for this person, or the platform's; may be empty */
    bool owner;      /* came by the owner's socket, terminal, or token */
};

enum deed { DEED_READ, DEED_START, DEED_CANCEL, DEED_RESOLVE, DEED_ADMIN };

/* May they? `workflow` NULL for deeds that concern none. When not, *ret_reason is a sentence. */
bool access_allows(const struct config *c, const struct who *who, enum deed deed,
                   const struct workflow *workflow, struct str room, struct arena *a,
                   struct str *ret_reason);

/* What somebody is asked to decide. */
struct matter {
    const struct workflow *workflow;
    struct str room;      /* where they say so; empty: in none */
    const struct str *by; /* roles or users who may; none: whoever may start the workflow */
    size_t by_n;
    struct str not_by;  /* a user who may not, such as the one who asks; empty: nobody */
    struct str also_by; /* a user who may in any case; empty: nobody */
};
bool access_decides(const struct config *c, const struct who *who, const struct matter *m,
                    struct arena *a, struct str *ret_reason);

/* The user who has this identity ("github", "alice"); empty when there is none. */
struct str access_user(const struct config *c, struct str platform, struct str identity);

bool access_is_member(const struct config *c, struct str user, struct str role_or_user);

#endif
