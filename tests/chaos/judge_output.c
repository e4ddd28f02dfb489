/* judge_output.c - I10: what the steps of `pours` wrote is what lies on the disk, byte for byte. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "judge.h"
#include "stream.h"

enum { DIGEST = 32 };

struct digest {
    unsigned char sha256[DIGEST];
    long bytes;
};

static void written(unsigned long seed, struct digest *ret)
{
    unsigned char piece[STREAM_PIECE];
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    struct stream s;
    size_t n;

    ret->bytes = 0;
    EVP_DigestInit_ex(c, EVP_sha256(), NULL);
    stream_init(&s, seed);
    while ((n = stream_next(&s, piece)) > 0) {
        EVP_DigestUpdate(c, piece, n);
        ret->bytes += (long)n;
    }
    EVP_DigestFinal_ex(c, ret->sha256, NULL);
    EVP_MD_CTX_free(c);
}

static bool kept(const char *path, struct digest *ret)
{
    unsigned char piece[65536];
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    ret->bytes = 0;
    EVP_DigestInit_ex(c, EVP_sha256(), NULL);
    while (fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0) {
        EVP_DigestUpdate(c, piece, (size_t)n);
        ret->bytes += (long)n;
    }
    if (fd >= 0) close(fd);
    EVP_DigestFinal_ex(c, ret->sha256, NULL);
    EVP_MD_CTX_free(c);
    return fd >= 0 && n == 0;
}

/* DATA/runs/YYYYMMDD/RUN/pour.1; the day is that of the run's id (a ULID: 48 bits of milliseconds
   in ten base-32 digits). */
static void stem_of(const struct place *p, const char *run, char *out, size_t size)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    struct tm day;
    time_t ms = 0;

    for (int i = 0; i < 10 && run[i] && strchr(digits, run[i]); i++)
        ms = ms * 32 + (strchr(digits, run[i]) - digits);
    ms /= 1000;
    gmtime_r(&ms, &day);
    snprintf(out, size, "%s/data/runs/%04d%02d%02d/%s/pour.1", p->dir, day.tm_year + 1900,
             day.tm_mon + 1, day.tm_mday, run);
}

static bool says_exited(const char *path)
{
    char text[1024];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = '\0';
    return strstr(text, "\nend exited\ncode 0\n") != NULL;
}

static void judge_one(const struct place *p, const char *run, unsigned long seed, struct verdict *v)
{
    char stem[PLACE_PATH + 128], path[PLACE_PATH + 160];
    struct digest is, should;

    stem_of(p, run, stem, sizeof stem);
    snprintf(path, sizeof path, "%s.output", stem);
    written(seed, &should);
    if (!kept(path, &is))
        broken(v, 10, "%s cannot be read", path);
    else if (is.bytes != should.bytes || memcmp(is.sha256, should.sha256, DIGEST) != 0)
        broken(v, 10, "%s holds %ld bytes that are not the %ld that were written", path, is.bytes,
               should.bytes);
    snprintf(path, sizeof path, "%s.status", stem);
    if (!says_exited(path)) broken(v, 10, "%s does not say that it ended well", path);
}

void judge_output(const struct place *p, sqlite3 *db, struct verdict *v)
{
    static const char sql[] = "SELECT r.id, t.n FROM ru r JOIN ev e ON e.id = r.event"
                              " JOIN tries t ON t.id = e.delivery AND t.connection = e.connection"
                              " WHERE r.workflow = 'pours' AND r.status = 'succeeded'";
    sqlite3_stmt *st;

    st = sql_prepare(db, sql);
    while (sqlite3_step(st) == SQLITE_ROW)
        judge_one(p, (const char *)sqlite3_column_text(st, 0),
                  (unsigned long)sqlite3_column_int64(st, 1), v);
    sqlite3_finalize(st);
}
