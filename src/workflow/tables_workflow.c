/* tables_workflow.c - what a workflow may say. */
#include "workflow/lock.h"
#include "workflow/tables.h"

static const char *const input_types[] = {"string", "int", "number", "bool", "list", "map", NULL};
static const char *const missed[] = {"skip", "last", "all", NULL};
static const char *const on_error[] = {"fail", "continue", NULL};
static const char *const on_unknown[] = {"ask", "retry", "fail", NULL};
static const char *const outputs[] = {"text", "json", NULL};
static const char *const with_chat[] = {"chat", NULL};
static const char *const with_event[] = {"event", NULL};
static const char *const with_cron[] = {"schedule", NULL};
static const char *const with_time[] = {"schedule", "every", NULL};
static const char *const with_run[] = {"run", NULL};
static const char *const with_say[] = {"say", NULL};
static const char *const with_parallel[] = {"parallel", NULL};

static const struct field input_fields[] = {
    {.name = "type",
     .type = FIELD_CHOICE,
     .choices = input_types,
     .fallback = "string",
     .help = "What it must be; text from a chat line or the command line is turned into it"},
    {.name = "description", .type = FIELD_TEXT, .help = "What it is for, shown to people"},
    {.name = "default", .type = FIELD_ANY, .help = "What it is when it is not given"},
    {.name = "required",
     .type = FIELD_BOOL,
     .fallback = "true, when there is no `default`",
     .help = "Whether it must be given; if not, and without a `default`, it is null"},
    {.name = "enum", .type = FIELD_ANY, .help = "A list of the only values it may have"},
    {.name = "pattern",
     .type = FIELD_TEXT,
     .help = "A regular expression (RE2 syntax) that the text must match; `^` and `$` tie it to "
             "its ends"},
    {.name = "min",
     .type = FIELD_NUMBER,
     .help = "The least number, or the least length of text or a list"},
    {.name = "max",
     .type = FIELD_NUMBER,
     .help = "The greatest number, or the greatest length of text or a list"},
    {NULL}};

const struct schema input_schema = {
    .name = "input",
    .help =
        "One value a run is started with. Inputs are the arguments of chat commands, the fields "
        "of the API, and `inputs.NAME` in expressions.",
    .example = "inputs:\n"
               "  service: {type: string, pattern: \"^[a-z0-9-]{1,40}$\"}\n"
               "  replicas: {type: int, default: 2, min: 1, max: 50}\n"
               "  env: {enum: [staging, prod], default: staging}",
    .fields = input_fields};

static const struct field trigger_fields[] = {
    {.name = "chat",
     .type = FIELD_TEXTS,
     .one_of = true,
     .help = "A message to the bot that fits the pattern, or one of several: words, `{argument}`, "
             "`[optional part]`, `(one|other)`"},
    {.name = "event",
     .type = FIELD_TEXT,
     .one_of = true,
     .help = "An event whose type is this, or begins with this when it ends in `*`"},
    {.name = "schedule",
     .type = FIELD_TEXT,
     .one_of = true,
     .help = "Cron of 5 or 6 fields (6: seconds first), or `@hourly`, `@daily`, `@weekly`, …"},
    {.name = "every",
     .type = FIELD_TEXT,
     .one_of = true,
     .help = "Again and again after this time, such as `5m`"},
    {.name = "if",
     .type = FIELD_CEL,
     .help = "An expression that must be true; a chat trigger's may use `inputs`"},
    {.name = "with", .type = FIELD_MAP, .help = "Values for the inputs"},
    {.name = "enabled",
     .type = FIELD_BOOL,
     .fallback = "true",
     .help = "`false` turns the trigger off"},
    {.name = "rooms",
     .type = FIELD_TEXTS,
     .beside = with_chat,
     .help = "The only rooms in which it listens; all when left out"},
    {.name = "example",
     .type = FIELD_TEXT,
     .beside = with_chat,
     .help = "A line that `help` shows"},
    {.name = "connection",
     .type = FIELD_NAME,
     .beside = with_event,
     .help = "The only connection whose events it takes; all when left out"},
    {.name = "timezone",
     .type = FIELD_TEXT,
     .beside = with_cron,
     .fallback = "UTC",
     .help = "Whose clock the schedule means, such as `Europe/Berlin`"},
    {.name = "missed",
     .type = FIELD_CHOICE,
     .choices = missed,
     .beside = with_time,
     .fallback = "last",
     .help = "What to do about times that passed while the server was down: `skip` them, make up "
             "for the `last` one, or for `all`"},
    {.name = "jitter",
     .type = FIELD_DURATION,
     .beside = with_time,
     .fallback = "0s",
     .help = "Starts up to this much later, by chance, so that not everything starts at once"},
    {NULL}};

