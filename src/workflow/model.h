/* model.h - what a configuration says, loaded and checked.
 *
 * A struct config is one generation: immutable once loaded, all of it in one
 * arena, counted by its users (engine/) and freed when the last run that needs
 * it is gone. A workflow can also be loaded alone from its stored version.
 */
#ifndef WORKFLOW_MODEL_H
#define WORKFLOW_MODEL_H

#include "base/report.h"
#include "cel/cel.h"
#include "data/value.h"
#include "workflow/pattern.h"
#include "workflow/schedule.h"
#include "workflow/scope.h"
#include "workflow/template.h"

/* --- inputs --- */

enum input_type {
    INPUT_STRING,
    INPUT_INT,
    INPUT_NUMBER,
    INPUT_BOOL,
    INPUT_LIST,
    INPUT_MAP,
    INPUT_TYPES
};

struct input {
    struct str name, description, pattern_text;
    enum input_type type;
    const struct cel *pattern; /* `matches` on `value`, compiled; NULL: any text */
    struct value fallback;     /* of the right type */
    bool has_fallback, required;
    struct value *choices; /* enum */
    size_t choices_n;
    bool has_min, has_max;
    double min, max; /* numbers: value; strings and lists: length */
};

/* --- steps --- */

enum step_kind {
    STEP_RUN,
    STEP_APPROVAL,
    STEP_ASK,
    STEP_SAY,
    STEP_SET,
    STEP_FAIL,
    STEP_STOP,
    STEP_SLEEP,
    STEP_PARALLEL,
    STEP_KINDS
};
enum block { BLOCK_STEPS, BLOCK_ON_FAILURE, BLOCK_FINALLY, BLOCKS };
enum on_unknown { UNKNOWN_ASK, UNKNOWN_RETRY, UNKNOWN_FAIL };

struct retry {
    int attempts; /* in all; 1: none further */
    int64_t delay_us, max_delay_us;
    double backoff;         /* each delay is this times the last */
    const struct cel *when; /* NULL: always */
};

struct approval {   /* people must agree */
    struct str *by; /* roles or users; none: whoever may start the workflow */
    size_t by_n;
    int count; /* so many of them */
    bool self; /* whoever asked for the run may be among them */
};

struct question {         /* a person is to give a value */
    struct template *who; /* a user or role, or a list of them; NULL: as above */
    struct input answer;  /* what it must be; its fallback holds when time is over */
};

struct step {
    enum step_kind kind;
    enum block block;
    struct str id, name;    /* id: unique in its list; made up ("run-2") when not given */
    struct str path;        /* "build", "on_failure/say-1", "finally/run-1", "checks/lint/run-1" */
    int parent, branch;     /* the step whose branch it stands in, and which; -1: none */
    int inside_n;           /* so many steps follow it that stand in its branches, at any depth */
    int line;               /* in its file */
    const struct cel *when; /* `if`; NULL: always */
    int *needs;             /* indexes into workflow.steps, all smaller than its own */
    int needs_n;
    int64_t timeout_us; /* of each attempt, or of waiting for people; 0: none */
    struct retry retry;
    bool continue_on_error, idempotent;
    enum on_unknown on_unknown;

    struct str script; /* run: its text */
    struct str *shell; /* run: argv that runs the text; "{0}" stands for a file that holds it,
                          otherwise the text is the last argument */
    int shell_n;
    bool json_output;                  /* run: standard output is one JSON value → outputs.json */
    struct template *args, *env, *dir; /* run; NULL: none. args is a LIST, env a MAP */
    struct template *text;             /* say, fail, stop, approval, ask: what is said */
    struct template *to;               /* say: the room; NULL: where the run came from */
    struct template *set;              /* set: a MAP */
    struct template *sleep, *until;    /* sleep: a duration text; or a time */
    struct approval *approval;         /* approval; other kinds: NULL */
    struct question *question;         /* ask; other kinds: NULL */
    struct str *branches;              /* parallel: their names */
    int branches_n;
    int max_parallel; /* parallel: so many branches at once; 0: all */
};

/* --- triggers --- */

enum trigger_kind { TRIGGER_CHAT, TRIGGER_EVENT, TRIGGER_SCHEDULE, TRIGGER_KINDS };
enum missed { MISSED_SKIP, MISSED_LAST, MISSED_ALL };

struct trigger {
    enum trigger_kind kind;
    int number; /* its place under `on:`, from 0 */
    int line;
    bool enabled;
    enum missed missed; /* schedule */
    struct workflow *workflow;
    const struct cel *when;    /* `if` */
    struct template *with;     /* a MAP; NULL: none */
    struct pattern **patterns; /* chat; other kinds: none */
    size_t patterns_n;
    struct str example;        /* chat; other kinds: empty */
    union {                    /* a hundred thousand of these are kept: by kind */
        struct {               /* chat */
            struct str *rooms; /* empty: any */
            size_t rooms_n;
        };
        struct {                   /* event */
            struct str type;       /* "github.push", "alert.*" */
            struct str connection; /* empty: any */
        };
        struct { /* schedule */
            struct schedule *schedule;
            struct str schedule_text, timezone; /* as written; the pair names its tick */
            int64_t jitter_us;
        };
    };
};

