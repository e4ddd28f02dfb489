/* Programs over bytes, and sets of characters in them. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "cel/regex_inside.h"

enum {
    CASED_MAX = 0x1ffff, /* no character beyond has another case */
    POINTS_A_STEP = 64,  /* code points that are looked at in the time of a step */
    CLASS_TEXT = 1 << 16
};

/* --- programs --- */

struct inst *prog_add(struct prog *p, enum inst_op op)
{
    struct inst *i;

    if (p->n == PROG_MAX) {
        p->too_large = true;
        return &p->list[p->n - 1];
    }
    i = arena_push(p->arena, &p->list, &p->n, sizeof *i);
    *i = (struct inst){.op = (uint8_t)op, .a = 1};
    return i;
}

void prog_insert(struct prog *p, size_t at)
{
    struct inst split = *prog_add(p, I_SPLIT);

    if (p->too_large) return;
    memmove(&p->list[at + 1], &p->list[at], (p->n - 1 - at) * sizeof *p->list);
    p->list[at] = split;
}

void prog_copy(struct prog *p, size_t from, size_t n)
{
    for (size_t i = 0; i < n && !p->too_large; i++) {
        struct inst *to = prog_add(p, I_JUMP);

        *to = p->list[from + i];
    }
}

static void take_bytes(struct inst *i, unsigned lo, unsigned hi)
{
    for (unsigned b = lo; b <= hi; b++) i->set[b / 64] |= UINT64_C(1) << (b % 64);
}

void prog_bytes(struct prog *p, unsigned lo, unsigned hi)
{
    take_bytes(prog_add(p, I_SET), lo, hi);
}

void alts_begin(struct alts *a, struct prog *p)
{
    *a = (struct alts){.prog = p, .from = p->n, .jumps = -1};
}

/* Until the end is known, a jump holds the place of the one before. */
void alts_next(struct alts *a)
{
    struct prog *p = a->prog;
    prog_insert(p, a->from);
    prog_add(p, I_JUMP)->a = a->jumps;
    if (p->too_large) return;
    a->jumps = (int32_t)p->n - 1;
    p->list[a->from].b = (int32_t)(p->n - a->from);
    a->from = p->n;
}

void alts_end(struct alts *a)
{
    struct prog *p = a->prog;

    while (a->jumps >= 0 && !p->too_large) {
        struct inst *jump = &p->list[a->jumps];
        int32_t before = jump->a;

        jump->a = (int32_t)p->n - a->jumps;
        a->jumps = before;
    }
}

/* --- sets --- */

void set_add(struct set *s, uint32_t lo, uint32_t hi)
{
    if (lo > hi) return;
    *(struct span *)arena_push(s->arena, &s->list, &s->n, sizeof *s->list) = (struct span){lo, hi};
}

void set_add_all(struct set *s, const struct set *other)
{
    for (size_t i = 0; i < other->n; i++) set_add(s, other->list[i].lo, other->list[i].hi);
}

static int by_start(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    return (x->lo > y->lo) - (x->lo < y->lo);
}

/* In order, and none touches the next. */
static void tidy(struct set *s)
{
    size_t n = 0;

    if (s->n) qsort(s->list, s->n, sizeof *s->list, by_start);
    for (size_t i = 0; i < s->n; i++) {
        if (n && s->list[i].lo <= s->list[n - 1].hi + 1) {
            if (s->list[i].hi > s->list[n - 1].hi) s->list[n - 1].hi = s->list[i].hi;
        } else {
            s->list[n++] = s->list[i];
        }
    }
    s->n = n;
}

void set_negate(struct set *s)
{
    struct set out = {.arena = s->arena};
    uint32_t next = 0;

    tidy(s);
    for (size_t i = 0; i < s->n; i++) {
        if (s->list[i].lo > next) set_add(&out, next, s->list[i].lo - 1);
        next = s->list[i].hi + 1;
    }
    if (next <= POINT_MAX) set_add(&out, next, POINT_MAX);
    *s = out;
}

/* The first span that ends at or behind lo. */
static const struct span *span_at(const struct set *s, uint32_t lo)
{
    size_t from = 0, to = s->n;

    while (from < to) {
        size_t mid = (from + to) / 2;

        if (s->list[mid].hi < lo)
            from = mid + 1;
        else
            to = mid;
    }
    return from < s->n ? &s->list[from] : NULL;
}

static bool touches(const struct set *s, uint32_t lo, uint32_t hi)
{
    const struct span *p = span_at(s, lo);

    return p && p->lo <= hi;
}

static bool covers(const struct set *s, uint32_t lo, uint32_t hi)
{
    const struct span *p = span_at(s, lo);

    return p && p->lo <= lo && p->hi >= hi;
}

/* --- what Unicode says, asked of PCRE2 --- */

static char *all_points(uint32_t last, size_t *ret_n)
{
    char *text = mem_new(4 * ((size_t)last + 1)), *p = text;

    for (uint32_t c = 0; c <= last; c++) p += utf8_put(c, p);
    *ret_n = (size_t)(p - text);
    return text;
}

static uint32_t point_at(const char *text, size_t at, size_t n)
{
    struct str s = str_n(text + at, n - at);

    return (uint32_t)utf8_next(&s);
}

/* Adds every code point up to `last` that the class takes: the class, repeated, is searched for in
   a text of all code points in their order. */
