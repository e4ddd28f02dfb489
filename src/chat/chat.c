#include "chat/chat.h"

#include "chat/command.h"

enum { ANSWER_MAX = 16 << 10 };

struct heard { /* a line on its way through the engine */
    struct chat *chat;
    struct arena *arena;
    struct asked *asked; /* to be looked up once the line is kept */
    accepted *done;
    void *arg;
};

struct chat *chat_new(struct engine *e, const struct world *w)
{
    struct chat *c = mem_new(sizeof *c);

    *c = (struct chat){e, w};
    return c;
}

void chat_free(struct chat *c)
{
    free(c);
}

static bool started_any(const struct decision *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->list[i].verdict == MATCH_YES) return true;
    return false;
}

/* Whoever fitted, but was not let in or was given something wrong, says why. */
static bool tell_refusals(const struct decision *d, struct buf *out)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct considered *c = &d->list[i];

        if (c->verdict == MATCH_NO) continue;
        buf_addf(out, "%s" STR_FMT, out->n ? "\n" : "", STR_ARG(c->reason));
    }
    return out->n > 0;
}

/* Patterns that begin with the same word know best what is missing. */
static bool tell_nearest(const struct decision *d, struct buf *out)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct considered *c = &d->list[i];

        if (!c->reason.n || c->trigger->kind != TRIGGER_CHAT) continue;
        buf_addf(out, "%s" STR_FMT ": say `" STR_FMT "`", out->n ? "\n" : "", STR_ARG(c->reason),
                 STR_ARG(pattern_text(c->trigger->patterns[0])));
        if (c->trigger->example.n)
            buf_addf(out, ", for example `" STR_FMT "`", STR_ARG(c->trigger->example));
    }
    return out->n > 0;
}

static struct asked *ask(struct heard *h, const struct event *e, const struct tokens *t,
                         const struct command *cmd)
{
    struct asked *q = arena_get(h->arena, sizeof *q);

    q->chat = h->chat;
    q->arena = h->arena;
    q->room = str_n(arena_dup(h->arena, e->room.p, e->room.n), e->room.n);
    q->who.user = str_n(arena_dup(h->arena, e->user.p, e->user.n), e->user.n);
    q->who.owner = e->owner;
    q->command = cmd;
    q->rest = str_trim(str_skip(e->text, t->list[0].end));
    q->rest = str_n(arena_dup(h->arena, q->rest.p, q->rest.n), q->rest.n);
    for (size_t i = 1; i < t->n && q->args_n < COUNT_OF(q->args); i++)
        q->args[q->args_n++] =
            str_n(arena_dup(h->arena, t->list[i].text.p, t->list[i].text.n), t->list[i].text.n);
    return q;
}

static void give_command(struct heard *h, const struct event *e, const struct tokens *t,
                         const struct command *cmd, struct buf *out)
{
    const struct config *config = engine_config(h->chat->engine);
    struct asked *q = ask(h, e, t, cmd);
    struct str reason;

    if (!access_allows(config, &q->who, DEED_READ, NULL, e->room, h->arena, &reason))
        buf_add(out, reason);
    else if (t->n - 1 < cmd->least || t->n - 1 > cmd->most)
        buf_addf(out, "say `%s`: %s", cmd->usage, cmd->help);
    else if (cmd->answer)
        cmd->answer(config, q, out);
    else
        h->asked = q;
}

static struct str reply(void *ctx, const struct event *e, const struct decision *d, struct arena *a)
{
    struct heard *h = ctx;
    AUTO(buf) struct buf out = BUF(ANSWER_MAX);
    const struct command *cmd;
    struct tokens t;
    struct err err;

    if (started_any(d)) return STR("");
    if (tokens_read(h->arena, e->text, &t, &err) != OK) {
        buf_addf(&out, "%s", err.text);
    } else if (t.n == 0) {
        return STR("");
    } else if (!tell_refusals(d, &out)) {
        cmd = command_find(t.list[0].text);
        if (cmd)
            give_command(h, e, &t, cmd, &out);
        else if (!tell_nearest(d, &out))
            help_unknown(engine_config(h->chat->engine), e->text, &t, &out);
    }
    return str_n(arena_dup(a, out.p ? out.p : "", out.n), out.n);
}

static void kept(void *arg, const struct receipt *r)
{
    struct heard *h = arg;
    struct asked *q = r->how == COMMIT_OK ? h->asked : NULL;

    if (h->done) h->done(h->arg, r);
    if (q)
        q->command->look(q);
    else
        arena_free(h->arena);
}

void chat_accept(struct chat *c, struct intake *in)
{
    struct arena *a = arena_new();
    struct heard *h = arena_get(a, sizeof *h);

    *h = (struct heard){.chat = c, .arena = a, .done = in->done, .arg = in->arg};
    in->reply = reply;
    in->reply_ctx = h;
    in->done = kept;
    in->arg = h;
    engine_accept(c->engine, in);
}

void asked_answer(struct asked *q, struct str text)
{
    if (text.n) engine_say(q->chat->engine, q->room, text);
    arena_free(q->arena);
}
