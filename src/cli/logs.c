/* logs.c - the output of a run's steps: of one, or of each under a heading. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/look.h"
#include "cli/tail.h"
#include "cli/which.h"

enum { HEADING_MAX = 4096, LOOK_MS = 200 /* between looks for the next step */ };

struct piece { /* an attempt whose output was printed, or is to be */
    struct str path;
    int64_t attempt;
};

struct logs {
    const struct args *args;
    struct client client;
    const char *run, *lines;
    int64_t attempt; /* 0: the last one of each step */
    bool safe, headed;
    struct piece *pieces;
    size_t n;
    bool met;
    struct patience patience;
};

static struct tail tail_of(const struct logs *l)
{
    return (struct tail){
        .args = l->args, .client = &l->client, .run = l->run, .lines = l->lines, .safe = l->safe};
}

/* "==> build, attempt 2 <==", as tail(1) has it for several files. */
static void print_heading(struct logs *l, const struct piece *p)
{
    struct look look = look_now(l->args->arena, STDOUT_FILENO);
    AUTO(buf) struct buf b = BUF(HEADING_MAX);

    buf_addf(&b, "%s%s==> ", l->headed ? "\n" : "", look_bold(&look));
    utf8_add_safe(&b, p->path, false);
    if (p->attempt > 1) buf_addf(&b, ", attempt %lld", (long long)p->attempt);
    buf_addf(&b, " <==%s\n", look_end(&look));
    print_out(buf_str(&b));
    l->headed = true;
}

static err_t print_piece(struct logs *l, const struct piece *p, bool headings, bool follow,
                         struct err *e)
{
    struct arena *a = l->args->arena;
    struct tail t = tail_of(l);

    t.step = arena_dup(a, p->path.p, p->path.n);
    t.attempt = arena_fmt(a, "%lld", (long long)p->attempt);
    if (headings) print_heading(l, p);
    TRY(follow ? tail_follow(&t, e) : tail_read(&t, e));
    if (headings && t.open_line) print_out(STR("\n"));
    return OK;
}

/* --- which attempts there are --- */

static bool has_output(struct value step, struct piece *ret)
{
    struct value attempt = value_at(step, "attempt");

    *ret = (struct piece){value_get_str(step, "path"), attempt.kind == V_INT ? attempt.i : 0};
    return str_is(value_get_str(step, "kind"), "run") && ret->attempt > 0 &&
           value_get_str(step, "started").n && !str_is(value_get_str(step, "status"), "waiting");
}

static bool was_taken(const struct logs *l, const struct piece *p)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->pieces[i].attempt >= p->attempt && str_eq(l->pieces[i].path, p->path)) return true;
    return false;
}

/* Another attempt of the same step follows in this list. */
static bool is_replaced(struct value steps, uint32_t at, const struct piece *p)
{
    struct piece later;

    for (uint32_t i = at + 1; i < steps.n; i++)
        if (has_output(steps.list[i], &later) && str_eq(later.path, p->path)) return true;
    return false;
}

/* Adds what of a run's steps was not taken yet: the attempt that is wanted, else each one that
   began since the first look, and of those before it the last of each step. */
static void take_new(struct logs *l, struct value steps)
{
    struct arena *a = l->args->arena;

    for (uint32_t i = 0; steps.kind == V_LIST && i < steps.n; i++) {
        struct piece p, *place;

        if (!has_output(steps.list[i], &p) || was_taken(l, &p)) continue;
        if (l->attempt ? p.attempt != l->attempt : !l->met && is_replaced(steps, i, &p)) continue;
        place = arena_push(a, &l->pieces, &l->n, sizeof *place);
        *place = (struct piece){str_n(arena_dup(a, p.path.p, p.path.n), p.path.n), p.attempt};
    }
}

