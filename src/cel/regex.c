#define PCRE2_CODE_UNIT_WIDTH 8
#include "cel/regex.h"

#include <pcre2.h>

#include "cel/regex_inside.h"

enum {
    WORK_A_STEP = 100, /* of the budget */
    PROG_A_STEP = 16,  /* instructions of a program */
    COMPILE_STEPS = 200
};

struct regex {
    const struct dfa *dfa;
    struct prog prog; /* where there is no table */
};

/* What matching needs for one evaluation; lies in its arena. */
struct regex_memory {
    struct arena *scratch;
    struct value last; /* pattern of `regex` */
    const struct regex *regex;
};

static void *take(PCRE2_SIZE n, void *arena)
{
    return arena_raw(arena, n);
}

static void release(void *p, void *arena)
{
    (void)p, (void)arena; /* with the arena */
}

/* PCRE2 knows what is malformed and says it well; its own matching has no bound. */
static err_t validate(struct arena *scratch, struct str pattern, struct err *e)
{
    pcre2_general_context *memory = pcre2_general_context_create(take, release, scratch);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    char text[128] = "";
    PCRE2_SIZE at;
    int code;

    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context, 100);
    if (pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
                      PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_POSSESS |
                          PCRE2_NO_START_OPTIMIZE,
                      &code, &at, context))
        return OK;
    pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof text);
    return fail(e, E_INPUT, "bad pattern: %s at its byte %zu", text, (size_t)at + 1);
}

/* *cost is what it took, in steps, also when it fails. */
static err_t compile(struct arena *a, struct str pattern, const struct regex **ret, size_t *cost,
                     struct err *e)
{
    AUTO(arena) struct arena *scratch = arena_new();
    struct prog prog = {.arena = scratch};
    struct regex *r;
    err_t bad;

    if (pattern.n > REGEX_PATTERN_MAX)
        return fail(e, E_LIMIT, "a pattern has at most %d bytes", REGEX_PATTERN_MAX);
    TRY(validate(scratch, pattern, e));
    bad = regex_parse(&prog, pattern, e);
    *cost += prog.cost + prog.n / PROG_A_STEP;
    if (bad != OK) return bad;
    r = arena_get(a, sizeof *r);
    r->dfa = dfa_make(a, &prog, cost);
    if (!r->dfa) {
        r->prog.n = prog.n;
        r->prog.list = arena_raw(a, prog.n * sizeof *prog.list);
        memcpy(r->prog.list, prog.list, prog.n * sizeof *prog.list);
    }
    *ret = r;
    return OK;
}

err_t regex_compile(struct arena *a, struct str pattern, const struct regex **ret, struct err *e)
{
    size_t cost = 0;

    return compile(a, pattern, ret, &cost, e);
}

const struct regex *regex_share(struct share *s, const struct regex *r)
{
    struct regex *copy = arena_get(s->work, sizeof *copy);

    if (r->dfa) copy->dfa = share_bytes(s, r->dfa, dfa_size(r->dfa));
    copy->prog.n = r->prog.n;
    copy->prog.list = share_bytes(s, r->prog.list, r->prog.n * sizeof *r->prog.list);
    return share_bytes(s, copy, sizeof *copy);
}

static struct regex_memory *memory_of(struct eval *x)
{
    if (!x->regex) x->regex = arena_get(x->arena, sizeof *x->regex);
    return x->regex;
}

void regex_memory_free(struct regex_memory *m)
{
    if (m) arena_free(m->scratch);
}

static struct value run_program(struct eval *x, const struct regex *r, struct str subject)
{
    struct regex_memory *m = memory_of(x);
    size_t work = 0;
    int found;

    if (!m->scratch) m->scratch = arena_new();
    arena_reset(m->scratch);
    found = prog_run(m->scratch, &r->prog, subject, REGEX_WORK, &work);
    if (!charge(x, work / WORK_A_STEP)) return v_fault();
    if (found < 0) return x_limit(x, "this pattern takes too long on this text; make it simpler");
    return v_bool(found);
}

struct value regex_match(struct eval *x, const struct regex *r, struct str subject)
{
    return r->dfa ? v_bool(dfa_matches(r->dfa, subject)) : run_program(x, r, subject);
}

struct value regex_match_text(struct eval *x, const struct node *at, struct value subject,
                              struct value pattern)
{
    struct regex_memory *m = memory_of(x);
    const struct regex *r = m->regex;
    struct err e;

    if (!r || !equal(x, m->last, pattern)) {
        size_t cost = COMPILE_STEPS;
        err_t bad = compile(x->arena, value_str(pattern), &r, &cost, &e);

        if (!charge(x, cost)) return v_fault();
        if (bad != OK || !r) return fault(x, at->at, arena_fmt(x->arena, "%s", e.text));
        m->regex = r;
        m->last = pattern;
    }
    return regex_match(x, r, value_str(subject));
}
