#define PCRE2_CODE_UNIT_WIDTH 8
#include "cel/regex.h"

#include <pcre2.h>

enum {
    FIRST_SHARE = 1000,  /* backtracking points of the first try, and 4 a byte of the subject */
    POINTS_A_STEP = 100, /* of the budget; about 2 us */
    COMPILE_STEPS = 200
};

struct regex {
    pcre2_code *code;
};

/* What matching needs for one evaluation. */
struct regex_memory {
    pcre2_match_data *data;
    pcre2_match_context *context;
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

err_t regex_compile(struct arena *a, struct str pattern, const struct regex **ret, struct err *e)
{
    pcre2_general_context *memory;
    pcre2_compile_context *context;
    char text[128] = "";
    struct regex *r;
    PCRE2_SIZE at;
    int code;

    if (pattern.n > REGEX_PATTERN_MAX)
        return fail(e, E_LIMIT, "a pattern has at most %d bytes", REGEX_PATTERN_MAX);
    memory = pcre2_general_context_create(take, release, a);
    context = pcre2_compile_context_create(memory);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context, 100);
    r = arena_get(a, sizeof *r);
    r->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
                            PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C, &code, &at,
                            context);
    if (!r->code) {
        pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof text);
        return fail(e, E_INPUT, "bad pattern: %s at its byte %zu", text, (size_t)at + 1);
    }
    *ret = r;
    return OK;
}

static struct regex_memory *memory_of(struct eval *x)
{
    struct regex_memory *m = x->regex;

    if (m) return m;
    m = x->regex = mem_new(sizeof *m);
    m->data = pcre2_match_data_create(1, NULL);
    m->context = pcre2_match_context_create(NULL);
    if (!m->data || !m->context) abort(); /* out of memory, as mem_new() does */
    pcre2_set_depth_limit(m->context, REGEX_DEPTH);
    pcre2_set_heap_limit(m->context, REGEX_HEAP_KIB);
    return m;
}

void regex_memory_free(struct regex_memory *m)
{
    if (!m) return;
    pcre2_match_data_free(m->data);
    pcre2_match_context_free(m->context);
    free(m);
}

/* PCRE2 does not say what a match has cost, so it gets a small share first, and eight times more
   whenever that was not enough; each share is charged. */
struct value regex_match(struct eval *x, const struct regex *r, struct str subject)
{
    struct regex_memory *m = memory_of(x);
    size_t most = REGEX_STEPS, share = FIRST_SHARE + 4 * subject.n;
    int code;

    for (;;) {
        if (share > most) share = most;
        if (!charge(x, share / POINTS_A_STEP)) return v_fault();
        pcre2_set_match_limit(m->context, (uint32_t)share);
        code = pcre2_match(r->code, (PCRE2_SPTR)subject.p, subject.n, 0, PCRE2_NO_UTF_CHECK,
                           m->data, m->context);
        if (code != PCRE2_ERROR_MATCHLIMIT || share == most) break;
        share *= 8;
    }
    if (code == PCRE2_ERROR_NOMATCH) return v_bool(false);
    if (code >= 0) return v_bool(true);
    return x_limit(x, "this pattern backtracks too much on this text; make it simpler");
}

static size_t regex_size(const struct regex *r)
{
    size_t size = 0;

    (void)pcre2_pattern_info(r->code, PCRE2_INFO_SIZE, &size);
    return size;
}

struct value regex_match_text(struct eval *x, const struct node *at, struct value subject,
                              struct value pattern)
{
    struct regex_memory *m = memory_of(x);
    const struct regex *r = m->regex;
    struct err e;

    if (!r || !equal(x, m->last, pattern)) {
        if (!charge(x, COMPILE_STEPS)) return v_fault();
        if (regex_compile(x->arena, value_str(pattern), &r, &e) != OK || !r)
            return fault(x, at->at, arena_fmt(x->arena, "%s", e.text));
        m->regex = r;
        m->last = pattern;
        if (!charge(x, regex_size(r) / 64)) return v_fault();
    }
    return regex_match(x, r, value_str(subject));
}