const struct schema trigger_schema = {
    .name = "trigger",
    .help = "What starts a run. A workflow has any number under `on`; each starts runs on its own.",
    .example = "on:\n"
               "  - chat: deploy {service} [to {env}]\n"
               "  - event: github.release.published\n"
               "    if: event.data.repository.owner.login == \"acme\"\n"
               "    with: {service: \"${{ event.data.repository.name }}\"}\n"
               "  - schedule: \"0 6 * * 1-5\"\n"
               "    timezone: Europe/Berlin\n"
               "    with: {service: web}\n"
               "  - every: 15m\n"
               "    with: {service: web}",
    .fields = trigger_fields};

static const struct field retry_fields[] = {
    {.name = "attempts",
     .type = FIELD_INT,
     .least = 1,
     .most = 1000,
     .fallback = "1",
     .help = "How often it is tried in all"},
    {.name = "delay",
     .type = FIELD_DURATION,
     .fallback = "1s",
     .help = "How long to wait before the second attempt"},
    {.name = "backoff",
     .type = FIELD_NUMBER,
     .least = 1,
     .most = 100,
     .fallback = "2",
     .help = "Each further wait is this many times the one before"},
    {.name = "max_delay", .type = FIELD_DURATION, .fallback = "1m", .help = "The longest wait"},
    {.name = "if",
     .type = FIELD_CEL,
     .help = "Tries again only if this is true; the step itself can be seen under `steps`"},
    {NULL}};

const struct schema retry_schema = {
    .name = "retry",
    .help = "How a step that failed is tried again.",
    .example = "retry: {attempts: 3, delay: 5s, backoff: 2, max_delay: 1m}",
    .fields = retry_fields};

static const struct field sleep_fields[] = {
    {.name = "until",
     .type = FIELD_TEMPLATE,
     .required = true,
     .help = "The time at which the run goes on, RFC 3339; without an offset it is UTC"},
    {NULL}};

const struct schema sleep_schema = {.name = "sleep",
                                    .help = "A wait until a time, in place of a duration.",
                                    .example = "- sleep: {until: \"2026-12-01T09:00:00+01:00\"}",
                                    .fields = sleep_fields};

static const struct field approval_fields[] = {
    {.name = "by",
     .type = FIELD_TEXTS,
     .fallback = "whoever may start the workflow",
     .help = "Roles or users who may approve or deny"},
    {.name = "count",
     .type = FIELD_INT,
     .least = 1,
     .most = APPROVERS_MAX,
     .fallback = "1",
     .help = "How many different people must approve; one who denies is enough to deny"},
    {.name = "message", .type = FIELD_TEMPLATE, .help = "What they are asked, in Markdown"},
    {.name = "self",
     .type = FIELD_BOOL,
     .fallback = "false",
     .help = "Whether the person who asked for the run may approve it as well"},
    {.name = "timeout",
     .type = FIELD_DURATION,
     .fallback = "30d",
     .help = "How long to wait; then it counts as denied. `0s`: as long as it takes"},
    {NULL}};

const struct schema approval_schema = {
    .name = "approval",
    .help = "Waits until people agree. The run goes on when enough of them have approved, and ends "
            "as `denied` when one denies or the time is over. What was decided, by whom, when and "
            "where is in the step's outputs: `approved`, `approved_by`, `denied_by`.",
    .example = "- id: go\n"
               "  approval: {by: [sre], count: 2, message: \"Deploy to prod?\", timeout: 30m}",
    .fields = approval_fields};

static const struct field ask_fields[] = {
    {.name = "question",
     .type = FIELD_TEMPLATE,
     .required = true,
     .help = "What is asked, in Markdown"},
    {.name = "who",
     .type = FIELD_VALUE,
     .fallback = "whoever may start the workflow",
     .help = "The user or role that may answer, or a list of them"},
    {.name = "type",
     .type = FIELD_CHOICE,
     .choices = input_types,
     .fallback = "string",
     .help = "What the answer must be; text is turned into it"},
    {.name = "enum", .type = FIELD_ANY, .help = "A list of the only answers there are"},
    {.name = "pattern",
     .type = FIELD_TEXT,
     .help = "A regular expression (RE2 syntax) that the answer must match"},
    {.name = "min", .type = FIELD_NUMBER, .help = "The least number, or length"},
    {.name = "max", .type = FIELD_NUMBER, .help = "The greatest number, or length"},
    {.name = "default",
     .type = FIELD_ANY,
     .help = "The answer when the time is over; without it the step fails then"},
    {.name = "timeout",
     .type = FIELD_DURATION,
     .fallback = "30d",
     .help = "How long to wait for an answer. `0s`: as long as it takes"},
    {NULL}};

