/* Running programs: from state to state, where a state is the set of places that a text may have
   led to. All places go forward together, so a text costs what its length and the program are. */
#include <stdlib.h>

#include "cel/regex_inside.h"

enum { WORK_A_STEP = 100 };

enum context { AT_BEGIN = 1, AT_LINE = 2, AT_WORD = 4 }; /* what lies before */

struct places {
    uint16_t *list, *index; /* index[pc]: where pc would be in the list */
    uint32_t n;
    bool matches;
};

struct run {
    const struct prog *prog;
    unsigned looks; /* the contexts that some assertion asks for */
    uint16_t *stack;
    size_t work;
};

static void places_init(struct places *p, struct arena *a, size_t n)
{
    *p = (struct places){arena_raw(a, n * sizeof *p->list), arena_get(a, n * sizeof *p->index), 0,
                         false};
}

static void run_init(struct run *r, struct arena *a, const struct prog *p)
{
    *r = (struct run){.prog = p, .stack = arena_raw(a, (2 * p->n + 1) * sizeof *r->stack)};
    for (size_t i = 0; i < p->n; i++) {
        if (p->list[i].op != I_ASSERT) continue;
        switch ((enum assertion)p->list[i].what) {
        case A_BEGIN:
            r->looks |= AT_BEGIN;
            break;
        case A_LINE_BEGIN:
            r->looks |= AT_BEGIN | AT_LINE;
            break;
        case A_WORD:
        case A_NOT_WORD:
            r->looks |= AT_WORD;
            break;
        case A_END:
        case A_LINE_END:
            break;
        }
    }
}

/* Adds a place and those that nothing lies between. */
static void add(struct run *r, struct places *to, uint32_t pc)
{
    uint32_t n = 0;

    r->stack[n++] = (uint16_t)pc;
    while (n) {
        const struct inst *i;

        pc = r->stack[--n];
        if (to->index[pc] < to->n && to->list[to->index[pc]] == pc) continue;
        to->index[pc] = (uint16_t)to->n;
        to->list[to->n++] = (uint16_t)pc;
        r->work++;
        i = &r->prog->list[pc];
        if (i->op == I_MATCH) to->matches = true;
        if (i->op == I_SPLIT) r->stack[n++] = (uint16_t)((int32_t)pc + i->b);
        if (i->op == I_SPLIT || i->op == I_JUMP) r->stack[n++] = (uint16_t)((int32_t)pc + i->a);
    }
}

static bool is_word(unsigned byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (byte >= 'a' && byte <= 'z');
}

static bool within_character(unsigned byte)
{
    return byte >= 0x80 && byte < 0xc0;
}

static bool holds(enum assertion what, unsigned before, unsigned next)
{
    bool word = next != NO_END && is_word(next);

    switch (what) {
    case A_BEGIN:
        return before & AT_BEGIN;
    case A_END:
        return next == NO_END;
    case A_LINE_BEGIN:
        return before & (AT_BEGIN | AT_LINE);
    case A_LINE_END:
        return next == NO_END || next == '\n';
    case A_WORD:
        return !within_character(next) && (before & AT_WORD ? 1 : 0) != word;
    case A_NOT_WORD:
        return !within_character(next) && (before & AT_WORD ? 1 : 0) == word;
    }
    return false;
}

static unsigned context_of(const struct run *r, unsigned byte)
{
    return ((byte == '\n' ? AT_LINE : 0u) | (is_word(byte) ? AT_WORD : 0u)) & r->looks;
}

/* The places behind the next byte; a search may begin anywhere, so the first is always one. Adds
   to `from` what the assertions let through. True: that is a match already. */
