/* record.h - the client's own record: what it sent and what it was told, a line each.
 *
 *     seed N
 *     try  DELIVERY CONNECTION TYPE N REPOSITORY FLAG AT    before it is first sent
 *     ack  DELIVERY CONNECTION STATUS EVENT RUNS AT         after a 2xx was read; RUNS by comma, or
 * - bad  DELIVERY CONNECTION STATUS AT                    a forged one, and what was answered kill
 * AT                                               a server was killed forgot AT rows from before
 * may have been deleted
 *
 * AT is wall microseconds. Lines are whole: one write each.
 */
#ifndef CHAOS_RECORD_H
#define CHAOS_RECORD_H

void record_open(const char *path);
void record(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* any thread */

#endif
