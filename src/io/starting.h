/* starting.h - what the server and its resident botops-shim say to each other, over a stream socket
 * that is descriptor STARTER_SOCKET there. It is between two programs built together: no version.
 *
 *     server: struct start_request, then `size` bytes: `args` texts and `envs` texts, each with its
 *             NUL. The first are, one after the other, what the options of struct proc_spec are
 *             (shim/shim.h), `--`, and the program with its arguments; the others its environment.
 *     shim:   struct start_answer for each request, in order, with the holder's pidfd (SCM_RIGHTS)
 *             when there is one.
 */
#ifndef IO_STARTING_H
#define IO_STARTING_H

#include <stdint.h>

enum {
    STARTER_SOCKET = 3,
    START_TEXT = 131072, /* one text at most, with its NUL: execve(2), MAX_ARG_STRLEN */
    START_SIZE = 4 << 20 /* all of them; the system's own limit is below */
};

struct start_request {
    uint32_t size, args, envs;
    uint32_t id; /* comes back in the answer */
};

struct start_answer {
    uint32_t id;
    int32_t pid; /* of the holder, a child of the server; or -errno: nothing ran */
};

#endif
