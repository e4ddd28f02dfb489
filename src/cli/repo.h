/* repo.h - the automation repository: its files, its configuration, where its server's state is. */
#ifndef CLI_REPO_H
#define CLI_REPO_H

#include "base/report.h"
#include "cli/cli.h"
#include "workflow/model.h"

enum { REPO_FILE_MAX = 4 << 20, REPO_FILES_MAX = 10000 };

/* The folder that the command line names with -C, else the current one; absolute. */
err_t repo_find(const struct args *a, char **ret_dir, struct err *e) MUST_CHECK;

/* Reads botops.yaml and workflows/ of a folder and loads them. NULL: the report says why. */
struct config *repo_load(const char *dir, struct report *report);

/* What loading needs to know of the rooms above workflow/. */
extern const struct load_options repo_options;

/* DATA of a loaded configuration, absolute; and where the local server's socket is. */
char *repo_data(const struct config *c, const char *dir, struct arena *a);

/* The data folder of the server that this command line means: BOTOPS_DATA, else as the repository
   says (complaints in it do not matter here), else DIR/data. */
err_t repo_data_dir(const struct args *a, char **ret, struct err *e) MUST_CHECK;

#endif
