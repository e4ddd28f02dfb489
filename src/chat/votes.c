/* votes.c - approve, deny, answer: what people say to runs that wait for them. */
#include "chat/command.h"

enum { LOOKED_AT = 64, LIST_MAX = 4096 };

struct voting {
    struct asked *asked;
    struct vote vote;
    struct id run;
    struct str step, run_room; /* step empty: the one that waits */
    struct id *open;           /* runs of this room that have not ended … */
    size_t open_n, waiting;    /* … and how many of them wait for such a vote */
    struct buf list;           /* those, for people */
};

/* --- reading the line --- */

static struct str first_word(struct str s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t') n++;
    return str_n(s.p, n);
}

static struct str unquoted(struct str s)
{
    bool quoted = s.n > 1 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0];

    return quoted ? str_n(s.p + 1, s.n - 2) : s;
}

/* RUN or RUN/STEP may stand first; the rest is the comment or the answer. */
static void read_words(struct voting *v)
{
    struct str rest = v->asked->rest, word = first_word(rest), step = word, run;

    if (str_cut(&step, '/', &run) && run_id_read(run, &v->run)) {
        v->step = step;
        rest = str_trim(str_skip(rest, word.n));
    }
    rest = unquoted(rest);
    if (v->vote.kind == VOTE_ANSWER)
        v->vote.answer = v_str(rest);
    else
        v->vote.comment = rest;
}

/* --- which run --- */

static bool keep_open(void *arg, const struct run_row *r)
{
    struct voting *v = arg;
    struct id *id = arena_push(v->asked->arena, &v->open, &v->open_n, sizeof *id);

    *id = r->id;
    return true;
}

struct waits {
    struct str kind;
    bool found;
};

static bool look_at_step(void *arg, const struct step_row *s)
{
    struct waits *w = arg;

    w->found = str_eq(s->kind, w->kind) && str_is(s->status, "waiting");
    return !w->found;
}

static void find_waiting(struct reader *r, struct voting *v)
{
    static const char *const open[] = {"waiting", "running"};
    struct run_filter f = {.room = v->asked->room, .limit = LOOKED_AT};
    struct run_row row;

    for (size_t i = 0; i < COUNT_OF(open); i++) {
        f.status = str_of(open[i]);
        reader_runs(r, &f, keep_open, v);
    }
    for (size_t i = 0; i < v->open_n; i++) {
        struct waits w = {v->vote.kind == VOTE_ANSWER ? STR("ask") : STR("approval"), false};

        reader_steps(r, v->open[i], look_at_step, &w);
        if (!w.found || !reader_run(r, v->open[i], v->asked->arena, &row)) continue;
        v->waiting++;
        v->run = row.id;
        v->run_room = row.room;
        buf_addf(&v->list, "\n- `%s` **" STR_FMT "**", row.id.s, STR_ARG(row.workflow));
    }
}

static void voting_read(struct reader *r, void *arg)
{
    struct voting *v = arg;
    struct run_row row;

    if (!v->run.s[0])
        find_waiting(r, v);
    else if (reader_run(r, v->run, v->asked->arena, &row))
        v->run_room = row.room;
}

/* --- the vote --- */

/* The run says in its room what was decided; whoever is elsewhere is told here. */
static void told(void *arg, const struct err *e)
{
    struct voting *v = arg;
    struct asked *q = v->asked;
    struct str text = STR("");

    if (e->code != OK)
        text = str_of(arena_dup(q->arena, e->text, strlen(e->text)));
    else if (!str_eq(q->room, v->run_room))
        text = STR("Thank you, that counts.");
    asked_answer(q, text);
}

static void voting_done(void *arg)
{
    struct voting *v = arg;
    struct asked *q = v->asked;
    const char *name = q->command->name;
    const char *list = v->list.p ? arena_dup(q->arena, v->list.p, v->list.n) : "";

    buf_auto(&v->list);
    if (!v->run.s[0])
        asked_answer(q, str_of(arena_fmt(q->arena,
                                         "Nothing waits for that in this room; say `%s` and the id "
                                         "of the run, `runs waiting` lists them.",
                                         name)));
    else if (v->waiting > 1)
        asked_answer(q, str_of(arena_fmt(q->arena,
                                         "Several runs wait for that; say `%s` and one "
                                         "of:%s",
                                         name, list)));
    else
        engine_vote(q->chat->engine, v->run, v->step, &v->vote, told, v);
}

static void vote_look(struct asked *q, enum vote_kind kind)
{
    const struct world *w = q->chat->world;
    struct voting *v = arena_get(q->arena, sizeof *v);

    *v = (struct voting){
        .asked = q,
        .vote = {.kind = kind, .who = q->who, .room = q->room, .way = STR("chat")},
        .list = BUF(LIST_MAX),
    };
    read_words(v);
    w->read(w->ctx, LANE_PEOPLE, voting_read, voting_done, v);
}

void approve_look(struct asked *q)
{
    vote_look(q, VOTE_APPROVE);
}

void deny_look(struct asked *q)
{
    vote_look(q, VOTE_DENY);
}

void answer_look(struct asked *q)
{
    vote_look(q, VOTE_ANSWER);
}
