#include "data/yaml.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "data/number.h"
#include "data/yaml_inside.h"

enum { NAME_SHOWN = 60, SHOWN_TEXT = 600 };

#define CORE "tag:yaml.org,2002:"

/* A node with what following an alias to it costs. */
struct item {
    struct yaml node;
    uint32_t nodes, height; /* in its tree */
};

struct anchor {
    struct str name;
    struct item item;
};

/* A list or map that is still open. */
struct frame {
    struct item item;
    struct str anchor; /* empty when it has none */
    size_t first;      /* where its nodes begin on the stack */
};

struct loader {
    yaml_parser_t parser;
    struct arena *arena;
    struct report *report;
    const char *file;
    size_t complaints, documents, nodes;
    bool stop;
    struct yaml *stack; /* the nodes of all that is open, keys among them */
    size_t top, cap;
    struct frame frames[YAML_DEPTH];
    size_t depth;
    struct anchor *anchors; /* room for YAML_ANCHORS once there is one: most files have none */
    size_t anchors_n;
    struct yaml root;
};

static void loader_auto(struct loader **l)
{
    yaml_parser_delete(&(*l)->parser);
    free((*l)->stack);
    free(*l);
}

static void event_auto(yaml_event_t *ev)
{
    yaml_event_delete(ev);
}

#define complain(l, line, col, ...)                                                                \
    ((l)->complaints++, report_add((l)->report, (l)->file, line, col, __VA_ARGS__))

static int line_of(yaml_mark_t m)
{
    return (int)m.line + 1;
}

static int col_of(yaml_mark_t m)
{
    return (int)m.column + 1;
}

/* A name as it may be shown: short, and without control characters. */
static const char *shown(struct loader *l, struct str name)
{
    AUTO(buf) struct buf b = BUF(SHOWN_TEXT);

    if (name.n > NAME_SHOWN) name.n = NAME_SHOWN;
    utf8_add_safe(&b, name, false);
    return arena_dup(l->arena, buf_str(&b).p, b.n);
}

static const char *kind_words(enum yaml_kind k)
{
    return k == YAML_LIST ? "a list" : k == YAML_MAP ? "a map" : "text";
}

static void check_key(struct loader *l, const struct yaml *key)
{
    if (key->kind != YAML_SCALAR)
        complain(l, key->line, key->col, "a key must be text, not %s", kind_words(key->kind));
    else if (key->plain && str_is(key->text, "<<"))
        complain(l, key->line, key->col,
                 "merge keys ('<<') are not supported: write the keys out, or use \"<<\" in quotes "
                 "for a key of that name");
    else if (key->plain && key->text.n == 0)
        complain(l, key->line, key->col, "the key before this ':' is missing");
}

/* Puts a finished node where it belongs. */
static void add(struct loader *l, struct item it)
{
    struct frame *f = l->depth ? &l->frames[l->depth - 1] : NULL;

    if (!f) {
        l->root = it.node;
        return;
    }
    if (f->item.height <= it.height) f->item.height = it.height + 1;
    if (f->item.node.kind == YAML_MAP && (l->top - f->first) % 2 == 0) {
        check_key(l, &it.node);
        if (l->top == f->first) {
            f->item.node.line = it.node.line;
            f->item.node.col = it.node.col;
        }
    }
    if (l->top == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->stack = mem_grow(l->stack, l->cap * sizeof *l->stack);
    }
    l->stack[l->top++] = it.node;
}

/* Counts nodes as they come, those behind aliases too. */
static bool count(struct loader *l, size_t nodes, yaml_mark_t at)
{
    l->nodes += nodes;
    if (l->nodes <= YAML_NODES) return true;
    complain(l, line_of(at), col_of(at),
             "the file holds more than %d values, those behind aliases counted: split it",
             YAML_NODES);
    l->stop = true;
    return false;
}

static void name_anchor(struct loader *l, struct str name, struct item it)
{
    struct anchor *a = NULL;

    if (name.n == 0) return;
    for (size_t i = 0; i < l->anchors_n && !a; i++)
        if (str_eq(l->anchors[i].name, name)) a = &l->anchors[i];
    if (!a && l->anchors_n == YAML_ANCHORS) {
        complain(l, it.node.line, it.node.col, "the file has more than %d anchors", YAML_ANCHORS);
        l->stop = true;
        return;
    }
    if (!l->anchors) l->anchors = arena_raw(l->arena, YAML_ANCHORS * sizeof *l->anchors);
    if (!a) a = &l->anchors[l->anchors_n++];
    *a = (struct anchor){name, it};
}

