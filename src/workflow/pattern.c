#include "workflow/pattern.h"

#include <ctype.h>

#include "base/utf8.h"
#include "workflow/pattern_nodes.h"

struct parser {
    struct arena *arena;
    struct str text;
    size_t at;
    int depth;
    struct pattern *p;
    struct buf shown; /* the text with its spaces in order */
    struct err *e;
};

/* What a part of the pattern holds. */
struct part {
    uint32_t args; /* a bit each */
    bool rest;     /* ends in {name...} */
    size_t items;
};

static err_t read_sequence(struct parser *s, struct part *ret);

static char peek(const struct parser *s)
{
    if (s->at == s->text.n) return '\0';
    return s->text.p[s->at];
}

static void skip_blanks(struct parser *s)
{
    while (s->at < s->text.n && isspace((unsigned char)peek(s))) s->at++;
}

static int column(const struct parser *s)
{
    return (int)s->at + 1;
}

static bool special(char c)
{
    return c != '\0' && strchr("[](){}|", c);
}

static err_t emit(struct parser *s, struct node node, uint16_t *ret_at)
{
    struct pattern *p = s->p;

    if (p->n == PATTERN_NODES)
        return fail_at(s->e, E_LIMIT, 1, column(s),
                       "the pattern has too many parts: write it as several patterns");
    node.next = (uint16_t)(p->n + 1);
    *ret_at = (uint16_t)p->n;
    *(struct node *)arena_push(s->arena, &p->nodes, &p->n, sizeof node) = node;
    return OK;
}

static void show_gap(struct parser *s)
{
    struct buf *b = &s->shown;

    if (b->n && !strchr("[(|", b->p[b->n - 1])) buf_addc(b, ' ');
}

static err_t read_word(struct parser *s)
{
    size_t from = s->at;
    struct str word;
    uint16_t at;

    while (s->at < s->text.n && !isspace((unsigned char)peek(s)) && !special(peek(s))) s->at++;
    word = str_n(s->text.p + from, s->at - from);
    if (str_is(word, "--"))
        return fail_at(s->e, E_INPUT, 1, (int)from + 1,
                       "`--` cannot be a word of a pattern: in a line it ends the options");
    if (word.p[0] == '"' || word.p[0] == '\'' || memchr(word.p, '\\', word.n))
        return fail_at(s->e, E_INPUT, 1, (int)from + 1,
                       "a word of a pattern has no quotes or backslashes: leave them out");
    show_gap(s);
    buf_add(&s->shown, word);
    word.p = arena_dup(s->arena, word.p, word.n);
    return emit(s, (struct node){.kind = NODE_WORD, .word = word, .needed = s->depth == 0}, &at);
}

static bool sound_name(struct str name)
{
    if (name.n == 0 || name.n > PATTERN_NAME_MAX || isdigit((unsigned char)name.p[0])) return false;
    for (size_t i = 0; i < name.n; i++)
        if (!isalnum((unsigned char)name.p[i]) && name.p[i] != '_') return false;
    return true;
}

/* The argument's index; the same name in another choice is the same argument. */
static err_t find_arg(struct parser *s, struct str name, size_t *ret)
{
    struct pattern *p = s->p;

    for (*ret = 0; *ret < p->nargs; ++*ret)
        if (str_eq(p->args[*ret], name)) return OK;
    if (p->nargs == PATTERN_ARGS)
        return fail_at(s->e, E_LIMIT, 1, column(s), "a pattern has at most %d arguments",
                       PATTERN_ARGS);
    name.p = arena_dup(s->arena, name.p, name.n);
    *(struct str *)arena_push(s->arena, &p->args, &p->nargs, sizeof name) = name;
    return OK;
}

static err_t read_arg(struct parser *s, struct part *ret)
{
    size_t from = s->at, close, arg;
    struct str name;
    uint16_t at;

    if (!str_find(str_skip(s->text, from), STR("}"), &close))
        return fail_at(s->e, E_INPUT, 1, column(s), "`{` is not closed: write {name}");
    name = str_trim(str_n(s->text.p + from + 1, close - 1));
    ret->rest = str_ends(name, STR("..."));
    if (ret->rest) name.n -= 3;
    if (!sound_name(name))
        return fail_at(s->e, E_INPUT, 1, column(s) + 1,
                       "`" STR_FMT "` is no name for an argument: it has letters, digits and `_`, "
                       "and no digit first",
                       STR_ARG(name));
    TRY(find_arg(s, name, &arg));
    ret->args = UINT32_C(1) << arg;
    s->p->has_rest |= ret->rest;
    show_gap(s);
    buf_addf(&s->shown, "{" STR_FMT "%s}", STR_ARG(name), ret->rest ? "..." : "");
    s->at = from + close + 1;
    return emit(s, (struct node){.kind = ret->rest ? NODE_REST : NODE_ARG, .arg = (uint8_t)arg},
                &at);
}

/* The choices up to the closing bracket. Each begins with a split to the next, and ends with a jump
   behind the group; the jumps are chained through `other` until their target is known. */
static err_t read_choices(struct parser *s, char close, struct part *ret)
{
    enum { NONE = 0xffff };
    uint16_t split, jump = NONE, last;
    bool more = true;

    while (more) {
        struct part choice = {0};

        TRY(emit(s, (struct node){.kind = NODE_JUMP}, &split));
        TRY(read_sequence(s, &choice));
        if (choice.items == 0)
            return fail_at(s->e, E_INPUT, 1, column(s),
                           "there is nothing between the brackets or bars: what may be left out is "
                           "written [like this]");
        ret->args |= choice.args;
        ret->rest |= choice.rest;
        more = peek(s) == '|';
        if (!more) break;
        s->at++;
        buf_addc(&s->shown, '|');
        last = jump;
        TRY(emit(s, (struct node){.kind = NODE_JUMP, .other = last}, &jump));
        s->p->nodes[split].kind = NODE_SPLIT;
        s->p->nodes[split].other = (uint16_t)s->p->n;
    }
    if (peek(s) != close) return fail_at(s->e, E_INPUT, 1, column(s), "a `%c` is missing", close);
    s->at++;
    buf_addc(&s->shown, close);
    while (jump != NONE) {
        last = s->p->nodes[jump].other;
        s->p->nodes[jump].next = (uint16_t)s->p->n;
        jump = last;
    }
    return OK;
}

