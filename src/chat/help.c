/* help.c - what this room understands. */
#include "base/suggest.h"
#include "chat/command.h"
#include "workflow/inputs.h"

enum { NEAR_ENOUGH = 400, HELP_MOST = 60 };

const struct command chat_commands[] = {
    {"help", "help [WORKFLOW]", "shows what I understand, or how to use one workflow", 0, 1,
     help_answer, NULL},
    {"runs", "runs [STATUS]", "lists the latest runs; STATUS: open, failed, …", 0, 1, NULL,
     runs_look},
    {"show", "show RUN", "shows one run with its steps", 1, 1, NULL, show_look},
    {"cancel", "cancel RUN", "ends a run and all its processes", 1, 1, NULL, cancel_look},
    {"retry", "retry RUN [STEP]", "starts a run again, from STEP if you name one", 1, 2, NULL,
     retry_look},
    {"resolve", "resolve RUN STEP done|failed|retry", "decides a step whose outcome was lost", 3, 3,
     NULL, resolve_look},
    {"approve", "approve [RUN] [COMMENT]",
     "approves what a run waits for; without RUN the only one that waits in this room", 0,
     ANY_WORDS, NULL, approve_look},
    {"deny", "deny [RUN] [COMMENT]", "denies it: the run ends", 0, ANY_WORDS, NULL, deny_look},
    {"answer", "answer [RUN] TEXT", "answers a question of a run", 1, ANY_WORDS, NULL, answer_look},
    {"status", "status", "tells how the server is", 0, 0, NULL, status_look},
    {0},
};

const struct command *command_find(struct str name)
{
    for (const struct command *c = chat_commands; c->name; c++)
        if (str_eq_nocase(name, str_of(c->name))) return c;
    return NULL;
}

static void workflow_lines(const struct workflow *w, struct buf *out)
{
    for (size_t i = 0; i < w->triggers_n; i++) {
        const struct trigger *t = &w->triggers[i];

        for (size_t k = 0; k < t->patterns_n && t->enabled; k++)
            buf_addf(out, "- `" STR_FMT "`%s" STR_FMT "\n", STR_ARG(pattern_text(t->patterns[k])),
                     k == 0 && w->description.n ? " — " : "",
                     STR_ARG(k == 0 ? w->description : STR("")));
    }
}

static void help_all(const struct config *c, struct buf *out)
{
    buf_addf(out, "I understand:\n");
    for (size_t i = 0; i < c->workflows_n && i < HELP_MOST; i++)
        workflow_lines(c->workflows[i], out);
    for (const struct command *k = chat_commands; k->name; k++)
        buf_addf(out, "- `%s` — %s\n", k->usage, k->help);
}

static void input_line(const struct input *in, struct arena *a, struct buf *out)
{
    buf_addf(out, "- `" STR_FMT "` (%s%s)", STR_ARG(in->name), input_type_name(in->type),
             in->required ? ", required" : "");
    if (in->description.n) buf_addf(out, ": " STR_FMT, STR_ARG(in->description));
    for (size_t i = 0; i < in->choices_n; i++) {
        struct str s = cel_text(a, in->choices[i]);

        buf_addf(out, "%s`" STR_FMT "`", i ? ", " : "; one of ", STR_ARG(s));
    }
    if (in->has_fallback) {
        struct str s = cel_text(a, in->fallback);

        buf_addf(out, "; default `" STR_FMT "`", STR_ARG(s));
    }
    buf_addc(out, '\n');
}

static void help_one(const struct workflow *w, struct arena *a, struct buf *out)
{
    buf_addf(out, "**" STR_FMT "**", STR_ARG(w->name));
    if (w->description.n) buf_addf(out, " — " STR_FMT, STR_ARG(w->description));
    buf_addf(out, "\nSay:\n");
    workflow_lines(w, out);
    for (size_t i = 0; i < w->triggers_n; i++)
        if (w->triggers[i].example.n)
            buf_addf(out, "For example: `" STR_FMT "`\n", STR_ARG(w->triggers[i].example));
    if (w->inputs_n) buf_addf(out, "Inputs:\n");
    for (size_t i = 0; i < w->inputs_n; i++) input_line(&w->inputs[i], a, out);
}

void help_answer(const struct config *c, const struct asked *q, struct buf *out)
{
    const struct workflow *w = q->args_n ? config_workflow(c, q->args[0]) : NULL;
    const struct command *k = q->args_n ? command_find(q->args[0]) : NULL;
    struct suggest s;

    if (!q->args_n) {
        help_all(c, out);
    } else if (w) {
        help_one(w, q->arena, out);
    } else if (k) {
        buf_addf(out, "`%s` %s", k->usage, k->help);
    } else {
        suggest_init(&s, q->args[0]);
        for (size_t i = 0; i < c->workflows_n; i++) suggest_offer(&s, c->workflows[i]->name);
        for (k = chat_commands; k->name; k++) suggest_offer(&s, str_of(k->name));
        buf_addf(out, "I know no `" STR_FMT "`", STR_ARG(q->args[0]));
        if (suggest_best(&s).n)
            buf_addf(out, "; did you mean `" STR_FMT "`?", STR_ARG(suggest_best(&s)));
    }
}

void help_unknown(const struct config *c, struct str line, const struct tokens *t, struct buf *out)
{
    const struct pattern *best = NULL;
    int best_score = NEAR_ENOUGH;
    struct suggest s;

    suggest_init(&s, t->list[0].text);
    for (const struct command *k = chat_commands; k->name; k++) suggest_offer(&s, str_of(k->name));
    for (size_t i = 0; i < c->workflows_n; i++)
        for (size_t j = 0; j < c->workflows[i]->triggers_n; j++) {
            const struct trigger *trigger = &c->workflows[i]->triggers[j];

            for (size_t k = 0; k < trigger->patterns_n; k++) {
                int score = pattern_nearness(trigger->patterns[k], t);

                if (score <= best_score) continue;
                best_score = score;
                best = trigger->patterns[k];
            }
        }
    buf_addf(out, "I do not understand `" STR_FMT "`", STR_ARG(line));
    if (best)
        buf_addf(out, "; did you mean `" STR_FMT "`?", STR_ARG(pattern_text(best)));
    else if (suggest_best(&s).n)
        buf_addf(out, "; did you mean `" STR_FMT "`?", STR_ARG(suggest_best(&s)));
    else
        buf_addc(out, '.');
    buf_addf(out, " Say `help` for all I know.");
}
