/* answers.h - what a server answers, for tests of the commands that ask it; and a command with the
 * fake server it talks to. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "cli/fake_server.h"

#define RECEIPT JSON_HEAD "{\"event\":\"" RUN_ID "\",\"runs\":[\"" RUN_ID "\"],\"duplicate\":false}"
#define NO_RUN  JSON_HEAD "{\"event\":\"" RUN_ID "\",\"runs\":[],\"duplicate\":false}"
#define SAY(i, t)                                                                                  \
    "event: say\ndata: {\"id\":\"" SAY_ID(i) "\",\"room\":\"\",\"kind\":\"say\",\"text\":\"" t     \
                                             "\"}\n\n"
#define STREAM_END "event: end\ndata: {}\n\n"
#define NOTHING    JSON_HEAD "{\"items\":[]}"
#define RUN_IS(s)                                                                                  \
    "event: run\ndata: {\"id\":\"" RUN_ID "\",\"workflow\":\"w\",\"status\":\"" s                  \
    "\",\"message\":\"why\",\"failed_step\":\"s\",\"outputs\":{\"url\":\"u\"},\"steps\":[{"        \
    "\"path\":"                                                                                    \
    "\"s\",\"attempt\":1,\"kind\":\"run\",\"status\":\"" s "\"}]}\n\n"

struct both {
    struct captured r;
    struct fake f;
};

static inline struct both *start(const char *const *answers)
{
    struct both *b = mem_new(sizeof *b);

    fake_start(&b->f, answers);
    return b;
}

static inline void end(struct both *b)
{
    fake_end(&b->f);
    free(b);
}

#endif
