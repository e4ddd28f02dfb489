#include "cel/parse.h"

#include "cel/cel.h"

static err_t parse_expr(struct parse *p, struct node **ret, struct err *e);
static err_t parse_binary(struct parse *p, int least, struct node **ret, struct err *e);

static const struct {
    uint8_t token, kind, power; /* a higher power binds tighter */
} operators[] = {{T_OR, N_OR, 1},     {T_AND, N_AND, 2},    {T_EQ, N_EQ, 3},     {T_NE, N_NE, 3},
                 {T_LT, N_LT, 3},     {T_LE, N_LE, 3},      {T_GT, N_GT, 3},     {T_GE, N_GE, 3},
                 {T_IN, N_IN, 3},     {T_PLUS, N_ADD, 4},   {T_MINUS, N_SUB, 4}, {T_STAR, N_MUL, 5},
                 {T_SLASH, N_DIV, 5}, {T_PERCENT, N_MOD, 5}};

const char *op_text(enum node_kind kind)
{
    static const char *const text[] = {"!",  "-",  "==", "!=", "<", "<=", ">",
                                       ">=", "in", "+",  "-",  "*", "/",  "%"};

    if (kind == N_AND) return "&&";
    if (kind == N_OR) return "||";
    return kind >= N_NOT && kind <= N_MOD ? text[kind - N_NOT] : "?";
}

void kids_add(struct arena *a, struct kids *k, struct node *node)
{
    *(struct node **)arena_push(a, &k->list, &k->n, sizeof(void *)) = node;
}

err_t node_make(struct arena *a, struct str src, struct node shape, const struct kids *kids,
                struct node **ret, struct err *e)
{
    size_t n = kids ? kids->n : 0;
    struct node *node = arena_raw(a, sizeof *node + n * sizeof(void *));
    int height = 0;

    memcpy(node, &shape, sizeof shape);
    node->n = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        node->kid[i] = kids->list[i];
        if (kids->list[i]->height > height) height = kids->list[i]->height;
    }
    node->height = (uint16_t)(height + 1);
    if (height >= CEL_DEPTH)
        return fail_src(e, E_LIMIT, src, node->at,
                        "this is nested more than %d levels deep; split it", CEL_DEPTH);
    *ret = node;
    return OK;
}

struct node *node_const(struct arena *a, const struct node *place, struct value v)
{
    struct node *node = arena_get(a, sizeof *node);

    *node = (struct node){.kind = N_CONST,
                          .height = 1,
                          .optional = place->optional,
                          .at = place->at,
                          .from = place->from,
                          .end = place->end,
                          .value = v};
    return node;
}

static err_t make(struct parse *p, struct node shape, const struct kids *kids, struct node **ret,
                  struct err *e)
{
    shape.end = p->lex.last;
    return node_make(p->lex.arena, p->lex.src, shape, kids, ret, e);
}

static err_t next(struct parse *p, struct err *e)
{
    return lex_next(&p->lex, e);
}

static bool at(const struct parse *p, enum token_kind kind)
{
    return p->lex.tok.kind == kind;
}

static err_t unexpected(struct parse *p, const char *wanted, struct err *e)
{
    const struct token *t = &p->lex.tok;

    if (t->kind == T_END)
        return fail_src(e, E_INPUT, p->lex.src, t->at,
                        "the expression ends here, but %s is missing", wanted);
    return fail_src(e, E_INPUT, p->lex.src, t->at, "%s is expected here, not `%.*s`", wanted,
                    (int)(t->end - t->at < 40 ? t->end - t->at : 40), p->lex.src.p + t->at);
}

static err_t expect(struct parse *p, enum token_kind kind, const char *wanted, struct err *e)
{
    return at(p, kind) ? next(p, e) : unexpected(p, wanted, e);
}

/* Takes the token when it is of this kind. */
static err_t accept(struct parse *p, enum token_kind kind, bool *ret, struct err *e)
{
    *ret = at(p, kind);
    return *ret ? next(p, e) : OK;
}

