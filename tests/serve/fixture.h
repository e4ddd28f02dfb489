/* fixture.h - a whole server in a thread, with a store of its own, and a client that blocks.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "io/peer.h"

#include "base/clock.h"
#include "base/log.h"
#include "chat/chat.h"
#include "connect/kinds.h"
#include "data/json.h"
#include "engine/world_live.h"
#include "io/file.h"
#include "serve/serve.h"

#define TOKEN       "secret-token"
#define HOOK_SECRET "It's a Secret to Everybody"

static const char first_config[] =
    "server: {max_body: 64KiB}\n"
    "connections:\n"
    "  gh: {github: {webhook_secret: \"${{ secrets.S }}\"}}\n"
    "  door: {webhook: {verify: {none: true}, id: body.id, type: \"'door.' + body.kind\"}}\n"
    "secrets: {S: {env: S}}\n"
    "workflows:\n"
    "  - name: greet\n"
    "    description: Says hello\n"
    "    on:\n"
    "      - {event: door.opened, with: {who: \"${{ event.data.who }}\"}}\n"
    "      - chat: hello {who}\n"
    "    inputs: {who: {type: string, default: you, pattern: \"^[a-z]+$\"}}\n"
    "    steps: [{say: \"hello ${{ inputs.who }}\"}]\n"
    "  - name: pushed\n"
    "    on: [{event: github.push, if: 'event.data.ref == \"refs/heads/main\"'}]\n"
    "    steps: [{say: pushed}]\n"
    "  - name: slow\n"
    "    on: [{event: door.slow}]\n"
    "    steps: [{sleep: 1h}]\n"
    "  - name: locked\n"
    "    priority: low\n"
    "    concurrency: {group: \"lock ${{ event.data.name }}\"}\n"
    "    on: [{event: door.locked}]\n"
    "    steps: [{sleep: 1h}]\n"
    "  - name: work\n"
    "    on: [{event: door.work}]\n"
    "    steps:\n"
    "      - {id: one, shell: sh, run: 'echo first; read line < \"$GATE\"; echo second', "
    "env: {GATE: \"${{ event.data.gate }}\"}}\n";

static char place[64]; /* the server's folder */
static char unix_path[96];
static struct world_live *live;
static struct store *store;
static struct engine *engine;
static struct serve *server;
static struct chat *chat;
static struct config *reload_to; /* what the next reload takes; NULL: it fails */
static int port;

static inline void hash_hex(struct str text, char hex[65])
{
    AUTO(buf) struct buf b = BUF(128);
    uint8_t digest[SHA256_LEN];

    sha256(text, digest);
    buf_add_hex(&b, digest, sizeof digest);
    memcpy(hex, b.p, 65);
}

static inline struct load_options options(void)
{
    return (struct load_options){.kinds = connection_kinds, .hash = hash_hex};
}

static inline struct config *load(const char *yaml)
{
    const struct source_file file = {.path = "botops.yaml", .text = str_of(yaml)};
    const struct load_options o = options();
    struct arena *a AUTO(arena) = arena_new();
    struct report report = {.arena = a};
    struct config *c = config_load(&file, 1, &o, &report);

    for (size_t i = 0; !c && i < report.n; i++)
        print_error("%d:%d: %s\n", report.list[i].line, report.list[i].col, report.list[i].text);
    return c;
}

static inline err_t secret_text(void *ctx, struct str name, struct arena *a, struct str *ret,
                                struct err *e)
{
    (void)ctx, (void)name, (void)a, (void)e;
    *ret = STR(HOOK_SECRET);
    return OK;
}

static inline bool reload(void *ctx, struct report *report)
{
    (void)ctx;
    if (!reload_to) {
        report_add(report, "botops.yaml", 7, 3, "unknown key `retires`; did you mean `retry`?");
        serve_reloaded(server, report);
        return false;
    }
    if (!serve_use(server, reload_to, report)) return false;
    engine_use(engine, reload_to);
    serve_reloaded(server, NULL);
    return true;
}

