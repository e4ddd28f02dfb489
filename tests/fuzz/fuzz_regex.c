/* A pattern, then in the next line a subject: what PCRE2 finds without its limits, the table and
   the program must find, and both must agree where PCRE2 gives up. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "cel/regex.h"
#include "cel/regex_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 1, 0, or -1 when it does not say. */
static int pcre2_says(struct str pattern, struct str subject)
{
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX;
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_code *code;
    PCRE2_SIZE at;
    int found;

    code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, &found, &at, NULL);
    if (!code || !context || !data) abort(); /* the pattern was valid before */
    pcre2_set_match_limit(context, 20000);
    found = pcre2_match(code, (PCRE2_SPTR)subject.p, subject.n, 0, 0, data, context);
    pcre2_code_free(code);
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return found >= 0 ? 1 : found == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str subject = str_n((const char *)data, size), pattern;
    struct arena *a = arena_new();
    struct prog p = {.arena = a};
    const struct regex *r;
    struct eval x;
    struct value v;
    struct err e;
    size_t work, at;

    (void)str_cut(&subject, '\n', &pattern);
    if (!subject.p) subject = STR("");
    eval_init(&x, STR(""), NULL, a);
    if (utf8_valid(pattern) && utf8_valid(subject) && regex_compile(a, pattern, &r, &e) == OK) {
        int found, says = pcre2_says(pattern, subject);

        if (regex_parse(&p, pattern, &e) != OK) abort();
        found = prog_run(a, &p, subject, (size_t)1 << 24, &work);
        v = regex_match(&x, r, subject);
        /* Cases of Unicode's classes: RE2 has them, PCRE2 not always. */
        if (str_find(pattern, STR("\\p"), &at) || str_find(pattern, STR("\\P"), &at)) says = -1;
        if (says >= 0 && found >= 0 && found != says) abort();
        if (v.kind == V_BOOL && found >= 0 && found != v.b) abort();
    }
    eval_done(&x);
    arena_free(a);
    return 0;
}
