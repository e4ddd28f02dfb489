/* cli.h - the command line: one table of commands, one file a command.
 *
 * Results go to standard output, talk to standard error. A command returns OK,
 * or fails with a sentence; main() prints it and exits with err_exit() of its
 * code. Some commands end with the result of a run: they set ret_exit.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/value.h"

struct option {
    const char *name;  /* "--output" */
    char letter;       /* 'o'; 0: none */
    const char *value; /* what it takes, as help shows it: "FORMAT"; NULL: it is a flag */
    const char *help;
    bool many; /* may be given several times */
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_YAML };

struct args { /* a command line, read against the command's options */
    struct arena *arena;
    const struct command *command;
    const char **rest; /* what is no option */
    size_t rest_n;
    struct given {
        const struct option *option;
        const char *value;
    } * given;
    size_t given_n;
    enum format format;
    const char *program; /* argv[0] */
    int *ret_exit;       /* set to end with that status although the command is OK */
};

struct command {
    const char *name;
    const char *usage; /* after the name: "[DIR]" */
    const char *help;  /* one sentence */
    const char *about; /* a paragraph more; may be NULL */
    const char *example;
    const struct option *options; /* ends in {0}; NULL: none of its own */
    size_t least, most;           /* words that are no options */
    err_t (*run)(struct args *a, struct err *e);
};

extern const struct command *const cli_commands[]; /* ends in NULL */
extern const struct option cli_options[];          /* every command takes these; ends in {0} */

/* The value of an option, the last one given; NULL when it was not. A flag's is "". */
const char *args_value(const struct args *a, const char *name);
bool args_flag(const struct args *a, const char *name);
/* The n-th value of an option that may be given several times; NULL at the end. */
const char *args_nth(const struct args *a, const char *name, size_t n);

/* Reads the words after the command's name. */
err_t args_read(const struct command *c, int argc, char **argv, struct args *ret,
                struct err *e) MUST_CHECK;

void help_command(const struct command *c, struct buf *out);
void help_all(struct buf *out);

/* --- printing --- */

bool term_is(int fd);                          /* a terminal */
bool term_colour(int fd);                      /* a terminal, and NO_COLOR is not set */
void print_out(struct str s);                  /* standard output, as it is */
void print_safe(struct str s, bool multiline); /* the same, fit for a terminal: see utf8.h */
void print_value(const struct args *a, struct value v); /* -o json or yaml */

#endif