static void ask(struct set *s, struct str class_text, uint32_t last, size_t *cost)
{
    AUTO(buf) struct buf b = BUF(CLASS_TEXT);
    pcre2_match_data *data;
    const size_t *found;
    pcre2_code *code;
    size_t n, at = 0;
    PCRE2_SIZE bad;
    char *text;
    int number;

    *cost += (last + 1) / POINTS_A_STEP;
    if (*cost > COST_MAX) return;
    text = all_points(last, &n);
    data = pcre2_match_data_create(1, NULL);
    found = data ? pcre2_get_ovector_pointer(data) : NULL;
    buf_add(&b, class_text);
    buf_addc(&b, '+');
    code = pcre2_compile((PCRE2_SPTR)buf_str(&b).p, b.n, PCRE2_UTF, &number, &bad, NULL);
    if (code) (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* it does without, too */
    while (code && found && at < n &&
           pcre2_match(code, (PCRE2_SPTR)text, n, at, PCRE2_NO_UTF_CHECK, data, NULL) > 0) {
        uint32_t lo = point_at(text, found[0], n), hi;

        at = found[1];
        hi = at < n ? point_at(text, at, n) - 1 : last;
        set_add(s, lo, hi);
    }
    pcre2_code_free(code);
    pcre2_match_data_free(data);
    free(text);
}

void set_add_property(struct set *s, struct str escape, size_t *cost)
{
    ask(s, escape, POINT_MAX, cost);
}

static void fold_ascii(struct set *s, uint32_t c)
{
    if (c >= 'A' && c <= 'Z') set_add(s, c + 32, c + 32);
    if (c >= 'a' && c <= 'z') set_add(s, c - 32, c - 32);
    if ((c | 32) == 'k') set_add(s, 0x212a, 0x212a); /* KELVIN SIGN */
    if ((c | 32) == 's') set_add(s, 0x17f, 0x17f);   /* LATIN SMALL LETTER LONG S */
}

void set_add_fold(struct set *s, uint32_t lo, uint32_t hi, size_t *cost)
{
    char text[64];
    int n;

    set_add(s, lo, hi);
    for (uint32_t c = lo; c <= hi && c < 0x80; c++) fold_ascii(s, c);
    if (hi < 0x80) return;
    n = snprintf(text, sizeof text, "(?i)[\\x{%x}-\\x{%x}]", (unsigned)(lo < 0x80 ? 0x80 : lo),
                 (unsigned)hi);
    ask(s, str_n(text, (size_t)n), CASED_MAX, cost);
}

/* --- sets as UTF-8 --- */

struct level { /* `count` bytes from `first`; each has `more` bytes behind it */
    unsigned first, count, more;
    uint32_t base;  /* the code point of the first */
    uint32_t least; /* that is written with this many bytes */
};

static void add_last(struct prog *p, const struct set *s, const struct level *l)
{
    struct inst *i = prog_add(p, I_SET);

    for (unsigned c = 0; c < l->count; c++) {
        if (touches(s, l->base + c, l->base + c)) take_bytes(i, l->first + c, l->first + c);
    }
}

static void child(const struct level *l, unsigned c, struct span *ret)
{
    ret->lo = l->base + (c << 6 * l->more);
    ret->hi = l->base + ((c + 1) << 6 * l->more) - 1;
    if (ret->lo < l->least) ret->lo = l->least;
    if (ret->hi > POINT_MAX) ret->hi = POINT_MAX;
}

/* Alternatives for the bytes of a level; the bytes behind which everything is in the set together,
   the others each with the level behind it. */
static void add_level(struct prog *p, const struct set *s, const struct level *l)
{
    struct alts alts;
    bool first = true;

    alts_begin(&alts, p);
    for (unsigned c = 0; c < l->count && !p->too_large; c++) {
        struct level next = {0x80, 64, l->more - 1, l->base + (c << 6 * l->more), l->least};
        struct span span;
        unsigned from = c;

        child(l, c, &span);
        if (span.lo > span.hi || !touches(s, span.lo, span.hi)) continue;
        if (!first) alts_next(&alts);
        first = false;
        if (!covers(s, span.lo, span.hi)) {
            prog_bytes(p, l->first + c, l->first + c);
            if (next.more)
                add_level(p, s, &next);
            else
                add_last(p, s, &next);
            continue;
        }
        for (; c + 1 < l->count; c++) {
            child(l, c + 1, &span);
            if (span.lo > span.hi || !covers(s, span.lo, span.hi)) break;
        }
        prog_bytes(p, l->first + from, l->first + c);
        for (unsigned k = 0; k < l->more; k++) prog_bytes(p, 0x80, 0xbf);
    }
    alts_end(&alts);
}

void prog_set(struct prog *p, struct set *s)
{
    static const struct level ascii = {0, 128, 0, 0, 0}, levels[] = {{0xc2, 30, 1, 0x80, 0x80},
                                                                     {0xe0, 16, 2, 0, 0x800},
                                                                     {0xf0, 5, 3, 0, 0x10000}};
    struct alts alts;

    tidy(s);
    alts_begin(&alts, p);
    if (covers(s, 0x80, POINT_MAX)) { /* any number of following bytes: the subject is valid */
        add_last(p, s, &ascii);
        take_bytes(&p->list[p->n - 1], 0xc2, 0xf4);
        prog_add(p, I_SPLIT)->b = 3;
        prog_bytes(p, 0x80, 0xbf);
        prog_add(p, I_JUMP)->a = -2;
        return;
    }
    add_last(p, s, &ascii);
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        struct span whole = {levels[i].least, i == 0 ? 0x7ff : i == 1 ? 0xffff : POINT_MAX};

        if (!touches(s, whole.lo, whole.hi)) continue;
        alts_next(&alts);
        add_level(p, s, &levels[i]);
    }
    alts_end(&alts);
}
