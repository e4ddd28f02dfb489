/* answer.c - what every handler does: read the request, send the answer. */
#include "data/json.h"
#include "serve/inside.h"

/* Nothing of the API is to be kept by anybody between, or taken for a page by a browser. */
static const struct http_header plain[] = {
    {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}, {NULL, NULL}};

void answer_json(struct ask *a, int status, struct buf *b)
{
    if (b->full)
        problem_send(a->http, 500, "too-large",
                     "the answer would be longer than the server is willing to build; ask for "
                     "fewer items",
                     NULL);
    else
        http_reply(a->http, status, "application/json", buf_str(b), plain);
}

void answer_text(struct ask *a, int status, struct str text)
{
    http_reply(a->http, status, "text/plain; charset=utf-8", text, plain);
}

static bool refuse(struct ask *a, const char *detail)
{
    problem_send(a->http, 400, err_name(E_INPUT), detail, NULL);
    return false;
}

bool ask_number(struct ask *a, const char *name, int64_t fallback, int64_t *ret)
{
    struct str text = http_query(a->http, name);

    *ret = fallback;
    if (text.n == 0 || (str_int(text, ret) && *ret >= 0)) return true;
    return refuse(a, arena_fmt(a->http->arena, "`%s` must be a whole number such as 10", name));
}

bool ask_limit(struct ask *a, int *ret)
{
    int64_t n;

    if (!ask_number(a, "limit", LIST_LIMIT, &n)) return false;
    if (n < 1 || n > LIST_MAX) return refuse(a, "`limit` must be from 1 to 500");
    *ret = (int)n;
    return true;
}

bool ask_id(struct ask *a, const char *name, struct id *ret)
{
    struct str text = http_query(a->http, name);

    *ret = (struct id){{0}};
    if (text.n == 0 || id_parse(text, ret)) return true;
    return refuse(
        a, arena_fmt(a->http->arena, "`%s` must be an id, as lists give them in `next`", name));
}

bool ask_path_id(struct ask *a, const char *what, struct id *ret)
{
    struct str text = a->part[0];
    struct err e;

    if (id_parse(text, ret)) return true;
    (void)fail(&e, E_NOT_FOUND, "there is no %s %.*s", what, text.n > 40 ? 40 : (int)text.n,
               text.p);
    problem_err(a->http, &e);
    return false;
}

bool ask_body(struct ask *a, struct value *ret)
{
    struct err e;

    *ret = v_map(NULL, 0);
    if (str_trim(a->http->body).n == 0) return true;
    if (json_read(a->http->arena, a->http->body, JSON_LIMITS, ret, &e) != OK) {
        (void)wrap(&e, "the body, line %d, column %d", e.line, e.col);
        problem_err(a->http, &e);
        return false;
    }
    return ret->kind == V_MAP || refuse(a, "the body must be a JSON object");
}

static bool room_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static bool room_name_valid(struct str s)
{
    enum { ROOM_NAME_MAX = 64 };

    if (s.n == 0 || s.n > ROOM_NAME_MAX) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!room_char(s.p[i])) return false;
    return true;
}

bool ask_room(struct ask *a, struct str name, bool console_only, struct str *ret)
{
    struct str console = STR("console/");
    bool bare = name.n && !memchr(name.p, '/', name.n);

    *ret = name;
    if (name.n && !bare && !console_only && !str_starts(name, console))
        return name.n <= WORD_MAX || refuse(a, "`room` is too long");
    if (!bare && str_starts(name, console)) name = str_skip(name, console.n);
    if (!room_name_valid(name))
        return refuse(a, "`room` must be a name of at most 64 letters, digits, `-` and `_`");
    *ret = str_of(arena_fmt(a->http->arena, "console/" STR_FMT, STR_ARG(name)));
    return true;
}

bool ask_wants_stream(const struct ask *a)
{
    size_t at;

    return str_find(http_header(a->http, "accept"), STR("text/event-stream"), &at);
}

bool query_word_valid(struct str s)
{
    if (s.n == 0 || s.n > WORD_MAX) return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~') return false;
    return true;
}

bool ask_key(struct ask *a, struct str *ret)
{
    *ret = http_header(a->http, "idempotency-key");
    if (ret->n == 0 || query_word_valid(*ret)) return true;
    return refuse(a, "`Idempotency-Key` must be at most 256 printable characters without spaces");
}
