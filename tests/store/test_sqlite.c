#include "test.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "store/place.h"
#include "store/sqlite.h"

static void put_bytes(const char *path, off_t at, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    TRUE(fd >= 0);
    EQ(pwrite(fd, bytes, n, at), n);
    close(fd);
}

static void edit(const char *path, const char *sql)
{
    sqlite3 *db;

    EQ(sqlite3_open(path, &db), SQLITE_OK);
    EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int64_t number(const char *path, const char *sql)
{
    struct err e = {.text = ""};
    int64_t n = -1;
    sqlite3 *db;

    EQ(sqlite3_open(path, &db), SQLITE_OK);
    PASS(sqlite_number(db, path, sql, &n, &e));
    sqlite3_close(db);
    return n;
}

/* Opening must fail with this code and these words, and name the path. */
static void refused(struct place *p, const char *path, err_t code, const char *words)
{
    struct store_config c = place_config(p);
    struct err e = {.text = ""};

    c.path = path;
    EQ(store_open(&c, &p->store, &e), code);
    HAS(e.text, path);
    HAS(e.text, words);
}

TEST(files_are_for_their_owner_only)
{
    struct place p;
    struct event_row e;
    struct stat st;
    char log[160];

    umask(0);
    place_init(&p);
    e = sample_event(&p, "");
    EQ(put_event(&p, &e), COMMIT_OK);
    EQ(stat(p.path, &st), 0);
    EQ(st.st_mode & 0777, 0600);
    snprintf(log, sizeof log, "%s-wal", p.path);
    EQ(stat(log, &st), 0);
    EQ(st.st_mode & 0777, 0600);
    place_done(&p);
    umask(022);
}

TEST(what_cannot_be_opened_is_refused_with_a_sentence)
{
    struct place p;

    place_make(&p);
    refused(&p, p.folder, E_CONFIG, "is a folder");
    refused(&p, "/nowhere/at/all.db", E_CONFIG, "does not exist: create it");
    put_bytes(p.path, 0,
              "This is a letter to my aunt. It is long enough to be looked at by SQLite, "
              "which wants to see at least one hundred bytes, or it takes it for empty.",
              140);
    refused(&p, p.path, E_IO, "is not a SQLite database");
    unlink(p.path);
    edit(p.path, "CREATE TABLE t (x)");
    refused(&p, p.path, E_CONFIG, "another program");
    unlink(p.path);
    place_open(&p);
    place_close(&p);
    edit(p.path, "PRAGMA user_version = 999");
    refused(&p, p.path, E_CONFIG, "newer version of botops (schema 999");
    place_done(&p);
}

TEST(a_file_one_may_not_write_is_refused)
{
    struct place p;
    int status;
    pid_t child;

    if (getuid() != 0) skip();
    place_init(&p);
    place_close(&p);
    EQ(chmod(p.folder, 0755) + chmod(p.path, 0644), 0);
    child = fork();
    if (child == 0) { /* nobody */
        char inside[160];
        struct store_config c = place_config(&p);
        struct err e;

        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
        if (store_open(&c, &p.store, &e) != E_IO || !strstr(e.text, "cannot be written")) _exit(3);
        snprintf(inside, sizeof inside, "%s/new.db", p.folder);
        c.path = inside;
        if (store_open(&c, &p.store, &e) != E_IO || !strstr(e.text, "cannot be written")) _exit(4);
        _exit(0);
    }
    EQ(waitpid(child, &status, 0), child);
    EQ(status, 0);
    place_done(&p);
}

static void read_any(struct reader *r, void *arg)
{
    struct store_counts counts;

    reader_counts(r, &counts);
    *(err_t *)arg = reader_fault(r, &(struct err){.text = ""});
}

static void read_check(struct reader *r, void *arg)
{
    reader_check(r, NULL, arg);
}

TEST(a_page_of_zeros_is_a_fault_for_readers_and_for_the_check)
{
    static const char zeros[4096];
    struct place p;
    struct report report;
    err_t code = OK;
    int64_t root;

    place_init(&p);
    for (int i = 0; i < 200; i++) {
        struct event_row e = sample_event(&p, "");

        EQ(put_event(&p, &e), COMMIT_OK);
    }
    place_close(&p);
    root = number(p.path,
                  "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_events_1'");
    put_bytes(p.path, (root - 1) * 4096, zeros, sizeof zeros);
    place_open(&p);
    place_read(&p, read_any, &code);
    EQ(code, E_IO);
    report = (struct report){.arena = p.arena};
    place_read(&p, read_check, &report);
    TRUE(report.n > 0);
    place_done(&p);
}

TEST(a_damaged_header_is_a_sentence_that_tells_what_to_do)
{
    struct place p;

    place_init(&p);
    place_close(&p);
    put_bytes(p.path, 0, "overwritten by accident", 23);
    refused(&p, p.path, E_IO, "restore a backup");
    place_done(&p);
}

TEST(reading_beside_a_server_changes_nothing)
{
    struct place p, q;
    struct event_row e;
    err_t code = E_IO;

    place_init(&p);
    e = sample_event(&p, "");
    EQ(put_event(&p, &e), COMMIT_OK);
    q = p;
    sem_init(&q.told, 0, 0);
    {
        struct store_config c = place_config(&q);
        struct err err;

        c.read_only = true;
        EQ(store_open(&c, &q.store, &err), OK);
    }
    place_read(&q, read_any, &code);
    EQ(code, OK);
    store_close(q.store);
    e = sample_event(&p, "");
    EQ(put_event(&p, &e), COMMIT_OK);
    place_done(&p);
}

/* --- migrations --- */

static const char two[] = "ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'";
static const char broken[] = "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)";

static err_t migrate(const char *path, const char *const *steps, int version, struct err *e)
{
    struct schema s = {.steps = steps, .version = version};
    sqlite3 *db;
    err_t code;

    EQ(sqlite_connect(path, OPEN_WRITER, &db, e), OK);
    code = sqlite_migrate(db, path, &s, e);
    sqlite3_close(db);
    return code;
}

/* What this program knows, and one step more. */
static int one_more(const char *steps[8], const char *more)
{
    int n = sqlite_schema.version;

    for (int i = 0; i < n; i++) steps[i] = sqlite_schema.steps[i];
    steps[n] = more;
    return n + 1;
}

TEST(an_older_file_is_copied_and_then_brought_up)
{
    const char *steps[8];
    int to = one_more(steps, two);
    struct place p;
    struct event_row e;
    struct err err = {.text = ""};
    char copy[160], knows[64];
    struct stat st;

    place_init(&p);
    e = sample_event(&p, "");
    EQ(put_event(&p, &e), COMMIT_OK);
    place_close(&p);
    EQ(migrate(p.path, steps, to, &err), OK);
    snprintf(copy, sizeof copy, "%s.v%d.bak", p.path, to - 1);
    EQ(stat(copy, &st), 0);
    EQ(st.st_mode & 0777, 0600);
    EQ(number(copy, "PRAGMA user_version"), to - 1);
    EQ(number(copy, "SELECT count(*) FROM events"), 1);
    EQ(number(p.path, "PRAGMA user_version"), to);
    EQ(number(p.path, "SELECT count(*) FROM pragma_table_info('runs') WHERE name = 'colour'"), 1);
    snprintf(knows, sizeof knows, "schema %d, this one knows %d", to, to - 1);
    refused(&p, p.path, E_CONFIG, knows);
    unlink(copy);
    EQ(migrate(p.path, steps, to, &err), OK); /* nothing to do: no second copy */
    EQ(stat(copy, &st), -1);
    place_done(&p);
}

TEST(a_migration_that_fails_leaves_the_old_version_and_may_be_tried_again)
{
    const char *bad[8], *good[8];
    int to = one_more(bad, broken);
    struct place p;
    struct err err = {.text = ""};

    place_init(&p);
    place_close(&p);
    one_more(good, two);
    EQ(migrate(p.path, bad, to, &err), E_IO);
    EQ(number(p.path, "PRAGMA user_version"), to - 1);
    EQ(number(p.path, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
    EQ(migrate(p.path, good, to, &err), OK);
    EQ(number(p.path, "PRAGMA user_version"), to);
    place_done(&p);
}

TEST(runs_of_a_file_of_version_1_are_first_attempts)
{
    struct place p;
    struct err err = {.text = ""};

    place_make(&p);
    edit(p.path, "PRAGMA user_version = 0"); /* makes the file */
    EQ(migrate(p.path, sqlite_schema.steps, 1, &err), OK);
    edit(p.path, "INSERT INTO runs VALUES ('r', 1, 0, 0, 1, 1, 1, 'succeeded', 'done', "
                 "'succeeded', '', 'w', 'v', 'chat', '', '', '', '', '', '', '')");
    place_open(&p);
    EQ(number(p.path, "SELECT attempt FROM runs"), 1);
    EQ(number(p.path, "PRAGMA user_version"), store_schema_version());
    place_done(&p);
}

/* --- the log --- */

static void on_done(void *arg, struct batch *b, enum commit how)
{
    (void)b;
    EQ(how, COMMIT_OK);
    --*(int *)arg;
}

TEST(the_log_does_not_grow_without_end_under_load)
{
    enum { EVENTS = 60000, FLYING = 256, BODY = 1024 };
    struct place p;
    struct stat st;
    char log[160], *body;
    int flying = 0;

    place_init(&p);
    body = arena_get(p.arena, BODY);
    for (int i = 0; i < EVENTS; i++) {
        struct event_row e = sample_event(&p, "");
        struct batch *b = batch_new();

        __atomic_fetch_add(&p.now, 1000, __ATOMIC_RELAXED);
        e.data = str_n(body, BODY);
        batch_event(b, &e);
        flying++;
        store_commit(p.store, b, on_done, &flying);
        while (flying >= FLYING) place_wait(&p);
    }
    while (flying) place_wait(&p);
    snprintf(log, sizeof log, "%s-wal", p.path);
    EQ(stat(log, &st), 0);
    TRUE(st.st_size < 3 * (off_t)LOG_PAGES * 4096);
    EQ(stat(p.path, &st), 0);
    TRUE(st.st_size > 50 << 20);
    place_done(&p);
}

/* --- which index a list uses --- */

static void uses(sqlite3 *db, const char *sql, const char *index)
{
    char query[512];
    sqlite3_stmt *st;
    const char *plan;

    snprintf(query, sizeof query, "EXPLAIN QUERY PLAN %s", sql);
    EQ(sqlite3_prepare_v2(db, query, -1, &st, NULL), SQLITE_OK);
    EQ(sqlite3_step(st), SQLITE_ROW);
    plan = (const char *)sqlite3_column_text(st, 3);
    HAS(plan, index);
    EQ(sqlite3_step(st), SQLITE_DONE); /* one step: nothing is sorted */
    sqlite3_finalize(st);
}

TEST(lists_walk_an_index_in_its_order)
{
    struct place p;
    sqlite3 *db;

    place_init(&p);
    EQ(sqlite3_open(p.path, &db), SQLITE_OK);
    uses(db, "SELECT * FROM runs WHERE status = ?1 AND id < ?2 ORDER BY id DESC LIMIT 9",
         "runs_status");
    uses(db, "SELECT * FROM runs WHERE event = ?1 AND event <> '' ORDER BY id DESC LIMIT 9",
         "runs_event");
    uses(db, "SELECT * FROM runs WHERE live = 1 ORDER BY id", "runs_live");
    uses(db,
         "SELECT * FROM runs WHERE wake_at > 0 AND ended_at = 0 AND wake_at <= ?1 "
         "ORDER BY wake_at, id LIMIT 9",
         "runs_wake");
    uses(db, "SELECT count(*) FROM runs WHERE ended_at = 0", "runs_open");
    uses(db, "SELECT * FROM runs WHERE turn > 0 AND lock = ?1 AND turn > 1 ORDER BY turn, rowid",
         "runs_lock");
    uses(db, "SELECT * FROM runs WHERE turn > 0 AND lock = ?1 AND turn < 2 ORDER BY turn, rowid",
         "runs_lock (lock=? AND turn>? AND turn<?)");
    uses(db,
         "SELECT * FROM runs WHERE turn > 1 AND conflict IN ('reject', 'skip') AND lock = ?1 "
         "ORDER BY rowid",
         "runs_asking");
    uses(db, "SELECT lock, count(*) FROM runs WHERE turn > 0 AND lock > ?1 GROUP BY lock",
         "runs_lock");
    uses(db, "SELECT * FROM outbox WHERE sent_at = 0 ORDER BY id", "outbox_unsent");
    uses(db, "SELECT * FROM outbox WHERE room = ?1 AND id > ?2 ORDER BY id", "outbox_room");
    uses(db, "SELECT * FROM outbox WHERE run = ?1 AND run <> '' ORDER BY id", "outbox_run");
    sqlite3_close(db);
    place_done(&p);
}

RUN(T(files_are_for_their_owner_only), T(what_cannot_be_opened_is_refused_with_a_sentence),
    T(a_file_one_may_not_write_is_refused),
    T(a_page_of_zeros_is_a_fault_for_readers_and_for_the_check),
    T(a_damaged_header_is_a_sentence_that_tells_what_to_do),
    T(reading_beside_a_server_changes_nothing), T(an_older_file_is_copied_and_then_brought_up),
    T(a_migration_that_fails_leaves_the_old_version_and_may_be_tried_again),
    T(runs_of_a_file_of_version_1_are_first_attempts),
    T(the_log_does_not_grow_without_end_under_load), T(lists_walk_an_index_in_its_order))
