/* world_sim_procs.c - processes as models, and files as texts in memory. */
#include "engine/world_sim_inside.h"

enum claim { CLAIM_FREE, CLAIM_SHIM, CLAIM_FORBIDDEN };

struct sim_place { /* a step's folder */
    struct sim_place *next;
    const char *path;
    enum claim claim;
    struct sim_shim *claimant;
    const char *boot; /* of the claim */
    bool has_status;
    struct proc_status status;
    const char *outputs, *out;
};

struct sim_shim { /* a holder and its process */
    struct sim_shim *next;
    struct sim_place *place;
    bool alive, ran, asked;
    enum proc_end end;
    struct fate fate;
    const char *run, *step;
    int attempt;
    int64_t timeout_us, grace_us;
    int64_t began_at;
    uint64_t exit; /* serial of the event that ends it */
};

struct world_proc {
    struct world_proc *next;
    struct sim_shim *shim;
    bool told;
    world_call *ended;
    void *arg;
};

static struct sim_place *place_find(struct sim *s, const char *path)
{
    struct sim_place *p = s->places;

    while (p && strcmp(p->path, path) != 0) p = p->next;
    return p;
}

static struct sim_place *place_make(struct sim *s, const char *path)
{
    struct sim_place *p = place_find(s, path);

    if (p) return p;
    p = arena_get(s->arena, sizeof *p);
    p->path = arena_dup(s->arena, path, strlen(path));
    p->next = s->places;
    s->places = p;
    return p;
}

static const char *env_of(const char *const *envp, const char *name)
{
    size_t n = strlen(name);

    for (; *envp; envp++)
        if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=') return *envp + n + 1;
    return "";
}

static struct fate fate_of(struct sim *s, const struct world_exec *x, int attempt)
{
    struct fate f = s->usual;

    if (s->dream) return s->dream(s);
    for (size_t i = 0; i < s->fates_n; i++) {
        bool it = x->script_file && str_is(x->script, s->fates[i].script);

        for (const char *const *a = x->spec.argv; *a; a++)
            it = it || strcmp(*a, s->fates[i].script) == 0;
        if (it) f = s->fates[i];
    }
    if (!f.us) f.us = SECOND_US;
    if (attempt <= f.fail_first) f.code = 1;
    return f;
}

static struct world_proc *handle_new(struct sim *s, struct sim_shim *shim, world_call *ended,
                                     void *arg)
{
    struct world_proc *p = mem_new(sizeof *p);

    *p = (struct world_proc){s->handles, shim, false, ended, arg};
    s->handles = p;
    if (!shim->alive) sim_post(s, EV_GONE, 1)->shim = shim;
    return p;
}

static void shim_gone(struct sim *s, struct sim_shim *shim)
{
    shim->alive = false;
    if (shim->ran) s->running--;
    shim->exit = 0;
    sim_post(s, EV_GONE, 1 + sim_below(s, s->jitter_us + 1))->shim = shim;
}

static void shim_ends(struct sim *s, struct sim_shim *shim, enum proc_end end, int code)
{
    struct sim_place *p = shim->place;

    p->has_status = true;
    p->status = (struct proc_status){
        .end = end, .code = code, .started_at = shim->began_at, .ended_at = sim_wall(s)};
    if (end == PROC_EXITED) {
        p->outputs = shim->fate.outputs;
        p->out = shim->fate.out;
    }
    shim_gone(s, shim);
}

/* What the promises say about a process that begins, looked up on disk at that moment. */
static void check_effect(struct sim *s, const struct sim_shim *shim, const char *when)
{
    const char *status =
        sim_text(s, "SELECT status FROM steps WHERE run='%s' AND path='%s' AND attempt=%d",
                 shim->run, shim->step, shim->attempt);

    if (strcmp(status, "running") != 0)
        sim_fault(s, "%s#%d of %s %s while the disk says '%s'", shim->step, shim->attempt,
                  shim->run, when, status);
}

