#include "data/yaml_write.h"

#include <math.h>

#include "base/utf8.h"
#include "data/json.h"
#include "data/number.h"
#include "data/yaml.h"

enum { LEAF_MAX = 1 << 20, KEY_MAX = 1000 }; /* libyaml takes keys of 1024 bytes without `?` */

/* What a YAML file may hold as it is and a terminal may be shown. */
static bool is_printable(int32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
    if (c >= 0x2028 && c <= 0x202e) return false; /* line ends to libyaml; bidirectional controls */
    if (c >= 0x2066 && c <= 0x2069) return false;
    return c != 0xfeff && c != 0xfffe && c != 0xffff;
}

static bool all_printable(struct str s, bool lines)
{
    while (s.n) {
        int32_t c = utf8_next(&s);

        if (!is_printable(c) && !(lines && c == '\n')) return false;
    }
    return true;
}

/* --- a text on one line --- */

static bool reads_as_text(struct str s)
{
    const struct yaml y = {.kind = YAML_SCALAR, .plain = true, .text = s};

    return yaml_scalar(&y).kind == V_STRING;
}

static bool is_plain(struct str s)
{
    size_t at;

    if (s.n == 0 || strchr("-?:,[]{}#&*!|>'\"%@`<= \t", s.p[0])) return false;
    if (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == ':') return false;
    if (str_find(s, STR(": "), &at) || str_find(s, STR(" #"), &at)) return false;
    if (str_starts(s, STR("..."))) return false;
    return all_printable(s, false) && reads_as_text(s);
}

static void add_escape(struct buf *b, int32_t c)
{
    switch (c) {
    case '\n':
        buf_add(b, STR("\\n"));
        break;
    case '\t':
        buf_add(b, STR("\\t"));
        break;
    case '\r':
        buf_add(b, STR("\\r"));
        break;
    default:
        buf_addf(b, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
    }
}

static void add_quoted(struct buf *b, struct str s)
{
    buf_addc(b, '"');
    while (s.n && !b->full) {
        const char *from = s.p;
        int32_t c = utf8_next(&s);

        if (c == '"' || c == '\\') buf_addc(b, '\\');
        if (c < 0)
            buf_add(b, STR("\xef\xbf\xbd"));
        else if (is_printable(c))
            buf_add(b, str_n(from, (size_t)(s.p - from)));
        else
            add_escape(b, c);
    }
    buf_addc(b, '"');
}

static void add_text(struct buf *b, struct str s)
{
    if (is_plain(s))
        buf_add(b, s);
    else
        add_quoted(b, s);
}

/* --- a text of several lines --- */

static void indent(struct buf *b, int level)
{
    for (int i = 0; i < level; i++) buf_add(b, STR("  "));
}

/* Lines of blanks only, and a first line that begins with one, would need more signs than quotes.
 */
static bool is_block(struct str s)
{
    struct str rest = s, line;

    if (!s.n || !memchr(s.p, '\n', s.n) || s.p[0] == '\n' || s.p[0] == ' ') return false;
    while (str_cut(&rest, '\n', &line))
        if (line.n && str_trim(line).n == 0) return false;
    return all_printable(s, true);
}

static void add_block(struct buf *b, struct str s, int level)
{
    bool ends = str_ends(s, STR("\n")), more = str_ends(s, STR("\n\n"));
    struct str line;

    buf_add(b, more ? STR("|+") : ends ? STR("|") : STR("|-"));
    if (ends) s.n--;
    for (bool last = false; !last && !b->full;) {
        const char *end = memchr(s.p, '\n', s.n);

        last = !end;
        line = str_n(s.p, end ? (size_t)(end - s.p) : s.n);
        s = str_skip(s, line.n + !last);
        buf_addc(b, '\n');
        if (line.n) indent(b, level ? level : 1);
        buf_add(b, line);
    }
}

/* --- values --- */

static void add_double(struct buf *b, double d)
{
    char text[NUMBER_TEXT];

    if (isnan(d))
        buf_add(b, STR(".nan"));
    else if (isinf(d))
        buf_add(b, d < 0 ? STR("-.inf") : STR(".inf"));
    else
        buf_add(b, str_n(text, number_write(d, text)));
}

/* As JSON writes it, but its text without those quotes. */
static void add_as_json(struct buf *b, struct value v)
{
    AUTO(buf) struct buf json = BUF(b->max);
    struct str s;

    json_write(&json, v);
    s = buf_str(&json);
    if (s.n > 1 && s.p[0] == '"')
        add_text(b, str_n(s.p + 1, s.n - 2));
    else
        buf_add(b, s);
    if (json.full) b->full = true;
}

static void add_leaf(struct buf *b, struct value v, int level)
{
    struct str s = value_str(v);

    if (v.kind == V_DOUBLE)
        add_double(b, v.d);
    else if (v.kind != V_STRING && v.kind != V_TYPE)
        add_as_json(b, v);
    else if (is_block(s))
        add_block(b, s, level);
    else
        add_text(b, s);
}

static void add_key(struct buf *b, struct value key)
{
    size_t from = b->n;
    AUTO(buf) struct buf text = BUF(b->max);

    if (key.kind == V_STRING)
        add_text(&text, value_str(key));
    else
        add_as_json(&text, key);
    if (text.n > KEY_MAX) buf_add(b, STR("? "));
    buf_add(b, buf_str(&text));
    if (text.n > KEY_MAX) {
        size_t column = from;

        while (column > 0 && b->p[column - 1] != '\n') column--;
        buf_addc(b, '\n');
        for (; column < from; column++) buf_addc(b, ' ');
    }
    buf_addc(b, ':');
}

static struct value unwrap(struct value v)
{
    while (v.kind == V_OPTIONAL) v = v.one ? *v.one : NO_VALUE;
    return v;
}

static bool is_tree(struct value v)
{
    return (v.kind == V_LIST || v.kind == V_MAP) && v.n > 0;
}

static void add_tree(struct buf *b, struct value v, int level);

/* What follows `key:`. */
static void add_under(struct buf *b, struct value v, int level)
{
    v = unwrap(v);
    if (is_tree(v) && level < YAML_WRITE_DEPTH) {
        buf_addc(b, '\n');
        indent(b, level + 1);
        add_tree(b, v, level + 1);
        return;
    }
    buf_addc(b, ' ');
    if (is_tree(v))
        json_write(b, v);
    else
        add_leaf(b, v, level + 1);
}

/* What follows `- `: a list or map begins on that line. */
static void add_item(struct buf *b, struct value v, int level)
{
    v = unwrap(v);
    if (!is_tree(v))
        add_leaf(b, v, level + 1);
    else if (level < YAML_WRITE_DEPTH)
        add_tree(b, v, level + 1);
    else
        json_write(b, v);
}

/* The place is indented already; the last line has no end yet. Not deeper than YAML_WRITE_DEPTH. */
static void add_tree(struct buf *b, struct value v, int level)
{
    for (uint32_t i = 0; i < v.n && !b->full; i++) {
        if (i) {
            buf_addc(b, '\n');
            indent(b, level);
        }
        if (v.kind == V_MAP) {
            add_key(b, v.map[i].key);
            add_under(b, v.map[i].value, level);
        } else {
            buf_add(b, STR("- "));
            add_item(b, v.list[i], level);
        }
    }
}

void yaml_write(struct buf *b, struct value v)
{
    v = unwrap(v);
    if (is_tree(v))
        add_tree(b, v, 0);
    else
        add_leaf(b, v, 0);
    buf_addc(b, '\n');
}