static void on_alias(struct loader *l, const yaml_event_t *ev)
{
    struct str name = str_of((const char *)ev->data.alias.anchor);
    yaml_mark_t at = ev->start_mark;
    struct item it = {.nodes = 1, .node.line = line_of(at), .node.col = col_of(at)};
    const struct anchor *a = NULL;
    bool open = false;

    for (size_t i = 0; i < l->depth; i++) open = open || str_eq(l->frames[i].anchor, name);
    for (size_t i = 0; i < l->anchors_n && !a; i++)
        if (str_eq(l->anchors[i].name, name)) a = &l->anchors[i];
    if (open)
        complain(l, it.node.line, it.node.col, "the alias *%s stands inside what it names",
                 shown(l, name));
    else if (!a)
        complain(l, it.node.line, it.node.col, "no anchor &%s stands above this alias",
                 shown(l, name));
    else
        it = a->item;
    if (!count(l, it.nodes, at)) return;
    if (l->depth + it.height > YAML_DEPTH) {
        complain(l, line_of(at), col_of(at), "this alias nests lists and maps more than %d deep",
                 YAML_DEPTH);
        l->stop = true;
        return;
    }
    add(l, it);
}

/* A tag such as !!int or !!str; the value must fit it. */
static void apply_tag(struct loader *l, struct yaml *y, struct str tag)
{
    static const struct {
        const char *name;
        enum value_kind kind;
    } kinds[] = {{CORE "null", V_NULL},
                 {CORE "bool", V_BOOL},
                 {CORE "int", V_INT},
                 {CORE "float", V_DOUBLE}};
    enum value_kind want = V_KINDS;
    struct value v;
    char text[NUMBER_TEXT];

    y->plain = !str_is(tag, CORE "str");
    if (!y->plain) return;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(tag, kinds[i].name)) want = kinds[i].kind;
    v = yaml_scalar(y);
    if (want == V_DOUBLE && (v.kind == V_INT || v.kind == V_UINT)) {
        size_t n = number_write(v.kind == V_INT ? (double)v.i : (double)v.u, text);

        y->text = str_n(arena_dup(l->arena, text, n), n);
    } else if (want == V_KINDS) {
        complain(l, y->line, y->col,
                 "the tag '%s' is not known: only !!null, !!bool, !!int, !!float, !!str, !!seq and "
                 "!!map are",
                 shown(l, tag));
    } else if (v.kind != want && !(want == V_INT && v.kind == V_UINT)) {
        complain(l, y->line, y->col, "\"%s\" is not what its tag !!%s says", shown(l, y->text),
                 shown(l, str_skip(tag, sizeof CORE - 1)));
    }
}

static struct str keep(struct loader *l, const yaml_char_t *p, size_t n)
{
    return str_n(arena_dup(l->arena, (const char *)p, n), n);
}

static struct str keep_name(struct loader *l, const yaml_char_t *name)
{
    return name ? keep(l, name, strlen((const char *)name)) : str_n("", 0);
}

static void on_scalar(struct loader *l, const yaml_event_t *ev)
{
    yaml_mark_t at = ev->start_mark;
    struct item it = {.nodes = 1};
    struct yaml *y = &it.node;

    if (!count(l, 1, at)) return;
    y->kind = YAML_SCALAR;
    y->line = line_of(at);
    y->col = col_of(at);
    y->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    y->text = keep(l, ev->data.scalar.value, ev->data.scalar.length);
    if (ev->data.scalar.tag) apply_tag(l, y, str_of((const char *)ev->data.scalar.tag));
    name_anchor(l, keep_name(l, ev->data.scalar.anchor), it);
    add(l, it);
}

static void on_open(struct loader *l, const yaml_event_t *ev, enum yaml_kind kind)
{
    bool map = kind == YAML_MAP;
    const yaml_char_t *tag = map ? ev->data.mapping_start.tag : ev->data.sequence_start.tag;
    yaml_mark_t at = ev->start_mark;
    struct frame *f;

    if (!count(l, 1, at)) return;
    if (l->depth == YAML_DEPTH) {
        complain(l, line_of(at), col_of(at), "lists and maps are nested more than %d deep",
                 YAML_DEPTH);
        l->stop = true;
        return;
    }
    if (tag && strcmp((const char *)tag, map ? CORE "map" : CORE "seq") != 0)
        complain(l, line_of(at), col_of(at), "the tag '%s' does not fit %s: leave it out",
                 shown(l, str_of((const char *)tag)), kind_words(kind));
    f = &l->frames[l->depth++];
    *f = (struct frame){.first = l->top, .item = {.height = 1}};
    f->item.nodes = (uint32_t)l->nodes - 1; /* so far: on_close() takes the difference */
    f->item.node.kind = kind;
    f->item.node.line = line_of(at);
    f->item.node.col = col_of(at);
    f->anchor = keep_name(l, map ? ev->data.mapping_start.anchor : ev->data.sequence_start.anchor);
}

static int by_text(const void *a, const void *b)
{
    const struct yaml *x = *(const struct yaml *const *)a, *y = *(const struct yaml *const *)b;
    int way = str_cmp(x->text, y->text);

    return way ? way : (x > y) - (x < y);
}

