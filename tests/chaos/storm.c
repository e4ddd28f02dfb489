/* storm - lets senders of webhooks meet a server that is killed again and again.
 *
 *     storm SERVER POUR DIR SEED kills N           kill -9 at N random times
 *     storm SERVER POUR DIR SEED points N POINT…   ends at the 1st to Nth passage of each crash
 * point storm SERVER POUR DIR SEED forget N          the same for forget_mid: `keep` is two seconds
 *     storm sweep DIR                              ends what is left of the processes of DIR
 *
 * SERVER is botops built with its crash points. DIR is an empty folder, which afterwards holds what
 * checker judges (place.h). The senders go on until each delivery they began was taken; then the
 * server comes to rest and is stopped. Status 0: all that could be done; 1: something that should
 * have happened did not (said as "# …"); 2: the harness failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"
#include "place.h"
#include "record.h"
#include "server.h"
#include "tell.h"

enum {
    READY_MS = 30000,  /* far above what a start takes: a hang, not a measure */
    POINT_MS = 120000, /* for a crash point to be passed */
    REST_MS = 60000,
    STOP_MS = 20000,
    KILL_MS = 250,  /* the latest a server is killed after it is ready */
    LARGE = 400000, /* padding of bodies, to let the log of the database grow quickly */
    KEEP_US = 2000000
};

struct storm {
    struct place place;
    struct server server;
    struct load *load;
    struct dice dice;
    struct load_options options;
    char crash_at[96], crash_log[PLACE_PATH + 32], secret[64];
    const char *env[4];
    const char *pour;
    int kills, failures;
};

static void killed(struct storm *t)
{
    load_server(t->load, 0);
    record("kill %lld\n", (long long)wall_us());
    t->kills++;
}

static void start(struct storm *t, const char *crash_at)
{
    snprintf(t->crash_at, sizeof t->crash_at, "CRASH_AT=%s", crash_at);
    server_launch(&t->server);
}

static bool get_ready(struct storm *t)
{
    if (!server_ready(&t->server, READY_MS)) return false;
    load_server(t->load, t->server.port);
    return true;
}

/* --- at random times --- */

/* One life in five ends while it starts: recovery is a place to die in too. */
static void live_and_die(struct storm *t)
{
    start(t, "");
    if (dice_below(&t->dice, 5) == 0) {
        pause_us(dice_below(&t->dice, 40000));
    } else {
        if (!get_ready(t)) die("the server did not start: see %s", t->place.server);
        pause_us(dice_below(&t->dice, KILL_MS * 1000));
    }
    server_kill(&t->server);
    killed(t);
}

static void storm_kills(struct storm *t, int n)
{
    for (int i = 0; i < n; i++) live_and_die(t);
}

/* --- at named points --- */

/* Among the last points passed: another thread may still have passed one while this one died. */
static bool passed_lately(const struct storm *t, const char *point)
{
    char text[512], *line, *rest = text;
    int fd = open(t->place.points, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = size > (off_t)sizeof text - 1 ? size - (off_t)sizeof text + 1 : 0;
    ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof text - 1, from);

    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = '\0';
    while ((line = strsep(&rest, "\n")))
        if (strcmp(line, point) == 0) return true;
    return false;
}

/* The server must end by itself, by _exit(137), which only a crash point does, having passed it. */
static bool die_at(struct storm *t, const char *point, int n)
{
    char at[64];
    bool there;

    snprintf(at, sizeof at, "%s:%d", point, n);
    start(t, at);
    if (server_ready(&t->server, READY_MS)) load_server(t->load, t->server.port);
    there = server_ended(&t->server, POINT_MS) && WIFEXITED(t->server.status) &&
            WEXITSTATUS(t->server.status) == 137 && passed_lately(t, point);
    server_kill(&t->server);
    killed(t);
    if (!there) note("the server did not die at %s", at);
    t->failures += !there;
    return there;
}

