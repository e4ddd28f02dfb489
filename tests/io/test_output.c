#include "io/output.h"

#include "test.h"

#include "shim/fixture.h"

#include <sys/mount.h>

/* Bytes this process has read so far by system calls. */
static int64_t bytes_read(void)
{
    char text[512], *p;
    int fd = open("/proc/self/io", O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, text, sizeof text - 1);

    close(fd);
    text[n > 0 ? n : 0] = '\0';
    p = strstr(text, "rchar: ");
    return p ? strtoll(p + 7, NULL, 10) : -1;
}

static int64_t size_of(const char *stem, int64_t *ret_lines)
{
    struct output_size size;
    struct err e = {0};

    PASS(output_size(stem, &size, &e));
    if (ret_lines) *ret_lines = size.lines;
    return size.bytes;
}

static int64_t line_at(const char *stem, int64_t line)
{
    struct err e = {0};
    int64_t at = -1;

    PASS(output_line(stem, line, &at, &e));
    return at;
}

struct split { /* the streams, taken apart again */
    FILE *to[2];
    const char *stem;
    int64_t next, pieces, last_at;
};

static bool split_piece(void *arg, const struct output_piece *piece)
{
    struct split *s = arg;
    struct buf b AUTO(buf) = BUF((size_t)piece->size);
    struct err e = {0};

    EQ(piece->offset, s->next);
    TRUE(piece->size <= OUTPUT_PIECE);
    TRUE(piece->at >= s->last_at);
    PASS(output_read(s->stem, piece->offset, &b, &e));
    EQ(b.n, piece->size);
    EQ(fwrite(b.p, 1, b.n, s->to[piece->is_stderr]), b.n);
    s->next += piece->size;
    s->last_at = piece->at;
    s->pieces++;
    return true;
}

static bool same_files(const char *root, const char *a, const char *b)
{
    static char p[65536], q[65536];
    char path[128];
    FILE *x, *y;
    size_t n, m;
    bool same;

    snprintf(path, sizeof path, "%s/%s", root, a);
    x = fopen(path, "r");
    snprintf(path, sizeof path, "%s/%s", root, b);
    y = fopen(path, "r");
    TRUE(x && y);
    do {
        n = fread(p, 1, sizeof p, x);
        m = fread(q, 1, sizeof q, y);
        same = n == m && memcmp(p, q, n) == 0;
    } while (same && n > 0);
    fclose(x);
    fclose(y);
    return same;
}

TEST(fifty_megabytes_of_two_binary_streams_come_through_whole)
{
    struct step s;
    struct err e = {0};
    struct split split;
    char path[128];

    step_init(&s, SH("(head -c 26214400 /dev/urandom | tee out1) &"
                     "(head -c 26214400 /dev/urandom | tee err1) >&2; wait"));
    step_run(&s);
    EQ(s.status.output, 52428800);
    EQ(s.status.dropped, 0);
    EQ(size_of(s.stem, NULL), 52428800);
    split = (struct split){.stem = s.stem};
    snprintf(path, sizeof path, "%s/out2", s.root);
    split.to[0] = fopen(path, "w");
    snprintf(path, sizeof path, "%s/err2", s.root);
    split.to[1] = fopen(path, "w");
    PASS(output_pieces(s.stem, 0, split_piece, &split, &e));
    fclose(split.to[0]);
    fclose(split.to[1]);
    EQ(split.next, 52428800);
    TRUE(same_files(s.root, "out1", "out2"));
    TRUE(same_files(s.root, "err1", "err2"));
    step_done(&s);
}

TEST(what_is_over_the_cap_is_counted_and_the_writer_never_waits)
{
    struct step s;
    struct buf b AUTO(buf) = {0};

    step_init(&s, SH("printf 0123456789; head -c 30000000 /dev/zero; echo end >&2"));
    s.spec.output_cap = 7;
    step_run(&s);
    EQ(s.status.end, PROC_EXITED);
    EQ(s.status.output, 7);
    EQ(s.status.dropped, 30000000 + 10 + 4 - 7);
    TRUE(s.status.max_rss_kb < 100000);
    b = step_output(&s);
    STREQ(b.p, "0123456");
    step_done(&s);
}

TEST(no_byte_is_special)
{
    struct step s;
    struct buf b AUTO(buf) = {0};

    step_init(&s, SH("printf '\\377\\376\\000\\303\\050\\033[31m\\r\\n\\355\\240\\200'"));
    step_run(&s);
    b = step_output(&s);
    EQ(b.n, 15);
    assert_memory_equal(b.p, "\377\376\0\303\050\033[31m\r\n\355\240\200", 15);
    step_done(&s);
}

