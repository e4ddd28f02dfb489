/* load_people.c - users, roles and rooms, and the names of them elsewhere. */
#include <stdlib.h>

#include "base/suggest.h"
#include "workflow/load.h"

/* --- looking names up --- */

static const struct user *find_user(const struct config *c, struct str name)
{
    for (size_t i = 0; i < c->users_n; i++)
        if (str_eq(c->users[i].name, name)) return &c->users[i];
    return NULL;
}

static struct role *find_role(const struct config *c, struct str name)
{
    for (size_t i = 0; i < c->roles_n; i++)
        if (str_eq(c->roles[i].name, name)) return &c->roles[i];
    return NULL;
}

static struct str nearest(const struct config *c, struct str word, bool users, bool roles)
{
    struct suggest near;

    suggest_init(&near, word);
    for (size_t i = 0; users && i < c->users_n; i++) suggest_offer(&near, c->users[i].name);
    for (size_t i = 0; roles && i < c->roles_n; i++) suggest_offer(&near, c->roles[i].name);
    return suggest_best(&near);
}

static void no_role(struct loading *l, const struct yaml *y, struct str name)
{
    complain(l, y, "no role `" STR_FMT "` under `roles:` in botops.yaml%s", STR_ARG(name),
             did_you_mean(l, nearest(l->config, name, false, true)));
}

/* A role or a user; "role:" in front is taken off. */
static struct str allowed_name(struct loading *l, const struct yaml *y)
{
    struct str name = y->text;
    bool role = str_starts(name, STR("role:"));

    if (role) name = str_skip(name, 5);
    if (!l->config || find_role(l->config, name)) return name;
    if (role)
        no_role(l, y, name);
    else if (!find_user(l->config, name))
        complain(l, y, "no role and no user `" STR_FMT "` in botops.yaml%s", STR_ARG(name),
                 did_you_mean(l, nearest(l->config, name, true, true)));
    return name;
}

static bool is_text(const struct yaml *y)
{
    return y->kind == YAML_SCALAR && yaml_scalar(y).kind == V_STRING;
}

size_t load_allow(struct loading *l, const char *key, const struct yaml *y, struct str **ret)
{
    const struct yaml *items = y && y->kind == YAML_LIST ? y->items : y;
    size_t n = 0, many = !y ? 0 : y->kind == YAML_LIST ? y->n : 1;

    *ret = NULL;
    for (size_t i = 0; i < many; i++)
        if (is_text(&items[i]))
            *(struct str *)arena_push(l->arena, ret, &n, sizeof **ret) = allowed_name(l, &items[i]);
    if (y && y->kind == YAML_LIST && y->n == 0)
        complain(l, y, "`%s` names nobody; leave it out to allow everybody known", key);
    return n;
}

static void check_room(struct loading *l, const struct yaml *y)
{
    struct suggest near;

    if (!l->config || config_room(l->config, y->text)) return;
    suggest_init(&near, y->text);
    for (size_t i = 0; i < l->config->rooms_n && !report_full(l->report); i++)
        suggest_offer(&near, l->config->rooms[i].name);
    complain(l, y, "no room `" STR_FMT "` under `rooms:` in botops.yaml%s", STR_ARG(y->text),
             did_you_mean(l, suggest_best(&near)));
}

void load_rooms(struct loading *l, const struct yaml *y, struct str **ret, size_t *ret_n)
{
    *ret_n = load_texts(l, y, ret);
    if (y && y->kind == YAML_SCALAR && *ret_n) check_room(l, y);
    for (size_t i = 0; y && y->kind == YAML_LIST && i < y->n; i++)
        if (is_text(&y->items[i])) check_room(l, &y->items[i]);
    if (y && y->kind == YAML_LIST && y->n == 0)
        complain(l, y, "`rooms` names no room; leave it out to listen in all");
}

/* --- users --- */

struct identity {
    struct str platform, name, user;
    const struct yaml *at;
};

struct identities {
    struct identity *list;
    size_t n;
};

