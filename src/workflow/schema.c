#include "workflow/schema.h"

#include <ctype.h>

#include "base/suggest.h"
#include "workflow/duration.h"

enum { SHOWN_MAX = 60 };

struct check {
    const char *file;
    struct report *report;
};

static bool check_field(const struct check *c, const struct field *f, const struct yaml *y);

/* --- what a scalar may look like --- */

bool name_valid(struct str s)
{
    if (s.n == 0 || s.n > NAME_MAX_BYTES || !isalnum((unsigned char)s.p[0])) return false;
    for (size_t i = 1; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-') return false;
    return true;
}

bool size_parse(struct str s, int64_t *ret_bytes)
{
    static const struct {
        const char *unit;
        int64_t bytes;
    } units[] = {{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}};
    int64_t n, unit = 1;

    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (str_ends(s, str_of(units[i].unit))) {
            s = str_trim(str_n(s.p, s.n - strlen(units[i].unit)));
            unit = units[i].bytes;
            break;
        }
    return str_int(s, &n) && n >= 0 && !__builtin_mul_overflow(n, unit, ret_bytes);
}

static bool is_null(const struct yaml *y)
{
    return y->kind == YAML_SCALAR && yaml_scalar(y).kind == V_NULL;
}

static bool is_text(const struct yaml *y)
{
    return y->kind == YAML_SCALAR && yaml_scalar(y).kind == V_STRING;
}

struct str yaml_shown(const struct yaml *y, struct arena *a)
{
    struct value v;
    struct str s;
    size_t n;

    if (y->kind == YAML_LIST) return STR("a list");
    if (y->kind == YAML_MAP) return STR("a mapping");
    v = yaml_scalar(y);
    if (v.kind == V_NULL) return STR("nothing");
    s = str_trim(y->text);
    for (n = 0; n < s.n && n < SHOWN_MAX && s.p[n] != '\n'; n++) {
    }
    while (n < s.n && n && ((unsigned char)s.p[n] & 0xC0) == 0x80) n--;
    return str_of(arena_fmt(a, "%s`%.*s%s`",
                            v.kind == V_STRING ? ""
                            : v.kind == V_BOOL ? ""
                                               : "the number ",
                            (int)n, s.p, n < s.n ? "…" : ""));
}

/* --- complaints --- */

/* "`attempts` must be a whole number such as 3, not `many`" */
static bool wrong(const struct check *c, const struct field *f, const struct yaml *y,
                  const char *wanted)
{
    struct str shown = yaml_shown(y, c->report->arena);
    bool quote = y->kind == YAML_SCALAR && strncmp(wanted, "text", 4) == 0 && !is_null(y);

    report_add(c->report, c->file, y->line, y->col, "`%s` must be %s, not " STR_FMT "%s", f->name,
               wanted, STR_ARG(shown), quote ? ": put it in quotes" : "");
    return false;
}

static const char *quoted_list(struct arena *a, const char *const *names)
{
    const char *all = "";

    for (; *names; names++) all = arena_fmt(a, "%s%s`%s`", all, *all ? ", " : "", *names);
    return all;
}

static bool unknown_key(const struct check *c, const struct schema *s, const struct yaml *key)
{
    struct suggest near;
    struct str best;

    suggest_init(&near, key->text);
    for (const struct field *f = s->fields; f->name; f++) suggest_offer(&near, str_of(f->name));
    best = suggest_best(&near);
    report_add(c->report, c->file, key->line, key->col, "unknown key `" STR_FMT "`%s" STR_FMT "%s",
               STR_ARG(key->text), best.n ? "; did you mean `" : "", STR_ARG(best),
               best.n ? "`?" : "");
    return false;
}

/* --- one function a type --- */

static bool check_text(const struct check *c, const struct field *f, const struct yaml *y)
{
    return is_text(y) || wrong(c, f, y, "text");
}

static bool check_name(const struct check *c, const struct field *f, const struct yaml *y)
{
    if (!is_text(y)) return wrong(c, f, y, "text");
    if (name_valid(y->text)) return true;
    return wrong(
        c, f, y,
        "a name of at most 63 letters, digits, `-` and `_` that begins with a letter or digit");
}

static bool check_range(const struct check *c, const struct field *f, const struct yaml *y,
                        double n)
{
    if ((!f->least && !f->most) || (n >= (double)f->least && n <= (double)f->most)) return true;
    report_add(c->report, c->file, y->line, y->col, "`%s` must be from %lld to %lld, not " STR_FMT,
               f->name, (long long)f->least, (long long)f->most, STR_ARG(y->text));
    return false;
}

static bool check_int(const struct check *c, const struct field *f, const struct yaml *y)
{
    struct value v = y->kind == YAML_SCALAR ? yaml_scalar(y) : NO_VALUE;

    if (v.kind != V_INT) return wrong(c, f, y, "a whole number such as 3");
    return check_range(c, f, y, (double)v.i);
}

static bool check_number(const struct check *c, const struct field *f, const struct yaml *y)
{
    struct value v = y->kind == YAML_SCALAR ? yaml_scalar(y) : NO_VALUE;

    if (v.kind == V_DOUBLE && v.d == v.d) return check_range(c, f, y, v.d);
    if (v.kind != V_INT) return wrong(c, f, y, "a number such as 1.5");
    return check_range(c, f, y, (double)v.i);
}

static bool check_bool(const struct check *c, const struct field *f, const struct yaml *y)
{
    bool ok = y->kind == YAML_SCALAR && yaml_scalar(y).kind == V_BOOL;

    return ok || wrong(c, f, y, "`true` or `false`");
}

static bool check_duration(const struct check *c, const struct field *f, const struct yaml *y)
{
    int64_t us;

    if (y->kind == YAML_SCALAR && duration_parse(y->text, &us)) return true;
    return wrong(c, f, y, "a duration such as 30s, 5m or 1h30m");
}

static bool check_size(const struct check *c, const struct field *f, const struct yaml *y)
{
    int64_t bytes;

    if (y->kind == YAML_SCALAR && size_parse(y->text, &bytes)) return true;
    return wrong(c, f, y, "a size such as 1MiB, 512KiB or 4096");
}

static bool check_choice(const struct check *c, const struct field *f, const struct yaml *y)
{
    struct arena *a = c->report->arena;
    struct str best;

    for (size_t i = 0; y->kind == YAML_SCALAR && f->choices[i]; i++)
        if (str_is(y->text, f->choices[i])) return true;
    best = y->kind == YAML_SCALAR ? suggest_from(y->text, f->choices) : STR("");
    report_add(c->report, c->file, y->line, y->col,
               "`%s` must be one of %s, not " STR_FMT "%s" STR_FMT "%s", f->name,
               quoted_list(a, f->choices), STR_ARG(yaml_shown(y, a)),
               best.n ? "; did you mean `" : "", STR_ARG(best), best.n ? "`?" : "");
    return false;
}

static bool check_cel(const struct check *c, const struct field *f, const struct yaml *y)
{
    if (y->kind == YAML_SCALAR && !is_null(y)) return true;
    return wrong(c, f, y, "an expression such as `event.data.action == \"opened\"`");
}

static bool check_anything(const struct check *c, const struct field *f, const struct yaml *y)
{
    (void)c, (void)f, (void)y;
    return true;
}

static bool check_object(const struct check *c, const struct field *f, const struct yaml *y)
{
    static const struct yaml nothing = {.kind = YAML_MAP};
    struct yaml empty = nothing;

    if (y->kind == YAML_MAP) return schema_check(f->of, y, c->file, c->report);
    if (!is_null(y)) return wrong(c, f, y, "a mapping (lines of `key: value`)");
    empty.line = y->line;
    empty.col = y->col;
    return schema_check(f->of, &empty, c->file, c->report);
}

static bool check_list(const struct check *c, const struct field *f, const struct yaml *y)
{
    const struct field item = {
        .name = f->name, .type = f->of ? FIELD_OBJECT : FIELD_TEXT, .of = f->of};
    bool ok = true;

    if (is_null(y)) return true;
    if (y->kind != YAML_LIST) return wrong(c, f, y, "a list (lines that begin with `- `)");
    for (size_t i = 0; i < y->n; i++) {
        if (f->of && y->items[i].kind != YAML_MAP)
            ok = wrong(c, &item, &y->items[i], "a list of mappings");
        else
            ok = check_field(c, &item, &y->items[i]) && ok;
    }
    return ok;
}

static bool check_texts(const struct check *c, const struct field *f, const struct yaml *y)
{
    bool ok = true;

    if (is_text(y)) return true;
    if (y->kind != YAML_LIST) return wrong(c, f, y, "text or a list of texts");
    for (size_t i = 0; i < y->n; i++) ok = check_text(c, f, &y->items[i]) && ok;
    return ok;
}

static bool check_map(const struct check *c, const struct field *f, const struct yaml *y)
{
    bool ok = true;

    if (is_null(y)) return true;
    if (y->kind != YAML_MAP) return wrong(c, f, y, "a mapping (lines of `name: …`)");
    for (size_t i = 0; f->of && i < y->n; i++) {
        const char *name = arena_dup(c->report->arena, y->keys[i].text.p, y->keys[i].text.n);
        const struct field item = {.name = name, .of = f->of};

        ok = check_object(c, &item, &y->items[i]) && ok;
    }
    return ok;
}

static bool check_branch(const struct check *c, const struct field *f, const struct yaml *key,
                         const struct yaml *y)
{
    const struct field item = {.name = arena_dup(c->report->arena, key->text.p, key->text.n),
                               .of = f->of};
    bool ok = check_name(c, &item, key);

    if (y->kind == YAML_LIST && !y->n)
        report_add(c->report, c->file, y->line, y->col, "`%s` must hold at least one %s", item.name,
                   f->of->name);
    if (y->kind != YAML_LIST) return wrong(c, &item, y, "a list (lines that begin with `- `)");
    return check_list(c, &item, y) && y->n && ok;
}

static bool check_branches(const struct check *c, const struct field *f, const struct yaml *y)
{
    bool ok = true;

    if (y->kind != YAML_MAP) return wrong(c, f, y, "a mapping (lines of `name: …`)");
    if (!y->n)
        report_add(c->report, c->file, y->line, y->col, "`%s` must hold at least one branch",
                   f->name);
    for (size_t i = 0; i < y->n; i++) ok = check_branch(c, f, &y->keys[i], &y->items[i]) && ok;
    return ok && y->n;
}

typedef bool check_fn(const struct check *c, const struct field *f, const struct yaml *y);

static check_fn *const checks[] = {
    [FIELD_TEXT] = check_text,         [FIELD_NAME] = check_name,
    [FIELD_INT] = check_int,           [FIELD_NUMBER] = check_number,
    [FIELD_BOOL] = check_bool,         [FIELD_DURATION] = check_duration,
    [FIELD_SIZE] = check_size,         [FIELD_CHOICE] = check_choice,
    [FIELD_CEL] = check_cel,           [FIELD_TEMPLATE] = check_text,
    [FIELD_VALUE] = check_anything,    [FIELD_SECRET] = check_text,
    [FIELD_OBJECT] = check_object,     [FIELD_LIST] = check_list,
    [FIELD_TEXTS] = check_texts,       [FIELD_MAP] = check_map,
    [FIELD_BRANCHES] = check_branches, [FIELD_CONNECTIONS] = check_map,
    [FIELD_ANY] = check_anything,
};

static bool check_field(const struct check *c, const struct field *f, const struct yaml *y)
{
    return checks[f->type](c, f, y);
}

/* --- a mapping as a whole --- */

static const struct field *find_field(const struct schema *s, struct str name)
{
    for (const struct field *f = s->fields; f->name; f++)
        if (str_is(name, f->name)) return f;
    return NULL;
}

static bool check_required(const struct check *c, const struct schema *s, const struct yaml *y)
{
    bool ok = true;

    for (const struct field *f = s->fields; f->name; f++) {
        if (!f->required || yaml_get(y, f->name)) continue;
        report_add(c->report, c->file, y->line, y->col, "this %s lacks the key `%s`: %s", s->name,
                   f->name, f->help);
        ok = false;
    }
    return ok;
}

/* Exactly one of the keys marked one_of; not told when an unknown key may have been meant as it. */
static bool check_one_of(const struct check *c, const struct schema *s, const struct yaml *y,
                         bool all_known)
{
    const char *names[32] = {NULL};
    struct arena *a = c->report->arena;
    struct str first = STR("");
    size_t n = 0;
    bool ok = true;

    for (const struct field *f = s->fields; f->name && n + 1 < COUNT_OF(names); f++)
        if (f->one_of) names[n++] = f->name;
    if (n == 0) return true;
    for (size_t i = 0; i < y->n; i++) {
        const struct field *f = find_field(s, y->keys[i].text);

        if (!f || !f->one_of) continue;
        if (first.n) {
            report_add(c->report, c->file, y->keys[i].line, y->keys[i].col,
                       "a %s has exactly one of the keys %s, and this one has `" STR_FMT
                       "` and `%s`",
                       s->name, quoted_list(a, names), STR_ARG(first), f->name);
            ok = false;
        } else {
            first = str_of(f->name);
        }
    }
    if (first.n || !all_known) return ok;
    report_add(c->report, c->file, y->line, y->col,
               "a %s needs exactly one of the keys %s, and this one has none", s->name,
               quoted_list(a, names));
    return false;
}

static bool check_beside(const struct check *c, const struct field *f, const struct yaml *key,
                         const struct yaml *map)
{
    if (!f->beside) return true;
    for (const char *const *b = f->beside; *b; b++)
        if (yaml_get(map, *b)) return true;
    report_add(c->report, c->file, key->line, key->col, "`%s` goes only with %s", f->name,
               quoted_list(c->report->arena, f->beside));
    return false;
}

bool schema_check(const struct schema *s, const struct yaml *y, const char *file, struct report *r)
{
    const struct check c = {.file = file, .report = r};
    bool ok = true, known = true;

    if (y->kind != YAML_MAP) {
        struct str shown = yaml_shown(y, r->arena);

        report_add(r, file, y->line, y->col,
                   "a %s must be a mapping (lines of `key: value`), not " STR_FMT, s->name,
                   STR_ARG(shown));
        return false;
    }
    for (size_t i = 0; i < y->n; i++) {
        const struct field *f = find_field(s, y->keys[i].text);

        if (!f) {
            known = unknown_key(&c, s, &y->keys[i]);
            continue;
        }
        ok = check_field(&c, f, &y->items[i]) && ok;
        ok = check_beside(&c, f, &y->keys[i], y) && ok;
    }
    ok = check_one_of(&c, s, y, known) && ok;
    return check_required(&c, s, y) && ok && known;
}

bool schema_check_field(const struct field *f, const struct yaml *y, const char *file,
                        struct report *r)
{
    return check_field(&(struct check){.file = file, .report = r}, f, y);
}
