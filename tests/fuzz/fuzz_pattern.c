/* A pattern on the first line, what somebody types on the rest: nothing crashes, a line that fits
   has no reason why not, and every value stands in the line or was unquoted from it. */
#include <assert.h>

#include "workflow/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pattern_input list[] = {{.name = {"service", 7}},
                                                {.name = {"env", 3}},
                                                {.name = {"a", 1}},
                                                {.name = {"dry_run", 7}, .flag = true}};
    const struct pattern_inputs inputs = {list, COUNT_OF(list)};
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf why = BUF(16384);
    struct str rest = {(const char *)data, size}, text;
    struct map args = {.arena = a};
    struct pattern *p, *again;
    struct tokens t;
    struct err e;
    bool fits;

    if (size == 0 || !str_cut(&rest, '\n', &text)) return 0;
    if (pattern_parse(a, text, &p, &e) != OK) {
        assert(e.text[0]);
        return 0;
    }
    assert(pattern_parse(a, pattern_text(p), &again, &e) == OK);
    assert(str_eq(pattern_text(p), pattern_text(again)));
    if (tokens_read(a, rest, &t, &e) != OK) {
        assert(e.text[0]);
        return 0;
    }
    fits = pattern_match(p, &t, inputs, &args);
    pattern_why(p, &t, inputs, &why);
    assert(fits == (why.n == 0));
    for (size_t i = 0; i < args.n; i++) assert(value_str(args.pairs[i].value).n <= rest.n + 4);
    for (size_t i = 0; i < args.n; i++)
        for (size_t k = 0; k < i; k++)
            assert(!str_eq(value_str(args.pairs[i].key), value_str(args.pairs[k].key)));
    assert(pattern_nearness(p, &t) <= 1000);
    return 0;
}
