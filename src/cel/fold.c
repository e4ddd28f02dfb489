#include "cel/eval.h"
#include "cel/parse.h"

enum { FOLD_STEPS = 2000, FOLD_TEXT = 4096, FOLD_ITEMS = 1024 };

/* Kinds whose value depends on nothing but their kids. All functions are pure. */
static bool foldable(const struct node *n)
{
    switch (n->kind) {
    case N_NOT:
    case N_NEG:
    case N_FIELD:
    case N_OPT_FIELD:
    case N_HAS:
    case N_INDEX:
    case N_OPT_INDEX:
    case N_LIST:
    case N_MAP:
    case N_CALL:
        break;
    default:
        if (n->kind < N_EQ || n->kind > N_MOD) return false;
    }
    for (uint32_t i = 0; i < n->n; i++) {
        if (n->kid[i]->kind != N_CONST) return false;
    }
    return true;
}

void fold_tree(struct arena *a, struct str src, struct node **node)
{
    struct node *n = *node;
    struct eval x;
    struct value v;

    if (n->kind == N_PATH) return;
    for (uint32_t i = 0; i < n->n; i++) fold_tree(a, src, &n->kid[i]);
    if (!foldable(n)) return;
    eval_init(&x, src, NULL, a);
    x.fuel = FOLD_STEPS;
    x.made = CEL_OUTPUT - FOLD_TEXT;
    v = eval(&x, n);
    eval_done(&x);
    if (v.kind == V_FAULT || x.limit || (v.kind == V_LIST && v.n > FOLD_ITEMS)) return;
    *node = node_const(a, n, v);
}
