/* hook.h - a webhook's bytes to an event: verified raw, then parsed, then named.
 *
 * A struct hooks is what the connections of one configuration need to take
 * webhooks: keys made once, expressions at hand. It borrows the configuration,
 * so it is to be freed before that is given up. It knows no sockets: headers
 * come by call-backs. One thread.
 *
 * Nothing of a body is looked at before its signature was found good. A
 * missing, malformed or wrong signature, and a connection that does not
 * exist, all cost one MAC over the body.
 */
#ifndef CONNECT_HOOK_H
#define CONNECT_HOOK_H

#include "base/id.h"
#include "workflow/match.h"

enum {
    HOOK_TYPE_MAX = 200,    /* bytes of an event's type */
    HOOK_ID_MAX = 512,      /* of a delivery id */
    HOOK_SUBJECT_MAX = 1024 /* of a subject or a source */
};

struct hooks;

/* Opens every connection that takes webhooks. `secret` gives a secret's text by its name. What is
   wrong goes to `report` with the connection's line; NULL when there was anything. */
struct hooks *hooks_new(const struct config *c, template_secret *secret, void *secret_ctx,
                        struct report *report);
void hooks_free(struct hooks *h);

typedef void hook_each(void *arg, struct str name, struct str value);

struct hook_request {
    struct str body;                                   /* the raw bytes */
    struct str (*header)(void *ctx, const char *name); /* "" when absent; case does not count */
    void (*headers)(void *ctx, hook_each *each, void *arg); /* all; names in lower case */
    void *ctx;
    int64_t now; /* wall microseconds */
};

/* Makes the event of a delivery, ready for engine_accept() with q->body as its raw JSON text: its
   data is the parsed body and borrows it, all else lives in `a`. Errors: E_NOT_FOUND no such
   connection, or it takes no webhooks; E_DENIED the signature is missing or wrong; E_INPUT not what
   the connection expects; E_LIMIT deeper or larger than JSON_LIMITS. */
err_t hook_take(const struct hooks *h, struct str connection, const struct hook_request *q,
                struct arena *a, struct event *ret, struct err *e) MUST_CHECK;

/* May a sender from outside give an event this type? Printable, no space, at most HOOK_TYPE_MAX
   bytes, and not "botops.…", which only the server itself may say. */
bool hook_type_valid(struct str type);

#endif
