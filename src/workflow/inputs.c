#include "workflow/inputs.h"

#include <math.h>

#include "base/suggest.h"
#include "base/utf8.h"
#include "data/json.h"
#include "data/yaml.h"

enum { WHY_MAX = 4096, SHOWN_MAX = 60 };

static const struct {
    const char *name, *wanted;
} types[INPUT_TYPES] = {
    [INPUT_STRING] = {"string", "text"},     [INPUT_INT] = {"int", "a whole number"},
    [INPUT_NUMBER] = {"number", "a number"}, [INPUT_BOOL] = {"bool", "true or false"},
    [INPUT_LIST] = {"list", "a list"},       [INPUT_MAP] = {"map", "a mapping"},
};

const char *input_type_name(enum input_type t)
{
    return types[t].name;
}

/* --- what is wrong --- */

static void add_shown(struct buf *why, struct value v, struct arena *a)
{
    struct str s = v.kind == V_STRING ? value_str(v) : cel_text(a, v);
    size_t n = s.n < SHOWN_MAX ? s.n : SHOWN_MAX;

    while (n && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80) n--;
    buf_addc(why, '`');
    utf8_add_safe(why, str_n(s.p, n), false);
    buf_add(why, n < s.n ? STR("…`") : STR("`"));
}

static void begin_sentence(struct buf *why, const struct input *in)
{
    if (why->n) buf_add(why, STR("; "));
    buf_addf(why, "`" STR_FMT "` ", STR_ARG(in->name));
}

static bool not_type(const struct input *in, struct value v, struct arena *a, struct buf *why)
{
    begin_sentence(why, in);
    buf_addf(why, "must be %s, not ", types[in->type].wanted);
    add_shown(why, v, a);
    return false;
}

/* --- types --- */

static bool to_string(struct value v, bool exact, struct arena *a, struct value *ret)
{
    if (v.kind == V_STRING)
        *ret = v;
    else if (!exact && v.kind != V_LIST && v.kind != V_MAP && v.kind != V_SECRET)
        *ret = v_str(cel_text(a, v));
    else
        return false;
    return true;
}

/* Text as YAML's core schema reads a number. */
static struct value number_of(struct value v)
{
    const struct yaml y = {.kind = YAML_SCALAR, .plain = true, .text = str_trim(value_str(v))};

    return v.kind == V_STRING ? yaml_scalar(&y) : v;
}

static bool to_int(struct value v, bool exact, struct arena *a, struct value *ret)
{
    (void)a;
    if (!exact) v = number_of(v);
    if (v.kind == V_UINT && v.u <= INT64_MAX) v = v_int((int64_t)v.u);
    if (v.kind == V_DOUBLE && !exact && fabs(v.d) <= 9007199254740992.0 && v.d == floor(v.d))
        v = v_int((int64_t)v.d);
    *ret = v;
    return v.kind == V_INT;
}

static bool to_number(struct value v, bool exact, struct arena *a, struct value *ret)
{
    (void)a;
    if (!exact) v = number_of(v);
    if (v.kind == V_INT) v = v_double((double)v.i);
    if (v.kind == V_UINT) v = v_double((double)v.u);
    *ret = v;
    return v.kind == V_DOUBLE && isfinite(v.d);
}

static bool to_bool(struct value v, bool exact, struct arena *a, struct value *ret)
{
    static const struct {
        const char *word;
        bool is;
    } words[] = {{"true", true}, {"false", false}, {"yes", true},
                 {"no", false},  {"on", true},     {"off", false}};

    (void)a;
    *ret = v;
    if (v.kind == V_BOOL) return true;
    for (size_t i = 0; !exact && v.kind == V_STRING && i < COUNT_OF(words); i++)
        if (str_eq_nocase(str_trim(value_str(v)), str_of(words[i].word))) {
            *ret = v_bool(words[i].is);
            return true;
        }
    return false;
}

static bool from_json(struct str text, enum value_kind want, struct arena *a, struct value *ret)
{
    struct err e;

    return json_read(a, text, JSON_LIMITS, ret, &e) == OK && ret->kind == want;
}

