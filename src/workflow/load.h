/* load.h - loading, seen from inside: load*.c and config.c only.
 *
 * Every function reports what is wrong and goes on, so that all complaints come
 * together; what it makes is used only if the report stayed empty. Nodes were
 * held to their schema first, but may be of the wrong kind all the same: the
 * getters below then give what an absent key gives, in silence.
 */
#ifndef WORKFLOW_LOAD_H
#define WORKFLOW_LOAD_H

#include "base/share.h"
#include "workflow/model.h"
#include "workflow/tables.h"

struct loading {
    struct arena *arena; /* emptied behind each workflow: keep.h takes the model out of it */
    struct report *report;
    const struct load_options *options;
    struct config *config; /* NULL: a workflow alone, or botops.yaml cannot be read; then
                              what it names outside itself is not looked up */
    struct config *kept;   /* where the workflows go; NULL: a workflow alone */
    const char *file;      /* the one being loaded */
    const struct lines *lines;
    const char *const *secrets; /* known names, or template_any_secret */
    const char *const *vars;    /* names of variables of rooms; NULL: not known */
    struct share *share;        /* into the arena of the configuration */
};

/* One workflow being loaded. */
struct building {
    struct loading *l;
    struct workflow *w;
    const struct cel_field *inputs, *vars; /* for expressions; vars NULL: not known */
    const struct cel_field *steps;         /* of the block `steps`, once it is ordered */
};

/* load_node.c: getters. `key` absent: the fallback. */
struct str load_text(struct loading *l, const struct yaml *map, const char *key);
int64_t load_duration(const struct yaml *map, const char *key, int64_t fallback_us);
int64_t load_size(const struct yaml *map, const char *key, int64_t fallback);
int64_t load_int(const struct yaml *map, const char *key, int64_t fallback);
bool load_number(const struct yaml *map, const char *key, double *ret);
bool load_bool(const struct yaml *map, const char *key, bool fallback);
int load_choice(const struct yaml *map, const char *key, const char *const *names, int fallback);
size_t load_texts(struct loading *l, const struct yaml *y, struct str **ret); /* y may be NULL */
const struct yaml *load_map(const struct yaml *map, const char *key);         /* never NULL */
const struct yaml *load_list(const struct yaml *map, const char *key);        /* never NULL */
const char *load_cstr(struct loading *l, struct str s);
bool word_valid(struct str s); /* [A-Za-z_][A-Za-z0-9_]*: a variable, a name after a dot */
void complain(struct loading *l, const struct yaml *at, const char *fmt, ...) PRINTF(3, 4);
void complain_in(struct loading *l, const struct yaml *at, const struct err *e); /* place within */
const char *did_you_mean(struct loading *l, struct str best); /* "; did you mean `x`?" or "" */

/* load_people.c: users, roles, rooms; and names of them elsewhere. */
void load_people(struct loading *l, const struct yaml *root);
/* A list of roles and users under this key; y may be NULL. */
size_t load_allow(struct loading *l, const char *key, const struct yaml *y, struct str **ret);
void load_rooms(struct loading *l, const struct yaml *y, struct str **ret, size_t *ret_n);

/* config.c: server, store, secrets, connections. */
void load_server(struct loading *l, const struct yaml *root);
void load_secrets(struct loading *l, const struct yaml *root);
void load_connections(struct loading *l, const struct yaml *root);

/* load_workflow.c. `name` is used when the mapping gives none; empty: it must. */
struct workflow *load_workflow(struct loading *l, const struct yaml *y, struct str name);

/* load_input.c, load_trigger.c, load_block.c, load_order.c */
void load_inputs(struct building *b, const struct yaml *y);
void load_input(struct loading *l, struct str name, const struct yaml *y, struct input *in);
void load_triggers(struct building *b, const struct yaml *y);
void load_steps(struct building *b, const struct yaml *y);
struct template_context load_context(struct building *b, const struct cel_field *steps,
                                     uint64_t *uses);

/* A step as written, while its block is put in order. */
struct draft {
    struct step step;
    const struct yaml *yaml;
    int *needs; /* places in the block as written */
    int needs_n;
    int at;                      /* its place in the workflow, once it is there */
    struct block_load *branches; /* step.branches_n */
};

/* Sorts a block so that each step stands after those it needs, otherwise as written; then needs are
   places in the new order. Reports circles. */
void load_order(struct loading *l, struct draft *block, int n);

#endif
