/* world_live.h - the real world: the loop's thread, the system's clocks, processes and disk. */
#ifndef ENGINE_WORLD_LIVE_H
#define ENGINE_WORLD_LIVE_H

#include "engine/world.h"
#include "io/loop.h"

struct world_live;

/* The store's `notify` must end in world_live_notify(), called from any thread. */
struct world_live *world_live_new(struct loop *l);
/* Starts the process that starts steps; before anything is open that it should not have. `shim`
   is the path of botops-shim, `label` what the list of processes shows of it; both must outlive w.
 */
err_t world_live_holders(struct world_live *w, const char *shim, const char *label,
                         struct err *e) MUST_CHECK;
void world_live_notify(void *world_live);
void world_live_store(struct world_live *w, struct store *s); /* before anything uses it */
const struct world *world_live_face(struct world_live *w);
void world_live_free(struct world_live *w);

#endif
