#include "cli/runner.h"

#include <stdio.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/follow.h"
#include "cli/look.h"
#include "cli/markdown.h"
#include "data/yaml_write.h"

enum { TEXT_MAX = 16 << 20 };

struct showing {
    const struct args *args;
    struct progress *progress;
};

static void showing_auto(struct showing *s)
{
    progress_free(s->progress);
}

static void put(struct showing *s, FILE *to, const struct buf *text)
{
    progress_lock(s->progress);
    fwrite(text->p, 1, text->n, to);
    fflush(to);
    progress_unlock(s->progress);
}

/* The run's last word is told by its status; what it asks is talk. */
static void on_said(void *arg, struct value say)
{
    struct showing *s = arg;
    struct str kind = value_get_str(say, "kind"), text = value_get_str(say, "text");
    bool talk = str_is(kind, "ask") || s->args->format != FORMAT_TEXT;
    AUTO(buf) struct buf out = BUF(TEXT_MAX);

    if (str_is(kind, "end")) return;
    markdown_write(&out, text, term_colour(talk ? STDERR_FILENO : STDOUT_FILENO));
    if (out.n) put(s, talk ? stderr : stdout, &out);
}

/* What takes no time is not worth a line, unless it failed. */
static bool is_news(struct value step)
{
    struct str status = value_get_str(step, "status"), kind = value_get_str(step, "kind");

    if (str_is(status, "failed")) return true;
    return !str_is(status, "pending") && !str_is(status, "skipped") &&
           (str_is(kind, "run") || str_is(kind, "sleep"));
}

static void on_moved(void *arg, struct value step)
{
    struct showing *s = arg;
    AUTO(arena) struct arena *a = arena_new();
    struct look look = look_now(a, STDERR_FILENO);
    struct str status = value_get_str(step, "status"), error = value_get_str(step, "error");
    struct value attempt = value_at(step, "attempt");
    AUTO(buf) struct buf out = BUF(TEXT_MAX);

    if (!is_news(step)) return;
    utf8_add_safe(&out, value_get_str(step, "path"), false);
    if (attempt.kind == V_INT && attempt.i > 1)
        buf_addf(&out, " (attempt %lld)", (long long)attempt.i);
    buf_addf(&out, ": %s" STR_FMT "%s", look_status(&look, status), STR_ARG(status),
             look_end(&look));
    if (value_get_str(step, "ended").n)
        buf_addf(&out, " after " STR_FMT,
                 STR_ARG(look_span(&look, value_get_str(step, "started"),
                                   value_get_str(step, "ended"))));
    if (error.n) {
        buf_add(&out, STR(": "));
        utf8_add_safe(&out, error, false);
    }
    buf_addc(&out, '\n');
    put(s, stderr, &out);
}

static void print_outputs(const struct args *a, struct value run)
{
    struct value outputs = value_at(run, "outputs");
    AUTO(buf) struct buf out = BUF(TEXT_MAX);

    if (a->format != FORMAT_TEXT) {
        print_value(a, run);
    } else if (outputs.kind == V_MAP && outputs.n) {
        yaml_write(&out, outputs);
        print_out(buf_str(&out));
    }
}

err_t runner_follow(const struct args *a, const struct client *c, const char *run, struct err *e)
{
    AUTO(showing) struct showing s = {a, progress_new(term_is(STDERR_FILENO))};
    struct follow f = {
        .client = c, .progress = s.progress, .said = on_said, .moved = on_moved, .arg = &s};
    struct value ended;

    fprintf(stderr, "run %s\n", run);
    TRY(follow_run(&f, run, a->arena, &ended, e));
    print_outputs(a, ended);
    if (!run_succeeded(ended)) {
        run_complain(ended);
        *a->ret_exit = 1;
    }
    return OK;
}
