/* probe_raw.c - what SQLite takes by itself: 1 KB rows, WAL, synchronous=FULL, 100 a transaction,
 * with a unique delivery key: the sender's random id, or one in time order.
 *
 *     probe_raw FOLDER MILLISECONDS random|ordered
 *
 * Prints one JSON line: rows per second.
 */
#include <stdio.h>

#include "kit.h"
#include "rows.h"

enum { BATCH = 100, BODY = 1024 };

int main(int argc, char **argv)
{
    struct rows *r;
    struct post post;
    struct str body;
    int64_t begin, n = 0, us = 0;

    if (argc < 4) die("usage: probe_raw FOLDER MILLISECONDS random|ordered");
    r = rows_open(argv[1], strcmp(argv[3], "ordered") == 0);
    post_make(&post, "/", "s", BODY, 1);
    body = str_skip(buf_str(&post.text), post.text.n - BODY);
    begin = clock_mono();
    while (us < number(argv[2]) * MS_US) {
        for (int i = 0; i < BATCH; i++, n++) {
            post_mark(&post, 1, (uint64_t)n);
            rows_add(r, str_n(post.text.p + post.delivery_at, DELIVERY_LEN), body);
        }
        rows_commit(r);
        us = clock_mono() - begin;
    }
    printf("{\"per_s\":%.1f}\n", (double)n * 1e6 / (double)us);
    rows_close(r);
    return 0;
}
