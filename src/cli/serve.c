#include <limits.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/repo.h"
#include "cli/server.h"

/* botops-shim stands beside botops, or in ../libexec, or where BOTOPS_SHIM says. */
static err_t find_shim(struct arena *a, const char **ret, struct err *e)
{
    static const char *const places[] = {"%.*s/botops-shim", "%.*s/../libexec/botops-shim"};
    const char *given = getenv("BOTOPS_SHIM");
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    if (given && *given) {
        *ret = given;
        if (access(given, X_OK) == 0) return OK;
        return fail(e, E_CONFIG, "BOTOPS_SHIM names %s, which is no program that can be run",
                    given);
    }
    while (n > 0 && self[n - 1] != '/') n--;
    for (size_t i = 0; n > 1 && i < COUNT_OF(places); i++) {
        *ret = i == 0 ? arena_fmt(a, "%.*s/botops-shim", (int)n - 1, self)
                      : arena_fmt(a, "%.*s/../libexec/botops-shim", (int)n - 1, self);
        if (access(*ret, X_OK) == 0) return OK;
    }
    return fail(e, E_IO, "botops-shim is not beside botops; install both, or set BOTOPS_SHIM");
}

static err_t run(struct args *a, struct err *e)
{
    struct server_options o = {0};
    const char *level = args_value(a, "--log");
    char *dir;

    TRY(repo_find(a, a->rest_n ? a->rest[0] : NULL, &dir, e));
    TRY(find_shim(a->arena, &o.shim, e));
    if (level && strcmp(level, "debug") != 0 && strcmp(level, "info") != 0 &&
        strcmp(level, "warn") != 0 && strcmp(level, "error") != 0)
        return fail(e, E_INPUT, "`--log %s`: say debug, info, warn or error", level);
    log_setup(!level            ? LOG_INFO
              : level[0] == 'd' ? LOG_DEBUG
              : level[0] == 'w' ? LOG_WARN
              : level[0] == 'e' ? LOG_ERROR
                                : LOG_INFO,
              LOG_AUTO);
    o.dir = dir;
    return server_run(&o, e);
}

static const struct option options[] = {
    {"--log", 0, "LEVEL", "debug, info (default), warn or error", false},
    {0},
};

const struct command command_serve = {
    .name = "serve",
    .usage = "[DIR]",
    .help = "runs the server",
    .about = "Loads the automation repository in DIR (default: this folder), takes up what was "
             "open, and\n"
             "serves until it gets SIGTERM or SIGINT. SIGHUP, or saving a file, loads the "
             "configuration\n"
             "again. It stays in the foreground; under systemd use Type=notify.",
    .example = "botops serve examples/quickstart",
    .options = options,
    .least = 0,
    .most = 1,
    .run = run,
};
