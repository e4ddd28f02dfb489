/* twin.h - finds a key that a map has twice, in less than quadratic time. */
#ifndef DATA_TWIN_H
#define DATA_TWIN_H

#include "data/value.h"

/* All keys are strings. True when some key stands twice: *ret is the place of the first pair whose
   key stood before. No choice of keys makes it slower than sorting them. */
bool twin_find(const struct pair *pairs, size_t n, size_t *ret);

#endif