static inline void chat_line(void *ctx, struct intake *in)
{
    chat_accept(ctx, in);
}

static inline int64_t wall(void *ctx)
{
    (void)ctx;
    return clock_wall();
}

static inline const char *shim_path(void)
{
    static char path[4096];
    const char *given = getenv("BOTOPS_SHIM");
    ssize_t n;

    if (given) return given;
    n = readlink("/proc/self/exe", path, sizeof path - 32);
    path[n > 0 ? n : 0] = '\0';
    for (int i = 0; i < 3; i++) {
        char *slash = strrchr(path, '/');

        if (slash) *slash = '\0';
    }
    strncat(path, "/botops-shim", 16);
    return path;
}

static inline void open_store(void)
{
    char path[96];
    struct store_config c = {
        .path = path, .threads = true, .dedup_days = 7, .wall = wall, .notify = world_live_notify};
    struct err e;

    snprintf(path, sizeof path, "%s/botops.db", place);
    c.ctx = live;
    PASS(store_open(&c, &store, &e));
    world_live_store(live, store);
    PASS(world_live_holders(live, shim_path(), place, &e));
}

static inline void open_server(void)
{
    struct engine_config ec = {
        .world = world_live_face(live), .data = place, .repo = place, .load = options()};
    struct serve_config sc = {.loop = loop,
                              .world = world_live_face(live),
                              .data = place,
                              .listen = "127.0.0.1:0",
                              .unix_path = unix_path,
                              .has_token = true,
                              .secret = secret_text,
                              .reload = reload};
    struct config *c = load(first_config);
    struct err e;

    assert_non_null(c);
    engine = engine_new(&ec);
    engine_use(engine, c);
    sc.engine = engine;
    chat = chat_new(engine, sc.world);
    sc.chat_line = chat_line;
    sc.chat_ctx = chat;
    sha256(STR(TOKEN), sc.token);
    PASS(serve_new(&sc, &server, &e));
    port = serve_port(server);
}

static inline int setup_cold(void **state) /* the engine is not started */
{
    (void)state;
    log_setup(LOG_ERROR, LOG_TEXT);
    snprintf(place, sizeof place, "/tmp/botops-serve-XXXXXX");
    if (!mkdtemp(place)) return -1;
    snprintf(unix_path, sizeof unix_path, "%s/botops.sock", place);
    reload_to = NULL;
    loop_make();
    live = world_live_new(loop);
    open_store();
    open_server();
    loop_start();
    return 0;
}

static inline void is_ready(void *arg)
{
    sem_post(arg);
}

static inline void begin(void *arg)
{
    engine_start(engine, is_ready, arg);
}

static inline int setup(void **state)
{
    sem_t ready;

    if (setup_cold(state)) return -1;
    sem_init(&ready, 0, 0);
    on_loop(begin, &ready);
    sem_wait(&ready);
    sem_destroy(&ready);
    return 0;
}

static inline void quiesce(void *arg)
{
    serve_quiesce(server);
    engine_quiesce(engine, is_ready, arg);
}

static inline void stop_all(void *arg)
{
    (void)arg;
    store_close(store);
    serve_free(server);
    chat_free(chat);
    engine_free(engine);
    world_live_free(live);
}

static inline int teardown(void **state)
{
    struct err e;
    sem_t idle;

    (void)state;
    sem_init(&idle, 0, 0);
    on_loop(quiesce, &idle);
    sem_wait(&idle);
    on_loop(stop_all, NULL);
    loop_end();
    PASS(folder_remove(place, &e));
    return 0;
}

/* --- the client --- */

struct answer {
    int status;
    char head[4096];
    char body[1 << 18];
};

static struct answer got;

static inline int dial_tcp(void)
{
    return connect_tcp(port);
}

