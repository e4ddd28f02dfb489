/* folder.h - where runs leave their files: DATA/runs/DAY/RUN/. In it is `work`, where its processes
 * start, and for each attempt of a step that had one the files of io/proc.h and io/output.h, whose
 * stem is PATH.ATTEMPT (a `/` of the path is a `.` there). DAY is that of the run's id, in UTC.
 * Also for whoever looks at a data folder without a server.
 */
#ifndef ENGINE_FOLDER_H
#define ENGINE_FOLDER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/id.h"

void folder_of_run(const char *data, const struct id *run, struct buf *out);
void stem_of_step(const char *data, const struct id *run, struct str path, int32_t attempt,
                  struct buf *out);

#endif
