#include "cli/cli.h"

#include "base/suggest.h"

static const struct option *find_in(const struct option *list, struct str name, char letter)
{
    for (; list && list->name; list++)
        if ((name.n && str_is(name, list->name)) || (letter && list->letter == letter)) return list;
    return NULL;
}

static const struct option *find(const struct command *c, struct str name, char letter)
{
    const struct option *o = find_in(c->options, name, letter);

    return o ? o : find_in(cli_options, name, letter);
}

static err_t unknown(const struct command *c, struct str name, struct err *e)
{
    const struct option *const lists[] = {c->options, cli_options};
    struct suggest s;

    suggest_init(&s, name);
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        for (const struct option *o = lists[i]; o && o->name; o++)
            suggest_offer(&s, str_of(o->name));
    if (suggest_best(&s).n)
        return fail(e, E_INPUT,
                    "botops %s has no option `" STR_FMT "`; did you mean `" STR_FMT "`?", c->name,
                    STR_ARG(name), STR_ARG(suggest_best(&s)));
    return fail(e, E_INPUT, "botops %s has no option `" STR_FMT "`; `botops %s --help` lists them",
                c->name, STR_ARG(name), c->name);
}

static err_t take(struct args *a, const struct option *o, const char *value, struct err *e)
{
    struct given *g;

    if (!o->many && args_value(a, o->name)) return fail(e, E_INPUT, "`%s` is given twice", o->name);
    g = arena_push(a->arena, &a->given, &a->given_n, sizeof *g);
    *g = (struct given){o, value};
    return OK;
}

/* One word that begins with `-`; *at is moved past a value that stands in the next word. */
static err_t read_option(struct args *a, char **argv, int argc, int *at, struct err *e)
{
    char *word = argv[*at];
    bool is_long = word[1] == '-';
    char *eq = is_long ? strchr(word, '=') : NULL;
    struct str name = is_long ? str_n(word, eq ? (size_t)(eq - word) : strlen(word)) : STR("");
    const struct option *o = find(a->command, name, is_long ? 0 : word[1]);
    const char *value = eq ? eq + 1 : !is_long && word[1] && word[2] ? word + 2 : NULL;

    if (!o) return unknown(a->command, is_long ? name : str_of(word), e);
    if (!o->value) {
        if (value) return fail(e, E_INPUT, "`%s` takes no value", o->name);
        return take(a, o, "", e);
    }
    if (!value && *at + 1 < argc) value = argv[++*at];
    if (!value) return fail(e, E_INPUT, "`%s` needs a value: %s", o->name, o->value);
    return take(a, o, value, e);
}

static err_t read_format(struct args *a, struct err *e)
{
    static const char *const names[] = {"text", "json", "yaml", NULL};
    const char *v = args_value(a, "--output");
    struct str best;

    if (!v) return OK;
    for (int i = 0; names[i]; i++)
        if (strcmp(v, names[i]) == 0) {
            a->format = (enum format)i;
            return OK;
        }
    best = suggest_from(str_of(v), names);
    return fail(e, E_INPUT, "`%s` is no format: say text, json or yaml%s" STR_FMT "%s", v,
                best.n ? "; did you mean " : "", STR_ARG(best), best.n ? "?" : "");
}

err_t args_read(const struct command *c, int argc, char **argv, struct args *ret, struct err *e)
{
    bool only_words = false;

    ret->command = c;
    for (int i = 0; i < argc; i++) {
        const char **word;

        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1]) {
            TRY(read_option(ret, argv, argc, &i, e));
        } else {
            word = arena_push(ret->arena, &ret->rest, &ret->rest_n, sizeof *word);
            *word = argv[i];
        }
    }
    if (args_flag(ret, "--help")) return OK;
    if (ret->rest_n < c->least || ret->rest_n > c->most)
        return fail(e, E_INPUT, "say: botops %s %s; `botops %s --help` shows an example", c->name,
                    c->usage, c->name);
    return read_format(ret, e);
}

const char *args_value(const struct args *a, const char *name)
{
    for (size_t i = a->given_n; i > 0; i--)
        if (strcmp(a->given[i - 1].option->name, name) == 0) return a->given[i - 1].value;
    return NULL;
}

bool args_flag(const struct args *a, const char *name)
{
    return args_value(a, name) != NULL;
}

const char *args_nth(const struct args *a, const char *name, size_t n)
{
    for (size_t i = 0; i < a->given_n; i++)
        if (strcmp(a->given[i].option->name, name) == 0 && n-- == 0) return a->given[i].value;
    return NULL;
}
