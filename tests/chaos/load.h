/* load.h - senders of webhooks: a few threads, one kept connection each.
 *
 * Every delivery is sent with the same id until a 2xx was read, over as many
 * lives of the server as that takes, as a sender that redelivers does. Now and
 * then one that was taken is sent again, and a forged one is tried.
 */
#ifndef CHAOS_LOAD_H
#define CHAOS_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "http.h"

enum { SENDERS = 4 };

struct load_options {
    uint64_t seed;
    int pause_ms; /* the longest rest of a sender between two deliveries */
};

struct load;
struct load *load_begin(const struct load_options *o);

void load_server(struct load *l, int port);   /* 0: there is none now; senders wait */
void load_padding(struct load *l, int bytes); /* added to each body from now on */
void load_flood(struct load *l, bool on);     /* nothing but pings, as many as can be */

/* Each sender ends what it has begun, which takes a server. Returns how many deliveries there were.
 */
long load_end(struct load *l);

#endif