static void record_effect(struct sim *s, const struct sim_shim *shim)
{
    struct sim_effect *f;

    for (size_t i = 0; i < s->effects_n; i++)
        if (s->effects[i].attempt == shim->attempt && strcmp(s->effects[i].run, shim->run) == 0 &&
            strcmp(s->effects[i].step, shim->step) == 0)
            sim_fault(s, "%s#%d of %s ran twice", shim->step, shim->attempt, shim->run);
    f = arena_push(s->arena, &s->effects, &s->effects_n, sizeof *f);
    snprintf(f->run, sizeof f->run, "%s", shim->run);
    snprintf(f->step, sizeof f->step, "%s", shim->step);
    f->attempt = shim->attempt;
    f->at = sim_wall(s);
    check_effect(s, shim, "ran");
}

static void exit_after(struct sim *s, struct sim_shim *shim, enum proc_end end, int64_t us)
{
    struct sim_event *ev = sim_post(s, EV_EXIT, us);

    ev->shim = shim;
    shim->exit = ev->serial;
    shim->end = end;
}

static void shim_claims(struct sim *s, struct sim_shim *shim)
{
    struct sim_place *p = shim->place;

    if (!shim->alive) return;
    if (s->shims_held) { /* later */
        sim_post(s, EV_CLAIM, SECOND_US)->shim = shim;
        return;
    }
    if (p->claim != CLAIM_FREE || s->full || shim->fate.no_claim) {
        shim_gone(s, shim);
        return;
    }
    p->claim = CLAIM_SHIM;
    p->claimant = shim;
    p->boot = arena_dup(s->arena, s->boot, strlen(s->boot));
    shim->began_at = sim_wall(s);
    sim_mix_text(s, p->path);
    if (shim->asked) {
        shim_ends(s, shim, PROC_KILLED, 0);
    } else if (shim->fate.end == PROC_NOT_STARTED) {
        shim_ends(s, shim, PROC_NOT_STARTED, shim->fate.code);
    } else {
        shim->ran = true;
        s->running++;
        if (s->running > s->most_running) s->most_running = s->running;
        record_effect(s, shim);
        if (shim->timeout_us && (shim->fate.forever || shim->timeout_us < shim->fate.us))
            exit_after(s, shim, PROC_TIMEOUT, shim->timeout_us);
        else if (!shim->fate.forever)
            exit_after(s, shim, shim->fate.end, shim->fate.us);
    }
}

static void shim_exits(struct sim *s, const struct sim_event *ev)
{
    struct sim_shim *shim = ev->shim;

    if (!shim->alive || shim->exit != ev->serial) return;
    if (shim->fate.lost && shim->end != PROC_KILLED)
        shim_gone(s, shim);
    else
        shim_ends(s, shim, shim->end, shim->end == PROC_KILLED ? 0 : shim->fate.code);
}

static void tell_gone(struct sim *s, const struct sim_shim *shim)
{
    struct world_proc *p = s->handles;

    while (p) {
        if (p->shim == shim && !p->told) {
            p->told = true;
            p->ended(p->arg); /* forgets it, and may change the list */
            p = s->handles;
        } else {
            p = p->next;
        }
    }
}

/* --- what the engine asks for --- */

static void remember_exec(struct sim *s, const struct world_exec *x)
{
    size_t n = 0;

    for (; x->spec.argv[n] && n + 1 < COUNT_OF(s->last_argv); n++)
        s->last_argv[n] = arena_dup(s->arena, x->spec.argv[n], strlen(x->spec.argv[n]));
    s->last_argv[n] = NULL;
    for (n = 0; x->spec.envp[n] && n + 1 < COUNT_OF(s->last_env); n++)
        s->last_env[n] = arena_dup(s->arena, x->spec.envp[n], strlen(x->spec.envp[n]));
    s->last_env[n] = NULL;
    snprintf(s->last_dir, sizeof s->last_dir, "%s", x->spec.work_dir);
    snprintf(s->last_script_file, sizeof s->last_script_file, "%s",
             x->script_file ? x->script_file : "");
    snprintf(s->last_script, sizeof s->last_script, STR_FMT, STR_ARG(x->script));
}

static struct sim_shim *shim_new(struct sim *s, const struct world_exec *x)
{
    struct sim_shim *shim = arena_get(s->arena, sizeof *shim);
    const char *run = env_of(x->spec.envp, "BOTOPS_RUN_ID");
    const char *step = env_of(x->spec.envp, "BOTOPS_STEP");

