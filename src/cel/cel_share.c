#include "cel/cel_share.h"

#include <assert.h>

#include "cel/compile.h"
#include "cel/regex.h"
#include "data/value_share.h"

static struct field *share_path(struct share *s, const struct node *n)
{
    struct field *path = arena_get(s->work, n->n * sizeof *path);

    for (uint32_t i = 0; i < n->n; i++) {
        path[i].name = share_str(s, n->path[i].name);
        path[i].at = n->path[i].at;
    }
    return share_bytes(s, path, n->n * sizeof *path);
}

static uint32_t kids_of(const struct node *n)
{
    switch (n->kind) {
    case N_CONST:
    case N_SLOT:
    case N_LOCAL:
    case N_FAULT:
        return 0;
    case N_PATH:
        return 1;
    default:
        return n->n;
    }
}

static void share_own(struct share *s, const struct node *n, struct node *copy)
{
    switch (n->kind) {
    case N_CONST:
        copy->value = value_share(s, n->value);
        break;
    case N_PATH:
        copy->path = share_path(s, n);
        break;
    case N_FIELD:
    case N_OPT_FIELD:
    case N_HAS:
        copy->name = share_str(s, n->name);
        break;
    case N_CALL:
        copy->call.fn = n->call.fn;
        copy->call.regex = n->call.regex ? regex_share(s, n->call.regex) : NULL;
        break;
    case N_EACH:
    case N_BIND:
    case N_OPT_MAP:
        for (unsigned i = 0; i < n->vars && i < COUNT_OF(n->var); i++)
            copy->var[i] = share_str(s, n->var[i]);
        break;
    case N_FAULT:
        copy->sentence = share_str(s, str_of(n->sentence)).p;
        break;
    default:
        break;
    }
}

/* As deep as CEL_DEPTH at most. */
static struct node *share_node(struct share *s, const struct node *n)
{
    uint32_t kids = kids_of(n);
    size_t size = sizeof *n + kids * sizeof(struct node *);
    struct node *copy = arena_get(s->work, size);

    copy->kind = n->kind;
    copy->op = n->op;
    copy->vars = n->vars;
    copy->optional = n->optional;
    copy->rooted = n->rooted;
    copy->height = n->height;
    copy->at = n->at;
    copy->from = n->from;
    copy->end = n->end;
    copy->n = n->n;
    copy->slot = n->slot;
    share_own(s, n, copy);
    for (uint32_t i = 0; i < kids; i++) copy->kid[i] = share_node(s, n->kid[i]);
    return share_bytes(s, copy, size);
}

const struct cel *cel_share(struct share *s, const struct cel *c)
{
    struct cel *copy;

    if (!c) return NULL;
    copy = arena_get(s->work, sizeof *copy);
    copy->src = share_str(s, c->src);
    copy->root = share_node(s, c->root);
    copy->uses = c->uses;
    copy->makes = c->makes;
    return share_bytes(s, copy, sizeof *copy);
}
