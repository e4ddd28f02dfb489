#include "io/http_server.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/http_inside.h"

/* Once a turn of the loop, however many answers the turn made. */
static void run(void *arg)
{
    struct http_server *s = arg;
    struct door *doors[] = {&s->tcp, &s->local};

    s->now = clock_mono();
    for (size_t i = 0; i < COUNT_OF(doors); i++) {
        MHD_UNSIGNED_LONG_LONG wait_ms;

        if (!doors[i]->mhd) continue;
        MHD_run(doors[i]->mhd);
        if (MHD_get_timeout(doors[i]->mhd, &wait_ms) == MHD_YES && wait_ms == 0) later_set(&s->run);
    }
}

static void on_ready(void *arg, int events)
{
    struct http_server *s = arg;

    (void)events;
    later_set(&s->run);
}

/* The names and values of a query are decoded when asked for (http_lookup.c). */
static size_t keep_escapes(void *arg, struct MHD_Connection *conn, char *s)
{
    (void)arg, (void)conn;
    return strlen(s);
}

/* Takes the listening socket `fd`. MHD_ALLOW_SUSPEND_RESUME would also make an eventfd and write to
   it at each resume, to wake a thread that waits in libmicrohttpd: here none does. */
static err_t door_open(struct door *d, int fd, struct err *e)
{
    struct http_server *s = d->server;
    int all = s->c.max_connections;
    const unsigned flags = MHD_USE_EPOLL | (MHD_ALLOW_SUSPEND_RESUME & ~(unsigned)MHD_USE_ITC);
    const struct MHD_OptionItem options[] = {
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, all + REFUSALS, NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, d->local ? 0 : all - all / 8, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, 0, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_LISTEN_SOCKET, fd, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)call_new, d},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)call_ended, d},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)peer_changed, d},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)keep_escapes, NULL},
        {MHD_OPTION_END, 0, NULL}};

    d->mhd = MHD_start_daemon(flags, 0, NULL, NULL, call_data, d, MHD_OPTION_ARRAY, options,
                              MHD_OPTION_END);
    if (!d->mhd) {
        close(fd);
        return fail(e, E_IO,
                    "cannot start the HTTP server; raise the limit of open files "
                    "(ulimit -n)");
    }
    TRY(watch_new(s->loop, MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
                  WATCH_READ, on_ready, s, &d->ready, e));
    later_set(&s->run); /* the first run starts to listen */
    return OK;
}

static err_t doors_open(struct http_server *s, const struct http_config *c, struct err *e)
{
    int fd;

    if (c->listen) {
        TRY(listen_tcp(c->listen, &fd, &s->tcp.port, e));
        TRY(door_open(&s->tcp, fd, e));
    }
    if (c->unix_path) {
        TRY(listen_unix(c->unix_path, &fd, &s->unix_ino, e));
        s->unix_path = mem_dup(c->unix_path, strlen(c->unix_path));
        TRY(door_open(&s->local, fd, e));
    }
    return OK;
}

/* Descriptors must be left for the store, steps and files. */
static int connections_max(int wanted)
{
    struct rlimit files;
    rlim_t most;

    if (getrlimit(RLIMIT_NOFILE, &files)) return wanted;
    most = files.rlim_cur / 5 * 4;
    return (rlim_t)wanted > most ? (int)most : wanted;
}

err_t http_server_new(struct loop *l, const struct http_config *c, struct http_server **ret,
                      struct err *e)
{
    struct http_server *s = mem_new(sizeof *s);
    err_t rc;

    s->loop = l;
    s->c = *c;
    s->c.max_connections = connections_max(c->max_connections);
    s->bodies_max = c->max_body > BODIES_MIN / 4 ? c->max_body * 4 : BODIES_MIN;
    s->tcp.server = s->local.server = s;
    s->local.local = true;
    s->peers.prev = s->peers.next = &s->peers;
    s->now = clock_mono();
    s->sweep_at = INT64_MAX;
    s->sweep = timer_new(l, peers_sweep, s);
    later_init(&s->run, l, run, s);
    rc = doors_open(s, c, e);
    if (rc != OK) {
        http_server_free(s);
        return rc;
    }
    *ret = s;
    return OK;
}

int http_server_port(const struct http_server *s)
{
    return s->tcp.port;
}

static void unlisten(struct http_server *s)
{
    if (s->unix_path) unlisten_unix(s->unix_path, s->unix_ino);
    free(s->unix_path);
    s->unix_path = NULL;
}

static void door_quiesce(struct door *d)
{
    int fd = d->mhd ? MHD_quiesce_daemon(d->mhd) : -1;

    if (fd >= 0) close(fd);
}

void http_server_quiesce(struct http_server *s)
{
    if (s->quiet) return;
    s->quiet = true;
    unlisten(s);
    door_quiesce(&s->tcp);
    door_quiesce(&s->local);
    later_set(&s->run);
}

static void door_close(struct door *d)
{
    watch_free(d->ready);
    if (d->mhd) MHD_stop_daemon(d->mhd);
}

void http_server_free(struct http_server *s)
{
    if (!s) return;
    /* libmicrohttpd must not be stopped while a connection is suspended */
    for (struct peer *p = s->peers.next; p != &s->peers; p = p->next)
        if (p->call) call_resume(p->call);
    unlisten(s);
    door_close(&s->tcp);
    door_close(&s->local);
    timer_free(s->sweep);
    later_stop(&s->run);
    for (int i = 0; i < s->n_arenas; i++) arena_free(s->arenas[i]);
    free(s);
}
