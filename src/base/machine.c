#include "base/machine.h"

#include <stdio.h>
#include <stdlib.h>

bool machine_can(const struct machine *m, int from, int to)
{
    return from >= 0 && from < m->count && to >= 0 && to < m->count && (m->moves[from] & MOVE(to));
}

bool machine_ends(const struct machine *m, int state)
{
    return m->moves[state] == 0;
}

void machine_move(const struct machine *m, int *state, int to)
{
    if (!machine_can(m, *state, to)) {
        fprintf(stderr, "botops: %s cannot go from %s to %s\n", m->name, m->states[*state],
                to >= 0 && to < m->count ? m->states[to] : "?");
        abort();
    }
    *state = to;
}

int machine_find(const struct machine *m, struct str name)
{
    for (int i = 0; i < m->count; i++)
        if (str_is(name, m->states[i])) return i;
    return -1;
}
