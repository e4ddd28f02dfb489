/* intake.c - events in: decide, and keep the event and what it starts in one commit. */
#include "engine/inside.h"

static void refuse(const struct intake *in, const char *why)
{
    struct receipt r = {.how = COMMIT_FULL, .refused = why};

    in->done(in->arg, &r);
}

static void decide(struct unit *u, const struct intake *in, int64_t now)
{
    const struct config *c = engine_config(u->engine);
    struct trigger *asked;
    struct considered *one;

    if (!in->workflow) {
        match(c, &u->event, now, u->arena, &u->decision);
        return;
    }
    asked = arena_get(u->arena, sizeof *asked);
    one = arena_get(u->arena, sizeof *one);
    asked->kind = TRIGGER_EVENT;
    asked->number = -1;
    asked->workflow = (struct workflow *)(uintptr_t)in->workflow; /* only ever read */
    *one = (struct considered){.trigger = asked, .verdict = MATCH_YES, .inputs = in->inputs};
    u->decision = (struct decision){.list = one, .n = 1};
}

void engine_accept(struct engine *e, const struct intake *in)
{
    int64_t now = e->world->wall(e->world->ctx);
    struct intake *kept;
    struct unit *u;

    if (!engine_ready(e)) {
        refuse(in, e->quiet ? "the server is shutting down; try again in a moment"
                            : "the server is starting; try again in a moment");
        return;
    }
    u = unit_new(e);
    kept = arena_raw(u->arena, sizeof *kept);
    *kept = *in;
    u->intake = kept;
    kept->event.id = engine_id(e);
    kept->event.at = now;
    if (!kept->event.time) kept->event.time = now;
    u->event = kept->event;
    decide(u, kept, now);
    unit_event(u, &kept->event, &u->decision, kept->trigger, kept->raw);
    if (kept->reply) {
        u->reply = kept->reply(kept->reply_ctx, &u->event, &u->decision, u->arena);
        if (u->reply.n) unit_say(u, (struct id){0}, "reply", kept->event.room, u->reply);
    }
    unit_commit(u);
}

void engine_say(struct engine *e, struct str room, struct str text)
{
    struct unit *u = unit_new(e);

    unit_say(u, (struct id){0}, "say", arena_str(u->arena, room), arena_str(u->arena, text));
    unit_commit(u);
}
