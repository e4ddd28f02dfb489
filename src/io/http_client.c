#include "io/http_client.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CONNECT_S = 10, TOKEN_MAX = 4096, HEADER_MAX = 8192 };

/* libcurl brings 25 libraries with it, so it is loaded at the first call. Written once, by the one
   thread of the command line. */
static struct {
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_perform)(CURL *);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    bool loaded;
} curl;

static err_t curl_load(struct err *e)
{
    const struct {
        const char *name;
        void *to;
    } names[] = {
        {"curl_easy_init", &curl.easy_init},       {"curl_easy_cleanup", &curl.easy_cleanup},
        {"curl_easy_setopt", &curl.easy_setopt},   {"curl_easy_perform", &curl.easy_perform},
        {"curl_easy_getinfo", &curl.easy_getinfo}, {"curl_easy_strerror", &curl.easy_strerror},
        {"curl_slist_append", &curl.slist_append}, {"curl_slist_free_all", &curl.slist_free_all}};
    void *lib;

    if (curl.loaded) return OK;
    lib = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!lib) return fail(e, E_IO, "cannot load libcurl: %s; install libcurl4", dlerror());
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        void *at = dlsym(lib, names[i].name);

        if (!at) return fail(e, E_IO, "libcurl lacks %s; install a newer libcurl4", names[i].name);
        memcpy(names[i].to, &at, sizeof at); /* POSIX: a function fits a void pointer */
    }
    curl.loaded = true;
    return OK;
}

struct exchange {
    const struct http_call *call;
    struct http_answer *answer;
    CURL *h;
    struct curl_slist *headers;
    bool hung_up; /* by us: the stream's receiver has enough */
    bool too_long;
    char why[CURL_ERROR_SIZE];
};

static void exchange_auto(struct exchange *x)
{
    if (x->headers) curl.slist_free_all(x->headers);
    if (x->h) curl.easy_cleanup(x->h);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    const struct http_call *c = x->call;
    long status = 0;

    n *= size;
    curl.easy_getinfo(x->h, CURLINFO_RESPONSE_CODE, &status);
    if (c->stream && status >= 200 && status < 300) {
        x->hung_up = !c->stream(c->arg, str_n(p, n));
        return x->hung_up ? 0 : n;
    }
    buf_add(&x->answer->body, str_n(p, n));
    x->too_long = x->answer->body.full;
    return x->too_long ? 0 : n;
}

static void add_header(struct exchange *x, const char *name, const char *value)
{
    struct buf line AUTO(buf) = BUF(HEADER_MAX);
    struct curl_slist *more;

    buf_addf(&line, "%s%s", name, value);
    more = line.full ? NULL : curl.slist_append(x->headers, line.p);
    if (more) x->headers = more;
}

static void add_headers(struct exchange *x)
{
    const struct http_call *c = x->call;

    if (c->token) add_header(x, "Authorization: Bearer ", c->token);
    if (c->accept) add_header(x, "Accept: ", c->accept);
    if (c->key) add_header(x, "Idempotency-Key: ", c->key);
    if (c->body.n) {
        add_header(x, "Content-Type: ", "application/json");
        add_header(x, "Expect:", ""); /* no round trip to be told to go on */
        curl.easy_setopt(x->h, CURLOPT_POSTFIELDS, c->body.p);
        curl.easy_setopt(x->h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body.n);
    } else if (strcmp(c->method, "POST") == 0) {
        curl.easy_setopt(x->h, CURLOPT_POSTFIELDS, "");
        curl.easy_setopt(x->h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
    }
    if (x->headers) curl.easy_setopt(x->h, CURLOPT_HTTPHEADER, x->headers);
}

static void set_options(struct exchange *x)
{
    const struct http_call *c = x->call;
    CURL *h = x->h;

    curl.easy_setopt(h, CURLOPT_ERRORBUFFER, x->why);
    curl.easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl.easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl.easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl.easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl.easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl.easy_setopt(h, CURLOPT_TIMEOUT, (long)c->timeout_s);
    curl.easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
    curl.easy_setopt(h, CURLOPT_USERAGENT, "botops/" BOTOPS_VERSION);
    curl.easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    curl.easy_setopt(h, CURLOPT_WRITEDATA, x);
    curl.easy_setopt(h, CURLOPT_URL, c->url);
    if (c->unix_path) {
        curl.easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, c->unix_path);
        curl.easy_setopt(h, CURLOPT_PROXY, "");
    } else {
        /* beside what NO_PROXY says, which curl reads only when this is not set */
        const char *no_proxy = getenv("NO_PROXY"), *lower = getenv("no_proxy");
        struct buf all AUTO(buf) = BUF(16384);

        buf_addf(&all, "localhost,127.0.0.1,::1,%s", lower ? lower : no_proxy ? no_proxy : "");
        if (!all.full) curl.easy_setopt(h, CURLOPT_NOPROXY, all.p);
    }
    add_headers(x);
    curl.easy_setopt(h, CURLOPT_CUSTOMREQUEST, c->method);
    if (strcmp(c->method, "HEAD") == 0) curl.easy_setopt(h, CURLOPT_NOBODY, 1L);
}

