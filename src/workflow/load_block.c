/* load_block.c - the steps of a workflow, block by block: what they are called, what they need. */
#include "base/suggest.h"
#include "workflow/load_step.h"

static const char *const block_keys[BLOCKS] = {"steps", "on_failure", "finally"};

/* --- names --- */

struct block_load {
    struct building *b;
    enum block block;
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
        s->path = k->block == BLOCK_STEPS
                      ? s->id
                      : str_of(arena_fmt(a, "%s/" STR_FMT, block_keys[k->block], STR_ARG(s->id)));
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
    complain(k->b->l, y, "no step `" STR_FMT "` under `%s`%s", STR_ARG(y->text),
             block_keys[k->block], did_you_mean(k->b->l, suggest_best(&near)));
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

/* --- what an expression may name --- */

struct ancestors {
    struct arena *arena;
    const struct cel_field *newest; /* the steps of the block, last one first, then none */
    const struct draft *list;
    int n;
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
    own = arena_raw(a->arena, ((size_t)n + 1) * sizeof *own);
    for (int j = i; j >= 0; j--)
        if (is[j]) own[k++] = a->newest[a->n - 1 - j];
    own[k].name = NULL;
    return own;
}

static void load_contents(struct block_load *k)
{
    struct ancestors a = {.arena = k->b->l->arena, .list = k->list, .n = k->n};
    struct cel_field *newest = arena_get(a.arena, ((size_t)k->n + 1) * sizeof *newest);

    for (int i = 0; i < k->n; i++)
        newest[k->n - 1 - i] =
            (struct cel_field){load_cstr(k->b->l, k->list[i].step.id), &scope_step};
    a.newest = newest;
    if (k->block == BLOCK_STEPS) k->b->steps = newest;
    for (int i = 0; i < k->n; i++) {
        struct draft *d = &k->list[i];
        const struct cel_field *own = k->block == BLOCK_STEPS ? steps_from(&a, i) : k->b->steps;
        struct stepping s = {.b = k->b, .step = &d->step, .yaml = d->yaml};

        s.seen = k->block == BLOCK_STEPS ? own + 1 : own;
        load_step(&s, own);
    }
}

/* --- blocks --- */

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

static void append_block(struct workflow *w, const struct block_load *k)
{
    int base = w->steps_n;

    for (int i = 0; i < k->n; i++) {
        struct step *s = &w->steps[w->steps_n++];
        const struct draft *d = &k->list[i];

        *s = d->step;
        s->needs = d->needs;
        s->needs_n = d->needs_n;
        for (int j = 0; j < s->needs_n; j++) s->needs[j] += base;
    }
}

void load_steps(struct building *b, const struct yaml *y)
{
    struct workflow *w = b->w;
    struct loading *l = b->l;
    const struct yaml *lists[BLOCKS];
    size_t all = 0;

    for (int k = 0; k < BLOCKS; k++) all += (lists[k] = load_list(y, block_keys[k]))->n;
    if (all > STEPS_MAX) {
        complain(l, y, "a workflow has at most %d steps, and this one has %zu", STEPS_MAX, all);
        return;
    }
    if (yaml_get(y, "steps") && lists[BLOCK_STEPS]->n == 0)
        complain(l, yaml_get(y, "steps"), "`steps` must hold at least one step");
    w->steps = arena_get(l->arena, all * sizeof *w->steps);
    for (int k = 0; k < BLOCKS; k++) {
        struct block_load load = {.b = b, .block = (enum block)k};

        take_drafts(&load, lists[k]);
        take_ids(&load);
        make_ids(&load);
        load_needs(&load);
        load_order(l, load.list, load.n);
        load_contents(&load);
        w->block_at[k] = w->steps_n;
        append_block(w, &load);
    }
    w->block_at[BLOCKS] = w->steps_n;
}
