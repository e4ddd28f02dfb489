/* value_share.h - a value copied so that its equal parts lie once (base/share.h). */
#ifndef DATA_VALUE_SHARE_H
#define DATA_VALUE_SHARE_H

#include "base/share.h"
#include "data/value.h"

/* Shares nothing with the original but the names of types, which are constant. */
struct value value_share(struct share *s, struct value v);

#endif
