/* markdown.h - what a bot says, for a terminal or a pipe.
 *
 * Light: **bold** and `code` are coloured, list items get a bullet, headings
 * are bold, links show their address, a fence keeps its lines as they are. What
 * is no markup, or is not closed, stays as it was written. Without colour the
 * text stays as it is, so that a pipe gets what was said. Nothing that drives a
 * terminal passes.
 */
#ifndef CLI_MARKDOWN_H
#define CLI_MARKDOWN_H

#include "base/buf.h"

/* Adds the text, with a line end after it. */
void markdown_write(struct buf *out, struct str text, bool colour);

#endif
