#include "cli/repo.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "connect/kinds.h"
#include "io/crypto.h"
#include "io/file.h"

static void hash_hex(struct str text, char hex[65])
{
    AUTO(buf) struct buf b = BUF(64);
    uint8_t digest[SHA256_LEN];

    sha256(text, digest);
    buf_add_hex(&b, digest, sizeof digest);
    memcpy(hex, b.p, 65);
}

const struct load_options repo_options = {.kinds = connection_kinds, .hash = hash_hex};

err_t repo_find(const struct args *a, char **ret_dir, struct err *e)
{
    const char *dir = args_value(a, "--dir");
    char real[PATH_MAX];

    if (!dir) dir = ".";
    if (!realpath(dir, real))
        return fail(e, E_NOT_FOUND, "there is no folder %s: %s", dir, strerror(errno));
    *ret_dir = arena_dup(a->arena, real, strlen(real));
    return OK;
}

struct reading {
    const char *dir;
    struct arena *arena;
    struct report *report;
    struct source_file *files;
    size_t n;
};

/* `name` is relative to the repository, and so it stands in complaints. */
static void read_one(struct reading *r, const char *name)
{
    AUTO(buf) struct buf text = BUF(REPO_FILE_MAX);
    struct source_file *f;
    struct err e;

    if (file_read(arena_fmt(r->arena, "%s/%s", r->dir, name), &text, &e) != OK) {
        report_err(r->report, name, &e);
        return;
    }
    f = arena_push(r->arena, &r->files, &r->n, sizeof *f);
    f->path = arena_dup(r->arena, name, strlen(name));
    f->text = str_n(arena_dup(r->arena, text.p, text.n), text.n);
}

static bool is_yaml(const char *name)
{
    return str_ends(str_of(name), STR(".yaml")) || str_ends(str_of(name), STR(".yml"));
}

static bool read_workflow(void *arg, const char *name, bool is_folder)
{
    struct reading *r = arg;

    if (!is_folder && is_yaml(name)) read_one(r, arena_fmt(r->arena, "workflows/%s", name));
    return r->n < REPO_FILES_MAX;
}

struct config *repo_load(const char *dir, struct report *report)
{
    AUTO(arena) struct arena *arena = arena_new();
    struct reading r = {.dir = dir, .arena = arena, .report = report};
    struct err e;

    read_one(&r, "botops.yaml");
    if (folder_list(arena_fmt(arena, "%s/workflows", dir), read_workflow, &r, &e) != OK &&
        e.code != E_NOT_FOUND)
        report_err(report, "workflows", &e);
    if (report->n) {
        report_add(report, "botops.yaml", 0, 0,
                   "nothing was loaded; `botops init` writes a small repository");
        return NULL;
    }
    return config_load(r.files, r.n, &repo_options, report);
}

char *repo_data(const struct config *c, const char *dir, struct arena *a)
{
    struct str data = c->server.data;

    if (data.n && data.p[0] == '/') return arena_dup(a, data.p, data.n);
    if (str_starts(data, STR("./"))) data = str_skip(data, 2);
    return arena_fmt(a, "%s/" STR_FMT, dir, STR_ARG(data));
}

err_t repo_data_dir(const struct args *a, char **ret, struct err *e)
{
    const char *given = getenv("BOTOPS_DATA");
    AUTO(arena) struct arena *arena = arena_new();
    struct report report = {.arena = arena};
    struct config *c;
    char *dir = NULL;

    if (given && *given && !args_value(a, "--dir")) {
        *ret = arena_dup(a->arena, given, strlen(given));
        return OK;
    }
    TRY(repo_find(a, &dir, e));
    c = repo_load(dir, &report);
    *ret = c ? repo_data(c, dir, a->arena) : arena_fmt(a->arena, "%s/data", dir);
    config_free(c);
    return OK;
}
