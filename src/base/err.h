/* err.h - one way to fail.
 *
 * A function that can fail returns err_t (OK is 0) and takes `struct err *e`
 * as its last parameter. The place that detects the fault calls fail() once
 * with a full sentence that also says what to do; callers that know more call
 * wrap() to put context in front. Nobody logs a fault they also return.
 *
 * The process's exit status and the HTTP status derive from the code, each in
 * one table: err_exit(), err_http().
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* clang warns about any ignored err_t; gcc only about functions marked MUST_CHECK. */
#ifdef __clang__
#define ERR_TYPE __attribute__((warn_unused_result))
#else
#define ERR_TYPE
#endif

typedef enum ERR_TYPE {
    OK = 0,
    E_INPUT,     /* the caller or the user sent something wrong             */
    E_CONFIG,    /* the configuration is wrong; nothing was started         */
    E_NOT_FOUND, /* the named thing does not exist                          */
    E_DENIED,    /* not allowed, or bad credentials                         */
    E_CONFLICT,  /* it exists already, or its state does not allow this     */
    E_LIMIT,     /* too big, too many, too deep                             */
    E_TIMEOUT,   /* no answer in time                                       */
    E_REMOTE,    /* the other side answered with a fault                    */
    E_OFFLINE,   /* the other side cannot be reached                        */
    E_FULL,      /* the disk is full, or overloaded: try again later        */
    E_IO,        /* disk, socket, child process                             */
    E_COUNT
} err_t;

struct err {
    err_t code;
    int line, col; /* 1-based place in the input, 0 when unknown */
    char text[512];
};

#define MUST_CHECK   __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NOT_NULL(a)  __attribute__((nonnull(a)))

/* Sets *e and returns code, so that it reads: return fail(e, E_INPUT, "..."). */
err_t fail(struct err *e, err_t code, const char *fmt, ...) PRINTF(3, 4);

/* The same, with a place in the input (both 1-based). */
err_t fail_at(struct err *e, err_t code, int line, int col, const char *fmt, ...) PRINTF(5, 6);

/* Puts "context: " before the sentence already in *e; returns e->code. */
err_t wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3);

int err_exit(err_t code); /* 0 done, 1 failed, 2 usage or configuration, 3 unreachable, 4 denied */
int err_http(err_t code); /* 200, 400, 403, 404, 409, 413, 5xx */
const char *err_name(err_t code); /* "not-found": stable, the last part of a problem's `type` */

/* Returns early on failure. Safe everywhere because locals clean themselves up (see mem.h). */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        err_t try_ = (expr);                                                                       \
        if (try_ != OK) return try_;                                                               \
    } while (0)

#endif