static err_t enter(struct parse *p, struct err *e)
{
    if (p->depth++ < CEL_DEPTH) return OK;
    return fail_src(e, E_LIMIT, p->lex.src, p->lex.tok.at,
                    "this is nested more than %d levels deep; split it", CEL_DEPTH);
}

static err_t parse_args(struct parse *p, struct kids *kids, struct err *e)
{
    bool more = !at(p, T_RPAREN);

    while (more) {
        struct node *arg;

        TRY(parse_expr(p, &arg, e));
        kids_add(p->lex.arena, kids, arg);
        TRY(accept(p, T_COMMA, &more, e));
    }
    return expect(p, T_RPAREN, "`)` or `,`", e);
}

/* A literal, with the sign that belongs to it. */
static err_t parse_literal(struct parse *p, bool minus, uint32_t from, struct node **ret,
                           struct err *e)
{
    struct token t = p->lex.tok;
    struct value v;

    switch (t.kind) {
    case T_INT:
        if (!minus && t.u > INT64_MAX)
            return fail_src(e, E_INPUT, p->lex.src, t.at, "this number does not fit in an int");
        v = v_int(minus ? (int64_t)(0 - t.u) : (int64_t)t.u);
        break;
    case T_DOUBLE:
        v = v_double(minus ? -t.d : t.d);
        break;
    case T_UINT:
        v = v_uint(t.u);
        break;
    case T_STRING:
        v = v_str(t.text);
        break;
    case T_BYTES:
        v = v_bytes(t.text);
        break;
    case T_TRUE:
        v = v_bool(true);
        break;
    case T_FALSE:
        v = v_bool(false);
        break;
    case T_NULL:
        v = NO_VALUE;
        break;
    default:
        return unexpected(p, "a value", e);
    }
    TRY(next(p, e));
    return make(p, (struct node){.kind = N_CONST, .at = from, .from = from, .value = v}, NULL, ret,
                e);
}

/* At an identifier: a variable or a call. */
static err_t parse_name(struct parse *p, bool rooted, uint32_t from, struct node **ret,
                        struct err *e)
{
    struct token t = p->lex.tok;
    struct node shape = {
        .kind = N_NAME, .rooted = rooted, .at = t.at, .from = from, .name = t.text};
    struct kids kids = {0};

    if (lex_reserved(t.text))
        return fail_src(e, E_INPUT, p->lex.src, t.at, "`%.*s` is a reserved word", STR_ARG(t.text));
    TRY(next(p, e));
    if (!at(p, T_LPAREN)) return make(p, shape, NULL, ret, e);
    TRY(next(p, e));
    TRY(parse_args(p, &kids, e));
    shape.kind = N_FUNC;
    TRY(make(p, shape, &kids, ret, e));
    return macro_expand(p->lex.arena, p->lex.src, ret, e);
}

static err_t parse_list(struct parse *p, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_LIST, .at = p->lex.tok.at, .from = p->lex.tok.at};
    struct kids kids = {0};
    bool more = true;

    TRY(next(p, e));
    while (more && !at(p, T_RBRACKET)) {
        struct node *item;
        bool optional;

        TRY(accept(p, T_QUESTION, &optional, e));
        TRY(parse_expr(p, &item, e));
        item->optional = optional;
        kids_add(p->lex.arena, &kids, item);
        TRY(accept(p, T_COMMA, &more, e));
    }
    TRY(expect(p, T_RBRACKET, "`]` or `,`", e));
    return make(p, shape, &kids, ret, e);
}

static err_t parse_map(struct parse *p, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_MAP, .at = p->lex.tok.at, .from = p->lex.tok.at};
    struct kids kids = {0};
    bool more = true;

    TRY(next(p, e));
    while (more && !at(p, T_RBRACE)) {
        struct node *key, *value;
        bool optional;

        TRY(accept(p, T_QUESTION, &optional, e));
        TRY(parse_expr(p, &key, e));
        key->optional = optional;
        TRY(expect(p, T_COLON, "`:` after the key", e));
        TRY(parse_expr(p, &value, e));
        kids_add(p->lex.arena, &kids, key);
        kids_add(p->lex.arena, &kids, value);
        TRY(accept(p, T_COMMA, &more, e));
    }
    TRY(expect(p, T_RBRACE, "`}` or `,`", e));
    return make(p, shape, &kids, ret, e);
}

