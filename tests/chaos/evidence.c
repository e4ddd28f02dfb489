#include "evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tell.h"

enum { LINE_BYTES = 8192, FIELDS_MAX = 10 };

static const char tables[] =
    "CREATE TABLE tries (id TEXT, connection TEXT, type TEXT, n INT, repo TEXT, flag INT, at INT,"
    " PRIMARY KEY (id, connection)) WITHOUT ROWID;"
    "CREATE TABLE acks (id TEXT, connection TEXT, status INT, event TEXT, runs TEXT, at INT);"
    "CREATE TABLE forged (id TEXT, connection TEXT, status INT, at INT);"
    "CREATE TABLE kills (at INT);"
    "CREATE TABLE meta (key TEXT, value INT);"
    "CREATE TABLE effects (run TEXT, step TEXT, attempt INT, id TEXT, nonce TEXT);"
    "CREATE TABLE torn (line TEXT);";

/* What each kind of line of the client's record becomes, and how many words follow its first. */
static const struct {
    const char *word, *sql;
    int fields;
} kinds[] = {
    {"try", "INSERT INTO tries VALUES (?1,?2,?3,?4,?5,?6,?7)", 7},
    {"ack", "INSERT INTO acks VALUES (?1,?2,?3,?4,?5,?6)", 6},
    {"bad", "INSERT INTO forged VALUES (?1,?2,?3,?4)", 4},
    {"kill", "INSERT INTO kills VALUES (?1)", 1},
    {"seed", "INSERT INTO meta VALUES ('seed',?1)", 1},
    {"forgot", "INSERT INTO meta VALUES ('forgot',?1)", 1},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

void sql_run(sqlite3 *db, const char *sql)
{
    char *why = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) die("%.200s: %s", sql, why);
}

sqlite3_stmt *sql_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        die("%.200s: %s", sql, sqlite3_errmsg(db));
    return st;
}

long sql_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = sql_prepare(db, sql);
    long n = 0;

    if (sqlite3_step(st) == SQLITE_ROW) n = (long)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

/* Cuts a line into its words, in place. */
static int words(char *line, char *word[FIELDS_MAX])
{
    char *save = NULL;
    int n = 0;

    for (char *w = strtok_r(line, " \n", &save); w && n < FIELDS_MAX;
         w = strtok_r(NULL, " \n", &save))
        word[n++] = w;
    return n;
}

static void insert(sqlite3_stmt *st, char *const *word, int n)
{
    sqlite3_reset(st);
    for (int i = 0; i < n; i++) sqlite3_bind_text(st, i + 1, word[i], -1, SQLITE_TRANSIENT);
    if (sqlite3_step(st) != SQLITE_DONE)
        die("%s: %s", sqlite3_sql(st), sqlite3_errmsg(sqlite3_db_handle(st)));
}

static void read_client(sqlite3 *db, const char *path)
{
    sqlite3_stmt *st[KINDS];
    FILE *f = fopen(path, "re");
    char line[LINE_BYTES], *word[FIELDS_MAX];

    if (!f) die("there is no client's record %s", path);
    for (int k = 0; k < KINDS; k++) st[k] = sql_prepare(db, kinds[k].sql);
    while (fgets(line, sizeof line, f)) {
        int n = words(line, word), k = 0;

        while (k < KINDS && (n == 0 || strcmp(word[0], kinds[k].word) != 0)) k++;
        if (k == KINDS || n != kinds[k].fields + 1)
            die("%s: a line is not what the client writes: %s", path, line);
        insert(st[k], word + 1, n - 1);
    }
    for (int k = 0; k < KINDS; k++) sqlite3_finalize(st[k]);
    fclose(f);
}

static void read_effects(sqlite3 *db, const char *path)
{
    sqlite3_stmt *good = sql_prepare(db, "INSERT INTO effects VALUES (?1,?2,?3,?4,?5)");
    sqlite3_stmt *torn = sql_prepare(db, "INSERT INTO torn VALUES (?1)");
    FILE *f = fopen(path, "re");
    char line[LINE_BYTES], *word[FIELDS_MAX];

    while (f && fgets(line, sizeof line, f)) {
        int n = words(line, word);

        insert(n == 5 ? good : torn, word, n == 5 ? 5 : n > 0);
    }
    if (f) fclose(f);
    sqlite3_finalize(good);
    sqlite3_finalize(torn);
}

sqlite3 *evidence_open(const struct place *p)
{
    sqlite3 *db;
    char *attach = sqlite3_mprintf("ATTACH %Q AS server", p->database);

    if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK || !attach)
        die("out of memory");
    sql_run(db, "PRAGMA temp_store=MEMORY");
    sql_run(db, tables);
    sql_run(db, "BEGIN");
    read_client(db, p->client);
    read_effects(db, p->effects);
    sql_run(db, "COMMIT");
    sql_run(db, attach);
    sqlite3_free(attach);
    if (sql_number(db, "SELECT count(*) FROM server.sqlite_schema WHERE name = 'events'") != 1)
        die("%s is not a server's database", p->database);
    return db;
}
