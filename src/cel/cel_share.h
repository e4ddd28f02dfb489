/* cel_share.h - a compiled expression copied so that equal parts lie once (base/share.h).
 *
 * Compiling leaves several times as much in its arena as the tree needs, and
 * conditions such as `event.data.repo == "…"` differ in one constant.
 */
#ifndef CEL_CEL_SHARE_H
#define CEL_CEL_SHARE_H

#include "base/share.h"
#include "cel/cel.h"

/* Needs nothing of the arena in which `c` was compiled. c NULL: NULL. */
const struct cel *cel_share(struct share *s, const struct cel *c);

#endif
