/* shim.h - the holders of steps: what its parts share.
 *
 * The server starts one `botops-shim LABEL` and asks it over a socket (io/starting.h)
 * to start the holder of each step. That is a process of its own, a child of the
 * server, which shares nothing with the others but the program's memory: so it costs
 * no execve and no page. A step is asked for as if by
 *
 *     botops-shim STEM [OPTION...] -- PROGRAM [ARGUMENT...]
 *       --boot ID      of this boot of the machine, for the claim
 *       --dir PATH     where the program starts (default: where the shim did)
 *       --cap BYTES    of output kept (default: all)
 *       --grace MS     between SIGTERM and SIGKILL (default 10000)
 *       --timeout MS   kills it by itself after this (default: never)
 *       --cgroup PATH  a cgroup v2 folder: the program gets one of its own below it, if possible
 *
 * with the program's environment. STEM is the path that the names of its files begin
 * with; what they tell stands in io/proc.h and io/output.h. One thread, one step, one poll; nothing
 * wakes a holder but output, a signal or a due time. The one that starts them ends with the server;
 * a holder ends when its step has.
 *
 * Exit status of a holder: 0 the status is written; 2 bad arguments; 3 somebody else
 * made the claim; 4 no claim could be made. Nothing ran in the last three.
 */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include <stdbool.h>
#include <stdint.h>

enum { SHIM_DONE = 0, SHIM_USAGE = 2, SHIM_TAKEN = 3, SHIM_NO_CLAIM = 4 };

enum {
    SHIM_READ = 65536,    /* bytes read at once, and the longest piece of the index (io/output.h) */
    SHIM_WINDOW_MS = 100, /* a piece of the index takes bytes of one stream no longer than this */
    SHIM_HOLD_MS = 10,    /* a dripping writer is read only this often */
    CHILD_STACK = 16384,  /* with room for the search of PATH */
    SHIM_LINGER_MS = 200  /* descendants may outlive the program this long before they are killed */
};

struct options {
    const char *stem, *boot, *dir, *cgroup;
    int64_t cap, grace_ms, timeout_ms;
    char **argv, **envp;
};

/* files.c: where the step's files are, and their names. */
struct files {
    int folder; /* -errno: it cannot be opened */
    int stem_n;
    char name[256]; /* the last part of the stem, and what was added to it last */
};
void files_open(struct files *f, const char *stem);
const char *files_name(struct files *f, const char *ending); /* until the next call */

/* keep.c: output to disk. */
struct keep {
    struct files *files;
    int output, index; /* -1: not made yet */
    int error;         /* errno that ended keeping; the rest counts as dropped */
    int64_t cap, kept, dropped, lines;
    int64_t piece_at, piece_ms; /* where and when the open piece began */
    int piece_stream;           /* -1: none open */
};
void keep_init(struct keep *k, struct files *files, int64_t cap);
void keep_bytes(struct keep *k, int is_stderr, const char *p, int64_t n, int64_t now_ms);
bool keep_cut(
    struct keep *k); /* gives the end of the output up to make room; false: none is left */

/* child.c: starts the program. */
struct child {
    const struct options *o;
    int32_t self;             /* the shim */
    int out, err;             /* its ends of the pipes */
    volatile int failed;      /* errno, written by the child in our memory */
    volatile bool failed_dir; /* it was the folder that failed */
    volatile bool lent;       /* a child uses our memory: until it execs or exits */
    char *top;                /* the end of the stack for it: CHILD_STACK bytes */
};
long child_start(struct child *c, int cgroup); /* pid, or -errno when nothing ran */

/* tree.c: its descendants. We are their subreaper, so none leaves the tree. */
/* SIGTERM to each once, to the group of `main_pid` at one stroke; 0 when the program is gone. */
void tree_ask(int32_t self, int32_t main_pid);
/* Stops all descendants until no new one appears, then SIGKILL to each. */
void tree_kill(int32_t self);

/* status.c */
enum end { END_EXITED, END_SIGNAL, END_TIMEOUT, END_KILLED, END_NOT_STARTED };
struct status {
    int file;      /* status.new, open for writing: its first line is the claim */
    int64_t begin; /* the byte after the claim */
    enum end end;
    int code;
    bool failed_dir;
    int64_t started_at, ended_at;
};
/* 0 or -errno: a full disk is worth waiting for. */
long status_write(struct files *f, const struct status *s, const struct keep *k);

/* group.c: a cgroup of its own. */
struct group {
    int parent, dir; /* -1: none */
    char name[32];
};
void group_make(struct group *g, const char *parent, int32_t pid);
void group_kill(const struct group *g);
void group_remove(struct group *g);

#endif
