/* console.h - the chat prompt on a terminal.
 *
 * One thread reads keys and sends lines, another prints what the bot says as
 * it comes. The last row of the terminal is always ours: what runs, the
 * prompt, and what is being typed; it is wiped before a message is printed
 * and drawn again below.
 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "cli/cli.h"

/* Until Ctrl-D, Ctrl-C on an empty line, or SIGTERM. Ends the process by itself when it was used.
 */
err_t console_run(const struct args *a, struct err *e) MUST_CHECK;

#endif