static err_t parse_primary(struct parse *p, struct node **ret, struct err *e)
{
    uint32_t from = p->lex.tok.at;

    switch (p->lex.tok.kind) {
    case T_LPAREN:
        TRY(next(p, e));
        TRY(parse_expr(p, ret, e));
        TRY(expect(p, T_RPAREN, "`)`", e));
        (*ret)->from = from;
        (*ret)->end = p->lex.last;
        return OK;
    case T_LBRACKET:
        return parse_list(p, ret, e);
    case T_LBRACE:
        return parse_map(p, ret, e);
    case T_IDENT:
        return parse_name(p, false, from, ret, e);
    case T_DOT:
        TRY(next(p, e));
        if (!at(p, T_IDENT)) return unexpected(p, "a name", e);
        return parse_name(p, true, from, ret, e);
    default:
        return parse_literal(p, false, from, ret, e);
    }
}

/* After a dot: a field or a call. */
static err_t parse_select(struct parse *p, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_FIELD, .from = (*ret)->from};
    struct kids kids = {0};
    bool optional;

    TRY(accept(p, T_QUESTION, &optional, e));
    if (!at(p, T_IDENT) && !at(p, T_QUOTED)) return unexpected(p, "a field name", e);
    shape.name = p->lex.tok.text;
    shape.at = p->lex.tok.at;
    if (optional)
        shape.kind = N_OPT_FIELD;
    else if (at(p, T_IDENT))
        shape.kind = N_METHOD;
    TRY(next(p, e));
    kids_add(p->lex.arena, &kids, *ret);
    if (shape.kind != N_METHOD || !at(p, T_LPAREN)) {
        if (shape.kind == N_METHOD) shape.kind = N_FIELD;
        return make(p, shape, &kids, ret, e);
    }
    TRY(next(p, e));
    TRY(parse_args(p, &kids, e));
    TRY(make(p, shape, &kids, ret, e));
    return macro_expand(p->lex.arena, p->lex.src, ret, e);
}

static err_t parse_index(struct parse *p, uint32_t at_bracket, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_INDEX, .at = at_bracket, .from = (*ret)->from};
    struct kids kids = {0};
    struct node *key;
    bool optional;

    TRY(accept(p, T_QUESTION, &optional, e));
    if (optional) shape.kind = N_OPT_INDEX;
    TRY(parse_expr(p, &key, e));
    TRY(expect(p, T_RBRACKET, "`]`", e));
    kids_add(p->lex.arena, &kids, *ret);
    kids_add(p->lex.arena, &kids, key);
    return make(p, shape, &kids, ret, e);
}

static err_t parse_member(struct parse *p, struct node **ret, struct err *e)
{
    TRY(parse_primary(p, ret, e));
    for (;;) {
        uint32_t here = p->lex.tok.at;

        if (at(p, T_DOT)) {
            TRY(next(p, e));
            TRY(parse_select(p, ret, e));
        } else if (at(p, T_LBRACKET)) {
            TRY(next(p, e));
            TRY(parse_index(p, here, ret, e));
        } else if (at(p, T_LBRACE) && ((*ret)->kind == N_NAME || (*ret)->kind == N_FIELD)) {
            return fail_src(e, E_INPUT, p->lex.src, here,
                            "messages cannot be made here; write a map: {'key': value}");
        } else {
            return OK;
        }
    }
}

