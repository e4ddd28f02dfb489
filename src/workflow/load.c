/* load.c - a repository, or a stored workflow, to a model. */
#include "workflow/load.h"

#include <stdlib.h>

#include "base/id.h"
#include "data/json.h"
#include "workflow/keep.h"
#include "workflow/match.h"

enum { HASHED_MAX = 1 << 30, STORED_NODES = 400000 };

/* --- a repository --- */

static struct str base_name(struct str path)
{
    size_t start = path.n;

    while (start && path.p[start - 1] != '/') start--;
    return str_skip(path, start);
}

static bool is_root(struct str path)
{
    struct str base = base_name(path);

    return str_is(base, "botops.yaml") || str_is(base, "botops.yml");
}

/* "workflows/deploy.yaml" → "deploy" */
static struct str workflow_name(struct str path)
{
    struct str base = base_name(path);

    if (str_ends(base, STR(".yaml"))) base.n -= 5;
    if (str_ends(base, STR(".yml"))) base.n -= 4;
    return base;
}

static bool read_file(struct loading *l, const struct source_file *f, struct lines *lines,
                      struct yaml **ret)
{
    l->file = load_cstr(l, str_of(f->path));
    lines_init(lines, l->report->arena, f->text);
    l->lines = lines;
    return yaml_read(l->arena, f->text, l->file, l->report, ret);
}

/* A file or workflow is loaded with a report of its own, in an arena that is emptied behind it. */
static struct loading stage_begin(const struct loading *all, struct report *report)
{
    struct loading l = *all;

    *report = (struct report){.arena = all->share->work};
    l.arena = all->share->work;
    l.report = report;
    return l;
}

static void stage_end(struct loading *all, const struct report *report)
{
    for (size_t i = 0; i < report->n; i++) {
        const struct complaint *c = &report->list[i];

        report_add(all->report, c->file, c->line, c->col, "%s", c->text);
    }
    share_rest(all->share);
}

/* Of what has faults only its name is looked at, for others that have it too. */
static struct workflow *keep_name(struct arena *a, const struct workflow *w)
{
    struct workflow *copy = arena_get(a, sizeof *copy);

    copy->name = str_n(arena_dup(a, w->name.p, w->name.n), w->name.n);
    copy->file = str_n(arena_dup(a, w->file.p, w->file.n), w->file.n);
    copy->line = w->line;
    return copy;
}

static void add_workflow(struct loading *l, struct loading *all, const struct yaml *y,
                         struct str name)
{
    struct config *c = all->kept;
    struct workflow *w, **place;

    if (y->kind != YAML_MAP) return;
    w = load_workflow(l, y, name);
    place = arena_push(all->arena, &c->workflows, &c->workflows_n, sizeof(void *));
    *place = l->report->n ? keep_name(all->arena, w) : workflow_keep(l->share, w);
}

static void load_file(struct loading *all, const struct source_file *f)
{
    struct report report;
    struct loading l = stage_begin(all, &report);
    struct lines lines;
    struct yaml *y;

    if (read_file(&l, f, &lines, &y)) {
        if (y->kind != YAML_MAP) schema_check(&workflow_schema, y, l.file, l.report);
        add_workflow(&l, all, y, workflow_name(str_of(l.file)));
    }
    stage_end(all, &report);
}

/* Everything in botops.yaml that stands outside its workflows. */
static void load_root(struct loading *l, const struct yaml *y)
{
    if (!schema_check(&config_schema, y, l->file, l->report) && y->kind != YAML_MAP) return;
    load_server(l, y);
    load_secrets(l, y);
    load_connections(l, y);
    load_people(l, y);
}

static void load_root_workflows(struct loading *all, const struct yaml *y)
{
    const struct yaml *list = load_list(y, "workflows");

    for (size_t i = 0; i < list->n; i++) {
        struct report report;
        struct loading l = stage_begin(all, &report);

        add_workflow(&l, all, &list->items[i], STR(""));
        stage_end(all, &report);
    }
}

