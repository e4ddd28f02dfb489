#include "workflow/keep.h"

#include <assert.h>

#include "cel/cel_share.h"
#include "data/value_share.h"
#include "workflow/pattern_nodes.h"

/* --- texts and templates --- */

static struct str text(struct share *s, struct str t)
{
    return share_str(s, t);
}

static struct str *texts(struct share *s, const struct str *list, size_t n)
{
    struct str *copy = arena_raw(s->work, n * sizeof *copy);

    for (size_t i = 0; i < n; i++) copy[i] = text(s, list[i]);
    return share_bytes(s, copy, n * sizeof *copy);
}

static struct value *values(struct share *s, const struct value *list, size_t n)
{
    struct value *copy = arena_raw(s->work, n * sizeof *copy);

    for (size_t i = 0; i < n; i++) copy[i] = value_share(s, list[i]);
    return share_bytes(s, copy, n * sizeof *copy);
}

static struct template *templates(struct share *s, const struct template *list, size_t n)
{
    struct template *copy = arena_get(s->work, n * sizeof *copy);

    for (size_t i = 0; i < n; i++) {
        const struct template *t = &list[i];

        copy[i].kind = t->kind;
        copy[i].value = value_share(s, t->value);
        copy[i].cel = cel_share(s, t->cel);
        copy[i].items = templates(s, t->items, t->n);
        copy[i].keys = t->kind == TEMPLATE_MAP ? texts(s, t->keys, t->n) : NULL;
        copy[i].n = t->n;
        copy[i].line = t->line;
        copy[i].col = t->col;
    }
    return share_bytes(s, copy, n * sizeof *copy);
}

static struct template *template(struct share *s, const struct template *t)
{
    return t ? templates(s, t, 1) : NULL;
}

/* --- triggers --- */

static struct pattern *pattern(struct share *s, const struct pattern *p)
{
    struct pattern *copy = arena_get(s->work, sizeof *copy);
    struct node *nodes = arena_get(s->work, p->n * sizeof *nodes);

    for (size_t i = 0; i < p->n; i++) {
        nodes[i].kind = p->nodes[i].kind;
        nodes[i].arg = p->nodes[i].arg;
        nodes[i].needed = p->nodes[i].needed;
        nodes[i].next = p->nodes[i].next;
        nodes[i].other = p->nodes[i].other;
        nodes[i].word = text(s, p->nodes[i].word);
    }
    copy->nodes = share_bytes(s, nodes, p->n * sizeof *nodes);
    copy->n = p->n;
    copy->args = texts(s, p->args, p->nargs);
    copy->nargs = p->nargs;
    copy->first = share_bytes(s, p->first, p->nfirst * sizeof *p->first);
    copy->nfirst = p->nfirst;
    copy->has_rest = p->has_rest;
    copy->text = text(s, p->text);
    return share_bytes(s, copy, sizeof *copy);
}

static void keep_chat(struct share *s, struct trigger *t)
{
    struct pattern **list = arena_raw(s->work, t->patterns_n * sizeof(struct pattern *));

    for (size_t i = 0; i < t->patterns_n; i++) list[i] = pattern(s, t->patterns[i]);
    t->patterns = share_bytes(s, list, t->patterns_n * sizeof(struct pattern *));
    t->rooms = texts(s, t->rooms, t->rooms_n);
    t->example = text(s, t->example);
}

/* Its inside is schedule.c's own, and it is soon read again. */
static void keep_schedule(struct share *s, struct trigger *t)
{
    const struct zone *zone = schedule_zone(t->schedule);
    bool every = str_starts(t->schedule_text, STR("every "));
    struct err e;
    err_t bad;

    t->schedule_text = text(s, t->schedule_text);
    t->timezone = text(s, t->timezone);
    if (every)
        bad = schedule_every(s->to, str_skip(t->schedule_text, 6), zone, &t->schedule, &e);
    else
        bad = schedule_parse(s->to, t->schedule_text, zone, &t->schedule, &e);
    assert(bad == OK); /* it was read before */
    (void)bad;
}

static struct trigger *triggers(struct share *s, struct workflow *w)
{
    struct trigger *list = arena_raw(s->to, w->triggers_n * sizeof *list);

    if (w->triggers_n) memcpy(list, w->triggers, w->triggers_n * sizeof *list);
    for (size_t i = 0; i < w->triggers_n; i++) {
        struct trigger *t = &list[i];

        t->workflow = w;
        t->when = cel_share(s, t->when);
        t->with = template(s, t->with);
        if (t->kind == TRIGGER_CHAT) keep_chat(s, t);
        if (t->kind == TRIGGER_SCHEDULE) keep_schedule(s, t);
        if (t->kind != TRIGGER_EVENT) continue;
        t->type = text(s, t->type);
        t->connection = text(s, t->connection);
    }
    return list;
}

/* --- inputs and steps --- */

static void keep_input(struct share *s, struct input *in)
{
    in->name = text(s, in->name);
    in->description = text(s, in->description);
    in->pattern_text = text(s, in->pattern_text);
    in->pattern = cel_share(s, in->pattern);
    in->fallback = value_share(s, in->fallback);
    in->choices = values(s, in->choices, in->choices_n);
}

static struct input *inputs(struct share *s, const struct input *list, size_t n)
{
    struct input *copy = arena_raw(s->work, n * sizeof *copy);

    if (n) memcpy(copy, list, n * sizeof *copy);
    for (size_t i = 0; i < n; i++) keep_input(s, &copy[i]);
    return share_bytes(s, copy, n * sizeof *copy);
}

static struct approval *approval(struct share *s, const struct approval *from)
{
    struct approval *copy = arena_raw(s->work, sizeof *copy);

