/* proc.h - child processes held by botops-shim, so that they outlive the server.
 *
 * starter.h starts them. A process has a stem: the path that the names of its files
 * begin with. The shim's first act is to make the link `STEM.claim` (its first line is
 * "PID STARTTIME BOOT_ID"): making it is atomic, so of a shim that starts late and a
 * server that gave up on it exactly one wins. The shim then runs the process, appends
 * its output to `STEM.output` (bytes as they came) and `STEM.index` (see output.h), and
 * at the end, when no descendant is left, writes `STEM.status` atomically. The files tell
 * the whole story after any crash of the server:
 *
 *     status                        it ended, and how
 *     claim, its process alive      it runs; watch it again
 *     claim, no such process        lost: the shim was killed
 *     claim of another boot         unknown: the machine went down with it
 *     no claim                      never started, if the step is of this boot; a caller that
 *                                   noted another proc_boot_id() cannot know: the link may have
 *                                   been lost with the power
 *
 * The shim and all it needs are one more process a step, of 0.1 MB. A shim that
 * is killed takes the process it started with it. A step's descendants never
 * outlive it: 200 ms after the process has ended they are ended like a kill.
 * Not for use from a signal handler; any thread.
 */
#ifndef IO_PROC_H
#define IO_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct proc_spec {
    const char *stem;        /* its folder exists; of several asked for with one stem one runs */
    const char *work_dir;    /* where the process starts */
    const char *const *argv; /* of the process, ends in NULL; argv[0] is looked up in its PATH */
    const char *const
        *envp;          /* its whole environment, ends in NULL; may hold secrets: never on disk */
    int64_t output_cap; /* bytes of output kept; the rest is counted and dropped */
    int grace_ms;       /* between SIGTERM and SIGKILL when it is killed */
    int64_t timeout_ms; /* the shim kills it by itself after this, server or not; 0: never */
    const char *cgroup; /* a cgroup v2 folder of ours to make the step's cgroup in; NULL: none.
                           Where that fails the step runs without */
};

enum proc_end {
    PROC_EXITED,     /* code is its exit status */
    PROC_SIGNAL,     /* code is the signal that ended it */
    PROC_TIMEOUT,    /* the shim killed it at its timeout */
    PROC_KILLED,     /* killed on our request */
    PROC_NOT_STARTED /* could not be executed: code is errno; surely nothing ran */
};

struct proc_status {
    enum proc_end end;
    int code;
    bool work_dir_failed;         /* with PROC_NOT_STARTED: it is work_dir that code is about */
    int64_t started_at, ended_at; /* wall microseconds */
    int64_t output;               /* bytes kept */
    int64_t dropped;              /* bytes over the cap, or after output_error */
    int output_error;             /* errno that ended the keeping (ENOSPC); 0: none */
    int64_t cpu_us, max_rss_kb;   /* of the whole tree together; of its largest process */
};

enum proc_state { PROC_NEVER, PROC_ALIVE, PROC_ENDED, PROC_LOST, PROC_OTHER_BOOT, PROC_UNSURE };

void proc_reap(pid_t pid); /* after its pidfd became readable; harmless if it is not our child */

/* What the files tell now. PROC_ALIVE: *ret_pidfd (caller closes). PROC_ENDED: *ret_status. */
enum proc_state proc_look(const char *stem, int *ret_pidfd, struct proc_status *ret_status);

/* Makes sure that it never starts: PROC_NEVER when we won the claim, else what proc_look says; or
   PROC_UNSURE: there is no claim, and no room on the disk to make one. */
enum proc_state proc_forbid(const char *stem, int *ret_pidfd, struct proc_status *ret_status);

/* Asks the shim to end the tree: SIGTERM to the process, after the grace SIGKILL to all
   descendants until none is left, then `status`. Asking twice is fine. */
void proc_kill(int pidfd);

const char *proc_boot_id(void); /* of this boot of the machine, 36 characters; "" unknown */

#endif
