#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "data/tzif.h"
#include "data/zone.h"

static int64_t utc(int year, int month, int day, int hour, int minute)
{
    struct civil c = {.year = year, .month = month, .day = day, .hour = hour, .minute = minute};

    return clock_seconds(&c);
}

/* The zone at that moment against glibc, which holds TZ. */
static void same_as_libc(const struct zone *z, int64_t at)
{
    time_t t = (time_t)at;
    const char *abbr;
    struct tm tm;
    int32_t offset = zone_offset(z, at, &abbr);

    localtime_r(&t, &tm);
    if (tm.tm_gmtoff != offset || strcmp(tm.tm_zone, abbr) != 0) {
        print_error("%s at %lld: %ld %s, not %d %s\n", zone_name(z), (long long)at, tm.tm_gmtoff,
                    tm.tm_zone, offset, abbr);
        _fail(__FILE__, __LINE__);
    }
}

static const struct zone *zone(const char *name)
{
    const struct zone *z = zone_find(str_of(name));

    if (!z) {
        print_error("no zone %s\n", name);
        _fail(__FILE__, __LINE__);
    }
    setenv("TZ", name, 1);
    tzset();
    return z;
}

/* Every zone the system lists, on both sides of each change and in between. */
TEST(every_zone_of_the_system_agrees_with_libc_from_1900_to_2250)
{
    FILE *f = fopen("/usr/share/zoneinfo/tzdata.zi", "re");
    char line[256], name[128], from[128];
    size_t zones = 0, spans = 0;

    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        const struct zone *z;
        int64_t end = utc(2250, 1, 1, 0, 0);

        if (sscanf(line, "Z %127s", name) != 1 && sscanf(line, "L %127s %127s", from, name) != 2)
            continue;
        z = zone(name);
        zones++;
        for (int64_t at = utc(1902, 1, 1, 0, 0); at < end; spans++) {
            struct zone_span s = zone_span(z, at);

            same_as_libc(z, at);
            if (s.end >= end) break;
            EQ(zone_offset(z, s.end - 1, NULL), s.offset);
            same_as_libc(z, s.end - 1);
            same_as_libc(z, s.end);
            same_as_libc(z, at + (s.end - at) / 2);
            at = s.end;
        }
    }
    (void)fclose(f);
    TRUE(zones > 500);
    TRUE(spans > 50000);
}

TEST(moments_chosen_at_random_agree_with_libc)
{
    static const char *const names[] = {"Europe/Berlin",       "America/St_Johns", "Asia/Kathmandu",
                                        "Australia/Lord_Howe", "Pacific/Apia",     "Europe/Dublin",
                                        "Africa/Casablanca",   "Asia/Gaza",        "America/Nuuk",
                                        "Antarctica/Troll",    "Etc/GMT+12",       "EST5EDT"};
    uint64_t seed = 20260329;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct zone *z = zone(names[i]);

        for (int n = 0; n < 5000; n++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            same_as_libc(z, utc(1903, 1, 1, 0, 0) + (int64_t)(seed >> 20) % (600LL * 365 * 86400));
        }
    }
}

TEST(wall_time_finds_every_moment_that_shows_it)
{
    static const char *const names[] = {"Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe",
                                        "Pacific/Apia",  "America/Caracas",  "Asia/Kolkata"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct zone *z = zone(names[i]);

        /* against counting the moments of three days around that show it, quarter by quarter */
        for (int64_t wall = utc(2011, 12, 1, 0, 0); wall < utc(2012, 12, 1, 0, 0); wall += 900) {
            int64_t first = 0, second = 0, seen[2] = {0};
            int n = 0;

            for (int64_t at = wall - 15 * 3600LL; at <= wall + 15 * 3600LL; at += 900)
                if (at + zone_offset(z, at, NULL) == wall && n < 2) seen[n++] = at;
            EQ(zone_utc(z, wall, &first, &second), n);
            if (n > 0) TRUE(first == seen[0]);
            if (n > 1) TRUE(second == seen[1]);
            if (n == 0) {
                TRUE(first + zone_offset(z, first, NULL) > wall);
                TRUE(first - 1 + zone_offset(z, first - 1, NULL) < wall);
            }
        }
    }
}

TEST(berlin_skips_and_repeats_an_hour_in_2026)
{
    const struct zone *z = zone("Europe/Berlin");
    const char *abbr;
    int64_t first = 0, second = 0;

    EQ(zone_utc(z, utc(2026, 3, 29, 2, 30), &first, &second), 0);
    TRUE(first == utc(2026, 3, 29, 1, 0));
    EQ(zone_utc(z, utc(2026, 10, 25, 2, 30), &first, &second), 2);
    TRUE(first == utc(2026, 10, 25, 0, 30));
    TRUE(second == utc(2026, 10, 25, 1, 30));
    EQ(zone_utc(z, utc(2026, 10, 25, 3, 0), &first, NULL), 1);
    EQ(zone_offset(z, utc(2026, 7, 1, 0, 0), &abbr), 7200);
    STREQ(abbr, "CEST");
}

