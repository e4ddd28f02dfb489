/* pour SEED - writes the bytes of stream.h to standard output over about a third of a second. */
#include <stdlib.h>
#include <unistd.h>

#include "stream.h"

int main(int argc, char **argv)
{
    unsigned char piece[STREAM_PIECE];
    struct stream s;
    size_t n;

    if (argc != 2) die("usage: pour SEED");
    stream_init(&s, strtoull(argv[1], NULL, 10));
    while ((n = stream_next(&s, piece)) > 0) {
        for (size_t at = 0; at < n;) {
            ssize_t w = write(STDOUT_FILENO, piece + at, n - at);

            if (w <= 0) return 1;
            at += (size_t)w;
        }
        pause_us(STREAM_PAUSE_MS * 1000);
    }
    return 0;
}