const struct schema ask_schema = {
    .name = "ask",
    .help = "Asks a person for a value and waits for it: `steps.ID.outputs.answer`. An answer that "
            "does not fit is refused, and the question stays open.",
    .example = "- id: many\n"
               "  ask: {who: \"${{ user }}\", question: \"How many replicas?\", type: int, "
               "min: 1, max: 50}",
    .fields = ask_fields};

const struct field until_field = {.name = "sleep", .type = FIELD_OBJECT, .of = &sleep_schema};
const struct field shell_field = {.name = "shell", .type = FIELD_TEXTS};

/* Each kind of step is a key marked one_of here and a row of the table in load_step.c. */
static const struct field step_fields[] = {
    {.name = "run",
     .type = FIELD_TEXT,
     .one_of = true,
     .help = "A script. It holds no `${{ }}`: values go in by `env` or `args`"},
    {.name = "approval",
     .type = FIELD_OBJECT,
     .of = &approval_schema,
     .one_of = true,
     .help = "Waits until people agree"},
    {.name = "ask",
     .type = FIELD_OBJECT,
     .of = &ask_schema,
     .one_of = true,
     .help = "Asks a person for a value: `steps.ID.outputs.answer`"},
    {.name = "say",
     .type = FIELD_TEMPLATE,
     .one_of = true,
     .help = "A message in Markdown, to the room the run was started from, or to `to`"},
    {.name = "set",
     .type = FIELD_MAP,
     .one_of = true,
     .help = "Values for later steps, as `vars.NAME`"},
    {.name = "fail",
     .type = FIELD_TEMPLATE,
     .one_of = true,
     .help = "Ends the run as failed, with this message"},
    {.name = "stop",
     .type = FIELD_TEMPLATE,
     .one_of = true,
     .help = "Ends the run as succeeded, with this message"},
    {.name = "sleep",
     .type = FIELD_ANY,
     .one_of = true,
     .help = "Waits for a duration such as `15m`, or for a time: `{until: …}`. It costs nothing "
             "and survives a restart"},
    {.name = "parallel",
     .type = FIELD_BRANCHES,
     .of = &step_schema,
     .one_of = true,
     .help = "Branches by name, each a list of steps; they go on at the same time. When a step of "
             "one fails, the others are stopped, and so this step fails"},
    {.name = "id",
     .type = FIELD_NAME,
     .fallback = "the kind and a number: `run-1`",
     .help = "Its name in `needs` and in expressions: `steps.ID`"},
    {.name = "name", .type = FIELD_TEXT, .help = "What people see in place of the id"},
    {.name = "if", .type = FIELD_CEL, .help = "The step is skipped unless this is true"},
    {.name = "needs",
     .type = FIELD_TEXTS,
     .fallback = "the step before it",
     .help = "The steps of this list that must have ended before it begins; `[]` for none"},
    {.name = "timeout",
     .type = FIELD_DURATION,
     .fallback = "1h for `run`, 30d for `approval` and `ask`",
     .help =
         "How long one attempt may take; `0s`: as long as it likes. For `approval` and `ask` the "
         "same as the `timeout` within"},
    {.name = "retry",
     .type = FIELD_OBJECT,
     .of = &retry_schema,
     .help = "How it is tried again when it fails"},
    {.name = "on_error",
     .type = FIELD_CHOICE,
     .choices = on_error,
     .fallback = "fail",
     .help = "Whether its failure fails the run, or later steps go on"},
    {.name = "idempotent",
     .type = FIELD_BOOL,
     .fallback = "false",
     .help = "Doing it twice does no harm: it may run again when its outcome was lost"},
    {.name = "on_unknown",
     .type = FIELD_CHOICE,
     .choices = on_unknown,
     .fallback = "ask",
     .help = "What to do when its outcome was lost because the machine died"},
    {.name = "args",
     .type = FIELD_ANY,
     .beside = with_run,
     .help = "A list of arguments for the script: `$1`, `$2`, …"},
    {.name = "env",
     .type = FIELD_MAP,
     .beside = with_run,
     .help = "Environment variables for the script; the only place in a step for "
             "`${{ secrets.NAME }}`"},
    {.name = "dir",
     .type = FIELD_TEMPLATE,
     .beside = with_run,
     .fallback = "the run's own work folder",
     .help = "The folder it runs in"},
    {.name = "shell",
     .type = FIELD_ANY,
     .beside = with_run,
     .fallback = "bash",
     .help = "`bash` (-euo pipefail), `sh` (-eu), `python3`, or a list such as `[ruby, -e]`: the "
             "text follows as an argument, or `{0}` stands for a file that holds it"},
    {.name = "output",
     .type = FIELD_CHOICE,
     .choices = outputs,
     .beside = with_run,
     .fallback = "text",
     .help = "`json`: its standard output is one JSON value, `steps.ID.outputs.json`"},
    {.name = "to",
     .type = FIELD_TEMPLATE,
     .beside = with_say,
     .help = "The room the message goes to, as `CONNECTION/ROOM`"},
    {.name = "max_parallel",
     .type = FIELD_INT,
     .beside = with_parallel,
     .least = 1,
     .most = STEPS_MAX,
     .fallback = "all of them",
     .help = "How many branches go on at once; further ones begin when others have ended"},
    {NULL}};