/* --- workflows --- */

enum on_conflict { CONFLICT_QUEUE, CONFLICT_REJECT, CONFLICT_CANCEL, CONFLICT_SKIP };
enum priority { PRIORITY_HIGH, PRIORITY_NORMAL, PRIORITY_LOW, PRIORITIES };

enum { LOCK_NAME_MAX = 256, LOCK_LIMIT_MAX = 10000 }; /* bytes of a lock's name; holders of one */

struct concurrency {
    struct template *group; /* the text that names the lock; NULL: none is needed */
    int limit;              /* how many runs may hold it at once */
    enum on_conflict on_conflict;
};

struct workflow {
    struct str name, description;
    struct str file; /* where it was written */
    int line;
    struct str hash;   /* SHA-256 of `source`, hex */
    struct str source; /* JSON text it can be loaded from again */
    struct trigger *triggers;
    size_t triggers_n;
    struct input *inputs;
    size_t inputs_n;
    struct str *allow; /* roles or users; empty: everybody the configuration knows */
    size_t allow_n;
    int64_t timeout_us; /* of a run, from when it began to run; 0: none */
    struct concurrency concurrency;
    enum priority priority;
    struct step *steps; /* all blocks in order: steps, on_failure, finally; each step is followed by
                           those of its branches */
    int steps_n;
    int block_at[BLOCKS + 1]; /* where each block starts; [BLOCKS] is steps_n */
    struct template *outputs; /* a MAP; NULL: none */
    uint64_t uses;            /* 1 << SCOPE_...: names any expression of it uses */
};

/* --- the server's part --- */

struct setting {
    struct str name;
    struct template *value;
};

struct connection {
    struct str name;
    const struct connection_kind *kind;
    struct setting *settings;
    size_t settings_n;
    int line;
};

/* What a kind of connection is, as far as loading goes; connect/ has the table. */
struct connection_kind {
    const char *name;
    const struct schema *schema;
    /* Names its bare expressions (FIELD_CEL) may use: "headers", "body". */
    const struct cel_name *names;
    size_t names_n;
};

enum secret_source { SECRET_ENV, SECRET_FILE };

struct secret {
    struct str name;
    enum secret_source source;
    struct str where; /* variable or path */
};

struct user {
    struct str name;
    struct pair *identities; /* "local": "alice", "github": "alice", … as strings */
    size_t identities_n;
};

struct role {
    struct str name;
    struct str *members; /* users, or "role:NAME" */
    size_t members_n;
};

struct room {
    struct str name;
    struct str *allow;
    size_t allow_n;
    struct value vars;
};

struct server {
    struct str listen, url, data, store_url;
    int64_t max_body;          /* bytes */
    int64_t dedup_us, keep_us; /* how long delivery ids, and ended runs, are kept */
    int64_t output_cap;        /* bytes of output kept a step */
    int max_processes;         /* run at once; further steps wait their turn */
};

struct config {
    struct arena *arena;
    struct str hash; /* of everything that decides what an event starts */
    struct server server;
    struct workflow **workflows;
    size_t workflows_n;
    struct connection *connections;
    size_t connections_n;
    struct secret *secrets;
    size_t secrets_n;
    struct user *users;
    size_t users_n;
    struct role *roles;
    size_t roles_n;
    struct room *rooms;
    size_t rooms_n;
    struct match_index *index; /* match.h */
};

const struct workflow *config_workflow(const struct config *c, struct str name);
const struct room *config_room(const struct config *c, struct str name);
const struct connection *config_connection(const struct config *c, struct str name);
struct template *connection_setting(const struct connection *c,
                                    const char *name);        /* NULL: not set */
int workflow_step(const struct workflow *w, struct str path); /* index; -1: none */

/* --- loading --- */

struct source_file {
    const char *path; /* as shown in complaints, relative to the repository */
    struct str text;
};

struct load_options {
    const struct connection_kind *const *kinds;  /* ends in NULL */
    void (*hash)(struct str text, char hex[65]); /* SHA-256; workflow/ has no crypto of its own */
};

/* Loads a repository: botops.yaml and the files of workflows/. All complaints go to the report;
   NULL when there is any. The config owns its arena; free it with config_free(). */
struct config *config_load(const struct source_file *files, size_t n, const struct load_options *o,
                           struct report *report);
void config_free(struct config *c);

/* A workflow again, from what version_row.source holds. The caller frees its arena. */
struct workflow *workflow_load(struct arena *a, struct str source, const struct load_options *o,
                               struct report *report);

#endif
