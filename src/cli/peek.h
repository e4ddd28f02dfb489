/* peek.h - the store of a data folder, read directly, whether or not a server uses it.
 *
 * Takes no lock, writes nothing, migrates nothing.
 */
#ifndef CLI_PEEK_H
#define CLI_PEEK_H

#include "cli/repo.h"
#include "store/store.h"

struct peek {
    struct state at;
    struct store *store;
};

/* Errors: E_NOT_FOUND when there is no database there. */
err_t peek_open(const struct args *a, struct peek *ret, struct err *e) MUST_CHECK;
void peek_auto(struct peek *p);

/* Runs `work` with a reader, and returns when it has. */
void peek_read(struct peek *p, read_work *work, void *arg);

#endif
