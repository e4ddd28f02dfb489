/* push.h - the JSON of a GitHub push to one repository: 4 KB, as real ones are. */
#ifndef BENCH_PUSH_H
#define BENCH_PUSH_H

#include "base/buf.h"

void push_write(struct buf *b, struct str repository); /* its full name is acme/REPOSITORY */

#endif
