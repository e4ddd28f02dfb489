/* load_block.c - the steps of a workflow, block by block: what they are called, what they need. */
#include "base/suggest.h"
#include "workflow/load_step.h"

static const char *const block_keys[BLOCKS] = {"steps", "on_failure", "finally"};

/* --- names --- */

struct block_load { /* a list of steps: a block of the workflow, or a branch of a step */
    struct building *b;
    enum block block;
    const char *called; /* its key: "steps", "finally", the branch's name */
    struct str prefix;  /* of its steps' paths: "", "finally/", "checks/lint/" */
    int depth;          /* so many steps are around it */
    struct draft *list;
    int n;
};

static int find_draft(const struct block_load *k, struct str id)
{
    for (int i = 0; i < k->n; i++)
        if (str_eq(k->list[i].step.id, id)) return i;
    return -1;
}

static void take_ids(struct block_load *k)
{
    struct loading *l = k->b->l;

    for (int i = 0; i < k->n; i++) {
        struct draft *d = &k->list[i];
        struct str id = load_text(l, d->yaml, "id");
        int other = id.n ? find_draft(k, id) : -1;

        if (other >= 0)
            complain(l, yaml_get(d->yaml, "id"),
                     "two steps are called `" STR_FMT "`: the other one is on line %d", STR_ARG(id),
                     k->list[other].yaml->line);
        else
            d->step.id = id;
    }
}

static void make_ids(struct block_load *k)
{
    int count[STEP_KINDS] = {0};
    struct arena *a = k->b->l->arena;

    for (int i = 0; i < k->n; i++) {
        struct step *s = &k->list[i].step;
        struct str id = s->id;

        count[s->kind]++;
        for (int n = count[s->kind]; !id.n; n++) {
            struct str made = str_of(arena_fmt(a, "%s-%d", step_key(s->kind), n));

            if (find_draft(k, made) < 0) id = made;
        }
        s->id = id;
        s->path = k->prefix.n
                      ? str_of(arena_fmt(a, STR_FMT STR_FMT, STR_ARG(k->prefix), STR_ARG(s->id)))
                      : s->id;
    }
}

static void need(struct block_load *k, struct draft *d, const struct yaml *y)
{
    struct suggest near;
    int at;

    if (y->kind != YAML_SCALAR || yaml_scalar(y).kind != V_STRING) return;
    at = find_draft(k, y->text);
    if (at >= 0) {
        d->needs[d->needs_n++] = at;
        return;
    }
    suggest_init(&near, y->text);
    for (int i = 0; i < k->n; i++) suggest_offer(&near, k->list[i].step.id);
    complain(k->b->l, y, "no step `" STR_FMT "` under `%s`%s", STR_ARG(y->text), k->called,
             did_you_mean(k->b->l, suggest_best(&near)));
}

static void load_needs(struct block_load *k)
{
    for (int i = 0; i < k->n; i++) {
        struct draft *d = &k->list[i];
        const struct yaml *y = yaml_get(d->yaml, "needs");
        size_t most = y && y->kind == YAML_LIST ? y->n : 1;

        d->needs = arena_raw(k->b->l->arena, (most + 1) * sizeof *d->needs);
        if (!y && i > 0) d->needs[d->needs_n++] = i - 1;
        if (y && y->kind == YAML_SCALAR) need(k, d, y);
        for (size_t j = 0; y && y->kind == YAML_LIST && j < y->n; j++) need(k, d, &y->items[j]);
    }
}

/* Steps without a kind were complained about already. */
static void take_drafts(struct block_load *k, const struct yaml *list)
{
    k->list = arena_get(k->b->l->arena, (list->n + 1) * sizeof *k->list);
    for (size_t i = 0; i < list->n && i < STEPS_MAX; i++) {
        const struct yaml *y = &list->items[i];
        int kind = 0;

        while (y->kind == YAML_MAP && kind < STEP_KINDS &&
               !yaml_get(y, step_key((enum step_kind)kind)))
            kind++;
        if (y->kind != YAML_MAP || kind == STEP_KINDS) continue;
        k->list[k->n].yaml = y;
        k->list[k->n].step.kind = (enum step_kind)kind;
        k->list[k->n++].step.block = k->block;
    }
}

