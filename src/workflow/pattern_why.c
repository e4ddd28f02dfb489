#include "base/suggest.h"
#include "base/utf8.h"
#include "workflow/pattern_match.h"

enum { SHOWN_MAX = 60 }; /* bytes of a person's words that are repeated to them */

/* In backticks, shortened at a character's end. */
static void add_quoted(struct buf *b, struct str s)
{
    struct str head = s;

    if (head.n > SHOWN_MAX) {
        head.n = SHOWN_MAX;
        while (head.n && ((unsigned char)s.p[head.n] & 0xc0) == 0x80) head.n--;
    }
    buf_addc(b, '`');
    utf8_add_safe(b, head, false);
    buf_add(b, head.n < s.n ? STR("…`") : STR("`"));
}

/* The line from its first word up to, not including, word `to`. */
static struct str line_until(const struct tokens *t, size_t to)
{
    return str_n(t->line.p + t->list[0].start, t->list[to - 1].end - t->list[0].start);
}

static bool is_expected(const struct attempt *m, size_t node)
{
    return m->expected[node / 64] >> node % 64 & 1;
}

/* "`version`, {env} or nothing more" */
static void add_expected(const struct attempt *m, struct buf *b)
{
    size_t left = 0;
    bool first = true;

    for (size_t i = 0; i < m->p->n; i++) left += is_expected(m, i);
    for (size_t i = 0; i < m->p->n; i++) {
        const struct node *v = &m->p->nodes[i];

        if (!is_expected(m, i)) continue;
        left--;
        if (!first) buf_add(b, left ? STR(", ") : STR(" or "));
        first = false;
        if (v->kind == NODE_WORD)
            add_quoted(b, v->word);
        else if (v->kind == NODE_END)
            buf_add(b, STR("nothing more"));
        else
            buf_addf(b, "{" STR_FMT "}", STR_ARG(m->p->args[v->arg]));
    }
}

static void add_fault(const struct attempt *m, struct buf *b)
{
    const struct named *v = &m->named[m->fault];
    struct str name = m->inputs.list[v->input].name;

    switch ((enum fault)v->fault) {
    case FAULT_NO_VALUE:
        buf_addf(b, "`--" STR_FMT "` needs a value: write `--" STR_FMT "=VALUE`", STR_ARG(name),
                 STR_ARG(name));
        break;
    case FAULT_DASH:
        buf_addf(b, "the value of `" STR_FMT "` begins with `-`: write it as `--" STR_FMT "=-…`",
                 STR_ARG(name), STR_ARG(name));
        break;
    case FAULT_NONE:
    case FAULT_TWICE:
        buf_addf(b, "`" STR_FMT "` is given twice", STR_ARG(name));
        break;
    }
}

/* The argument that could have taken the word, or NULL. */
static const struct str *expected_arg(const struct attempt *m)
{
    for (size_t i = 0; i < m->p->n; i++)
        if (is_expected(m, i) &&
            (m->p->nodes[i].kind == NODE_ARG || m->p->nodes[i].kind == NODE_REST))
            return &m->p->args[m->p->nodes[i].arg];
    return NULL;
}

/* The word begins with `-` and is neither an option we know nor behind `--`. */
static void add_dashed(const struct attempt *m, struct str word, struct buf *b)
{
    const struct str *arg = expected_arg(m);
    struct str name = str_skip(word, 2), best;
    struct suggest near;
    size_t equals;

    if (str_starts(word, STR("--")) && name.n) {
        if (str_find(name, STR("="), &equals)) name.n = equals;
        suggest_init(&near, name);
        for (size_t i = 0; i < m->inputs.n; i++) suggest_offer(&near, m->inputs.list[i].name);
        best = suggest_best(&near);
        buf_add(b, STR("there is no option "));
        add_quoted(b, str_n(word.p, name.n + 2));
        if (best.n) buf_addf(b, "; did you mean `--" STR_FMT "`?", STR_ARG(best));
        if (best.n || !arg) return;
        buf_addf(b, "; if it is the value of {" STR_FMT "}, write `--` before it", STR_ARG(*arg));
        return;
    }
    add_quoted(b, word);
    buf_add(b, STR(" begins with `-`"));
    if (!arg) {
        buf_add(b, STR(" and there is no such option"));
        return;
    }
    buf_addf(b, ": to give it as {" STR_FMT "}, write `--` before it", STR_ARG(*arg));
    if (input_find(m->inputs, *arg) >= 0) buf_addf(b, ", or `--" STR_FMT "=-…`", STR_ARG(*arg));
}

void pattern_why(const struct pattern *p, const struct tokens *t, struct pattern_inputs inputs,
                 struct buf *b)
{
    struct attempt m;
    struct str word;

    if (t->n == 0) {
        buf_add(b, STR("the line is empty"));
        return;
    }
    if (attempt_run(&m, p, t, inputs)) return;
    if (m.fault < t->n) {
        add_fault(&m, b);
        return;
    }
    if (m.furthest == t->n) { /* the line is too short */
        add_quoted(b, line_until(t, t->n));
        buf_add(b, STR(" needs "));
        add_expected(&m, b);
        return;
    }
    word = t->list[m.furthest].text;
    if (m.furthest > 0 && m.furthest < m.dash && word.n && word.p[0] == '-') {
        add_dashed(&m, word, b);
        return;
    }
    add_quoted(b, word);
    buf_add(b, STR(" does not fit"));
    if (m.furthest > 0) {
        buf_add(b, STR(" after "));
        add_quoted(b, line_until(t, m.furthest));
    }
    buf_add(b, STR(": expected "));
    add_expected(&m, b);
    for (size_t i = 0; i < p->nargs; i++)
        if (m.given[i] >= 0) buf_addf(b, "; {" STR_FMT "} is given by name", STR_ARG(p->args[i]));
}

enum { SAME = 1000, BONUS = 20 };

static int likeness(struct str a, struct str b)
{
    struct suggest s;

    if (str_eq_nocase(a, b)) return SAME;
    suggest_init(&s, a);
    suggest_offer(&s, b);
    if (s.best.n == 0) return 0;
    return SAME - (int)(SAME * s.distance / (a.n > b.n ? a.n : b.n));
}

/* How near the line's first word comes to one the pattern begins with. */
static int first_likeness(const struct pattern *p, struct str word)
{
    int best = 0;

    for (size_t i = 0; i < p->n; i++) {
        const struct node *v = &p->nodes[i];

        if (v->kind != NODE_WORD) continue;
        for (size_t k = 0; k < p->nfirst; k++) {
            int like = p->first[k] == word_key(v->word) ? likeness(word, v->word) : 0;

            if (like > best) best = like;
        }
    }
    return best;
}

int pattern_nearness(const struct pattern *p, const struct tokens *t)
{
    int first = t->n ? first_likeness(p, t->list[0].text) : 0, sum = first * 2, weight = 2;

    if (first == 0) return 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct node *v = &p->nodes[i];
        int best = 0;

        if (v->kind != NODE_WORD || (i == 0 && v->needed)) continue;
        for (size_t k = 1; k < t->n && best < SAME; k++) {
            int like = likeness(t->list[k].text, v->word);

            if (like > best) best = like;
        }
        if (v->needed) {
            sum += best;
            weight++;
        } else if (best == SAME) {
            sum += BONUS;
        }
    }
    sum /= weight;
    return sum > SAME ? SAME : sum;
}
