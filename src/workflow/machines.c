/* machines.c - the state machines of runs, steps and phases. */
#include "workflow/run.h"

static const char *const run_names[] = {
    [RUN_QUEUED] = "queued",       [RUN_RUNNING] = "running", [RUN_WAITING] = "waiting",
    [RUN_SUCCEEDED] = "succeeded", [RUN_FAILED] = "failed",   [RUN_CANCELLED] = "cancelled",
    [RUN_DENIED] = "denied",
};

enum { RUN_ENDS = MOVE(RUN_SUCCEEDED) | MOVE(RUN_FAILED) | MOVE(RUN_CANCELLED) | MOVE(RUN_DENIED) };

static const uint32_t run_moves[RUN_STATUSES] = {
    [RUN_QUEUED] = MOVE(RUN_RUNNING) | RUN_ENDS,
    [RUN_RUNNING] = MOVE(RUN_WAITING) | RUN_ENDS,
    [RUN_WAITING] = MOVE(RUN_RUNNING) | RUN_ENDS,
};

const struct machine run_machine = {"run", RUN_STATUSES, run_names, run_moves};

static const char *const step_names[] = {
    [STEP_PENDING] = "pending", [STEP_RUNNING] = "running",     [STEP_WAITING] = "waiting",
    [STEP_UNKNOWN] = "unknown", [STEP_SUCCEEDED] = "succeeded", [STEP_FAILED] = "failed",
    [STEP_SKIPPED] = "skipped", [STEP_CANCELLED] = "cancelled",
};

static const uint32_t step_moves[STEP_STATUSES] = {
    [STEP_PENDING] = MOVE(STEP_RUNNING) | MOVE(STEP_WAITING) | MOVE(STEP_SUCCEEDED) |
                     MOVE(STEP_FAILED) | MOVE(STEP_SKIPPED) | MOVE(STEP_CANCELLED),
    [STEP_RUNNING] =
        MOVE(STEP_UNKNOWN) | MOVE(STEP_SUCCEEDED) | MOVE(STEP_FAILED) | MOVE(STEP_CANCELLED),
    [STEP_WAITING] =
        MOVE(STEP_RUNNING) | MOVE(STEP_SUCCEEDED) | MOVE(STEP_FAILED) | MOVE(STEP_CANCELLED),
    [STEP_UNKNOWN] = MOVE(STEP_SUCCEEDED) | MOVE(STEP_FAILED) | MOVE(STEP_CANCELLED),
};

const struct machine step_machine = {"step", STEP_STATUSES, step_names, step_moves};

static const char *const phase_names[] = {
    [PHASE_STEPS] = "steps",
    [PHASE_ON_FAILURE] = "on_failure",
    [PHASE_FINALLY] = "finally",
    [PHASE_DONE] = "done",
};

static const uint32_t phase_moves[PHASES] = {
    [PHASE_STEPS] = MOVE(PHASE_ON_FAILURE) | MOVE(PHASE_FINALLY),
    [PHASE_ON_FAILURE] = MOVE(PHASE_FINALLY),
    [PHASE_FINALLY] = MOVE(PHASE_DONE),
};

const struct machine phase_machine = {"phase", PHASES, phase_names, phase_moves};
