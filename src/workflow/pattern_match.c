#include "workflow/pattern_match.h"

int input_find(struct pattern_inputs inputs, struct str name)
{
    for (size_t i = 0; i < inputs.n; i++) {
        struct str have = inputs.list[i].name;
        size_t k = 0;

        if (have.n != name.n) continue;
        while (k < name.n && (str_eq_nocase(str_n(have.p + k, 1), str_n(name.p + k, 1)) ||
                              (have.p[k] == '_' && name.p[k] == '-')))
            k++;
        if (k == name.n) return (int)i;
    }
    return -1;
}

static bool dashed(struct str s)
{
    return s.n && s.p[0] == '-';
}

static bool is_word_of(const struct pattern *p, struct str s)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->nodes[i].kind == NODE_WORD && str_eq_nocase(p->nodes[i].word, s)) return true;
    return false;
}

static bool truth(struct str s)
{
    return str_eq_nocase(s, STR("true")) || str_eq_nocase(s, STR("false"));
}

/* `--name` without `=`: the next word is its value. */
static void read_spaced(const struct attempt *m, size_t at, struct named *ret)
{
    bool last = at + 1 >= m->t->n || at + 1 == m->dash;
    struct str next = last ? STR("") : m->t->list[at + 1].text;

    ret->words = 1;
    if (m->inputs.list[ret->input].flag && (last || !truth(next))) {
        ret->value = STR("true");
    } else if (last) {
        ret->fault = FAULT_NO_VALUE;
    } else if (dashed(next)) {
        ret->fault = FAULT_DASH;
    } else {
        ret->value = next;
        ret->words = 2;
    }
}

static struct named read_named(const struct attempt *m, size_t at)
{
    const struct token *t = &m->t->list[at];
    bool option = t->bare >= 2 && str_starts(t->text, STR("--"));
    struct str name = str_skip(t->text, option ? 2 : 0);
    struct named v = {0};
    size_t equals;
    bool spaced = !str_find(name, STR("="), &equals);
    int input;

    if (spaced && !option) return v;
    if (!spaced) name.n = equals;
    if (t->bare < (size_t)(name.p - t->text.p) + name.n + !spaced) return v; /* quoted */
    input = input_find(m->inputs, name);
    if (input < 0 || is_word_of(m->p, t->text)) return v;
    v.input = (uint16_t)input;
    if (spaced) {
        read_spaced(m, at, &v);
        return v;
    }
    v.words = 1;
    v.value = str_n(name.p + name.n + 1, t->text.n - (size_t)(name.p - t->text.p) - name.n - 1);
    if (!option && dashed(v.value)) v.fault = FAULT_DASH;
    return v;
}

/* Notes which argument of the pattern is given, and whether the input was given before. */
static void note_given(struct attempt *m, size_t at)
{
    struct named *v = &m->named[at];
    struct str name = m->inputs.list[v->input].name;

    m->any_named = true;
    v->arg = -1;
    for (size_t i = 0; i < at; i++)
        if (m->named[i].words && m->named[i].input == v->input) v->fault = FAULT_TWICE;
    for (size_t i = 0; i < m->p->nargs; i++) {
        if (!str_eq(m->p->args[i], name)) continue;
        v->arg = (int8_t)i;
        if (m->given[i] < 0) m->given[i] = (int16_t)at;
    }
}

static void find_named(struct attempt *m)
{
    const struct tokens *t = m->t;

    for (size_t i = 0; i < COUNT_OF(m->given); i++) m->given[i] = -1;
    m->dash = t->n;
    for (size_t i = 1; i < t->n && m->dash == t->n; i++)
        if (str_is(t->list[i].text, "--") && t->list[i].bare == 2) m->dash = i;
    for (size_t i = 0; i < t->n; i++) {
        m->named[i].words = 0;
        if (i == 0 || i >= m->dash) continue;
        if (!dashed(t->list[i].text) && !memchr(t->list[i].text.p, '=', t->list[i].text.n))
            continue;
        m->named[i] = read_named(m, i);
        if (m->named[i].words == 0) continue;
        note_given(m, i);
        if (m->named[i].words == 2) m->named[++i].words = 0;
    }
}

