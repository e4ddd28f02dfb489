/* load_wait.c - steps that wait for people: `approval` and `ask`. */
#include "workflow/load_step.h"

/* It may stand within, or where every step has it. */
static void load_timeout(struct stepping *s, const struct yaml *y, const struct yaml *within)
{
    if (yaml_get(y, "timeout") && yaml_get(within, "timeout"))
        complain(s->b->l, yaml_get(y, "timeout"),
                 "`timeout` is given twice: the other one is on line %d",
                 yaml_get(within, "timeout")->line);
    s->step->timeout_us = load_duration(y, "timeout", PEOPLE_TIMEOUT_US);
    s->step->timeout_us = load_duration(within, "timeout", s->step->timeout_us);
}

void load_approval(struct stepping *s, const struct yaml *y)
{
    const struct yaml *within = load_map(y, "approval");
    struct loading *l = s->b->l;
    struct approval *a = arena_get(l->arena, sizeof *a);

    s->step->approval = a;
    s->step->text = step_template(s, yaml_get(within, "message"));
    a->by_n = load_allow(l, "by", yaml_get(within, "by"), &a->by);
    a->count = (int)load_int(within, "count", 1);
    a->self = load_bool(within, "self", false);
    load_timeout(s, y, within);
}

/* Names that are written out are looked up now, the others when it is asked. */
static void check_who(struct stepping *s, const struct yaml *y)
{
    const struct yaml *items = y->kind == YAML_LIST ? y->items : y;
    size_t many = y->kind == YAML_LIST ? y->n : 1;
    struct str *ignored;
    struct span span;

    if (y->kind == YAML_MAP || many == 0 ||
        (y->kind == YAML_SCALAR && (yaml_scalar(y).kind != V_STRING || !str_trim(y->text).n)))
        complain(s->b->l, y, "`who` must be a user or a role, or a list of them");
    for (size_t i = 0; i < many; i++)
        if (items[i].kind == YAML_SCALAR && !template_find(items[i].text, 0, &span))
            load_allow(s->b->l, "who", &items[i], &ignored);
}

void load_ask(struct stepping *s, const struct yaml *y)
{
    const struct yaml *within = load_map(y, "ask"), *who = yaml_get(within, "who");
    struct loading *l = s->b->l;
    struct question *a = arena_get(l->arena, sizeof *a);

    s->step->question = a;
    s->step->text = step_template(s, yaml_get(within, "question"));
    if (who) check_who(s, who);
    a->who = step_template(s, who);
    load_input(l, STR("answer"), within, &a->answer);
    load_timeout(s, y, within);
}