static int by_name(const void *a, const void *b)
{
    const struct workflow *const *x = a, *const *y = b;
    int way = str_cmp((*x)->name, (*y)->name);

    if (!way) way = str_cmp((*x)->file, (*y)->file);
    return way ? way : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static void sort_workflows(struct loading *l, struct config *c)
{
    if (c->workflows_n) qsort(c->workflows, c->workflows_n, sizeof(struct workflow *), by_name);
    for (size_t i = 1; i < c->workflows_n; i++) {
        const struct workflow *a = c->workflows[i - 1], *b = c->workflows[i];

        if (!b->name.n || !str_eq(a->name, b->name)) continue;
        report_add(l->report, b->file.p, b->line, 1,
                   "two workflows are called `" STR_FMT "`: the other one is at %s:%d",
                   STR_ARG(b->name), a->file.p, a->line);
    }
    if (c->workflows_n > WORKFLOWS_MAX)
        report_add(l->report, c->workflows[0]->file.p, 0, 0,
                   "a configuration has at most %d workflows, and this one has %zu", WORKFLOWS_MAX,
                   c->workflows_n);
}

/* What the server is, not what it does, is left out: its address, where it keeps things. */
static void make_hash(struct loading *l, struct config *c, const struct yaml *root)
{
    static const char *const keys[] = {"connections", "users", "roles", "rooms", "secrets"};
    AUTO(buf) struct buf all = BUF(HASHED_MAX);
    char hex[65] = "";

    for (size_t i = 0; i < c->workflows_n; i++) {
        buf_add(&all, c->workflows[i]->hash);
        buf_addc(&all, '\n');
    }
    for (size_t i = 0; root && i < COUNT_OF(keys); i++) {
        json_write(&all, yaml_value(l->report->arena, load_map(root, keys[i])));
        buf_addc(&all, '\n');
    }
    l->options->hash(buf_str(&all), hex);
    c->hash = str_n(arena_dup(c->arena, hex, strlen(hex)), strlen(hex));
}

static void load_files(struct loading *l, struct config *c, const struct source_file *files,
                       size_t n)
{
    static const struct yaml nothing = {.kind = YAML_MAP};
    struct yaml *root = NULL;
    struct lines lines;
    bool lost = false;

    l->config = l->kept = c;
    for (size_t i = 0; i < n && !root && !lost; i++)
        if (is_root(str_of(files[i].path))) lost = !read_file(l, &files[i], &lines, &root);
    if (lost) root = NULL;
    load_root(l, root ? root : &nothing);
    if (lost) { /* its names are not known, and complaining about each would not help */
        l->config = NULL;
        l->secrets = template_any_secret;
        l->vars = NULL;
    }
    if (root && root->kind == YAML_MAP) load_root_workflows(l, root);
    for (size_t i = 0; i < n; i++)
        if (!is_root(str_of(files[i].path))) load_file(l, &files[i]);
    l->lines = NULL;
    sort_workflows(l, c);
    make_hash(l, c, root && root->kind == YAML_MAP ? root : NULL);
}

struct config *config_load(const struct source_file *files, size_t n, const struct load_options *o,
                           struct report *report)
{
    AUTO(arena) struct arena *scratch = arena_new();
    AUTO(share) struct share share;
    struct arena *a = arena_new();
    struct config *c = arena_get(a, sizeof *c);
    struct report found = {.arena = scratch};
    struct loading l = {
        .arena = scratch, .report = &found, .options = o, .file = "", .share = &share};

    c->arena = a;
    share_init(&share, a);
    if (n == 0)
        report_add(
            &found, "botops.yaml", 0, 0,
            "there is no botops.yaml here and no workflows/*.yaml; `botops init` writes one");
    load_files(&l, c, files, n);
    report_sort(&found);
    for (size_t i = 0; i < found.n; i++)
        report_add(report, found.list[i].file, found.list[i].line, found.list[i].col, "%s",
                   found.list[i].text);
    if (found.n) {
        config_free(c);
        return NULL;
    }
    config_keep(&share, c);
    match_build(c);
    return c;
}

void config_free(struct config *c)
{
    if (c) arena_free(c->arena);
}

/* --- a stored workflow --- */

static struct yaml *nodes_of(struct arena *a, const struct value *v, size_t n);

/* Places are lost: a stored version has none that would mean anything to people. */
static struct yaml node_of(struct arena *a, struct value v)
{
    struct yaml y = {.kind = YAML_SCALAR, .plain = v.kind != V_STRING, .text = value_str(v)};

    if (v.kind == V_LIST) {
        y.kind = YAML_LIST;
        y.n = v.n;
        y.items = nodes_of(a, v.list, v.n);
    } else if (v.kind == V_MAP) {
        y.kind = YAML_MAP;
        y.n = v.n;
        y.keys = arena_raw(a, v.n * sizeof *y.keys);
        y.items = arena_raw(a, v.n * sizeof *y.items);
        for (uint32_t i = 0; i < v.n; i++) {
            y.keys[i] = node_of(a, v.map[i].key);
            y.items[i] = node_of(a, v.map[i].value);
        }
    } else if (v.kind != V_STRING) {
        AUTO(buf) struct buf text = BUF(64);

        json_write(&text, v);
        y.text = str_n(arena_dup(a, text.p, text.n), text.n);
    }
    return y;
}

/* As deep as JSON_LIMITS at most. */
static struct yaml *nodes_of(struct arena *a, const struct value *v, size_t n)
{
    struct yaml *list = arena_raw(a, n * sizeof *list);

    for (size_t i = 0; i < n; i++) list[i] = node_of(a, v[i]);
    return list;
}

struct workflow *workflow_load(struct arena *a, struct str source, const struct load_options *o,
                               struct report *report)
{
    struct json_limits limits = JSON_LIMITS;
    AUTO(share) struct share share;
    struct report found = {.list = NULL};
    struct loading l = {.options = o,
                        .report = &found,
                        .file = "stored workflow",
                        .secrets = template_any_secret,
                        .share = &share};
    struct workflow *w = NULL;
    struct value v;
    struct yaml y;
    struct err e;

    share_init(&share, a);
    l.arena = found.arena = share.work;
    limits.nodes = STORED_NODES;
    if (json_read(share.work, source, limits, &v, &e) != OK) {
        report_err(&found, l.file, &e);
    } else {
        y = node_of(share.work, v);
        w = load_workflow(&l, &y, STR(""));
        if (!found.n) w = workflow_keep(&share, w);
    }
    for (size_t i = 0; i < found.n; i++)
        report_add(report, found.list[i].file, found.list[i].line, found.list[i].col, "%s",
                   found.list[i].text);
    return found.n ? NULL : w;
}
