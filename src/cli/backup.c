#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/peek.h"

static err_t absolute(struct arena *a, const char *path, char **ret, struct err *e)
{
    char here[PATH_MAX];

    if (path[0] == '/') {
        *ret = arena_dup(a, path, strlen(path));
        return OK;
    }
    if (!getcwd(here, sizeof here))
        return fail(e, E_IO, "this folder has no name: %s; give FILE as an absolute path",
                    strerror(errno));
    *ret = arena_fmt(a, "%s/%s", here, path);
    return OK;
}

struct saving {
    const char *path;
    struct err e;
};

static void save(struct reader *r, void *arg)
{
    struct saving *s = arg;

    if (reader_backup(r, s->path, &s->e) == OK) s->e.code = OK;
}

/* No server runs here: the file is read directly. */
static err_t save_directly(const struct args *a, const char *path, struct err *e)
{
    AUTO(peek) struct peek peek = {0};
    struct saving s = {.path = path};

    TRY(peek_open(a, &peek, e));
    peek_read(&peek, save, &s);
    *e = s.e;
    return s.e.code;
}

static err_t run(struct args *a, struct err *e)
{
    struct client client;
    struct pair body;
    struct value answer = NO_VALUE;
    char *path = NULL;
    err_t how;

    TRY(client_open(a, &client, e));
    if (!client.unix_path && a->rest[0][0] != '/')
        return fail(e, E_INPUT, "FILE is a path on the server: give an absolute one");
    TRY(absolute(a->arena, a->rest[0], &path, e));
    body = (struct pair){v_cstr("path"), v_cstr(path)};
    how = client_post(&client, "/api/v1/backup", v_map(&body, 1), a->arena, &answer, e);
    if (how == E_OFFLINE && client.unix_path) {
        how = save_directly(a, path, e);
        answer = v_map(&body, 1);
    }
    TRY(how);
    if (a->format == FORMAT_TEXT)
        printf("%s\n", path);
    else
        print_value(a, answer);
    return OK;
}

const struct command command_backup = {
    .name = "backup",
    .usage = "FILE",
    .help = "copies the database into a new file, while it is in use",
    .about = "The copy is consistent. It is made by the server when one runs, else by reading the\n"
             "database directly. Output of steps lies beside the database and is not in it.",
    .example = "botops backup /var/backups/botops-$(date +%F).db",
    .least = 1,
    .most = 1,
    .run = run,
};
