/* load_node.c - the getters of the loader. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "workflow/duration.h"
#include "workflow/load.h"

static const struct yaml no_map = {.kind = YAML_MAP}, no_list = {.kind = YAML_LIST};

static const struct yaml *scalar(const struct yaml *map, const char *key)
{
    const struct yaml *y = yaml_get(map, key);

    return y && y->kind == YAML_SCALAR ? y : NULL;
}

struct str load_text(struct loading *l, const struct yaml *map, const char *key)
{
    const struct yaml *y = scalar(map, key);
    struct span s;
    struct place at;

    if (!y || yaml_scalar(y).kind != V_STRING) return STR("");
    if (template_find(y->text, 0, &s)) {
        place_start(&at, l->lines, y);
        place_move(&at, s.start);
        report_add(l->report, l->file, at.line, at.col, "`%s` is plain text and takes no `${{ }}`",
                   key);
    }
    return y->text;
}

int64_t load_duration(const struct yaml *map, const char *key, int64_t fallback_us)
{
    const struct yaml *y = scalar(map, key);
    int64_t us;

    return y && duration_parse(y->text, &us) ? us : fallback_us;
}

int64_t load_size(const struct yaml *map, const char *key, int64_t fallback)
{
    const struct yaml *y = scalar(map, key);
    int64_t bytes;

    return y && size_parse(y->text, &bytes) ? bytes : fallback;
}

int64_t load_int(const struct yaml *map, const char *key, int64_t fallback)
{
    const struct yaml *y = scalar(map, key);
    struct value v = y ? yaml_scalar(y) : NO_VALUE;

    return v.kind == V_INT ? v.i : fallback;
}

bool load_number(const struct yaml *map, const char *key, double *ret)
{
    const struct yaml *y = scalar(map, key);
    struct value v = y ? yaml_scalar(y) : NO_VALUE;

    if (v.kind != V_INT && v.kind != V_DOUBLE) return false;
    *ret = v.kind == V_INT ? (double)v.i : v.d;
    return true;
}

bool load_bool(const struct yaml *map, const char *key, bool fallback)
{
    const struct yaml *y = scalar(map, key);
    struct value v = y ? yaml_scalar(y) : NO_VALUE;

    return v.kind == V_BOOL ? v.b : fallback;
}

int load_choice(const struct yaml *map, const char *key, const char *const *names, int fallback)
{
    const struct yaml *y = scalar(map, key);

    for (int i = 0; y && names[i]; i++)
        if (str_is(y->text, names[i])) return i;
    return fallback;
}

size_t load_texts(struct loading *l, const struct yaml *y, struct str **ret)
{
    size_t n = 0;

    *ret = NULL;
    if (!y || y->kind == YAML_MAP) return 0;
    if (y->kind == YAML_SCALAR) {
        if (yaml_scalar(y).kind == V_STRING)
            *(struct str *)arena_push(l->arena, ret, &n, sizeof **ret) = y->text;
        return n;
    }
    for (size_t i = 0; i < y->n; i++)
        if (y->items[i].kind == YAML_SCALAR)
            *(struct str *)arena_push(l->arena, ret, &n, sizeof **ret) = y->items[i].text;
    return n;
}

const struct yaml *load_map(const struct yaml *map, const char *key)
{
    const struct yaml *y = yaml_get(map, key);

    return y && y->kind == YAML_MAP ? y : &no_map;
}

const struct yaml *load_list(const struct yaml *map, const char *key)
{
    const struct yaml *y = yaml_get(map, key);

    return y && y->kind == YAML_LIST ? y : &no_list;
}

const char *load_cstr(struct loading *l, struct str s)
{
    return arena_dup(l->arena, s.p, s.n);
}

bool word_valid(struct str s)
{
    if (s.n == 0 || isdigit((unsigned char)s.p[0])) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_') return false;
    return true;
}

void complain(struct loading *l, const struct yaml *at, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    report_add(l->report, l->file, at->line, at->col, "%s", text);
}

/* The error's place is one in the scalar's text, whose first line is line 1. */
void complain_in(struct loading *l, const struct yaml *at, const struct err *e)
{
    struct place p;

    place_start(&p, l->lines, at);
    place_move(&p, e->col > 1 && e->line <= 1 ? (size_t)e->col - 1 : 0);
    report_add(l->report, l->file, p.line, p.col, "%s", e->text);
}

const char *did_you_mean(struct loading *l, struct str best)
{
    if (best.n == 0) return "";
    return arena_fmt(l->report->arena, "; did you mean `" STR_FMT "`?", STR_ARG(best));
}