/* Takes what is new of the run; *ret_open: it has not ended. */
static err_t look_at(struct logs *l, bool *ret_open, struct err *e)
{
    for (;;) {
        AUTO(arena) struct arena *a = arena_new();
        struct value run;
        err_t how = client_get(&l->client, path_of(a, "/api/v1/runs/", l->run, ""), a, &run, e);

        if (how == OK) {
            patience_met(&l->patience);
            *ret_open = value_at(run, "ended").kind == V_NULL;
            take_new(l, value_at(run, "steps"));
            l->met = true;
            return OK;
        }
        if (!l->met || !patience_wait(&l->patience, e)) return how;
    }
}

static err_t nothing(const struct logs *l, bool open, struct err *e)
{
    return fail(e, E_NOT_FOUND, "no step of run %s has %soutput%s", l->run,
                l->attempt ? "such " : "",
                open ? " yet; `botops logs -f` waits for it" : "; `botops show` lists its steps");
}

static err_t print_all(struct logs *l, struct err *e)
{
    bool open;

    TRY(look_at(l, &open, e));
    if (l->n == 0) return nothing(l, open, e);
    for (size_t i = 0; i < l->n; i++) TRY(print_piece(l, &l->pieces[i], l->n > 1, false, e));
    return OK;
}

/* One attempt after the other, as they begin, until the run has ended. */
static err_t follow_all(struct logs *l, struct err *e)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    size_t printed = 0;
    bool open = true;

    while (open || printed < l->n) {
        TRY(look_at(l, &open, e));
        while (printed < l->n) TRY(print_piece(l, &l->pieces[printed++], true, true, e));
        if (open) nanosleep(&pause, NULL);
    }
    return l->n ? OK : nothing(l, false, e);
}

/* --- */

static err_t check_number(const struct args *a, const char *name, const char **ret, int64_t *ret_n,
                          struct err *e)
{
    *ret = args_value(a, name);
    *ret_n = 0;
    if (*ret && (!str_int(str_of(*ret), ret_n) || *ret_n < 1))
        return fail(e, E_INPUT, "`%s %s`: say a number from 1 on", name, *ret);
    return OK;
}

static err_t run(struct args *a, struct err *e)
{
    struct logs l = {.args = a, .safe = term_is(STDOUT_FILENO) && !args_flag(a, "--raw")};
    bool follow = args_flag(a, "--follow");
    const char *attempt;
    struct tail t;
    int64_t n;

    if (a->format != FORMAT_TEXT)
        return fail(e, E_INPUT,
                    "output is printed as it is, in no other format; `botops show RUN -o "
                    "json` has the steps");
    TRY(check_number(a, "--tail", &l.lines, &n, e));
    TRY(check_number(a, "--attempt", &attempt, &l.attempt, e));
    TRY(client_open(a, &l.client, e));
    TRY(which_run(a, &l.client, &l.run, e));
    if (a->rest_n < 2) return follow ? follow_all(&l, e) : print_all(&l, e);
    t = tail_of(&l);
    t.step = a->rest[1];
    t.attempt = attempt;
    return follow ? tail_follow(&t, e) : tail_read(&t, e);
}

static const struct option options[] = {
    {"--follow", 'f', NULL, "go on until the step ends, or without STEP until the run does", false},
    {"--tail", 'n', "N", "only the last N lines of a step", false},
    {"--attempt", 0, "N", "of that attempt; default the last one", false},
    {"--raw", 0, NULL, "on a terminal too: the bytes as they are, colours and all", false},
    WHICH_OPTION,
    {0},
};

const struct command command_logs = {
    .name = "logs",
    .usage = "RUN|last [STEP]",
    .help = "prints the output of a run's steps",
    .about =
        "With STEP, of that step and nothing else. Without, of each step that has output, under a\n"
        "heading when there are several; with -f of one attempt after the other as they begin,\n"
        "until the run has ended. A pipe gets the bytes as they are; on a terminal what would\n"
        "drive it is escaped, unless --raw is given.",
    .example = "botops logs -f last",
    .options = options,
    .least = 1,
    .most = 2,
    .run = run,
};
