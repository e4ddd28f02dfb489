/* pattern_nodes.h - a pattern as the matcher walks it. For pattern*.c.
 *
 * The nodes are a small program without loops: each knows what comes next, a
 * NODE_SPLIT tries `next` first and then `other`.
 */
#ifndef WORKFLOW_PATTERN_NODES_H
#define WORKFLOW_PATTERN_NODES_H

#include "workflow/pattern.h"

enum { PATTERN_NODES = 512 };

enum node_kind { NODE_WORD, NODE_ARG, NODE_REST, NODE_SPLIT, NODE_JUMP, NODE_END };

struct node {
    uint8_t kind; /* enum node_kind */
    uint8_t arg;  /* of NODE_ARG, NODE_REST: an index */
    bool needed;  /* a word outside of all brackets */
    uint16_t next, other;
    struct str word;
};

struct pattern {
    struct node *nodes; /* the first is where it begins, the last is NODE_END */
    size_t n;
    struct str *args;
    size_t nargs;
    uint64_t *first;
    size_t nfirst;
    bool has_rest;
    struct str text;
};

#endif
