/* load_step.c - one step: its kind, and what all kinds have. */
#include "workflow/load_step.h"

#include <stdio.h>

#include "base/clock.h"
#include "workflow/duration.h"

static const char *const on_error_names[] = {"fail", "continue", NULL};
static const char *const on_unknown_names[] = {"ask", "retry", "fail", NULL};

/* --- expressions of a step --- */

struct compiled {
    struct template *template;
    const struct cel *cel;
};

static bool compile(const struct template_context *c, const struct yaml *y, bool bare,
                    struct compiled *ret)
{
    *ret = (struct compiled){0};
    if (bare)
        ret->cel = template_condition(c, y);
    else
        ret->template = template_compile(c, y);
    return ret->cel || ret->template;
}

/* Would it do if all steps had ended? Then what is missing is a `needs`. */
static void explain_order(struct stepping *s, const struct yaml *y, bool bare, size_t before)
{
    struct report *r = s->b->l->report, ignored = {.arena = r->arena};
    struct template_context c = load_context(s->b, s->b->steps, NULL);
    struct compiled unused;

    c.report = &ignored;
    c.secrets = template_any_secret;
    if (s->step->block != BLOCK_STEPS || !compile(&c, y, bare, &unused)) return;
    for (size_t i = before; i < r->n; i++) {
        size_t n = strlen(r->list[i].text);

        if (!str_find(str_of(r->list[i].text), STR(" in steps"), &n)) continue;
        r->list[i].text = arena_fmt(r->arena,
                                    "%.*s in steps here: it may not have ended before this step "
                                    "begins; name it in `needs`",
                                    (int)n, r->list[i].text);
    }
}

static struct compiled step_compile(struct stepping *s, const struct yaml *y,
                                    const struct template_context *c, bool bare)
{
    size_t before = s->b->l->report->n;
    struct compiled ret;

    if (!compile(c, y, bare, &ret)) explain_order(s, y, bare, before);
    return ret;
}

struct template *step_template(struct stepping *s, const struct yaml *y)
{
    const struct template_context c = load_context(s->b, s->seen, &s->b->w->uses);

    return y ? step_compile(s, y, &c, false).template : NULL;
}

struct template *step_template_secret(struct stepping *s, const struct yaml *y)
{
    struct template_context c = load_context(s->b, s->seen, &s->b->w->uses);

    c.secrets = s->b->l->secrets;
    return y ? step_compile(s, y, &c, false).template : NULL;
}

const struct cel *step_condition(struct stepping *s, const struct yaml *y,
                                 const struct cel_field *seen)
{
    const struct template_context c = load_context(s->b, seen, &s->b->w->uses);

    if (!y || y->kind != YAML_SCALAR || yaml_scalar(y).kind == V_NULL) return NULL;
    return step_compile(s, y, &c, true).cel;
}

/* --- kinds --- */

static struct template *message(struct stepping *s, const char *key)
{
    const struct yaml *y = yaml_get(s->yaml, key);

    if (y->kind == YAML_SCALAR && yaml_scalar(y).kind == V_STRING && !str_trim(y->text).n)
        complain(s->b->l, y, "`%s` must not be empty", key);
    return step_template(s, y);
}

static void load_say(struct stepping *s, const struct yaml *y)
{
    s->step->text = message(s, "say");
    s->step->to = step_template(s, yaml_get(y, "to"));
}

static void load_fail(struct stepping *s, const struct yaml *y)
{
    (void)y;
    s->step->text = message(s, "fail");
}

static void load_stop(struct stepping *s, const struct yaml *y)
{
    (void)y;
    s->step->text = message(s, "stop");
}

static void load_set(struct stepping *s, const struct yaml *y)
{
    const struct yaml *set = load_map(y, "set");

    for (size_t i = 0; i < set->n; i++)
        if (!word_valid(set->keys[i].text))
            complain(s->b->l, &set->keys[i],
                     "`" STR_FMT "` is not a name for a variable: use letters, digits and `_`",
                     STR_ARG(set->keys[i].text));
    s->step->set = step_template(s, set);
}

/* RFC 3339; also without seconds, and without an offset, which is UTC. */
static bool read_time(struct str s, struct value *ret)
{
    char text[TIME_TEXT];
    int64_t seconds;
    int32_t nanos;
    int n = 0;

    if (s.n == 16) n = snprintf(text, sizeof text, STR_FMT ":00Z", STR_ARG(s));
    if (s.n == 19) n = snprintf(text, sizeof text, STR_FMT "Z", STR_ARG(s));
    if (n) s = str_of(text);
    if (!clock_parse(s, &seconds, &nanos)) return false;
    *ret = v_time(seconds, (uint32_t)nanos);
    return true;
}

