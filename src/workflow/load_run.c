/* load_run.c - a step that runs a script. */
#include <ctype.h>

#include "base/suggest.h"
#include "workflow/load_step.h"

enum { EXPRESSION_SHOWN = 200, VARIABLE_MAX = 64 };

static const char *const output_names[] = {"text", "json", NULL};

static const struct {
    const char *name;
    const char *argv[5];
} shells[] = {
    {"bash", {"bash", "-euo", "pipefail", "-c"}},
    {"sh", {"sh", "-eu", "-c"}},
    {"python3", {"python3", "-c"}},
};

/* --- values do not become code --- */

/* "inputs.version" → "VERSION": the last word of the expression. */
static void variable_for(struct str expression, char out[VARIABLE_MAX])
{
    size_t end = expression.n, start, n = 0;

    while (end && !isalnum((unsigned char)expression.p[end - 1])) end--;
    for (start = end; start; start--)
        if (!isalnum((unsigned char)expression.p[start - 1]) && expression.p[start - 1] != '_')
            break;
    if (end - start >= VARIABLE_MAX || start == end ||
        isdigit((unsigned char)expression.p[start])) {
        memcpy(out, "VALUE", sizeof "VALUE");
        return;
    }
    for (size_t i = start; i < end; i++) out[n++] = (char)toupper((unsigned char)expression.p[i]);
    out[n] = '\0';
}

/* How a script of this step reads a variable. */
static const char *reading(struct stepping *s, const char *variable)
{
    bool python = str_is(load_text(s->b->l, s->yaml, "shell"), "python3");

    return arena_fmt(s->b->l->report->arena, python ? "os.environ[\"%s\"]" : "\"$%s\"", variable);
}

static void refuse_expressions(struct stepping *s, const struct yaml *y)
{
    struct loading *l = s->b->l;
    struct place at;
    struct span found;

    place_start(&at, l->lines, y);
    for (size_t from = 0; template_find(y->text, from, &found); from = found.end) {
        struct str x = found.inner;
        char quote = x.n && memchr(x.p, '"', x.n) ? '\'' : '"', variable[VARIABLE_MAX];

        if (x.n > EXPRESSION_SHOWN) x.n = EXPRESSION_SHOWN;
        variable_for(x, variable);
        place_move(&at, found.start);
        report_add(l->report, l->file, at.line, at.col,
                   "`${{ " STR_FMT " }}` in `run` would turn a value into code: pass it as "
                   "`env: {%s: %c${{ " STR_FMT " }}%c}` and write `%s`, or pass it in `args`",
                   STR_ARG(x), variable, quote, STR_ARG(x), quote, reading(s, variable));
    }
}

static void load_script(struct stepping *s, const struct yaml *y)
{
    struct loading *l = s->b->l;

    if (y->kind != YAML_SCALAR || yaml_scalar(y).kind != V_STRING) return;
    s->step->script = y->text;
    if (!str_trim(y->text).n) complain(l, y, "`run` must not be empty");
    if (y->text.n > SCRIPT_MAX)
        complain(l, y, "a script may have at most %d bytes: put it in a file of its own",
                 SCRIPT_MAX);
    if (y->text.n && memchr(y->text.p, '\0', y->text.n))
        complain(l, y, "a script must not hold a NUL byte");
    refuse_expressions(s, y);
}

/* --- how it is run --- */

static void named_shell(struct stepping *s, size_t k)
{
    struct step *step = s->step;

    step->shell = arena_get(s->b->l->arena, COUNT_OF(shells[k].argv) * sizeof *step->shell);
    step->shell_n = 0;
    for (; shells[k].argv[step->shell_n]; step->shell_n++)
        step->shell[step->shell_n] = str_of(shells[k].argv[step->shell_n]);
}

static void load_shell(struct stepping *s, const struct yaml *y)
{
    static const char *const names[] = {"bash", "sh", "python3", NULL};
    struct loading *l = s->b->l;
    struct str best = STR("");

    if (!y) {
        named_shell(s, 0);
        return;
    }
    for (size_t k = 0; y->kind == YAML_SCALAR && k < COUNT_OF(shells); k++)
        if (str_is(y->text, shells[k].name)) {
            named_shell(s, k);
            return;
        }
    if (y->kind == YAML_LIST && y->n) {
        schema_check_field(&shell_field, y, l->file, l->report);
        s->step->shell_n = (int)load_texts(l, y, &s->step->shell);
        return;
    }
    if (y->kind == YAML_SCALAR) best = suggest_from(y->text, names);
    complain(l, y,
             "`shell` must be bash, sh, python3 or a list such as [ruby, -e], not " STR_FMT "%s",
             STR_ARG(yaml_shown(y, l->report->arena)), did_you_mean(l, best));
}

static void load_args(struct stepping *s, const struct yaml *y)
{
    struct loading *l = s->b->l;

    if (!y) return;
    if (y->kind == YAML_LIST)
        s->step->args = step_template(s, y);
    else
        complain(l, y, "`args` must be a list such as [\"--region\", \"eu\"], not " STR_FMT,
                 STR_ARG(yaml_shown(y, l->report->arena)));
}

static void load_env(struct stepping *s, const struct yaml *y)
{
    struct loading *l = s->b->l;

    for (size_t i = 0; i < y->n; i++) {
        struct str name = y->keys[i].text;

        if (!word_valid(name))
            complain(l, &y->keys[i],
                     "`" STR_FMT "` is not a name for a variable: use letters, digits and `_`",
                     STR_ARG(name));
        else if (str_starts(name, STR("BOTOPS_")))
            complain(l, &y->keys[i],
                     "`" STR_FMT
                     "` is taken: variables that begin with BOTOPS_ are set by the server",
                     STR_ARG(name));
    }
    if (y->n) s->step->env = step_template_secret(s, y);
}

void load_run(struct stepping *s, const struct yaml *y)
{
    load_script(s, yaml_get(y, "run"));
    load_shell(s, yaml_get(y, "shell"));
    load_args(s, yaml_get(y, "args"));
    load_env(s, load_map(y, "env"));
    s->step->dir = step_template(s, yaml_get(y, "dir"));
    s->step->json_output = load_choice(y, "output", output_names, 0) == 1;
    s->step->timeout_us = load_duration(y, "timeout", RUN_TIMEOUT_US);
}
