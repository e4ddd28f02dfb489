#include "workflow/vote.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "workflow/inputs.h"

enum { SENTENCE_MAX = 400 };

static const char *const acts[] = {"approve", "deny", "answer"};

struct vote vote_copy(struct arena *a, const struct vote *v)
{
    return (struct vote){
        .kind = v->kind,
        .who = {arena_str(a, v->who.user), v->who.owner},
        .room = arena_str(a, v->room),
        .way = arena_str(a, v->way),
        .comment = arena_str(a, v->comment),
        .answer = value_copy(a, v->answer),
    };
}

/* --- words --- */

const char *moment_text(int64_t wall_us, int64_t now, char out[MOMENT_TEXT])
{
    struct civil c = clock_civil(wall_us / SECOND_US), today = clock_civil(now / SECOND_US);

    if (now && c.year == today.year && c.yearday == today.yearday)
        snprintf(out, MOMENT_TEXT, "%02d:%02d UTC", c.hour, c.minute);
    else
        snprintf(out, MOMENT_TEXT, "%04d-%02d-%02d %02d:%02d UTC", c.year, c.month, c.day, c.hour,
                 c.minute);
    return out;
}

/* "ana, 14:02 UTC" */
static void add_voter(struct buf *out, struct value vote, int64_t now)
{
    struct str at = value_get_str(vote, "at");
    char text[MOMENT_TEXT];
    int64_t seconds;
    int32_t nanos;

    utf8_add_safe(out, value_get_str(vote, "user"), false);
    if (clock_parse(at, &seconds, &nanos))
        buf_addf(out, ", %s", moment_text(seconds * SECOND_US, now, text));
}

static void add_voters(struct buf *out, struct value votes, int64_t now)
{
    for (uint32_t i = 0; votes.kind == V_LIST && i < votes.n; i++) {
        if (i) buf_add(out, STR("; "));
        add_voter(out, votes.list[i], now);
    }
}

static void add_by(struct buf *out, struct value by)
{
    if (by.kind != V_LIST || by.n == 0) buf_add(out, STR("whoever may start the workflow"));
    for (uint32_t i = 0; by.kind == V_LIST && i < by.n; i++) {
        if (i) buf_add(out, i + 1 == by.n ? STR(" or ") : STR(", "));
        utf8_add_safe(out, value_str(by.list[i]), false);
    }
}

void vote_awaited(struct str kind, struct value outputs, int64_t due_at, int64_t now,
                  struct buf *out)
{
    struct value votes = value_at(outputs, "approved_by"), count = value_at(outputs, "count");
    char text[MOMENT_TEXT];

    if (str_is(kind, "approval")) {
        buf_add(out, STR("an approval by "));
        add_by(out, value_at(outputs, "by"));
        if (count.kind == V_INT && (count.i > 1 || votes.n)) {
            buf_addf(out, ": %u of %lld %s approved", votes.kind == V_LIST ? votes.n : 0,
                     (long long)count.i, count.i > 1 ? "have" : "has");
            if (votes.kind == V_LIST && votes.n) {
                buf_add(out, STR(" ("));
                add_voters(out, votes, now);
                buf_addc(out, ')');
            }
        }
    } else if (str_is(kind, "ask")) {
        buf_add(out, STR("an answer by "));
        add_by(out, value_at(outputs, "by"));
    } else {
        return;
    }
    if (due_at) buf_addf(out, "; until %s", moment_text(due_at, now, text));
}

/* --- which step --- */

static enum step_kind step_kind_of(enum vote_kind kind)
{
    return kind == VOTE_ANSWER ? STEP_ASK : STEP_APPROVAL;
}

static const char *what_is_asked(enum vote_kind kind)
{
    return kind == VOTE_ANSWER ? "answer" : "approval";
}

static bool asks(const struct run *r, int step, enum vote_kind kind)
{
    return r->workflow->steps[step].kind == step_kind_of(kind);
}

/* What became of a step that waits no more. */
static void add_outcome(struct buf *out, const struct step_state *s)
{
    struct value denied = value_at(s->outputs, "denied_by"),
                 answered = value_at(s->outputs, "answered_by"),
                 approved = value_at(s->outputs, "approved_by");

    if (denied.kind == V_MAP) {
        buf_add(out, STR("was denied ("));
        add_voter(out, denied, 0);
        buf_addc(out, ')');
    } else if (answered.kind == V_MAP) {
        buf_add(out, STR("was answered ("));
        add_voter(out, answered, 0);
        buf_addc(out, ')');
    } else if (s->status == STEP_SUCCEEDED && approved.kind == V_LIST && approved.n) {
        buf_add(out, STR("was approved ("));
        add_voters(out, approved, 0);
        buf_addc(out, ')');
    } else {
        buf_addf(out, "is %s", step_machine.states[s->status]);
        if (s->error.n) buf_addf(out, " (" STR_FMT ")", STR_ARG(s->error));
    }
}

static err_t too_late(const struct run *r, int step, struct err *e)
{
    AUTO(buf) struct buf out = BUF(SENTENCE_MAX);

    add_outcome(&out, &r->steps[step]);
    return fail(e, E_CONFLICT, "step `" STR_FMT "` of run %s %s already: nothing was changed",
                STR_ARG(r->workflow->steps[step].path), r->id.s, out.p);
}

static err_t find_named(const struct run *r, struct str path, enum vote_kind kind, int *ret,
                        struct err *e)
{
    int i = workflow_step(r->workflow, path);

