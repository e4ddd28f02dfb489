/* What json_read() takes must be written and read back equal, and must be valid to its last bit. */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "data/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool good)
{
    if (!good) abort();
}

static void check_strings(struct value v)
{
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.kind == V_STRING) check(utf8_valid(value_str(v)));
        if (v.kind == V_STRING) return;
        if (v.kind == V_LIST) check_strings(v.list[i]);
        if (v.kind == V_MAP) check_strings(v.map[i].key);
        if (v.kind == V_MAP) check_strings(v.map[i].value);
    }
}

static void read_again(struct arena *a, struct value v, bool pretty)
{
    AUTO(buf) struct buf b = BUF(64 << 20);
    struct value again;
    struct err e;

    if (pretty)
        json_write_pretty(&b, v);
    else
        json_write(&b, v);
    check(buf_end(&b, &e) == OK);
    check(json_read(a, buf_str(&b), JSON_LIMITS, &again, &e) == OK);
    check(value_eq(v, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v, copy;
    struct err e = {0};

    if (json_read(a, str_n((const char *)data, n), JSON_LIMITS, &v, &e) != OK) {
        check(e.text[0] && e.line > 0 && e.col > 0 && (size_t)e.col <= n + 1);
        return 0;
    }
    check_strings(v);
    copy = value_copy(a, v);
    check(value_eq(v, copy) && value_eq(copy, v));
    read_again(a, copy, false);
    read_again(a, v, true);
    return 0;
}
