/* Six bytes choose a zone and a moment, the rest is cron: nothing crashes or hangs, firings go
   forward, and no second between two of them was left out at random. */
#include <assert.h>

#include "base/clock.h"
#include "workflow/duration.h"
#include "workflow/schedule.h"

static void follow(const struct schedule *s, int64_t from_us)
{
    AUTO(buf) struct buf b = BUF(4096);
    struct schedule_change change;
    int64_t at = from_us, next, again;

    schedule_explain(s, &b);
    assert(b.n && !b.full);
    for (int i = 0; i < 20 && schedule_next(s, at, &next); i++) {
        assert(next > at && next % SECOND_US == 0);
        /* from anywhere before it, the same one comes next */
        assert(schedule_next(s, at + (next - at) / 2, &again) && again == next);
        assert(schedule_next(s, next - 1, &again) && again == next);
        (void)schedule_note_text(schedule_note(s, next));
        if (schedule_change(s, at, next, &change)) assert(change.before != change.after);
        at = next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const zones[] = {"UTC",          "Europe/Berlin",  "Australia/Lord_Howe",
                                        "Pacific/Apia", "America/Havana", "Africa/Casablanca"};
    AUTO(arena) struct arena *a = arena_new();
    struct schedule *s;
    struct err e;
    int64_t at, us;
    struct str text;

    if (size < 6) return 0;
    text = str_n((const char *)data + 6, size - 6);
    at = ((int64_t)(data[1] & 0x1f) << 32 | (int64_t)data[2] << 24 | data[3] << 16 | data[4] << 8 |
          data[5]) -
         ((int64_t)1 << 36);
    if (schedule_parse(a, text, zone_find(str_of(zones[data[0] % COUNT_OF(zones)])), &s, &e) == OK)
        follow(s, at * SECOND_US);
    else
        assert(e.text[0]);
    if (duration_parse(text, &us)) assert(us >= 0 && us <= DURATION_MAX_US);
    if (schedule_every(a, text, NULL, &s, &e) == OK) schedule_next(s, at, &us);
    return 0;
}
