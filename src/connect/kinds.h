/* kinds.h - the kinds of connection there are: one table, from which loading, checking, the
 * reference and the webhooks come. Another kind is one file and one line in kinds.c.
 */
#ifndef CONNECT_KINDS_H
#define CONNECT_KINDS_H

#include "workflow/model.h"

extern const struct connection_kind *const connection_kinds[]; /* ends in NULL; for load_options */

#endif
