#include "base/suggest.h"

#include <ctype.h>

enum { WORD_MAX = 64 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment: insert, delete, change, swap neighbours. */
static size_t distance(struct str a, struct str b)
{
    size_t row[3][WORD_MAX + 1];
    size_t *before = row[0], *last = row[1], *now = row[2];

    for (size_t j = 0; j <= b.n; j++) last[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *old = before;

        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + !same(a.p[i - 1], b.p[j - 1]));
            if (i > 1 && j > 1 && same(a.p[i - 1], b.p[j - 2]) && same(a.p[i - 2], b.p[j - 1]) &&
                before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        before = last;
        last = now;
        now = old;
    }
    return last[b.n];
}

void suggest_init(struct suggest *s, struct str word)
{
    *s = (struct suggest){.word = word, .distance = SIZE_MAX};
}

void suggest_offer(struct suggest *s, struct str name)
{
    size_t d, most = (s->word.n > name.n ? s->word.n : name.n) / 3 + 1;

    if (s->word.n > WORD_MAX || name.n > WORD_MAX || name.n == 0) return;
    d = distance(s->word, name);
    if (d > most || d >= name.n || d >= s->distance) return;
    s->best = name;
    s->distance = d;
}

struct str suggest_best(const struct suggest *s)
{
    return s->best;
}

struct str suggest_from(struct str word, const char *const *names)
{
    struct suggest s;

    suggest_init(&s, word);
    for (; *names; names++) suggest_offer(&s, str_of(*names));
    return suggest_best(&s);
}