static err_t no_connection(const struct exchange *x, struct err *e)
{
    const struct http_call *c = x->call;
    struct stat st;

    if (c->unix_path && stat(c->unix_path, &st) == 0) {
        long no = 0;

        curl.easy_getinfo(x->h, CURLINFO_OS_ERRNO, &no);
        if (no == EACCES)
            return fail(e, E_DENIED,
                        "no permission to use %s; only the user who runs the server may",
                        c->unix_path);
    }
    if (c->unix_path)
        return fail(e, E_OFFLINE,
                    "no botops server is running on %s; start one with `botops serve`, or name its "
                    "folder with -C DIR",
                    c->unix_path);
    return fail(e, E_OFFLINE,
                "cannot reach a botops server at %s: %s; start one with `botops serve`, or correct "
                "--server",
                c->url, x->why);
}

static bool was_cut(CURLcode rc)
{
    return rc == CURLE_GOT_NOTHING || rc == CURLE_RECV_ERROR || rc == CURLE_SEND_ERROR ||
           rc == CURLE_PARTIAL_FILE;
}

static err_t call_fail(const struct exchange *x, CURLcode rc, struct err *e)
{
    const struct http_call *c = x->call;
    const char *why = x->why[0] ? x->why : curl.easy_strerror(rc);

    switch (rc) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return no_connection(x, e);
    case CURLE_OPERATION_TIMEDOUT:
        return fail(e, E_TIMEOUT, "%s did not answer in time: %s", c->url, why);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return fail(e, E_INPUT, "%s is not an http or https address; correct it", c->url);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return fail(e, E_OFFLINE, "%s has no certificate that can be trusted: %s", c->url, why);
    case CURLE_WRITE_ERROR:
        if (x->too_long)
            return fail(e, E_LIMIT, "the answer of %s is longer than %zu bytes", c->url,
                        c->max_body);
        return fail(e, E_REMOTE, "%s: %s", c->url, why);
    default:
        if (was_cut(rc)) return fail(e, E_OFFLINE, "the server hung up on %s: %s", c->url, why);
        return fail(e, E_REMOTE, "%s: %s", c->url, why);
    }
}

/* A header must not be able to end early, nor be left out because it is too long. */
static bool header_fits(const char *value)
{
    size_t n = 0;

    for (const char *p = value; p && *p; p++, n++)
        if ((unsigned char)*p < ' ' || *p == 0x7f) return false;
    return n <= TOKEN_MAX;
}

err_t http_call(const struct http_call *c, struct http_answer *ret, struct err *e)
{
    struct http_answer answer = {.body = BUF(c->max_body)};
    AUTO(exchange) struct exchange x = {.call = c, .answer = &answer};
    long status = 0;
    CURLcode rc;

    *ret = (struct http_answer){0};
    if (!header_fits(c->token) || !header_fits(c->accept) || !header_fits(c->key))
        return fail(e, E_INPUT,
                    "the token is no token: it has control characters or more than %d "
                    "bytes; set BOTOPS_TOKEN again",
                    TOKEN_MAX);
    TRY(curl_load(e));
    x.h = curl.easy_init();
    if (!x.h) return fail(e, E_IO, "libcurl cannot start");
    set_options(&x);
    rc = curl.easy_perform(x.h);
    if (rc != CURLE_OK && !x.hung_up) {
        buf_auto(&answer.body);
        ret->cut = was_cut(rc);
        return call_fail(&x, rc, e);
    }
    curl.easy_getinfo(x.h, CURLINFO_RESPONSE_CODE, &status);
    answer.status = (int)status;
    *ret = answer;
    return OK;
}
