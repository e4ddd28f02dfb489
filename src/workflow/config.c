/* config.c - the server, its store, secrets and connections; and looking things up. */
#include <stdlib.h>

#include "base/suggest.h"
#include "workflow/load.h"

enum { BODY_MAX = 32 << 20 };
#define DAY_US (INT64_C(86400) * 1000000)

/* --- looking up --- */

/* Workflows and rooms are in the order of their names. */
const struct workflow *config_workflow(const struct config *c, struct str name)
{
    size_t low = 0, high = c->workflows_n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int way = str_cmp(name, c->workflows[mid]->name);

        if (way == 0) return c->workflows[mid];
        if (way < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const struct room *config_room(const struct config *c, struct str name)
{
    size_t low = 0, high = c->rooms_n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int way = str_cmp(name, c->rooms[mid].name);

        if (way == 0) return &c->rooms[mid];
        if (way < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const struct connection *config_connection(const struct config *c, struct str name)
{
    for (size_t i = 0; i < c->connections_n; i++)
        if (str_eq(c->connections[i].name, name)) return &c->connections[i];
    return NULL;
}

struct template *connection_setting(const struct connection *c, const char *name)
{
    for (size_t i = 0; i < c->settings_n; i++)
        if (str_is(c->settings[i].name, name)) return c->settings[i].value;
    return NULL;
}

int workflow_step(const struct workflow *w, struct str path)
{
    for (int i = 0; i < w->steps_n; i++)
        if (str_eq(w->steps[i].path, path)) return i;
    return -1;
}

/* --- server and store --- */

static bool is_port(struct str s)
{
    int64_t n;

    return s.n <= 5 && str_int(s, &n) && n >= 0 && n <= 65535;
}

static bool is_loopback(struct str host)
{
    size_t digits = 0;

    while (digits < host.n && strchr("0123456789.", host.p[digits])) digits++;
    return str_is(host, "localhost") || str_is(host, "[::1]") ||
           (str_starts(host, STR("127.")) && digits == host.n);
}

static void check_listen(struct loading *l, const struct yaml *server, struct str listen)
{
    const struct yaml *y = yaml_get(server, "listen");
    size_t colon = listen.n;

    if (!y || y->kind != YAML_SCALAR) return;
    while (colon && listen.p[colon - 1] != ':') colon--;
    if (!colon || !is_port(str_skip(listen, colon))) {
        complain(l, y,
                 "`listen` must be an address and a port such as 127.0.0.1:8080, not `" STR_FMT "`",
                 STR_ARG(listen));
        return;
    }
    if (is_loopback(str_n(listen.p, colon - 1)) || load_bool(server, "allow_remote", false)) return;
    complain(l, y,
             "`" STR_FMT "` can be reached from other machines: listen on 127.0.0.1 and put a "
             "reverse proxy in front, or say `allow_remote: true` if something else decides who "
             "gets through",
             STR_ARG(listen));
}

static struct str load_url(struct loading *l, const struct yaml *server)
{
    struct str url = load_text(l, server, "url");

    if (url.n && !str_starts(url, STR("http://")) && !str_starts(url, STR("https://")))
        complain(l, yaml_get(server, "url"),
                 "`url` must begin with http:// or https://, not `" STR_FMT "`", STR_ARG(url));
    while (url.n && url.p[url.n - 1] == '/') url.n--;
    return url;
}

static int64_t body_size(struct loading *l, const struct yaml *server)
{
    int64_t n = load_size(server, "max_body", 1 << 20);

    if (n < 1024 || n > BODY_MAX)
        complain(l, yaml_get(server, "max_body"), "`max_body` must be from 1KiB to 32MiB");
    return n;
}

static struct str text_or(struct loading *l, const struct yaml *map, const char *key,
                          const char *fallback)
{
    struct str s = load_text(l, map, key);
    const struct yaml *y = yaml_get(map, key);

    if (y && y->kind == YAML_SCALAR && y->text.n == 0)
        complain(l, y, "`%s` must not be empty", key);
    return s.n ? s : str_of(fallback);
}

static void load_store(struct loading *l, const struct yaml *root)
{
    const struct yaml *store = load_map(root, "store");
    struct str url = text_or(l, store, "url", "sqlite:botops.db");

    if (!str_starts(url, STR("sqlite:")) || url.n == 7)
        complain(l, yaml_get(store, "url"),
                 "`url` must be `sqlite:` and a file, such as sqlite:botops.db, not `" STR_FMT "`",
                 STR_ARG(url));
    l->config->server.store_url = url;
}

void load_server(struct loading *l, const struct yaml *root)
{
    const struct yaml *server = load_map(root, "server");
    struct server *s = &l->config->server;

    s->listen = text_or(l, server, "listen", "127.0.0.1:8080");
    check_listen(l, server, s->listen);
    s->url = load_url(l, server);
    s->data = text_or(l, server, "data", "./data");
    s->max_body = body_size(l, server);
    s->dedup_us = load_duration(server, "dedup", 7 * DAY_US);
    s->keep_us = load_duration(server, "keep", 30 * DAY_US);
    s->output_cap = load_size(server, "output_cap", 100 << 20);
    s->max_processes = (int)load_int(server, "max_processes", 64);
    load_store(l, root);
}

/* --- secrets --- */

void load_secrets(struct loading *l, const struct yaml *root)
{
    const struct yaml *y = load_map(root, "secrets");
    struct config *c = l->config;
    const char **names = arena_get(l->arena, (y->n + 1) * sizeof *names);

    c->secrets = arena_get(l->arena, y->n * sizeof *c->secrets);
    for (size_t i = 0; i < y->n; i++) {
        const struct yaml *from = &y->items[i];
        struct secret *s = &c->secrets[c->secrets_n];
        bool env;

        if (!word_valid(y->keys[i].text)) {
            complain(l, &y->keys[i],
                     "`" STR_FMT "` is not a name for a secret: use letters, digits and `_`",
                     STR_ARG(y->keys[i].text));
            continue;
        }
        s->name = y->keys[i].text;
        names[c->secrets_n++] = load_cstr(l, s->name);
        if (from->kind != YAML_MAP) continue;
        env = yaml_get(from, "env") != NULL;
        s->source = env ? SECRET_ENV : SECRET_FILE;
        s->where = text_or(l, from, env ? "env" : "file", "");
        if (env && s->where.n && !word_valid(s->where))
            complain(l, yaml_get(from, "env"), "`" STR_FMT "` is not the name of a variable",
                     STR_ARG(s->where));
    }
    l->secrets = names;
}

/* --- connections --- */

struct settings {
    struct loading *l;
    const struct connection_kind *kind;
};

static struct template *load_setting(struct settings *s, const struct field *f,
                                     const struct yaml *y);

static struct template *constant(struct settings *s, const struct yaml *y)
{
    struct template *t = arena_get(s->l->arena, sizeof *t);

    *t = (struct template){.kind = TEMPLATE_VALUE,
                           .value = yaml_value(s->l->arena, y),
                           .line = y->line,
                           .col = y->col};
    return t;
}

static const struct field *find_field(const struct schema *of, struct str name)
{
    for (const struct field *f = of->fields; f->name; f++)
        if (str_is(name, f->name)) return f;
    return NULL;
}

static struct template *load_object(struct settings *s, const struct schema *of,
                                    const struct yaml *y)
{
    struct template *t = arena_get(s->l->arena, sizeof *t);

    *t = (struct template){.kind = TEMPLATE_MAP, .line = y->line, .col = y->col};
    t->items = arena_get(s->l->arena, y->n * sizeof *t->items);
    t->keys = arena_get(s->l->arena, y->n * sizeof *t->keys);
    for (size_t i = 0; i < y->n; i++) {
        const struct field *f = find_field(of, y->keys[i].text);
        const struct template *one = f ? load_setting(s, f, &y->items[i]) : NULL;

        if (!one) continue;
        t->keys[t->n] = y->keys[i].text;
        t->items[t->n++] = *one;
    }
    return t;
}

/* The items of a list, or of a mapping with names of the author's choice. */
static struct template *load_many(struct settings *s, const struct field *f, const struct yaml *y)
{
    const struct field item = {.name = f->name, .type = FIELD_OBJECT, .of = f->of};
    struct template *t = arena_get(s->l->arena, sizeof *t);

    *t = (struct template){
        .kind = y->kind == YAML_MAP ? TEMPLATE_MAP : TEMPLATE_LIST, .line = y->line, .col = y->col};
    t->items = arena_get(s->l->arena, y->n * sizeof *t->items);
    t->keys = arena_get(s->l->arena, y->n * sizeof *t->keys);
    for (size_t i = 0; i < y->n; i++) {
        const struct template *one = load_setting(s, &item, &y->items[i]);

        if (!one) continue;
        if (y->kind == YAML_MAP) t->keys[t->n] = y->keys[i].text;
        t->items[t->n++] = *one;
    }
    return t;
}

static struct template *load_expression(struct settings *s, const struct yaml *y)
{
    const struct template_context c = {.arena = s->l->arena,
                                       .report = s->l->report,
                                       .file = s->l->file,
                                       .names = s->kind->names,
                                       .names_n = s->kind->names_n,
                                       .lines = s->l->lines};
    struct template *t = arena_get(s->l->arena, sizeof *t);

    *t = (struct template){.kind = TEMPLATE_CEL, .line = y->line, .col = y->col};
    t->cel = template_cel(&c, y);
    return t->cel ? t : NULL;
}

/* By its type: bare expressions see the kind's names, secrets are let in where the field says so.
 */
static struct template *load_setting(struct settings *s, const struct field *f,
                                     const struct yaml *y)
{
    const struct template_context c = {.arena = s->l->arena,
                                       .report = s->l->report,
                                       .file = s->l->file,
                                       .secrets = f->type == FIELD_SECRET ? s->l->secrets : NULL,
                                       .lines = s->l->lines};
    bool many = (f->type == FIELD_LIST || f->type == FIELD_MAP) && f->of;

    if (f->type == FIELD_OBJECT && y->kind == YAML_MAP) return load_object(s, f->of, y);
    if (many && y->kind == (f->type == FIELD_LIST ? YAML_LIST : YAML_MAP))
        return load_many(s, f, y);
    if (f->type == FIELD_CEL && y->kind == YAML_SCALAR) return load_expression(s, y);
    if (f->type == FIELD_DURATION || f->type == FIELD_SIZE || f->type == FIELD_BOOL ||
        f->type == FIELD_INT || f->type == FIELD_NUMBER || f->type == FIELD_CHOICE)
        return constant(s, y);
    return template_compile(&c, y);
}

static const struct connection_kind *find_kind(struct loading *l, const struct yaml *key)
{
    const struct connection_kind *const *k = l->options->kinds;
    struct suggest near;

    suggest_init(&near, key->text);
    for (; k && *k; k++) {
        if (str_is(key->text, (*k)->name)) return *k;
        suggest_offer(&near, str_of((*k)->name));
    }
    complain(l, key, "no kind of connection is called `" STR_FMT "`%s", STR_ARG(key->text),
             did_you_mean(l, suggest_best(&near)));
    return NULL;
}

static void load_connection(struct loading *l, const struct yaml *key, const struct yaml *y,
                            struct connection *c)
{
    struct settings s = {.l = l};
    struct field kind = {.type = FIELD_OBJECT};
    const struct template *all;

    c->name = key->text;
    c->line = key->line;
    if (!name_valid(c->name))
        complain(l, key,
                 "`" STR_FMT "` is not a name for a connection: use at most 63 letters, digits, "
                 "`-` and `_`",
                 STR_ARG(c->name));
    if (y->kind != YAML_MAP || y->n != 1) {
        complain(l, y,
                 "connection `" STR_FMT
                 "` must have exactly one key, its kind, such as `{webhook: …}`",
                 STR_ARG(c->name));
        return;
    }
    s.kind = c->kind = find_kind(l, &y->keys[0]);
    if (!c->kind) return;
    kind.name = c->kind->name;
    kind.of = c->kind->schema;
    schema_check_field(&kind, &y->items[0], l->file, l->report);
    if (y->items[0].kind != YAML_MAP) return;
    all = load_object(&s, c->kind->schema, &y->items[0]);
    c->settings = arena_get(l->arena, all->n * sizeof *c->settings);
    for (size_t i = 0; i < all->n; i++)
        c->settings[c->settings_n++] = (struct setting){all->keys[i], &all->items[i]};
}

void load_connections(struct loading *l, const struct yaml *root)
{
    const struct yaml *y = load_map(root, "connections");
    struct config *c = l->config;

    c->connections = arena_get(l->arena, y->n * sizeof *c->connections);
    c->connections_n = y->n;
    for (size_t i = 0; i < y->n; i++)
        load_connection(l, &y->keys[i], &y->items[i], &c->connections[i]);
}
