/* pattern_match.h - one attempt to fit a line into a pattern. For pattern*.c.
 *
 * Every pair of node and word is tried once: what failed there fails again, so
 * the time is bounded by their product whatever the brackets.
 */
#ifndef WORKFLOW_PATTERN_MATCH_H
#define WORKFLOW_PATTERN_MATCH_H

#include "workflow/pattern_nodes.h"

enum fault {
    FAULT_NONE,
    FAULT_NO_VALUE, /* `--name` is the last word */
    FAULT_DASH,     /* the value of `--name -x` or `name=-x` begins with `-` */
    FAULT_TWICE     /* given by name before */
};

/* What a word of the line gives by name. */
struct named {
    uint8_t words; /* 0: it is no name; 1 or 2 words of the line */
    uint8_t fault; /* enum fault */
    uint16_t input;
    int8_t arg; /* the pattern's argument of that name, or -1 */
    struct str value;
};

struct attempt {
    const struct pattern *p;
    const struct tokens *t;
    struct pattern_inputs inputs;
    struct named named[TOKENS_MAX];
    bool any_named;
    size_t dash;                 /* the lone `--`, or t->n */
    int16_t given[PATTERN_ARGS]; /* the word that gives the argument by name, or -1 */
    struct str value[PATTERN_ARGS];
    uint32_t has;    /* which values are set */
    size_t rest;     /* the word at which the rest of the line begins, or t->n */
    size_t furthest; /* the word that fitted nothing, as far on as any path came */
    size_t fault;    /* the word of the first fault met, or t->n */
    uint64_t expected[(PATTERN_NODES + 63) / 64]; /* nodes that failed at `furthest` */
    uint64_t seen[(PATTERN_NODES * (TOKENS_MAX + 1) + 63) / 64];
};

bool attempt_run(struct attempt *m, const struct pattern *p, const struct tokens *t,
                 struct pattern_inputs inputs);

/* The name of an input in `--name` or `name`: any case, `-` for `_`; -1 when there is none. */
int input_find(struct pattern_inputs inputs, struct str name);

#endif
