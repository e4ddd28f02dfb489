#include "io/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Both files grow while we read: what we go by is their size when they were opened. A record is
   written before its bytes, and the end of the output may have been cut on a full disk: records
   from its end on are left out. */
struct view {
    int output, index;
    int64_t bytes, records;
};

struct record {
    int64_t offset, lines, at;
    bool is_stderr;
};

enum { BATCH = 256 };

static void view_auto(struct view *v)
{
    if (v->output >= 0) close(v->output);
    if (v->index >= 0) close(v->index);
}

static err_t file_open(const char *stem, const char *name, int *ret, int64_t *ret_size,
                       struct err *e)
{
    char path[PATH_MAX];
    struct stat st;

    *ret = -1;
    *ret_size = 0;
    if (snprintf(path, sizeof path, "%s.%s", stem, name) >= (int)sizeof path)
        return fail(e, E_LIMIT, "the path %s.%s is too long", stem, name);
    *ret = open(path, O_RDONLY | O_CLOEXEC);
    if (*ret < 0 && errno == ENOENT) return OK;
    if (*ret < 0 || fstat(*ret, &st) < 0)
        return fail(e, E_IO, "%s cannot be read: %s", path, strerror(errno));
    *ret_size = st.st_size;
    return OK;
}

/* Reads n bytes at `at`; fewer only when the file has become shorter. */
static err_t read_at(int fd, int64_t at, void *to, size_t n, size_t *ret_n, struct err *e)
{
    size_t have = 0;

    *ret_n = 0;
    while (have < n) {
        ssize_t r = pread(fd, (char *)to + have, n - have, at + (int64_t)have);

        if (r < 0 && errno == EINTR) continue;
        if (r < 0) return fail(e, E_IO, "the output of a step cannot be read: %s", strerror(errno));
        if (r == 0) break;
        have += (size_t)r;
    }
    *ret_n = have;
    return OK;
}

static int64_t get_u64(const unsigned char *p)
{
    uint64_t v = 0;

    for (int i = 7; i >= 0; i--) v = v << 8 | p[i];
    return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static struct record record_parse(const unsigned char *p)
{
    int64_t lines = get_u64(p + 8);

    return (struct record){get_u64(p), lines >> 1, get_u64(p + 16), lines & 1};
}

static err_t record_at(const struct view *v, int64_t i, struct record *ret, struct err *e)
{
    unsigned char bytes[OUTPUT_RECORD];
    size_t n;

    TRY(read_at(v->index, i * OUTPUT_RECORD, bytes, sizeof bytes, &n, e));
    if (n < sizeof bytes) return fail(e, E_IO, "the index of a step's output has become shorter");
    *ret = record_parse(bytes);
    return OK;
}

/* The last record for which `by_line ? lines : offset` is less than `limit`; -1 when there is none
   (*ret is then the start of the output). */
static err_t record_before(const struct view *v, bool by_line, int64_t limit, int64_t *ret_i,
                           struct record *ret, struct err *e)
{
    int64_t low = 0, high = v->records;
    struct record r = {0};

    *ret = r;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;

        TRY(record_at(v, middle, &r, e));
        if ((by_line ? r.lines : r.offset) < limit) {
            low = middle + 1;
            *ret = r;
        } else {
            high = middle;
        }
    }
    *ret_i = low - 1;
    return OK;
}

static err_t view_open(const char *stem, struct view *v, struct err *e)
{
    int64_t index_size;
    struct record r = {0};

    v->output = v->index = -1;
    TRY(file_open(stem, "output", &v->output, &v->bytes, e)); /* first: all of it has records */
    TRY(file_open(stem, "index", &v->index, &index_size, e));
    v->records = index_size / OUTPUT_RECORD;
    if (v->records == 0) return OK;
    TRY(record_at(v, v->records - 1, &r, e));
    if (r.offset < v->bytes) return OK;
    TRY(record_before(v, false, v->bytes, &v->records, &r, e));
    v->records++;
    return OK;
}

struct place {
    int64_t at, lines; /* a byte, and the line ends before it */
};

/* Moves a place on to the byte after line end number `target` (1 is the first), or to the end. */
static err_t scan_lines(const struct view *v, struct place *place, int64_t target, struct err *e)
{
    int64_t at = place->at < v->bytes ? place->at : v->bytes, lines = place->lines;
    char bytes[16384];

    while (at < v->bytes && lines < target) {
        int64_t want =
            v->bytes - at < (int64_t)sizeof bytes ? v->bytes - at : (int64_t)sizeof bytes;
        const char *p = bytes, *end;
        size_t n;

        TRY(read_at(v->output, at, bytes, (size_t)want, &n, e));
        if (n == 0) break; /* cut meanwhile */
        end = bytes + n;
        while (lines < target && (p = memchr(p, '\n', (size_t)(end - p)))) {
            p++;
            lines++;
        }
        at += p && lines == target ? p - bytes : (int64_t)n;
    }
    *place = (struct place){at, lines};
    return OK;
}