static bool to_list(struct value v, bool exact, struct arena *a, struct value *ret)
{
    struct str rest = str_trim(value_str(v)), one;
    struct value *items = NULL;
    size_t n = 0;

    *ret = v;
    if (v.kind == V_LIST) return true;
    if (v.kind != V_STRING || exact) return false;
    if (str_starts(rest, STR("["))) return from_json(rest, V_LIST, a, ret);
    while (str_cut(&rest, ',', &one))
        *(struct value *)arena_push(a, &items, &n, sizeof *items) = v_str(str_trim(one));
    *ret = v_list(items, n);
    return true;
}

static bool to_map(struct value v, bool exact, struct arena *a, struct value *ret)
{
    *ret = v;
    if (v.kind == V_MAP) return true;
    return !exact && v.kind == V_STRING && from_json(str_trim(value_str(v)), V_MAP, a, ret);
}

typedef bool to_type(struct value v, bool exact, struct arena *a, struct value *ret);

static to_type *const to[INPUT_TYPES] = {
    [INPUT_STRING] = to_string, [INPUT_INT] = to_int,   [INPUT_NUMBER] = to_number,
    [INPUT_BOOL] = to_bool,     [INPUT_LIST] = to_list, [INPUT_MAP] = to_map,
};

/* --- limits --- */

static bool one_of(const struct input *in, struct value v, struct arena *a, struct buf *why)
{
    struct suggest near;
    struct str best;

    suggest_init(&near, value_str(v));
    for (size_t i = 0; i < in->choices_n; i++) {
        if (value_eq(in->choices[i], v)) return true;
        suggest_offer(&near, value_str(in->choices[i]));
    }
    begin_sentence(why, in);
    buf_add(why, STR("must be one of "));
    for (size_t i = 0; i < in->choices_n; i++) {
        if (i) buf_add(why, STR(", "));
        utf8_add_safe(why, cel_text(a, in->choices[i]), false);
    }
    buf_add(why, STR(", not "));
    add_shown(why, v, a);
    best = suggest_best(&near);
    if (best.n) buf_addf(why, "; did you mean `" STR_FMT "`?", STR_ARG(best));
    return false;
}

static bool in_bounds(const struct input *in, struct value v, struct buf *why)
{
    const char *unit = "";
    double n;
    bool low;

    if (v.kind == V_STRING) {
        n = (double)utf8_count(value_str(v));
        unit = " characters";
    } else if (v.kind == V_LIST || v.kind == V_MAP) {
        n = v.n;
        unit = " items";
    } else {
        n = v.kind == V_INT ? (double)v.i : v.d;
    }
    low = in->has_min && n < in->min;
    if (!low && !(in->has_max && n > in->max)) return true;
    begin_sentence(why, in);
    buf_addf(why, "must %s at %s %.15g%s, not %.15g", *unit ? "have" : "be", low ? "least" : "most",
             low ? in->min : in->max, unit, n);
    return false;
}

static bool fits_pattern(const struct input *in, struct value v, struct arena *a, struct buf *why)
{
    bool yes = false;
    struct err e;

    if (cel_test(in->pattern, &v, a, &yes, &e) != OK) {
        begin_sentence(why, in);
        buf_addf(why, "could not be held against its pattern: %s", e.text);
        return false;
    }
    if (yes) return true;
    begin_sentence(why, in);
    buf_addf(why, "must match `" STR_FMT "`, and ", STR_ARG(in->pattern_text));
    add_shown(why, v, a);
    buf_add(why, STR(" does not"));
    return false;
}

/* A NUL cannot be handed to any process. */
static bool is_sound(const struct input *in, struct str s, struct buf *why)
{
    if (s.n == 0 || (s.n <= INPUT_TEXT_MAX && !memchr(s.p, '\0', s.n))) return true;
    begin_sentence(why, in);
    if (s.n > INPUT_TEXT_MAX)
        buf_addf(why, "must not be longer than %d bytes", INPUT_TEXT_MAX);
    else
        buf_add(why, STR("must not hold a NUL byte"));
    return false;
}

