#include "base/suggest.h"

#include <ctype.h>

static size_t min2(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t max2(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* In lower case; returns which letters there are, a bit for every 64th of them. */
static uint64_t fold(struct str s, char out[SUGGEST_MAX])
{
    uint64_t letters = 0;

    for (size_t i = 0; i < s.n; i++) {
        out[i] = (char)tolower((unsigned char)s.p[i]);
        letters |= UINT64_C(1) << (out[i] & 63);
    }
    return letters;
}

/* Optimal string alignment: insert, delete, change, swap neighbours. More than `most` is just that:
   cells so far off the diagonal are not looked at. */
static size_t distance(struct str a, struct str b, size_t most)
{
    size_t row[3][SUGGEST_MAX + 1] = {{0}};
    size_t *before = row[0], *last = row[1], *now = row[2], least = 0;

    for (size_t j = 0; j <= b.n; j++) last[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t low = i > most ? i - most : 1, high = min2(b.n, i + most);
        size_t *old = before, least_before = least;

        least = now[low - 1] = low == 1 ? i : most + 1;
        for (size_t j = low; j <= high; j++) {
            size_t d =
                min2(min2(last[j], now[j - 1]) + 1, last[j - 1] + (a.p[i - 1] != b.p[j - 1]));

            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                d = min2(d, before[j - 2] + 1);
            now[j] = d;
            least = min2(least, d);
        }
        if (high < b.n) now[high + 1] = most + 1;
        if (least > most && least_before >= most) return most + 1;
        before = last;
        last = now;
        now = old;
    }
    return last[b.n];
}

void suggest_init(struct suggest *s, struct str word)
{
    *s = (struct suggest){.word = word, .distance = SIZE_MAX};
    if (word.n <= SUGGEST_MAX) s->letters = fold(word, s->folded);
}

/* Most names are far off: told by their length, or by letters that the other has not, of which each
   takes a change of its own. */
void suggest_offer(struct suggest *s, struct str name)
{
    size_t most = max2(s->word.n, name.n) / 3 + 1, d;
    char folded[SUGGEST_MAX];
    uint64_t letters;

    if (s->word.n > SUGGEST_MAX || name.n > SUGGEST_MAX || name.n == 0 || s->distance == 0) return;
    most = min2(most, min2(name.n, s->distance) - 1);
    if (max2(s->word.n, name.n) - min2(s->word.n, name.n) > most) return;
    letters = fold(name, folded);
    if ((size_t)__builtin_popcountll(letters & ~s->letters) > most ||
        (size_t)__builtin_popcountll(s->letters & ~letters) > most)
        return;
    d = distance(str_n(s->folded, s->word.n), str_n(folded, name.n), most);
    if (d > most) return;
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
