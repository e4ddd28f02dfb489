/* place.h - the folder of a storm: an automation repository, what its clients and effects wrote.
 *
 *     botops.yaml   the workflows below; server.data is DIR/data
 *     client.log    what the client did and was told (record.h)
 *     effects.log   one line a step that ran: "RUN STEP ATTEMPT DELIVERY NONCE"
 *     server.log    what the servers said
 *     points.log    the crash points that were passed
 */
#ifndef CHAOS_PLACE_H
#define CHAOS_PLACE_H

#include <stdbool.h>

enum { PLACE_PATH = 1024 };

#define STORM_SECRET "only a test's secret"

struct place {
    char dir[PLACE_PATH];
    char client[PLACE_PATH + 16], effects[PLACE_PATH + 16], server[PLACE_PATH + 16],
        points[PLACE_PATH + 16], database[PLACE_PATH + 32];
};

void place_init(struct place *p, const char *dir); /* paths only */

/* Makes the folder with its configuration. `pour` is the program of the steps that write much;
   `keep` is server.keep. */
void place_make(const struct place *p, const char *pour, const char *keep);

/* Processes that belong to the folder and live: holders, and whatever carries the BOTOPS_RUN_ID of
   a run of this folder. `each` may be NULL. */
typedef void place_each(void *arg, int pid, const char *what);
int place_processes(const struct place *p, place_each *each, void *arg);

/* Waits until no such process is left and the effect log has not grown for a while: at most
   limit_ms. False when it did not come to rest. */
bool place_rest(const struct place *p, int limit_ms);

#endif
