#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/backend.h"

enum {
    GROUP_BYTES = 4 << 20,   /* of memory of its batches */
    FORGET_ROWS = 500,       /* in one transaction, so that commits wait for milliseconds only */
    STACK_BYTES = 256 << 10, /* of each thread */
    LANES = 2
};

struct queue {
    struct job *first, *last;
};

struct lane_state {
    struct store *store;
    struct queue jobs;
    pthread_cond_t wake;
    pthread_t thread;
    bool started;
    struct reader reader;
};

struct forget_job {
    struct job job;
    struct forget *what;
    void (*done)(void *arg, enum commit how);
    void *arg;
};

struct read_job {
    struct job job;
    read_work *work;
    read_done *done;
    void *arg;
};

struct store {
    struct store_config config;
    char *path;
    const struct backend_ops *ops;
    struct backend *backend;

    pthread_mutex_t lock; /* guards all below */
    struct queue writes, reports;
    struct lane_state lanes[LANES];
    pthread_cond_t work, idle, checkpoint; /* for the store thread, by it, for the checkpoints */
    bool told;                             /* notify was called and store_drain() was not yet */
    bool writing, hold; /* a group is being committed; no further one may begin */
    bool checkpoint_due, closing;
    pthread_t writer, checkpointer;
};

/* --- queues --- */

static void queue_add(struct queue *q, struct job *j)
{
    j->next = NULL;
    if (q->last)
        q->last->next = j;
    else
        q->first = j;
    q->last = j;
}

static struct job *queue_take_all(struct queue *q)
{
    struct job *all = q->first;

    *q = (struct queue){NULL, NULL};
    return all;
}

static struct job *queue_take(struct queue *q)
{
    struct job *j = q->first;

    if (!j) return NULL;
    q->first = j->next;
    if (!q->first) q->last = NULL;
    j->next = NULL;
    return j;
}

/* The longest run of batches at the head within the limits, or one forget. */
static struct job *queue_take_group(struct queue *q)
{
    struct job *first = q->first, *end = first;
    size_t bytes = 0;

    if (!first || first->kind != JOB_BATCH) return queue_take(q);
    for (int n = 1; end->next && end->next->kind == JOB_BATCH && n < GROUP_BATCHES; n++) {
        bytes += arena_size(((struct batch *)(void *)end)->arena);
        if (bytes > GROUP_BYTES) break;
        end = end->next;
    }
    q->first = end->next;
    if (!q->first) q->last = NULL;
    end->next = NULL;
    return first;
}

/* With the lock held; true when the caller must call notify after it let go. */
static bool must_tell(struct store *s)
{
    bool first = !s->told;

    s->told = true;
    return first;
}

static void tell(const struct store *s)
{
    if (s->config.notify) s->config.notify(s->config.ctx);
}

/* --- writing --- */

/* One slice of a forget; true when it is finished. */
static bool forget_slice(struct store *s, struct forget_job *j)
{
    size_t limit = j->what->limit > 0 ? (size_t)j->what->limit : 0;
    size_t left = limit > j->what->rows ? limit - j->what->rows : 0;
    bool more = false;

    j->job.how = COMMIT_OK;
    if (left)
        j->job.how =
            s->ops->forget(s->backend, j->what, left < FORGET_ROWS ? left : FORGET_ROWS, &more);
    return j->job.how != COMMIT_OK || !more || j->what->rows >= limit;
}

/* Does what queue_take_group() gave, without the lock; NULL when it is not finished. */
static struct job *write_group(struct store *s, struct job *group)
{
    if (group->kind == JOB_BATCH) {
        s->ops->commit(s->backend, group);
        return group;
    }
    return forget_slice(s, (struct forget_job *)(void *)group) ? group : NULL;
}

/* With the lock held. */
static void report_all(struct store *s, struct job *j)
{
    while (j) {
        struct job *next = j->next;

        queue_add(&s->reports, j);
        j = next;
    }
}

