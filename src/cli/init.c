#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/init_files.h"
#include "io/file.h"

static err_t refuse_existing(struct arena *a, const char *dir, struct err *e)
{
    for (const struct init_file *f = init_files; f->path; f++)
        if (access(arena_fmt(a, "%s/%s", dir, f->path), F_OK) == 0)
            return fail(e, E_CONFLICT,
                        "%s/%s is there already and stays as it is; name an empty folder", dir,
                        f->path);
    return OK;
}

static err_t write_files(struct arena *a, const char *dir, struct err *e)
{
    TRY(folder_make(arena_fmt(a, "%s/workflows", dir), 0755, e));
    TRY(folder_make(arena_fmt(a, "%s/scripts", dir), 0755, e));
    for (const struct init_file *f = init_files; f->path; f++)
        TRY(file_write(arena_fmt(a, "%s/%s", dir, f->path), str_of(f->text), f->mode, false, e));
    return OK;
}

static err_t run(struct args *a, struct err *e)
{
    const char *named = args_value(a, "--dir");
    const char *dir = a->rest_n ? a->rest[0] : named ? named : ".";
    bool here = strcmp(dir, ".") == 0;

    TRY(refuse_existing(a->arena, dir, e));
    TRY(write_files(a->arena, dir, e));
    for (const struct init_file *f = init_files; f->path; f++) printf("%s/%s\n", dir, f->path);
    fprintf(stderr, "\nNext:\n");
    if (!here) fprintf(stderr, "  cd %s\n", dir);
    fprintf(stderr, "  botops check\n  botops serve          # in one terminal\n"
                    "  botops chat           # in another; say: hello\n");
    return OK;
}

const struct command command_init = {
    .name = "init",
    .usage = "[DIR]",
    .help = "writes a small automation repository that works",
    .about = "Two workflows, a script and a README, in DIR (default: this folder). Nothing that is "
             "there\n"
             "is overwritten.",
    .example = "botops init demo && cd demo && botops serve",
    .least = 0,
    .most = 1,
    .run = run,
};