/* Any number of `!`, or any number of `-`, then a member. The last `-` before a number is its. */
static err_t parse_unary(struct parse *p, struct node **ret, struct err *e)
{
    struct node shape = {.at = p->lex.tok.at, .from = p->lex.tok.at};
    bool minus = at(p, T_MINUS);
    struct kids kids = {0};
    struct node *operand = NULL;

    if (!minus && !at(p, T_NOT)) return parse_member(p, ret, e);
    shape.kind = minus ? N_NEG : N_NOT;
    TRY(next(p, e));
    if (minus && (at(p, T_INT) || at(p, T_DOUBLE))) {
        TRY(parse_literal(p, true, shape.from, ret, e));
        return OK;
    }
    TRY(enter(p, e));
    if (at(p, (enum token_kind)(minus ? T_NOT : T_MINUS))) {
        bool negative = at(p, T_MINUS);

        TRY(next(p, e));
        if (!negative || (!at(p, T_INT) && !at(p, T_DOUBLE)))
            return unexpected(p, "a value in parentheses", e);
        TRY(parse_literal(p, true, p->lex.last, &operand, e));
    } else {
        TRY(parse_unary(p, &operand, e));
    }
    p->depth--;
    kids_add(p->lex.arena, &kids, operand);
    return make(p, shape, &kids, ret, e);
}

static int operator_at(const struct parse *p)
{
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (at(p, (enum token_kind)operators[i].token)) return (int)i;
    }
    return -1;
}

/* `a && b && c` is one node, so that a long chain is not a deep tree. */
static err_t parse_chain(struct parse *p, int op, struct node *left, struct node **ret,
                         struct err *e)
{
    struct node shape = {.kind = operators[op].kind, .at = p->lex.tok.at, .from = left->from};
    struct kids kids = {0};

    kids_add(p->lex.arena, &kids, left);
    while (at(p, (enum token_kind)operators[op].token)) {
        struct node *right;

        TRY(next(p, e));
        TRY(parse_binary(p, operators[op].power + 1, &right, e));
        kids_add(p->lex.arena, &kids, right);
    }
    return make(p, shape, &kids, ret, e);
}

static err_t parse_binary(struct parse *p, int least, struct node **ret, struct err *e)
{
    int op;

    TRY(parse_unary(p, ret, e));
    while ((op = operator_at(p)) >= 0 && operators[op].power >= least) {
        struct node shape = {.kind = operators[op].kind, .at = p->lex.tok.at, .from = (*ret)->from};
        struct kids kids = {0};
        struct node *right;

        if (shape.kind == N_AND || shape.kind == N_OR) {
            TRY(parse_chain(p, op, *ret, ret, e));
            continue;
        }
        TRY(next(p, e));
        TRY(parse_binary(p, operators[op].power + 1, &right, e));
        kids_add(p->lex.arena, &kids, *ret);
        kids_add(p->lex.arena, &kids, right);
        TRY(make(p, shape, &kids, ret, e));
    }
    return OK;
}

static err_t parse_expr(struct parse *p, struct node **ret, struct err *e)
{
    struct node shape = {.kind = N_COND};
    struct kids kids = {0};
    struct node *arm;

    TRY(enter(p, e));
    TRY(parse_binary(p, 1, ret, e));
    if (at(p, T_QUESTION)) {
        shape.at = p->lex.tok.at;
        shape.from = (*ret)->from;
        kids_add(p->lex.arena, &kids, *ret);
        TRY(next(p, e));
        TRY(parse_binary(p, 1, &arm, e));
        kids_add(p->lex.arena, &kids, arm);
        TRY(expect(p, T_COLON, "`:` (a condition within the middle of ?: needs parentheses)", e));
        TRY(parse_expr(p, &arm, e));
        kids_add(p->lex.arena, &kids, arm);
        TRY(make(p, shape, &kids, ret, e));
    }
    p->depth--;
    return OK;
}

err_t parse_source(struct arena *a, struct str src, struct node **ret, struct err *e)
{
    struct parse p = {.lex = {.arena = a, .src = src}};

    TRY(next(&p, e));
    if (at(&p, T_END)) return fail_src(e, E_INPUT, src, 0, "the expression is empty");
    TRY(parse_expr(&p, ret, e));
    if (!at(&p, T_END)) return unexpected(&p, "an operator or the end", e);
    return OK;
}