static err_t read_group(struct parser *s, struct part *ret)
{
    bool optional = peek(s) == '[';
    uint16_t split = 0;

    if (s->depth == PATTERN_DEPTH)
        return fail_at(s->e, E_LIMIT, 1, column(s), "brackets nest at most %d deep", PATTERN_DEPTH);
    s->depth++;
    show_gap(s);
    buf_addc(&s->shown, peek(s));
    s->at++;
    if (optional) TRY(emit(s, (struct node){.kind = NODE_SPLIT}, &split));
    TRY(read_choices(s, optional ? ']' : ')', ret));
    if (optional) s->p->nodes[split].other = (uint16_t)s->p->n;
    s->depth--;
    return OK;
}

static err_t read_item(struct parser *s, struct part *ret)
{
    char c = peek(s);

    if (c == '{') return read_arg(s, ret);
    if (c == '[' || c == '(') return read_group(s, ret);
    if (c == '}') return fail_at(s->e, E_INPUT, 1, column(s), "`}` closes nothing");
    return read_word(s);
}

static bool ends_item(char c)
{
    return c == '\0' || isspace((unsigned char)c) || c == ']' || c == ')' || c == '|';
}

static err_t read_sequence(struct parser *s, struct part *ret)
{
    for (skip_blanks(s); !ends_item(peek(s)); skip_blanks(s)) {
        struct part item = {0};
        int col = column(s);

        if (ret->rest)
            return fail_at(s->e, E_INPUT, 1, col,
                           "nothing can follow {name...}, which takes the rest of the line");
        TRY(read_item(s, &item));
        if (item.args & ret->args)
            return fail_at(s->e, E_INPUT, 1, col,
                           "{" STR_FMT "} stands twice: each argument has one place",
                           STR_ARG(s->p->args[__builtin_ctz(item.args & ret->args)]));
        if (!ends_item(peek(s)))
            return fail_at(s->e, E_INPUT, 1, column(s), "put a space before `%c`", peek(s));
        ret->args |= item.args;
        ret->rest = item.rest;
        ret->items++;
    }
    return OK;
}

/* Collects what a line may begin with; each node is looked at once. */
static void collect_first(struct parser *s, uint16_t at, bool seen[PATTERN_NODES], bool *ret_empty,
                          bool *ret_any)
{
    while (!seen[at]) {
        const struct node *node = &s->p->nodes[at];

        seen[at] = true;
        if (node->kind == NODE_SPLIT) collect_first(s, node->other, seen, ret_empty, ret_any);
        if (node->kind == NODE_END) *ret_empty = true;
        if (node->kind == NODE_ARG || node->kind == NODE_REST) *ret_any = true;
        if (node->kind == NODE_WORD)
            *(uint64_t *)arena_push(s->arena, &s->p->first, &s->p->nfirst, sizeof(uint64_t)) =
                word_key(node->word);
        if (node->kind != NODE_SPLIT && node->kind != NODE_JUMP) return;
        at = node->next;
    }
}

static err_t check_text(struct parser *s)
{
    if (s->text.n > PATTERN_MAX)
        return fail(s->e, E_LIMIT, "a pattern may not be longer than %d bytes", PATTERN_MAX);
    if (s->text.n && (!utf8_valid(s->text) || memchr(s->text.p, '\0', s->text.n)))
        return fail_at(s->e, E_INPUT, 1, 1, "the pattern is not valid UTF-8 text");
    return OK;
}

static err_t read_all(struct parser *s)
{
    struct part all = {0};
    bool seen[PATTERN_NODES] = {false}, empty = false, any = false;
    uint16_t at;

    TRY(check_text(s));
    TRY(read_sequence(s, &all));
    if (peek(s) == '|')
        return fail_at(s->e, E_INPUT, 1, column(s), "put the choices in brackets: (a|b)");
    if (s->at < s->text.n)
        return fail_at(s->e, E_INPUT, 1, column(s), "`%c` closes nothing", peek(s));
    TRY(emit(s, (struct node){.kind = NODE_END}, &at));
    collect_first(s, 0, seen, &empty, &any);
    if (any) s->p->nfirst = 0;
    if (empty)
        return fail_at(s->e, E_INPUT, 1, 1,
                       "the pattern would fit an empty line: it needs a word or an argument "
                       "outside of [ ]");
    s->p->text = str_n(arena_dup(s->arena, s->shown.p, s->shown.n), s->shown.n);
    return OK;
}

err_t pattern_parse(struct arena *a, struct str text, struct pattern **ret, struct err *e)
{
    struct parser s = {.arena = a, .text = text, .shown = BUF(PATTERN_MAX + 1), .e = e};
    err_t code;

    s.p = arena_get(a, sizeof *s.p);
    code = read_all(&s);
    buf_auto(&s.shown);
    if (code == OK) *ret = s.p;
    return code;
}

struct str pattern_text(const struct pattern *p)
{
    return p->text;
}

size_t pattern_args(const struct pattern *p, const struct str **ret)
{
    *ret = p->args;
    return p->nargs;
}

size_t pattern_first(const struct pattern *p, const uint64_t **ret_keys)
{
    *ret_keys = p->first;
    return p->nfirst;
}
