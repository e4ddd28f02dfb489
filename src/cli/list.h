/* list.h - the lists of the API as tables, newest first: runs, events. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/look.h"

struct list {
    const char *path;           /* "/api/v1/runs" */
    const char *what;           /* "runs" */
    const char *const *heads;   /* of the table; ends in NULL */
    const char *const *filters; /* options that the request takes by their names; ends in NULL */
    void (*add)(struct grid *g, struct value item); /* its row */
};

/* Asks for the list that the options want and prints it. */
err_t list_print(const struct args *a, const struct list *l, struct err *e) MUST_CHECK;

/* Every list takes these. */
#define LIST_OPTIONS(ITEM)                                                                         \
    {"--limit", 'n', "N", "at most so many, up to 500; default 50", false},                        \
    {                                                                                              \
        "--before", 0, ITEM, "only older ones than this", false                                    \
    }

#endif
