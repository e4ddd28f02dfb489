#include "cli/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/chat.h"
#include "cli/repo.h"
#include "engine/world_live.h"
#include "io/file.h"
#include "io/loop.h"
#include "serve/serve.h"

enum { TOKEN_BYTES = 32, SETTLE_MS = 200 };

struct running {
    const struct server_options *options;
    struct arena *arena;
    struct state at;
    int lock;
    struct loop *loop;
    struct world_live *live;
    const struct world *world;
    struct store *store;
    struct engine *engine;
    struct chat *chat;
    struct serve *serve;
    const struct config *loading; /* being taken over; NULL: none */
    struct signal_watch *signals[3];
    struct folder_watch *folders[2];
    int stopping;
};

/* --- configuration --- */

static void log_report(const struct report *r, const char *what)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct complaint *c = &r->list[i];

        log_error(c->text, LOG_S("file", c->file), LOG_N("line", c->line), LOG_N("col", c->col));
    }
    log_error(what, LOG_N("errors", (int64_t)r->n));
}

static bool reload(void *ctx, struct report *report)
{
    struct running *s = ctx;
    struct config *c = repo_load(s->options->dir, report);
    bool good;

    s->loading = c;
    good = c && serve_use(s->serve, c, report);
    s->loading = NULL;
    if (good) {
        log_info("the configuration was loaded again", LOG_N("workflows", (int64_t)c->workflows_n),
                 LOG_V("hash", c->hash));
        engine_use(s->engine, c);
        serve_reloaded(s->serve, NULL);
        return true;
    }
    config_free(c);
    report_sort(report);
    log_report(report, "the new configuration has errors; the server goes on with the one it has");
    serve_reloaded(s->serve, report);
    return false;
}

static void reload_now(void *arg)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report report = {.arena = a};

    reload(arg, &report);
}

static void watch_files(struct running *s);

/* An edit of a file; one that changes nothing that was loaded is passed over. */
static void files_changed(void *arg)
{
    struct running *s = arg;
    AUTO(arena) struct arena *a = arena_new();
    struct report report = {.arena = a};
    struct config *c = repo_load(s->options->dir, &report);
    bool same = c && str_eq(c->hash, engine_config(s->engine)->hash);

    config_free(c);
    watch_files(s); /* workflows/ may be new */
    if (!same) reload_now(s);
}

static void watch_files(struct running *s)
{
    const char *const names[] = {s->options->dir,
                                 arena_fmt(s->arena, "%s/workflows", s->options->dir)};
    struct err e;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (!s->folders[i] && access(names[i], F_OK) == 0 &&
            folder_watch_new(s->loop, names[i], SETTLE_MS, files_changed, s, &s->folders[i], &e) !=
                OK)
            log_warn("changes of the configuration will be seen on SIGHUP only",
                     LOG_S("why", e.text));
}

/* --- ending --- */

static void idle(void *arg)
{
    struct running *s = arg;

    loop_stop(s->loop);
}

static void stop(void *arg)
{
    struct running *s = arg;

    if (s->stopping++) _exit(130); /* asked twice: at once; nothing that was accepted is lost */
    log_info("ending; running steps go on under their holders");
    serve_quiesce(s->serve);
    engine_quiesce(s->engine, idle, s);
}

static void running_free(struct running *s)
{
    for (size_t i = 0; i < COUNT_OF(s->signals); i++) signal_watch_free(s->signals[i]);
    for (size_t i = 0; i < COUNT_OF(s->folders); i++) folder_watch_free(s->folders[i]);
    if (s->store) store_close(s->store);
    serve_free(s->serve);
    chat_free(s->chat);
    engine_free(s->engine);
    if (s->live) world_live_free(s->live);
    if (s->loop) loop_free(s->loop);
    if (s->lock >= 0) close(s->lock);
}

static void running_auto(struct running *s)
{
    running_free(s);
    arena_free(s->arena);
}

/* --- starting --- */

/* The token for TCP: made once, kept where only the owner can read it. */
static err_t take_token(struct running *s, uint8_t hash[SHA256_LEN], struct err *e)
{
    const char *path = arena_fmt(s->arena, "%s/token", s->at.data);
    AUTO(buf) struct buf text = BUF(256);
    uint8_t bytes[TOKEN_BYTES];

    if (file_read(path, &text, e) != OK) {
        if (e->code != E_NOT_FOUND) return e->code;
        random_bytes(bytes, sizeof bytes);
        buf_clear(&text);
        buf_add(&text, STR("bot_"));
        buf_add_hex(&text, bytes, sizeof bytes);
        TRY(file_write(path, buf_str(&text), 0600, true, e));
    }
    sha256(str_trim(buf_str(&text)), hash);
    return OK;
}

