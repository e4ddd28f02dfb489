#include <stdio.h>

#include "cli/cli.h"
#include "store/store.h"

#if defined(__SANITIZE_ADDRESS__)
#define BUILD "address sanitizer"
#elif defined(__SANITIZE_THREAD__)
#define BUILD "thread sanitizer"
#elif defined(CRASH_POINTS)
#define BUILD "crash points"
#else
#define BUILD "release"
#endif

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static err_t run(struct args *a, struct err *e)
{
    struct pair pairs[] = {{v_cstr("version"), v_cstr(BOTOPS_VERSION)},
                           {v_cstr("schema"), v_int(store_schema_version())},
                           {v_cstr("build"), v_cstr(BUILD)},
                           {v_cstr("compiler"), v_cstr(COMPILER)}};

    (void)e;
    if (a->format == FORMAT_TEXT)
        printf("botops %s (store schema %d, %s build, %s)\n", BOTOPS_VERSION,
               store_schema_version(), BUILD, COMPILER);
    else
        print_value(a, v_map(pairs, COUNT_OF(pairs)));
    return OK;
}

const struct command command_version = {
    .name = "version",
    .usage = "",
    .help = "prints the version of the program and of its store",
    .example = "botops version -o json",
    .run = run,
};
