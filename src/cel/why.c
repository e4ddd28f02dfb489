/* Errors of an evaluation as sentences. */
#include "cel/cel.h"
#include "cel/eval.h"
#include "cel/lex.h"
#include "data/json.h"

enum { SHOWN_MAX = 80 }; /* bytes of a value in a sentence */

static void add_value(struct buf *b, struct value v)
{
    AUTO(buf) struct buf text = BUF((size_t)4 * SHOWN_MAX);
    struct str s;

    if (v.kind == V_LIST || v.kind == V_MAP) {
        buf_addf(b, "a %s of %u", value_kind_name((enum value_kind)v.kind), v.n);
        return;
    }
    if (v.kind == V_TYPE) {
        buf_add(b, value_str(v));
        return;
    }
    if (v.kind == V_STRING && v.n > SHOWN_MAX) v.n = SHOWN_MAX;
    json_write(&text, v);
    s = buf_str(&text);
    buf_add(b, s.n > SHOWN_MAX ? str_n(s.p, SHOWN_MAX) : s);
}

static void add_kinds(struct buf *b, const struct why *w)
{
    for (uint8_t i = 0; i < w->n; i++)
        buf_addf(b, "%s%s", i ? ", " : "", value_kind_name((enum value_kind)w->kinds[i]));
}

static void add_sentence(struct buf *b, const struct why *w)
{
    static const struct str marks[] = {
        {"{a}", 3}, {"{b}", 3}, {"{op}", 4}, {"{kinds}", 7}, {"{kind}", 6}};
    struct str s = str_of(w->sentence);

    while (s.n) {
        size_t k = 0;

        while (k < COUNT_OF(marks) && !str_starts(s, marks[k])) k++;
        if (k == COUNT_OF(marks)) {
            buf_addc(b, s.p[0]);
            s = str_skip(s, 1);
            continue;
        }
        s = str_skip(s, marks[k].n);
        if (k == 0) add_value(b, w->a);
        if (k == 1) add_value(b, w->b);
        if (k == 2) buf_add(b, str_of(w->op));
        if (k == 3) add_kinds(b, w);
        if (k == 4) buf_add(b, str_of(value_kind_name((enum value_kind)w->a.kind)));
    }
}

err_t eval_why(const struct eval *x, struct err *e)
{
    AUTO(buf) struct buf b = BUF(sizeof e->text);

    if (x->limit) return fail(e, E_LIMIT, "%s", x->limit);
    add_sentence(&b, &x->why);
    return fail_src(e, E_INPUT, x->src, x->why.at, STR_FMT, STR_ARG(buf_str(&b)));
}
