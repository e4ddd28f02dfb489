/* flow.h - a workflow under test, driven by hand: time is a number, nothing is real. */
#ifndef TESTS_FLOW_H
#define TESTS_FLOW_H

#include <stdio.h>

#include "data/json.h"
#include "data/yaml.h"
#include "test.h"
#include "workflow/advance.h"

struct flow {
    struct arena *arena;
    struct workflow *workflow;
    struct run *run;
    int64_t now;
    struct advance last; /* what the last occurrence did */
};

static inline void flow_hash(struct str text, char hex[65])
{
    snprintf(hex, 65, "%064llx", (unsigned long long)str_hash(text));
}

static const struct connection_kind *const flow_kinds[] = {NULL};
static const struct load_options flow_options = {.kinds = flow_kinds, .hash = flow_hash};

static inline void flow_tell(struct flow *f, struct occurrence o)
{
    advance(f->run, &o, f->now, f->arena, &f->last);
}

/* What the store would keep of it. */
static inline struct str flow_source(struct arena *a, const char *yaml, struct report *r)
{
    struct yaml *y = NULL;
    struct buf b = BUF(1 << 20);
    struct str text;

    assert_true(yaml_read(a, str_of(yaml), "flow", r, &y));
    json_write(&b, yaml_value(a, y));
    text = str_n(arena_dup(a, b.p, b.n), b.n);
    buf_auto(&b);
    return text;
}

/* Loads the YAML of one workflow and starts a run of it in the room "ops". */
static inline void flow_init(struct flow *f, const char *yaml, struct value inputs)
{
    struct run_begin b = {
        .trigger = STR("chat"), .user = STR("ana"), .room = STR("ops"), .inputs = inputs};

    *f = (struct flow){.arena = arena_new(), .now = 1000000000};
    struct report r = {.arena = f->arena};

    f->workflow = workflow_load(f->arena, flow_source(f->arena, yaml, &r), &flow_options, &r);
    for (size_t i = 0; i < r.n; i++)
        print_error("%d:%d: %s\n", r.list[i].line, r.list[i].col, r.list[i].text);
    assert_non_null(f->workflow);
    b.now = f->now;
    memcpy(b.id.s, "01JD0000000000000000000000", 27);
    f->run = run_new(f->workflow, &b);
    flow_tell(f, (struct occurrence){.kind = OCCUR_START});
}

static inline void flow_done(struct flow *f)
{
    run_free(f->run);
    arena_free(f->arena);
}

static inline int flow_step(const struct flow *f, const char *path)
{
    int i = workflow_step(f->workflow, str_of(path));

    assert_true(i >= 0);
    return i;
}

static inline struct step_state *flow_state(const struct flow *f, const char *path)
{
    return &f->run->steps[flow_step(f, path)];
}

/* The process of a step ended with this exit status. */
static inline void flow_exit(struct flow *f, const char *path, int code)
{
    flow_tell(f, (struct occurrence){.kind = OCCUR_ENDED,
                                     .step = flow_step(f, path),
                                     .attempt = flow_state(f, path)->attempt,
                                     .ended = ENDED_EXIT,
                                     .code = code});
}

static inline int flow_effects(const struct flow *f, enum effect_kind kind, const char *path)
{
    int n = 0, step = path ? flow_step(f, path) : -1;

    for (size_t i = 0; i < f->last.effects_n; i++)
        n += f->last.effects[i].kind == kind && (!path || f->last.effects[i].step == step);
    return n;
}

/* The text of the n-th thing the last change said; "" when there is none. */
static inline const char *flow_said(const struct flow *f, int n)
{
    for (size_t i = 0; i < f->last.effects_n; i++)
        if (f->last.effects[i].kind == EFFECT_SAY && n-- == 0)
            return arena_dup(f->arena, f->last.effects[i].text.p, f->last.effects[i].text.n);
    return "";
}

#define STEP_IS(f, path, s) EQ(flow_state(f, path)->status, s)
#define RUN_IS(f, s)        EQ((f)->run->status, s)

#endif
