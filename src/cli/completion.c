/* completion.c - scripts for the shells, from the tables. */
#include "cli/cli.h"

enum { SCRIPT_MAX = 256 << 10 };

static void add_words(struct buf *b, const struct option *o, const char *sep)
{
    for (; o && o->name; o++) {
        buf_addf(b, "%s%s", sep, o->name);
        if (o->letter) buf_addf(b, "%s-%c", sep, o->letter);
    }
}

static void bash(struct buf *b)
{
    buf_add(b, STR("_botops() {\n"
                   "  local word=\"${COMP_WORDS[COMP_CWORD]}\" words\n"
                   "  if [ \"$COMP_CWORD\" = 1 ]; then\n    words='help"));
    for (const struct command *const *c = cli_commands; *c; c++) buf_addf(b, " %s", (*c)->name);
    buf_add(b, STR("'\n  else\n    case \"${COMP_WORDS[1]}\" in\n"));
    for (const struct command *const *c = cli_commands; *c; c++) {
        buf_addf(b, "    %s) words='", (*c)->name);
        add_words(b, (*c)->options, " ");
        add_words(b, cli_options, " ");
        buf_add(b, STR("' ;;\n"));
    }
    buf_add(b, STR("    *) words='' ;;\n    esac\n"
                   "    case \"$word\" in -*) ;; *) words='' ;; esac\n  fi\n"
                   "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                   "complete -o default -F _botops botops\n"));
}

/* Inside single quotes of a shell; `colon`: zsh divides there. */
static void add_help(struct buf *b, const char *s, bool zsh)
{
    for (; *s; s++) {
        if (*s == '\'')
            buf_add(b, zsh ? STR("'\\''") : STR("\\'"));
        else if (*s == '\\' || (zsh && strchr(":[]", *s)))
            buf_addf(b, "\\%c", *s);
        else
            buf_addc(b, *s);
    }
}

static void zsh_options(struct buf *b, const struct option *o)
{
    for (; o && o->name; o++) {
        for (int letter = 0; letter < (o->letter ? 2 : 1); letter++) {
            buf_add(b, STR(" \\\n        '"));
            if (o->many) buf_addc(b, '*');
            if (letter)
                buf_addf(b, "-%c", o->letter);
            else
                buf_addf(b, "%s", o->name);
            buf_addc(b, '[');
            add_help(b, o->help, true);
            buf_addc(b, ']');
            if (o->value) {
                buf_addc(b, ':');
                add_help(b, o->value, true);
                buf_add(b, STR(":_files"));
            }
            buf_addc(b, '\'');
        }
    }
}

static void zsh(struct buf *b)
{
    buf_add(b, STR("#compdef botops\n_botops() {\n  local -a commands=(\n"));
    for (const struct command *const *c = cli_commands; *c; c++) {
        buf_addf(b, "    '%s:", (*c)->name);
        add_help(b, (*c)->help, true);
        buf_add(b, STR("'\n"));
    }
    buf_add(b,
            STR("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n"
                "  fi\n  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n"
                "  case $command in\n"));
    for (const struct command *const *c = cli_commands; *c; c++) {
        buf_addf(b, "    %s) _arguments", (*c)->name);
        zsh_options(b, (*c)->options);
        zsh_options(b, cli_options);
        buf_add(b, STR(" \\\n        '*:word:_files' ;;\n"));
    }
    buf_add(b, STR("  esac\n}\nif [ \"$funcstack[1]\" = _botops ]; then\n  _botops \"$@\"\nelse\n"
                   "  compdef _botops botops\nfi\n"));
}

static void fish_options(struct buf *b, const struct option *o, const char *command)
{
    for (; o && o->name; o++) {
        buf_addf(b, "complete -c botops -n '__fish_seen_subcommand_from %s' -l %s", command,
                 o->name + 2);
        if (o->letter) buf_addf(b, " -s %c", o->letter);
        if (o->value) buf_add(b, STR(" -r"));
        buf_add(b, STR(" -d '"));
        add_help(b, o->help, false);
        buf_add(b, STR("'\n"));
    }
}

static void fish(struct buf *b)
{
    for (const struct command *const *c = cli_commands; *c; c++) {
        buf_addf(b, "complete -c botops -n __fish_use_subcommand -f -a %s -d '", (*c)->name);
        add_help(b, (*c)->help, false);
        buf_add(b, STR("'\n"));
    }
    for (const struct command *const *c = cli_commands; *c; c++) {
        fish_options(b, (*c)->options, (*c)->name);
        fish_options(b, cli_options, (*c)->name);
    }
}

static err_t run(struct args *a, struct err *e)
{
    static const struct {
        const char *shell;
        void (*write)(struct buf *b);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    AUTO(buf) struct buf out = BUF(SCRIPT_MAX);

    for (size_t i = 0; i < COUNT_OF(shells); i++) {
        if (strcmp(a->rest[0], shells[i].shell) != 0) continue;
        shells[i].write(&out);
        TRY(buf_end(&out, e));
        print_out(buf_str(&out));
        return OK;
    }
    return fail(e, E_INPUT, "`%s` is no shell known here: say bash, zsh or fish", a->rest[0]);
}

const struct command command_completion = {
    .name = "completion",
    .usage = "bash|zsh|fish",
    .help = "prints a script that completes commands and options in a shell",
    .example = "botops completion bash > /etc/bash_completion.d/botops",
    .least = 1,
    .most = 1,
    .run = run,
};
