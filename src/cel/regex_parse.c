/* RE2's syntax (github.com/google/re2/wiki/Syntax) to a program. PCRE2 has accepted the pattern
   before, so what is malformed does not come here. */
#include "base/utf8.h"
#include "cel/regex_inside.h"

enum { UNBOUNDED = -1 };

struct scan {
    struct prog *prog;
    struct str pattern, left;
    bool fold, lines, dot_all; /* the flags i, m and s */
    bool quoted;               /* between \Q and \E */
};

static err_t parse_alternatives(struct scan *s, struct err *e);

static err_t unknown(const struct scan *s, struct str at, const char *what, struct err *e)
{
    return fail(e, E_INPUT, "bad pattern: %s is not in RE2's syntax, at its byte %zu", what,
                (size_t)(at.p - s->pattern.p) + 1);
}

static void skip(struct scan *s, size_t n)
{
    s->left = str_skip(s->left, n);
}

static bool at(const struct scan *s, const char *text)
{
    return str_starts(s->left, str_of(text));
}

static bool take(struct scan *s, const char *text)
{
    if (!at(s, text)) return false;
    skip(s, strlen(text));
    return true;
}

static uint32_t take_point(struct scan *s)
{
    return s->left.n ? (uint32_t)utf8_next(&s->left) : 0;
}

static void skip_quotes(struct scan *s)
{
    for (;;) {
        if (!take(s, s->quoted ? "\\E" : "\\Q")) {
            if (s->quoted || !take(s, "\\E")) return;
            continue; /* a \E without \Q means nothing */
        }
        s->quoted = !s->quoted;
    }
}

