/* yaml_read() gives a tree or a complaint; the tree's value is good JSON, its keys are distinct. */
#include <stdint.h>
#include <stdlib.h>

#include "data/json.h"
#include "data/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool good)
{
    if (!good) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};
    AUTO(buf) struct buf b = BUF(16 << 20);
    struct json_limits wide = {.depth = YAML_DEPTH, .nodes = YAML_NODES};
    struct yaml *y = NULL;
    struct value v;
    struct err e;

    if (!yaml_read(a, str_n((const char *)data, n), "fuzz", &r, &y)) {
        check(r.n > 0 && !y);
        report_sort(&r);
        report_text(&r, &b);
        return 0;
    }
    check(r.n == 0 && y);
    json_write(&b, yaml_value(a, y));
    if (buf_end(&b, &e) == OK) check(json_read(a, buf_str(&b), wide, &v, &e) == OK);
    return 0;
}
