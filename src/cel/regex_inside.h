/* regex_inside.h - the parts of a pattern's compilation.
 *
 * regex_parse.c makes a program over bytes (Thompson's construction: SPLIT and
 * JUMP consume nothing), regex_set.c writes sets of characters into it as
 * UTF-8, regex_dfa.c makes a table of states of it where that stays small.
 * Subjects are valid UTF-8, which the programs rely on.
 */
#ifndef CEL_REGEX_INSIDE_H
#define CEL_REGEX_INSIDE_H

#include "base/mem.h"
#include "base/str.h"

enum {
    PROG_MAX = 8000,      /* instructions */
    COST_MAX = 100000,    /* of struct prog: six classes of Unicode */
    CELLS_MAX = 1 << 15,  /* of the table of states */
    BUILD_WORK = 200000,  /* instructions looked at to make it; about 1 ms */
    POINT_MAX = 0x10ffff, /* the last code point */
    NO_END = 256          /* the "byte" behind the text's last */
};

enum inst_op { I_SET, I_SPLIT, I_JUMP, I_ASSERT, I_MATCH };

enum assertion { A_BEGIN, A_END, A_LINE_BEGIN, A_LINE_END, A_WORD, A_NOT_WORD };

struct inst {
    uint8_t op;   /* enum inst_op */
    uint8_t what; /* enum assertion */
    /* Where SPLIT and JUMP go, from their own place; the others go on behind themselves. So a
       piece of program may be moved and copied. */
    int32_t a, b;
    uint64_t set[4]; /* bytes that I_SET takes */
};

struct prog {
    struct arena *arena;
    struct inst *list;
    size_t n;
    size_t cost;    /* steps of an evaluation's budget for what the making took beside its size */
    bool too_large; /* PROG_MAX was reached: what is in it is of no use */
};

/* One more instruction; when there is no room, one that is there. Valid until the next is added. */
struct inst *prog_add(struct prog *p, enum inst_op op);
void prog_insert(struct prog *p, size_t at);           /* a SPLIT to the next, in front of `at` */
void prog_copy(struct prog *p, size_t from, size_t n); /* n instructions once more at the end */
void prog_bytes(struct prog *p, unsigned lo, unsigned hi); /* one byte of lo..hi */

static inline bool inst_takes(const struct inst *i, unsigned byte)
{
    return i->set[byte / 64] >> (byte % 64) & 1;
}

/* Alternatives, one written after the other: next() between two, end() behind the last. */
struct alts {
    struct prog *prog;
    size_t from;
    int32_t jumps;
};

void alts_begin(struct alts *a, struct prog *p);
void alts_next(struct alts *a);
void alts_end(struct alts *a);

/* --- sets of code points --- */

struct span {
    uint32_t lo, hi;
};

struct set {
    struct arena *arena;
    struct span *list;
    size_t n;
};

void set_add(struct set *s, uint32_t lo, uint32_t hi);
void set_add_all(struct set *s, const struct set *other);
void set_negate(struct set *s);
/* With the other cases of lo..hi, as PCRE2 has them. */
void set_add_fold(struct set *s, uint32_t lo, uint32_t hi, size_t *cost);
/* What the escape takes: "\p{Greek}", "\PL". */
void set_add_property(struct set *s, struct str escape, size_t *cost);
void prog_set(struct prog *p, struct set *s); /* one character of the set */

/* --- programs and tables --- */

/* `pattern` is valid in PCRE2's syntax. E_INPUT for what RE2's lacks, E_LIMIT when too large. */
err_t regex_parse(struct prog *p, struct str pattern, struct err *e) MUST_CHECK;

enum { DFA_REJECT = 0 }; /* row 0: no more text can make it match */

struct dfa {
    uint8_t class_of[256];
    uint32_t width; /* classes, and the end of the text; DFA_ACCEPT is row 1, at `width` */
    uint32_t start, rows;
    uint16_t cells[]; /* for each state and class: the place of the next state's row */
};

/* NULL when the table would be too large. Lies in `to`; *cost grows as that of a program. */
const struct dfa *dfa_make(struct arena *to, const struct prog *p, size_t *cost);
size_t dfa_size(const struct dfa *d); /* bytes */
bool dfa_matches(const struct dfa *d, struct str subject);

/* Goes through the program itself, for at most `work` instructions; *ret_work is what it took.
   1: matches, 0: does not, -1: the work was used up. */
int prog_run(struct arena *scratch, const struct prog *p, struct str subject, size_t work,
             size_t *ret_work);

#endif