TEST(odd_zones_are_as_odd_as_they_are)
{
    int64_t at = 0, second = 0;

    EQ(zone_offset(zone("Asia/Kathmandu"), utc(2026, 1, 1, 0, 0), NULL), 5 * 3600 + 45 * 60);
    EQ(zone_offset(zone("Australia/Lord_Howe"), utc(2026, 1, 1, 0, 0), NULL), 11 * 3600);
    EQ(zone_offset(zone("Australia/Lord_Howe"), utc(2026, 7, 1, 0, 0), NULL), 10 * 3600 + 1800);
    EQ(zone_utc(zone("Australia/Lord_Howe"), utc(2026, 4, 5, 1, 45), &at, &second), 2);
    TRUE(second - at == 1800);
    /* Samoa had no 30 December 2011 */
    EQ(zone_utc(zone("Pacific/Apia"), utc(2011, 12, 30, 12, 0), &at, &second), 0);
    TRUE(at == utc(2011, 12, 30, 10, 0));
    EQ(zone_offset(zone("America/St_Johns"), utc(2090, 7, 1, 0, 0), NULL), -9000);
}

TEST(the_rule_holds_for_thousands_of_years)
{
    const struct zone *z = zone("Europe/Berlin");

    for (int year = 2000; year < 9000; year += 37) {
        same_as_libc(z, utc(year, 1, 1, 0, 0));
        same_as_libc(z, utc(year, 7, 1, 0, 0));
        same_as_libc(z, utc(year, 3, 28, 1, 0));
    }
    for (int y = 2400; y < 2460; y++) /* around the end of what is written out */
        for (int day = 0; day < 366; day++) same_as_libc(z, utc(y, 1, 1, 1, 0) + day * 86400LL);
}

TEST(fixed_offsets_have_one_spelling)
{
    const struct zone *z = zone_find(STR("02:00"));

    assert_non_null(z);
    STREQ(zone_name(z), "+02:00");
    TRUE(z == zone_find(STR("+02:00")));
    EQ(zone_offset(z, 0, NULL), 7200);
    EQ(zone_offset(zone_find(STR("-02:30")), 0, NULL), -9000);
    STREQ(zone_name(zone_find(STR("-00:00"))), "+00:00");
    assert_null(zone_find(STR("+24:00")));
    assert_null(zone_find(STR("+02:60")));
    assert_null(zone_find(STR("+2:00")));
    assert_null(zone_find(STR("+02:000")));
}

TEST(names_that_are_none_or_lead_astray_find_nothing)
{
    static const char *const bad[] = {"",
                                      "Europe/Nowhere",
                                      "../zoneinfo/Europe/Berlin",
                                      "Europe/../Europe/Berlin",
                                      "/etc/localtime",
                                      "Europe//Berlin",
                                      "Europe/",
                                      "Europe",
                                      "./UTC",
                                      "zone.tab",
                                      "tzdata.zi",
                                      "right/Europe/Berlin",
                                      "europe/berlin\n",
                                      "Europe/Berlin/x",
                                      "+",
                                      "-1"};

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (zone_find(str_of(bad[i]))) {
            print_error("found \"%s\"\n", bad[i]);
            _fail(__FILE__, __LINE__);
        }
    assert_null(zone_find(str_n("Europe/Berlin\0x", 15)));
}

TEST(utc_needs_no_database_and_tzdir_names_another)
{
    char folder[] = "/tmp/zones-XXXXXX", path[64];
    FILE *f;

    assert_non_null(mkdtemp(folder));
    setenv("TZDIR", folder, 1);
    assert_non_null(zone_find(STR("UTC")));
    assert_null(zone_find(STR("posix/Asia/Tokyo")));
    EQ(zone_offset(zone_find(STR("UTC")), utc(2026, 7, 1, 0, 0), NULL), 0);

    (void)snprintf(path, sizeof path, "%s/Mine", folder);
    f = fopen(path, "we");
    assert_non_null(f);
    EQ(fwrite("TZif2", 1, 5, f), 5); /* cut short */
    (void)fclose(f);
    assert_null(zone_find(STR("Mine")));
    EQ(unlink(path), 0);
    EQ(mkfifo(path, 0600), 0); /* neither a hang nor a zone */
    assert_null(zone_find(STR("Mine")));
    EQ(unlink(path), 0);
    EQ(rmdir(folder), 0);
    unsetenv("TZDIR");
    assert_non_null(zone_find(STR("posix/Asia/Tokyo")));
}

/* A version 2 file without changes but its rule. */
static size_t rule_file(char *out, size_t room, const char *rule)
{
    static const char head[44] = {"TZif2"};
    size_t n = 0;

    for (int block = 0; block < 2; block++) {
        memcpy(out + n, head, sizeof head);
        out[n + 39] = 1; /* one kind */
        out[n + 43] = 4; /* four characters */
        memset(out + n + 44, 0, 6);
        memcpy(out + n + 50, "UTC", 4);
        n += 54;
    }
    n += (size_t)snprintf(out + n, room - n, "\n%s\n", rule);
    return n;
}

