#include <fcntl.h>

#include "shim/shim.h"
#include "shim/sys.h"

enum { ENDING_MAX = 16 };

void files_open(struct files *f, const char *stem)
{
    char folder[4096];
    int last = 0, n = (int)text_len(stem);

    for (int i = 0; i < n; i++)
        if (stem[i] == '/') last = i + 1;
    f->stem_n = n - last;
    if (n >= (int)sizeof folder || f->stem_n + ENDING_MAX > (int)sizeof f->name) {
        f->folder = -ENAMETOOLONG;
        return;
    }
    text_put(f->name, stem + last);
    text_put(folder, last ? stem : ".");
    if (last) folder[last] = '\0';
    f->folder = (int)sys(SYS_openat, AT_FDCWD, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

const char *files_name(struct files *f, const char *ending)
{
    text_put(text_put(f->name + f->stem_n, "."), ending);
    return f->name;
}
