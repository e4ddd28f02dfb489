#include "workflow/outputs.h"

#include <ctype.h>

#include "base/utf8.h"
#include "data/json.h"

static bool is_name(struct str s)
{
    if (s.n == 0 || s.n > 64 || !(isalpha((unsigned char)s.p[0]) || s.p[0] == '_')) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-') return false;
    return true;
}

static err_t check_name(struct str name, int line, struct err *e)
{
    if (is_name(name)) return OK;
    return fail_at(
        e, E_INPUT, line, 1,
        "line %d of $BOTOPS_OUTPUT should be `name=value`, with a name of letters, digits, "
        "_ and -",
        line);
}

/* The lines up to the one that is `end` alone. */
static err_t read_block(struct str *rest, struct str end, int *line, struct str *ret, struct err *e)
{
    const char *from = rest->p;
    int begun = *line;
    struct str one;

    while (str_cut(rest, '\n', &one)) {
        ++*line;
        if (!str_eq(one, end)) continue;
        *ret = str_n(from, one.p > from ? (size_t)(one.p - from) - 1 : 0);
        return OK;
    }
    return fail_at(e, E_INPUT, begun, 1,
                   "the value begun in line %d of $BOTOPS_OUTPUT has no closing line `" STR_FMT "`",
                   begun, STR_ARG(end));
}

static err_t read_line(struct arena *a, struct str text, struct str *rest, int *line,
                       struct map *out, struct err *e)
{
    struct str name, value = {0};
    size_t at, eq;

    if (str_find(text, STR("<<"), &at) && (!str_find(text, STR("="), &eq) || at < eq)) {
        name = str_n(text.p, at);
        TRY(check_name(name, *line, e));
        TRY(read_block(rest, str_skip(text, at + 2), line, &value, e));
    } else {
        value = text;
        if (!str_cut(&value, '=', &name) || !value.p) name = STR("");
        TRY(check_name(name, *line, e));
    }
    if (out->n >= OUTPUT_NAMES_MAX)
        return fail(e, E_LIMIT, "$BOTOPS_OUTPUT sets more than %d names", OUTPUT_NAMES_MAX);
    map_set(out, str_n(arena_dup(a, name.p, name.n), name.n),
            v_str(str_n(arena_dup(a, value.p, value.n), value.n)));
    return OK;
}

static err_t read_object(struct arena *a, struct str text, struct value *ret, struct err *e)
{
    struct value v;

    text = str_n(arena_dup(a, text.p, text.n), text.n);
    if (json_read(a, text, JSON_LIMITS, &v, e) != OK)
        return wrap(e, "$BOTOPS_OUTPUT is no JSON object (line %d, column %d)", e->line, e->col);
    *ret = v;
    return OK;
}

err_t outputs_read(struct arena *a, struct str text, struct value *ret, struct err *e)
{
    struct map out = {.arena = a};
    struct str rest = text, one, head = str_trim(text);
    int line = 0;

    if (!utf8_valid(text)) return fail(e, E_INPUT, "$BOTOPS_OUTPUT is not UTF-8");
    if (head.n && head.p[0] == '{') return read_object(a, head, ret, e);
    while (str_cut(&rest, '\n', &one)) {
        line++;
        if (str_trim(one).n == 0) continue;
        TRY(read_line(a, one, &rest, &line, &out, e));
    }
    *ret = map_value(&out);
    return OK;
}
