/* template.h - what a workflow says with `${{ }}` in it, compiled.
 *
 * A template is a tree of the shape of the YAML it came from. A text that is
 * one whole `${{ }}` keeps the value's type; otherwise parts are joined as
 * text (cel_text). `${{ secrets.NAME }}` is a part of its own kind, allowed
 * only where the caller says so, filled in only by template_eval's `secret`
 * function: CEL never sees a secret.
 */
#ifndef WORKFLOW_TEMPLATE_H
#define WORKFLOW_TEMPLATE_H

#include "base/report.h"
#include "cel/cel.h"
#include "data/yaml.h"
#include "workflow/place.h"

enum template_kind {
    TEMPLATE_VALUE,  /* no expression in it */
    TEMPLATE_CEL,    /* one whole expression */
    TEMPLATE_SECRET, /* one whole secret */
    TEMPLATE_TEXT,   /* parts to join: values (strings), expressions, secrets */
    TEMPLATE_LIST,
    TEMPLATE_MAP
};

struct template
{
    enum template_kind kind;
    struct value value;     /* VALUE; SECRET: a V_SECRET with its name */
    const struct cel *cel;  /* CEL */
    struct template *items; /* TEXT, LIST, MAP: n of them */
    struct str *keys;       /* MAP */
    size_t n;
    int line, col; /* where it stands in its file */
};

/* What is needed to compile: the names in scope and where complaints go. */
struct template_context {
    struct arena *arena;
    struct report *report;
    const char *file;
    const struct cel_name *names;
    size_t names_n;
    const char *const *secrets; /* NULL: no secret is allowed here; else the known names */
    uint64_t *uses;             /* names used are added here; may be NULL */
    const struct lines *lines;  /* of the file, for exact places; may be NULL */
};

extern const char *const template_any_secret[]; /* as `secrets`: the names are not known here */

enum { TEMPLATE_OUTPUT = 1 << 20 }; /* bytes of text one template may make */

/* Compile; every complaint is reported with its place; NULL when there was one. */
struct template *template_compile(const struct template_context *c, const struct yaml *y);
const struct cel *template_cel(const struct template_context *c,
                               const struct yaml *y); /* bare CEL, as in `type:` */
const struct cel *template_condition(const struct template_context *c,
                                     const struct yaml *y); /* the same, true or false: `if:` */

/* The first `${{ }}` in a text, and the expression inside without white space around it; false when
   there is none. An opened one that never ends counts up to the end of the text. */
struct span {
    size_t start, end; /* of `${{ … }}` */
    struct str inner;
    size_t inner_at;
    bool closed;
};
bool template_find(struct str text, size_t from, struct span *ret);

/* The text of a secret by its name; false with e set when it cannot be had. The text lives in the
 * arena. */
typedef err_t template_secret(void *ctx, struct str name, struct arena *a, struct str *ret,
                              struct err *e);

/* `secret` NULL: a secret shows as "***". Errors name the place in the file's terms (line, col of
 * e). */
err_t template_eval(const struct template *t, const struct value *values, template_secret *secret,
                    void *ctx, struct arena *a, struct value *ret, struct err *e) MUST_CHECK;

/* The same as text, as it shows in a message or an argument. */
err_t template_eval_text(const struct template *t, const struct value *values,
                         template_secret *secret, void *ctx, struct arena *a, struct str *ret,
                         struct err *e) MUST_CHECK;

#endif
