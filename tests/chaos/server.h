/* server.h - one server under test: started, watched, killed.
 *
 * What it says goes to a log file, where its "ready" line is found; processes
 * it leaves behind may hold that file open without anybody waiting for them.
 */
#ifndef CHAOS_SERVER_H
#define CHAOS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct server {
    const char *program;    /* botops */
    const char *folder;     /* the automation repository */
    const char *log;        /* appended to */
    const char *const *env; /* further variables, NAME=VALUE, ends in NULL; may be NULL */
    pid_t pid;              /* 0: none */
    int port;
    off_t log_from; /* where this life's lines begin */
    int status;     /* as waitpid() gave it, once it has ended */
};

void server_launch(struct server *s);

/* Waits for "ready". False when it ended instead (then it is reaped) or took longer than ms. */
bool server_ready(struct server *s, int ms);

bool server_ended(struct server *s, int ms); /* waits for its end; reaps it */
void server_kill(struct server *s);          /* SIGKILL, and reaps it */
bool server_stop(struct server *s, int ms);  /* SIGTERM; true: it ended in time with status 0 */

#endif