    shim->run = arena_dup(s->arena, run, strlen(run));
    shim->step = arena_dup(s->arena, step, strlen(step));
    shim->attempt = (int)strtol(env_of(x->spec.envp, "BOTOPS_ATTEMPT"), NULL, 10);
    shim->fate = fate_of(s, x, shim->attempt);
    shim->timeout_us = x->spec.timeout_ms * MS_US;
    shim->grace_us = x->spec.grace_ms * MS_US;
    return shim;
}

static void spawn(struct sim *s, const struct sim_event *ev)
{
    const struct world_exec *x = ev->exec;
    struct sim_shim *shim = shim_new(s, x);
    struct sim_event *next;

    s->spawns++;
    sim_mix_text(s, x->spec.stem);
    check_effect(s, shim, "was spawned");
    remember_exec(s, x);
    if (!shim->fate.no_start && !s->full) {
        shim->alive = true;
        shim->place = place_make(s, x->spec.stem);
        shim->next = s->shims;
        s->shims = shim;
        sim_post(s, EV_CLAIM, 1 + sim_below(s, s->claim_us + 1))->shim = shim;
    }
    next = sim_post(s, EV_STARTED, 1 + sim_below(s, s->jitter_us + 1));
    next->shim = shim->place ? shim : NULL;
    next->started = ev->started;
    next->call = ev->call;
    next->arg = ev->arg;
}

static void spawn_told(struct sim *s, const struct sim_event *ev)
{
    struct err e = {.code = OK};

    if (ev->shim) {
        ev->started(ev->arg, handle_new(s, ev->shim, ev->call, ev->arg), &e);
        return;
    }
    (void)fail(&e, E_IO, "the step holder cannot be started: Resource temporarily unavailable");
    ev->started(ev->arg, NULL, &e);
}

static void sim_exec(void *ctx, const struct world_exec *x, world_started *started,
                     world_call *ended, void *arg)
{
    struct sim *s = ctx;
    struct sim_event *ev = sim_post(s, EV_SPAWN, s->spawn_us + sim_below(s, s->jitter_us + 1));

    ev->exec = x;
    ev->started = started;
    ev->call = ended;
    ev->arg = arg;
}

static enum proc_state sim_adopt(void *ctx, const char *folder, bool forbid, world_call *ended,
                                 void *arg, struct world_proc **ret, struct proc_status *ret_status)
{
    struct sim *s = ctx;
    struct sim_place *p = place_find(s, folder);

    if (!p || p->claim == CLAIM_FORBIDDEN) return PROC_NEVER;
    if (p->has_status) {
        *ret_status = p->status;
        return PROC_ENDED;
    }
    if (p->claim == CLAIM_FREE) {
        if (forbid) p->claim = CLAIM_FORBIDDEN;
        return PROC_NEVER;
    }
    if (strcmp(p->boot, s->boot) != 0) return PROC_OTHER_BOOT;
    if (!p->claimant->alive) return PROC_LOST;
    *ret = handle_new(s, p->claimant, ended, arg);
    return PROC_ALIVE;
}

static void sim_proc_kill(void *ctx, struct world_proc *p)
{
    struct sim *s = ctx;
    struct sim_shim *shim = p->shim;

    s->kills++;
    if (!shim->alive || shim->asked) return;
    shim->asked = true;
    if (shim->ran)
        exit_after(s, shim, PROC_KILLED, shim->fate.stubborn ? shim->grace_us : 20 * MS_US);
}

static void sim_proc_forget(void *ctx, struct world_proc *p)
{
    struct sim *s = ctx;
    struct world_proc **at = &s->handles;

    while (*at != p) at = &(*at)->next;
    *at = p->next;
    free(p);
}

static const char *sim_boot_id(void *ctx)
{
    return ((struct sim *)ctx)->boot;
}

void sim_procs_power_cut(struct sim *s)
{
    for (struct sim_shim *shim = s->shims; shim; shim = shim->next) {
        if (shim->alive && shim->ran) s->running--;
        shim->alive = false;
    }
    for (struct sim_place *p = s->places; p; p = p->next)
        if (p->claim == CLAIM_SHIM && !p->has_status && sim_below(s, 4) == 0) p->claim = CLAIM_FREE;
}

