#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/suggest.h"
#include "cli/cli.h"

enum { HELP_MAX = 64 << 10 };

static const struct command *find(struct str name)
{
    for (const struct command *const *c = cli_commands; *c; c++)
        if (str_is(name, (*c)->name)) return *c;
    return NULL;
}

static int show_all(void)
{
    AUTO(buf) struct buf out = BUF(HELP_MAX);

    help_all(&out);
    print_out(buf_str(&out));
    return 0;
}

static int show(const struct command *c)
{
    AUTO(buf) struct buf out = BUF(HELP_MAX);

    help_command(c, &out);
    print_out(buf_str(&out));
    return 0;
}

static int complain(const struct err *e)
{
    const char *head = term_colour(STDERR_FILENO) ? "\033[31mbotops:\033[0m" : "botops:";

    fprintf(stderr, "%s %s\n", head, e->text);
    return err_exit(e->code);
}

static int unknown(struct str name)
{
    struct suggest s;
    struct err e;

    suggest_init(&s, name);
    for (const struct command *const *c = cli_commands; *c; c++)
        suggest_offer(&s, str_of((*c)->name));
    if (suggest_best(&s).n)
        (void)fail(&e, E_INPUT, "there is no command `" STR_FMT "`; did you mean `" STR_FMT "`?",
                   STR_ARG(name), STR_ARG(suggest_best(&s)));
    else
        (void)fail(&e, E_INPUT, "there is no command `" STR_FMT "`; `botops --help` lists them",
                   STR_ARG(name));
    return complain(&e);
}

static int run(const struct command *c, char **argv, int argc, const char *program)
{
    AUTO(arena) struct arena *arena = arena_new();
    int status = 0;
    struct args a = {.arena = arena, .program = program, .ret_exit = &status};
    struct err e;

    if (args_read(c, argc, argv, &a, &e) != OK) return complain(&e);
    if (args_flag(&a, "--help")) return show(c);
    if (c->run(&a, &e) != OK) return complain(&e);
    return status;
}

/* `botops -C DIR status` is `botops status -C DIR`: options that all commands take may come first.
 */
static void command_first(int argc, char **argv)
{
    int at = 1;

    while (at < argc && argv[at][0] == '-' && argv[at][1]) {
        const struct option *o = cli_options;

        while (o->name && strcmp(argv[at], o->name) != 0 &&
               !(argv[at][1] == o->letter && !argv[at][2]))
            o++;
        if (!o->name || !o->value) return;
        at += 2;
    }
    if (at > 1 && at < argc) {
        char *command = argv[at];

        memmove(argv + 2, argv + 1, sizeof *argv * (size_t)(at - 1));
        argv[1] = command;
    }
}

int main(int argc, char **argv)
{
    static char version[] = "version";
    const struct command *c;

    signal(SIGPIPE, SIG_IGN);
    command_first(argc, argv);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        if (argc > 2 && argv[2][0] != '-') {
            c = find(str_of(argv[2]));
            return c ? show(c) : unknown(str_of(argv[2]));
        }
        show_all();
        return argc < 2 ? err_exit(E_INPUT) : 0;
    }
    if (strcmp(argv[1], "--version") == 0) argv[1] = version;
    c = find(str_of(argv[1]));
    if (!c) return unknown(str_of(argv[1]));
    return run(c, argv + 2, argc - 2, argv[0]);
}
