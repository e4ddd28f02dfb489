/* Patterns: what they match, against PCRE2 where that is quick; what they cost; what they refuse.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "cel/regex.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cel/regex_inside.h"
#include "test.h"

enum { PATTERNS = 1500, SUBJECTS = 20, DEPTH = 3, LARGE = 64 << 10 };

/* 'y', 'n', or 'l' when a limit ended it; 'e': a bad pattern, then *e says why. */
static char found(const char *pattern, struct str subject, struct err *e)
{
    AUTO(arena) struct arena *a = arena_new();
    const struct regex *r;
    struct value v;
    struct eval x;

    if (regex_compile(a, str_of(pattern), &r, e) != OK) return 'e';
    eval_init(&x, STR(""), NULL, a);
    v = regex_match(&x, r, subject);
    eval_done(&x);
    if (x.limit) return 'l';
    return v.b ? 'y' : 'n';
}

#define FOUND(pattern, subject, answer)                                                            \
    do {                                                                                           \
        struct err e_ = {.text = ""};                                                              \
        if (found(pattern, STR(subject), &e_) != (answer)) {                                       \
            print_error("/%s/ on \"%s\": not %c; %s\n", pattern, subject, answer, e_.text);        \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

TEST(a_pattern_is_searched_anywhere_and_dollar_is_the_end)
{
    FOUND("pen", "opened", 'y');
    FOUND("^pen", "opened", 'n');
    FOUND("a$", "a\n", 'n');
    FOUND("(?m)a$", "a\nb", 'y');
    FOUND("(?m)^b", "a\nb", 'y');
    FOUND("", "", 'y');
    FOUND("x*", "", 'y');
    FOUND("^$", "a", 'n');
    FOUND("a.b", "a\nb", 'n');
    FOUND("(?s)a.b", "a\nb", 'y');
    FOUND("^a{2,3}$", "aaaa", 'n');
    FOUND("^(a|bc)+$", "abca", 'y');
    FOUND("\\bfoo\\b", "a foo.", 'y');
    FOUND("\\bfoo\\b", "a food", 'n');
    FOUND("\\Qa.b\\E+$", "a.bb", 'y');
    FOUND("a{,2}", "a{,2}", 'y');
    FOUND("(?P<x>a)(?<y>b)", "ab", 'y');
}

TEST(characters_are_code_points)
{
    FOUND("^.$", "é", 'y');
    FOUND("^[é-€]$", "ö", 'y');
    FOUND("^[^a]$", "😀", 'y');
    FOUND("^\\W$", "é", 'y');
    FOUND("^\\pL+$", "Größe", 'y');
    FOUND("^\\pL+$", "Gr ße", 'n');
    FOUND("^\\P{Greek}$", "β", 'n');
    FOUND("(?i)^GRÖSSE$", "größe", 'n');
    FOUND("(?i)^GRÖßE$", "größe", 'y');
    FOUND("(?i)^K$", "\xe2\x84\xaa", 'y');
    FOUND("é\\B.", "éa", 'n');
}

TEST(what_re2_lacks_is_an_error_with_its_place)
{
    static const char *const bad[] = {
        "a(?=b)",  "a(?!b)", "a(?<=b)",  "a(?<!b)",        "(a)\\1", "a(?>b)",
        "(?x) a",  "a*+",    "a\\Kb",    "(*UTF)",         "\\R",    "(?#no)a",
        "(?|a|b)", "\\X",    "[[:<:]]a", "(?P<n>a)(?P=n)", "(?R)?",  "a|(?1)(b)"};
    struct err e;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        EQ(found(bad[i], STR("ab"), &e), 'e');
        HAS(e.text, "bad pattern: ");
    }
    EQ(found("a(?=b)", STR("ab"), &e), 'e');
    STREQ(e.text, "bad pattern: looking ahead or behind is not in RE2's syntax, at its byte 3");
    EQ(found("(a)\\1", STR("ab"), &e), 'e');
    STREQ(e.text, "bad pattern: this escape is not in RE2's syntax, at its byte 4");
    EQ(found("(a{1,999}){1,9}", STR("ab"), &e), 'e');
    EQ(e.code, E_LIMIT);
    EQ(found("\\pL\\pL\\pL\\pL\\pL\\pL\\pL\\pL\\pL\\pL", STR("ab"), &e), 'e');
    EQ(e.code, E_LIMIT);
}

TEST(no_pattern_takes_long_on_a_long_text)
{
    static const struct {
        const char *pattern;
        char answer; /* on aaa…a! */
    } hostile[] = {{"^(a+)+$", 'n'},     {"(a|aa)+$", 'n'},       {"(.*)*x", 'n'},
                   {"a+b|a+c|a+d", 'n'}, {"(a?){40}a{40}b", 'n'}, {"([a-z]+)*\\d", 'n'},
                   {"(a+)+!", 'y'},      {"\\b(a|aa)+\\B!", 'n'}, {"(a|b)*a(a|b){14}c", 'l'},
                   {"a[^b]{15}c|!", 'l'}};
    int64_t begun = clock_mono();
    char *text = mem_new(LARGE);
    struct err e;

    memset(text, 'a', LARGE);
    text[LARGE - 1] = '!';
    for (size_t i = 0; i < COUNT_OF(hostile); i++)
        EQ(found(hostile[i].pattern, str_n(text, LARGE), &e), hostile[i].answer);
    free(text);
    TRUE(clock_mono() - begun < 5 * SECOND_US);
}

/* --- beside PCRE2 --- */

static uint64_t seed = 20;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 20) % n;
}