    if (i < 0)
        return fail(e, E_NOT_FOUND, "run %s has no step `" STR_FMT "`; `botops show %s` lists them",
                    r->id.s, STR_ARG(path), r->id.s);
    if (!asks(r, i, kind))
        return fail(e, E_CONFLICT, "step `" STR_FMT "` asks for no %s", STR_ARG(path),
                    what_is_asked(kind));
    *ret = i;
    return OK;
}

static err_t several(const struct run *r, enum vote_kind kind, struct err *e)
{
    AUTO(buf) struct buf out = BUF(SENTENCE_MAX);

    for (int i = 0; i < r->workflow->steps_n; i++)
        if (r->steps[i].status == STEP_WAITING && asks(r, i, kind))
            buf_addf(&out, "%s`" STR_FMT "`", out.n ? ", " : "",
                     STR_ARG(r->workflow->steps[i].path));
    return fail(e, E_INPUT, "several steps of run %s wait for an %s; name one of %s: `%s %s/STEP`",
                r->id.s, what_is_asked(kind), out.p, acts[kind], r->id.s);
}

/* The one that waits; if none does, the last one that waited. */
static err_t find_waiting(const struct run *r, enum vote_kind kind, int *ret, struct err *e)
{
    int waiting = 0, at = -1, last = -1;

    for (int i = 0; i < r->workflow->steps_n; i++) {
        const struct step_state *s = &r->steps[i];

        if (!asks(r, i, kind)) continue;
        if (s->status == STEP_WAITING) {
            waiting++;
            at = i;
        } else if (step_ended(s->status) && s->status != STEP_SKIPPED &&
                   (last < 0 || s->ended_at >= r->steps[last].ended_at)) {
            last = i;
        }
    }
    if (waiting > 1) return several(r, kind, e);
    *ret = waiting ? at : last;
    if (*ret >= 0) return OK;
    return fail(e, E_CONFLICT, "run %s waits for no %s: it is %s", r->id.s, what_is_asked(kind),
                run_machine.states[r->status]);
}

/* --- may it be counted --- */

static err_t check_right(const struct config *c, const struct run *r, int step,
                         const struct vote *v, struct arena *a, struct err *e)
{
    const struct step *s = &r->workflow->steps[step];
    struct value by = value_at(r->steps[step].outputs, "by");
    struct matter m = {.workflow = r->workflow, .room = v->room};
    struct str reason, *names;

    if (by.kind == V_LIST) {
        m.by = names = arena_get(a, (by.n + 1) * sizeof *names);
        for (uint32_t i = 0; i < by.n; i++) names[m.by_n++] = value_str(by.list[i]);
    }
    if (v->kind == VOTE_APPROVE && !s->approval->self) m.not_by = r->user;
    if (v->kind == VOTE_DENY) m.also_by = r->user;
    if (access_decides(c, &v->who, &m, a, &reason)) return OK;
    return fail(e, E_DENIED, STR_FMT, STR_ARG(reason));
}

static err_t check_once(const struct run *r, int step, const struct vote *v, struct err *e)
{
    struct value votes = value_at(r->steps[step].outputs, "approved_by");
    AUTO(buf) struct buf out = BUF(SENTENCE_MAX);

    for (uint32_t i = 0; votes.kind == V_LIST && i < votes.n; i++) {
        if (!str_eq(value_get_str(votes.list[i], "user"), v->who.user)) continue;
        add_voter(&out, votes.list[i], 0);
        return fail(e, E_CONFLICT,
                    "step `" STR_FMT "` was approved by the same person already (%s): %u of %d; "
                    "somebody else must approve it as well",
                    STR_ARG(r->workflow->steps[step].path), out.p, votes.n,
                    r->workflow->steps[step].approval->count);
    }
    return OK;
}

static err_t check_answer(const struct run *r, int step, struct vote *v, struct arena *a,
                          struct err *e)
{
    const struct input *in = &r->workflow->steps[step].question->answer;
    AUTO(buf) struct buf why = BUF(SENTENCE_MAX);

    if (v->answer.kind == V_NULL) return fail(e, E_INPUT, "the answer is missing");
    if (input_take(in, v->answer, false, a, &v->answer, &why)) return OK;
    return fail(e, E_INPUT, "%s; the question is still open", why.p);
}

err_t vote_check(const struct config *c, const struct run *r, struct str path, struct vote *v,
                 struct arena *a, int *ret_step, struct err *e)
{
    int step = -1;

    if (path.n)
        TRY(find_named(r, path, v->kind, &step, e));
    else
        TRY(find_waiting(r, v->kind, &step, e));
    *ret_step = step;
    if (step_ended(r->steps[step].status)) return too_late(r, step, e);
    if (run_ended(r->status))
        return fail(e, E_CONFLICT, "run %s has already ended: it %s", r->id.s,
                    run_machine.states[r->status]);
    if (r->steps[step].status != STEP_WAITING)
        return fail(e, E_CONFLICT, "step `" STR_FMT "` of run %s has not asked yet: it is %s",
                    STR_ARG(r->workflow->steps[step].path), r->id.s,
                    step_machine.states[r->steps[step].status]);
    TRY(check_right(c, r, step, v, a, e));
    if (v->comment.n > COMMENT_MAX)
        return fail(e, E_LIMIT, "a comment has at most %d bytes", COMMENT_MAX);
    if (!utf8_valid(v->comment)) return fail(e, E_INPUT, "the comment is not UTF-8");
    if (v->kind == VOTE_ANSWER) return check_answer(r, step, v, a, e);
    return v->kind == VOTE_APPROVE ? check_once(r, step, v, e) : OK;
}
