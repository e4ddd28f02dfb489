#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tell.h"

enum { LINE_BYTES = 4096 };

static int file = -1; /* of this process: one record */

void record_open(const char *path)
{
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) die("%s cannot be written: %s", path, strerror(errno));
}

void record(const char *fmt, ...)
{
    char line[LINE_BYTES];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof line || write(file, line, (size_t)n) != n)
        die("the client's record cannot be written");
}