static int64_t wall(void *ctx)
{
    (void)ctx;
    return clock_wall();
}

static err_t open_store(struct running *s, const struct config *c, struct err *e)
{
    struct store_config sc = {
        .path = s->at.database,
        .threads = true,
        .dedup_days = c->server.dedup_us / (86400 * SECOND_US),
        .wall = wall,
        .notify = world_live_notify,
        .ctx = s->live,
    };

    if (sc.dedup_days < 1) sc.dedup_days = 1;
    TRY(store_open(&sc, &s->store, e));
    world_live_store(s->live, s->store);
    return OK;
}

/* While a configuration is being taken over its own secrets count. */
static err_t secret(void *ctx, struct str name, struct arena *a, struct str *ret, struct err *e)
{
    const struct running *s = ctx;
    const struct config *c = s->loading ? s->loading : engine_config(s->engine);

    return engine_secret_of(s->engine, c, name, a, ret, e);
}

static void chat_line(void *ctx, struct intake *in)
{
    chat_accept(ctx, in);
}

static err_t open_doors(struct running *s, const struct config *c, struct err *e)
{
    struct serve_config sc = {
        .loop = s->loop,
        .world = s->world,
        .engine = s->engine,
        .chat_line = chat_line,
        .chat_ctx = s->chat,
        .data = s->at.data,
        .listen =
            c->server.listen.n ? arena_dup(s->arena, c->server.listen.p, c->server.listen.n) : NULL,
        .unix_path = arena_fmt(s->arena, "%s/botops.sock", s->at.data),
        .has_token = true,
        .secret = secret,
        .secret_ctx = s,
        .reload = reload,
        .reload_ctx = s,
    };

    TRY(take_token(s, sc.token, e));
    return serve_new(&sc, &s->serve, e);
}

static void tell_systemd(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd;

    if (!path || strlen(path) >= sizeof to.sun_path) return;
    memcpy(to.sun_path, path, strlen(path));
    if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    if (sendto(fd, state, strlen(state), 0, (struct sockaddr *)&to,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
        log_warn("systemd could not be told", LOG_S("why", strerror(errno)));
    close(fd);
}

static void ready(void *arg)
{
    struct running *s = arg;
    const struct config *c = engine_config(s->engine);

    log_info("ready", LOG_N("workflows", (int64_t)c->workflows_n),
             LOG_N("port", serve_port(s->serve)), LOG_S("data", s->at.data));
    tell_systemd("READY=1");
}

/* As many descriptors as the system lets us have: each process under watch costs one. */
static void raise_limits(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

static err_t start(struct running *s, struct config *c, struct err *e)
{
    struct engine_config ec = {.repo = s->options->dir, .load = repo_options};

    TRY(loop_new(&s->loop, e));
    s->live = world_live_new(s->loop);
    s->world = world_live_face(s->live);
    TRY(world_live_holders(s->live, s->options->shim, s->at.data, e));
    TRY(folder_make(s->at.data, 0700, e));
    TRY(folder_lock(s->at.data, &s->lock, e));
    TRY(open_store(s, c, e));
    ec.world = s->world;
    ec.data = s->at.data;
    s->engine = engine_new(&ec);
    engine_use(s->engine, c);
    s->chat = chat_new(s->engine, s->world);
    return open_doors(s, c, e);
}

err_t server_run(const struct server_options *o, struct err *e)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    static loop_call *const handlers[] = {stop, stop, reload_now};
    AUTO(running) struct running s = {.options = o, .arena = arena_new(), .lock = -1};
    struct report report = {.arena = s.arena};
    struct config *c = repo_load(o->dir, &report);
    err_t how;

    if (!c) {
        AUTO(buf) struct buf all = BUF(1 << 20);

        report_sort(&report);
        report_text(&report, &all);
        fprintf(stderr, "%s", all.p);
        return fail(e, E_CONFIG, "the configuration in %s has %zu error%s; nothing was started",
                    o->dir, report.n, report.n == 1 ? "" : "s");
    }
    raise_limits();
    how = repo_state(c, o->dir, s.arena, &s.at, e);
    if (how == OK) how = start(&s, c, e);
    if (how != OK && !s.engine) config_free(c);
    if (how != OK) return how;
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        s.signals[i] = signal_watch_new(s.loop, signals[i], handlers[i], &s);
    watch_files(&s);
    engine_start(s.engine, ready, &s);
    loop_run(s.loop);
    tell_systemd("STOPPING=1");
    return OK;
}
