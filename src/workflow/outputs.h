/* outputs.h - what a script left in $BOTOPS_OUTPUT.
 *
 * Either one JSON object, or lines: `name=value`, and for values of several
 * lines `name<<END`, the lines, `END` (as in GitHub Actions). Values are text.
 * A later name replaces an earlier one; blank lines are passed over.
 */
#ifndef WORKFLOW_OUTPUTS_H
#define WORKFLOW_OUTPUTS_H

#include "base/err.h"
#include "data/value.h"

enum { OUTPUTS_MAX = 1 << 20, OUTPUT_NAMES_MAX = 1000 };

/* The map lives in `a`. Errors: E_INPUT with the line, E_LIMIT. */
err_t outputs_read(struct arena *a, struct str text, struct value *ret, struct err *e) MUST_CHECK;

#endif