#define ONE_OF(list) str_of((list)[pick(COUNT_OF(list))])

static void write_pattern(struct buf *b, int depth);

static void write_atom(struct buf *b, int depth)
{
    static const char *const letters[] = {"a", "b",   "c", "A", "k", "S",       "é", "ß",  "Ö",
                                          "-", "\\n", "0", "_", "€", "\\x{e9}", "😀", "\\."},
                             *const classes[] = {"\\d",
                                                 "\\D",
                                                 "\\w",
                                                 "\\W",
                                                 "\\s",
                                                 "\\S",
                                                 "[ab]",
                                                 "[^ab]",
                                                 "[a-cé]",
                                                 "[^é]",
                                                 "[é-€]",
                                                 "[[:alpha:]_]",
                                                 "[[:^digit:]]",
                                                 "[\\d-]",
                                                 "[]a]",
                                                 "[^]a]",
                                                 "[a-]",
                                                 "[\\w.-]",
                                                 "[k-s]",
                                                 "[^\\n]",
                                                 "[\\W\\d]",
                                                 "[^\\x{80}-\\x{10ffff}]",
                                                 ".",
                                                 "\\Qa.b\\E"},
                             *const assertions[] = {"^", "$", "\\b", "\\B", "\\A", "\\z"},
                             *const groups[] = {"(", "(?:", "(?i:", "(?s:", "(?m:"},
                             *const quantifiers[] = {"*",     "+",     "?",    "*?",  "+?",  "{2}",
                                                     "{0,2}", "{1,3}", "{2,}", "{0}", "{,2}"};
    unsigned kind = pick(depth > 0 ? 14 : 9);

    if (kind == 8) {
        buf_add(b, ONE_OF(assertions));
        return;
    }
    if (kind < 5) {
        buf_add(b, ONE_OF(letters));
    } else if (kind < 8) {
        buf_add(b, ONE_OF(classes));
    } else {
        buf_add(b, ONE_OF(groups));
        write_pattern(b, depth - 1);
        buf_addc(b, ')');
    }
    if (pick(3) == 0) buf_add(b, ONE_OF(quantifiers));
}

static void write_pattern(struct buf *b, int depth)
{
    for (unsigned n = pick(4) + 1; n > 0; n--) {
        if (pick(7) == 0) buf_addc(b, '|');
        write_atom(b, depth);
    }
}

static void write_subject(struct buf *b)
{
    static const char *const parts[] = {"a",
                                        "b",
                                        "c",
                                        "A",
                                        "K",
                                        "s",
                                        "é",
                                        "ß",
                                        "Ö",
                                        "-",
                                        "_",
                                        "\n",
                                        "0",
                                        "€",
                                        "😀",
                                        ".",
                                        "\xe2\x84\xaa",
                                        "\xc5\xbf"};

    for (unsigned n = pick(9); n > 0; n--)
        buf_add(b, pick(2) ? ONE_OF(parts) : str_of(parts[n % 3]));
}

