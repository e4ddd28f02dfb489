/* load_step.h - one step being loaded: load_block.c, load_step.c, load_run.c, load_wait.c. */
#ifndef WORKFLOW_LOAD_STEP_H
#define WORKFLOW_LOAD_STEP_H

#include "workflow/load.h"

struct stepping {
    struct building *b;
    struct step *step;
    const struct yaml *yaml;
    const struct cel_field *seen; /* the steps that have surely ended when it begins */
};

const char *step_key(enum step_kind kind); /* "run": the key that makes a step one of this kind */

/* Everything but its id and needs. `with_itself`: the steps seen, and itself. */
void load_step(struct stepping *s, const struct cel_field *with_itself);

/* Compile in the step's scope; NULL after a complaint, or when y is NULL. */
struct template *step_template(struct stepping *s, const struct yaml *y);
struct template *step_template_secret(struct stepping *s, const struct yaml *y);
const struct cel *step_condition(struct stepping *s, const struct yaml *y,
                                 const struct cel_field *seen);

void load_run(struct stepping *s, const struct yaml *y); /* load_run.c: a step with `run` */

/* load_wait.c: steps that wait for people. */
void load_approval(struct stepping *s, const struct yaml *y);
void load_ask(struct stepping *s, const struct yaml *y);

#endif