static void check_twins(struct loader *l, const struct yaml *keys, size_t n)
{
    const struct yaml **sorted, *first;

    if (n < 2) return;
    sorted = mem_grow(NULL, n * sizeof(struct yaml *));
    for (size_t i = 0; i < n; i++) sorted[i] = &keys[i];
    qsort(sorted, n, sizeof(struct yaml *), by_text);
    first = sorted[0];
    for (size_t i = 1; i < n; i++) {
        const struct yaml *k = sorted[i];

        if (str_eq(first->text, k->text))
            complain(l, k->line, k->col, "the key \"%s\" stands twice: it is in line %d already",
                     shown(l, k->text), first->line);
        else
            first = k;
    }
    free(sorted);
}

/* Splits the keys from the values; a pair whose key is no text was complained about. */
static void close_map(struct loader *l, struct yaml *y, const struct yaml *from, size_t n)
{
    y->keys = arena_raw(l->arena, n / 2 * sizeof *y->keys);
    y->items = arena_raw(l->arena, n / 2 * sizeof *y->items);
    for (size_t i = 0; i + 1 < n; i += 2) {
        if (from[i].kind != YAML_SCALAR) continue;
        y->keys[y->n] = from[i];
        y->items[y->n++] = from[i + 1];
    }
    check_twins(l, y->keys, y->n);
}

static void on_close(struct loader *l)
{
    struct frame *f = &l->frames[--l->depth];
    size_t n = l->top - f->first;
    struct yaml *y = &f->item.node, *from = n ? l->stack + f->first : NULL;

    if (y->kind == YAML_MAP) {
        close_map(l, y, from, n);
    } else {
        y->items = arena_raw(l->arena, n * sizeof *y->items);
        if (n) memcpy(y->items, from, n * sizeof *y->items);
        y->n = n;
    }
    l->top = f->first;
    f->item.nodes = (uint32_t)l->nodes - f->item.nodes;
    name_anchor(l, f->anchor, f->item);
    add(l, f->item);
}

static void on_document(struct loader *l, yaml_mark_t at)
{
    if (l->documents++ == 0) return;
    complain(l, line_of(at), col_of(at),
             "a second document begins here: put each document in a file of its own");
    l->stop = true;
}

static void on_event(struct loader *l, const yaml_event_t *ev)
{
    switch (ev->type) {
    case YAML_DOCUMENT_START_EVENT:
        on_document(l, ev->start_mark);
        break;
    case YAML_ALIAS_EVENT:
        on_alias(l, ev);
        break;
    case YAML_SCALAR_EVENT:
        on_scalar(l, ev);
        break;
    case YAML_SEQUENCE_START_EVENT:
        on_open(l, ev, YAML_LIST);
        break;
    case YAML_MAPPING_START_EVENT:
        on_open(l, ev, YAML_MAP);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_close(l);
        break;
    case YAML_STREAM_END_EVENT:
        l->stop = true;
        break;
    default:
        break;
    }
}

static void load(struct loader *l, struct str text)
{
    yaml_parser_set_encoding(&l->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l->parser, (const unsigned char *)text.p, text.n);
    while (!l->stop) {
        AUTO(event) yaml_event_t ev = {0};

        if (!yaml_parser_parse(&l->parser, &ev)) {
            l->complaints++;
            yaml_syntax(l->report, l->file, text, &l->parser);
            return;
        }
        on_event(l, &ev);
    }
}

/* False, with a complaint, for text that libyaml should not see. */
static bool check_text(struct str text, const char *file, struct report *report)
{
    struct str rest = text;
    const char *p;
    int line, col;

    if (text.n > YAML_TEXT) {
        report_add(report, file, 0, 0, "the file is longer than %d MiB: split it", YAML_TEXT >> 20);
        return false;
    }
    if (utf8_valid(text)) return true;
    do p = rest.p;
    while (utf8_next(&rest) >= 0);
    yaml_place(text, (size_t)(p - text.p), &line, &col);
    report_add(report, file, line, col, "this is not UTF-8: save the file as UTF-8");
    return false;
}

bool yaml_read(struct arena *a, struct str text, const char *file, struct report *report,
               struct yaml **ret)
{
    AUTO(loader) struct loader *l = mem_new(sizeof *l);

    if (!yaml_parser_initialize(&l->parser)) abort(); /* out of memory */
    l->arena = a;
    l->report = report;
    l->file = file;
    l->root = (struct yaml){.kind = YAML_SCALAR, .plain = true, .line = 1, .col = 1};
    if (text.n == 0) text = STR("");
    if (str_starts(text, STR("\xef\xbb\xbf"))) text = str_skip(text, 3);
    if (!check_text(text, file, report)) return false;
    load(l, text);
    if (l->complaints) return false;
    if (l->root.kind == YAML_SCALAR && l->root.plain && l->root.text.n == 0)
        l->root.kind = YAML_MAP;
    *ret = arena_raw(a, sizeof **ret);
    **ret = l->root;
    return true;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP) return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (str_is(map->keys[i].text, key)) return &map->items[i];
    return NULL;
}
