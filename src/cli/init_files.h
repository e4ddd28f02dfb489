/* init_files.h - the files of a new automation repository. */
#ifndef CLI_INIT_FILES_H
#define CLI_INIT_FILES_H

struct init_file {
    const char *path; /* in the repository */
    unsigned mode;
    const char *text;
};

extern const struct init_file init_files[]; /* ends in {NULL} */

#endif
