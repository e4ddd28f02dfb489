/* load_input.c - the inputs of a workflow. */
#include "data/json.h"
#include "workflow/inputs.h"
#include "workflow/load.h"

enum { WHY_MAX = 1024 };

static const char *const type_names[] = {"string", "int", "number", "bool", "list", "map", NULL};
static const struct cel_name value_name[] = {{"value", &cel_string}};

/* The regular expression becomes `value.matches("…")`. */
static void load_pattern(struct loading *l, struct input *in, const struct yaml *y)
{
    AUTO(buf) struct buf src = BUF(CEL_SOURCE_MAX);
    struct cel *cel;
    struct err e;

    if (!in->pattern_text.n) return;
    if (in->type != INPUT_STRING) {
        complain(l, y, "`pattern` goes only with inputs of type string, and `" STR_FMT "` is %s",
                 STR_ARG(in->name), input_type_name(in->type));
        return;
    }
    buf_add(&src, STR("value.matches("));
    json_write_str(&src, in->pattern_text);
    buf_addc(&src, ')');
    if (buf_end(&src, &e) != OK ||
        cel_compile(l->arena, buf_str(&src), value_name, COUNT_OF(value_name), &cel, &e) != OK)
        complain(l, y, "this is no regular expression: %s", e.text);
    else
        in->pattern = cel;
}

/* What an author did to get the wrong type: quotes too many, or too few. */
static const char *quotes_hint(const struct input *in, const struct yaml *y, struct arena *a)
{
    AUTO(buf) struct buf ignored = BUF(WHY_MAX);
    struct value v, unused;

    if (y->kind != YAML_SCALAR) return "";
    v = yaml_scalar(y);
    if (in->type == INPUT_STRING && v.kind != V_STRING)
        return "; put it in quotes, or give the input another `type`";
    if (in->type != INPUT_STRING && v.kind == V_STRING &&
        input_take(in, v, false, a, &unused, &ignored))
        return "; write it without quotes";
    return "";
}

/* Holds a value the author wrote to what the input says. */
static struct value fitting(struct loading *l, const struct input *in, const struct yaml *y,
                            const char *what)
{
    AUTO(buf) struct buf why = BUF(WHY_MAX);
    struct value v = yaml_value(l->arena, y), ret = NO_VALUE;

    if (!input_take(in, v, true, l->arena, &ret, &why))
        complain(l, y, "this %s does not fit: " STR_FMT "%s", what, STR_ARG(buf_str(&why)),
                 quotes_hint(in, y, l->report->arena));
    return ret;
}

static void load_choices(struct loading *l, struct input *in, const struct yaml *y)
{
    struct input plain = {.name = in->name, .type = in->type};

    if (!y) return;
    if (y->kind != YAML_LIST || y->n == 0) {
        complain(l, y,
                 "`enum` must be a list of the values that are allowed, such as [staging, prod]");
        return;
    }
    if (in->type == INPUT_LIST || in->type == INPUT_MAP) {
        complain(l, y, "`enum` does not go with inputs of type %s", input_type_name(in->type));
        return;
    }
    in->choices = arena_get(l->arena, y->n * sizeof *in->choices);
    for (size_t i = 0; i < y->n; i++)
        in->choices[in->choices_n++] = fitting(l, &plain, &y->items[i], "value");
}

static void load_bounds(struct loading *l, struct input *in, const struct yaml *y)
{
    in->has_min = load_number(y, "min", &in->min);
    in->has_max = load_number(y, "max", &in->max);
    if ((in->has_min || in->has_max) && in->type == INPUT_BOOL)
        complain(l, yaml_get(y, in->has_min ? "min" : "max"),
                 "`min` and `max` do not go with inputs of type bool");
    else if (in->has_min && in->has_max && in->min > in->max)
        complain(l, yaml_get(y, "max"), "`max` is less than `min`: no value would fit");
}

void load_input(struct loading *l, struct str name, const struct yaml *y, struct input *in)
{
    const struct yaml *fallback = yaml_get(y, "default");

    in->name = name;
    in->type = (enum input_type)load_choice(y, "type", type_names, INPUT_STRING);
    in->description = load_text(l, y, "description");
    in->pattern_text = load_text(l, y, "pattern");
    load_pattern(l, in, yaml_get(y, "pattern"));
    load_choices(l, in, yaml_get(y, "enum"));
    load_bounds(l, in, y);
    in->required = load_bool(y, "required", true) && !fallback;
    if (!fallback) return;
    in->has_fallback = true;
    if (fallback->kind != YAML_SCALAR || yaml_scalar(fallback).kind != V_NULL)
        in->fallback = fitting(l, in, fallback, "default");
}

/* What an expression may take it for. One that may be absent is null then. A `number` may be
   compared with whole numbers as well as others, which a double may not. */
static const struct cel_type *expression_type(const struct input *in)
{
    static const struct cel_type *const types[INPUT_TYPES] = {
        [INPUT_STRING] = &cel_string, [INPUT_INT] = &cel_int,       [INPUT_NUMBER] = NULL,
        [INPUT_BOOL] = &cel_bool,     [INPUT_LIST] = &cel_any_list, [INPUT_MAP] = &cel_record,
    };

    return in->required || in->fallback.kind != V_NULL ? types[in->type] : NULL;
}

void load_inputs(struct building *b, const struct yaml *y)
{
    static const struct yaml nothing = {.kind = YAML_MAP};
    const struct yaml *map = load_map(y, "inputs");
    struct loading *l = b->l;
    struct workflow *w = b->w;
    struct cel_field *fields;

    if (map->n > INPUTS_MAX)
        complain(l, &map->keys[INPUTS_MAX], "a workflow has at most %d inputs", INPUTS_MAX);
    w->inputs = arena_get(l->arena, map->n * sizeof *w->inputs);
    fields = arena_get(l->arena, (map->n + 1) * sizeof *fields);
    for (size_t i = 0; i < map->n && i < INPUTS_MAX; i++) {
        if (!name_valid(map->keys[i].text))
            complain(l, &map->keys[i],
                     "`" STR_FMT "` is not a name for an input: use at most 63 letters, digits, "
                     "`_` and `-`",
                     STR_ARG(map->keys[i].text));
        load_input(l, map->keys[i].text, map->items[i].kind == YAML_MAP ? &map->items[i] : &nothing,
                   &w->inputs[i]);
        fields[w->inputs_n].name = load_cstr(l, map->keys[i].text);
        fields[w->inputs_n].type = expression_type(&w->inputs[i]);
        w->inputs_n++;
    }
    b->inputs = fields;
}
