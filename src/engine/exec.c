/* exec.c - what a process is given: argv, environment, folders. */
#include "engine/inside.h"

enum { ARGS_MAX = 1024, ARG_TEXT_MAX = 100 << 10, SECRET_MAX = 64 << 10 };

struct making {
    struct engine *engine;
    const struct run *run;
    const struct step *step;
    struct arena *arena;
    struct scope scope;
    const char **argv, **envp;
    size_t argv_n, envp_n;
};

static void push(struct arena *a, const char ***list, size_t *n, const char *s)
{
    const char **place = arena_push(a, list, n, sizeof *place);

    *place = s;
}

static const char *c_text(struct arena *a, struct str s)
{
    return arena_dup(a, s.p, s.n);
}

err_t engine_secret(void *ctx, struct str name, struct arena *a, struct str *ret, struct err *e)
{
    const struct engine *en = ctx;

    return engine_secret_of(en, engine_config(en), name, a, ret, e);
}

err_t engine_secret_of(const struct engine *e, const struct config *c, struct str name,
                       struct arena *a, struct str *ret, struct err *err)
{
    const struct world *w = e->world;
    const struct secret *s = NULL;
    const char *text;

    for (size_t i = 0; i < c->secrets_n && !s; i++)
        if (str_eq(c->secrets[i].name, name)) s = &c->secrets[i];
    if (!s)
        return fail(err, E_NOT_FOUND,
                    "there is no secret `" STR_FMT "` any more; add it to `secrets:`",
                    STR_ARG(name));
    if (s->source == SECRET_ENV) {
        text = w->env(w->ctx, c_text(a, s->where));
        if (!text)
            return fail(err, E_NOT_FOUND,
                        "the secret `" STR_FMT "` is to come from the variable " STR_FMT
                        ", which the server was started without",
                        STR_ARG(name), STR_ARG(s->where));
        *ret = str_n(arena_dup(a, text, strlen(text)), strlen(text));
    } else {
        AUTO(buf) struct buf b = BUF(SECRET_MAX);
        const char *path = s->where.n && s->where.p[0] == '/'
                               ? c_text(a, s->where)
                               : arena_fmt(a, "%s/" STR_FMT, e->config.repo, STR_ARG(s->where));

        if (w->file_read(w->ctx, path, &b, err) != OK)
            return wrap(err, "the secret `" STR_FMT "`", STR_ARG(name));
        while (b.n && (b.p[b.n - 1] == '\n' || b.p[b.n - 1] == '\r')) b.n--;
        *ret = str_n(arena_dup(a, b.p, b.n), b.n);
    }
    return OK;
}

/* No NUL may stand in what the system takes as C text. */
static err_t as_c_text(struct making *m, struct str s, const char *what, const char **ret,
                       struct err *e)
{
    if (s.n && memchr(s.p, '\0', s.n))
        return fail(e, E_INPUT, "%s holds a NUL byte, which no process can be given", what);
    if (s.n > ARG_TEXT_MAX)
        return fail(e, E_LIMIT, "%s is longer than %d bytes; write it to a file", what,
                    ARG_TEXT_MAX);
    *ret = c_text(m->arena, s);
    return OK;
}

static struct str text_of(const struct making *m, struct value v)
{
    return v.kind == V_STRING ? value_str(v) : cel_text(m->arena, v);
}

/* Evaluated as a whole: a template without any expression is one value, and has no items. */
static err_t add_args(struct making *m, struct err *e)
{
    struct value args = NO_VALUE;

    if (!m->step->args) return OK;
    TRY(template_eval(m->step->args, m->scope.values, NULL, NULL, m->arena, &args, e));
    for (uint32_t i = 0; args.kind == V_LIST && i < args.n; i++) {
        const char *text = NULL;

        if (i >= ARGS_MAX) return fail(e, E_LIMIT, "more than %d arguments", ARGS_MAX);
        TRY(as_c_text(m, text_of(m, args.list[i]), arena_fmt(m->arena, "argument %u", i + 1), &text,
                      e));
        push(m->arena, &m->argv, &m->argv_n, text);
    }
    return OK;
}

static bool is_dash_c(const struct step *s)
{
    return s->shell_n > 1 && str_is(s->shell[s->shell_n - 1], "-c");
}

/* The shell's words with the script in its place: for "{0}" a file, otherwise the last argument. */
static err_t add_shell(struct making *m, struct world_exec *x, struct err *e)
{
    const struct step *s = m->step;
    bool by_file = s->script.n > ARG_TEXT_MAX, placed = false;

    for (int i = 0; i < s->shell_n; i++) by_file = by_file || str_is(s->shell[i], "{0}");
    if (by_file) {
        x->script_file = arena_fmt(m->arena, "%s.script", x->spec.stem);
        x->script = s->script;
    }
    for (int i = 0; i < s->shell_n; i++) {
        bool here = str_is(s->shell[i], "{0}");

        if (by_file && i == s->shell_n - 1 && str_is(s->shell[i], "-c")) continue;
        push(m->arena, &m->argv, &m->argv_n, here ? x->script_file : c_text(m->arena, s->shell[i]));
        placed = placed || here;
    }
    if (!placed)
        push(m->arena, &m->argv, &m->argv_n,
             by_file ? x->script_file : c_text(m->arena, s->script));
    /* After `-c TEXT` the first word is $0. */
    if (!by_file && is_dash_c(s) && s->args && !str_is(s->shell[0], "python3"))
        push(m->arena, &m->argv, &m->argv_n, "botops");
    return add_args(m, e);
}

