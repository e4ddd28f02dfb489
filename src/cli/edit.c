#include "cli/edit.h"

#include "base/utf8.h"

enum {
    CTRL_C = 3,
    CTRL_D = 4,
    CTRL_H = 8,
    TAB = 9,
    CTRL_U = 21,
    CTRL_W = 23,
    ESCAPE = 27,
    DEL = 127
};

void edit_init(struct edit *e)
{
    *e = (struct edit){.text = BUF(EDIT_MAX)};
}

void edit_auto(struct edit *e)
{
    buf_auto(&e->text);
}

static bool is_middle(char c) /* of a character of several bytes */
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static void cut_to(struct edit *e, size_t n)
{
    e->text.n = n;
    if (e->text.p) e->text.p[n] = '\0';
    e->text.full = false;
}

static void rub_out(struct edit *e)
{
    size_t n = e->text.n;

    while (n > 0 && is_middle(e->text.p[n - 1])) n--;
    cut_to(e, n > 0 ? n - 1 : 0);
}

static void rub_out_word(struct edit *e)
{
    size_t n = e->text.n;

    while (n > 0 && e->text.p[n - 1] == ' ') n--;
    while (n > 0 && e->text.p[n - 1] != ' ') n--;
    cut_to(e, n);
}

/* ESC [ … letter, ESC O letter, ESC letter: arrows and the like. */
static bool in_sequence(struct edit *e, unsigned char byte)
{
    if (e->state == EDIT_ESCAPE) {
        e->state = byte == '[' || byte == 'O' ? EDIT_SEQUENCE : EDIT_PLAIN;
        return true;
    }
    if (e->state == EDIT_SEQUENCE) {
        if (byte >= 0x40 && byte <= 0x7e) e->state = EDIT_PLAIN;
        return true;
    }
    return false;
}

enum edit_key edit_byte(struct edit *e, unsigned char byte)
{
    if (in_sequence(e, byte)) return EDIT_NONE;
    switch (byte) {
    case '\r':
    case '\n':
        return EDIT_LINE;
    case CTRL_C:
        return EDIT_BREAK;
    case CTRL_D:
        return e->text.n ? EDIT_NONE : EDIT_EOF;
    case CTRL_H:
    case DEL:
        rub_out(e);
        break;
    case CTRL_U:
        cut_to(e, 0);
        break;
    case CTRL_W:
        rub_out_word(e);
        break;
    case ESCAPE:
        e->state = EDIT_ESCAPE;
        break;
    default:
        if (byte == TAB) byte = ' ';
        if (byte >= ' ' && e->text.n < EDIT_MAX) buf_addc(&e->text, (char)byte);
    }
    return EDIT_NONE;
}

struct str edit_tail(const struct edit *e, size_t columns)
{
    struct str s = buf_str(&e->text);
    size_t count = utf8_count(s);

    for (; count > columns; count--) {
        s = str_skip(s, 1);
        while (s.n && is_middle(s.p[0])) s = str_skip(s, 1);
    }
    return s;
}