static inline int dial_unix(void)
{
    return connect_unix(unix_path);
}

static inline void send_request(int fd, const char *method, const char *path, const char *headers,
                                const char *body, bool close_it)
{
    AUTO(buf) struct buf b = BUF(1 << 20);

    buf_addf(&b, "%s %s HTTP/1.1\r\nHost: x\r\n%s%s", method, path,
             close_it ? "Connection: close\r\n" : "", headers ? headers : "");
    if (body) buf_addf(&b, "Content-Length: %zu\r\n", strlen(body));
    buf_addf(&b, "\r\n%s", body ? body : "");
    EQ(send(fd, b.p, b.n, MSG_NOSIGNAL), (ssize_t)b.n);
}

/* Reads on until `until` was seen in the answer (NULL: until its end). */
static inline const char *hear(int fd, const char *until)
{
    return hear_into(fd, got.body, sizeof got.body, until);
}

static inline int take_answer(int fd)
{
    char *end;

    memset(&got, 0, sizeof got);
    hear(fd, NULL);
    end = strstr(got.body, "\r\n\r\n");
    assert_non_null(end);
    snprintf(got.head, sizeof got.head, "%.*s", (int)(end - got.body), got.body);
    memmove(got.body, end + 4, strlen(end + 4) + 1);
    got.status = (int)strtol(got.head + 9, NULL, 10);
    close(fd);
    return got.status;
}

/* As the owner, by the Unix socket. */
static inline int call(const char *method, const char *path, const char *body)
{
    int fd = dial_unix();

    send_request(fd, method, path, NULL, body, true);
    return take_answer(fd);
}

static inline int call_tcp(const char *method, const char *path, const char *headers,
                           const char *body)
{
    int fd = dial_tcp();

    send_request(fd, method, path, headers, body, true);
    return take_answer(fd);
}

#define JSON_TYPE "Content-Type: application/json\r\n"

static inline int post_hook(const char *connection, const char *headers, const char *body)
{
    char path[64], all[1024];

    snprintf(path, sizeof path, "/hooks/%s", connection);
    snprintf(all, sizeof all, JSON_TYPE "%s", headers ? headers : "");
    return call_tcp("POST", path, all, body);
}

/* The last answer as JSON. */
static inline struct value json(struct arena *a)
{
    struct value v = NO_VALUE;
    struct err e;
    char *text = arena_dup(a, got.body, strlen(got.body));

    PASS(json_read(a, str_of(text), JSON_LIMITS, &v, &e));
    return v;
}

static inline const char *json_text(struct arena *a, const char *path)
{
    struct str s = value_str(value_at(json(a), path));
    const char *text = arena_dup(a, s.p, s.n);

    if (!text) abort(); /* never; gcc needs to be told */
    return text;
}

/* The id of the first run in the receipt just got. */
static inline const char *first_run(struct arena *a)
{
    struct value runs = value_at(json(a), "runs");
    struct str s;

    EQ(runs.kind, V_LIST);
    TRUE(runs.n > 0);
    s = value_str(runs.list[0]);
    return arena_dup(a, s.p, s.n);
}

/* Asks until the run has this status; each turn is a whole request, so nothing spins. */
static inline void await_status(const char *run, const char *status)
{
    char path[128], wanted[64];

    snprintf(path, sizeof path, "/api/v1/runs/%s", run);
    snprintf(wanted, sizeof wanted, "\"status\":\"%s\",\"phase\"", status);
    for (int i = 0; i < 20000; i++) {
        EQ(call("GET", path, NULL), 200);
        if (strstr(got.body, wanted)) return;
    }
    print_error("run %s never was %s: %s\n", run, status, got.body);
    _fail(__FILE__, __LINE__);
}

#define S(name)    cmocka_unit_test_setup_teardown(name, setup, teardown)
#define COLD(name) cmocka_unit_test_setup_teardown(name, setup_cold, teardown)

#endif
