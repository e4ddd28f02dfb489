#include "data/zone.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "data/tzif.h"

enum { NAME_MAX_BYTES = 64, PATH_MAX_BYTES = 4096, BUCKETS = 256 };

struct zone {
    struct zone *next;
    struct arena *arena; /* holds all of it */
    const char *name;
    struct tzif table;
};

/* The one table of loaded zones: they are never freed, so that a zone may be kept anywhere. Fixed
   offsets have one spelling and names no detours, so it cannot grow past the database. */
static struct zone *loaded[BUCKETS];

static struct zone **bucket(struct str name)
{
    return &loaded[str_hash(name) % BUCKETS];
}

static const struct zone *find_loaded(struct str name)
{
    const struct zone *z = *bucket(name);

    while (z && !str_is(name, z->name)) z = z->next;
    return z;
}

static const struct zone *keep(struct arena *a, struct str name, const struct tzif *table)
{
    struct zone **head = bucket(name), *z = arena_get(a, sizeof *z);

    z->arena = a;
    z->name = arena_dup(a, name.p, name.n);
    z->table = *table;
    z->next = *head;
    *head = z;
    return z;
}

static const struct zone *keep_fixed(struct str name, int32_t offset)
{
    struct arena *a = arena_new();
    struct tzif_kind *kind = arena_get(a, sizeof *kind);

    *kind = (struct tzif_kind){.offset = offset, .abbr = arena_dup(a, name.p, name.n)};
    return keep(a, name, &(struct tzif){.kinds = kind});
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "+02:00", "-02:30", "02:00" */
static bool read_fixed(struct str s, int32_t *ret)
{
    int sign = s.n && s.p[0] == '-' ? -1 : 1, h, m;

    if (s.n && (s.p[0] == '+' || s.p[0] == '-')) s = str_skip(s, 1);
    if (s.n != 5 || !digit(s.p[0]) || !digit(s.p[1]) || s.p[2] != ':' || !digit(s.p[3]) ||
        !digit(s.p[4]))
        return false;
    h = (s.p[0] - '0') * 10 + (s.p[1] - '0');
    m = (s.p[3] - '0') * 10 + (s.p[4] - '0');
    *ret = sign * (h * 3600 + m * 60);
    return h < 24 && m < 60;
}

static const struct zone *find_fixed(int32_t offset)
{
    char text[16];
    int minutes = (offset < 0 ? -offset : offset) / 60;
    int n = snprintf(text, sizeof text, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60,
                     minutes % 60);
    struct str name = str_n(text, (size_t)n);
    const struct zone *z = find_loaded(name);

    return z ? z : keep_fixed(name, offset);
}

/* Only what can stand in an IANA name; no dots, so no way out of the folder; one spelling a path.
 */
static bool sound_name(struct str name)
{
    char before = '/';

    if (name.n == 0 || name.n > NAME_MAX_BYTES) return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!isalnum((unsigned char)c) && c != '_' && c != '+' && c != '-' && c != '/')
            return false;
        if (c == '/' && before == '/') return false;
        before = c;
    }
    return before != '/';
}

static bool read_whole(const char *path, struct buf *b)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    bool fine = false;

    if (fd < 0) return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= TZIF_MAX) {
        ssize_t n = 1;
        char *room;

        while (n > 0 && (room = buf_room(b, 8192))) {
            n = read(fd, room, 8192);
            if (n > 0) b->n += (size_t)n;
        }
        fine = n == 0;
    }
    close(fd);
    return fine;
}

static const struct zone *load(struct str name)
{
    const char *folder = getenv("TZDIR");
    AUTO(buf) struct buf path = BUF(PATH_MAX_BYTES), file = BUF(TZIF_MAX + 8192);
    struct arena *a;
    struct tzif table;
    struct err e;

    buf_addf(&path, "%s/" STR_FMT, folder && *folder ? folder : "/usr/share/zoneinfo",
             STR_ARG(name));
    if (buf_end(&path, &e) != OK || !read_whole(path.p, &file)) return NULL;
    a = arena_new();
    if (tzif_read(a, buf_str(&file), &table)) return keep(a, name, &table);
    arena_free(a);
    return NULL;
}

const struct zone *zone_find(struct str name)
{
    const struct zone *z;
    int32_t offset;

    if (read_fixed(name, &offset)) return find_fixed(offset);
    if (!sound_name(name)) return NULL;
    z = find_loaded(name);
    if (z) return z;
    return str_is(name, "UTC") ? keep_fixed(name, 0) : load(name);
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

/* How far to go back for a moment near the table's end or behind it, in whole cycles of the
   calendar: so that both its neighbours are in the table. */
static int64_t cycles_back(const struct tzif *t, int64_t at)
{
    int64_t last;

    if (!t->repeats) return 0;
    last = t->at[t->n - 1] - (int64_t)366 * 86400;
    return at <= last ? 0 : ((at - 1 - last) / TZIF_CYCLE + 1) * TZIF_CYCLE;
}

/* How many changes lie at or before that moment. */
static size_t changes_until(const struct tzif *t, int64_t at)
{
    size_t low = 0, high = t->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (t->at[mid] <= at)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct tzif_kind *kind_after(const struct tzif *t, size_t changes)
{
    return &t->kinds[changes ? t->kind[changes - 1] : t->first];
}

/* Keeps sums of a time and an offset, or a cycle, from overflowing. */
static int64_t saturate(int64_t at)
{
    const int64_t most = (int64_t)1 << 61;

    return at > most ? most : at < -most ? -most : at;
}

int32_t zone_offset(const struct zone *z, int64_t utc_seconds, const char **ret_abbr)
{
    const struct tzif *t = &z->table;
    int64_t at = saturate(utc_seconds);
    const struct tzif_kind *k;

    at -= cycles_back(t, at);
    k = kind_after(t, changes_until(t, at));
    if (ret_abbr) *ret_abbr = k->abbr;
    return k->offset;
}

struct zone_span zone_span(const struct zone *z, int64_t utc_seconds)
{
    const struct tzif *t = &z->table;
    int64_t at = saturate(utc_seconds), back = cycles_back(t, at);
    size_t low = changes_until(t, at - back), high = low;
    int32_t offset = kind_after(t, low)->offset;
    struct zone_span s = {.start = INT64_MIN, .end = INT64_MAX, .offset = offset, .before = offset};

    /* changes of name only are none */
    while (low > 0 && kind_after(t, low - 1)->offset == offset) low--;
    while (high < t->n && kind_after(t, high + 1)->offset == offset) high++;
    if (low > 0) {
        s.start = t->at[low - 1] + back;
        s.before = kind_after(t, low - 1)->offset;
    }
    if (high < t->n) s.end = t->at[high] + back;
    return s;
}

int zone_utc(const struct zone *z, int64_t wall_seconds, int64_t *ret_utc, int64_t *ret_second)
{
    enum { MOST_OFFSET = 26 * 3600 };
    int64_t wall = saturate(wall_seconds), found[2] = {0};
    struct zone_span s = zone_span(z, wall - MOST_OFFSET);
    int n = 0;

    for (;;) {
        int64_t utc = wall - s.offset;

        if (s.start != INT64_MIN && n == 0 && utc < s.start) { /* jumped over */
            *ret_utc = s.start;
            return 0;
        }
        if (utc >= s.start && utc < s.end && n < 2) found[n++] = utc;
        if (s.end == INT64_MAX || s.end > wall + MOST_OFFSET) break;
        s = zone_span(z, s.end);
    }
    *ret_utc = found[0];
    if (ret_second && n > 1) *ret_second = found[1];
    return n;
}
