/* server.h - the whole server put together: the one place that knows every room. */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include "base/err.h"
#include "cli/cli.h"

/* Runs the server for a repository until it is told to end (SIGTERM, SIGINT). `shim` is the path of
   botops-shim. Errors come from the start only. */
struct server_options {
    const char *dir; /* of the repository, absolute */
    const char *shim;
    bool quiet; /* do not print the address */
};
err_t server_run(const struct server_options *o, struct err *e) MUST_CHECK;

#endif
