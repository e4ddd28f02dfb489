/* people.c - steps that wait for people: what is asked, what a vote does, and when time is over. */
#include "base/clock.h"
#include "base/utf8.h"
#include "workflow/duration.h"
#include "workflow/inputs.h"
#include "workflow/turn.h"

enum { SAID_MAX = 64 << 10 };

static struct str kept(const struct turn *t, const struct buf *b)
{
    return str_n(arena_dup(t->arena, b->p ? b->p : "", b->n), b->n);
}

static void outputs_set(struct turn *t, int step, const char *key, struct value v)
{
    struct step_state *s = &t->run->steps[step];
    struct map all = {.arena = t->run->arena};

    for (uint32_t i = 0; s->outputs.kind == V_MAP && i < s->outputs.n; i++)
        map_put(&all, value_str(s->outputs.map[i].key), s->outputs.map[i].value);
    map_set(&all, str_of(key), value_copy(t->run->arena, v));
    s->outputs = map_value(&all);
}

static struct value vote_record(struct turn *t, const struct vote *v)
{
    struct map record = {.arena = t->arena};
    char *at = arena_raw(t->arena, TIME_TEXT);

    map_put(&record, STR("user"), v_str(v->who.user));
    map_put(&record, STR("at"), v_cstr(clock_text(t->now, at)));
    map_put(&record, STR("comment"), v_str(v->comment));
    map_put(&record, STR("room"), v_str(v->room));
    map_put(&record, STR("way"), v_str(v->way));
    return map_value(&record);
}

static void tell(struct turn *t, int step, const char *type)
{
    turn_effect(t, EFFECT_TELL, step)->type = type;
}

/* --- asking --- */

static struct value names_value(const struct turn *t, const struct str *names, size_t n)
{
    struct value *list = arena_get(t->arena, (n + 1) * sizeof *list);

    for (size_t i = 0; i < n; i++) list[i] = v_str(names[i]);
    return v_list(list, n);
}

/* What to type; the step is named where the workflow has several of its kind. */
static void add_words(const struct turn *t, int step, const char *word, const char *more,
                      struct buf *out)
{
    const struct workflow *w = t->run->workflow;
    int same = 0;

    for (int i = 0; i < w->steps_n; i++) same += w->steps[i].kind == w->steps[step].kind;
    buf_addf(out, "`%s %s", word, t->run->id.s);
    if (same > 1) buf_addf(out, "/" STR_FMT, STR_ARG(w->steps[step].path));
    buf_addf(out, "%s`", more);
}

static void say_question(struct turn *t, int step, struct str text)
{
    const struct step *s = turn_step(t, step);
    const struct step_state *state = &t->run->steps[step];
    bool approval = s->kind == STEP_APPROVAL;
    AUTO(buf) struct buf out = BUF(SAID_MAX);

    buf_addf(&out, STR_FMT "\n\n`" STR_FMT "` waits for ", STR_ARG(text),
             STR_ARG(t->run->workflow->name));
    vote_awaited(approval ? STR("approval") : STR("ask"), state->outputs, state->due_at, t->now,
                 &out);
    buf_add(&out, STR(": say "));
    if (approval) {
        add_words(t, step, "approve", "", &out);
        buf_add(&out, STR(" or "));
        add_words(t, step, "deny", "", &out);
    } else {
        add_words(t, step, "answer", " …", &out);
        buf_add(&out, STR(" with "));
        input_describe(&s->question->answer, t->arena, &out);
    }
    turn_say(t, step, "ask", t->run->room, kept(t, &out));
}

static void step_waits(struct turn *t, int step, const struct map *outputs)
{
    struct step_state *s = &t->run->steps[step];
    int64_t limit = turn_step(t, step)->timeout_us;

    s->outputs = value_copy(t->run->arena, map_value(outputs));
    s->due_at = limit ? t->now + limit : 0;
    turn_step_moves(t, step, STEP_WAITING);
}

void approval_begins(struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);
    const struct approval *a = s->approval;
    struct map outputs = {.arena = t->arena};
    struct str text;

    if (!turn_text(t, step, s->text, &text)) return;
    if (!text.n) text = str_of(arena_fmt(t->arena, "May `" STR_FMT "` go on?", STR_ARG(s->name)));
    map_put(&outputs, STR("message"), v_str(text));
    map_put(&outputs, STR("by"), names_value(t, a->by, a->by_n));
    map_put(&outputs, STR("count"), v_int(a->count));
    map_put(&outputs, STR("approved_by"), v_list(NULL, 0));
    map_put(&outputs, STR("denied_by"), NO_VALUE);
    step_waits(t, step, &outputs);
    say_question(t, step, text);
    tell(t, step, "botops.approval.requested");
}

/* A name, or a list of names; nobody is nobody. */
static bool names_of(struct turn *t, struct value who, struct value *ret)
{
    struct value *one = arena_get(t->arena, sizeof *one);

    *one = who;
    *ret = who.kind == V_LIST ? who : v_list(one, 1);
    for (uint32_t i = 0; i < ret->n; i++)
        if (!value_str(ret->list[i]).n || ret->list[i].kind != V_STRING) return false;
    return ret->n > 0;
}

