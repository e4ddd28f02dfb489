/* kit.h - what the bench's programs share: loopback sockets, signed webhooks, answers, latencies.
 *
 * For programs of one thread that may end on any fault: die() says why and
 * exits with 1. Everything is IPv4 loopback; nothing reaches another machine.
 */
#ifndef BENCH_KIT_H
#define BENCH_KIT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

_Noreturn void die(const char *what); /* with errno's text when that is set */

int64_t number(const char *text); /* a whole number from the command line, or die() */

/* --- sockets --- */

int net_listen(int *ret_port); /* 127.0.0.1, a free port, non-blocking */
int net_connect(int port);     /* blocking, TCP_NODELAY; -1 when nobody listens */
void net_nonblock(int fd);
void net_send(int fd,
              struct str s); /* all of it at once, as it fits a socket's buffer; else die() */

/* --- webhooks --- */

enum { POST_MAX = 1 << 20, DELIVERY_LEN = 36, MAC_HEX = 64 };

struct post { /* one request as it goes over the wire */
    struct buf text;
    size_t delivery_at; /* of its DELIVERY_LEN bytes */
};

/* A GitHub push of about `bytes` of JSON to `path`, signed with `secret`; `number` is in the body.
   Every kind of server finds its signature: X-Hub-Signature-256. */
void post_make(struct post *p, const char *path, const char *secret, size_t bytes, int number);
void post_mark(struct post *p, uint64_t seed, uint64_t number); /* gives it a new delivery id */

/* --- answers --- */

/* The length of the complete HTTP answer at the start of s, 0 when it is not all there yet, with
   Content-Length only; sets *ret_status. */
size_t answer_len(struct str s, int *ret_status);

/* Sends and waits for the answer; 0 when the connection ended before. */
int answer_wait(int fd, struct str request);

/* --- latencies --- */

enum { TICK_US = 5, TICKS = 400000 }; /* up to two seconds, longer ones count as that */

struct latencies {
    uint32_t count[TICKS];
    int64_t n;
};
void latency_add(struct latencies *l, int64_t us);
int64_t latency_at(const struct latencies *l, double share); /* microseconds; 0.5 is the median */

#endif
