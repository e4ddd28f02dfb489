/* tables.c - what botops.yaml may say. */
#include "workflow/tables.h"

static const struct field server_fields[] = {
    {.name = "listen",
     .type = FIELD_TEXT,
     .fallback = "127.0.0.1:8080",
     .help = "Address and port of webhooks, API and web pages; port 0 takes a free one. Only an "
             "address of this machine itself, unless `allow_remote` is set: put a reverse proxy "
             "in front, which also brings TLS"},
    {.name = "allow_remote",
     .type = FIELD_BOOL,
     .fallback = "false",
     .help = "Lets `listen` be an address that other machines reach. Only for a network where a "
             "proxy or a firewall decides who gets through"},
    {.name = "url",
     .type = FIELD_TEXT,
     .help = "How people and other systems reach this server, such as https://bots.acme.io; used "
             "in links"},
    {.name = "data",
     .type = FIELD_TEXT,
     .fallback = "./data",
     .help = "Folder of the database, the outputs of steps and the owner's socket; relative to "
             "the folder of botops.yaml"},
    {.name = "max_body",
     .type = FIELD_SIZE,
     .fallback = "1MiB",
     .help = "The largest request body taken, at most 32MiB"},
    {.name = "dedup",
     .type = FIELD_DURATION,
     .fallback = "7d",
     .help = "How long a delivery id is remembered, so that a delivery that comes again starts "
             "nothing"},
    {.name = "keep",
     .type = FIELD_DURATION,
     .fallback = "30d",
     .help = "How long ended runs, their events and their output are kept"},
    {.name = "output_cap",
     .type = FIELD_SIZE,
     .fallback = "100MiB",
     .help = "Output kept of one step; what comes after it is counted, not kept"},
    {.name = "max_processes",
     .type = FIELD_INT,
     .least = 1,
     .most = 10000,
     .fallback = "64",
     .help = "Steps that run a process at the same time; further ones wait their turn"},
    {NULL}};

const struct schema server_schema = {
    .name = "server",
    .help = "The server itself.",
    .example = "server: {listen: \"127.0.0.1:8080\", url: \"https://bots.acme.io\", data: ./data}",
    .fields = server_fields};

static const struct field store_fields[] = {
    {.name = "url",
     .type = FIELD_TEXT,
     .fallback = "sqlite:botops.db",
     .help = "`sqlite:` and a file, relative to `server.data`"},
    {NULL}};

const struct schema store_schema = {.name = "store",
                                    .help = "Where events, runs and their history are kept.",
                                    .example = "store: {url: \"sqlite:botops.db\"}",
                                    .fields = store_fields};

static const struct field secret_fields[] = {
    {.name = "env",
     .type = FIELD_TEXT,
     .one_of = true,
     .help = "The variable of the server's environment that holds it"},
    {.name = "file",
     .type = FIELD_TEXT,
     .one_of = true,
     .help =
         "The file that holds it, relative to the folder of botops.yaml; newlines at its end are "
         "not part of it"},
    {NULL}};

const struct schema secret_schema = {
    .name = "secret",
    .help = "Where a secret comes from. It is used as `${{ secrets.NAME }}`, only in `env` of a "
            "step and in the settings of a connection that are marked as secret.",
    .example = "secrets:\n"
               "  GITHUB_HOOK: {env: GITHUB_HOOK}\n"
               "  DEPLOY_KEY: {file: /run/credentials/deploy_key}",
    .fields = secret_fields};

static const struct field room_fields[] = {
    {.name = "allow",
     .type = FIELD_TEXTS,
     .help = "Roles or users who may act in this room; everybody known when left out"},
    {.name = "vars", .type = FIELD_MAP, .help = "Values for workflows that are started here"},
    {NULL}};

const struct schema room_schema = {
    .name = "room",
    .help = "A place where people talk with the server, named `CONNECTION/ROOM`.",
    .example = "rooms:\n"
               "  \"ops-slack/#prod\": {allow: [sre], vars: {env: prod}}",
    .fields = room_fields};

const struct field role_field = {.name = "roles", .type = FIELD_TEXTS};
const struct field identity_field = {.name = "users", .type = FIELD_TEXT};

static const struct field config_fields[] = {
    {.name = "server", .type = FIELD_OBJECT, .of = &server_schema, .help = "The server itself"},
    {.name = "store", .type = FIELD_OBJECT, .of = &store_schema, .help = "Where things are kept"},
    {.name = "connections",
     .type = FIELD_CONNECTIONS,
     .help = "Outside systems by name; each has one key, its kind, which holds its settings"},
    {.name = "users",
     .type = FIELD_MAP,
     .help = "People by name; each with what they are called elsewhere, by platform"},
    {.name = "roles",
     .type = FIELD_MAP,
     .help = "Roles by name; each a list of users, and of other roles as `role:NAME`"},
    {.name = "rooms",
     .type = FIELD_MAP,
     .of = &room_schema,
     .help = "Rooms with rules of their own, and those that triggers name"},
    {.name = "secrets",
     .type = FIELD_MAP,
     .of = &secret_schema,
     .help = "Secrets by name, and where each comes from"},
    {.name = "workflows",
     .type = FIELD_LIST,
     .of = &workflow_schema,
     .help = "Workflows, besides those in the files of `workflows/`"},
    {NULL}};

const struct schema config_schema = {
    .name = "configuration",
    .help = "The file `botops.yaml`. Workflows stand in `workflows/*.yaml`, one a file, or here "
            "under `workflows`.",
    .example = "server: {url: \"https://bots.acme.io\"}\n"
               "connections:\n"
               "  gh: {github: {webhook_secret: \"${{ secrets.GITHUB_HOOK }}\"}}\n"
               "secrets:\n"
               "  GITHUB_HOOK: {env: GITHUB_HOOK}\n"
               "users:\n"
               "  alice: {slack: U024BE7LH, github: alice}\n"
               "roles:\n"
               "  sre: [alice]\n"
               "  deployers: [\"role:sre\"]",
    .fields = config_fields};

const struct schema *const schema_all[] = {
    &config_schema,   &server_schema,  &store_schema, &secret_schema,      &room_schema,
    &workflow_schema, &trigger_schema, &input_schema, &step_schema,        &approval_schema,
    &ask_schema,      &sleep_schema,   &retry_schema, &concurrency_schema, NULL};
