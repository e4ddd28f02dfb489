/* machine.h - declared state machines.
 *
 * A machine names its states and the moves it allows; machine_move() is the
 * only way a state changes, and stops the program on a move that is not in the
 * table: such a move is our own bug. Diagrams in the docs come from the tables.
 */
#ifndef BASE_MACHINE_H
#define BASE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct machine {
    const char *name;
    int count;
    const char *const *states; /* `count` names, stable: they are stored and shown */
    const uint32_t *moves;     /* for each state, the set of states it may become, a bit each */
};

#define MOVE(state) (1u << (state))

bool machine_can(const struct machine *m, int from, int to);
bool machine_ends(const struct machine *m, int state); /* terminal: no move leaves it */
void machine_move(const struct machine *m, int *state, int to);
int machine_find(const struct machine *m, struct str name); /* -1 when there is none */

#endif
