#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "workflow/schedule.h"

enum { TIMES = 5, TIMES_MAX = 1000, OUT_MAX = 1 << 20 };

static err_t read_schedule(const struct args *a, struct schedule **ret, struct err *e)
{
    const char *zone_name = args_value(a, "--tz");
    const struct zone *zone = zone_name ? zone_find(str_of(zone_name)) : NULL;
    struct str text = str_trim(str_of(a->rest[0]));
    bool every = str_starts(text, STR("every:")) || str_starts(text, STR("every "));
    err_t how;

    if (zone_name && !zone)
        return fail(e, E_INPUT,
                    "there is no time zone `%s`; say one such as Europe/Berlin or +02:00",
                    zone_name);
    if (every)
        how = schedule_every(a->arena, str_trim(str_skip(text, 6)), zone, ret, e);
    else
        how = schedule_parse(a->arena, text, zone, ret, e);
    if (how != OK && e->col)
        return wrap(e, "column %d of `%s`", e->col + (every ? 6 : 0), a->rest[0]);
    return how;
}

static err_t read_count(const struct args *a, int64_t *ret, struct err *e)
{
    const char *n = args_value(a, "--count");

    *ret = TIMES;
    if (n && (!str_int(str_of(n), ret) || *ret < 1 || *ret > TIMES_MAX))
        return fail(e, E_INPUT, "`-n %s`: say a number from 1 to %d", n, TIMES_MAX);
    return OK;
}

static err_t read_start(const struct args *a, int64_t *ret, struct err *e)
{
    const char *from = args_value(a, "--from");
    int64_t seconds;
    int32_t nanos;

    *ret = clock_wall();
    if (!from) return OK;
    if (!clock_parse(str_of(from), &seconds, &nanos))
        return fail(e, E_INPUT, "`--from %s` is no time; write it as 2026-03-29T00:00:00Z", from);
    *ret = seconds * SECOND_US + nanos / 1000;
    return OK;
}

static char *local_text(struct arena *a, const struct schedule *s, int64_t at)
{
    const char *abbr = "";
    int64_t seconds = at / SECOND_US;
    struct civil c = clock_civil(seconds + zone_offset(schedule_zone(s), seconds, &abbr));
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

    return arena_fmt(a, "%s %04d-%02d-%02d %02d:%02d:%02d %s", days[c.weekday], c.year, c.month,
                     c.day, c.hour, c.minute, c.second, abbr);
}

static void add_offset(struct buf *b, int32_t seconds)
{
    int32_t size = seconds < 0 ? -seconds : seconds;

    buf_addf(b, "%c%02d:%02d", seconds < 0 ? '-' : '+', size / 3600, size / 60 % 60);
}

/* The clocks change between two firings: a line of its own. */
static void add_change(struct buf *b, const struct schedule *s, int64_t from, int64_t to)
{
    struct schedule_change c;
    char text[TIME_TEXT];

    if (!schedule_change(s, from, to, &c)) return;
    buf_addf(b, "  -- %s: the clocks go %s, from UTC", clock_text(c.at_us, text),
             c.after > c.before ? "forward" : "back");
    add_offset(b, c.before);
    buf_add(b, STR(" to UTC"));
    add_offset(b, c.after);
    buf_addc(b, '\n');
}

static void add_times(struct arena *a, const struct schedule *s, int64_t from, int64_t n,
                      struct buf *b)
{
    for (int64_t at; n > 0 && schedule_next(s, from, &at); n--, from = at) {
        const char *note = schedule_note_text(schedule_note(s, at));
        char utc[TIME_TEXT];

        add_change(b, s, from, at);
        buf_addf(b, "  %-30s  %s%s%s\n", local_text(a, s, at), clock_text(at, utc),
                 *note ? "  " : "", note);
    }
    if (n > 0) buf_add(b, STR("  no further time within 8 years\n"));
}

static struct value times_value(struct arena *a, const struct schedule *s, int64_t from, int64_t n)
{
    struct value *list = arena_get(a, (size_t)n * sizeof *list);
    size_t count = 0;

    for (int64_t at; (int64_t)count < n && schedule_next(s, from, &at); from = at) {
        const char *note = schedule_note_text(schedule_note(s, at));
        struct map m = {.arena = a};
        char text[TIME_TEXT];

        clock_text(at, text);
        map_put(&m, STR("utc"), v_cstr(arena_dup(a, text, strlen(text))));
        map_put(&m, STR("local"), v_cstr(local_text(a, s, at)));
        if (*note) map_put(&m, STR("note"), v_cstr(note));
        list[count++] = map_value(&m);
    }
    return v_list(list, count);
}

static void print_json(const struct args *a, const struct schedule *s, struct str meaning,
                       int64_t from, int64_t n)
{
    struct map m = {.arena = a->arena};

    map_put(&m, STR("meaning"), v_str(meaning));
    map_put(&m, STR("zone"), v_cstr(zone_name(schedule_zone(s))));
    map_put(&m, STR("dst"), v_cstr(schedule_dst_text(s)));
    map_put(&m, STR("next"), times_value(a->arena, s, from, n));
    print_value(a, map_value(&m));
}

static err_t run(struct args *a, struct err *e)
{
    AUTO(buf) struct buf meaning = BUF(OUT_MAX), out = BUF(OUT_MAX);
    struct schedule *s = NULL;
    int64_t n, from;

    TRY(read_schedule(a, &s, e));
    TRY(read_count(a, &n, e));
    TRY(read_start(a, &from, e));
    schedule_explain(s, &meaning);
    if (a->format != FORMAT_TEXT) {
        print_json(a, s, buf_str(&meaning), from, n);
        return OK;
    }
    buf_addf(&out, STR_FMT "\n", STR_ARG(buf_str(&meaning)));
    add_times(a->arena, s, from, n, &out);
    if (*schedule_dst_text(s)) buf_addf(&out, "%s\n", schedule_dst_text(s));
    TRY(buf_end(&out, e));
    print_out(buf_str(&out));
    return OK;
}

static const struct option options[] = {
    {"--tz", 'z', "ZONE", "whose clock it means, such as Europe/Berlin; default UTC", false},
    {"--count", 'n', "N", "how many times are shown; default 5", false},
    {"--from", 0, "TIME", "times after this one, RFC 3339; default now", false},
    {0},
};

const struct command command_cron = {
    .name = "cron",
    .usage = "EXPR",
    .help = "explains a schedule and shows its next times",
    .about = "EXPR is cron with 5 fields, or 6 with the seconds first; @daily and the like; or\n"
             "`every: 5m`. Times at which the clocks change are marked.",
    .example = "botops cron '30 2 * * 0' --tz Europe/Berlin -n 3",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
