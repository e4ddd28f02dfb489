/* lex.h - CEL source to tokens (langdef.md, "Syntax").
 *
 * One token at a time, with a one-token window that the parser looks at.
 * Literals are decoded here: escapes, raw and triple-quoted forms, hex.
 */
#ifndef CEL_LEX_H
#define CEL_LEX_H

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum token_kind {
    T_END,
    T_INT, /* u: the magnitude, at most 2^63; the sign is the parser's */
    T_UINT,
    T_DOUBLE,
    T_STRING, /* text: decoded */
    T_BYTES,
    T_IDENT,  /* text: as written; reserved words too */
    T_QUOTED, /* text: what is between the backticks */
    T_TRUE,
    T_FALSE,
    T_NULL,
    T_IN,
    T_DOT,
    T_COMMA,
    T_COLON,
    T_QUESTION,
    T_LPAREN,
    T_RPAREN,
    T_LBRACKET,
    T_RBRACKET,
    T_LBRACE,
    T_RBRACE,
    T_NOT,
    T_MINUS,
    T_PLUS,
    T_STAR,
    T_SLASH,
    T_PERCENT,
    T_EQ,
    T_NE,
    T_LT,
    T_LE,
    T_GT,
    T_GE,
    T_AND,
    T_OR
};

struct token {
    enum token_kind kind;
    uint32_t at, end; /* offsets in the source */
    struct str text;
    union {
        uint64_t u;
        double d;
    };
};

struct lex {
    struct arena *arena; /* of decoded texts */
    struct str src;
    struct token tok; /* the token looked at */
    uint32_t last;    /* end of the one before */
};

/* Takes the next token into l->tok. Errors: E_INPUT with a place. */
err_t lex_next(struct lex *l, struct err *e) MUST_CHECK;

bool lex_reserved(struct str word); /* may not be an identifier, but a field or a method */

/* Decodes the body of a quoted literal that starts at offset `at`. */
err_t lex_unescape(struct lex *l, struct str body, uint32_t at, bool bytes, struct str *ret,
                   struct err *e) MUST_CHECK;

/* fail_at() with the line and column of an offset. */
err_t fail_src(struct err *e, err_t code, struct str src, uint32_t at, const char *fmt, ...)
    PRINTF(5, 6);
void src_place(struct str src, uint32_t at, int *ret_line, int *ret_col); /* columns count bytes */

#endif
