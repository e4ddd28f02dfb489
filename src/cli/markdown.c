#include "cli/markdown.h"

#include "base/utf8.h"

#define BOLD "\033[1m"
#define CODE "\033[36m"
#define DIM  "\033[2m"
#define END  "\033[0m"

static void add_coloured(struct buf *out, const char *colour, struct str s)
{
    buf_add(out, str_of(colour));
    buf_add(out, s);
    buf_add(out, STR(END));
}

/* The text up to `mark`, which must close what begins here: not at once, and not after a space. */
static bool closed_by(struct str s, struct str mark, struct str *ret)
{
    size_t at;

    if (!str_find(s, mark, &at) || at == 0) return false;
    *ret = str_n(s.p, at);
    return ret->p[0] != ' ' && ret->p[at - 1] != ' ';
}

/* [text](address); s begins after the bracket. */
static bool read_link(struct str s, struct str *ret_text, struct str *ret_address)
{
    size_t middle, end;

    if (!str_find(s, STR("]("), &middle) || middle == 0) return false;
    if (!str_find(str_skip(s, middle + 2), STR(")"), &end) || end == 0) return false;
    *ret_text = str_n(s.p, middle);
    *ret_address = str_n(s.p + middle + 2, end);
    return true;
}

/* Markup at the beginning of s: writes what it stands for and returns its length; 0: none there. */
static size_t take_markup(struct buf *out, struct str s)
{
    struct str inner, address;
    size_t run = 0, at;
    static const char ticks[] = "````````";

    while (run < s.n && run < sizeof ticks - 1 && s.p[run] == '`') run++;
    if (run && str_find(str_skip(s, run), str_n(ticks, run), &at) && at > 0) {
        add_coloured(out, CODE, str_n(s.p + run, at));
        return at + 2 * run;
    }
    if (str_starts(s, STR("**")) && closed_by(str_skip(s, 2), STR("**"), &inner)) {
        add_coloured(out, BOLD, inner);
        return inner.n + 4;
    }
    if (s.p[0] == '[' && read_link(str_skip(s, 1), &inner, &address)) {
        buf_addf(out, STR_FMT " " DIM "<" STR_FMT ">" END, STR_ARG(inner), STR_ARG(address));
        return inner.n + address.n + 4;
    }
    return 0;
}

static void add_inline(struct buf *out, struct str s)
{
    while (s.n) {
        size_t n = strchr("`*[", s.p[0]) && s.p[0] ? take_markup(out, s) : 0;

        if (n == 0) {
            n = s.p[0] == '\\' && s.n > 1 && strchr("`*[\\_", s.p[1]) && s.p[1] ? 2 : 1;
            buf_add(out, n == 2 ? str_n(s.p + 1, 1) : str_n(s.p, 1));
        }
        s = str_skip(s, n);
    }
}

static void add_line(struct buf *out, struct str line)
{
    size_t blanks = 0, marks = 0;

    while (blanks < line.n && line.p[blanks] == ' ') blanks++;
    buf_add(out, str_n(line.p, blanks));
    line = str_skip(line, blanks);
    while (marks < line.n && line.p[marks] == '#') marks++;
    if (marks && marks <= 6 && marks < line.n && line.p[marks] == ' ') {
        add_coloured(out, BOLD, str_trim(str_skip(line, marks)));
        return;
    }
    if (str_starts(line, STR("- ")) || str_starts(line, STR("* "))) {
        buf_add(out, STR("\xe2\x80\xa2 "));
        line = str_skip(line, 2);
    } else if (str_starts(line, STR("> "))) {
        add_coloured(out, DIM, STR("\xe2\x94\x82 "));
        line = str_skip(line, 2);
    }
    add_inline(out, line);
}

void markdown_write(struct buf *out, struct str text, bool colour)
{
    AUTO(buf) struct buf safe = BUF(8 * text.n + 1);
    struct str rest, line;
    bool fenced = false;

    utf8_add_safe(&safe, text, true);
    rest = buf_str(&safe);
    while (str_ends(rest, STR("\n"))) rest.n--;
    if (!colour) {
        buf_add(out, rest);
        buf_addc(out, '\n');
        return;
    }
    while (str_cut(&rest, '\n', &line)) {
        if (str_starts(line, STR("```"))) {
            fenced = !fenced;
            continue;
        }
        if (fenced)
            buf_addf(out, "  " CODE STR_FMT END, STR_ARG(line));
        else
            add_line(out, line);
        buf_addc(out, '\n');
    }
}