    if (!from) return NULL;
    *copy = *from;
    copy->by = texts(s, from->by, from->by_n);
    return share_bytes(s, copy, sizeof *copy);
}

static struct question *question(struct share *s, const struct question *from)
{
    struct question *copy = arena_raw(s->work, sizeof *copy);

    if (!from) return NULL;
    *copy = *from;
    copy->who = template(s, from->who);
    keep_input(s, &copy->answer);
    return share_bytes(s, copy, sizeof *copy);
}

static void keep_step(struct share *s, struct step *t)
{
    t->id = text(s, t->id);
    t->name = text(s, t->name);
    t->path = text(s, t->path);
    t->when = cel_share(s, t->when);
    t->needs = share_bytes(s, t->needs, (size_t)t->needs_n * sizeof *t->needs);
    t->retry.when = cel_share(s, t->retry.when);
    t->script = text(s, t->script);
    t->shell = texts(s, t->shell, (size_t)t->shell_n);
    t->args = template(s, t->args);
    t->env = template(s, t->env);
    t->dir = template(s, t->dir);
    t->text = template(s, t->text);
    t->to = template(s, t->to);
    t->set = template(s, t->set);
    t->sleep = template(s, t->sleep);
    t->until = template(s, t->until);
    t->approval = approval(s, t->approval);
    t->question = question(s, t->question);
    t->branches = texts(s, t->branches, (size_t)t->branches_n);
}

static struct step *steps(struct share *s, const struct step *list, int n)
{
    size_t size = (size_t)n * sizeof *list;
    struct step *copy = arena_raw(s->work, size);

    if (size) memcpy(copy, list, size);
    for (int i = 0; i < n; i++) keep_step(s, &copy[i]);
    return share_bytes(s, copy, size);
}

/* --- workflows --- */

/* No two have these in common, so there is no use in looking for the same. */
static struct str own(struct share *s, struct str t)
{
    return str_n(arena_dup(s->to, t.p, t.n), t.n);
}

struct workflow *workflow_keep(struct share *s, const struct workflow *w)
{
    struct workflow *copy = arena_raw(s->to, sizeof *copy);

    *copy = *w;
    copy->name = own(s, w->name);
    copy->description = text(s, w->description);
    copy->file = text(s, w->file);
    copy->hash = own(s, w->hash);
    copy->source = own(s, w->source);
    copy->triggers = triggers(s, copy);
    copy->inputs = inputs(s, w->inputs, w->inputs_n);
    copy->allow = texts(s, w->allow, w->allow_n);
    copy->concurrency.group = template(s, w->concurrency.group);
    copy->steps = steps(s, w->steps, w->steps_n);
    copy->outputs = template(s, w->outputs);
    return copy;
}

/* --- the server's part --- */

static struct setting *settings(struct share *s, const struct setting *list, size_t n)
{
    struct setting *copy = arena_get(s->to, n * sizeof *copy);

    for (size_t i = 0; i < n; i++)
        copy[i] = (struct setting){text(s, list[i].name), template(s, list[i].value)};
    return copy;
}

/* A list made larger than what it came to hold is cut to it. */
static void *list_of(struct share *s, const void *list, size_t n, size_t size)
{
    void *copy = arena_raw(s->to, n * size);

    if (n) memcpy(copy, list, n * size);
    return copy;
}

static void keep_server(struct share *s, struct server *v)
{
    v->listen = text(s, v->listen);
    v->url = text(s, v->url);
    v->data = text(s, v->data);
    v->store_url = text(s, v->store_url);
}

static void keep_connections(struct share *s, struct config *c)
{
    c->connections = list_of(s, c->connections, c->connections_n, sizeof *c->connections);
    for (size_t i = 0; i < c->connections_n; i++) {
        struct connection *k = &c->connections[i];

        k->name = text(s, k->name);
        k->settings = settings(s, k->settings, k->settings_n);
    }
    c->secrets = list_of(s, c->secrets, c->secrets_n, sizeof *c->secrets);
    for (size_t i = 0; i < c->secrets_n; i++) {
        c->secrets[i].name = text(s, c->secrets[i].name);
        c->secrets[i].where = text(s, c->secrets[i].where);
    }
}

static void keep_people(struct share *s, struct config *c)
{
    c->users = list_of(s, c->users, c->users_n, sizeof *c->users);
    for (size_t i = 0; i < c->users_n; i++) {
        struct user *u = &c->users[i];

        u->name = text(s, u->name);
        u->identities = list_of(s, u->identities, u->identities_n, sizeof *u->identities);
        for (size_t k = 0; k < u->identities_n; k++) {
            u->identities[k].key = value_share(s, u->identities[k].key);
            u->identities[k].value = value_share(s, u->identities[k].value);
        }
    }
    c->roles = list_of(s, c->roles, c->roles_n, sizeof *c->roles);
    for (size_t i = 0; i < c->roles_n; i++) {
        c->roles[i].name = text(s, c->roles[i].name);
        c->roles[i].members = texts(s, c->roles[i].members, c->roles[i].members_n);
    }
    c->rooms = list_of(s, c->rooms, c->rooms_n, sizeof *c->rooms);
    for (size_t i = 0; i < c->rooms_n; i++) {
        c->rooms[i].name = text(s, c->rooms[i].name);
        c->rooms[i].allow = texts(s, c->rooms[i].allow, c->rooms[i].allow_n);
        c->rooms[i].vars = value_share(s, c->rooms[i].vars);
    }
}

void config_keep(struct share *s, struct config *c)
{
    c->workflows = list_of(s, c->workflows, c->workflows_n, sizeof(struct workflow *));
    keep_server(s, &c->server);
    keep_connections(s, c);
    keep_people(s, c);
}