static void take_branches(struct block_load *k, struct draft *d);

/* A list's steps with their names and in their order, then those inside them. */
static void take_list(struct block_load *k, const struct yaml *list)
{
    take_drafts(k, list);
    take_ids(k);
    make_ids(k);
    load_needs(k);
    load_order(k->b->l, k->list, k->n);
    for (int i = 0; i < k->n; i++) take_branches(k, &k->list[i]);
}

static void take_branches(struct block_load *k, struct draft *d)
{
    const struct yaml *map = load_map(d->yaml, "parallel");
    struct loading *l = k->b->l;

    if (d->step.kind != STEP_PARALLEL || !map->n) return;
    if (k->depth == NEST_MAX) {
        complain(l, d->yaml, "steps within steps go at most %d deep", NEST_MAX);
        return;
    }
    d->branches = arena_get(l->arena, map->n * sizeof *d->branches);
    d->step.branches = arena_get(l->arena, map->n * sizeof *d->step.branches);
    for (size_t i = 0; i < map->n; i++) {
        struct str name = map->keys[i].text;
        struct block_load *in = &d->branches[d->step.branches_n];

        *in = (struct block_load){.b = k->b, .block = k->block, .depth = k->depth + 1};
        in->called = load_cstr(l, name);
        in->prefix = str_of(
            arena_fmt(l->arena, STR_FMT "/" STR_FMT "/", STR_ARG(d->step.path), STR_ARG(name)));
        d->step.branches[d->step.branches_n++] = name;
        if (map->items[i].kind == YAML_LIST) take_list(in, &map->items[i]);
    }
}

/* --- what an expression may name --- */

static const struct cel_type *object_of(struct arena *a, struct cel_field *fields)
{
    struct cel_type *type = arena_get(a, sizeof *type);

    type->kind = CEL_OBJECT;
    type->fields = fields;
    return type;
}

static const struct cel_type *outputs_of(struct loading *l, const struct draft *d);

/* What is known of a step: with branches also the names of its outputs. */
static const struct cel_type *type_of(struct loading *l, const struct draft *d)
{
    return d->step.branches_n ? scope_step_with(l->arena, outputs_of(l, d)) : &scope_step;
}

static const struct cel_type *outputs_of(struct loading *l, const struct draft *d)
{
    struct cel_field *all = arena_get(l->arena, ((size_t)d->step.branches_n + 1) * sizeof *all);

    for (int b = 0; b < d->step.branches_n; b++) {
        const struct block_load *in = &d->branches[b];
        struct cel_field *own = arena_get(l->arena, ((size_t)in->n + 1) * sizeof *own);

        for (int i = 0; i < in->n; i++)
            own[i] = (struct cel_field){load_cstr(l, in->list[i].step.id),
                                        in->list[i].step.branches_n ? outputs_of(l, &in->list[i])
                                                                    : &cel_record};
        all[b] = (struct cel_field){load_cstr(l, d->step.branches[b]), object_of(l->arena, own)};
    }
    return object_of(l->arena, all);
}

struct ancestors {
    struct arena *arena;
    const struct cel_field *newest; /* the steps of the list, last one first, then those outside */
    const struct draft *list;
    int n, outer_n;
};

/* A step and then its ancestors. When all earlier steps are its ancestors, which is
   the rule, that is the tail of one list. */
static const struct cel_field *steps_from(const struct ancestors *a, int i)
{
    bool *is = arena_get(a->arena, (size_t)i + 1);
    struct cel_field *own;
    int n = 0, k = 0;

    is[i] = true;
    for (int j = i; j >= 0; j--) {
        if (!is[j]) continue;
        n++;
        for (int m = 0; m < a->list[j].needs_n; m++) is[a->list[j].needs[m]] = true;
    }
    if (n == i + 1) return a->newest + (a->n - 1 - i);
    own = arena_raw(a->arena, (size_t)(n + a->outer_n + 1) * sizeof *own);
    for (int j = i; j >= 0; j--)
        if (is[j]) own[k++] = a->newest[a->n - 1 - j];
    memcpy(own + k, a->newest + a->n, (size_t)(a->outer_n + 1) * sizeof *own);
    return own;
}

