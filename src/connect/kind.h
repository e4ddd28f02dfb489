/* kind.h - what the file of a kind of connection provides; for the files of connect/ only. */
#ifndef CONNECT_KIND_H
#define CONNECT_KIND_H

#include "connect/hook.h"

/* A connection being opened. */
struct opening {
    const struct connection *connection;
    template_secret *secret;
    void *secret_ctx;
    struct arena *arena; /* lives as long as the hooks */
};

struct kind {
    struct connection_kind loads; /* first: connection.kind points to it */

    /* Makes what deliveries need, in the opening's arena. *ret NULL: it takes no webhooks. */
    err_t (*open)(const struct opening *o, void **ret, struct err *e);
    void (*close)(void *opened); /* what does not lie in the arena */

    bool (*verify)(const void *opened, const struct hook_request *q);
    /* Called for verified deliveries only. `e` fields connection, at and data are the caller's. */
    err_t (*name)(const void *opened, const struct hook_request *q, struct arena *a,
                  struct event *event, struct err *e);
    bool needs_body; /* an empty body is refused */
};

extern const struct kind github_kind, webhook_kind;

/* A setting's value with its secrets filled in; null, or "" as text, when it was not given. */
err_t opening_value(const struct opening *o, const char *name, struct value *ret,
                    struct err *e) MUST_CHECK;
err_t opening_text(const struct opening *o, const char *name, struct str *ret,
                   struct err *e) MUST_CHECK;

#endif
