#include "engine/folder.h"

#include "base/clock.h"

void folder_of_run(const char *data, const struct id *run, struct buf *out)
{
    struct civil day = clock_civil(id_time(run) / SECOND_US);

    buf_addf(out, "%s/runs/%04d%02d%02d/%s", data, day.year, day.month, day.day, run->s);
}

void stem_of_step(const char *data, const struct id *run, struct str path, int32_t attempt,
                  struct buf *out)
{
    folder_of_run(data, run, out);
    buf_addc(out, '/');
    for (size_t i = 0; i < path.n; i++) buf_addc(out, path.p[i] == '/' ? '.' : path.p[i]);
    buf_addf(out, ".%d", attempt);
}