/* --- characters and classes --- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f') return (c | 32) - 'a' + 10;
    return 99;
}

static uint32_t take_number(struct scan *s, int base, size_t most)
{
    uint32_t v = 0;

    for (; most > 0 && s->left.n && digit_of(s->left.p[0]) < base; most--, skip(s, 1))
        v = v * (uint32_t)base + (uint32_t)digit_of(s->left.p[0]);
    return v;
}

/* Behind a backslash: one character. False: it is something else, and nothing was taken. */
static bool take_escaped(struct scan *s, uint32_t *ret)
{
    static const char from[] = "aefnrt", to[] = "\a\033\f\n\r\t";
    char c = s->left.n ? s->left.p[0] : 0;
    const char *found = c ? strchr(from, c) : NULL;

    if (found) {
        *ret = (unsigned char)to[found - from];
        skip(s, 1);
    } else if (c == '0') {
        *ret = take_number(s, 8, 3);
    } else if (take(s, "x{")) {
        *ret = take_number(s, 16, 16);
        skip(s, 1);
    } else if (take(s, "x")) {
        *ret = take_number(s, 16, 2);
    } else if (!digit_of(c) || (c >= '1' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z')) {
        return false;
    } else {
        *ret = take_point(s);
    }
    return true;
}

static void add_space(struct set *s)
{
    set_add(s, '\t', '\r');
    set_add(s, ' ', ' ');
}

static void add_word(struct set *s)
{
    set_add(s, '0', '9');
    set_add(s, 'A', 'Z');
    set_add(s, '_', '_');
    set_add(s, 'a', 'z');
}

/* \p{Name}, \pL and their opposites, at the p. */
static void take_property(struct scan *s, struct set *set)
{
    const char *from = s->left.p - 1;

    skip(s, 1);
    if (take(s, "{")) {
        while (s->left.n && !take(s, "}")) skip(s, 1);
    } else {
        skip(s, 1);
    }
    set_add_property(set, str_n(from, (size_t)(s->left.p - from)), &s->prog->cost);
}

/* Behind a backslash: a class. False: it is none. */
static bool take_class_escape(struct scan *s, struct set *set)
{
    char c = s->left.n ? s->left.p[0] : 0;
    struct set one = {.arena = set->arena};

    if (c == 'p' || c == 'P') {
        take_property(s, set);
        return true;
    }
    if (c == 'd' || c == 'D')
        set_add(&one, '0', '9');
    else if (c == 's' || c == 'S')
        add_space(&one);
    else if (c == 'w' || c == 'W')
        add_word(&one);
    else
        return false;
    skip(s, 1);
    if (c < 'a') set_negate(&one);
    set_add_all(set, &one);
    return true;
}

static const struct posix {
    const char *name;
    const char *spans; /* pairs of first and last */
} posix[] = {{"alnum:]", "09AZaz"},
             {"alpha:]", "AZaz"},
             {"ascii:]", "\001\177"},
             {"blank:]", "\t\t  "},
             {"cntrl:]", "\001\037\177\177"},
             {"digit:]", "09"},
             {"graph:]", "!~"},
             {"lower:]", "az"},
             {"print:]", " ~"},
             {"punct:]", "!/:@[`{~"},
             {"space:]", "\t\r  "},
             {"upper:]", "AZ"},
             {"word:]", "09AZ__az"},
             {"xdigit:]", "09AFaf"}};

/* [:name:] within a class, behind its `[:`. */
static bool take_posix(struct scan *s, struct set *set)
{
    struct set one = {.arena = set->arena};
    bool negate = take(s, "^");
    size_t i = 0;

    while (i < COUNT_OF(posix) && !take(s, posix[i].name)) i++;
    if (i == COUNT_OF(posix)) return false;
    if (posix[i].spans[0] == '\001') set_add(&one, 0, 0);
    for (const char *p = posix[i].spans; *p; p += 2) {
        set_add(&one, (unsigned char)p[0], (unsigned char)p[1]);
        if (s->fold && (p[0] == 'A' || p[0] == 'a'))
            set_add(&one, (unsigned char)p[0] ^ 32u, (unsigned char)p[1] ^ 32u);
    }
    if (negate) set_negate(&one);
    set_add_all(set, &one);
    return true;
}

static void add_points(struct scan *s, struct set *set, uint32_t lo, uint32_t hi)
{
    if (s->fold)
        set_add_fold(set, lo, hi, &s->prog->cost);
    else
        set_add(set, lo, hi);
}

static bool posix_here(const struct scan *s)
{
    struct str name = s->left;

    if (!at(s, "[:")) return false;
    for (name = str_skip(name, 2); name.n && name.p[0] != ':' && name.p[0] != ']';)
        name = str_skip(name, 1);
    return str_starts(name, STR(":]"));
}

/* One end of a range, or a class. *ret_class: it was a class. */
static err_t take_member(struct scan *s, struct set *set, bool *ret_class, uint32_t *ret,
                         struct err *e)
{
    struct str here = s->left;

    *ret_class = true;
    if (!s->quoted && posix_here(s)) {
        skip(s, 2);
        return take_posix(s, set) ? OK : unknown(s, here, "this class", e);
    }
    if (s->quoted || !take(s, "\\")) {
        *ret_class = false;
        *ret = take_point(s);
        return OK;
    }
    if (take_class_escape(s, set)) return OK;
    *ret_class = false;
    if (take(s, "b")) {
        *ret = '\b';
        return OK;
    }
    return take_escaped(s, ret) ? OK : unknown(s, here, "this escape", e);
}

/* The end of a range that begins with lo; a single character is one from itself to itself. */
static err_t take_range_end(struct scan *s, struct set *set, uint32_t lo, uint32_t *ret,
                            struct err *e)
{
    struct scan back = *s;
    bool class = true;

    *ret = lo;
    if (s->quoted || at(s, "-]") || !take(s, "-")) return OK;
    skip_quotes(s);
    if (!s->quoted && at(s, "]")) {
        *s = back; /* the hyphen is the last member */
        return OK;
    }
    TRY(take_member(s, set, &class, ret, e));
    if (!class) return OK;
    *ret = lo;
    set_add(set, '-', '-');
    return OK;
}

/* Behind the first bracket. */
static err_t parse_class(struct scan *s, struct err *e)
{
    struct set set = {.arena = s->prog->arena};
    bool negate = take(s, "^"), first = true, class;
    uint32_t lo = 0, hi;

    for (;; first = false) {
        skip_quotes(s);
        if (s->left.n == 0 || (!s->quoted && !first && take(s, "]"))) break;
        TRY(take_member(s, &set, &class, &lo, e));
        if (class) continue;
        skip_quotes(s);
        TRY(take_range_end(s, &set, lo, &hi, e));
        add_points(s, &set, lo, hi);
    }
    if (negate) set_negate(&set);
    prog_set(s->prog, &set);
    return OK;
}

static void add_point(struct scan *s, uint32_t c)
{
    struct set set = {.arena = s->prog->arena};
    char utf8[4];

    if (s->fold) {
        add_points(s, &set, c, c);
        prog_set(s->prog, &set);
        return;
    }
    for (size_t i = 0, n = utf8_put(c, utf8); i < n; i++)
        prog_bytes(s->prog, (unsigned char)utf8[i], (unsigned char)utf8[i]);
}

static void add_assertion(struct scan *s, enum assertion what)
{
    prog_add(s->prog, I_ASSERT)->what = (uint8_t)what;
}

static err_t parse_escape(struct scan *s, struct str here, struct err *e)
{
    static const struct {
        const char *text;
        enum assertion what;
    } assertions[] = {{"A", A_BEGIN}, {"z", A_END}, {"b", A_WORD}, {"B", A_NOT_WORD}};
    struct set set = {.arena = s->prog->arena};
    uint32_t c;

    for (size_t i = 0; i < COUNT_OF(assertions); i++) {
        if (!take(s, assertions[i].text)) continue;
        add_assertion(s, assertions[i].what);
        return OK;
    }
    if (take_class_escape(s, &set)) {
        prog_set(s->prog, &set);
        return OK;
    }
    if (!take_escaped(s, &c)) return unknown(s, here, "this escape", e);
    add_point(s, c);
    return OK;
}

/* --- groups, repetition, alternatives --- */

/* Flags up to `)` or `:`, behind `(?`. Greed (U) does not matter to whether there is a match. */
static err_t take_flags(struct scan *s, struct err *e)
{
    bool on = true;

    for (; s->left.n && !at(s, ")") && !at(s, ":"); skip(s, 1)) {
        char c = s->left.p[0];

        if (!c || !strchr("-imsU", c)) return unknown(s, s->left, "this group", e);
        if (c == '-') on = false;
        if (c == 'i') s->fold = on;
        if (c == 'm') s->lines = on;
        if (c == 's') s->dot_all = on;
    }
    return OK;
}

/* Behind the parenthesis. */
static err_t parse_group(struct scan *s, struct err *e)
{
    struct scan outer;

    if (at(s, "*")) return unknown(s, s->left, "a verb", e);
    if (at(s, "?=") || at(s, "?!") || at(s, "?<=") || at(s, "?<!"))
        return unknown(s, s->left, "looking ahead or behind", e);
    outer = *s;
    if (take(s, "?P<") || take(s, "?<")) {
        while (s->left.n && !take(s, ">")) skip(s, 1);
    } else if (take(s, "?")) {
        TRY(take_flags(s, e));
        if (take(s, ")")) return OK; /* they hold until the end of the group around */
        skip(s, 1);
    }
    TRY(parse_alternatives(s, e));
    s->fold = outer.fold;
    s->lines = outer.lines;
    s->dot_all = outer.dot_all;
    skip(s, 1);
    return OK;
}

static void add_any(struct scan *s)
{
    struct set set = {.arena = s->prog->arena};

    if (!s->dot_all) set_add(&set, '\n', '\n');
    set_negate(&set);
    prog_set(s->prog, &set);
}

static err_t parse_atom(struct scan *s, struct err *e)
{
    struct str here = s->left;

    switch (s->quoted ? 0 : here.p[0]) {
    case '(':
        skip(s, 1);
        return parse_group(s, e);
    case '[':
        skip(s, 1);
        return parse_class(s, e);
    case '\\':
        skip(s, 1);
        return parse_escape(s, here, e);
    case '^':
        skip(s, 1);
        add_assertion(s, s->lines ? A_LINE_BEGIN : A_BEGIN);
        return OK;
    case '$':
        skip(s, 1);
        add_assertion(s, s->lines ? A_LINE_END : A_END);
        return OK;
    case '.':
        skip(s, 1);
        add_any(s);
        return OK;
    default:
        add_point(s, take_point(s));
        return OK;
    }
}

/* {n}, {n,} or {n,m}; anything else in braces is text. */
static bool take_braces(struct scan *s, int *ret_min, int *ret_max)
{
    struct scan back = *s;

    if (take(s, "{") && s->left.n && digit_of(s->left.p[0]) < 10) {
        *ret_max = *ret_min = (int)take_number(s, 10, 6);
        if (take(s, ",")) {
            bool bounded = s->left.n && digit_of(s->left.p[0]) < 10;

            *ret_max = bounded ? (int)take_number(s, 10, 6) : UNBOUNDED;
        }
        if (take(s, "}")) return true;
    }
    *s = back;
    return false;
}

static bool take_quantifier(struct scan *s, int *ret_min, int *ret_max)
{
    *ret_min = at(s, "+");
    *ret_max = at(s, "?") ? 1 : UNBOUNDED;
    return take(s, "*") || take(s, "+") || take(s, "?") || take_braces(s, ret_min, ret_max);
}

/* The program from `from` on, min to max times. */
static void repeat(struct prog *p, size_t from, int min, int max)
{
    size_t size = p->n - from, last;
    int32_t optional = -1; /* the last split to the end; each holds the place of the one before */
    int copies = max == UNBOUNDED ? (min ? min : 1) : max;

    if (max == 0) {
        p->n = from;
        return;
    }
    if (min == 0) {
        prog_insert(p, from);
        p->list[from].b = -1;
        optional = (int32_t)from++;
    }
    last = from;
    for (int i = 1; i < copies && !p->too_large; i++) {
        if (i >= min) {
            prog_add(p, I_SPLIT)->b = optional;
            optional = (int32_t)p->n - 1;
        }
        last = p->n;
        prog_copy(p, from, size);
    }
    if (max == UNBOUNDED) {
        struct inst *split = prog_add(p, I_SPLIT);

        split->a = (int32_t)last - (int32_t)(p->n - 1);
        split->b = 1;
    }
    while (optional >= 0 && !p->too_large) {
        struct inst *split = &p->list[optional];
        int32_t before = split->b;

        split->b = (int32_t)p->n - optional;
        optional = before;
    }
}

static err_t parse_repeated(struct scan *s, struct err *e)
{
    size_t from = s->prog->n;
    int min, max;

    TRY(parse_atom(s, e));
    skip_quotes(s);
    while (!s->quoted && take_quantifier(s, &min, &max)) {
        if (at(s, "+")) return unknown(s, s->left, "a possessive quantifier", e);
        if (!s->prog->too_large) repeat(s->prog, from, min, max);
        (void)take(s, "?"); /* lazy: the same for whether there is a match */
        skip_quotes(s);
    }
    return OK;
}

static err_t parse_alternatives(struct scan *s, struct err *e)
{
    struct alts alts;

    alts_begin(&alts, s->prog);
    for (;;) {
        skip_quotes(s);
        if (s->left.n == 0 || (!s->quoted && at(s, ")"))) break;
        if (!s->quoted && take(s, "|"))
            alts_next(&alts);
        else
            TRY(parse_repeated(s, e));
    }
    alts_end(&alts);
    return OK;
}

err_t regex_parse(struct prog *p, struct str pattern, struct err *e)
{
    struct scan s = {.prog = p, .pattern = pattern, .left = pattern};

    TRY(parse_alternatives(&s, e));
    (void)prog_add(p, I_MATCH);
    if (p->cost > COST_MAX)
        return fail(e, E_LIMIT, "this pattern has too many classes of Unicode; use fewer");
    if (p->too_large)
        return fail(e, E_LIMIT, "this pattern is too large; make its repetitions smaller");
    return OK;
}
