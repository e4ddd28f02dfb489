/* What expressions of a workflow may name, and of which types: complaints as an author sees them.
 */
#include "loaded.h"

static const char root[] = "server: {listen: \"127.0.0.1:8080\"}\n";

#define INPUTS                                                                                     \
    "name: w\n"                                                                                    \
    "inputs:\n"                                                                                    \
    "  name: {type: string}\n"                                                                     \
    "  count: {type: int, default: 1}\n"                                                           \
    "  ratio: {type: number, default: 0.5}\n"                                                      \
    "  dry: {type: bool, default: false}\n"                                                        \
    "  hosts: {type: list, default: []}\n"                                                         \
    "  note: {type: string, required: false}\n"

/* The `if` of the second of two steps. */
#define WITH_IF(cel)                                                                               \
    INPUTS "steps:\n"                                                                              \
           "  - {id: build, run: make}\n"                                                          \
           "  - id: next\n"                                                                        \
           "    if: '" cel "'\n"                                                                   \
           "    run: make\n"

#define PLUS                                                                                       \
    "; there is int + int, uint + uint, double + double, string + string, bytes + bytes, "         \
    "list(A) + list(A), timestamp + duration, duration + timestamp, duration + duration, where A " \
    "is one type"

static void accepted(const char *workflow)
{
    config_free(expect_config(root, workflow));
}

TEST(inputs_have_the_type_they_declare)
{
    accepted(WITH_IF("inputs.name.startsWith(\"a\") && inputs.count + 1 > 2 && !inputs.dry"));
    accepted(WITH_IF("inputs.hosts.exists(h, h == inputs.name)"));
    expect_complaints(root, WITH_IF("inputs.count + inputs.name == \"x\""),
                      "workflows/w.yaml:12:23: no such overload: int + string" PLUS
                      "; did you mean `string(inputs.count)`?\n");
    expect_complaints(root, WITH_IF("inputs.dry.x"),
                      "workflows/w.yaml:12:21: no `x` in a value of type bool: it has no fields\n");
    expect_complaints(root, WITH_IF("inputs.cuont > 1"),
                      "workflows/w.yaml:12:17: no `cuont` in inputs; did you mean `count`?\n");
}

TEST(a_number_is_compared_with_any_number)
{
    accepted(WITH_IF("inputs.ratio > 1 || inputs.ratio == 0.5 || inputs.ratio == 1"));
}

TEST(what_may_be_absent_is_compared_with_null)
{
    accepted(WITH_IF("inputs.note != null && inputs.note.size() > 3"));
    accepted(
        WITH_IF("steps.build.started != null && now - steps.build.started > duration(\"1h\")"));
    expect_complaints(root, WITH_IF("inputs.name != null"),
                      "workflows/w.yaml:12:22: no such overload: string != null_type; there is A "
                      "!= A, where A is one type; it is never null\n");
}

TEST(steps_have_known_fields_and_outputs_of_any_type)
{
    accepted(WITH_IF("steps.build.status == \"succeeded\" && steps.build.outputs.n > 3"));
    expect_complaints(root, WITH_IF("steps.build.stauts == \"failed\""),
                      "workflows/w.yaml:12:22: no `stauts` in steps.build; did you mean "
                      "`status`?\n");
    expect_complaints(root, WITH_IF("steps.biuld.status == \"failed\""),
                      "workflows/w.yaml:12:16: no `biuld` in steps; did you mean `build`?\n");
    expect_complaints(root, WITH_IF("steps.build.started > \"2026-01-01T00:00:00Z\""),
                      "workflows/w.yaml:12:30: no such overload: timestamp > string; there is bool "
                      "> bool, int > int, uint > uint, double > double, string > string, bytes > "
                      "bytes, timestamp > timestamp, duration > duration; did you mean "
                      "`timestamp(\"2026-01-01T00:00:00Z\")`?\n");
}

TEST(an_event_has_its_attributes_and_data_of_any_type)
{
    accepted("name: w\non: [{event: a.b, if: 'event.data.n > 3 && event.data.x.y == 1.5 && "
             "event.time < now && event.source == user'}]\nsteps: [{run: make}]\n");
    expect_complaints(root,
                      "name: w\non: [{event: a.b, if: 'event.tpye == \"x\"'}]\nsteps: [{run: "
                      "make}]\n",
                      "workflows/w.yaml:2:30: no `tpye` in event; did you mean `type`?\n");
}

TEST(a_condition_that_is_surely_not_true_or_false_is_refused)
{
    expect_complaints(root, WITH_IF("inputs.name"),
                      "workflows/w.yaml:12:10: this must be true or false, but it is of type "
                      "string\n");
    expect_complaints(root, "name: w\non: [{event: a.b, if: event.time}]\nsteps: [{run: make}]\n",
                      "workflows/w.yaml:2:23: this must be true or false, but it is of type "
                      "timestamp\n");
    expect_complaints(root,
                      "name: w\nsteps:\n  - run: make\n    retry: {attempts: 2, if: 'run.attempt "
                      "+ 1'}\n",
                      "workflows/w.yaml:4:31: this must be true or false, but it is of type int\n");
    accepted(WITH_IF("steps.build.outputs.ready"));
}

TEST(run_failure_and_vars_are_known)
{
    accepted("name: w\nsteps:\n  - set: {tag: v1}\n  - say: ${{ vars.tag + run.id }}\n"
             "on_failure:\n  - say: ${{ failure.step + failure.message }}\n");
    expect_complaints(root,
                      "name: w\nsteps:\n  - set: {tag: v1}\n  - say: ${{ vars.tga }}\n"
                      "  - say: ${{ run.id.size }}\n",
                      "workflows/w.yaml:4:19: no `tga` in vars; did you mean `tag`?\n"
                      "workflows/w.yaml:5:21: no `size` in a value of type string: it has no "
                      "fields\n");
}

RUN(T(inputs_have_the_type_they_declare), T(a_number_is_compared_with_any_number),
    T(what_may_be_absent_is_compared_with_null), T(steps_have_known_fields_and_outputs_of_any_type),
    T(an_event_has_its_attributes_and_data_of_any_type),
    T(a_condition_that_is_surely_not_true_or_false_is_refused), T(run_failure_and_vars_are_known))