static bool step(struct run *r, struct places *from, unsigned before, unsigned next,
                 struct places *to)
{
    to->n = 0;
    to->matches = false;
    for (uint32_t k = 0; k < from->n; k++) {
        uint32_t pc = from->list[k];
        const struct inst *i = &r->prog->list[pc];

        if (i->op == I_ASSERT && holds((enum assertion)i->what, before, next))
            add(r, from, pc + 1);
        else if (i->op == I_SET && next != NO_END && inst_takes(i, next))
            add(r, to, pc + 1);
    }
    r->work += from->n;
    if (next != NO_END) add(r, to, 0);
    return from->matches || to->matches;
}

static void first_places(struct run *r, struct places *p)
{
    p->n = 0;
    p->matches = false;
    add(r, p, 0);
}

int prog_run(struct arena *scratch, const struct prog *p, struct str subject, size_t work,
             size_t *ret_work)
{
    struct places now, next;
    struct run r;
    unsigned before = AT_BEGIN;
    bool found;

    run_init(&r, scratch, p);
    places_init(&now, scratch, p->n);
    places_init(&next, scratch, p->n);
    first_places(&r, &now);
    found = now.matches;
    for (size_t i = 0; i < subject.n && !found && r.work <= work; i++) {
        struct places swap;

        found = step(&r, &now, before, (unsigned char)subject.p[i], &next);
        before = context_of(&r, (unsigned char)subject.p[i]);
        swap = now;
        now = next;
        next = swap;
    }
    *ret_work = r.work;
    if (found) return 1;
    if (r.work > work) return -1;
    return step(&r, &now, before, NO_END, &next);
}

/* --- tables --- */

struct state {
    const uint16_t *places; /* in order: those at which something is consumed or asserted */
    uint32_t n;
    unsigned before;
    uint64_t hash;
};

struct build {
    struct arena *scratch;
    struct run run;
    struct places from, to, last; /* last: `to` of the class before */
    uint8_t class_of[256];
    unsigned bytes[257]; /* one of each class; NO_END last */
    uint32_t width;
    struct state *states;
    size_t states_n;
    uint32_t *buckets; /* a state's number, 0 where there is none; at most half are taken */
    size_t buckets_n;
    uint16_t *cells;
    size_t rows; /* that `cells` has room for */
};

/* Splits the classes so that none is partly in `takes`. */
static void split_classes(struct build *b, const uint64_t takes[4])
{
    int16_t to[2][256];
    unsigned n = 0;

    memset(to, -1, sizeof to);
    for (unsigned c = 0; c < 256; c++) {
        int16_t *place = &to[takes[c / 64] >> (c % 64) & 1][b->class_of[c]];

        if (*place < 0) *place = (int16_t)n++;
        b->class_of[c] = (uint8_t)*place;
    }
    b->width = n + 1;
    b->run.work += 16;
}

static void split_for_assertions(struct build *b)
{
    struct inst word = {0}, within = {0}, line = {0};

    for (unsigned c = 0; c < 256; c++) {
        word.set[c / 64] |= (uint64_t)is_word(c) << (c % 64);
        within.set[c / 64] |= (uint64_t)within_character(c) << (c % 64);
        line.set[c / 64] |= (uint64_t)(c == '\n') << (c % 64);
    }
    split_classes(b, word.set);
    split_classes(b, within.set);
    split_classes(b, line.set);
}

/* Whether the instruction takes one byte only: that. Else -1. */
static int only_byte(const struct inst *i)
{
    int found = 0, byte = -1;

    for (int k = 0; k < 4; k++) {
        found += __builtin_popcountll(i->set[k]);
        if (i->set[k]) byte = 64 * k + __builtin_ctzll(i->set[k]);
    }
    return i->op == I_SET && found == 1 ? byte : -1;
}

/* Letters of the pattern are classes of their own: that needs no splitting one by one. */
static void split_letters(struct build *b)
{
    const struct prog *p = b->run.prog;
    uint8_t n = 0;

    for (size_t i = 0; i < p->n; i++) {
        int c = only_byte(&p->list[i]);

        if (c >= 0 && b->class_of[c] == 0 && n < UINT8_MAX) b->class_of[c] = ++n;
    }
    split_classes(b, (const uint64_t[4]){0}); /* numbers them anew: 0 may be empty */
}

