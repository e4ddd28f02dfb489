#include "cel/lex.h"

#include <ctype.h>
#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

void src_place(struct str src, uint32_t at, int *ret_line, int *ret_col)
{
    int line = 1, col = 1;

    for (uint32_t i = 0; i < at && i < src.n; i++) {
        col++;
        if (src.p[i] == '\n') {
            line++;
            col = 1;
        }
    }
    *ret_line = line;
    *ret_col = col;
}

err_t fail_src(struct err *e, err_t code, struct str src, uint32_t at, const char *fmt, ...)
{
    char text[sizeof e->text];
    int line, col;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    src_place(src, at, &line, &col);
    return fail_at(e, code, line, col, "%s", text);
}

bool lex_reserved(struct str word)
{
    static const char *const words[] = {
        "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
        "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_is(word, words[i])) return true;
    }
    return false;
}

static int peek(const struct lex *l, size_t at)
{
    return at < l->src.n ? (unsigned char)l->src.p[at] : -1;
}

static size_t skip_space(const struct lex *l, size_t i)
{
    for (;;) {
        int c = peek(l, i);

        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            i++;
        } else if (c == '/' && peek(l, i + 1) == '/') {
            while (peek(l, i) != -1 && peek(l, i) != '\n') i++;
        } else {
            return i;
        }
    }
}

static bool starts_word(int c)
{
    return isalpha(c) || c == '_';
}

static bool in_word(int c)
{
    return isalnum(c) || c == '_';
}

static err_t take_hex(struct lex *l, size_t i, struct err *e)
{
    struct token *t = &l->tok;
    size_t digits = i + 2;

    for (i = digits; isxdigit(peek(l, i)); i++) {
        if (t->u >> 60)
            return fail_src(e, E_INPUT, l->src, t->at, "this number does not fit in 64 bits");
        t->u = t->u << 4 |
               (uint64_t)(peek(l, i) <= '9' ? peek(l, i) - '0' : (peek(l, i) | 32) - 'a' + 10);
    }
    if (i == digits) return fail_src(e, E_INPUT, l->src, t->at, "0x needs digits after it");
    t->kind = T_INT;
    t->end = (uint32_t)i;
    return OK;
}

static err_t take_decimal(struct lex *l, size_t i, struct err *e)
{
    struct token *t = &l->tok;

    t->kind = T_INT;
    for (; isdigit(peek(l, i)); i++) {
        uint64_t digit = (uint64_t)(peek(l, i) - '0');

        if (__builtin_mul_overflow(t->u, 10, &t->u) || __builtin_add_overflow(t->u, digit, &t->u))
            return fail_src(e, E_INPUT, l->src, t->at, "this number does not fit in 64 bits");
    }
    t->end = (uint32_t)i;
    return OK;
}

/* The end of a number with a fraction or an exponent; 0 when it has neither. */
static size_t float_end(const struct lex *l, size_t i)
{
    bool is_float = false;

    while (isdigit(peek(l, i))) i++;
    if (peek(l, i) == '.' && isdigit(peek(l, i + 1))) {
        is_float = true;
        for (i++; isdigit(peek(l, i));) i++;
    }
    if (peek(l, i) == 'e' || peek(l, i) == 'E') {
        size_t d = i + 1;

        if (peek(l, d) == '+' || peek(l, d) == '-') d++;
        if (isdigit(peek(l, d))) {
            is_float = true;
            for (i = d; isdigit(peek(l, i));) i++;
        }
    }
    return is_float ? i : 0;
}

static err_t take_number(struct lex *l, size_t i, struct err *e)
{
    struct token *t = &l->tok;
    size_t end = float_end(l, i);

    if (peek(l, i) == '0' && (peek(l, i + 1) | 32) == 'x') {
        TRY(take_hex(l, i, e));
    } else if (end) {
        t->kind = T_DOUBLE;
        t->end = (uint32_t)end;
        t->d = strtod(arena_dup(l->arena, l->src.p + i, end - i), NULL);
        if (t->d > DBL_MAX)
            return fail_src(e, E_INPUT, l->src, t->at, "this number does not fit in a double");
    } else {
        TRY(take_decimal(l, i, e));
    }
    if (t->kind == T_INT && (peek(l, t->end) | 32) == 'u') {
        t->kind = T_UINT;
        t->end++;
    }
    if (in_word(peek(l, t->end)))
        return fail_src(e, E_INPUT, l->src, t->end, "a letter directly after a number");
    if (t->kind == T_INT && t->u > (uint64_t)INT64_MAX + 1)
        return fail_src(e, E_INPUT, l->src, t->at,
                        "this number does not fit in an int; write %.*su for a uint",
                        (int)(t->end - t->at), l->src.p + t->at);
    return OK;
}