TEST(a_dripping_writer_costs_no_record_a_byte)
{
    struct step s;
    struct stat st;
    char path[128];

    step_init(&s, SH("i=0; while [ $i -lt 300 ]; do printf x; sleep 0.001; i=$((i+1)); done"));
    step_run(&s);
    EQ(s.status.output, 300);
    snprintf(path, sizeof path, "%s.index", s.stem);
    EQ(stat(path, &st), 0);
    int64_t windows = (s.status.ended_at - s.status.started_at) / (100 * MS_US) + 2;
    TRUE(st.st_size / OUTPUT_RECORD <= windows);
    step_done(&s);
}

TEST(bytes_are_seen_while_the_process_runs)
{
    struct step s;
    struct buf b AUTO(buf) = {0};
    int64_t until = clock_mono() + WAIT_MS * MS_US;

    step_init(&s, SH("printf so-far; exec sleep 1000"));
    step_start(&s);
    while (size_of(s.stem, NULL) < 6 && clock_mono() < until) sched_yield();
    b = step_output(&s);
    STREQ(b.p, "so-far");
    proc_kill(s.pidfd);
    EQ(step_wait(&s), 0);
    step_done(&s);
}

static bool note_piece(void *arg, const struct output_piece *piece)
{
    struct buf *b = arg;

    buf_addf(b, "%s%d+%d ", piece->is_stderr ? "E" : "O", (int)piece->offset, (int)piece->size);
    return b->n < 12;
}

TEST(pieces_say_which_stream_they_came_from)
{
    struct step s;
    struct buf b AUTO(buf) = BUF(200);
    struct err e = {0};

    step_init(&s, SH("echo one; sleep 0.03; echo two >&2; sleep 0.03; echo three; sleep .03; "
                     "echo 4 >&2"));
    step_run(&s);
    PASS(output_pieces(s.stem, 5, note_piece, &b, &e));
    STREQ(b.p, "E4+4 O8+6 E14+2 ");
    buf_clear(&b);
    PASS(output_pieces(s.stem, 0, note_piece, &b, &e));
    STREQ(b.p, "O0+4 E4+4 O8+6 "); /* the callback had enough */
    buf_clear(&b);
    PASS(output_pieces(s.stem, 16, note_piece, &b, &e));
    EQ(b.n, 0);
    step_done(&s);
}

TEST(a_silent_step_reads_as_empty)
{
    struct step s;
    struct buf b AUTO(buf) = {0};
    int64_t lines = -1;

    step_init(&s, SH("true"));
    step_run(&s);
    EQ(size_of(s.stem, &lines), 0);
    EQ(lines, 0);
    EQ(line_at(s.stem, 0), 0);
    EQ(line_at(s.stem, 5), 0);
    EQ(line_at(s.stem, -5), 0);
    b = step_output(&s);
    EQ(b.n, 0);
    step_done(&s);
}

TEST(lines_are_found_from_both_ends)
{
    struct step s;
    int64_t lines;

    step_init(&s, SH("printf 'a\\nbb\\n\\ndddd\\ne'"));
    step_run(&s);
    EQ(size_of(s.stem, &lines), 12);
    EQ(lines, 4);
    EQ(line_at(s.stem, 0), 0);
    EQ(line_at(s.stem, 1), 2);
    EQ(line_at(s.stem, 2), 5);
    EQ(line_at(s.stem, 3), 6);
    EQ(line_at(s.stem, 4), 11);
    EQ(line_at(s.stem, 5), 12);
    EQ(line_at(s.stem, INT64_MAX), 12);
    EQ(line_at(s.stem, -1), 11);
    EQ(line_at(s.stem, -2), 6);
    EQ(line_at(s.stem, -5), 0);
    EQ(line_at(s.stem, -99), 0);
    EQ(line_at(s.stem, INT64_MIN), 0);
    step_done(&s);
}

TEST(reading_keeps_to_the_limit_of_its_buffer)
{
    struct step s;
    struct buf b AUTO(buf) = BUF(4);
    struct err e = {0};

    step_init(&s, SH("printf 0123456789"));
    step_run(&s);
    PASS(output_read(s.stem, 3, &b, &e));
    STREQ(b.p, "3456");
    buf_clear(&b);
    PASS(output_read(s.stem, 8, &b, &e));
    STREQ(b.p, "89");
    buf_clear(&b);
    PASS(output_read(s.stem, 10, &b, &e));
    PASS(output_read(s.stem, -1, &b, &e));
    EQ(b.n, 0);
    step_done(&s);
}