const struct schema step_schema = {
    .name = "step",
    .help = "One thing to do. Exactly one of its keys says what: `run`, `approval`, `ask`, "
            "`say`, `set`, `fail`, `stop`, `sleep` or `parallel`.",
    .example = "steps:\n"
               "  - id: build\n"
               "    run: make image VERSION=\"$VERSION\"\n"
               "    env: {VERSION: \"${{ inputs.version }}\"}\n"
               "    timeout: 10m\n"
               "  - id: checks\n"
               "    parallel:\n"
               "      lint: [{run: make lint}]\n"
               "      unit: [{run: make test}]\n"
               "  - sleep: 30s\n"
               "  - say: \"built: ${{ steps.build.outputs.image }}\"",
    .fields = step_fields};

static const struct field concurrency_fields[] = {
    {.name = "group",
     .type = FIELD_TEMPLATE,
     .required = true,
     .help = "The name of the lock, which all workflows that name it share; it may use `inputs`, "
             "`event`, `user`, `room`, `vars`, `run` and `now`"},
    {.name = "limit",
     .type = FIELD_INT,
     .least = 1,
     .most = LOCK_LIMIT_MAX,
     .fallback = "1",
     .help = "A run of this workflow begins when fewer than so many hold the lock"},
    {.name = "on_conflict",
     .type = FIELD_CHOICE,
     .choices = on_conflict_names,
     .fallback = "queue",
     .help = "When the lock is held, or others wait for it: `queue` waits for its turn, `reject` "
             "fails, `cancel_running` has the holders cancelled and runs when they are gone, "
             "`skip` ends as succeeded without doing anything"},
    {NULL}};

const struct schema concurrency_schema = {
    .name = "concurrency",
    .help = "Which runs must not run at the same time. A run holds its lock from its first step "
            "until it has ended; who waits is served by `priority`, then in order of arrival.",
    .example =
        "concurrency: {group: \"deploy-${{ inputs.service }}\", limit: 1, on_conflict: queue}",
    .fields = concurrency_fields};

static const struct field workflow_fields[] = {
    {.name = "name",
     .type = FIELD_NAME,
     .fallback = "the name of its file",
     .help = "Its name; no two workflows share one"},
    {.name = "description", .type = FIELD_TEXT, .help = "What it does, shown to people"},
    {.name = "on", .type = FIELD_LIST, .of = &trigger_schema, .help = "What starts it"},
    {.name = "inputs",
     .type = FIELD_MAP,
     .of = &input_schema,
     .help = "What it is started with, by name"},
    {.name = "allow",
     .type = FIELD_TEXTS,
     .help = "Roles or users who may start it by chat, API or command line; everybody known when "
             "left out"},
    {.name = "timeout", .type = FIELD_DURATION, .help = "How long a run may take in all"},
    {.name = "concurrency",
     .type = FIELD_OBJECT,
     .of = &concurrency_schema,
     .help = "A lock that its runs need"},
    {.name = "priority",
     .type = FIELD_CHOICE,
     .choices = priority_names,
     .fallback = "normal",
     .help = "Whose turn comes first when runs wait for a lock, or steps for a free process: "
             "`high`, `normal` or `low`"},
    {.name = "steps",
     .type = FIELD_LIST,
     .of = &step_schema,
     .required = true,
     .help = "What it does, in order"},
    {.name = "on_failure",
     .type = FIELD_LIST,
     .of = &step_schema,
     .help = "What it does when a step failed, people denied it, the timeout passed or somebody "
             "cancelled the run; "
             "`failure.step` and `failure.message` tell which and why"},
    {.name = "finally",
     .type = FIELD_LIST,
     .of = &step_schema,
     .help = "What it does at the end, however it ended"},
    {.name = "outputs", .type = FIELD_MAP, .help = "What a run that succeeded leaves behind"},
    {NULL}};

const struct schema workflow_schema = {
    .name = "workflow",
    .help = "What should happen, and when.",
    .example = "name: deploy\n"
               "on:\n"
               "  - chat: deploy {service}\n"
               "inputs:\n"
               "  service: {pattern: \"^[a-z0-9-]+$\"}\n"
               "allow: [deployers]\n"
               "steps:\n"
               "  - run: ./deploy.sh \"$1\"\n"
               "    args: [\"${{ inputs.service }}\"]\n"
               "  - say: \"${{ inputs.service }} is live\"\n"
               "on_failure:\n"
               "  - say: \"`${{ failure.step }}` failed: ${{ failure.message }}\"",
    .fields = workflow_fields};