static void storm_points(struct storm *t, int n, char **points)
{
    for (; *points; points++) {
        /* A database is made, or migrated, once in its life. */
        int times = strcmp(*points, "migrate_mid") == 0 ? 1 : n, died = 0;
        bool many = strcmp(*points, "seal_mid") == 0 || strcmp(*points, "merge_mid") == 0;

        load_padding(t->load, strcmp(*points, "checkpoint") == 0 ? LARGE : 0);
        load_flood(t->load, many);
        for (int i = 1; i <= times; i++) died += die_at(t, *points, i);
        load_padding(t->load, 0);
        load_flood(t->load, false);
        note("%s: died there %d times", *points, died);
    }
}

static void storm_forget(struct storm *t, int n)
{
    for (int i = 1; i <= n; i++) {
        die_at(t, "forget_mid", i);
        record("forgot %lld\n", (long long)(wall_us() - KEEP_US));
    }
    place_make(&t->place, t->pour, "30d"); /* from here on nothing is forgotten */
}

/* --- */

/* The senders end what they began, then the runs end, then the server does. */
static void calm(struct storm *t)
{
    start(t, "");
    if (!get_ready(t)) die("the server did not start: see %s", t->place.server);
    note("%ld deliveries, %d kills", load_end(t->load), t->kills);
    if (!place_rest(&t->place, REST_MS)) {
        note("processes are left, or effects go on, after %d s", REST_MS / 1000);
        t->failures++;
    }
    if (!server_stop(&t->server, STOP_MS)) {
        note("the server did not end well on SIGTERM: see %s", t->place.server);
        t->failures++;
    }
}

static void end_process(void *arg, int pid, const char *what)
{
    (void)arg;
    note("%s is ended: process %d", what, pid);
    kill(pid, SIGKILL);
}

/* What ignores the end of its parent may have been born meanwhile: until there is none. */
static int sweep(const char *dir)
{
    struct place p;

    place_init(&p, dir);
    for (int i = 0; i < 100 && place_processes(&p, end_process, NULL) > 0; i++) pause_us(20000);
    return 0;
}

static void init(struct storm *t, char **argv, const char *keep)
{
    place_init(&t->place, argv[3]);
    t->pour = argv[2];
    place_make(&t->place, t->pour, keep);
    record_open(t->place.client);
    t->options.seed = strtoull(argv[4], NULL, 10);
    t->options.pause_ms = 50;
    record("seed %llu\n", (unsigned long long)t->options.seed);
    note("seed %llu in %s", (unsigned long long)t->options.seed, t->place.dir);
    dice_init(&t->dice, t->options.seed);
    snprintf(t->crash_log, sizeof t->crash_log, "CRASH_LOG=%s", t->place.points);
    snprintf(t->secret, sizeof t->secret, "STORM_SECRET=%s", STORM_SECRET);
    t->env[0] = t->crash_at;
    t->env[1] = t->crash_log;
    t->env[2] = t->secret;
    t->server = (struct server){
        .program = argv[1], .folder = t->place.dir, .log = t->place.server, .env = t->env};
}

int main(int argc, char **argv)
{
    static struct storm t;
    const char *what = argc > 6 ? argv[5] : "";
    int n = argc > 6 ? (int)strtol(argv[6], NULL, 10) : 0;

    if (argc == 3 && strcmp(argv[1], "sweep") == 0) return sweep(argv[2]);
    if (n < 1) die("usage: storm SERVER POUR DIR SEED kills|points|forget N [POINT…]");
    signal(SIGPIPE, SIG_IGN);
    init(&t, argv, strcmp(what, "forget") == 0 ? "2s" : "30d");
    t.load = load_begin(&t.options);
    if (strcmp(what, "kills") == 0)
        storm_kills(&t, n);
    else if (strcmp(what, "points") == 0)
        storm_points(&t, n, argv + 7);
    else if (strcmp(what, "forget") == 0)
        storm_forget(&t, n);
    else
        die("storm %s: say kills, points or forget", what);
    calm(&t);
    return t.failures > 0;
}