/* i is at the first quote. */
static err_t take_string(struct lex *l, size_t i, bool raw, bool bytes, struct err *e)
{
    struct token *t = &l->tok;
    int quote = peek(l, i);
    bool triple = peek(l, i + 1) == quote && peek(l, i + 2) == quote;
    size_t body = i + (triple ? 3 : 1);

    for (i = body;; i++) {
        int c = peek(l, i);

        if (c == -1 || (!triple && (c == '\n' || c == '\r')))
            return fail_src(e, E_INPUT, l->src, t->at, "this string is not closed");
        if (c == '\\' && !raw) {
            i++;
            if (peek(l, i) == -1 || (!triple && (peek(l, i) == '\n' || peek(l, i) == '\r')))
                return fail_src(e, E_INPUT, l->src, t->at, "this string is not closed");
        } else if (c == quote &&
                   (!triple || (peek(l, i + 1) == quote && peek(l, i + 2) == quote))) {
            break;
        }
    }
    t->kind = bytes ? T_BYTES : T_STRING;
    t->end = (uint32_t)(i + (triple ? 3 : 1));
    t->text = str_n(l->src.p + body, i - body);
    if (raw || !memchr(t->text.p, '\\', t->text.n)) return OK;
    return lex_unescape(l, t->text, (uint32_t)body, bytes, &t->text, e);
}

static bool is_quote(int c)
{
    return c == '"' || c == '\'';
}

/* String prefixes: r, b, br in either case. False: it is a word. */
static bool string_prefix(const struct lex *l, size_t i, size_t *ret_quote, bool *raw, bool *bytes)
{
    *bytes = (peek(l, i) | 32) == 'b';
    if (*bytes) i++;
    *raw = (peek(l, i) | 32) == 'r';
    if (*raw) i++;
    *ret_quote = i;
    return is_quote(peek(l, i));
}

static void take_word(struct lex *l, size_t i)
{
    struct token *t = &l->tok;
    size_t end = i;

    while (in_word(peek(l, end))) end++;
    t->end = (uint32_t)end;
    t->text = str_n(l->src.p + i, end - i);
    t->kind = str_eq(t->text, STR("true"))    ? T_TRUE
              : str_eq(t->text, STR("false")) ? T_FALSE
              : str_eq(t->text, STR("null"))  ? T_NULL
              : str_eq(t->text, STR("in"))    ? T_IN
                                              : T_IDENT;
}

/* A field name in backticks. */
static err_t take_quoted(struct lex *l, size_t i, struct err *e)
{
    struct token *t = &l->tok;
    size_t end = i + 1;

    while (isalnum(peek(l, end)) || (peek(l, end) > 0 && strchr("_.-/ ", peek(l, end)))) end++;
    if (peek(l, end) != '`' || end == i + 1)
        return fail_src(e, E_INPUT, l->src, t->at,
                        "a name in backticks holds letters, digits, _ . - / and spaces only");
    t->kind = T_QUOTED;
    t->text = str_n(l->src.p + i + 1, end - i - 1);
    t->end = (uint32_t)end + 1;
    return OK;
}

static err_t take_sign(struct lex *l, size_t i, struct err *e)
{
    static const struct {
        char text[3];
        uint8_t kind;
    } signs[] = {{"==", T_EQ},      {"!=", T_NE},    {"<=", T_LE},    {">=", T_GE},
                 {"&&", T_AND},     {"||", T_OR},    {"<", T_LT},     {">", T_GT},
                 {"!", T_NOT},      {".", T_DOT},    {",", T_COMMA},  {":", T_COLON},
                 {"?", T_QUESTION}, {"(", T_LPAREN}, {")", T_RPAREN}, {"[", T_LBRACKET},
                 {"]", T_RBRACKET}, {"{", T_LBRACE}, {"}", T_RBRACE}, {"-", T_MINUS},
                 {"+", T_PLUS},     {"*", T_STAR},   {"/", T_SLASH},  {"%", T_PERCENT}};
    struct str rest = str_n(l->src.p + i, l->src.n - i), left = rest;

    for (size_t k = 0; k < COUNT_OF(signs); k++) {
        if (!str_starts(rest, str_of(signs[k].text))) continue;
        l->tok.kind = signs[k].kind;
        l->tok.end = (uint32_t)(i + strlen(signs[k].text));
        return OK;
    }
    if (rest.p[0] == '=') return fail_src(e, E_INPUT, l->src, l->tok.at, "write == to compare");
    if (rest.p[0] == '&' || rest.p[0] == '|')
        return fail_src(e, E_INPUT, l->src, l->tok.at, "write %c%c", rest.p[0], rest.p[0]);
    if (isprint((unsigned char)rest.p[0]))
        return fail_src(e, E_INPUT, l->src, l->tok.at, "`%c` has no meaning here", rest.p[0]);
    return fail_src(e, E_INPUT, l->src, l->tok.at, "the character U+%04X has no meaning here",
                    (unsigned)utf8_next(&left));
}

err_t lex_next(struct lex *l, struct err *e)
{
    size_t i = skip_space(l, l->tok.end), quote;
    int c = peek(l, i);
    bool raw, bytes;

    l->last = l->tok.end;
    l->tok = (struct token){.kind = T_END, .at = (uint32_t)i, .end = (uint32_t)i};
    if (c == -1) return OK;
    if (string_prefix(l, i, &quote, &raw, &bytes)) return take_string(l, quote, raw, bytes, e);
    if (starts_word(c)) {
        take_word(l, i);
        return OK;
    }
    if (isdigit(c) || (c == '.' && isdigit(peek(l, i + 1)))) return take_number(l, i, e);
    if (c == '`') return take_quoted(l, i, e);
    return take_sign(l, i, e);
}
