/* http_lookup.c - headers and query of a request. They stay where libmicrohttpd read them until the
   answer is sent, so nothing is copied before somebody asks. */
#include <ctype.h>

#include "io/http_inside.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

size_t url_decode(struct str s, char *out, bool plus_is_space, bool *ret_good)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        int high, low;

        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            high = i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
            low = i + 2 < s.n ? hex_value(s.p[i + 2]) : -1;
            if (high < 0 || low < 0) {
                *ret_good = false;
            } else {
                c = (char)(high << 4 | low);
                i += 2;
            }
        }
        out[n++] = c;
    }
    return n;
}

struct str http_header(const struct http_request *r, const char *name)
{
    const struct call *c = (const struct call *)r;
    const char *value;
    size_t n;

    if (MHD_lookup_connection_value_n(c->conn, MHD_HEADER_KIND, name, strlen(name), &value, &n) !=
            MHD_YES ||
        !value)
        return str_n("", 0);
    return str_n(value, n);
}

/* Decodes a name or a value; only what has escapes is copied. */
static struct str query_text(struct arena *a, struct str s)
{
    bool good = true;
    char *out;

    if (!s.n || (!memchr(s.p, '%', s.n) && !memchr(s.p, '+', s.n))) return s;
    out = arena_raw(a, s.n);
    return str_n(out, url_decode(s, out, true, &good));
}

struct str http_query(const struct http_request *r, const char *name)
{
    struct str rest = ((const struct call *)r)->query, pair, key;

    while (str_cut(&rest, '&', &pair)) {
        struct str value = pair;

        if (!str_cut(&value, '=', &key) || !str_is(query_text(r->arena, key), name)) continue;
        return value.p ? query_text(r->arena, value) : str_n("", 0);
    }
    return str_n("", 0);
}

struct each {
    const struct http_request *r;
    http_each *call;
    void *arg;
};

static enum MHD_Result each_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                   size_t name_n, const char *value, size_t value_n)
{
    struct each *x = arg;
    char *lower = arena_dup(x->r->arena, name, name_n);

    (void)kind;
    for (size_t i = 0; i < name_n; i++) lower[i] = (char)tolower((unsigned char)lower[i]);
    x->call(x->arg, str_n(lower, name_n), str_n(value ? value : "", value_n));
    return MHD_YES;
}

void http_headers(const struct http_request *r, http_each *each, void *arg)
{
    struct each x = {r, each, arg};

    MHD_get_connection_values_n(((const struct call *)r)->conn, MHD_HEADER_KIND, each_header, &x);
}
