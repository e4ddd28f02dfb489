/* hold.h - the holder of one step: a process that starts the program and outlives the server. */
#ifndef SHIM_HOLD_H
#define SHIM_HOLD_H

#include "shim/shim.h"

enum phase {
    RUNNING,   /* the program runs */
    LINGERING, /* it has ended, descendants have not */
    ASKED,     /* all have had SIGTERM */
    KILLING    /* SIGKILL, again and again */
};

struct hold {
    struct options o;
    struct child child;
    struct keep keep;
    struct status status;
    struct group group;
    enum phase phase;
    int32_t self, main_pid; /* main_pid 0: it has been reaped */
    struct files files;
    int signals, pipes[2];                     /* pipes -1: at its end */
    bool gone;                                 /* no descendant is left */
    int64_t due_ms, retry_ms;                  /* when the phase moves by itself */
    int64_t held_until, bulk_until, copied_at; /* see copy() in hold.c */
    char bytes[SHIM_READ];
    char stack[CHILD_STACK] __attribute__((aligned(16)));
};

/* From the claim to the status. argv is what shim.h shows; the environment is wiped once the
   program has its own. All signals are blocked, descriptors 0 to 2 are /dev/null, no other is open.
   The exit status of the holder. */
int hold_step(struct hold *s, int argc, char **argv, char **envp);

#endif
