/* Whatever JSON says, as YAML reads back as the same. */
#include <stdlib.h>

#include "data/json.h"
#include "data/yaml.h"
#include "data/yaml_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool same(struct value a, struct value b)
{
    if (a.kind != b.kind) return false;
    if (a.kind != V_LIST && a.kind != V_MAP) return value_eq(a, b);
    if (a.n != b.n) return false;
    for (uint32_t i = 0; i < a.n; i++) {
        if (a.kind == V_LIST && !same(a.list[i], b.list[i])) return false;
        if (a.kind == V_MAP &&
            (!value_eq(a.map[i].key, b.map[i].key) || !same(a.map[i].value, b.map[i].value)))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf out = BUF(YAML_TEXT);
    struct report report = {.arena = a};
    struct json_limits limits = {.depth = YAML_DEPTH - 1, .nodes = 10000};
    struct yaml *y = NULL;
    struct value v;
    struct err e;

    if (json_read(a, str_n((const char *)data, n), limits, &v, &e) != OK) return 0;
    yaml_write(&out, v);
    if (buf_end(&out, &e) != OK) return 0;
    if (!yaml_read(a, buf_str(&out), "out", &report, &y)) abort();
    if (!same(yaml_value(a, y), v)) abort();
    return 0;
}
