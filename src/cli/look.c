#include "cli/look.h"

#include <assert.h>

#include "base/utf8.h"
#include "data/yaml_write.h"
#include "workflow/duration.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, GAP = 2 };

struct look look_now(struct arena *a, int fd)
{
    return (struct look){a, term_is(fd), term_colour(fd), clock_wall()};
}

const char *look_status(const struct look *l, struct str status)
{
    static const struct {
        const char *status, *colour;
    } colours[] = {
        {"succeeded", "\033[32m"}, {"failed", "\033[31m"},  {"denied", "\033[31m"},
        {"cancelled", "\033[35m"}, {"running", "\033[36m"}, {"queued", "\033[36m"},
        {"waiting", "\033[33m"},   {"unknown", "\033[33m"}, {"skipped", "\033[2m"},
    };

    for (size_t i = 0; l->colour && i < COUNT_OF(colours); i++)
        if (str_is(status, colours[i].status)) return colours[i].colour;
    return "";
}

const char *look_bold(const struct look *l)
{
    return l->colour ? "\033[1m" : "";
}

const char *look_dim(const struct look *l)
{
    return l->colour ? "\033[2m" : "";
}

const char *look_end(const struct look *l)
{
    return l->colour ? "\033[0m" : "";
}

static bool read_time(struct str time, int64_t *ret_us)
{
    int64_t seconds;
    int32_t nanos;

    if (!clock_parse(time, &seconds, &nanos)) return false;
    *ret_us = seconds * SECOND_US + nanos / 1000;
    return true;
}

static struct str date_time(const struct look *l, int64_t us)
{
    struct civil c = clock_civil(us / SECOND_US);

    return str_of(arena_fmt(l->arena, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day,
                            c.hour, c.minute, c.second));
}

struct str look_age(const struct look *l, struct str time)
{
    int64_t at, s;
    bool ahead;
    const char *head, *tail;

    if (!read_time(time, &at)) return STR("");
    if (!l->terminal) return date_time(l, at);
    s = (l->now - at) / SECOND_US;
    ahead = at > l->now + SECOND_US;
    if (ahead) s = -s;
    head = ahead ? "in " : "";
    tail = ahead ? "" : " ago";
    if (s < 2 && !ahead) return STR("just now");
    if (s >= (int64_t)30 * DAY) return str_n(time.p, time.n < 10 ? time.n : 10);
    if (s < MINUTE) return str_of(arena_fmt(l->arena, "%s%lld s%s", head, (long long)s, tail));
    if (s < HOUR)
        return str_of(arena_fmt(l->arena, "%s%lld min%s", head, (long long)s / MINUTE, tail));
    if (s < DAY) return str_of(arena_fmt(l->arena, "%s%lld h%s", head, (long long)s / HOUR, tail));
    return str_of(arena_fmt(l->arena, "%s%lld d%s", head, (long long)s / DAY, tail));
}

struct str look_span(const struct look *l, struct str from, struct str to)
{
    char text[DURATION_TEXT];
    int64_t start, end;

    if (!read_time(from, &start)) return STR("");
    if (!read_time(to, &end)) end = l->now;
    if (end - start < MS_US) return STR("<1 ms");
    duration_text(end - start, text);
    return str_of(arena_dup(l->arena, text, strlen(text)));
}

struct str look_size(const struct look *l, int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    double size = (double)bytes / 1000;
    size_t i = 0;

    if (bytes < 1000) return str_of(arena_fmt(l->arena, "%lld B", (long long)bytes));
    for (; size >= 1000 && i + 1 < COUNT_OF(units); i++) size /= 1000;
    return str_of(arena_fmt(l->arena, size < 10 ? "%.1f %s" : "%.0f %s", size, units[i]));
}

void look_fact(const struct look *l, const char *name, struct str text, struct buf *out)
{
    if (!text.n) return;
    buf_addf(out, "%s%-9s%s ", look_dim(l), name, look_end(l));
    utf8_add_safe(out, text, false);
    buf_addc(out, '\n');
}

void look_map(const struct look *l, const char *name, struct value v, struct buf *out)
{
    if (v.kind != V_MAP || v.n == 0) return;
    buf_addf(out, "\n%s%s%s\n", look_bold(l), name, look_end(l));
    yaml_write(out, v);
}

/* --- aligned columns --- */

void grid_init(struct grid *g, const struct look *l, const char *const *heads)
{
    *g = (struct grid){.look = l, .heads = heads};
    while (heads[g->columns]) g->columns++;
    assert(g->columns > 0);
}

/* The first CELL_MAX characters, the last of them "…" when some are missing. */
static struct str cut(struct str s, struct arena *a)
{
    struct str rest = s;

    if (utf8_count(s) <= CELL_MAX) return s;
    for (int i = 0; i < CELL_MAX - 1; i++) (void)utf8_next(&rest);
    return str_of(arena_fmt(a, STR_FMT "\xe2\x80\xa6", (int)(rest.p - s.p), s.p));
}

void grid_add(struct grid *g, struct str text, const char *colour)
{
    struct arena *a = g->look->arena;
    AUTO(buf) struct buf safe = BUF(8 * text.n + 1);
    struct cell *c = arena_push(a, &g->cells, &g->n, sizeof *c);

    utf8_add_safe(&safe, text, false);
    c->text = str_n(arena_dup(a, safe.p ? safe.p : "", safe.n), safe.n);
    if (g->look->terminal) c->text = cut(c->text, a);
    c->colour = colour;
}

static void spaces(struct buf *out, size_t n)
{
    while (n--) buf_addc(out, ' ');
}

static size_t width_of(const struct grid *g, size_t column)
{
    size_t width = strlen(g->heads[column]);

    for (size_t i = column; i < g->n; i += g->columns) {
        size_t n = utf8_count(g->cells[i].text);

        if (n > width) width = n;
    }
    return width;
}

/* Nothing follows the last text of a line. */
static void put(const struct grid *g, struct buf *out, size_t column, const size_t *widths,
                const struct cell *c)
{
    bool coloured = c->colour && *c->colour && c->text.n;

    if (coloured) buf_add(out, str_of(c->colour));
    buf_add(out, c->text);
    if (coloured) buf_add(out, str_of(look_end(g->look)));
    if (column + 1 < g->columns) spaces(out, widths[column] - utf8_count(c->text) + GAP);
}

static void end_line(struct buf *out)
{
    while (out->n && out->p[out->n - 1] == ' ') out->p[--out->n] = '\0';
    buf_addc(out, '\n');
}

void grid_write(const struct grid *g, struct buf *out)
{
    size_t *widths = arena_get(g->look->arena, (g->columns + 1) * sizeof *widths);

    for (size_t c = 0; c < g->columns; c++) widths[c] = width_of(g, c);
    for (size_t c = 0; c < g->columns; c++)
        put(g, out, c, widths, &(struct cell){str_of(g->heads[c]), look_bold(g->look)});
    end_line(out);
    for (size_t row = 0; row + g->columns <= g->n; row += g->columns) {
        for (size_t c = 0; c < g->columns; c++) put(g, out, c, widths, &g->cells[row + c]);
        end_line(out);
    }
}
