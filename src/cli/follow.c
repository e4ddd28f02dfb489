#include "cli/follow.h"

#include <stdio.h>

#include "base/utf8.h"
#include "data/json.h"

enum { TEXT_MAX = 4 << 20 };

struct seen { /* the state of a step's attempt that was told last */
    struct str path, status;
    int64_t attempt;
};

struct following {
    const struct follow *f;
    struct arena *arena;
    struct seen *steps;
    size_t steps_n;
    struct id said; /* the last one told; a run's ids increase */
    struct patience patience;
    struct arena *run_arena; /* of `run` */
    struct value run;
    bool ended;
};

static void following_auto(struct following *w)
{
    arena_free(w->run_arena);
    arena_free(w->arena);
}

static struct seen *find_seen(struct following *w, struct str path, int64_t attempt)
{
    struct seen *s;

    for (size_t i = 0; i < w->steps_n; i++)
        if (w->steps[i].attempt == attempt && str_eq(w->steps[i].path, path)) return &w->steps[i];
    s = arena_push(w->arena, &w->steps, &w->steps_n, sizeof *s);
    s->path = str_n(arena_dup(w->arena, path.p, path.n), path.n);
    s->attempt = attempt;
    return s;
}

static void tell_steps(struct following *w, struct value steps)
{
    for (uint32_t i = 0; steps.kind == V_LIST && i < steps.n; i++) {
        struct value step = steps.list[i], attempt = value_at(step, "attempt");
        struct str status = value_get_str(step, "status");
        struct seen *s =
            find_seen(w, value_get_str(step, "path"), attempt.kind == V_INT ? attempt.i : 0);

        if (str_eq(s->status, status)) continue;
        s->status = str_n(arena_dup(w->arena, status.p, status.n), status.n);
        if (w->f->moved) w->f->moved(w->f->arg, step);
    }
}

static void show_progress(struct following *w)
{
    AUTO(buf) struct buf what = BUF(1024), safe = BUF(8192);
    struct value steps = value_at(w->run, "steps");

    buf_add(&what, value_get_str(w->run, "workflow"));
    buf_addf(&what, " is " STR_FMT, STR_ARG(value_get_str(w->run, "status")));
    for (uint32_t i = 0; steps.kind == V_LIST && i < steps.n; i++)
        if (str_is(value_get_str(steps.list[i], "status"), "running"))
            buf_addf(&what, " `" STR_FMT "`", STR_ARG(value_get_str(steps.list[i], "path")));
    utf8_add_safe(&safe, buf_str(&what), false);
    progress_set(w->f->progress, buf_str(&safe));
}

static void take_run(struct following *w, struct str data)
{
    struct arena *a = arena_new();
    struct value run;
    struct err e;

    data.p = arena_dup(a, data.p, data.n);
    if (json_read(a, data, (struct json_limits){70, 4 << 20}, &run, &e) != OK) {
        arena_free(a);
        return;
    }
    arena_free(w->run_arena);
    w->run_arena = a;
    w->run = run;
    tell_steps(w, value_at(run, "steps"));
    show_progress(w);
}

static void take_say(struct following *w, struct str data)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value say;
    struct id id;
    struct err e;

    if (json_read(a, data, JSON_LIMITS, &say, &e) != OK) return;
    if (!id_parse(value_get_str(say, "id"), &id)) return;
    if (w->said.s[0] && strcmp(id.s, w->said.s) <= 0) return;
    w->said = id;
    if (w->f->said) w->f->said(w->f->arg, say);
}

static bool on_event(void *arg, const struct sse_event *e)
{
    struct following *w = arg;

    patience_met(&w->patience);
    if (str_is(e->event, "run"))
        take_run(w, e->data);
    else if (str_is(e->event, "say"))
        take_say(w, e->data);
    else if (str_is(e->event, "end"))
        w->ended = true;
    return !w->ended;
}

err_t follow_run(const struct follow *f, const char *run, struct arena *a, struct value *ret_run,
                 struct err *e)
{
    AUTO(following) struct following w = {.f = f, .arena = arena_new()};
    const char *path = path_of(a, "/api/v1/runs/", run, "/stream");

    progress_restart(f->progress);
    while (!w.ended) {
        if (client_stream(f->client, path, on_event, &w, e) == OK) continue;
        if (!patience_wait(&w.patience, e)) {
            progress_set(f->progress, STR(""));
            return wrap(e, "lost sight of run %s", run);
        }
        progress_set(f->progress, STR("waiting for the server"));
    }
    progress_set(f->progress, STR(""));
    *ret_run = value_copy(a, w.run);
    return OK;
}

bool run_succeeded(struct value run)
{
    return str_is(value_get_str(run, "status"), "succeeded");
}

void run_complain(struct value run)
{
    AUTO(buf) struct buf b = BUF(TEXT_MAX), safe = BUF(TEXT_MAX);
    struct str step = value_get_str(run, "failed_step"), message = value_get_str(run, "message");
    struct str id = value_get_str(run, "id");

    buf_addf(&b, "`" STR_FMT "` " STR_FMT, STR_ARG(value_get_str(run, "workflow")),
             STR_ARG(value_get_str(run, "status")));
    if (step.n) buf_addf(&b, " in `" STR_FMT "`", STR_ARG(step));
    if (message.n) buf_addf(&b, ": " STR_FMT, STR_ARG(message));
    buf_addf(&b, "\nsee `botops show " STR_FMT "`", STR_ARG(id));
    if (step.n)
        buf_addf(&b, " and `botops logs " STR_FMT " " STR_FMT "`", STR_ARG(id), STR_ARG(step));
    utf8_add_safe(&safe, buf_str(&b), true);
    fprintf(stderr, "botops: %s\n", safe.p ? safe.p : "");
}
