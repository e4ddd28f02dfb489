/* sim_check.h - the checker of test_sim.c: each function looks for one kind of broken promise in
 * the file and in the world's own record, and notes the first by sim_fault(). */
#ifndef TESTS_ENGINE_SIM_CHECK_H
#define TESTS_ENGINE_SIM_CHECK_H

#include "engine/world_sim.h"

struct given_vote {
    struct id run;
    enum vote_kind kind;
    const char *user;
    bool counted; /* whoever gave it was told so */
};

void check_receipts(struct sim *s,
                    size_t since_crash); /* I1; from `since_crash` on each must have come */
void check_events(struct sim *s);        /* I3: the runs of each event are those that match */
void check_rows(struct sim *s);          /* I2, I4, I6 and what rows must agree on */
void watch_locks(struct sim *s);         /* right after sim_init(): notes each turn */
size_t check_locks(struct sim *s);       /* never too many holders, and in their order; how many
                                            turns came after a wait */
void check_slots(struct sim *s);         /* no slot of the schedule is missing */
void check_effects(struct sim *s);       /* I4: what succeeded ran, once an attempt */
void check_history(struct sim *s);       /* I8: played again, it gives the rows */
void check_votes(struct sim *s, const struct given_vote *votes, size_t n); /* I1 for people */

#endif
