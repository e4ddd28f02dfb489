#include "cel/fn.h"

#include "base/suggest.h"

static const struct fn_set *const sets[] = {&fn_std,  &fn_time, &fn_string, &fn_text,    &fn_math,
                                            &fn_list, &fn_sets, &fn_codec,  &fn_optional};

const struct fn *fn_find(struct str name, enum fn_form form, size_t n, const struct fn **ret_near)
{
    *ret_near = NULL;
    if (name.n == 0) return NULL;
    for (size_t s = 0; s < COUNT_OF(sets); s++) {
        for (size_t i = 0; i < sets[s]->n; i++) {
            const struct fn *f = &sets[s]->list[i];

            if (f->name[0] != *name.p || !str_is(name, f->name)) continue;
            if (f->form & form && n >= f->min && (n <= f->max || f->form & FN_LIST)) return f;
            *ret_near = f;
        }
    }
    return NULL;
}

bool fn_space(struct str name)
{
    for (size_t s = 0; s < COUNT_OF(sets); s++) {
        for (size_t i = 0; i < sets[s]->n; i++) {
            struct str full = str_of(sets[s]->list[i].name);

            if (full.n > name.n && str_starts(full, name) && full.p[name.n] == '.') return true;
        }
    }
    return false;
}

/* Of math.maxx the part after the dot is compared, with the functions of math. */
static size_t space_size(struct str name)
{
    const char *dot = memchr(name.p, '.', name.n);

    return dot ? (size_t)(dot - name.p) + 1 : 0;
}

struct str fn_suggest(struct str name, enum fn_form form)
{
    static const char *const macros[] = {"all", "exists", "exists_one", "filter", "map", "sortBy"};
    size_t space = space_size(name);
    struct suggest best;
    struct str found;

    suggest_init(&best, str_skip(name, space));
    for (size_t s = 0; s < COUNT_OF(sets); s++) {
        for (size_t i = 0; i < sets[s]->n; i++) {
            struct str other = str_of(sets[s]->list[i].name);

            if (sets[s]->list[i].form & form && space_size(other) == space &&
                str_starts(other, str_n(name.p, space)))
                suggest_offer(&best, str_skip(other, space));
        }
    }
    for (size_t i = 0; form == FN_METHOD && i < COUNT_OF(macros); i++)
        suggest_offer(&best, str_of(macros[i]));
    found = suggest_best(&best);
    return found.n ? str_n(found.p - space, found.n + space) : found;
}