static void make_classes(struct build *b)
{
    const struct prog *p = b->run.prog;
    const struct inst *last = NULL;
    bool asserts = false;

    split_letters(b);
    for (size_t i = 0; i < p->n; i++) {
        const struct inst *in = &p->list[i];

        asserts = asserts || (in->op == I_ASSERT && in->what != A_BEGIN && in->what != A_END);
        if (in->op != I_SET || only_byte(in) >= 0) continue;
        if (!last || memcmp(last->set, in->set, sizeof in->set) != 0) split_classes(b, in->set);
        last = in;
    }
    if (asserts) split_for_assertions(b);
    b->run.work += p->n;
    for (unsigned c = 256; c-- > 0;) b->bytes[b->class_of[c]] = c;
    b->bytes[b->width - 1] = NO_END;
}

static int by_place(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static bool rests(const struct prog *p, uint32_t pc)
{
    return p->list[pc].op == I_SET || p->list[pc].op == I_ASSERT;
}

/* Where the state is or would be. */
static uint32_t *bucket_of(const struct build *b, const struct state *want)
{
    for (size_t at = want->hash;; at++) {
        uint32_t *bucket = &b->buckets[at & (b->buckets_n - 1)];
        const struct state *s = &b->states[*bucket];

        if (!*bucket || (s->hash == want->hash && s->n == want->n && s->before == want->before &&
                         memcmp(s->places, want->places, want->n * sizeof *want->places) == 0))
            return bucket;
    }
}

static void more_buckets(struct build *b)
{
    b->buckets_n *= 2;
    b->buckets = arena_get(b->scratch, b->buckets_n * sizeof *b->buckets);
    for (size_t i = 2; i < b->states_n; i++) *bucket_of(b, &b->states[i]) = (uint32_t)i;
}

/* The number of the state for these places, made when it is new. */
static uint32_t state_of(struct build *b, const struct places *p, unsigned before)
{
    uint16_t *list = arena_raw(b->scratch, p->n * sizeof *list);
    struct state key = {list, 0, before, 0};
    uint32_t *bucket, known;

    for (uint32_t i = 0; i < p->n; i++) {
        if (rests(b->run.prog, p->list[i])) list[key.n++] = p->list[i];
    }
    if (key.n > 1) qsort(list, key.n, sizeof *list, by_place);
    key.hash = str_hash(str_n((const char *)list, key.n * sizeof *list)) + before;
    bucket = bucket_of(b, &key);
    known = *bucket;
    if (known) return known;
    *bucket = (uint32_t)b->states_n;
    *(struct state *)arena_push(b->scratch, &b->states, &b->states_n, sizeof key) = key;
    if (2 * b->states_n > b->buckets_n) more_buckets(b);
    return (uint32_t)b->states_n - 1;
}

static void load(struct build *b, const struct state *s)
{
    b->from.n = 0;
    b->from.matches = false;
    for (uint32_t i = 0; i < s->n; i++) {
        b->from.index[s->places[i]] = (uint16_t)i;
        b->from.list[i] = s->places[i];
    }
    b->from.n = s->n;
}

/* The row for what step() found; often it is that of the class before. */
static uint16_t row_of(struct build *b, const uint16_t *before, unsigned context,
                       unsigned last_context)
{
    if (before && context == last_context && b->to.n == b->last.n && !b->last.matches &&
        memcmp(b->to.list, b->last.list, b->to.n * sizeof *b->to.list) == 0)
        return *before;
    return (uint16_t)(state_of(b, &b->to, context) * b->width);
}

/* Fills the row of a state; states it leads to for the first time are added. */
static void fill_row(struct build *b, size_t number)
{
    uint16_t *row = b->cells + number * b->width;
    unsigned before = b->states[number].before, context, last_context = 0;
    bool same = true;

    for (uint32_t k = 0; k < b->width; k++, last_context = context) {
        unsigned next = b->bytes[k];
        struct places swap;
        bool found;

        load(b, &b->states[number]);
        found = step(&b->run, &b->from, before, next, &b->to);
        context = next == NO_END ? 0 : context_of(&b->run, next);
        if (found)
            row[k] = (uint16_t)b->width;
        else if (next == NO_END)
            row[k] = DFA_REJECT;
        else
            row[k] = row_of(b, k ? &row[k - 1] : NULL, context, last_context);
        same = same && (row[k] == number * b->width || next == NO_END);
        swap = b->last;
        b->last = b->to;
        b->last.matches = found;
        b->to = swap;
    }
    /* Nothing leads away: the rest of the text need not be read. */
    if (same && row[b->width - 1] == DFA_REJECT)
        for (uint32_t k = 0; k < b->width; k++) row[k] = DFA_REJECT;
}

static void more_rows(struct build *b)
{
    size_t had = b->rows * b->width * sizeof *b->cells;
    uint16_t *cells = arena_raw(b->scratch, 2 * had);

    memcpy(cells, b->cells, had);
    b->cells = cells;
    b->rows *= 2;
}

/* Rows 0 and 1 are those of DFA_REJECT and of the match. */
static bool fill_table(struct build *b)
{
    b->rows = 16;
    b->cells = arena_raw(b->scratch, b->rows * b->width * sizeof *b->cells);
    for (uint32_t k = 0; k < b->width; k++) {
        b->cells[k] = DFA_REJECT;
        b->cells[b->width + k] = (uint16_t)b->width;
    }
    for (size_t i = 2; i < b->states_n; i++) {
        if (b->run.work > BUILD_WORK || b->states_n * b->width > CELLS_MAX) return false;
        if (i == b->rows) more_rows(b);
        fill_row(b, i);
    }
    return true;
}

static const struct dfa *finish(struct arena *to, const struct build *b, uint32_t start)
{
    size_t size = b->states_n * b->width * sizeof *b->cells;
    struct dfa *d = arena_get(to, sizeof *d + size);

    memcpy(d->class_of, b->class_of, sizeof d->class_of);
    d->width = b->width;
    d->start = start * b->width;
    d->rows = (uint32_t)b->states_n;
    memcpy(d->cells, b->cells, size);
    return d;
}

size_t dfa_size(const struct dfa *d)
{
    return sizeof *d + (size_t)d->rows * d->width * sizeof *d->cells;
}

const struct dfa *dfa_make(struct arena *to, const struct prog *p, size_t *cost)
{
    AUTO(arena) struct arena *scratch = arena_new();
    struct build b = {.scratch = scratch, .buckets_n = 32};
    uint32_t start;
    bool made;

    run_init(&b.run, scratch, p);
    places_init(&b.from, scratch, p->n);
    places_init(&b.to, scratch, p->n);
    places_init(&b.last, scratch, p->n);
    make_classes(&b);
    (void)arena_push(scratch, &b.states, &b.states_n, sizeof *b.states);
    (void)arena_push(scratch, &b.states, &b.states_n, sizeof *b.states);
    more_buckets(&b);
    first_places(&b.run, &b.from);
    start = b.from.matches ? 1 : state_of(&b, &b.from, AT_BEGIN & b.run.looks);
    made = fill_table(&b);
    *cost += b.run.work / WORK_A_STEP;
    return made ? finish(to, &b, start) : NULL;
}

bool dfa_matches(const struct dfa *d, struct str subject)
{
    const unsigned char *p = (const unsigned char *)subject.p;
    uint32_t row = d->start, accept = d->width;

    for (size_t i = 0; i < subject.n && row > accept; i++) row = d->cells[row + d->class_of[p[i]]];
    return d->cells[row + d->width - 1] == accept;
}