/* Copies so that reading past the end is seen by the sanitizers. */
static void compare_one(struct arena *a, const struct regex *r, const struct prog *p,
                        const pcre2_code *code, pcre2_match_data *data, const char *pattern)
{
    struct buf b = BUF(256);
    struct str s;
    struct eval x;
    size_t work;
    int wanted;

    write_subject(&b);
    s = str_n(mem_dup(buf_str(&b).p, b.n), b.n);
    wanted = pcre2_match(code, (PCRE2_SPTR)s.p, s.n, 0, 0, data, NULL);
    eval_init(&x, STR(""), NULL, a);
    if (wanted >= PCRE2_ERROR_NOMATCH && (regex_match(&x, r, s).b != (wanted >= 0) ||
                                          prog_run(a, p, s, LARGE * 64, &work) != (wanted >= 0))) {
        print_error("/%s/ on \"" STR_FMT "\": PCRE2 says %d\n", pattern, STR_ARG(s), wanted);
        _fail(__FILE__, __LINE__);
    }
    eval_done(&x);
    free((void *)(uintptr_t)s.p);
    buf_auto(&b);
}

/* False: not a pattern, or too large. */
static bool compare_pattern(struct str pattern, pcre2_match_data *data)
{
    AUTO(arena) struct arena *a = arena_new();
    struct prog p = {.arena = a};
    const struct regex *r;
    pcre2_code *code;
    PCRE2_SIZE at;
    struct err e;
    bool good;
    int bad;

    code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
                         PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX, &bad, &at, NULL);
    if (!code) return false;
    good = regex_compile(a, pattern, &r, &e) == OK;
    if (good) {
        PASS(regex_parse(&p, pattern, &e));
        for (int k = 0; k < SUBJECTS; k++) compare_one(a, r, &p, code, data, pattern.p);
    } else if (e.code != E_LIMIT) {
        print_error("/%s/: %s\n", pattern.p, e.text);
        _fail(__FILE__, __LINE__);
    }
    pcre2_code_free(code);
    return good;
}

TEST(tables_and_programs_find_what_pcre2_finds)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    size_t compared = 0;

    for (int i = 0; i < PATTERNS; i++) {
        AUTO(buf) struct buf b = BUF(REGEX_PATTERN_MAX);

        write_pattern(&b, DEPTH);
        if (!b.full) compared += compare_pattern(buf_str(&b), data);
    }
    pcre2_match_data_free(data);
    TRUE(compared > PATTERNS / 2);
}

TEST(equal_patterns_are_shared_and_still_match)
{
    AUTO(arena) struct arena *a = arena_new(), *to = arena_new();
    AUTO(share) struct share s;
    const struct regex *one, *two;
    struct eval x;
    struct err e;

    share_init(&s, to);
    PASS(regex_compile(a, STR("^refs/(heads|tags)/"), &one, &e));
    PASS(regex_compile(a, STR("^refs/(heads|tags)/"), &two, &e));
    TRUE(one != two);
    one = regex_share(&s, one);
    TRUE(one == regex_share(&s, two));
    eval_init(&x, STR(""), NULL, a);
    TRUE(regex_match(&x, one, STR("refs/tags/v1")).b);
    FALSE(regex_match(&x, one, STR("refs/v1")).b);
    PASS(regex_compile(a, STR("(a|b)*a(a|b){14}c"), &two, &e));
    two = regex_share(&s, two);
    TRUE(regex_match(&x, two, STR("abaaaaaaaaaaaaaaaaaaaac")).b);
    eval_done(&x);
}

RUN(T(a_pattern_is_searched_anywhere_and_dollar_is_the_end), T(characters_are_code_points),
    T(what_re2_lacks_is_an_error_with_its_place), T(no_pattern_takes_long_on_a_long_text),
    T(tables_and_programs_find_what_pcre2_finds), T(equal_patterns_are_shared_and_still_match))