void ask_begins(struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);
    struct map outputs = {.arena = t->arena};
    struct value who, by = v_list(NULL, 0);
    struct str text;

    if (!turn_text(t, step, s->text, &text) || !turn_value(t, step, s->question->who, &who)) return;
    if (s->question->who && !names_of(t, who, &by)) {
        struct str shown = cel_text(t->arena, who);

        turn_step_fails(t, step,
                        str_of(arena_fmt(t->arena,
                                         "`who` must name a user or a role, or a list of them; it "
                                         "came to `" STR_FMT "`",
                                         STR_ARG(shown))));
        return;
    }
    map_put(&outputs, STR("question"), v_str(text));
    map_put(&outputs, STR("by"), by);
    map_put(&outputs, STR("type"), v_cstr(input_type_name(s->question->answer.type)));
    map_put(&outputs, STR("answered_by"), NO_VALUE);
    step_waits(t, step, &outputs);
    say_question(t, step, text);
}

/* --- what they say --- */

/* Into the history, and into the room. */
static void note_vote(struct turn *t, int step, const struct vote *v, const char *what)
{
    const struct step *s = turn_step(t, step);

    turn_note(t, step, what);
    turn_say(t, step, "ask", t->run->room,
             str_of(arena_fmt(t->arena, "`" STR_FMT "` of `" STR_FMT "`: %s%s" STR_FMT,
                              STR_ARG(s->path), STR_ARG(t->run->workflow->name), what,
                              v->comment.n ? ": " : "", STR_ARG(v->comment))));
}

static bool has_voted(struct value votes, struct str user)
{
    for (uint32_t i = 0; votes.kind == V_LIST && i < votes.n; i++)
        if (str_eq(value_get_str(votes.list[i], "user"), user)) return true;
    return false;
}

static void approve(struct turn *t, int step, const struct vote *v)
{
    struct step_state *s = &t->run->steps[step];
    struct value votes = value_at(s->outputs, "approved_by");
    uint32_t n = votes.kind == V_LIST ? votes.n : 0;
    int count = turn_step(t, step)->approval->count;
    struct value *list = arena_raw(t->arena, (n + 1) * sizeof *list);

    if (has_voted(votes, v->who.user)) return;
    if (n) memcpy(list, votes.list, n * sizeof *list);
    list[n++] = vote_record(t, v);
    outputs_set(t, step, "approved_by", v_list(list, n));
    turn_step_changes(t, step);
    note_vote(
        t, step, v,
        arena_fmt(t->arena, "approved by " STR_FMT ", %u of %d", STR_ARG(v->who.user), n, count));
    if ((int)n < count) return;
    outputs_set(t, step, "approved", v_bool(true));
    turn_step_moves(t, step, STEP_SUCCEEDED);
    tell(t, step, "botops.approval.decided");
}

static void deny(struct turn *t, int step, const struct vote *v)
{
    const char *what = arena_fmt(t->arena, "denied by " STR_FMT, STR_ARG(v->who.user));

    outputs_set(t, step, "denied_by", vote_record(t, v));
    outputs_set(t, step, "approved", v_bool(false));
    note_vote(t, step, v, what);
    turn_step_denied(t, step,
                     str_of(arena_fmt(t->arena, "%s%s" STR_FMT, what, v->comment.n ? ": " : "",
                                      STR_ARG(v->comment))));
    tell(t, step, "botops.approval.decided");
}

static void answer(struct turn *t, int step, const struct vote *v)
{
    outputs_set(t, step, "answered_by", vote_record(t, v));
    outputs_set(t, step, "answer", v->answer);
    note_vote(t, step, v, arena_fmt(t->arena, "answered by " STR_FMT, STR_ARG(v->who.user)));
    turn_step_moves(t, step, STEP_SUCCEEDED);
}

void people_vote(struct turn *t, int step, const struct vote *v)
{
    enum step_kind kind = turn_step(t, step)->kind;

    if (t->run->steps[step].status != STEP_WAITING) return;
    if (kind == STEP_APPROVAL && v->kind == VOTE_APPROVE) approve(t, step, v);
    if (kind == STEP_APPROVAL && v->kind == VOTE_DENY) deny(t, step, v);
    if (kind == STEP_ASK && v->kind == VOTE_ANSWER) answer(t, step, v);
}

/* --- nobody did --- */

static void approval_expires(struct turn *t, int step)
{
    struct value votes = value_at(t->run->steps[step].outputs, "approved_by");
    const struct step *s = turn_step(t, step);
    char limit[DURATION_TEXT];
    const char *text;

    duration_text(s->timeout_us, limit);
    if (votes.kind == V_LIST && votes.n)
        text = arena_fmt(t->arena, "only %u of %d approved it within %s", votes.n,
                         s->approval->count, limit);
    else
        text = arena_fmt(t->arena, "nobody approved it within %s", limit);
    outputs_set(t, step, "approved", v_bool(false));
    turn_step_denied(t, step, str_of(text));
    tell(t, step, "botops.approval.decided");
}

static void ask_expires(struct turn *t, int step)
{
    const struct step *s = turn_step(t, step);
    const struct input *in = &s->question->answer;
    char limit[DURATION_TEXT];

    duration_text(s->timeout_us, limit);
    if (in->has_fallback) {
        outputs_set(t, step, "answer", in->fallback);
        turn_note(t, step, "the default was taken");
        turn_step_moves(t, step, STEP_SUCCEEDED);
    } else {
        turn_step_fails(t, step, str_of(arena_fmt(t->arena, "nobody answered within %s", limit)));
    }
}

void people_time_is_over(struct turn *t, int step)
{
    if (turn_step(t, step)->kind == STEP_APPROVAL)
        approval_expires(t, step);
    else
        ask_expires(t, step);
}