static void *writer_main(void *arg)
{
    struct store *s = arg;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        struct job *group, *finished;
        bool due, first = false;

        while (s->hold || (!s->writes.first && !s->closing)) pthread_cond_wait(&s->work, &s->lock);
        group = queue_take_group(&s->writes);
        if (!group) break;
        s->writing = true;
        pthread_mutex_unlock(&s->lock);

        finished = write_group(s, group);
        due = s->ops->checkpoint_due(s->backend);

        pthread_mutex_lock(&s->lock);
        s->writing = false;
        if (s->hold) pthread_cond_signal(&s->idle);
        if (due && !s->checkpoint_due) {
            s->checkpoint_due = true;
            pthread_cond_signal(&s->checkpoint);
        }
        if (!finished && !s->closing) {
            queue_add(&s->writes, group);
            continue;
        }
        report_all(s, group);
        first = must_tell(s);
        if (!first) continue;
        pthread_mutex_unlock(&s->lock);
        tell(s);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void *checkpoint_main(void *arg)
{
    struct store *s = arg;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        bool again;

        while (!s->checkpoint_due && !s->closing) pthread_cond_wait(&s->checkpoint, &s->lock);
        if (s->closing) break;
        pthread_mutex_unlock(&s->lock);
        again = s->ops->checkpoint(s->backend);
        pthread_mutex_lock(&s->lock);
        if (again) {
            s->hold = true;
            while (s->writing) pthread_cond_wait(&s->idle, &s->lock);
            pthread_mutex_unlock(&s->lock);
            s->ops->checkpoint(s->backend);
            pthread_mutex_lock(&s->lock);
            s->hold = false;
            pthread_cond_signal(&s->work);
        }
        s->checkpoint_due = false;
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

void store_commit(struct store *s, struct batch *b, commit_done *done, void *arg)
{
    bool first = false;

    b->done = done;
    b->arg = arg;
    pthread_mutex_lock(&s->lock);
    queue_add(&s->writes, &b->job);
    if (s->config.threads)
        pthread_cond_signal(&s->work);
    else
        first = must_tell(s);
    pthread_mutex_unlock(&s->lock);
    if (first) tell(s);
}

void store_forget(struct store *s, struct forget *f, void (*done)(void *arg, enum commit how),
                  void *arg)
{
    struct forget_job *j = mem_new(sizeof *j);
    bool first = false;

    *j = (struct forget_job){.job = {.kind = JOB_FORGET}, .what = f, .done = done, .arg = arg};
    f->runs = NULL;
    f->runs_n = f->rows = 0;
    pthread_mutex_lock(&s->lock);
    queue_add(&s->writes, &j->job);
    if (s->config.threads)
        pthread_cond_signal(&s->work);
    else
        first = must_tell(s);
    pthread_mutex_unlock(&s->lock);
    if (first) tell(s);
}

/* --- reading --- */

/* Opens the lane's connection if it is not yet, and does one job in one transaction. */
static void read_one(struct lane_state *l, struct read_job *j)
{
    struct reader *r = &l->reader;

    r->fault.code = OK;
    if (!r->link && r->ops->link_open(l->store->backend, &r->link, &r->fault) != OK) r->link = NULL;
    if (r->link && r->ops->link_begin(r->link, &r->fault) == OK) {
        j->work(r, j->arg);
        r->ops->link_end(r->link);
    } else {
        j->work(r, j->arg);
    }
}

static void *lane_main(void *arg)
{
    struct lane_state *l = arg;
    struct store *s = l->store;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        struct job *j;
        bool first;

        while (!l->jobs.first && !s->closing) pthread_cond_wait(&l->wake, &s->lock);
        if (s->closing) break;
        j = queue_take(&l->jobs);
        pthread_mutex_unlock(&s->lock);
        read_one(l, (struct read_job *)(void *)j);
        pthread_mutex_lock(&s->lock);
        queue_add(&s->reports, j);
        first = must_tell(s);
        pthread_mutex_unlock(&s->lock);
        if (first) tell(s);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static bool thread_start(pthread_t *ret, const char *name, void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;
    bool started;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    started = pthread_create(ret, &attr, run, arg) == 0;
    pthread_attr_destroy(&attr);
    if (started) pthread_setname_np(*ret, name); /* for top and ps */
    return started;
}

void store_read(struct store *s, enum lane lane, read_work *work, read_done *done, void *arg)
{
    struct lane_state *l = &s->lanes[lane];
    struct read_job *j = mem_new(sizeof *j);
    bool first = false;

    *j = (struct read_job){.job = {.kind = JOB_READ}, .work = work, .done = done, .arg = arg};
    pthread_mutex_lock(&s->lock);
    queue_add(&l->jobs, &j->job);
    if (!s->config.threads)
        first = must_tell(s);
    else if (l->started || (l->started = thread_start(&l->thread, "store-read", lane_main, l)))
        pthread_cond_signal(&l->wake);
    else
        log_error("a thread for reading the store cannot be started: raise the limit of processes");
    pthread_mutex_unlock(&s->lock);
    if (first) tell(s);
}

/* --- reports --- */

static void deliver(struct job *j)
{
    struct batch *b;
    struct forget_job *f;
    struct read_job *r;

    switch (j->kind) {
    case JOB_BATCH:
        b = (struct batch *)(void *)j;
        if (b->done) b->done(b->arg, b, j->how);
        batch_free(b);
        break;
    case JOB_FORGET:
        f = (struct forget_job *)(void *)j;
        if (f->done) f->done(f->arg, j->how);
        free(f);
        break;
    case JOB_READ:
        r = (struct read_job *)(void *)j;
        if (r->done) r->done(r->arg);
        free(r);
        break;
    }
}

static void drop(struct job *j)
{
    while (j) {
        struct job *next = j->next;

        if (j->kind == JOB_BATCH)
            batch_free((struct batch *)(void *)j);
        else
            free(j);
        j = next;
    }
}

/* Without threads: everything that waits, writes first, here and now. Takes it all before it
   begins, so that what a callback adds waits for the next time. */
static void work_here(struct store *s)
{
    struct queue writes = s->writes;
    struct job *reads[LANES], *group;

    s->writes = (struct queue){NULL, NULL};
    for (int i = 0; i < LANES; i++) reads[i] = queue_take_all(&s->lanes[i].jobs);
    while ((group = queue_take_group(&writes))) {
        if (write_group(s, group))
            report_all(s, group);
        else
            queue_add(&writes, group);
        if (s->ops->checkpoint_due(s->backend)) s->ops->checkpoint(s->backend);
    }
    for (int i = 0; i < LANES; i++)
        for (struct job *j = reads[i]; j;) {
            struct job *next = j->next;

            read_one(&s->lanes[i], (struct read_job *)(void *)j);
            queue_add(&s->reports, j);
            j = next;
        }
}

void store_drain(struct store *s)
{
    struct job *all;

    pthread_mutex_lock(&s->lock);
    s->told = false;
    if (!s->config.threads) {
        pthread_mutex_unlock(&s->lock);
        work_here(s);
        pthread_mutex_lock(&s->lock);
    }
    all = queue_take_all(&s->reports);
    pthread_mutex_unlock(&s->lock);
    while (all) {
        struct job *next = all->next;

        deliver(all);
        all = next;
    }
}

/* --- life --- */

static void store_free(struct store *s)
{
    if (s->backend) s->ops->close(s->backend);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->idle);
    pthread_cond_destroy(&s->checkpoint);
    for (int i = 0; i < LANES; i++) pthread_cond_destroy(&s->lanes[i].wake);
    free(s->path);
    free(s);
}

static err_t start_threads(struct store *s, struct err *e)
{
    if (!thread_start(&s->writer, "store-write", writer_main, s))
        return fail(e, E_LIMIT,
                    "the store's thread cannot be started: raise the limit of processes");
    if (thread_start(&s->checkpointer, "store-log", checkpoint_main, s)) return OK;
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->writer, NULL);
    return fail(e, E_LIMIT, "the store's thread cannot be started: raise the limit of processes");
}

err_t store_open(const struct store_config *c, struct store **ret, struct err *e)
{
    struct store *s = mem_new(sizeof *s);
    err_t code;

    assert(c->dedup_days >= 1 && c->wall);
    s->config = *c;
    s->path = mem_dup(c->path, strlen(c->path));
    s->config.path = s->path;
    s->ops = &sqlite_backend;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->idle, NULL);
    pthread_cond_init(&s->checkpoint, NULL);
    for (int i = 0; i < LANES; i++) {
        pthread_cond_init(&s->lanes[i].wake, NULL);
        s->lanes[i].store = s;
        s->lanes[i].reader = (struct reader){.ops = s->ops, .path = s->path};
    }
    code = s->ops->open(&s->config, &s->backend, e);
    if (code == OK && c->threads) code = start_threads(s, e);
    if (code == OK)
        *ret = s;
    else
        store_free(s);
    return code;
}

static void stop_threads(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    pthread_cond_signal(&s->work);
    pthread_cond_signal(&s->checkpoint);
    for (int i = 0; i < LANES; i++) pthread_cond_signal(&s->lanes[i].wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->checkpointer, NULL);
    pthread_join(s->writer, NULL);
    for (int i = 0; i < LANES; i++)
        if (s->lanes[i].started) pthread_join(s->lanes[i].thread, NULL);
}

void store_close(struct store *s)
{
    struct job *group;

    if (!s) return;
    if (s->config.threads) stop_threads(s);
    while ((group = queue_take_group(&s->writes))) {
        write_group(s, group);
        report_all(s, group);
    }
    drop(queue_take_all(&s->reports));
    for (int i = 0; i < LANES; i++) {
        drop(queue_take_all(&s->lanes[i].jobs));
        if (s->lanes[i].reader.link) s->ops->link_close(s->lanes[i].reader.link);
    }
    store_free(s);
}