static void load_until(struct stepping *s, const struct yaml *sleep)
{
    const struct yaml *y = yaml_get(sleep, "until");
    struct template *t;
    struct loading *l = s->b->l;

    schema_check_field(&until_field, sleep, l->file, l->report);
    if (!y || y->kind != YAML_SCALAR) return;
    s->step->until = t = step_template(s, y);
    if (t && t->kind == TEMPLATE_VALUE && !read_time(value_str(t->value), &t->value))
        complain(l, y, "`until` must be a time such as 2026-12-01T09:00:00Z, not " STR_FMT,
                 STR_ARG(yaml_shown(y, l->report->arena)));
}

static void load_sleep(struct stepping *s, const struct yaml *y)
{
    const struct yaml *sleep = yaml_get(y, "sleep");
    struct loading *l = s->b->l;
    int64_t us;

    if (sleep->kind == YAML_MAP) {
        load_until(s, sleep);
        return;
    }
    s->step->sleep = step_template(s, sleep);
    if (!s->step->sleep || s->step->sleep->kind != TEMPLATE_VALUE) return;
    if (sleep->kind != YAML_SCALAR || !duration_parse(sleep->text, &us))
        complain(l, sleep, "`sleep` must be a duration such as 15m, or {until: …}, not " STR_FMT,
                 STR_ARG(yaml_shown(sleep, l->report->arena)));
    else
        s->step->sleep->value = v_str(sleep->text);
}

/* Its branches are loaded by load_block.c. */
static void load_parallel(struct stepping *s, const struct yaml *y)
{
    s->step->max_parallel = (int)load_int(y, "max_parallel", 0);
}

/* The keys of tables_workflow.c that are marked one_of. */
static const struct {
    const char *key;
    void (*load)(struct stepping *s, const struct yaml *y);
} kinds[STEP_KINDS] = {
    [STEP_RUN] = {"run", load_run},
    [STEP_APPROVAL] = {"approval", load_approval},
    [STEP_ASK] = {"ask", load_ask},
    [STEP_SAY] = {"say", load_say},
    [STEP_SET] = {"set", load_set},
    [STEP_FAIL] = {"fail", load_fail},
    [STEP_STOP] = {"stop", load_stop},
    [STEP_SLEEP] = {"sleep", load_sleep},
    [STEP_PARALLEL] = {"parallel", load_parallel},
};

const char *step_key(enum step_kind kind)
{
    return kinds[kind].key;
}

/* --- what all steps have --- */

static void load_retry(struct stepping *s, const struct yaml *y,
                       const struct cel_field *with_itself)
{
    const struct yaml *r = load_map(y, "retry");
    struct retry *retry = &s->step->retry;

    retry->attempts = (int)load_int(r, "attempts", 1);
    retry->delay_us = load_duration(r, "delay", SECOND_US);
    retry->max_delay_us = load_duration(r, "max_delay", 60 * SECOND_US);
    retry->backoff = 2;
    load_number(r, "backoff", &retry->backoff);
    retry->when = step_condition(s, yaml_get(r, "if"), with_itself);
    if (retry->delay_us <= retry->max_delay_us) return;
    if (yaml_get(r, "max_delay"))
        complain(s->b->l, yaml_get(r, "max_delay"), "`max_delay` is less than `delay`");
    retry->max_delay_us = retry->delay_us;
}

static void load_common(struct stepping *s, const struct cel_field *with_itself)
{
    const struct yaml *y = s->yaml;
    struct step *step = s->step;

    step->line = y->line;
    step->name = load_text(s->b->l, y, "name");
    if (!step->name.n) step->name = step->id;
    step->when = step_condition(s, yaml_get(y, "if"), s->seen);
    step->timeout_us = load_duration(y, "timeout", 0);
    step->continue_on_error = load_choice(y, "on_error", on_error_names, 0) == 1;
    step->idempotent = load_bool(y, "idempotent", false);
    step->on_unknown = (enum on_unknown)load_choice(y, "on_unknown", on_unknown_names, UNKNOWN_ASK);
    load_retry(s, y, with_itself);
}

void load_step(struct stepping *s, const struct cel_field *with_itself)
{
    load_common(s, with_itself);
    kinds[s->step->kind].load(s, s->yaml);
}