static int by_identity(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    int way = str_cmp(x->platform, y->platform);

    if (!way) way = str_cmp(x->name, y->name);
    return way ? way : (x->at->line > y->at->line) - (x->at->line < y->at->line);
}

static void load_identity(struct loading *l, struct user *u, const struct yaml *key,
                          const struct yaml *y, struct identities *all)
{
    struct value v = y->kind == YAML_SCALAR ? yaml_scalar(y) : NO_VALUE;
    struct pair *p;

    if ((v.kind != V_STRING && v.kind != V_INT) || y->text.n == 0) {
        complain(l, y,
                 "`" STR_FMT "` must be what `" STR_FMT "` is called there, as text or a number",
                 STR_ARG(key->text), STR_ARG(u->name));
        return;
    }
    p = arena_push(l->arena, &u->identities, &u->identities_n, sizeof *p);
    *p = (struct pair){v_str(key->text), v_str(y->text)};
    *(struct identity *)arena_push(l->report->arena, &all->list, &all->n, sizeof *all->list) =
        (struct identity){key->text, y->text, u->name, y};
}

static bool person_name(struct loading *l, const struct yaml *key, const char *what)
{
    if (name_valid(key->text)) return true;
    complain(l, key,
             "`" STR_FMT "` is not a name for a %s: use at most 63 letters, digits, `-` and `_`",
             STR_ARG(key->text), what);
    return false;
}

static void load_users(struct loading *l, const struct yaml *y)
{
    struct config *c = l->config;
    struct identities all = {0};

    c->users = arena_get(l->arena, y->n * sizeof *c->users);
    for (size_t i = 0; i < y->n; i++) {
        const struct yaml *one = &y->items[i];
        struct user *u = &c->users[c->users_n];

        if (!person_name(l, &y->keys[i], "user")) continue;
        u->name = y->keys[i].text;
        c->users_n++;
        if (one->kind == YAML_SCALAR && yaml_scalar(one).kind == V_NULL) continue;
        if (one->kind != YAML_MAP)
            complain(l, one, "user `" STR_FMT "` must be a mapping such as `{github: " STR_FMT "}`",
                     STR_ARG(u->name), STR_ARG(u->name));
        for (size_t k = 0; one->kind == YAML_MAP && k < one->n; k++)
            load_identity(l, u, &one->keys[k], &one->items[k], &all);
    }
    if (all.n) qsort(all.list, all.n, sizeof *all.list, by_identity);
    for (size_t i = 1; i < all.n; i++)
        if (str_eq(all.list[i].platform, all.list[i - 1].platform) &&
            str_eq(all.list[i].name, all.list[i - 1].name))
            complain(l, all.list[i].at,
                     "`" STR_FMT "` on " STR_FMT " is given to `" STR_FMT "` and to `" STR_FMT "`",
                     STR_ARG(all.list[i].name), STR_ARG(all.list[i].platform),
                     STR_ARG(all.list[i - 1].user), STR_ARG(all.list[i].user));
}

/* --- roles --- */

static void check_member(struct loading *l, const struct yaml *y)
{
    const struct config *c = l->config;
    struct str name = y->text;

    if (str_starts(name, STR("role:"))) {
        if (!find_role(c, str_skip(name, 5))) no_role(l, y, str_skip(name, 5));
    } else if (find_user(c, name)) {
        return;
    } else if (find_role(c, name)) {
        complain(l, y, "`" STR_FMT "` is a role: write `role:" STR_FMT "`", STR_ARG(name),
                 STR_ARG(name));
    } else {
        complain(l, y, "no user `" STR_FMT "` under `users:` in botops.yaml%s", STR_ARG(name),
                 did_you_mean(l, nearest(c, name, true, false)));
    }
}

/* How deep roles nest, raised pass by pass: what is still rising after ROLE_NEST_MAX passes is in a
   circle, or as good as. */
