/* capture.h - runs a command as main() does and keeps what it prints. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/cli.h"
#include "io/file.h"

struct captured {
    int status;
    char out[1 << 20];
    struct err e;
};

static inline const struct command *command_named(const char *name)
{
    for (const struct command *const *c = cli_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0) return *c;
    return NULL;
}

static inline int capture_begin(FILE *stream, int fd, int to)
{
    int kept;

    fflush(stream);
    kept = dup(fd);
    dup2(to, fd);
    return kept;
}

static inline void capture_end(FILE *stream, int fd, int kept)
{
    fflush(stream);
    dup2(kept, fd);
    close(kept);
}

/* `words` ends in NULL, its first is the command. Input is what standard input holds. */
static inline void capture_input(struct captured *c, const char *const *words, struct str input)
{
    AUTO(arena) struct arena *arena = arena_new();
    struct args a = {.arena = arena, .program = "botops", .ret_exit = &c->status};
    const struct command *command = command_named(words[0]);
    char *argv[32];
    int argc = 0, out, err, in, file, nowhere, feed[2];
    ssize_t n;

    assert_non_null(command);
    while (words[argc + 1] && argc < 31) {
        argv[argc] = arena_dup(arena, words[argc + 1], strlen(words[argc + 1]));
        argc++;
    }
    *c = (struct captured){0};
    file = memfd_create("out", MFD_CLOEXEC);
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_int_equal(pipe(feed), 0);
    assert_int_equal(write(feed[1], input.p, input.n), input.n);
    close(feed[1]);
    out = capture_begin(stdout, STDOUT_FILENO, file);
    err = capture_begin(stderr, STDERR_FILENO, nowhere);
    in = capture_begin(stdin, STDIN_FILENO, feed[0]);
    clearerr(stdin);
    if (args_read(command, argc, argv, &a, &c->e) != OK || command->run(&a, &c->e) != OK)
        c->status = err_exit(c->e.code);
    capture_end(stdin, STDIN_FILENO, in);
    capture_end(stderr, STDERR_FILENO, err);
    capture_end(stdout, STDOUT_FILENO, out);
    n = pread(file, c->out, sizeof c->out - 1, 0);
    c->out[n > 0 ? n : 0] = '\0';
    close(file);
    close(nowhere);
    close(feed[0]);
}

static inline void capture(struct captured *c, const char *const *words)
{
    capture_input(c, words, (struct str){"", 0});
}

#define CAPTURE(c, ...) capture(c, (const char *const[]){__VA_ARGS__, NULL})

static inline char *temp_folder(char out[64])
{
    snprintf(out, 64, "/tmp/botops-cli-XXXXXX");
    assert_non_null(mkdtemp(out));
    return out;
}

static inline void drop_folder(const char *path)
{
    struct err e;

    PASS(folder_remove(path, &e));
}

#endif
