#include "cli/peek.h"

#include <unistd.h>

#include "base/clock.h"

static int64_t wall(void *ctx)
{
    (void)ctx;
    return clock_wall();
}

static void notify(void *ctx)
{
    (void)ctx;
}

err_t peek_open(const struct args *a, struct peek *ret, struct err *e)
{
    struct store_config sc = {.read_only = true, .dedup_days = 1, .wall = wall, .notify = notify};

    *ret = (struct peek){0};
    TRY(repo_state_of(a, &ret->at, e));
    if (access(ret->at.database, F_OK) != 0)
        return fail(e, E_NOT_FOUND,
                    "there is no database %s; name the repository with -C DIR, or its data folder "
                    "with BOTOPS_DATA",
                    ret->at.database);
    sc.path = ret->at.database;
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
