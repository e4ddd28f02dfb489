/* sse.h - reads a stream of Server-Sent Events.
 *
 * As the HTML standard says (section 9.2.6): lines end in LF, CR or CRLF; the
 * fields are event, id and data; comments and unknown fields are passed over,
 * and so is an event without data. What stands after the last empty line is an
 * event only once its empty line has come. Pure: bytes in, events out.
 */
#ifndef CLI_SSE_H
#define CLI_SSE_H

#include "base/buf.h"

enum { SSE_MAX = 16 << 20 }; /* bytes of one line, and of one event's data */

struct sse_event {
    struct str event; /* "message" when the stream does not name it */
    struct str id;    /* the last id that was given, by this event or one before */
    struct str data;  /* its lines, joined by newlines */
};

/* The views live during the call. False: enough, no more events. */
typedef bool sse_each(void *arg, const struct sse_event *e);

struct sse {
    struct buf line, event, id, data;
    bool begun, after_cr, has_data, stopped;
};

void sse_init(struct sse *s);
void sse_auto(struct sse *s);

/* Takes the next bytes, in pieces of any size. False when `each` said so, now or before, or when
   something was longer than SSE_MAX. */
bool sse_feed(struct sse *s, struct str bytes, sse_each *each, void *arg);

bool sse_too_long(const struct sse *s);

#endif
