/* logs.c - the output of a step.
 *
 * Without -f the output is read in slices from a byte on, until one comes back
 * short. With -f it is a stream, taken up again after the last byte when the
 * server goes away.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/client.h"
#include "data/json.h"
#include "io/crypto.h"

enum {
    SLICE = 256 << 10, /* bytes of an answer that is not the last one */
    SAFE_MAX = 16 << 20,
    CHARACTER = 4, /* bytes at most */
    LOOK_MS = 300  /* between looks for a step that has not begun */
};

struct tail {
    const struct args *args;
    struct client client;
    const char *run, *step, *attempt, *lines;
    bool safe;            /* escape what drives a terminal */
    bool one;             /* stop after the first event */
    int64_t at;           /* the byte to go on from */
    bool begun;           /* `at` is known */
    bool met;             /* the server has answered */
    char rest[CHARACTER]; /* of a character that was cut */
    size_t rest_n;
    bool ended;
    struct patience patience;
};

/* How many bytes at the end begin a character that is not whole. */
static size_t open_bytes(struct str s)
{
    for (size_t n = 1; n <= s.n && n < CHARACTER; n++) {
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

    return client_get(&t->client, path_of(a, "/api/v1/runs/", t->run, ""), a, &run, &e) == OK &&
           value_at(run, "ended").kind == V_NULL;
}

static err_t follow(struct tail *t, struct err *e)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

    for (;;) {
        err_t how = client_stream(&t->client, path_for(t), on_event, t, e);

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

static err_t read_all(struct tail *t, struct err *e)
{
    for (bool more = true; more;) {
        AUTO(buf) struct buf out = BUF(CLIENT_ANSWER_MAX);

        TRY(client_read(&t->client, path_for(t), &out, e));
        more = out.n == SLICE;
        if (more && !t->begun) {
            /* Only the stream tells at which byte the last lines begin. */
            t->one = true;
            TRY(client_stream(&t->client, path_for(t), on_event, t, e));
            if (!t->begun)
                return fail(e, E_REMOTE, "the server did not say where the output begins");
            continue;
        }
        put(t, buf_str(&out), !more);
    }
    return OK;
}

static err_t check_number(const struct args *a, const char *name, const char **ret, struct err *e)
{
    int64_t n;

    *ret = args_value(a, name);
    if (*ret && (!str_int(str_of(*ret), &n) || n < 1))
        return fail(e, E_INPUT, "`%s %s`: say a number from 1 on", name, *ret);
    return OK;
}

static err_t run(struct args *a, struct err *e)
{
    struct tail t = {.args = a, .run = a->rest[0], .step = a->rest_n > 1 ? a->rest[1] : NULL};

    TRY(check_number(a, "--tail", &t.lines, e));
    TRY(check_number(a, "--attempt", &t.attempt, e));
    TRY(client_open(a, &t.client, e));
    t.safe = term_is(STDOUT_FILENO) && !args_flag(a, "--raw");
    t.begun = !t.lines;
    return args_flag(a, "--follow") ? follow(&t, e) : read_all(&t, e);
}

static const struct option options[] = {
    {"--follow", 'f', NULL, "go on until the step ends", false},
    {"--tail", 'n', "N", "only the last N lines", false},
    {"--attempt", 0, "N", "of that attempt; default the last one", false},
    {"--raw", 0, NULL, "on a terminal too: the bytes as they are, colours and all", false},
    {0},
};

const struct command command_logs = {
    .name = "logs",
    .usage = "RUN [STEP]",
    .help = "prints the output of a step",
    .about = "STEP may be left out when only one step has output. A pipe gets the bytes as they "
             "are; on\n"
             "a terminal what would drive it is escaped, unless --raw is given.",
    .example = "botops logs -f 01JD5Z8E8Q0V8J4X1T3N6M2R7K build",
    .options = options,
    .least = 1,
    .most = 2,
    .run = run,
};
