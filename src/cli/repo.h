/* repo.h - the automation repository: its files, its configuration, where its server's state is. */
#ifndef CLI_REPO_H
#define CLI_REPO_H

#include "base/report.h"
#include "cli/cli.h"
#include "workflow/model.h"

enum { REPO_FILE_MAX = 4 << 20, REPO_FILES_MAX = 10000 };

/* The folder that the command line names by that word, NULL if it has none, or with -C, else the
   current one; absolute. */
err_t repo_find(const struct args *a, const char *word, char **ret_dir, struct err *e) MUST_CHECK;

/* Reads botops.yaml and workflows/ of a folder and loads them. NULL: the report says why. */
struct config *repo_load(const char *dir, struct report *report);

/* What loading needs to know of the rooms above workflow/. */
extern const struct load_options repo_options;

/* Where a server keeps its state. One meaning for the server and for those who look for it: the
   folder is what BOTOPS_DATA names, else server.data, else DIR/data. */
struct state {
    char *data;     /* absolute */
    char *database; /* the file that `store` names, absolute */
};

/* Of the repository `dir` with that configuration; NULL: as the defaults have it. */
err_t repo_state(const struct config *c, const char *dir, struct arena *a, struct state *ret,
                 struct err *e) MUST_CHECK;

/* Of the server that this command line means; complaints about its configuration do not matter. */
err_t repo_state_of(const struct args *a, struct state *ret, struct err *e) MUST_CHECK;

#endif
