/* Whatever stands in a zone file, it is a table in order or no zone. */
#include <assert.h>

#include "data/tzif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *a = arena_new();
    struct tzif t;

    if (!tzif_read(a, str_n((const char *)data, size), &t)) return 0;
    for (size_t i = 0; i < t.n; i++) {
        assert(i == 0 || t.at[i] > t.at[i - 1]);
        assert(strlen(t.kinds[t.kind[i]].abbr) < 4096);
    }
    assert(t.kinds[t.first].abbr);
    return 0;
}
