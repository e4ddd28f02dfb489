/* world_sim_inside.h - the simulated world seen from inside: world_sim*.c only.
 *
 * world_sim.c         the clock, the queue, the store, life and death of the server
 * world_sim_procs.c   processes as models, files as texts in memory
 * world_sim_client.c  who sends events and commands, and looks into the file
 */
#ifndef TESTS_ENGINE_WORLD_SIM_INSIDE_H
#define TESTS_ENGINE_WORLD_SIM_INSIDE_H

#include <stdio.h>
#include <stdlib.h>

#include "engine/world_sim.h"

enum event_kind {
    EV_COMMIT, /* up to EV_REMOVED: what the engine waits for; lost when it dies */
    EV_READ,
    EV_READ_DONE,
    EV_FORGET,
    EV_SPAWN,
    EV_STARTED,
    EV_REMOVED,
    EV_CLAIM, /* from here on: what goes on by itself */
    EV_EXIT,
    EV_GONE
};

struct sim_event {
    int64_t at;
    uint64_t serial;
    enum event_kind kind;
    struct sim *sim;
    void *arg;
    world_call *call;
    struct batch *batch;
    commit_done *committed;
    struct forget *forget;
    void (*forgotten)(void *arg, enum commit how);
    enum lane lane;
    read_work *work;
    const struct world_exec *exec;
    world_started *started;
    struct sim_shim *shim;
};

/* The place of a new event, `us` from now; the caller fills in the rest before anything moves. */
struct sim_event *sim_post(struct sim *s, enum event_kind kind, int64_t us);

void sim_mix(struct sim *s, uint64_t x); /* into the trace */
void sim_mix_text(struct sim *s, const char *text);

/* world_sim_procs.c */
void sim_procs_face(struct world *w); /* its part of the interface */
void sim_procs_event(struct sim *s,
                     const struct sim_event *ev); /* EV_SPAWN to EV_GONE, that is theirs */
void sim_procs_power_cut(
    struct sim *s); /* all end without a word; a claim may be lost with the power */

#endif
