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

/* The user who has this identity ("github", "alice"); empty when there is none. */
struct str access_user(const struct config *c, struct str platform, struct str identity);

bool access_is_member(const struct config *c, struct str user, struct str role_or_user);

#endif
