/* evidence.h - what a storm left behind, as tables: nothing here asks the server.
 *
 * In an in-memory database: the client's record (tries, acks, forged, kills, meta) and the effect
 * log (effects, torn). The server's database file is attached as `server` and read as it lies on
 * the disk. Column names are those of record.h and place.h.
 */
#ifndef CHAOS_EVIDENCE_H
#define CHAOS_EVIDENCE_H

#include <sqlite3.h>

#include "place.h"

sqlite3 *evidence_open(const struct place *p); /* dies when there is none */

void sql_run(sqlite3 *db, const char *sql);              /* dies on an error */
sqlite3_stmt *sql_prepare(sqlite3 *db, const char *sql); /* dies on an error */
long sql_number(sqlite3 *db, const char *sql);

#endif
