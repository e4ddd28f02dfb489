/* load_workflow.c - one workflow. */
#include "data/json.h"
#include "workflow/load.h"
#include "workflow/lock.h"

enum { SOURCE_MAX = 16 << 20 };

struct template_context load_context(struct building *b, const struct cel_field *steps,
                                     uint64_t *uses)
{
    const struct scope_names known = {.inputs = b->inputs, .steps = steps, .vars = b->vars};
    struct scope_declared *declared = arena_raw(b->l->arena, sizeof *declared);

    scope_declare(&known, declared);
    return (struct template_context){.arena = b->l->arena,
                                     .report = b->l->report,
                                     .file = b->l->file,
                                     .names = declared->names,
                                     .names_n = SCOPE_SLOTS,
                                     .uses = uses,
                                     .lines = b->l->lines};
}

static void add_var(struct building *b, struct cel_field **list, size_t *n, const char *name)
{
    struct cel_field *field = arena_push(b->l->arena, list, n, sizeof *field);

    field->name = name;
}

struct var_list {
    struct building *b;
    struct cel_field *list;
    size_t n;
};

static void add_set_vars(struct var_list *v, const struct yaml *steps)
{
    for (size_t k = 0; k < steps->n; k++) {
        const struct yaml *step = &steps->items[k];
        const struct yaml *set = step->kind == YAML_MAP ? load_map(step, "set") : NULL;
        const struct yaml *in = step->kind == YAML_MAP ? load_map(step, "parallel") : NULL;

        for (size_t m = 0; set && m < set->n; m++)
            add_var(v->b, &v->list, &v->n, load_cstr(v->b->l, set->keys[m].text));
        for (size_t m = 0; in && m < in->n; m++)
            if (in->items[m].kind == YAML_LIST) add_set_vars(v, &in->items[m]);
    }
}

/* The names that `set` steps give, and those of rooms: which of them set one last is not known
   before, so their types are not. */
static void collect_vars(struct building *b, const struct yaml *y)
{
    static const char *const blocks[] = {"steps", "on_failure", "finally"};
    struct var_list all = {.b = b};

    if (!b->l->vars) return;
    for (const char *const *v = b->l->vars; *v; v++) add_var(b, &all.list, &all.n, *v);
    for (size_t i = 0; i < COUNT_OF(blocks); i++) add_set_vars(&all, load_list(y, blocks[i]));
    add_var(b, &all.list, &all.n, NULL);
    b->vars = all.list;
}

static void load_name(struct loading *l, struct workflow *w, const struct yaml *y, struct str name)
{
    w->name = load_text(l, y, "name");
    if (w->name.n || yaml_get(y, "name")) return;
    if (!name.n)
        complain(l, y, "this workflow lacks the key `name`");
    else if (!name_valid(name))
        complain(l, y,
                 "`" STR_FMT "`, the name of this file, is not a name for a workflow: give it one "
                 "with `name:`",
                 STR_ARG(name));
    w->name = name;
}

/* As JSON, with its name in it, so that it can be loaded again from this alone. */
static void make_source(struct loading *l, struct workflow *w, const struct yaml *y)
{
    struct map all = {.arena = l->report->arena};
    AUTO(buf) struct buf json = BUF(SOURCE_MAX);
    char hex[65] = "";
    struct err e;

    if (!yaml_get(y, "name")) map_put(&all, STR("name"), v_str(w->name));
    for (size_t i = 0; i < y->n; i++)
        map_put(&all, y->keys[i].text, yaml_value(l->report->arena, &y->items[i]));
    json_write(&json, map_value(&all));
    if (buf_end(&json, &e) != OK) {
        complain(l, y, "this workflow is larger than %d MiB", SOURCE_MAX >> 20);
        return;
    }
    w->source = str_n(arena_dup(l->arena, json.p, json.n), json.n);
    l->options->hash(w->source, hex);
    w->hash = str_n(arena_dup(l->arena, hex, strlen(hex)), strlen(hex));
}

static void load_concurrency(struct building *b, const struct yaml *y)
{
    uint64_t uses = 0, none = 1u << SCOPE_STEPS | 1u << SCOPE_FAILURE;
    const struct template_context c = load_context(b, NULL, &uses);
    const struct yaml *map = load_map(y, "concurrency"), *group = yaml_get(map, "group");
    struct concurrency *to = &b->w->concurrency;

    if (!group || group->kind != YAML_SCALAR) return;
    to->group = template_compile(&c, group);
    to->limit = (int)load_int(map, "limit", 1);
    to->on_conflict = (enum on_conflict)load_choice(map, "on_conflict", on_conflict_names, 0);
    b->w->uses |= uses;
    if (uses & none)
        complain(b->l, group,
                 "`group` is worked out before the first step: it cannot use `steps` or `failure`");
    if (to->group && to->group->kind == TEMPLATE_VALUE &&
        (!str_trim(group->text).n || group->text.n > LOCK_NAME_MAX))
        complain(b->l, group, "`group` must be a text of 1 to %d bytes", LOCK_NAME_MAX);
}

static void load_outputs(struct building *b, const struct yaml *y)
{
    const struct template_context c = load_context(b, b->steps, &b->w->uses);
    const struct yaml *map = load_map(y, "outputs");

    if (map->n) b->w->outputs = template_compile(&c, map);
}

struct workflow *load_workflow(struct loading *l, const struct yaml *y, struct str name)
{
    struct workflow *w = arena_get(l->arena, sizeof *w);
    struct building b = {.l = l, .w = w};

    w->file = str_of(load_cstr(l, str_of(l->file)));
    w->line = y->line;
    if (!schema_check(&workflow_schema, y, l->file, l->report) && y->kind != YAML_MAP) return w;
    load_name(l, w, y, name);
    w->description = load_text(l, y, "description");
    w->timeout_us = load_duration(y, "timeout", 0);
    w->allow_n = load_allow(l, "allow", yaml_get(y, "allow"), &w->allow);
    load_inputs(&b, y);
    collect_vars(&b, y);
    load_triggers(&b, y);
    load_steps(&b, y);
    load_concurrency(&b, y);
    w->priority = (enum priority)load_choice(y, "priority", priority_names, PRIORITY_NORMAL);
    load_outputs(&b, y);
    make_source(l, w, y);
    return w;
}