TEST(rules_are_read_as_posix_and_rfc_8536_have_them)
{
    static const struct {
        const char *rule;
        int year, month, day, hour;
        int32_t offset;
    } of[] = {{"<+0330>-3:30", 2026, 1, 1, 0, 12600},
              {"XXX3EDT4,0/0,J365/23", 2026, 1, 1, 3, -14400}, /* summer all year */
              {"XXX3EDT4,0/0,J365/23", 2026, 12, 31, 12, -14400},
              {"XXX3EDT4,0/0,J365/23", 2199, 12, 31, 12, -14400},
              {"EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, 3, 27, 23, 7200},
              {"EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, 3, 28, 0, 10800},
              {"AAA0BBB,J60,J61", 2024, 3, 1, 2, 3600}, /* J60 is 1 March in any year */
              {"AAA0BBB,J60,J61", 2025, 3, 1, 2, 3600},
              {"AAA0BBB,59,60", 2024, 2, 29, 2, 3600}, /* 59 is 29 February in a leap year */
              {"AAA0BBB,59,60", 2025, 3, 1, 2, 3600},
              {"AAA0BBB,59,60", 2024, 2, 28, 12, 0}};
    static const char *const bad[] = {"A0",
                                      "AAA",
                                      "AAA0BBB",
                                      "AAA0BBB,M13.1.0,M10.1.0",
                                      "AAA25",
                                      "AAA0BBB,M3.0.0,M10.5.0",
                                      "AAA0BBB,M3.1.0",
                                      "AAA0 ",
                                      "AAA0BBB,J0,J5",
                                      "AAA0BBB,1/168,5",
                                      "<A>0",
                                      "<AAA0",
                                      "AAA0BBB,M3.1.7,M10.1.0",
                                      "AAA0BBB,366,5"};
    char file[512];

    for (size_t i = 0; i < COUNT_OF(of); i++) {
        AUTO(arena) struct arena *a = arena_new();
        size_t n = rule_file(file, sizeof file, of[i].rule), k = 0;
        int64_t at = utc(of[i].year, of[i].month, of[i].day, of[i].hour, 0);
        struct tzif t;

        if (!tzif_read(a, str_n(file, n), &t)) print_error("%s\n", of[i].rule);
        TRUE(tzif_read(a, str_n(file, n), &t));
        while (k < t.n && t.at[k] <= at) k++;
        EQ(t.kinds[k ? t.kind[k - 1] : t.first].offset, of[i].offset);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        AUTO(arena) struct arena *a = arena_new();
        size_t n = rule_file(file, sizeof file, bad[i]);
        struct tzif t;

        if (tzif_read(a, str_n(file, n), &t)) print_error("%s\n", bad[i]);
        FALSE(tzif_read(a, str_n(file, n), &t));
    }
}

/* Each byte of a real file spoilt in turn, and each length of it: no crash, and a file cut short is
   never a zone. */
TEST(a_spoilt_file_is_refused_or_at_least_harmless)
{
    static char file[TZIF_MAX];
    FILE *f = fopen("/usr/share/zoneinfo/Europe/Berlin", "re");
    AUTO(arena) struct arena *a = arena_new();
    struct tzif t;
    size_t n;

    assert_non_null(f);
    n = fread(file, 1, sizeof file, f);
    (void)fclose(f);
    TRUE(tzif_read(a, str_n(file, n), &t));
    for (size_t i = 0; i < n; i++) {
        char *cut = mem_dup(file, i); /* its own block, so that a step outside is seen */

        FALSE(tzif_read(a, str_n(cut, i), &t));
        free(cut);
        arena_reset(a);
    }
    for (size_t i = 0; i < n; i++) {
        char was = file[i];

        for (int bit = 0; bit < 8; bit++) {
            file[i] = (char)(was ^ (1 << bit));
            tzif_read(a, str_n(file, n), &t);
        }
        file[i] = was;
        arena_reset(a);
    }
}

RUN(T(every_zone_of_the_system_agrees_with_libc_from_1900_to_2250),
    T(moments_chosen_at_random_agree_with_libc), T(wall_time_finds_every_moment_that_shows_it),
    T(berlin_skips_and_repeats_an_hour_in_2026), T(odd_zones_are_as_odd_as_they_are),
    T(the_rule_holds_for_thousands_of_years), T(fixed_offsets_have_one_spelling),
    T(names_that_are_none_or_lead_astray_find_nothing),
    T(utc_needs_no_database_and_tzdir_names_another),
    T(rules_are_read_as_posix_and_rfc_8536_have_them),
    T(a_spoilt_file_is_refused_or_at_least_harmless))
