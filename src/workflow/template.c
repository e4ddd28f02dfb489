#include "workflow/template.h"

#include <ctype.h>

#include "base/suggest.h"

const char *const template_any_secret[] = {"*", NULL};

static const char secret_elsewhere[] = "a secret may only be used in env: and connection settings";

/* --- finding expressions --- */

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The end of the CEL literal whose quote stands at i: one or three quotes, raw or not. */
static size_t literal_end(struct str s, size_t i)
{
    char q = s.p[i];
    bool raw = i > 0 && (s.p[i - 1] == 'r' || s.p[i - 1] == 'R');
    bool triple = q != '`' && i + 2 < s.n && s.p[i + 1] == q && s.p[i + 2] == q;
    size_t need = triple ? 3 : 1;

    for (i += need; i < s.n; i++) {
        if (s.p[i] == '\\' && !raw) {
            i++;
        } else if (s.p[i] == q) {
            if (!triple) return i + 1;
            if (i + 2 < s.n && s.p[i + 1] == q && s.p[i + 2] == q) return i + 3;
        }
    }
    return s.n;
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

/* Where the `}}` stands that ends what began before i: outside quotes, and not the end of a CEL
 * map. */
static bool find_close(struct str s, size_t i, size_t *ret)
{
    int depth = 0;

    while (i < s.n) {
        char c = s.p[i];

        if (is_quote(c)) {
            i = literal_end(s, i);
            continue;
        }
        if (c == '{') depth++;
        if (c == '}' && depth == 0 && i + 1 < s.n && s.p[i + 1] == '}') {
            *ret = i;
            return true;
        }
        if (c == '}' && depth > 0) depth--;
        i++;
    }
    return false;
}

bool template_find(struct str text, size_t from, struct span *ret)
{
    size_t at, close = text.n;
    struct str rest = str_skip(text, from), inner;

    if (!str_find(rest, STR("${{"), &at)) return false;
    ret->start = from + at;
    ret->closed = find_close(text, ret->start + 3, &close);
    ret->end = ret->closed ? close + 2 : text.n;
    inner = str_n(text.p + ret->start + 3, close - ret->start - 3);
    ret->inner = str_trim(inner);
    ret->inner_at = ret->inner.n ? (size_t)(ret->inner.p - text.p) : ret->start + 3;
    return true;
}

/* Is `word` used as a name in the expression, outside its literals? */
static bool names_word(struct str s, struct str word)
{
    for (size_t i = 0; i < s.n;) {
        size_t start = i;

        if (is_quote(s.p[i])) {
            i = literal_end(s, i);
            continue;
        }
        if (!word_char(s.p[i])) {
            i++;
            continue;
        }
        while (i < s.n && word_char(s.p[i])) i++;
        if (str_eq(str_n(s.p + start, i - start), word) && !(start && s.p[start - 1] == '.'))
            return true;
    }
    return false;
}

/* --- one expression --- */

struct expression {
    struct str src;      /* trimmed */
    size_t at;           /* where it stands in the scalar's text */
    struct place *place; /* at its start */
};

static bool secret_name(struct str src, struct str *ret)
{
    struct str name = str_skip(src, 8);

    if (!str_starts(src, STR("secrets.")) || name.n == 0) return false;
    for (size_t i = 0; i < name.n; i++)
        if (!word_char(name.p[i])) return false;
    *ret = name;
    return true;
}

static bool secret_known(const struct template_context *c, struct str name, const struct place *p)
{
    struct str best;

    if (c->secrets == template_any_secret) return true;
    for (const char *const *s = c->secrets; *s; s++)
        if (str_is(name, *s)) return true;
    best = suggest_from(name, c->secrets);
    report_add(c->report, c->file, p->line, p->col,
               "no secret `" STR_FMT "` under `secrets:` in botops.yaml%s" STR_FMT "%s",
               STR_ARG(name), best.n ? "; did you mean `" : "", STR_ARG(best), best.n ? "`?" : "");
    return false;
}

/* CEL reads `steps.my-step` as a subtraction: says how such a name is written. */
static const char *dash_hint(const struct template_context *c, struct str src)
{
    for (size_t i = 0; i < c->names_n; i++) {
        const struct cel_type *type = c->names[i].type;

        if (!type || type->kind != CEL_OBJECT) continue;
        for (const struct cel_field *f = type->fields; f->name; f++) {
            const char *wrong;
            size_t at;

            if (!strchr(f->name, '-')) continue;
            wrong = arena_fmt(c->report->arena, "%s.%s", c->names[i].name, f->name);
            if (str_find(src, str_of(wrong), &at))
                return arena_fmt(c->report->arena, "; a name with `-` is written `%s[\"%s\"]`",
                                 c->names[i].name, f->name);
        }
    }
    return "";
}

/* The byte of src at a line and column that cel_compile() told. */
static size_t offset_of(struct str src, int line, int col)
{
    size_t i = 0;

    for (; line > 1 && i < src.n; i++)
        if (src.p[i] == '\n') line--;
    i += col > 1 ? (size_t)col - 1 : 0;
    return i < src.n ? i : src.n;
}

static const struct cel *compile(const struct template_context *c, const struct expression *x)
{
    struct cel *cel;
    struct err e;

    if (x->src.n == 0) {
        report_add(c->report, c->file, x->place->line, x->place->col,
                   "an expression is missing here");
        return NULL;
    }
    if (cel_compile(c->arena, x->src, c->names, c->names_n, &cel, &e) == OK) {
        if (c->uses) *c->uses |= cel_uses(cel);
        return cel;
    }
    if (names_word(x->src, STR("secrets"))) {
        report_add(c->report, c->file, x->place->line, x->place->col, "%s",
                   c->secrets ? "a secret stands alone, as `${{ secrets.NAME }}`"
                              : secret_elsewhere);
        return NULL;
    }
    place_move(x->place, x->at + offset_of(x->src, e.line, e.col));
    report_add(c->report, c->file, x->place->line, x->place->col, "%s%s", e.text,
               dash_hint(c, x->src));
    return NULL;
}

static bool compile_part(const struct template_context *c, const struct expression *x,
                         struct template *t)
{
    struct str name;

    t->line = x->place->line;
    t->col = x->place->col;
    if (secret_name(x->src, &name)) {
        t->kind = TEMPLATE_SECRET;
        t->value = v_secret(name);
        if (c->secrets) return secret_known(c, name, x->place);
        report_add(c->report, c->file, t->line, t->col, "%s", secret_elsewhere);
        return false;
    }
    t->kind = TEMPLATE_CEL;
    t->cel = compile(c, x);
    return t->cel != NULL;
}

/* --- texts --- */

static void add_text(struct arena *a, struct template *t, struct str s)
{
    struct template *part;

    if (s.n == 0) return;
    part = arena_push(a, &t->items, &t->n, sizeof *part);
    part->kind = TEMPLATE_VALUE;
    part->value = v_str(s);
}

static bool add_part(const struct template_context *c, struct template *t, const struct span *s,
                     struct place *place)
{
    struct expression x = {.src = s->inner, .at = s->inner_at, .place = place};
    struct template part = {0};
    bool ok;

    place_move(place, s->closed ? s->inner_at : s->start);
    if (!s->closed) {
        report_add(c->report, c->file, place->line, place->col, "this `${{` is not closed by `}}`");
        return false;
    }
    ok = compile_part(c, &x, &part);
    *(struct template *)arena_push(c->arena, &t->items, &t->n, sizeof part) = part;
    return ok;
}

static bool compile_text(const struct template_context *c, const struct yaml *y, struct template *t)
{
    struct place place;
    struct span s = {.end = 0};
    size_t at = 0;
    bool ok = true;

    t->kind = TEMPLATE_TEXT;
    place_start(&place, c->lines, y);
    while (template_find(y->text, at, &s)) {
        add_text(c->arena, t, str_n(y->text.p + at, s.start - at));
        ok = add_part(c, t, &s, &place) && ok;
        at = s.end;
    }
    add_text(c->arena, t, str_skip(y->text, at));
    if (ok && t->n == 1) *t = t->items[0];
    return ok;
}

/* --- trees --- */

static bool compile_node(const struct template_context *c, const struct yaml *y,
                         struct template *t);

static void collapse_list(const struct template_context *c, struct template *t)
{
    struct value *v = arena_raw(c->arena, t->n * sizeof *v);

    for (size_t i = 0; i < t->n; i++) v[i] = t->items[i].value;
    *t =
        (struct template){TEMPLATE_VALUE, .value = v_list(v, t->n), .line = t->line, .col = t->col};
}

static void collapse_map(const struct template_context *c, struct template *t)
{
    struct pair *p = arena_raw(c->arena, t->n * sizeof *p);

    for (size_t i = 0; i < t->n; i++) p[i] = (struct pair){v_str(t->keys[i]), t->items[i].value};
    *t = (struct template){TEMPLATE_VALUE, .value = v_map(p, t->n), .line = t->line, .col = t->col};
}

/* What holds no expression anywhere becomes one value, so that evaluating it costs nothing. */
static bool compile_many(const struct template_context *c, const struct yaml *y, struct template *t)
{
    bool ok = true, constant = true;

    t->kind = y->kind == YAML_MAP ? TEMPLATE_MAP : TEMPLATE_LIST;
    t->n = y->n;
    t->items = arena_get(c->arena, y->n * sizeof *t->items);
    if (y->kind == YAML_MAP) t->keys = arena_raw(c->arena, y->n * sizeof *t->keys);
    for (size_t i = 0; i < y->n; i++) {
        if (y->kind == YAML_MAP) t->keys[i] = y->keys[i].text;
        ok = compile_node(c, &y->items[i], &t->items[i]) && ok;
        constant = constant && t->items[i].kind == TEMPLATE_VALUE;
    }
    if (ok && constant && y->kind == YAML_MAP) collapse_map(c, t);
    if (ok && constant && y->kind == YAML_LIST) collapse_list(c, t);
    return ok;
}

/* As deep as YAML_DEPTH at most. */
static bool compile_node(const struct template_context *c, const struct yaml *y, struct template *t)
{
    size_t at;

    t->line = y->line;
    t->col = y->col;
    if (y->kind != YAML_SCALAR) return compile_many(c, y, t);
    t->kind = TEMPLATE_VALUE;
    t->value = yaml_scalar(y);
    if (t->value.kind != V_STRING || !str_find(y->text, STR("${{"), &at)) return true;
    return compile_text(c, y, t);
}

struct template *template_compile(const struct template_context *c, const struct yaml *y)
{
    struct template *t = arena_get(c->arena, sizeof *t);

    return compile_node(c, y, t) ? t : NULL;
}

/* A scalar that is one expression; *place is then where it starts. */
static const struct cel *compile_bare(const struct template_context *c, const struct yaml *y,
                                      struct place *place)
{
    struct expression x = {.place = place};
    struct span s;

    place_start(place, c->lines, y);
    x.src = str_trim(y->text);
    x.at = x.src.n ? (size_t)(x.src.p - y->text.p) : 0;
    if (template_find(x.src, 0, &s)) {
        if (s.start != 0 || s.end != x.src.n || !s.closed) {
            place_move(place, x.at + s.start);
            report_add(c->report, c->file, place->line, place->col,
                       "this is an expression as it stands: leave out `${{` and `}}`");
            return NULL;
        }
        x.at += s.inner_at;
        x.src = s.inner;
    }
    place_move(place, x.at);
    return compile(c, &x);
}

const struct cel *template_cel(const struct template_context *c, const struct yaml *y)
{
    struct place place;

    return compile_bare(c, y, &place);
}

const struct cel *template_condition(const struct template_context *c, const struct yaml *y)
{
    struct place place;
    const struct cel *cel = compile_bare(c, y, &place);
    struct err e;

    if (!cel || cel_wants_bool(cel, &e) == OK) return cel;
    report_add(c->report, c->file, place.line, place.col, "%s", e.text);
    return NULL;
}
