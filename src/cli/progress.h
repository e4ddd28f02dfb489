/* progress.h - one line on a terminal that says what is waited for, and since when.
 *
 * It appears on standard error after a second and is wiped before anything
 * else is printed. A thread of its own draws it, because its owner blocks.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include "base/str.h"

struct progress;

struct progress *progress_new(bool shown); /* false: does nothing */
void progress_free(struct progress *p);    /* wipes it; NULL is fine */

void progress_set(struct progress *p,
                  struct str what);        /* "" hides it; a new text keeps the clock */
void progress_restart(struct progress *p); /* the clock counts from now */

/* Around whatever else is printed. */
void progress_lock(struct progress *p);
void progress_unlock(struct progress *p);

#endif
