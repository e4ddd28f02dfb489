/* starter.h - the resident botops-shim, which starts the holders of steps (proc.h).
 *
 * One to a server. It is asked over a socket and answers in order; a holder it starts
 * is a child of ours. When we end, killed or not, it does what it was asked for and
 * ends too; the holders go on. When it is killed no holder is: what was asked of it and
 * not answered may or may not run, which the folders tell, and a new one is made. One
 * thread at a time; nothing here waits.
 */
#ifndef IO_STARTER_H
#define IO_STARTER_H

#include "io/proc.h"

struct starter;

/* Starts the program, as posix_spawn does (it borrows our memory until it execs: the cost does not
   grow with our size). `label` is for who looks at the list of processes: the data folder. E_IO:
   no such program, EAGAIN, ENOMEM, EMFILE. */
err_t starter_new(const char *shim, const char *label, struct starter **ret,
                  struct err *e) MUST_CHECK;
void starter_free(struct starter *s); /* NULL is fine; it is gone then */

/* Asks for a holder; `id` comes back. Nothing runs when it fails: E_LIMIT when argv and envp are
   too long for the system, E_INPUT without a program, E_IO (EMFILE). */
err_t starter_ask(struct starter *s, const struct proc_spec *spec, uint32_t id,
                  struct err *e) MUST_CHECK;

/* Readable: hear; writable, and only asked for while it is unsent: send. */
int starter_fd(const struct starter *s);
bool starter_unsent(const struct starter *s);
void starter_send(struct starter *s);

struct started {
    uint32_t id;
    int error; /* 0, or why nothing runs */
    pid_t pid; /* proc_reap() it when its pidfd is readable: it has ended then */
    int pidfd; /* the caller closes it */
};

enum { STARTER_GONE = -1 };
/* The answers there are, at most n; or STARTER_GONE: it was killed. */
int starter_hear(struct starter *s, struct started *ret, int n);

#endif
