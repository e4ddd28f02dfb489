/* suggest.h - "did you mean": the nearest of some names. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include "base/str.h"

enum { SUGGEST_MAX = 64 }; /* bytes; longer words are like no other */

struct suggest {
    struct str word;
    struct str best;
    size_t distance;
    char folded[SUGGEST_MAX]; /* the word in lower case */
    uint64_t letters;         /* the set of them */
};

/* Offer candidates one by one; suggest_best() is then the nearest, empty when none is near enough
   (more than a third of the letters differ). Distance: Damerau-Levenshtein, case ignored. */
void suggest_init(struct suggest *s, struct str word);
void suggest_offer(struct suggest *s, struct str name);
struct str suggest_best(const struct suggest *s);

/* The same over a list that ends in NULL. */
struct str suggest_from(struct str word, const char *const *names);

#endif
