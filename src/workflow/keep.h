/* keep.h - what loading made, copied from its work arena into that of the configuration.
 *
 * Loading leaves ten times as much behind as a model needs: the YAML, the names in
 * scope, what the compilers drafted. So each file is loaded in an arena that is
 * emptied afterwards, and the model is copied out of it, equal parts once
 * (base/share.h). Each pointer of model.h is copied here: a new one needs its
 * line in keep.c.
 */
#ifndef WORKFLOW_KEEP_H
#define WORKFLOW_KEEP_H

#include "base/share.h"
#include "workflow/model.h"

struct workflow *workflow_keep(struct share *s, const struct workflow *w);

/* Everything else of *c, in place; of the workflows, kept one by one before, the list. */
void config_keep(struct share *s, struct config *c);

#endif
