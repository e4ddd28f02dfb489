/* stamp.c - a step for exec.c: writes the moment at which it runs (CLOCK_MONOTONIC, nanoseconds,
 * 8 bytes) into the FIFO it is given, and ends.
 *
 *     stamp FIFO
 */
#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec t;
    int64_t ns;
    int fd;

    clock_gettime(CLOCK_MONOTONIC, &t);
    ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    fd = argc > 1 ? open(argv[1], O_WRONLY | O_CLOEXEC) : -1;
    return fd < 0 || write(fd, &ns, sizeof ns) != sizeof ns;
}
