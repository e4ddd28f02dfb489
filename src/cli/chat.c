#include <stdio.h>
#include <unistd.h>

#include "cli/console.h"
#include "cli/talk.h"

enum { LINE_BYTES = 4096 };

static err_t one_line(struct talk *t, struct str line, struct err *e)
{
    line = str_trim(line);
    return line.n ? talk_line(t, line, e) : OK;
}

/* False at the end of the input; a last line need not have an end. */
static bool read_line(struct buf *line)
{
    int c;

    buf_clear(line);
    while ((c = getc(stdin)) != EOF && c != '\n') buf_addc(line, (char)c);
    return c != EOF || line->n > 0;
}

static err_t from_pipe(struct talk *t, struct err *e)
{
    AUTO(buf) struct buf line = BUF(LINE_BYTES);

    while (read_line(&line)) {
        struct str text = str_trim(buf_str(&line));

        if (line.full) return fail(e, E_LIMIT, "a line has more than %d bytes", LINE_BYTES);
        if (!text.n) continue;
        print_out(STR("> "));
        print_safe(text, false);
        print_out(STR("\n"));
        TRY(one_line(t, text, e));
        line.full = false;
    }
    return OK;
}

static err_t run(struct args *a, struct err *e)
{
    const char *text = args_value(a, "--command");
    AUTO(talk) struct talk t = {0};

    if (a->format != FORMAT_TEXT)
        return fail(e, E_INPUT,
                    "what is said is printed as it is, in no other format; `botops run -o "
                    "json` has the results of a run");
    if (text && !str_trim(str_of(text)).n)
        return fail(e, E_INPUT, "`-c` needs a line to say, such as 'help'");
    if (!text && term_is(STDIN_FILENO) && term_is(STDOUT_FILENO)) return console_run(a, e);
    TRY(talk_open(a, &t, e));
    TRY(talk_join(&t, !text, e));
    if (text)
        TRY(one_line(&t, str_of(text), e));
    else
        TRY(from_pipe(&t, e));
    if (t.failed) *a->ret_exit = 1;
    return OK;
}

static const struct option options[] = {
    {"--command", 'c', "TEXT", "say this one line, print what comes of it, and leave", false},
    {"--room", 'r', "NAME", "join this room, such as console/ops; default: one of your own", false},
    {0},
};

const struct command command_chat = {
    .name = "chat",
    .usage = "",
    .help = "talks to the bot",
    .about =
        "On a terminal, a prompt: say `help`. From a pipe, each line is said when the runs of the\n"
        "one before have ended. A server that goes away is waited for. Exit status 0: every run\n"
        "that was begun succeeded; 1: one did not.\n\n"
        "In a room that --room names everything that is said there is shown: answers to others in\n"
        "it, and what workflows say `to: console/ops`. Without -c it begins with what was said in\n"
        "the last day.",
    .example = "botops chat -c 'deploy web to staging'",
    .options = options,
    .run = run,
};
