#include "cli/sse.h"

void sse_init(struct sse *s)
{
    *s = (struct sse){
        .line = BUF(SSE_MAX), .event = BUF(SSE_MAX), .id = BUF(SSE_MAX), .data = BUF(SSE_MAX)};
}

void sse_auto(struct sse *s)
{
    buf_auto(&s->line);
    buf_auto(&s->event);
    buf_auto(&s->id);
    buf_auto(&s->data);
}

bool sse_too_long(const struct sse *s)
{
    return s->line.full || s->data.full;
}

static void set(struct buf *b, struct str s)
{
    buf_clear(b);
    buf_add(b, s);
}

static void take_field(struct sse *s, struct str name, struct str value)
{
    if (str_is(name, "event")) {
        set(&s->event, value);
    } else if (str_is(name, "id") && !(value.n && memchr(value.p, '\0', value.n))) {
        set(&s->id, value);
    } else if (str_is(name, "data")) {
        if (s->has_data) buf_addc(&s->data, '\n');
        buf_add(&s->data, value);
        s->has_data = true;
    }
}

static bool dispatch(struct sse *s, sse_each *each, void *arg)
{
    struct sse_event e = {.event = s->event.n ? buf_str(&s->event) : STR("message"),
                          .id = buf_str(&s->id),
                          .data = buf_str(&s->data)};
    bool more = !s->has_data || each(arg, &e);

    buf_clear(&s->event);
    buf_clear(&s->data);
    s->has_data = false;
    return more;
}

static bool take_line(struct sse *s, struct str line, sse_each *each, void *arg)
{
    const char *colon;
    struct str name, value = STR("");

    if (!s->begun && str_starts(line, STR("\xef\xbb\xbf"))) line = str_skip(line, 3);
    s->begun = true;
    if (line.n == 0) return dispatch(s, each, arg);
    colon = memchr(line.p, ':', line.n);
    name = str_n(line.p, colon ? (size_t)(colon - line.p) : line.n);
    if (colon) value = str_skip(line, name.n + 1);
    if (value.n && value.p[0] == ' ') value = str_skip(value, 1);
    take_field(s, name, value);
    return true;
}

/* The first line end in `bytes`; their length when there is none. */
static size_t find_end(struct str bytes)
{
    const char *lf = memchr(bytes.p, '\n', bytes.n);
    size_t n = lf ? (size_t)(lf - bytes.p) : bytes.n;
    const char *cr = memchr(bytes.p, '\r', n);

    return cr ? (size_t)(cr - bytes.p) : n;
}

bool sse_feed(struct sse *s, struct str bytes, sse_each *each, void *arg)
{
    while (bytes.n && !s->stopped) {
        size_t end;

        if (s->after_cr && bytes.p[0] == '\n') bytes = str_skip(bytes, 1);
        s->after_cr = false;
        if (!bytes.n) break;
        end = find_end(bytes);
        buf_add(&s->line, str_n(bytes.p, end));
        if (end == bytes.n) break;
        s->after_cr = bytes.p[end] == '\r';
        bytes = str_skip(bytes, end + 1);
        s->stopped = !take_line(s, buf_str(&s->line), each, arg);
        buf_clear(&s->line);
        s->stopped = s->stopped || s->data.full;
    }
    if (sse_too_long(s)) s->stopped = true;
    return !s->stopped;
}
