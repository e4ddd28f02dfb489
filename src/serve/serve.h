/* serve.h - the HTTP interface: webhooks, the REST API, event streams, health and metrics.
 *
 * docs/api.md is the contract with users; the routes stand in one table
 * (route.c). One thread, the engine's; a request that needs the store or a
 * commit waits without holding anybody up.
 *
 * Who may: the peer of the Unix socket that is the server's own user, or root,
 * is the owner; on TCP whoever shows the token is. Hooks are verified by their
 * connection. No answer permits another origin (CORS), and because the API
 * asks for a token that no browser holds, a name that is rebound to our
 * address gains a web page nothing; the Host header is therefore not looked
 * at.
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "engine/engine.h"
#include "io/crypto.h"
#include "io/loop.h"

struct serve;

enum {
    SERVE_BODY_MAX = 32 << 20, /* bytes; server.max_body may set less (GitHub sends up to 25 MB) */
    SERVE_CONNECTIONS = 4096,
    SERVE_TIMEOUT_S = 60 /* of an idle connection */
};

struct serve_config {
    struct loop *loop;
    const struct world *world;
    struct engine *engine;
    const char *data;          /* the server's folder, for the disk's state */
    const char *listen;        /* "127.0.0.1:8080"; NULL: no TCP */
    const char *unix_path;     /* NULL: no Unix socket */
    bool has_token;            /* false: TCP serves only what needs no token */
    uint8_t token[SHA256_LEN]; /* SHA-256 of the token */

    template_secret *secret; /* text of a secret by its name, for webhooks */
    void *secret_ctx;

    /* Takes a line of chat on to the engine, with what the room answers by itself; as
       engine_accept() otherwise. NULL: straight to the engine. */
    void (*chat_line)(void *ctx, struct intake *in);
    void *chat_ctx;

    /* Loads the configuration again and puts it to use; false with complaints in `report`. */
    bool (*reload)(void *ctx, struct report *report);
    void *reload_ctx;
};

/* Listens. The engine must have a configuration; it need not be ready yet (/readyz says so).
   Errors: as http_server_new(); E_CONFIG when a connection cannot be opened. Texts are copied. */
err_t serve_new(const struct serve_config *c, struct serve **ret, struct err *e) MUST_CHECK;

/* Takes over what a configuration says about connections and limits. To be called before
   engine_use() frees the old one. False with complaints: nothing has changed. */
bool serve_use(struct serve *s, const struct config *c, struct report *report);

/* The last load of a configuration failed for these reasons, shown in the status; NULL: it passed.
   Texts are copied. */
void serve_reloaded(struct serve *s, const struct report *failed);

int serve_port(const struct serve *s); /* the TCP port; 0: none */

/* Accepts no connection any more and ends all streams; open requests are still answered. */
void serve_quiesce(struct serve *s);

/* To be called when no commit or read of the store is under way any more: after store_close(), and
   before engine_free(). */
void serve_free(struct serve *s);

#endif
