/* inputs.h - are these the values a workflow may be started with?
 *
 * Values come as text from a chat line or the command line, or typed from JSON
 * and expressions. Text is turned into the declared type: "5" into an int,
 * "true", "yes" or "on" into a bool, "a,b" or JSON into a list, JSON into a
 * map. For a text input, numbers and bools become their text. null counts as
 * not given. Pure; the result shares what it can with what was given.
 */
#ifndef WORKFLOW_INPUTS_H
#define WORKFLOW_INPUTS_H

#include "base/buf.h"
#include "workflow/model.h"

enum { INPUT_TEXT_MAX = 1 << 20 }; /* bytes of one text */

/* ret_map has every declared input, in the workflow's order: as given, its default, or null.
   Errors: E_INPUT with all that is wrong, sentence by sentence ("`env` must be one of staging,
   prod, not `production`"). `given` is a map or null. */
err_t inputs_check(const struct workflow *w, struct value given, struct arena *a,
                   struct value *ret_map, struct err *e) MUST_CHECK;

/* One value. `exact`: it must have the type already, as in a configuration. False with a sentence
   added to `why`. */
bool input_take(const struct input *in, struct value v, bool exact, struct arena *a,
                struct value *ret, struct buf *why);

/* What would fit: "a whole number, at least 1, at most 50", "one of staging, prod". */
void input_describe(const struct input *in, struct arena *a, struct buf *out);

const char *input_type_name(enum input_type t); /* as it is written: "string", "int", … */

#endif
