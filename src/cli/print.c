#include <stdio.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/cli.h"
#include "data/json.h"
#include "data/yaml_write.h"

enum { PRINT_MAX = 64 << 20 };

bool term_is(int fd)
{
    return isatty(fd);
}

bool term_colour(int fd)
{
    const char *no = getenv("NO_COLOR");

    return isatty(fd) && !(no && *no);
}

void print_out(struct str s)
{
    fwrite(s.p, 1, s.n, stdout);
    fflush(stdout);
}

void print_safe(struct str s, bool multiline)
{
    AUTO(buf) struct buf b = BUF(PRINT_MAX);

    utf8_add_safe(&b, s, multiline);
    print_out(buf_str(&b));
}

void print_value(const struct args *a, struct value v)
{
    AUTO(buf) struct buf b = BUF(PRINT_MAX);

    if (a->format == FORMAT_YAML)
        yaml_write(&b, v);
    else
        json_write_pretty(&b, v);
    if (!b.n || b.p[b.n - 1] != '\n') buf_addc(&b, '\n');
    print_out(buf_str(&b));
}
