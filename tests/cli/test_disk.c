/* The commands that read the store directly: fsck, and backup without a server. */
#include "cli/capture.h"

#include "base/clock.h"
#include "store/store.h"

struct place {
    char dir[64], data[80], database[128];
    struct captured r;
};

static int64_t wall(void *ctx)
{
    (void)ctx;
    return clock_wall();
}

static void nothing(void *ctx)
{
    (void)ctx;
}

static void committed(void *arg, struct batch *b, enum commit how)
{
    (void)b;
    *(enum commit *)arg = how;
}

static struct id id_at(int64_t wall_us, uint8_t seed)
{
    struct id_maker m = {0};
    uint8_t bytes[ID_RANDOM] = {seed};

    return id_next(&m, wall_us, bytes);
}

/* A database with one event and one run whose step has been running for an hour. */
static struct place *place_new(const char *step_status)
{
    struct place *p = mem_new(sizeof *p);
    struct store_config sc = {.threads = false, .dedup_days = 7, .wall = wall, .notify = nothing};
    int64_t at = clock_wall() - 3600 * SECOND_US;
    struct id event = id_at(at, 1), run = id_at(at, 2);
    struct batch *b = batch_new();
    enum commit how = COMMIT_BROKEN;
    struct store *s;
    struct err e;

    temp_folder(p->dir);
    snprintf(p->data, sizeof p->data, "%s/data", p->dir);
    snprintf(p->database, sizeof p->database, "%s/botops.db", p->data);
    PASS(folder_make(p->data, 0700, &e));
    setenv("BOTOPS_DATA", p->data, 1);
    sc.path = p->database;
    PASS(store_open(&sc, &s, &e));
    batch_event(b, &(struct event_row){.id = event,
                                       .at = at,
                                       .time = at,
                                       .type = STR("t"),
                                       .source = STR("s"),
                                       .data = STR("{}"),
                                       .decision = STR("{}")});
    batch_run_new(b, &(struct run_row){.id = run,
                                       .event = event,
                                       .workflow = STR("w"),
                                       .trigger = STR("event"),
                                       .inputs = STR("{}"),
                                       .created_at = at,
                                       .seq = 1,
                                       .status = STR("running"),
                                       .phase = STR("steps"),
                                       .started_at = at,
                                       .live = true});
    batch_step(b, &(struct step_row){.run = run,
                                     .path = STR("build"),
                                     .attempt = 1,
                                     .kind = STR("run"),
                                     .status = str_of(step_status),
                                     .exit_code = -1,
                                     .started_at = at});
    batch_history(b, &(struct history_row){
                         .run = run, .seq = 1, .at = at, .moves = STR("run queued>running")});
    store_commit(s, b, committed, &how);
    while (how == COMMIT_BROKEN) store_drain(s);
    EQ(how, COMMIT_OK);
    store_close(s);
    return p;
}

static void place_free(struct place *p)
{
    unsetenv("BOTOPS_DATA");
    drop_folder(p->dir);
    free(p);
}

TEST(a_sound_store_has_no_damage)
{
    struct place *p = place_new("waiting");

    CAPTURE(&p->r, "fsck", "-C", "/");
    CAPTURE(&p->r, "fsck");
    EQ(p->r.status, 0);
    HAS(p->r.out, "no damage found");
    place_free(p);
}

TEST(a_running_step_without_its_folder_is_damage)
{
    struct place *p = place_new("running");

    CAPTURE(&p->r, "fsck");
    EQ(p->r.status, 1);
    HAS(p->r.out, "step build runs, but its folder");
    HAS(p->r.out, "000000 is not there");
    CAPTURE(&p->r, "fsck", "-o", "json");
    EQ(p->r.status, 1);
    HAS(p->r.out, "\"folders\": 1");
    place_free(p);
}

TEST(a_file_that_is_no_database_is_told)
{
    struct place *p = place_new("waiting");
    struct err e;

    PASS(file_write(p->database, STR("this is not a database, whatever its name may say....."),
                    0600, false, &e));
    CAPTURE(&p->r, "fsck");
    EQ(p->r.status, 1);
    HAS(p->r.e.text, "botops.db");
    place_free(p);
}

TEST(no_database_is_told)
{
    struct place *p = place_new("waiting");

    EQ(unlink(p->database), 0);
    CAPTURE(&p->r, "fsck");
    EQ(p->r.status, 1);
    HAS(p->r.e.text, "there is no database");
    place_free(p);
}

TEST(without_a_server_a_backup_is_made_directly)
{
    struct place *p = place_new("waiting");
    char copy[128];

    snprintf(copy, sizeof copy, "%s/copy.db", p->dir);
    CAPTURE(&p->r, "backup", copy);
    EQ(p->r.status, 0);
    HAS(p->r.out, copy);
    EQ(access(copy, R_OK), 0);
    CAPTURE(&p->r, "backup", copy); /* it is there already */
    EQ(p->r.status, 1);
    EQ(rename(copy, p->database), 0);
    CAPTURE(&p->r, "fsck");
    EQ(p->r.status, 0);
    place_free(p);
}

RUN(T(a_sound_store_has_no_damage), T(a_running_step_without_its_folder_is_damage),
    T(a_file_that_is_no_database_is_told), T(no_database_is_told),
    T(without_a_server_a_backup_is_made_directly))
