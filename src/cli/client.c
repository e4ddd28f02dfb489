#include "cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/repo.h"
#include "data/json.h"
#include "io/crypto.h"
#include "io/http_client.h"

enum { DETAIL_MAX = 400, BODY_MAX = 32 << 20, DELAY_FIRST_MS = 50, DELAY_MAX_MS = 1000 };

static const char *env_text(const char *name)
{
    const char *s = getenv(name);

    return s && *s ? s : NULL;
}

err_t client_open(const struct args *a, struct client *ret, struct err *e)
{
    const char *url = args_value(a, "--server");
    struct state state;
    struct str base;

    *ret = (struct client){.base = "http://localhost", .token = env_text("BOTOPS_TOKEN")};
    if (!url) url = env_text("BOTOPS_SERVER");
    if (!url) {
        TRY(repo_state_of(a, &state, e));
        ret->unix_path = arena_fmt(a->arena, "%s/botops.sock", state.data);
        ret->token = NULL;
        return OK;
    }
    base = str_of(url);
    if (!str_starts(base, STR("http://")) && !str_starts(base, STR("https://")))
        return fail(e, E_INPUT,
                    "`%s` is no address of a server; say http://HOST:PORT or https://HOST", url);
    while (str_ends(base, STR("/"))) base.n--;
    ret->base = arena_dup(a->arena, base.p, base.n);
    return OK;
}

/* --- answers --- */

static err_t code_of(int status)
{
    static const struct {
        int status;
        err_t code;
    } codes[] = {{400, E_INPUT},  {401, E_DENIED},   {403, E_DENIED}, {404, E_NOT_FOUND},
                 {405, E_REMOTE}, {409, E_CONFLICT}, {413, E_LIMIT},  {422, E_CONFIG},
                 {429, E_FULL},   {431, E_LIMIT},    {503, E_FULL},   {504, E_TIMEOUT}};

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i].status == status) return codes[i].code;
    return status >= 400 && status < 500 ? E_INPUT : E_REMOTE;
}

err_t client_problem(int status, struct str body, struct err *e)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf shown = BUF(8 * DETAIL_MAX);
    struct value problem = NO_VALUE;
    struct str detail;
    struct err ignored;

    if (status >= 200 && status < 300) return OK;
    if (json_read(a, body, JSON_LIMITS, &problem, &ignored) != OK) problem = NO_VALUE;
    detail = value_get_str(problem, "detail");
    if (!detail.n) detail = value_get_str(problem, "title");
    if (detail.n > DETAIL_MAX) detail.n = DETAIL_MAX;
    utf8_add_safe(&shown, detail, false);
    if (status == 401)
        return fail(e, E_DENIED, "%s%sset BOTOPS_TOKEN to the token in the server's DATA/token",
                    shown.n ? shown.p : "", shown.n ? "; " : "");
    if (shown.n) return fail(e, code_of(status), "%s", shown.p);
    return fail(e, code_of(status), "the server answered with status %d and no reason", status);
}

/* What is asked has a path in place of its URL; what the client knows is filled in here. */
static err_t call(const struct client *c, const struct http_call *what, struct http_answer *ret,
                  struct err *e)
{
    AUTO(buf) struct buf url = BUF(1 << 20);
    struct http_call h = *what;
    err_t how;

    *ret = (struct http_answer){0};
    buf_addf(&url, "%s%s", c->base, what->url);
    TRY(buf_end(&url, e));
    h.url = url.p;
    h.unix_path = c->unix_path;
    h.token = c->token;
    h.timeout_s = CLIENT_TIMEOUT_S;
    h.max_body = CLIENT_ANSWER_MAX;
    TRY(http_call(&h, ret, e));
    how = client_problem(ret->status, buf_str(&ret->body), e);
    if (how != OK) buf_auto(&ret->body);
    return how;
}

static err_t call_json(const struct client *c, const struct http_call *what, struct arena *a,
                       struct value *ret, bool *ret_cut, struct err *e)
{
    static const struct json_limits limits = {.depth = 70, .nodes = 4 << 20};
    struct http_answer answer;
    struct str text;
    err_t how = call(c, what, &answer, e);

    *ret_cut = answer.cut;
    TRY(how);
    text = str_n(arena_dup(a, answer.body.p ? answer.body.p : "", answer.body.n), answer.body.n);
    buf_auto(&answer.body);
    *ret = NO_VALUE;
    if (str_trim(text).n) how = json_read(a, text, limits, ret, e);
    if (how != OK) {
        e->code = E_REMOTE;
        return wrap(e, "%s%s is no botops server: its answer is no JSON", c->base, what->url);
    }
    return OK;
}

err_t client_get(const struct client *c, const char *path, struct arena *a, struct value *ret,
                 struct err *e)
{
    const struct http_call get = {.method = "GET", .url = path};
    bool cut;

    return call_json(c, &get, a, ret, &cut, e);
}

err_t client_post(const struct client *c, const char *path, struct value body, struct arena *a,
                  struct value *ret, struct err *e)
{
    AUTO(buf) struct buf json = BUF(BODY_MAX);
    struct http_call post = {.method = "POST", .url = path};
    bool cut;