TEST(a_line_of_a_hundred_megabytes_is_found_by_reading_a_few_pieces)
{
    struct step s;
    int64_t before, lines, spent;

    /* 10 bytes a line */
    step_init(&s, SH("yes 123456789 | head -c 100000000"));
    step_run(&s);
    EQ(size_of(s.stem, &lines), 100000000);
    EQ(lines, 10000000);
    for (int64_t line = 1; line < 10000000; line += 1234567) {
        before = bytes_read();
        EQ(line_at(s.stem, line), line * 10);
        spent = bytes_read() - before;
        /* one piece, one record a halving of 4 million records at most, and /proc/self/io itself */
        TRUE(spent < OUTPUT_PIECE + 22 * OUTPUT_RECORD + 1024);
    }
    before = bytes_read();
    EQ(line_at(s.stem, -10), 100000000 - 100);
    spent = bytes_read() - before;
    TRUE(spent < INT64_C(2) * (OUTPUT_PIECE + 22 * OUTPUT_RECORD + 1024));
    step_done(&s);
}

static void put_file(const struct step *s, const char *name, const void *p, size_t n)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s.%s", s->stem, name);
    f = fopen(path, "w");
    EQ(fwrite(p, 1, n, f), n);
    fclose(f);
}

TEST(a_damaged_index_misleads_but_never_breaks)
{
    unsigned char index[3 * OUTPUT_RECORD + 5];
    struct step s;
    struct buf b AUTO(buf) = BUF(1000);
    struct err e = {0};

    step_init(&s, SH("true"));
    memset(index, 0xff, sizeof index);
    put_file(&s, "index", index, sizeof index);
    put_file(&s, "output", "a\nb\n", 4);
    EQ(size_of(s.stem, NULL), 4);
    TRUE(line_at(s.stem, 1) <= 4);
    TRUE(line_at(s.stem, -1) <= 4);
    PASS(output_pieces(s.stem, 0, note_piece, &b, &e));
    memset(index, 0, sizeof index);
    put_file(&s, "index", index, sizeof index);
    EQ(line_at(s.stem, 1), 2);
    put_file(&s, "index", index, 0); /* no record at all: found by scanning */
    EQ(line_at(s.stem, 1), 2);
    EQ(line_at(s.stem, -1), 2);
    step_done(&s);
}

/* Runs on a small tmpfs of its own where we may mount one. */
TEST(a_full_disk_cuts_the_output_but_never_the_outcome)
{
    struct step s;
    struct stat st;
    char path[128], disk[80];

    step_init(&s, SH("head -c 3000000 /dev/zero; echo > $READY; exit 5"));
    snprintf(disk, sizeof disk, "%s/disk", s.root);
    EQ(mkdir(disk, 0700), 0);
    if (mount("none", disk, "tmpfs", 0, "size=1m") != 0) {
        step_done(&s);
        skip();
    }
    snprintf(s.stem, sizeof s.stem, "%s/step", disk);
    step_run(&s);
    snprintf(path, sizeof path, "%s.output", s.stem);
    EQ(stat(path, &st), 0);
    EQ(umount(disk), 0);
    EQ(s.status.end, PROC_EXITED);
    EQ(s.status.code, 5);
    EQ(s.status.output_error, ENOSPC);
    TRUE(s.status.output > 500000);
    EQ(s.status.output, st.st_size);
    EQ(s.status.output + s.status.dropped, 3000000);
    step_done(&s);
}

RUN(T(fifty_megabytes_of_two_binary_streams_come_through_whole),
    T(what_is_over_the_cap_is_counted_and_the_writer_never_waits), T(no_byte_is_special),
    T(a_dripping_writer_costs_no_record_a_byte), T(bytes_are_seen_while_the_process_runs),
    T(pieces_say_which_stream_they_came_from), T(a_silent_step_reads_as_empty),
    T(lines_are_found_from_both_ends), T(reading_keeps_to_the_limit_of_its_buffer),
    T(a_line_of_a_hundred_megabytes_is_found_by_reading_a_few_pieces),
    T(a_damaged_index_misleads_but_never_breaks),
    T(a_full_disk_cuts_the_output_but_never_the_outcome))
