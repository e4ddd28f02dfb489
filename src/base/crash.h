/* crash.h - named places at which a test may kill the server.
 *
 * Built with -DCRASH_POINTS, `CRASH_AT=name:n` ends the process the n-th time
 * it passes CRASH_POINT(name), as a power switch would: no clean-up, nothing
 * flushed, exit status 137. `CRASH_LOG=FILE` appends each name passed, so that
 * a test can tell that a point was hit. Other builds compile to nothing.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#ifdef CRASH_POINTS
void crash_point(const char *name);
#define CRASH_POINT(name) crash_point(#name)
#else
#define CRASH_POINT(name) ((void)0)
#endif

#endif