/* Steps over what is given by name, and the lone `--`. False at a fault. */
static bool skip_named(struct attempt *m, size_t *at)
{
    while (*at < m->t->n) {
        const struct named *v = &m->named[*at];

        if (*at == m->dash) {
            ++*at;
        } else if (v->words == 0) {
            return true;
        } else if (v->fault || (v->arg >= 0 && m->has >> v->arg & 1)) {
            if (m->fault > *at) m->fault = *at;
            return false;
        } else {
            *at += v->words;
        }
    }
    return true;
}

static bool fails(struct attempt *m, size_t node, size_t at)
{
    if (at > m->furthest) {
        m->furthest = at;
        memset(m->expected, 0, sizeof m->expected);
    }
    if (at == m->furthest) m->expected[node / 64] |= UINT64_C(1) << node % 64;
    return false;
}

static void set(struct attempt *m, uint8_t arg, struct str value)
{
    m->value[arg] = value;
    m->has |= UINT32_C(1) << arg;
}

/* Whether the node takes words from *at on. In a pattern with a rest only what stands before the
   rest is a name, so only what is behind us counts. */
static bool takes(struct attempt *m, const struct node *node, size_t *at)
{
    const struct tokens *t = m->t;

    if (node->kind == NODE_WORD) {
        if (*at == t->n || !str_eq_nocase(node->word, t->list[*at].text)) return false;
        ++*at;
        return true;
    }
    if (m->given[node->arg] >= 0 && (!m->p->has_rest || (size_t)m->given[node->arg] < *at))
        return true;
    if (*at == t->n || (dashed(t->list[*at].text) && *at < m->dash)) return false;
    if (node->kind == NODE_ARG || *at == t->n - 1) { /* a rest of one word is that word */
        set(m, node->arg, t->list[*at].text);
        ++*at;
        return true;
    }
    m->rest = *at;
    set(m, node->arg,
        str_n(t->line.p + t->list[*at].start, t->list[t->n - 1].end - t->list[*at].start));
    *at = t->n;
    return true;
}

static bool follow(struct attempt *m, size_t node, size_t at)
{
    for (;;) {
        const struct node *v = &m->p->nodes[node];
        size_t bit;

        if (!skip_named(m, &at)) return false;
        bit = node * (m->t->n + 1) + at;
        if (m->seen[bit / 64] >> bit % 64 & 1) return false;
        m->seen[bit / 64] |= UINT64_C(1) << bit % 64;
        if (v->kind == NODE_END) return at == m->t->n || fails(m, node, at);
        if (v->kind == NODE_SPLIT) {
            uint32_t has = m->has;

            if (follow(m, v->next, at)) return true;
            m->has = has;
            node = v->other;
            continue;
        }
        if (v->kind != NODE_JUMP && !takes(m, v, &at)) return fails(m, node, at);
        node = v->next;
    }
}

bool attempt_run(struct attempt *m, const struct pattern *p, const struct tokens *t,
                 struct pattern_inputs inputs)
{
    size_t bits = p->n * (t->n + 1);

    m->p = p;
    m->t = t;
    m->inputs = inputs;
    m->any_named = false;
    m->has = 0;
    m->rest = t->n;
    m->furthest = 0;
    m->fault = t->n;
    memset(m->expected, 0, sizeof m->expected);
    memset(m->seen, 0, (bits + 63) / 64 * sizeof *m->seen);
    find_named(m);
    return follow(m, 0, 0);
}

/* Apart from the test of the first word, which most patterns end at: an attempt is large. */
static __attribute__((noinline)) bool match_whole(const struct pattern *p, const struct tokens *t,
                                                  struct pattern_inputs inputs, struct map *args)
{
    struct attempt m;

    if (!attempt_run(&m, p, t, inputs)) return false;
    for (size_t i = 0; i < p->nargs; i++)
        if (m.has >> i & 1) map_put(args, p->args[i], v_str(m.value[i]));
    for (size_t i = 0; m.any_named && i < m.rest; i++) {
        const struct named *v = &m.named[i];

        if (v->words == 0) continue;
        map_put(args, inputs.list[v->input].name, v_str(v->value));
        i += v->words - 1u;
    }
    return true;
}

bool pattern_match(const struct pattern *p, const struct tokens *t, struct pattern_inputs inputs,
                   struct map *args)
{
    bool fits = p->nfirst == 0;

    for (size_t i = 0; i < p->nfirst && !fits; i++) fits = p->first[i] == t->key;
    return fits && t->n > 0 && match_whole(p, t, inputs, args);
}
