#include "cli/tail.h"

#include <time.h>

#include "base/utf8.h"
#include "data/json.h"
#include "io/crypto.h"

enum {
    SLICE = 256 << 10, /* bytes of an answer that is not the last one */
    SAFE_MAX = 16 << 20,
    LOOK_MS = 300 /* between looks for a step that has not begun */
};

/* How many bytes at the end begin a character that is not whole. */
static size_t open_bytes(struct str s)
{
    for (size_t n = 1; n <= s.n && n < TAIL_CHARACTER; n++) {
        unsigned char c = (unsigned char)s.p[s.n - n];
        size_t whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

        if ((c & 0xc0) == 0x80) continue;
        return whole > n ? n : 0;
    }
    return 0;
}

static void put(struct tail *t, struct str bytes, bool last)
{
    AUTO(buf) struct buf all = BUF(SAFE_MAX), safe = BUF(8 * SAFE_MAX);
    struct str s;

    t->at += (int64_t)bytes.n;
    if (bytes.n) t->open_line = bytes.p[bytes.n - 1] != '\n';
    if (!t->safe) {
        print_out(bytes);
        return;
    }
    buf_add(&all, str_n(t->rest, t->rest_n));
    buf_add(&all, bytes);
    s = buf_str(&all);
    t->rest_n = last ? 0 : open_bytes(s);
    s.n -= t->rest_n;
    memcpy(t->rest, s.p + s.n, t->rest_n);
    utf8_add_safe(&safe, s, true);
    print_out(buf_str(&safe));
}

static char *path_for(struct tail *t)
{
    struct arena *a = t->args->arena;
    AUTO(buf) struct buf path = BUF(1 << 16);

    buf_add(&path, str_of(path_of(a, "/api/v1/runs/", t->run, "/logs")));
    query_add(&path, "step", t->step);
    query_add(&path, "attempt", t->attempt);
    if (t->begun)
        query_add(&path, "from", arena_fmt(a, "%lld", (long long)t->at));
    else
        query_add(&path, "tail", t->lines);
    return arena_dup(a, path.p, path.n);
}

/* --- following --- */

static void take_output(struct tail *t, struct str data)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v, from;
    struct str coded;
    uint8_t *bytes;
    struct err e;
    size_t n;

    if (json_read(a, data, JSON_LIMITS, &v, &e) != OK) return;
    from = value_at(v, "from");
    coded = value_get_str(v, "bytes");
    bytes = arena_raw(a, coded.n + 1);
    if (from.kind != V_INT || !base64_decode(coded, bytes, coded.n, &n)) return;
    if (!t->begun) t->at = from.i;
    t->begun = true;
    if (from.i == t->at) put(t, str_n((char *)bytes, n), false);
}

static bool on_event(void *arg, const struct sse_event *e)
{
    struct tail *t = arg;

    patience_met(&t->patience);
    t->met = true;
    if (str_is(e->event, "output")) take_output(t, e->data);
    if (str_is(e->event, "end")) t->ended = true;
    return !t->ended && !t->one;
}

static bool is_open(const struct tail *t)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value run;
    struct err e;

    return client_get(t->client, path_of(a, "/api/v1/runs/", t->run, ""), a, &run, &e) == OK &&
           value_at(run, "ended").kind == V_NULL;
}

err_t tail_follow(struct tail *t, struct err *e)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

    if (!t->lines) t->begun = true;
    for (;;) {
        err_t how = client_stream(t->client, path_for(t), on_event, t, e);

        if (how == OK) break;
        if (how == E_NOT_FOUND && is_open(t)) {
            t->met = true;
            nanosleep(&pause, NULL);
            continue;
        }
        if (!t->met || !patience_wait(&t->patience, e)) return how;
    }
    put(t, STR(""), true);
    return OK;
}

/* --- all there is now --- */

err_t tail_read(struct tail *t, struct err *e)
{
    if (!t->lines) t->begun = true;
    for (bool more = true; more;) {
        AUTO(buf) struct buf out = BUF(CLIENT_ANSWER_MAX);

        TRY(client_read(t->client, path_for(t), &out, e));
        more = out.n == SLICE;
        if (more && !t->begun) {
            /* Only the stream tells at which byte the last lines begin. */
            t->one = true;
            TRY(client_stream(t->client, path_for(t), on_event, t, e));
            if (!t->begun)
                return fail(e, E_REMOTE, "the server did not say where the output begins");
            continue;
        }
        put(t, buf_str(&out), !more);
    }
    return OK;
}
