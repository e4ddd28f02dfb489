/* rows.h - the probes' table: event rows of SQLite in WAL mode, each commit synced (FULL).
 *
 * One UNIQUE(source, delivery) index. `ordered`: its keys are put behind a
 * number that only grows, so that it is filled at its end; this finds no
 * delivery a second time and is the limit. Otherwise the keys are the senders'
 * random ids, as in any table that knows its deliveries. One thread at a time;
 * a fault ends the program.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "base/str.h"

struct rows;

struct rows *rows_open(const char *folder, bool ordered); /* FOLDER/rows.db, which must be new */
void rows_close(struct rows *r);
void rows_add(struct rows *r, struct str delivery, struct str body); /* begins a transaction */
void rows_commit(struct rows *r); /* on disk when it returns; nothing when none was begun */

#endif