bool input_take(const struct input *in, struct value v, bool exact, struct arena *a,
                struct value *ret, struct buf *why)
{
    if (!to[in->type](v, exact, a, ret)) return not_type(in, v, a, why);
    if (ret->kind == V_STRING && !is_sound(in, value_str(*ret), why)) return false;
    if (in->choices_n && !one_of(in, *ret, a, why)) return false;
    if ((in->has_min || in->has_max) && !in_bounds(in, *ret, why)) return false;
    return !in->pattern || ret->kind != V_STRING || fits_pattern(in, *ret, a, why);
}

void input_describe(const struct input *in, struct arena *a, struct buf *out)
{
    const char *unit = "";

    if (in->choices_n) buf_add(out, STR("one of "));
    for (size_t i = 0; i < in->choices_n; i++) {
        if (i) buf_add(out, STR(", "));
        utf8_add_safe(out, cel_text(a, in->choices[i]), false);
    }
    if (!in->choices_n) buf_add(out, str_of(types[in->type].wanted));
    if (in->type == INPUT_STRING) unit = " characters";
    if (in->type == INPUT_LIST || in->type == INPUT_MAP) unit = " items";
    if (in->has_min) buf_addf(out, ", at least %.15g%s", in->min, unit);
    if (in->has_max) buf_addf(out, ", at most %.15g%s", in->max, unit);
    if (in->pattern) buf_addf(out, " that matches `" STR_FMT "`", STR_ARG(in->pattern_text));
}

/* --- all of them --- */

static const struct input *find_input(const struct workflow *w, struct str name)
{
    for (size_t i = 0; i < w->inputs_n; i++)
        if (str_eq(w->inputs[i].name, name)) return &w->inputs[i];
    return NULL;
}

static void check_known(const struct workflow *w, struct value key, struct arena *a,
                        struct buf *why)
{
    struct str name = key.kind == V_STRING ? value_str(key) : cel_text(a, key), best;
    struct suggest near;

    if (find_input(w, name)) return;
    suggest_init(&near, name);
    for (size_t i = 0; i < w->inputs_n; i++) suggest_offer(&near, w->inputs[i].name);
    best = suggest_best(&near);
    if (why->n) buf_add(why, STR("; "));
    buf_addf(why, "`" STR_FMT "` has no input ", STR_ARG(w->name));
    add_shown(why, v_str(name), a);
    if (best.n) buf_addf(why, "; did you mean `" STR_FMT "`?", STR_ARG(best));
}

static struct value take_one(const struct input *in, struct value given, struct arena *a,
                             struct buf *why)
{
    struct value v = NO_VALUE, ret = NO_VALUE;

    if (value_get(given, in->name, &v) && v.kind == V_OPTIONAL) v = v.one ? *v.one : NO_VALUE;
    if (v.kind != V_NULL) {
        input_take(in, v, false, a, &ret, why);
        return ret;
    }
    if (in->has_fallback || !in->required) return in->fallback;
    begin_sentence(why, in);
    buf_addf(why, "is needed%s" STR_FMT, in->description.n ? ": " : "", STR_ARG(in->description));
    return NO_VALUE;
}

err_t inputs_check(const struct workflow *w, struct value given, struct arena *a,
                   struct value *ret_map, struct err *e)
{
    AUTO(buf) struct buf why = BUF(WHY_MAX);
    struct pair *pairs = arena_raw(a, w->inputs_n * sizeof *pairs);

    if (given.kind == V_NULL) given = v_map(NULL, 0);
    if (given.kind != V_MAP)
        return fail(e, E_INPUT, "the inputs of `" STR_FMT "` must be a mapping", STR_ARG(w->name));
    for (uint32_t i = 0; i < given.n; i++) check_known(w, given.map[i].key, a, &why);
    for (size_t i = 0; i < w->inputs_n; i++)
        pairs[i] = (struct pair){v_str(w->inputs[i].name), take_one(&w->inputs[i], given, a, &why)};
    if (why.n) return fail(e, E_INPUT, "%s", why.p);
    *ret_map = v_map(pairs, w->inputs_n);
    return OK;
}
