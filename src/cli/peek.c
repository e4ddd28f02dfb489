#include "cli/peek.h"

#include <unistd.h>

#include "base/clock.h"
#include "cli/repo.h"

static int64_t wall(void *ctx)
{
    (void)ctx;
    return clock_wall();
}

static void notify(void *ctx)
{
    (void)ctx;
}

/* As the configuration names it; as the default does when that cannot be loaded. */
static char *database_of(const struct args *a, const char *data)
{
    AUTO(arena) struct arena *arena = arena_new();
    struct report report = {.arena = arena};
    struct str url = STR("botops.db");
    struct config *c = NULL;
    struct err e;
    char *dir, *path;

    if (repo_find(a, &dir, &e) == OK) c = repo_load(dir, &report);
    if (c) url = c->server.store_url;
    if (str_starts(url, STR("sqlite:"))) url = str_skip(url, 7);
    path = url.n && url.p[0] == '/' ? arena_dup(a->arena, url.p, url.n)
                                    : arena_fmt(a->arena, "%s/" STR_FMT, data, STR_ARG(url));
    config_free(c);
    return path;
}

err_t peek_open(const struct args *a, struct peek *ret, struct err *e)
{
    struct store_config sc = {.read_only = true, .dedup_days = 1, .wall = wall, .notify = notify};

    *ret = (struct peek){0};
    TRY(repo_data_dir(a, &ret->data, e));
    ret->database = database_of(a, ret->data);
    if (access(ret->database, F_OK) != 0)
        return fail(e, E_NOT_FOUND,
                    "there is no database %s; name the repository with -C DIR, or its data folder "
                    "with BOTOPS_DATA",
                    ret->database);
    sc.path = ret->database;
    return store_open(&sc, &ret->store, e);
}

void peek_auto(struct peek *p)
{
    if (p->store) store_close(p->store);
}

static void done(void *arg)
{
    *(bool *)arg = true;
}

struct reading {
    bool done; /* first */
    read_work *work;
    void *arg;
};

static void work(struct reader *r, void *arg)
{
    struct reading *x = arg;

    x->work(r, x->arg);
}

void peek_read(struct peek *p, read_work *read, void *arg)
{
    struct reading x = {.work = read, .arg = arg};

    store_read(p->store, LANE_PEOPLE, work, done, &x);
    while (!x.done) store_drain(p->store);
}