/* `outer`: the steps seen from the step around the list; NULL: there is none. A step hides one
   outside that is called the same. */
static void see_list(const struct block_load *k, const struct cel_field *outer,
                     struct ancestors *ret)
{
    struct loading *l = k->b->l;
    struct cel_field *newest;
    int outer_n = 0;

    while (outer && outer[outer_n].name) outer_n++;
    newest = arena_get(l->arena, (size_t)(k->n + outer_n + 1) * sizeof *newest);
    *ret = (struct ancestors){.arena = l->arena, .newest = newest, .list = k->list, .n = k->n};
    for (int i = 0; i < k->n; i++)
        newest[k->n - 1 - i] =
            (struct cel_field){load_cstr(l, k->list[i].step.id), type_of(l, &k->list[i])};
    for (int i = 0; i < outer_n; i++)
        if (find_draft(k, str_of(outer[i].name)) < 0) newest[k->n + ret->outer_n++] = outer[i];
}

static void load_contents(struct block_load *k, const struct cel_field *outer)
{
    bool alone = k->block != BLOCK_STEPS && !k->depth; /* these name the steps of `steps` only */
    struct ancestors a;

    see_list(k, outer, &a);
    if (k->block == BLOCK_STEPS && !k->depth) k->b->steps = a.newest;
    for (int i = 0; i < k->n; i++) {
        struct draft *d = &k->list[i];
        const struct cel_field *own = alone ? k->b->steps : steps_from(&a, i);
        struct stepping s = {.b = k->b, .step = &d->step, .yaml = d->yaml};

        s.seen = alone ? own : own + 1;
        load_step(&s, own);
        for (int b = 0; b < d->step.branches_n; b++) load_contents(&d->branches[b], s.seen);
    }
}

/* --- blocks --- */

static void append_list(struct workflow *w, struct block_load *k, int parent, int branch)
{
    for (int i = 0; i < k->n; i++) {
        struct draft *d = &k->list[i];
        struct step *s = &w->steps[d->at = w->steps_n++];

        *s = d->step;
        s->parent = parent;
        s->branch = branch;
        s->needs = d->needs;
        s->needs_n = d->needs_n;
        for (int j = 0; j < s->needs_n; j++) s->needs[j] = k->list[s->needs[j]].at;
        for (int b = 0; b < s->branches_n; b++) append_list(w, &d->branches[b], d->at, b);
        s->inside_n = w->steps_n - d->at - 1;
    }
}

/* With those inside them. */
static size_t count_steps(const struct yaml *list)
{
    size_t n = list->kind == YAML_LIST ? list->n : 0;

    for (size_t i = 0; list->kind == YAML_LIST && i < list->n; i++) {
        const struct yaml *y = &list->items[i];
        const struct yaml *map = y->kind == YAML_MAP ? load_map(y, "parallel") : NULL;

        for (size_t k = 0; map && k < map->n; k++) n += count_steps(&map->items[k]);
    }
    return n;
}

void load_steps(struct building *b, const struct yaml *y)
{
    static const char *const prefixes[BLOCKS] = {"", "on_failure/", "finally/"};
    struct workflow *w = b->w;
    struct loading *l = b->l;
    const struct yaml *lists[BLOCKS];
    size_t all = 0;

    for (int k = 0; k < BLOCKS; k++) all += count_steps(lists[k] = load_list(y, block_keys[k]));
    if (all > STEPS_MAX) {
        complain(l, y, "a workflow has at most %d steps, and this one has %zu", STEPS_MAX, all);
        return;
    }
    if (yaml_get(y, "steps") && lists[BLOCK_STEPS]->n == 0)
        complain(l, yaml_get(y, "steps"), "`steps` must hold at least one step");
    w->steps = arena_get(l->arena, all * sizeof *w->steps);
    for (int k = 0; k < BLOCKS; k++) {
        struct block_load load = {
            .b = b, .block = (enum block)k, .called = block_keys[k], .prefix = str_of(prefixes[k])};

        take_list(&load, lists[k]);
        load_contents(&load, NULL);
        w->block_at[k] = w->steps_n;
        append_list(w, &load, -1, -1);
    }
    w->block_at[BLOCKS] = w->steps_n;
}
