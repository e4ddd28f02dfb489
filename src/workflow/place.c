#include "workflow/place.h"

#include "base/utf8.h"

void lines_init(struct lines *l, struct arena *a, struct str text)
{
    size_t n = 1, k = 1;
    uint32_t *at;

    for (size_t i = 0; i < text.n; i++) n += text.p[i] == '\n';
    at = arena_raw(a, n * sizeof *at);
    at[0] = 0;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\n') at[k++] = (uint32_t)i + 1;
    *l = (struct lines){text, at, n};
}

static char here(const struct place *p)
{
    if (p->from >= p->lines->text.n) return '\0';
    return p->lines->text.p[p->from];
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Over one byte of the file's text, keeping count of line and column. */
static void step(struct place *p)
{
    char c = here(p);

    if (p->from >= p->lines->text.n) return;
    p->from++;
    if (c == '\n') {
        p->line++;
        p->col = 1;
    } else if (((unsigned char)here(p) & 0xC0) != 0x80) {
        p->col++;
    }
}

/* White space that crosses the end of a line is the same break in the text, however written. */
static bool step_over_break(struct place *p)
{
    size_t i = p->from;
    struct str text = p->lines->text;

    while (i < text.n && blank(text.p[i]) && text.p[i] != '\n') i++;
    if (i >= text.n || text.p[i] != '\n') return false;
    while (blank(here(p))) step(p);
    while (p->done < p->scalar->text.n && blank(p->scalar->text.p[p->done])) p->done++;
    return true;
}

/* The bytes an escape of a double-quoted scalar takes in the file, after its backslash. */
static size_t escape_length(char c)
{
    return c == 'x' ? 3 : c == 'u' ? 5 : c == 'U' ? 9 : 1;
}

static void step_escape(struct place *p)
{
    size_t n;

    step(p);
    if (here(p) == '\n' || here(p) == '\r') { /* an escaped end of line is nothing */
        while (blank(here(p))) step(p);
        return;
    }
    for (n = escape_length(here(p)); n; n--) step(p);
    p->done++;
    while (p->done < p->scalar->text.n &&
           ((unsigned char)p->scalar->text.p[p->done] & 0xC0) == 0x80)
        p->done++;
}

/* An anchor or a tag in front of the scalar. */
static void step_over_properties(struct place *p)
{
    while (here(p) == '&' || here(p) == '!') {
        while (here(p) && !blank(here(p))) step(p);
        while (blank(here(p))) step(p);
    }
}

void place_start(struct place *p, const struct lines *l, const struct yaml *scalar)
{
    struct str text;
    char c;

    *p = (struct place){.lines = l, .scalar = scalar, .line = scalar->line, .col = scalar->col};
    if (!l || scalar->line < 1 || (size_t)scalar->line > l->n) {
        p->lines = NULL;
        return;
    }
    p->from = l->at[scalar->line - 1];
    text = str_skip(l->text, p->from);
    for (int i = 1; i < scalar->col && text.n; i++) (void)utf8_next(&text);
    p->from = l->text.n - text.n;
    step_over_properties(p);
    c = here(p);
    if (scalar->plain || !c || !strchr("'\"|>", c)) return;
    p->style = c;
    step(p);
    if (c == '\'' || c == '"') return;
    while (here(p) && here(p) != '\n') step(p);
    while (blank(here(p))) step(p);
    while (p->done < scalar->text.n && blank(scalar->text.p[p->done])) p->done++;
}

/* Without the file's text: exact for a scalar on one line, the line of a block otherwise. */
static void estimate(struct place *p, size_t offset)
{
    struct str text = p->scalar->text;
    bool block = !p->scalar->plain && memchr(text.p, '\n', text.n);

    if (!p->begun) {
        if (block) p->line++;
        if (!block && !p->scalar->plain) p->col++;
        p->begun = true;
    }
    for (; p->done < offset && p->done < text.n; p->done++) {
        if (text.p[p->done] == '\n') {
            p->line++;
            p->col = p->scalar->col;
        } else if (((unsigned char)text.p[p->done] & 0xC0) != 0x80) {
            p->col++;
        }
    }
}

void place_move(struct place *p, size_t offset)
{
    if (!p->lines) {
        if (p->scalar->line) estimate(p, offset);
        return;
    }
    while (p->done < offset && here(p)) {
        if (step_over_break(p)) continue;
        if (p->style == '"' && here(p) == '\\') {
            step_escape(p);
            continue;
        }
        if (p->style == '\'' && here(p) == '\'') step(p);
        step(p);
        p->done++;
    }
}
