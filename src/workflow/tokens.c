#include "workflow/tokens.h"

#include "base/utf8.h"

/* Where the reader is. Unquoted text never gets longer, so one block of the line's size holds all
   words that differ from what was written. */
struct reader {
    struct arena *arena;
    struct str line;
    size_t at;
    char *out;
    size_t used;
    struct err *e;
};

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool quote(char c)
{
    return c == '\'' || c == '"';
}

uint64_t word_key(struct str word)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < word.n; i++) {
        unsigned char c = (unsigned char)word.p[i];

        h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * UINT64_C(0x100000001b3);
    }
    return h ? h : 1;
}

/* A word without quotes and escapes is a view of the line. False when it needs more. */
static bool read_plain(struct reader *r, struct token *t)
{
    const char *p = r->line.p;
    size_t i = r->at;
    bool opens = true, equals = false;

    for (; i < r->line.n && !blank(p[i]); i++) {
        if (p[i] == '\\' || (opens && quote(p[i]))) return false;
        opens = p[i] == '=' && !equals;
        equals = equals || p[i] == '=';
    }
    *t = (struct token){.text = str_n(p + r->at, i - r->at),
                        .start = (uint32_t)r->at,
                        .end = (uint32_t)i,
                        .bare = (uint32_t)(i - r->at)};
    r->at = i;
    return true;
}

/* From behind the opening quote to behind the closing one. */
static err_t read_quoted(struct reader *r, char mark)
{
    size_t from = r->at;

    for (; r->at < r->line.n && r->line.p[r->at] != mark; r->at++) {
        const char *p = r->line.p + r->at;

        if (mark == '"' && *p == '\\' && r->at + 1 < r->line.n && (p[1] == '"' || p[1] == '\\'))
            r->out[r->used++] = r->line.p[++r->at];
        else
            r->out[r->used++] = *p;
    }
    if (r->at == r->line.n)
        return fail_at(r->e, E_INPUT, 1, (int)from,
                       "the quote %c at column %zu is not closed: close it, or write \\%c for the "
                       "character itself",
                       mark, from, mark);
    r->at++;
    return OK;
}

static bool escapable(const struct reader *r)
{
    const char *p = r->line.p + r->at;

    return *p == '\\' && r->at + 1 < r->line.n && (blank(p[1]) || quote(p[1]) || p[1] == '\\');
}

static err_t read_mixed(struct reader *r, struct token *t)
{
    size_t start = r->at, from = r->used, bare = SIZE_MAX;
    bool opens = true, equals = false;

    if (!r->out) r->out = arena_raw(r->arena, r->line.n);
    while (r->at < r->line.n && !blank(r->line.p[r->at])) {
        char c = r->line.p[r->at];
        bool quoted = opens && quote(c), escaped = escapable(r);

        if ((quoted || escaped) && bare == SIZE_MAX) bare = r->used - from;
        opens = c == '=' && !equals;
        equals = equals || c == '=';
        if (escaped) r->at++;
        c = r->line.p[r->at++];
        if (quoted)
            TRY(read_quoted(r, c));
        else
            r->out[r->used++] = c;
    }
    *t = (struct token){.text = str_n(r->out + from, r->used - from),
                        .start = (uint32_t)start,
                        .end = (uint32_t)r->at,
                        .bare = (uint32_t)(bare == SIZE_MAX ? r->used - from : bare)};
    return OK;
}

static err_t check(struct str line, struct err *e)
{
    struct str rest = line;

    if (line.n > LINE_MAX_BYTES)
        return fail(e, E_LIMIT, "a line may not be longer than %d bytes; this has %zu",
                    LINE_MAX_BYTES, line.n);
    while (rest.n) {
        size_t at = line.n - rest.n;
        int32_t point = utf8_next(&rest);

        if (point < 0)
            return fail_at(e, E_INPUT, 1, (int)at + 1,
                           "the line is not valid UTF-8 at byte %zu: send it as UTF-8 text",
                           at + 1);
        if (point == 0)
            return fail_at(e, E_INPUT, 1, (int)at + 1,
                           "the line holds a NUL byte at byte %zu: leave it out", at + 1);
    }
    return OK;
}

err_t tokens_read(struct arena *a, struct str line, struct tokens *ret, struct err *e)
{
    struct reader r = {.arena = a, .line = line, .e = e};
    struct tokens t = {.line = line};

    TRY(check(line, e));
    for (;;) {
        struct token *token;

        while (r.at < line.n && blank(line.p[r.at])) r.at++;
        if (r.at == line.n) break;
        if (t.n == TOKENS_MAX)
            return fail_at(e, E_LIMIT, 1, (int)r.at + 1,
                           "a line may not have more than %d words: put longer text in quotes",
                           TOKENS_MAX);
        token = arena_push(a, &t.list, &t.n, sizeof *token);
        if (!read_plain(&r, token)) TRY(read_mixed(&r, token));
    }
    t.key = t.n ? word_key(t.list[0].text) : 0;
    *ret = t;
    return OK;
}
