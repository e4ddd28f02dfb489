#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int exit, http;
} codes[E_COUNT] = {
    [OK] = {"ok", 0, 200},
    [E_INPUT] = {"invalid", 2, 400},
    [E_CONFIG] = {"configuration", 2, 500},
    [E_NOT_FOUND] = {"not-found", 1, 404},
    [E_DENIED] = {"denied", 4, 403},
    [E_CONFLICT] = {"conflict", 1, 409},
    [E_LIMIT] = {"too-large", 1, 413},
    [E_TIMEOUT] = {"timeout", 1, 504},
    [E_REMOTE] = {"remote", 1, 502},
    [E_OFFLINE] = {"unreachable", 3, 502},
    [E_FULL] = {"unavailable", 1, 503},
    [E_IO] = {"io", 1, 500},
};

static void set(struct err *e, const char *fmt, va_list ap)
{
    vsnprintf(e->text, sizeof e->text, fmt, ap);
}

err_t fail(struct err *e, err_t code, const char *fmt, ...)
{
    va_list ap;

    e->code = code;
    e->line = e->col = 0;
    va_start(ap, fmt);
    set(e, fmt, ap);
    va_end(ap);
    return code;
}

err_t fail_at(struct err *e, err_t code, int line, int col, const char *fmt, ...)
{
    va_list ap;

    e->code = code;
    e->line = line;
    e->col = col;
    va_start(ap, fmt);
    set(e, fmt, ap);
    va_end(ap);
    return code;
}

err_t wrap(struct err *e, const char *fmt, ...)
{
    char old[sizeof e->text];
    va_list ap;
    size_t n;

    memcpy(old, e->text, sizeof old);
    va_start(ap, fmt);
    set(e, fmt, ap);
    va_end(ap);
    n = strlen(e->text);
    snprintf(e->text + n, sizeof e->text - n, ": %s", old);
    return e->code;
}

int err_exit(err_t code)
{
    return codes[code].exit;
}

int err_http(err_t code)
{
    return codes[code].http;
}

const char *err_name(err_t code)
{
    return codes[code].name;
}
