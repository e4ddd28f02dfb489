#include <fcntl.h>

#include "shim/shim.h"
#include "shim/sys.h"

enum { RECORD = 24, CUT = 65536 };

void keep_init(struct keep *k, struct files *files, int64_t cap)
{
    *k = (struct keep){.files = files, .output = -1, .index = -1, .cap = cap, .piece_stream = -1};
}

/* Both files, at the first byte: most steps are silent, and a file costs more than a byte. */
static bool open_files(struct keep *k)
{
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    long fd;

    if (k->output >= 0) return true;
    fd = sys(SYS_openat, k->files->folder, files_name(k->files, "index"), flags, 0600);
    if (fd >= 0) {
        k->index = (int)fd;
        fd = sys(SYS_openat, k->files->folder, files_name(k->files, "output"), flags, 0600);
    }
    if (fd < 0) {
        k->error = (int)-fd;
        return false;
    }
    k->output = (int)fd;
    return true;
}

static void put_u64(unsigned char *to, uint64_t v)
{
    for (int i = 0; i < 8; i++) to[i] = (unsigned char)(v >> (8 * i));
}

/* The record goes before its bytes, so that no reader takes them for the other stream's. */
static bool begin_piece(struct keep *k, int is_stderr, int64_t now_ms)
{
    unsigned char record[RECORD];
    long w;

    put_u64(record, (uint64_t)k->kept);
    put_u64(record + 8, (uint64_t)k->lines << 1 | (unsigned)is_stderr);
    put_u64(record + 16, (uint64_t)sys_wall_us());
    w = sys(SYS_write, k->index, record, RECORD);
    if (w != RECORD) {
        k->error = w < 0 ? (int)-w : ENOSPC;
        return false;
    }
    k->piece_at = k->kept;
    k->piece_ms = now_ms;
    k->piece_stream = is_stderr;
    return true;
}

static int64_t count_lines(const char *p, int64_t n)
{
    int64_t lines = 0;

    for (int64_t i = 0; i < n; i++) lines += p[i] == '\n';
    return lines;
}

void keep_bytes(struct keep *k, int is_stderr, const char *p, int64_t n, int64_t now_ms)
{
    int64_t take = n < k->cap - k->kept ? n : k->cap - k->kept, done = 0;
    bool same = k->piece_stream == is_stderr && now_ms - k->piece_ms < SHIM_WINDOW_MS &&
                k->kept + take - k->piece_at <= SHIM_READ;

    if (take > 0 && !k->error && open_files(k) && (same || begin_piece(k, is_stderr, now_ms))) {
        while (done < take) {
            long w = sys(SYS_write, k->output, p + done, take - done);

            if (w == -EINTR) continue;
            if (w <= 0) {
                k->error = w ? (int)-w : EIO;
                break;
            }
            done += w;
        }
        k->kept += done;
        k->lines += count_lines(p, done);
    }
    k->dropped += n - done;
}

bool keep_cut(struct keep *k)
{
    int64_t cut = k->kept < CUT ? k->kept : CUT;

    if (cut == 0 || sys(SYS_ftruncate, k->output, k->kept - cut) < 0) return false;
    k->kept -= cut;
    k->dropped += cut;
    k->error = ENOSPC;
    return true;
}
