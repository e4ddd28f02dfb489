#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "io/http_inside.h"

void peer_state(struct peer *p, enum peer_state state, int64_t deadline)
{
    struct http_server *s = p->door->server;

    p->state = state;
    p->deadline = deadline;
    if (deadline >= s->sweep_at) return;
    s->sweep_at = deadline;
    timer_set(s->sweep, deadline);
}

void problem_text(struct buf *b, int status, const char *why)
{
    static const struct {
        int status;
        err_t code;
    } codes[] = {{400, E_INPUT}, {413, E_LIMIT}, {415, E_INPUT}, {501, E_INPUT}, {503, E_FULL}};
    const char *type = "timeout";

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i].status == status) type = err_name(codes[i].code);
    buf_addf(b, "{\"type\":\"/problems/%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}\n",
             type, MHD_get_reason_phrase_for((unsigned)status), status, why);
}

static void hang_up(struct peer *p)
{
    p->refused = true;
    shutdown(p->fd, SHUT_RDWR); /* libmicrohttpd sees the end, and closes */
}

void peer_refuse(struct peer *p, int status, const char *why)
{
    struct buf text AUTO(buf) = BUF(2048), body AUTO(buf) = BUF(1024);

    problem_text(&body, status, why);
    buf_addf(&text,
             "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
             "Connection: close\r\n\r\n",
             status, MHD_get_reason_phrase_for((unsigned)status), body.n);
    buf_add(&text, buf_str(&body));
    /* whether it arrives is the peer's business: it is one that we get rid of */
    (void)!send(p->fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    hang_up(p);
}

static void peer_overdue(struct peer *p)
{
    p->deadline = INT64_MAX;
    if (p->state == PEER_HEAD && p->call)
        peer_refuse(p, 408, "the headers took too long; send them within 5 seconds");
    else if (p->state == PEER_BODY)
        peer_refuse(p, 408, "the body came slower than 1024 bytes a second");
    else
        hang_up(p);
}

void peers_sweep(void *arg)
{
    struct http_server *s = arg;
    int64_t now = clock_mono(), next = INT64_MAX;

    for (struct peer *p = s->peers.next; p != &s->peers; p = p->next) {
        if (p->deadline <= now) peer_overdue(p);
        if (p->deadline < next) next = p->deadline;
    }
    s->sweep_at = next;
    if (next != INT64_MAX) timer_set(s->sweep, next);
}

static uid_t peer_uid(int fd)
{
    struct ucred who;
    socklen_t len = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) ? (uid_t)-1 : who.uid;
}

static struct peer *peer_new(struct door *d, int fd)
{
    struct http_server *s = d->server;
    struct peer *p = mem_new(sizeof *p);
    int seconds = s->c.timeout_s < HEAD_S ? s->c.timeout_s : HEAD_S;

    p->door = d;
    p->fd = fd;
    p->uid = d->local ? peer_uid(fd) : (uid_t)-1;
    p->next = &s->peers;
    p->prev = s->peers.prev;
    p->prev->next = p->next->prev = p;
    d->peers++;
    peer_state(p, PEER_HEAD, s->now + seconds * SECOND_US);
    if (d->peers > s->c.max_connections)
        peer_refuse(p, 503, "the server has too many connections; try again in a moment");
    return p;
}

static void peer_free(struct peer *p)
{
    struct http_server *s = p->door->server;

    if (p->call) call_free(p->call);
    p->prev->next = p->next;
    p->next->prev = p->prev;
    p->door->peers--;
    free(p);
    if (s->peers.next != &s->peers) return;
    timer_stop(s->sweep); /* nobody is there: sleep */
    s->sweep_at = INT64_MAX;
}

void peer_changed(void *door, struct MHD_Connection *conn, void **peer,
                  enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);

        *peer = peer_new(door, info->connect_fd);
    } else if (*peer) {
        peer_free(*peer);
        *peer = NULL;
    }
}
