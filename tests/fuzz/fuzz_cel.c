/* An expression, then after a line "---" the JSON it is about. With and without constant folding,
   and explained, it must give the same. */
#include <stdint.h>
#include <stdlib.h>

#include "cel/compile.h"
#include "data/json.h"

enum { TEXT_MAX = 8 << 20 };

static const struct cel_field closed[] = {{"build", NULL}, {"deploy", NULL}, {0}};
static const struct cel_type steps = {.kind = CEL_OBJECT, .fields = closed};
static const struct cel_name names[] = {{"event", NULL}, {"steps", &steps}, {"now", NULL}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *ctx, struct str source, const struct value *v, const struct err *e)
{
    (void)ctx, (void)source, (void)v, (void)e;
}

static err_t run(struct arena *a, struct str src, const struct value *values, int way,
                 struct buf *out)
{
    struct cel_options options = {.names = names, .n = COUNT_OF(names), .no_fold = way == 1};
    struct value v = NO_VALUE;
    struct cel *c;
    struct err e;

    TRY(cel_compile_with(a, src, &options, &c, &e));
    if (way == 2)
        TRY(cel_explain(c, values, a, ignore, NULL, &v, &e));
    else
        TRY(cel_eval(c, values, a, &v, &e));
    json_write(out, v);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str src = str_n((const char *)data, size),
               json = STR("{\"data\":{\"n\":3,\"s\":\"text\"}}");
    struct value values[COUNT_OF(names)] = {{0}, {0}, v_time_us(1700000000000000)};
    struct arena *a = arena_new();
    struct buf text[3] = {BUF(TEXT_MAX), BUF(TEXT_MAX), BUF(TEXT_MAX)};
    err_t code[3];
    struct err e;
    size_t at;

    if (str_find(src, STR("\n---\n"), &at)) {
        json = str_skip(src, at + 5);
        src.n = at;
    }
    if (json_read(a, json, JSON_LIMITS, &values[0], &e) != OK) values[0] = v_map(NULL, 0);
    values[1] = values[0];
    for (int way = 0; way < 3; way++) code[way] = run(a, src, values, way, &text[way]);
    for (int way = 1; way < 3; way++) {
        if (code[0] == E_LIMIT || code[way] == E_LIMIT) continue; /* folding saves steps */
        if (code[way] != code[0] || !str_eq(buf_str(&text[way]), buf_str(&text[0]))) abort();
    }
    for (int way = 0; way < 3; way++) buf_auto(&text[way]);
    arena_free(a);
    return 0;
}