static err_t count_lines(const struct view *v, int64_t *ret, struct err *e)
{
    struct record last = {0};
    struct place end;

    if (v->records) TRY(record_at(v, v->records - 1, &last, e));
    end = (struct place){last.offset, last.lines};
    TRY(scan_lines(v, &end, INT64_MAX, e));
    *ret = end.lines;
    return OK;
}

err_t output_size(const char *stem, struct output_size *ret, struct err *e)
{
    struct view v AUTO(view);

    TRY(view_open(stem, &v, e));
    TRY(count_lines(&v, &ret->lines, e));
    ret->bytes = v.bytes;
    return OK;
}

err_t output_read(const char *stem, int64_t at, struct buf *out, struct err *e)
{
    struct view v AUTO(view) = {.output = -1, .index = -1};
    size_t want = out->max - out->n, n;
    char *room;

    TRY(file_open(stem, "output", &v.output, &v.bytes, e));
    if (at < 0 || at >= v.bytes) return OK;
    if ((int64_t)want > v.bytes - at) want = (size_t)(v.bytes - at);
    room = buf_room(out, want);
    if (!room) return buf_end(out, e);
    TRY(read_at(v.output, at, room, want, &n, e));
    out->n += n;
    out->p[out->n] = '\0';
    return OK;
}

/* The number of the line that is `back` lines before the end; a last line without its line end is
   a line too. */
static err_t line_from_end(const struct view *v, int64_t back, int64_t *ret, struct err *e)
{
    int64_t lines;
    char last = '\n';
    size_t n;

    TRY(count_lines(v, &lines, e));
    if (v->bytes) TRY(read_at(v->output, v->bytes - 1, &last, 1, &n, e));
    if (last != '\n') lines++;
    *ret = back < lines ? lines - back : 0;
    return OK;
}

err_t output_line(const char *stem, int64_t line, int64_t *ret_at, struct err *e)
{
    struct view v AUTO(view);
    struct place place;
    struct record r;
    int64_t i;

    TRY(view_open(stem, &v, e));
    if (line < 0) TRY(line_from_end(&v, line == INT64_MIN ? INT64_MAX : -line, &line, e));
    if (line == 0) {
        *ret_at = 0;
        return OK;
    }
    TRY(record_before(&v, true, line, &i, &r, e));
    place = (struct place){r.offset, r.lines};
    TRY(scan_lines(&v, &place, line, e));
    *ret_at = place.at;
    return OK;
}

/* Shows the pieces whose records are `batch`; `next` is the offset after the last. */
static bool show_batch(const unsigned char *batch, int64_t n, int64_t next, output_each *each,
                       void *arg)
{
    for (int64_t i = 0; i < n; i++) {
        struct record r = record_parse(batch + i * OUTPUT_RECORD);
        int64_t end = i + 1 < n ? get_u64(batch + (i + 1) * OUTPUT_RECORD) : next;
        struct output_piece piece = {r.offset, end - r.offset, r.at, r.is_stderr};

        if (piece.size > 0 && !each(arg, &piece)) return false;
    }
    return true;
}

err_t output_pieces(const char *stem, int64_t from, output_each *each, void *arg, struct err *e)
{
    unsigned char batch[BATCH * OUTPUT_RECORD];
    struct view v AUTO(view);
    struct record r;
    int64_t i;

    TRY(view_open(stem, &v, e));
    if (from >= v.bytes) return OK;
    TRY(record_before(&v, false, from < INT64_MAX ? from + 1 : from, &i, &r, e));
    if (i < 0) i = 0;
    while (i < v.records) {
        int64_t n = v.records - i < BATCH ? v.records - i : BATCH, next = v.bytes;
        size_t got;

        TRY(read_at(v.index, i * OUTPUT_RECORD, batch, (size_t)n * OUTPUT_RECORD, &got, e));
        n = (int64_t)got / OUTPUT_RECORD;
        if (n == 0) break;
        if (i + n < v.records) {
            TRY(record_at(&v, i + n, &r, e));
            next = r.offset;
        }
        if (!show_batch(batch, n, next, each, arg)) break;
        i += n;
    }
    return OK;
}