static void add_env(struct making *m, const char *name, struct str value)
{
    push(m->arena, &m->envp, &m->envp_n, arena_fmt(m->arena, "%s=" STR_FMT, name, STR_ARG(value)));
}

static void add_inherited(struct making *m)
{
    static const char *const kept[] = {"PATH",   "HOME", "USER",   "LOGNAME", "LANG",
                                       "LC_ALL", "TZ",   "TMPDIR", "SHELL"};
    const struct world *w = m->engine->world;

    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const char *v = w->env(w->ctx, kept[i]);

        if (v) add_env(m, kept[i], str_of(v));
    }
    if (!w->env(w->ctx, "PATH")) add_env(m, "PATH", STR("/usr/local/bin:/usr/bin:/bin"));
}

static err_t add_own_env(struct making *m, struct err *e)
{
    struct value env = NO_VALUE;

    if (!m->step->env) return OK;
    TRY(template_eval(m->step->env, m->scope.values, engine_secret, m->engine, m->arena, &env, e));
    for (uint32_t i = 0; env.kind == V_MAP && i < env.n; i++) {
        const char *name = c_text(m->arena, value_str(env.map[i].key)), *text = NULL;

        TRY(as_c_text(m, text_of(m, env.map[i].value), name, &text, e));
        add_env(m, name, str_of(text));
    }
    return OK;
}

static void add_botops_env(struct making *m, const struct world_exec *x, int attempt)
{
    const struct run *r = m->run;

    add_env(m, "BOTOPS_RUN_ID", id_str(&r->id));
    add_env(m, "BOTOPS_STEP", m->step->path);
    add_env(m, "BOTOPS_ATTEMPT", str_of(arena_fmt(m->arena, "%d", attempt)));
    add_env(m, "BOTOPS_WORKFLOW", r->workflow->name);
    add_env(m, "BOTOPS_USER", r->user);
    add_env(m, "BOTOPS_URL", r->url);
    add_env(m, "BOTOPS_OUTPUT", str_of(arena_fmt(m->arena, "%s.outputs", x->spec.stem)));
    add_env(m, "BOTOPS_REPO", str_of(m->engine->config.repo));
}

static err_t work_dir(struct making *m, struct world_exec *x, struct err *e)
{
    const struct step *s = m->step;
    struct str dir = {0};

    x->spec.work_dir = x->work_folder;
    if (!s->dir) return OK;
    TRY(template_eval_text(s->dir, m->scope.values, NULL, NULL, m->arena, &dir, e));
    if (dir.n && dir.p[0] == '/') return as_c_text(m, dir, "`dir`", &x->spec.work_dir, e);
    return as_c_text(m, str_of(arena_fmt(m->arena, "%s/" STR_FMT, x->work_folder, STR_ARG(dir))),
                     "`dir`", &x->spec.work_dir, e);
}

static err_t make(struct making *m, int attempt, struct world_exec *x, struct err *e)
{
    const struct config *c = engine_config(m->engine);

    TRY(work_dir(m, x, e));
    TRY(add_shell(m, x, e));
    add_inherited(m);
    add_botops_env(m, x, attempt);
    TRY(add_own_env(m, e));
    push(m->arena, &m->argv, &m->argv_n, NULL);
    push(m->arena, &m->envp, &m->envp_n, NULL);
    x->spec.argv = m->argv;
    x->spec.envp = m->envp;
    x->spec.output_cap = c->server.output_cap;
    x->spec.grace_ms = 10000;
    x->spec.timeout_ms = m->step->timeout_us / 1000;
    return OK;
}

bool exec_make(struct engine *e, const struct run *r, int step, int attempt, struct arena *a,
               struct world_exec *ret, struct str *ret_error)
{
    struct making m = {.engine = e, .run = r, .step = &r->workflow->steps[step], .arena = a};
    AUTO(buf) struct buf folder = BUF(4096);
    struct err err;

    *ret = (struct world_exec){0};
    run_scope(r, step, r->workflow->uses, r->steps[step].started_at, a, &m.scope);
    engine_run_folder(e, &r->id, &folder);
    ret->run_folder = arena_dup(a, folder.p, folder.n);
    ret->work_folder = arena_fmt(a, "%s/work", ret->run_folder);
    ret->scripts = arena_fmt(a, "%s/scripts", e->config.repo);
    buf_clear(&folder);
    engine_step_stem(e, &r->id, m.step->path, attempt, &folder);
    ret->spec.stem = arena_dup(a, folder.p, folder.n);
    if (make(&m, attempt, ret, &err) == OK) return true;
    *ret_error = str_of(arena_dup(a, err.text, strlen(err.text)));
    return false;
}
