#include "cli/cli.h"

#include <stdio.h>

static void add_options(const struct option *o, struct buf *out)
{
    for (; o && o->name; o++) {
        char left[64];
        char letter[8] = "";

        if (o->letter) snprintf(letter, sizeof letter, "-%c, ", o->letter);
        snprintf(left, sizeof left, "%s%s%s%s", letter, o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        buf_addf(out, "  %-26s %s\n", left, o->help);
    }
}

void help_command(const struct command *c, struct buf *out)
{
    buf_addf(out, "botops %s%s%s: %s\n", c->name, *c->usage ? " " : "", c->usage, c->help);
    if (c->about) buf_addf(out, "\n%s\n", c->about);
    buf_addf(out, "\nExample:\n  %s\n\nOptions:\n", c->example);
    add_options(c->options, out);
    add_options(cli_options, out);
}

void help_all(struct buf *out)
{
    buf_addf(out,
             "botops %s: automate operations through bots: chat, webhooks and clocks start "
             "durable workflows\n\nCommands:\n",
             BOTOPS_VERSION);
    for (const struct command *const *c = cli_commands; *c; c++)
        buf_addf(out, "  %-10s %s\n", (*c)->name, (*c)->help);
    buf_addf(out, "\nTo begin:\n  botops init demo && cd demo && botops serve\n\n"
                  "`botops COMMAND --help` shows options and an example. Exit status: 0 done, 1 it "
                  "failed,\n2 usage or configuration, 3 no server, 4 not allowed.\n");
}