    json_write(&json, body);
    TRY(buf_end(&json, e));
    post.body = buf_str(&json);
    return call_json(c, &post, a, ret, &cut, e);
}

static void tell_waiting(const struct repeat *r, const struct err *e)
{
    if (r->progress)
        progress_set(r->progress, STR("waiting for the server"));
    else if (e->code == E_OFFLINE || e->code == E_FULL)
        fprintf(stderr, "botops: %s; waiting for the server\n", e->text);
}

err_t client_repeat(const struct client *c, const struct repeat *r, struct arena *a,
                    struct value *ret, struct err *e)
{
    AUTO(buf) struct buf json = BUF(BODY_MAX);
    struct http_call post = {.method = "POST", .url = r->path, .key = r->key};
    struct patience patience = {0};
    bool met = r->met;

    json_write(&json, r->body);
    TRY(buf_end(&json, e));
    post.body = buf_str(&json);
    for (;;) {
        bool cut;
        err_t how = call_json(c, &post, a, ret, &cut, e);

        if (how == OK) break;
        met = met || cut || how == E_FULL;
        if (!met) return how;
        if (!patience.until) tell_waiting(r, e);
        if (!patience_wait(&patience, e)) return how;
    }
    if (r->progress) progress_set(r->progress, STR(""));
    return OK;
}

err_t client_read(const struct client *c, const char *path, struct buf *out, struct err *e)
{
    struct http_answer answer;

    TRY(call(c, &(struct http_call){.method = "GET", .url = path}, &answer, e));
    buf_add(out, buf_str(&answer.body));
    buf_auto(&answer.body);
    return buf_end(out, e);
}

/* --- streams --- */

struct streaming {
    struct sse sse;
    sse_each *each;
    void *arg;
};

static bool on_bytes(void *arg, struct str bytes)
{
    struct streaming *s = arg;

    return sse_feed(&s->sse, bytes, s->each, s->arg);
}

static void streaming_auto(struct streaming *s)
{
    sse_auto(&s->sse);
}

err_t client_stream(const struct client *c, const char *path, sse_each *each, void *arg,
                    struct err *e)
{
    AUTO(streaming) struct streaming s = {.each = each, .arg = arg};
    AUTO(buf) struct buf url = BUF(1 << 20);
    struct http_call h = {.method = "GET",
                          .unix_path = c->unix_path,
                          .token = c->token,
                          .accept = "text/event-stream",
                          .max_body = CLIENT_ANSWER_MAX,
                          .stream = on_bytes,
                          .arg = &s};
    struct http_answer answer;
    err_t how;

    sse_init(&s.sse);
    buf_addf(&url, "%s%s", c->base, path);
    TRY(buf_end(&url, e));
    h.url = url.p;
    TRY(http_call(&h, &answer, e));
    how = client_problem(answer.status, buf_str(&answer.body), e);
    buf_auto(&answer.body);
    TRY(how);
    if (sse_too_long(&s.sse))
        return fail(e, E_LIMIT, "an event of %s is longer than %d bytes", path, SSE_MAX);
    if (s.sse.stopped) return OK;
    return fail(e, E_OFFLINE, "the server has ended; start it again with `botops serve`");
}

char *path_of(struct arena *a, const char *head, const char *name, const char *tail)
{
    AUTO(buf) struct buf b = BUF(1 << 20);

    buf_add(&b, str_of(head));
    buf_add_url(&b, str_of(name));
    buf_add(&b, str_of(tail));
    return arena_dup(a, b.p ? b.p : "", b.n);
}

void query_add(struct buf *path, const char *name, const char *value)
{
    bool first = !path->n || !memchr(path->p, '?', path->n);

    if (!value) return;
    buf_addf(path, "%c%s=", first ? '?' : '&', name);
    buf_add_url(path, str_of(value));
}

/* --- a server that comes back --- */

bool patience_wait(struct patience *p, const struct err *e)
{
    struct timespec pause;
    int64_t now = clock_mono();

    if (e->code != E_OFFLINE && e->code != E_FULL) return false;
    if (!p->until) {
        p->until = now + CLIENT_PATIENCE_S * SECOND_US;
        p->delay_ms = DELAY_FIRST_MS;
    }
    if (now >= p->until) return false;
    pause = (struct timespec){.tv_sec = p->delay_ms / 1000,
                              .tv_nsec = (long)(p->delay_ms % 1000) * 1000000};
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR) continue;
    p->delay_ms = p->delay_ms * 2 < DELAY_MAX_MS ? p->delay_ms * 2 : DELAY_MAX_MS;
    return true;
}

void patience_met(struct patience *p)
{
    p->until = 0;
}

void fresh_id(struct id *ret)
{
    struct id_maker maker = {0};
    uint8_t bytes[ID_RANDOM];

    random_bytes(bytes, sizeof bytes);
    *ret = id_next(&maker, clock_wall(), bytes);
}

void past_id(int64_t ago_us, struct id *ret)
{
    struct id_maker maker = {0};
    const uint8_t zeros[ID_RANDOM] = {0};

    *ret = id_next(&maker, clock_wall() - ago_us, zeros);
}
