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

err_t repo_find(const struct args *a, const char *word, char **ret_dir, struct err *e)
{
    const char *dir = args_value(a, "--dir");
    char real[PATH_MAX];

    if (word && dir) return fail(e, E_INPUT, "say DIR or `-C DIR`, not both");
    if (word) dir = word;
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
        if (e.code == E_NOT_FOUND)
            report_add(
                r->report, name, 0, 0,
                "there is no such file in %s; name the repository with -C DIR, or let `botops "
                "init` write a small one",
                r->dir);
        else
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
    if (report->n) return NULL;
    return config_load(r.files, r.n, &repo_options, report);
}

/* A path relative to a folder; an absolute one as it is. */
static char *join(struct arena *a, const char *folder, struct str path)
{
    if (path.n && path.p[0] == '/') return arena_dup(a, path.p, path.n);
    if (str_starts(path, STR("./"))) path = str_skip(path, 2);
    return arena_fmt(a, "%s/" STR_FMT, folder, STR_ARG(path));
}

err_t repo_state(const struct config *c, const char *dir, struct arena *a, struct state *ret,
                 struct err *e)
{
    const char *given = getenv("BOTOPS_DATA");
    struct str url = c ? c->server.store_url : STR("botops.db");
    char here[PATH_MAX];

    if (!given || !*given) {
        ret->data = join(a, dir, c ? c->server.data : STR("data"));
    } else {
        if (given[0] != '/' && !getcwd(here, sizeof here))
            return fail(e, E_IO, "this folder has no name: %s; set BOTOPS_DATA to an absolute path",
                        strerror(errno));
        ret->data = join(a, here, str_of(given));
    }
    if (str_starts(url, STR("sqlite:"))) url = str_skip(url, 7);
    ret->database = join(a, ret->data, url);
    return OK;
}

err_t repo_state_of(const struct args *a, struct state *ret, struct err *e)
{
    AUTO(arena) struct arena *arena = arena_new();
    struct report report = {.arena = arena};
    struct config *c;
    char *dir = NULL;
    err_t how;

    TRY(repo_find(a, NULL, &dir, e));
    c = repo_load(dir, &report);
    how = repo_state(c, dir, a->arena, ret, e);
    config_free(c);
    return how;
}