static int *nesting(struct loading *l)
{
    const struct config *c = l->config;
    int *depth = arena_get(l->report->arena, c->roles_n * sizeof *depth);

    for (int pass = 0; pass <= ROLE_NEST_MAX; pass++)
        for (size_t i = 0; i < c->roles_n; i++) {
            int deepest = 0;

            for (size_t k = 0; k < c->roles[i].members_n; k++) {
                struct str m = c->roles[i].members[k];
                const struct role *r =
                    str_starts(m, STR("role:")) ? find_role(c, str_skip(m, 5)) : NULL;

                if (r && depth[r - c->roles] > deepest) deepest = depth[r - c->roles];
            }
            depth[i] = deepest + 1;
        }
    return depth;
}

static void load_roles(struct loading *l, const struct yaml *y)
{
    struct config *c = l->config;

    c->roles = arena_get(l->arena, y->n * sizeof *c->roles);
    for (size_t i = 0; i < y->n; i++) {
        struct field f = role_field;
        struct role *r = &c->roles[c->roles_n];

        if (!person_name(l, &y->keys[i], "role")) continue;
        r->name = y->keys[i].text;
        f.name = load_cstr(l, r->name);
        schema_check_field(&f, &y->items[i], l->file, l->report);
        r->members_n = load_texts(l, &y->items[i], &r->members);
        c->roles_n++;
        if (find_user(c, r->name))
            complain(l, &y->keys[i], "`" STR_FMT "` is a user too: give the role another name",
                     STR_ARG(r->name));
    }
}

static void check_roles(struct loading *l, const struct yaml *y)
{
    const int *depth = nesting(l);

    for (size_t i = 0; i < y->n; i++) {
        const struct yaml *members = &y->items[i];
        const struct role *r = find_role(l->config, y->keys[i].text);

        if (members->kind == YAML_SCALAR && is_text(members)) check_member(l, members);
        for (size_t k = 0; members->kind == YAML_LIST && k < members->n; k++)
            if (is_text(&members->items[k])) check_member(l, &members->items[k]);
        if (r && depth[r - l->config->roles] > ROLE_NEST_MAX)
            complain(l, &y->keys[i],
                     "the role `" STR_FMT
                     "` holds itself by way of others, or nests more than %d deep",
                     STR_ARG(r->name), ROLE_NEST_MAX);
    }
}

/* --- rooms --- */

static int by_name(const void *a, const void *b)
{
    const struct room *x = a, *y = b;

    return str_cmp(x->name, y->name);
}

static void load_room_list(struct loading *l, const struct yaml *y)
{
    struct config *c = l->config;
    const char **vars = NULL;
    size_t vars_n = 0;

    c->rooms = arena_get(l->arena, y->n * sizeof *c->rooms);
    for (size_t i = 0; i < y->n; i++) {
        const struct yaml *one = &y->items[i], *v;
        struct room *r = &c->rooms[c->rooms_n++];

        r->name = y->keys[i].text;
        r->vars = v_map(NULL, 0);
        if (one->kind != YAML_MAP) continue;
        r->allow_n = load_allow(l, "allow", yaml_get(one, "allow"), &r->allow);
        v = load_map(one, "vars");
        r->vars = yaml_value(l->arena, v);
        for (size_t k = 0; k < v->n; k++) {
            const char **name = arena_push(l->arena, &vars, &vars_n, sizeof *vars);

            *name = load_cstr(l, v->keys[k].text);
            if (!word_valid(v->keys[k].text))
                complain(l, &v->keys[k],
                         "`" STR_FMT "` is not a name for a variable: use letters, "
                         "digits and `_`",
                         STR_ARG(v->keys[k].text));
        }
    }
    if (c->rooms_n) qsort(c->rooms, c->rooms_n, sizeof *c->rooms, by_name);
    *(const char **)arena_push(l->arena, &vars, &vars_n, sizeof *vars) = NULL;
    l->vars = vars;
}

void load_people(struct loading *l, const struct yaml *root)
{
    load_users(l, load_map(root, "users"));
    load_roles(l, load_map(root, "roles"));
    check_roles(l, load_map(root, "roles"));
    load_room_list(l, load_map(root, "rooms"));
}
