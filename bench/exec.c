/* exec.c - how long it takes from sending a webhook to an idle server until its step's process
 * runs.
 *
 *     exec PORT PATH SECRET FIFO COUNT
 *
 * One at a time; the step is stamp.c, which writes its moment into FIFO (made
 * here). Between two the server is left alone for a while, so that each finds
 * it idle. Prints one JSON line.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"

enum { IDLE_MS = 30, PATIENCE_MS = 10000 };

static int64_t take_stamp(int fifo)
{
    struct pollfd p = {.fd = fifo, .events = POLLIN};
    int64_t ns;

    if (poll(&p, 1, PATIENCE_MS) != 1 || read(fifo, &ns, sizeof ns) != sizeof ns)
        die("the step did not run");
    return ns / 1000;
}

int main(int argc, char **argv)
{
    static struct latencies run, answer;
    const struct timespec idle = {.tv_nsec = IDLE_MS * 1000000L};
    struct post post;
    int fifo, fd;

    if (argc < 6) die("usage: exec PORT PATH SECRET FIFO COUNT");
    if (mkfifo(argv[4], 0600) != 0 && errno != EEXIST) die(argv[4]);
    fifo = open(argv[4], O_RDWR | O_CLOEXEC);
    fd = net_connect((int)number(argv[1]));
    if (fifo < 0 || fd < 0) die("cannot open the FIFO, or connect");
    post_make(&post, argv[2], argv[3], 1024, 1);
    for (int64_t i = 0; i < number(argv[5]); i++) {
        int64_t sent;

        nanosleep(&idle, NULL);
        post_mark(&post, (uint64_t)clock_wall(), (uint64_t)i);
        sent = clock_mono();
        if (answer_wait(fd, buf_str(&post.text)) != 202) die("the webhook was not accepted");
        latency_add(&answer, clock_mono() - sent);
        latency_add(&run, take_stamp(fifo) - sent);
    }
    printf("{\"p50_us\":%lld,\"p99_us\":%lld,\"answer_p50_us\":%lld,\"answer_p99_us\":%lld}\n",
           (long long)latency_at(&run, 0.5), (long long)latency_at(&run, 0.99),
           (long long)latency_at(&answer, 0.5), (long long)latency_at(&answer, 0.99));
    return 0;
}
