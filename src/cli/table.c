/* table.c - every command, in the order in which help shows them. */
#include "cli/cli.h"

#define COMMAND(name) extern const struct command command_##name;
#include "cli/table.def"
#undef COMMAND

const struct command *const cli_commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/table.def"
#undef COMMAND
    NULL,
};

const struct option cli_options[] = {
    {"--help", 'h', NULL, "show this help", false},
    {"--output", 'o', "FORMAT", "text (default), json or yaml", false},
    {"--dir", 'C', "DIR", "the automation repository; default: this folder", false},
    {"--server", 0, "URL", "talk to this server instead of the local one; needs BOTOPS_TOKEN",
     false},
    {0},
};