/* --- files --- */

static err_t sim_file_read(void *ctx, const char *path, struct buf *out, struct err *e)
{
    struct sim *s = ctx;
    const char *text = NULL;
    struct str p = str_of(path);

    for (size_t i = 0; i < s->files_n; i++)
        if (strcmp(s->files[i][0], path) == 0) text = s->files[i][1];
    if (!text && str_ends(p, STR(".outputs"))) {
        const char *folder = arena_dup(s->arena, p.p, p.n - 8);
        struct sim_place *place = place_find(s, folder);

        text = place ? place->outputs : NULL;
    }
    if (!text) return fail(e, E_NOT_FOUND, "there is no file %s", path);
    buf_add(out, str_of(text));
    return buf_end(out, e);
}

static err_t sim_stdout_read(void *ctx, const char *folder, struct buf *out, struct err *e)
{
    struct sim_place *p = place_find(ctx, folder);

    if (p && p->out) buf_add(out, str_of(p->out));
    return buf_end(out, e);
}

static void sim_folder_remove(void *ctx, const char *path, world_call *done, void *arg)
{
    struct sim *s = ctx;
    struct sim_event *ev = sim_post(s, EV_REMOVED, s->spawn_us);

    for (struct sim_place **at = &s->places; *at;)
        if (str_starts(str_of((*at)->path), str_of(path)))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    s->removed++;
    ev->call = done;
    ev->arg = arg;
}

static const char *sim_server_env(void *ctx, const char *name)
{
    struct sim *s = ctx;

    for (size_t i = 0; i < s->env_n; i++)
        if (strcmp(s->env[i][0], name) == 0) return s->env[i][1];
    return NULL;
}

void sim_procs_face(struct world *w)
{
    w->exec = sim_exec;
    w->adopt = sim_adopt;
    w->kill = sim_proc_kill;
    w->forget = sim_proc_forget;
    w->boot = sim_boot_id;
    w->file_read = sim_file_read;
    w->stdout_read = sim_stdout_read;
    w->folder_remove = sim_folder_remove;
    w->env = sim_server_env;
}

void sim_procs_event(struct sim *s, const struct sim_event *ev)
{
    if (ev->kind == EV_SPAWN) spawn(s, ev);
    if (ev->kind == EV_STARTED) spawn_told(s, ev);
    if (ev->kind == EV_CLAIM) shim_claims(s, ev->shim);
    if (ev->kind == EV_EXIT) shim_exits(s, ev);
    if (ev->kind == EV_GONE) tell_gone(s, ev->shim);
}

/* --- looking --- */

void sim_fate(struct sim *s, struct fate f)
{
    for (size_t i = 0; i < s->fates_n; i++)
        if (strcmp(s->fates[i].script, f.script) == 0) {
            s->fates[i] = f;
            return;
        }
    assert_true(s->fates_n < SIM_FATES);
    s->fates[s->fates_n++] = f;
}

size_t sim_effects(const struct sim *s, struct id run, const char *step)
{
    size_t n = 0;

    for (size_t i = 0; i < s->effects_n; i++)
        n += strcmp(s->effects[i].run, run.s) == 0 && strcmp(s->effects[i].step, step) == 0;
    return n;
}

bool sim_alive(const struct sim *s, struct id run, const char *step)
{
    for (const struct sim_shim *p = s->shims; p; p = p->next)
        if (p->alive && p->ran && strcmp(p->run, run.s) == 0 && strcmp(p->step, step) == 0)
            return true;
    return false;
}

bool sim_claimed(const struct sim *s, struct id run)
{
    for (const struct sim_shim *p = s->shims; p; p = p->next)
        if (strcmp(p->run, run.s) == 0 && p->place->claimant == p) return true;
    return false;
}

const char *sim_env(const struct sim *s, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; s->last_env[i]; i++)
        if (strncmp(s->last_env[i], name, n) == 0 && s->last_env[i][n] == '=')
            return s->last_env[i] + n + 1;
    return NULL;
}
