#include "loaded.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

/* What the workflows below may name. */
#define ROOT                                                                                       \
    "connections: {door: {webhook: {token: \"${{ secrets.DOOR }}\"}}}\n"                           \
    "users: {alice: {github: alice}, bob: {telegram: 4242}}\n"                                     \
    "roles: {sre: [alice], deployers: [\"role:sre\", bob]}\n"                                      \
    "rooms: {\"ops/#prod\": {allow: [sre], vars: {env: prod}}}\n"                                  \
    "secrets: {DOOR: {env: DOOR_TOKEN}, KEY: {file: /run/key}}\n"

#define ROOT_SAYS(text, complaints)     expect_complaints(text, NULL, complaints)
#define WORKFLOW_SAYS(text, complaints) expect_complaints(ROOT, text, complaints)
#define RUN_X                           "steps: [{run: x}]\n"

static const char deploy[] =
    "description: Roll out a version of a service\n"
    "on:\n"
    "  - chat: deploy {service} [version {version}] [to {env}]\n"
    "    rooms: [\"ops/#prod\"]\n"
    "    if: inputs.env != \"prod\" || user == \"alice\"\n"
    "  - event: github.release.*\n"
    "    connection: door\n"
    "    if: event.data.repository.owner.login == \"acme\"\n"
    "    with: {service: \"${{ event.data.repository.name }}\"}\n"
    "  - schedule: \"0 6 * * 1-5\"\n"
    "    timezone: Europe/Berlin\n"
    "    missed: all\n"
    "    jitter: 30s\n"
    "    with: {service: web}\n"
    "  - every: 5m\n"
    "    enabled: false\n"
    "    with: {service: web}\n"
    "inputs:\n"
    "  service: {pattern: \"^[a-z0-9-]{1,40}$\", description: Service to roll out}\n"
    "  version: {default: latest}\n"
    "  env: {enum: [staging, prod], default: staging}\n"
    "  replicas: {type: int, min: 1, max: 50, required: false}\n"
    "allow: [\"role:deployers\", alice]\n"
    "timeout: 30m\n"
    "steps:\n"
    "  - id: build\n"
    "    name: Build it\n"
    "    run: |\n"
    "      make image VERSION=\"$VERSION\"\n"
    "    env: {VERSION: \"${{ inputs.version }}\", KEY: \"${{ secrets.KEY }}\", N: 5}\n"
    "    timeout: 10m\n"
    "    output: json\n"
    "  - id: roll\n"
    "    if: steps.build.status == \"succeeded\"\n"
    "    run: print(1)\n"
    "    shell: python3\n"
    "    args: [\"--to\", \"${{ inputs.env }}\"]\n"
    "    dir: \"/srv/${{ inputs.service }}\"\n"
    "    retry: {attempts: 3, delay: 5s, backoff: 1.5, max_delay: 1m, if: \"steps.roll.error != "
    "''\"}\n"
    "    on_error: continue\n"
    "    idempotent: true\n"
    "    on_unknown: retry\n"
    "  - set: {tag: \"v${{ inputs.version }}\"}\n"
    "  - sleep: 15m\n"
    "  - sleep: {until: \"2026-12-01T09:00\"}\n"
    "  - say: \"${{ vars.tag }} of ${{ vars.env }} is live\"\n"
    "    to: ops/#prod\n"
    "  - stop: done\n"
    "on_failure:\n"
    "  - say: \"failed in `${{ failure.step }}`: ${{ failure.message }}\"\n"
    "finally:\n"
    "  - run: ./clean\n"
    "    shell: [ruby, \"{0}\"]\n"
    "outputs: {image: \"${{ steps.build.outputs.json.image }}\"}\n";

/* --- what is right --- */

TEST(a_whole_workflow_becomes_what_it_says)
{
    struct config *c = expect_config(ROOT, deploy);
    const struct workflow *w = config_workflow(c, STR("w"));
    const struct trigger *t = w->triggers;

    EQ(w->triggers_n, 4);
    EQ(t[0].kind, TRIGGER_CHAT);
    EQ(t[0].patterns_n, 1);
    VIEWEQ(t[0].rooms[0], "ops/#prod");
    VIEWEQ(t[1].type, "github.release.*");
    VIEWEQ(t[1].connection, "door");
    EQ(t[2].missed, MISSED_ALL);
    EQ(t[2].jitter_us, 30 * SECOND_US);
    VIEWEQ(t[2].timezone, "Europe/Berlin");
    VIEWEQ(t[3].schedule_text, "every 5m");
    FALSE(t[3].enabled);
    TRUE(t[3].workflow == w);
    EQ(w->inputs_n, 4);
    TRUE(w->inputs[0].required);
    TRUE(w->inputs[0].pattern != NULL);
    FALSE(w->inputs[3].required);
    EQ(w->allow_n, 2);
    VIEWEQ(w->allow[0], "deployers");
    EQ(w->timeout_us, 1800 * SECOND_US);
    TRUE(config_connection(c, STR("door")) != NULL);
    EQ(connection_setting(config_connection(c, STR("door")), "token")->kind, TEMPLATE_SECRET);
    config_free(c);
}

TEST(steps_have_their_ids_paths_and_settings)
{
    struct config *c = expect_config(ROOT, deploy);
    const struct workflow *w = config_workflow(c, STR("w"));
    const struct step *s = w->steps;

    EQ(w->steps_n, 9);
    EQ(w->block_at[BLOCK_ON_FAILURE], 7);
    EQ(w->block_at[BLOCKS], 9);
    VIEWEQ(s[0].name, "Build it");
    EQ(s[0].timeout_us, 600 * SECOND_US);
    TRUE(s[0].json_output);
    EQ(s[0].needs_n, 0);
    EQ(s[0].shell_n, 4);
    VIEWEQ(s[0].shell[2], "pipefail");
    EQ(s[0].line, 26);
    EQ(s[1].timeout_us, 3600 * SECOND_US);
    EQ(s[1].retry.attempts, 3);
    TRUE(s[1].retry.backoff == 1.5);
    TRUE(s[1].continue_on_error && s[1].idempotent);
    EQ(s[1].on_unknown, UNKNOWN_RETRY);
    EQ(s[1].needs[0], 0);
    EQ(s[3].kind, STEP_SLEEP);
    EQ(s[4].until->value.kind, V_TIMESTAMP);
    VIEWEQ(s[2].path, "set-1");
    VIEWEQ(s[7].path, "on_failure/say-1");
    VIEWEQ(s[8].path, "finally/run-1");
    VIEWEQ(s[8].shell[1], "{0}");
    EQ(workflow_step(w, STR("on_failure/say-1")), 7);
    EQ(workflow_step(w, STR("nope")), -1);
    TRUE((w->uses & 1u << SCOPE_VARS) != 0);
    FALSE((w->uses & 1u << SCOPE_EVENT) != 0);
    config_free(c);
}

TEST(a_stored_workflow_loads_again_as_the_same)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};
    struct config *c = expect_config(ROOT, deploy);
    const struct workflow *w = config_workflow(c, STR("w"));
    const struct workflow *again = workflow_load(a, w->source, &options, &r);

    EQ(r.n, 0);
    assert_non_null(again);
    TRUE(str_eq(again->source, w->source));
    TRUE(str_eq(again->hash, w->hash));
    VIEWEQ(again->name, "w");
    EQ(again->steps_n, w->steps_n);
    EQ(again->uses, w->uses);
    for (int i = 0; i < w->steps_n; i++) {
        TRUE(str_eq(again->steps[i].path, w->steps[i].path));
        EQ(again->steps[i].kind, w->steps[i].kind);
        EQ(again->steps[i].timeout_us, w->steps[i].timeout_us);
        EQ(again->steps[i].needs_n, w->steps[i].needs_n);
    }
    EQ(again->triggers_n, 4);
    config_free(c);
}

TEST(a_broken_stored_workflow_is_a_complaint)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};

    assert_null(workflow_load(a, STR("{\"name\":"), &options, &r));
    EQ(r.n, 1);
}

TEST(the_server_has_defaults)
{
    struct config *c = expect_config("", "name: a\n" RUN_X);

    VIEWEQ(c->server.listen, "127.0.0.1:8080");
    VIEWEQ(c->server.data, "./data");
    VIEWEQ(c->server.store_url, "sqlite:botops.db");
    EQ(c->server.max_body, 1 << 20);
    EQ(c->server.dedup_us / SECOND_US, 7 * 86400);
    EQ(c->server.keep_us / SECOND_US, 30 * 86400);
    EQ(c->server.output_cap, 100 << 20);
    EQ(c->server.max_processes, 64);
    config_free(c);
}

TEST(the_server_takes_what_it_is_given)
{
    struct config *c = expect_config("server: {listen: \"0.0.0.0:0\", allow_remote: true, url: "
                                     "\"https://b.acme.io/\", max_body: 512KiB, dedup: 1d, "
                                     "max_processes: 3}\nstore: {url: \"sqlite:/x/y.db\"}\n",
                                     "name: a\n" RUN_X);

    VIEWEQ(c->server.url, "https://b.acme.io");
    EQ(c->server.max_body, 512 << 10);
    EQ(c->server.max_processes, 3);
    VIEWEQ(c->server.store_url, "sqlite:/x/y.db");
    config_free(c);
}

TEST(needs_may_point_forward_and_steps_are_put_in_order)
{
    struct config *c = expect_config(ROOT, "steps:\n"
                                           "  - {id: a, run: x, needs: c}\n"
                                           "  - {id: b, run: x, needs: []}\n"
                                           "  - {id: c, run: x, needs: [b, b]}\n"
                                           "  - {id: d, run: x}\n");
    const struct step *s = config_workflow(c, STR("w"))->steps;

    VIEWEQ(s[0].id, "b");
    VIEWEQ(s[1].id, "c");
    VIEWEQ(s[2].id, "a");
    VIEWEQ(s[3].id, "d");
    EQ(s[1].needs_n, 1);
    EQ(s[2].needs[0], 1);
    EQ(s[3].needs[0], 1);
    config_free(c);
}

TEST(made_up_ids_keep_out_of_the_way_of_written_ones)
{
    struct config *c = expect_config(ROOT, "steps:\n  - run: x\n  - {id: run-1, run: x}\n");
    const struct step *s = config_workflow(c, STR("w"))->steps;

    VIEWEQ(s[0].id, "run-2");
    VIEWEQ(s[1].id, "run-1");
    config_free(c);
}

TEST(the_hash_changes_with_what_decides_and_only_then)
{
    struct config *a = expect_config("server: {data: ./a}\nroles: {x: []}\n", RUN_X);
    struct config *b = expect_config("server: {data: ./b}\nroles: {x: []}\n", RUN_X);
    struct config *d = expect_config("server: {data: ./b}\nroles: {y: []}\n", RUN_X);

    TRUE(str_eq(a->hash, b->hash));
    FALSE(str_eq(b->hash, d->hash));
    config_free(a);
    config_free(b);
    config_free(d);
}

TEST(empty_keys_count_as_not_there)
{
    config_free(
        expect_config("server:\nusers:\nroles:\nworkflows:\n", "on:\ninputs:\n  a:\n" RUN_X));
}

/* --- what is wrong in botops.yaml --- */

TEST(settings_of_the_server_are_checked)
{
    ROOT_SAYS(
        "server: {listen: 0.0.0.0:8080}\n",
        "botops.yaml:1:18: `0.0.0.0:8080` can be reached from other machines: listen on "
        "127.0.0.1 and put a reverse proxy in front, or say `allow_remote: true` if something "
        "else decides who gets through\n");
    ROOT_SAYS(
        "server: {listen: 127.evil.example:80}\n",
        "botops.yaml:1:18: `127.evil.example:80` can be reached from other machines: listen on "
        "127.0.0.1 and put a reverse proxy in front, or say `allow_remote: true` if something "
        "else decides who gets through\n");
    ROOT_SAYS(
        "server: {listen: localhost}\n",
        "botops.yaml:1:18: `listen` must be an address and a port such as 127.0.0.1:8080, not "
        "`localhost`\n");
    ROOT_SAYS("server: {url: bots.acme.io}\n",
              "botops.yaml:1:15: `url` must begin with http:// or https://, not `bots.acme.io`\n");
    ROOT_SAYS("server: {max_body: 65MiB}\n",
              "botops.yaml:1:20: `max_body` must be from 1KiB to 32MiB\n");
    ROOT_SAYS("server: {max_processes: 0}\n",
              "botops.yaml:1:25: `max_processes` must be from 1 to 10000, not 0\n");
    ROOT_SAYS("store: {url: \"postgresql://x\"}\n",
              "botops.yaml:1:14: `url` must be `sqlite:` and a file, such as sqlite:botops.db, not "
              "`postgresql://x`\n");
}

TEST(secrets_come_from_one_place)
{
    ROOT_SAYS(
        "secrets:\n  A: {env: X, file: y}\n  B: {}\n  c-d: {env: X}\n  E: {env: X Y}\n",
        "botops.yaml:2:15: a secret has exactly one of the keys `env`, `file`, and this one has "
        "`env` and `file`\n"
        "botops.yaml:3:6: a secret needs exactly one of the keys `env`, `file`, and this one "
        "has none\n"
        "botops.yaml:4:3: `c-d` is not a name for a secret: use letters, digits and `_`\n"
        "botops.yaml:5:12: `X Y` is not the name of a variable\n");
}

TEST(connections_have_one_kind_and_its_settings)
{
    ROOT_SAYS(
        "connections:\n"
        "  a: {webhok: {}}\n"
        "  b: {webhook: {}, x: {}}\n"
        "  c: {webhook: {tokn: x, id: heders.x, wait: soon}}\n"
        "  d: {webhook: {url: \"${{ secrets.S }}\", token: \"x ${{ secrets.T }}\"}}\n"
        "  e: {webhook: {hmac: {secret: x}}}\n"
        "secrets: {S: {env: S}}\n",
        "botops.yaml:2:7: no kind of connection is called `webhok`; did you mean `webhook`?\n"
        "botops.yaml:3:7: connection `b` must have exactly one key, its kind, such as `{webhook: "
        "…}`\n"
        "botops.yaml:4:17: unknown key `tokn`; did you mean `token`?\n"
        "botops.yaml:4:30: there is no name `heders` here; did you mean `headers`?\n"
        "botops.yaml:4:46: `wait` must be a duration such as 30s, 5m or 1h30m, not `soon`\n"
        "botops.yaml:5:27: a secret may only be used in env: and connection settings\n"
        "botops.yaml:5:56: no secret `T` under `secrets:` in botops.yaml\n"
        "botops.yaml:6:24: this hmac lacks the key `header`: Where it stands\n");
}

TEST(people_are_who_they_are_once)
{
    ROOT_SAYS(
        "users: {alice: {github: a}, bob: {github: a, irc: [x]}, \"x y\": {}, eve: 5}\n",
        "botops.yaml:1:43: `a` on github is given to `alice` and to `bob`\n"
        "botops.yaml:1:51: `irc` must be what `bob` is called there, as text or a number\n"
        "botops.yaml:1:57: `x y` is not a name for a user: use at most 63 letters, digits, `-` "
        "and `_`\n"
        "botops.yaml:1:73: user `eve` must be a mapping such as `{github: eve}`\n");
    ROOT_SAYS(
        "users: {alice: {}}\n"
        "roles: {sre: [alcie], ops: [sre, \"role:sr\"], alice: [], bad: {}}\n",
        "botops.yaml:2:15: no user `alcie` under `users:` in botops.yaml; did you mean `alice`?\n"
        "botops.yaml:2:29: `sre` is a role: write `role:sre`\n"
        "botops.yaml:2:34: no role `sr` under `roles:` in botops.yaml; did you mean `sre`?\n"
        "botops.yaml:2:46: `alice` is a user too: give the role another name\n"
        "botops.yaml:2:62: `bad` must be text or a list of texts, not a mapping\n");
}

TEST(roles_do_not_hold_themselves)
{
    ROOT_SAYS(
        "roles:\n  a: [\"role:b\"]\n  b: [\"role:a\"]\n  c: []\n",
        "botops.yaml:2:3: the role `a` holds itself by way of others, or nests more than 16 deep\n"
        "botops.yaml:3:3: the role `b` holds itself by way of others, or nests more than 16 "
        "deep\n");
}

TEST(rooms_are_found_however_they_are_ordered)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};
    struct config *c =
        load_two("rooms: {z/1: {vars: {n: 1}}, a/2: {vars: {n: 2}}, m/3: {vars: {n: 3}}, "
                 "m/30: {vars: {n: 4}}}\n",
                 NULL, &r);
    static const char *const names[] = {"z/1", "a/2", "m/3", "m/30"};

    assert_non_null(c);
    for (int i = 0; i < 4; i++) {
        const struct room *room = config_room(c, str_of(names[i]));

        assert_non_null(room);
        EQ(value_at(room->vars, "n").i, i + 1);
    }
    assert_null(config_room(c, STR("m/")));
    assert_null(config_room(c, STR("zz")));
    config_free(c);
}

TEST(rooms_allow_whom_there_is)
{
    ROOT_SAYS("rooms: {a/b: {allow: [sre], vars: {\"x-y\": 1}, alow: 1}}\n",
              "botops.yaml:1:23: no role and no user `sre` in botops.yaml\n"
              "botops.yaml:1:36: `x-y` is not a name for a variable: use letters, digits and `_`\n"
              "botops.yaml:1:47: unknown key `alow`; did you mean `allow`?\n");
}

TEST(without_any_file_it_says_how_to_begin)
{
    AUTO(arena) struct arena *a = arena_new();
    struct report r = {.arena = a};

    assert_null(config_load(NULL, 0, &options, &r));
    STREQ(r.list[0].text,
          "there is no botops.yaml here and no workflows/*.yaml; `botops init` writes one");
}

TEST(an_unreadable_root_brings_no_complaints_about_what_it_would_have_named)
{
    expect_complaints("users: [\n", "allow: [sre]\non: [{event: x, connection: gh}]\n" RUN_X,
                      "botops.yaml:2:1: a value should be here\n");
}

/* --- what is wrong in a workflow --- */

TEST(keys_are_known_or_the_nearest_is_named)
{
    WORKFLOW_SAYS("steps:\n  - run: x\n    retires: {}\n  - wait_for: {event: x}\n",
                  "workflows/w.yaml:3:5: unknown key `retires`; did you mean `retry`?\n"
                  "workflows/w.yaml:4:5: unknown key `wait_for`\n");
    WORKFLOW_SAYS("name: x\n", "workflows/w.yaml:1:1: this workflow lacks the key `steps`: What it "
                               "does, in order\n");
    WORKFLOW_SAYS(
        "- a\n",
        "workflows/w.yaml:1:1: a workflow must be a mapping (lines of `key: value`), not a "
        "list\n");
}

TEST(a_step_does_exactly_one_thing)
{
    WORKFLOW_SAYS(
        "steps:\n  - run: x\n    say: y\n  - id: a\n  - say: x\n    args: [a]\n  - x\n",
        "workflows/w.yaml:3:5: a step has exactly one of the keys `run`, `approval`, "
        "`ask`, `say`, `set`, `fail`, `stop`, `sleep`, `parallel`, and this one has `run` and "
        "`say`\n"
        "workflows/w.yaml:4:5: a step needs exactly one of the keys `run`, `approval`, "
        "`ask`, `say`, `set`, `fail`, `stop`, `sleep`, `parallel`, and this one has none\n"
        "workflows/w.yaml:6:5: `args` goes only with `run`\n"
        "workflows/w.yaml:7:5: `steps` must be a list of mappings, not `x`\n");
    WORKFLOW_SAYS("steps: []\n", "workflows/w.yaml:1:8: `steps` must hold at least one step\n");
}

TEST(steps_have_names_of_their_own)
{
    WORKFLOW_SAYS(
        "steps:\n  - {id: a, run: x}\n  - {id: a, run: x}\n  - {id: a b, run: x}\n",
        "workflows/w.yaml:3:10: two steps are called `a`: the other one is on line 2\n"
        "workflows/w.yaml:4:10: `id` must be a name of at most 63 letters, digits, `-` and "
        "`_` that begins with a letter or digit, not `a b`\n");
}

TEST(needs_name_steps_and_do_not_go_round)
{
    WORKFLOW_SAYS("steps:\n  - {id: build, run: x}\n  - {id: b, run: x, needs: [biuld]}\n",
                  "workflows/w.yaml:3:29: no step `biuld` under `steps`; did you mean `build`?\n");
    WORKFLOW_SAYS(
        "steps:\n  - {id: a, run: x, needs: c}\n  - {id: b, run: x}\n  - {id: c, run: x, "
        "needs: [b]}\n",
        "workflows/w.yaml:2:6: these steps need one another in a circle: a → c → b → a\n");
    WORKFLOW_SAYS("steps:\n  - {id: a, run: x, needs: a}\n",
                  "workflows/w.yaml:2:6: these steps need one another in a circle: a → a\n");
}

TEST(branches_hold_steps_and_have_names)
{
    WORKFLOW_SAYS(
        "steps:\n"
        "  - {id: p, parallel: {a b: [{run: x}], c: [], d: {run: x}, e: [{rum: x}]}}\n"
        "  - {parallel: {}, max_parallel: 0}\n"
        "  - {parallel: [{run: x}]}\n"
        "  - {run: x, max_parallel: 2}\n"
        "  - {id: q, parallel: {f: [{id: z, run: x}, {id: z, run: x, needs: [p, y]}]}}\n",
        "workflows/w.yaml:2:24: `a b` must be a name of at most 63 letters, digits, `-` and `_` "
        "that begins with a letter or digit, not `a b`\n"
        "workflows/w.yaml:2:44: `c` must hold at least one step\n"
        "workflows/w.yaml:2:52: `d` must be a list (lines that begin with `- `), not a mapping\n"
        "workflows/w.yaml:2:66: unknown key `rum`; did you mean `run`?\n"
        "workflows/w.yaml:3:16: `parallel` must hold at least one branch\n"
        "workflows/w.yaml:3:34: `max_parallel` must be from 1 to 1000, not 0\n"
        "workflows/w.yaml:4:16: `parallel` must be a mapping (lines of `name: …`), not a list\n"
        "workflows/w.yaml:5:14: `max_parallel` goes only with `parallel`\n"
        "workflows/w.yaml:6:50: two steps are called `z`: the other one is on line 6\n"
        "workflows/w.yaml:6:69: no step `p` under `f`\n"
        "workflows/w.yaml:6:72: no step `y` under `f`\n");
}

/* Its own branch and what is before the step around it, but no other branch. */
TEST(a_branch_sees_what_has_surely_ended)
{
    WORKFLOW_SAYS("steps:\n"
                  "  - {id: one, run: x}\n"
                  "  - id: p\n"
                  "    parallel:\n"
                  "      a:\n"
                  "        - {id: x, run: x, if: steps.one.status == \"failed\"}\n"
                  "        - {id: two, run: x, if: steps.x.status == steps.p.status}\n"
                  "      b:\n"
                  "        - {id: y, run: x, if: steps.x.status == \"failed\"}\n"
                  "        - {id: z, set: {v: 1}, retry: {if: steps.z.status == \"failed\"}}\n"
                  "  - {say: \"${{ steps.p.outputs.a.x.n }} ${{ steps.p.outputs.b.yy.n }}\"}\n"
                  "  - {say: \"${{ steps.p.outputs.c }} ${{ steps.x.status }} ${{ vars.v }}\"}\n",
                  "workflows/w.yaml:7:57: no `p` in steps\n"
                  "workflows/w.yaml:9:37: no `x` in steps\n"
                  "workflows/w.yaml:11:63: no `yy` in steps.p.outputs.b\n"
                  "workflows/w.yaml:12:32: no `c` in steps.p.outputs\n"
                  "workflows/w.yaml:12:47: no `x` in steps\n");
}

TEST(steps_within_steps_go_eight_deep_and_count)
{
    AUTO(buf) struct buf b = BUF(1 << 20);

    buf_add(&b, STR("steps:\n- "));
    for (int i = 0; i < 8; i++) buf_add(&b, STR("{parallel: {a: ["));
    buf_add(&b, STR("{run: x}"));
    for (int i = 0; i < 8; i++) buf_add(&b, STR("]}}"));
    config_free(expect_config(ROOT, b.p));
    buf_clear(&b);
    buf_add(&b, STR("steps:\n- "));
    for (int i = 0; i < 9; i++) buf_add(&b, STR("{parallel: {a: ["));
    buf_add(&b, STR("{run: x}"));
    for (int i = 0; i < 9; i++) buf_add(&b, STR("]}}"));
    WORKFLOW_SAYS(b.p, "workflows/w.yaml:2:132: steps within steps go at most 8 deep\n");
    buf_clear(&b);
    buf_add(&b, STR("steps:\n- parallel:\n    a:\n"));
    for (int i = 0; i < 1000; i++) buf_add(&b, STR("    - run: x\n"));
    WORKFLOW_SAYS(b.p, "workflows/w.yaml:1:1: a workflow has at most 1000 steps, and this one has "
                       "1001\n");
}

TEST(values_do_not_become_code)
{
    WORKFLOW_SAYS("inputs: {service: {}}\n"
                  "steps:\n"
                  "  - run: |\n"
                  "      echo hello\n"
                  "      echo ${{ inputs.service }} now\n",
                  "workflows/w.yaml:5:12: `${{ inputs.service }}` in `run` would turn a value into "
                  "code: pass it as `env: {SERVICE: \"${{ inputs.service }}\"}` and write "
                  "`\"$SERVICE\"`, or pass it in `args`\n");
    WORKFLOW_SAYS(
        "steps:\n  - {run: 'f(\"${{ event.data[\"a\"] }}\")', shell: python3}\n",
        "workflows/w.yaml:2:15: `${{ event.data[\"a\"] }}` in `run` would turn a value into "
        "code: pass it as `env: {A: '${{ event.data[\"a\"] }}'}` and write "
        "`os.environ[\"A\"]`, or pass it in `args`\n");
}

TEST(expressions_name_what_there_is)
{
    WORKFLOW_SAYS("inputs: {service: {}}\n"
                  "steps:\n"
                  "  - {id: build, run: x}\n"
                  "  - say: \"a ${{ steps.biuld.status }}\"\n"
                  "  - if: inputs.servce == \"x\"\n"
                  "    say: x\n"
                  "  - say: |\n"
                  "      one\n"
                  "        two ${{ vars.tga }}\n"
                  "  - set: {tag: \"${{ evnt.type }}\"}\n"
                  "  - {say: x, to: '${{ event.typ }}'}\n",
                  "workflows/w.yaml:4:23: no `biuld` in steps; did you mean `build`?\n"
                  "workflows/w.yaml:5:16: no `servce` in inputs; did you mean `service`?\n"
                  "workflows/w.yaml:9:22: no `tga` in vars; did you mean `tag`?\n"
                  "workflows/w.yaml:10:21: there is no name `evnt` here; did you mean `event`?\n"
                  "workflows/w.yaml:11:29: no `typ` in event; did you mean `type`?\n");
}

TEST(an_expression_sees_only_steps_that_have_ended)
{
    WORKFLOW_SAYS(
        "steps:\n"
        "  - {id: lint, run: x, needs: []}\n"
        "  - {id: build, run: x, needs: [], args: [\"${{ steps.lint.status }}\"]}\n"
        "  - {id: c, run: x, if: steps.d.status == \"x\", needs: [build]}\n"
        "  - {id: d, run: x, if: steps.d.status == \"x\", needs: [build]}\n",
        "workflows/w.yaml:3:54: no `lint` in steps here: it may not have ended before this "
        "step begins; name it in `needs`\n"
        "workflows/w.yaml:4:31: no `d` in steps here: it may not have ended before this "
        "step begins; name it in `needs`\n"
        "workflows/w.yaml:5:31: no `d` in steps here: it may not have ended before this "
        "step begins; name it in `needs`\n");
}

TEST(names_with_a_dash_are_explained)
{
    WORKFLOW_SAYS("steps:\n  - {id: my-step, run: x}\n  - say: ${{ steps.my-step.status }}\n",
                  "workflows/w.yaml:3:20: no `my` in steps; a name with `-` is written "
                  "`steps[\"my-step\"]`\n");
}

TEST(secrets_go_into_env_and_nowhere_else)
{
    WORKFLOW_SAYS(
        "steps:\n"
        "  - say: \"x ${{ secrets.KEY }}\"\n"
        "  - {run: x, env: {A: \"${{ secrets.KYE }}\", B: \"${{ secrets.KEY + 'x' }}\"}}\n"
        "  - {run: x, args: [\"${{ secrets.KEY }}\"], if: secrets.KEY != \"\"}\n",
        "workflows/w.yaml:2:17: a secret may only be used in env: and connection settings\n"
        "workflows/w.yaml:3:28: no secret `KYE` under `secrets:` in botops.yaml; did you mean "
        "`KEY`?\n"
        "workflows/w.yaml:3:53: a secret stands alone, as `${{ secrets.NAME }}`\n"
        "workflows/w.yaml:4:26: a secret may only be used in env: and connection settings\n"
        "workflows/w.yaml:4:48: a secret may only be used in env: and connection settings\n");
}

TEST(how_a_script_runs_is_checked)
{
    WORKFLOW_SAYS(
        "steps:\n"
        "  - {run: x, env: {a b: x, BOTOPS_X: y}}\n"
        "  - {run: x, shell: bsh}\n"
        "  - {run: x, args: 5}\n"
        "  - {run: x, output: jsn}\n"
        "  - {run: \" \"}\n"
        "  - {run: x, timeout: 30}\n"
        "  - {run: x, retry: {attempts: 0, backoff: 0.5, delay: 2m, max_delay: 1m}}\n"
        "  - {run: x, name: \"${{ run.id }}\"}\n"
        "  - {run: 5}\n",
        "workflows/w.yaml:2:20: `a b` is not a name for a variable: use letters, digits and "
        "`_`\n"
        "workflows/w.yaml:2:28: `BOTOPS_X` is taken: variables that begin with BOTOPS_ are "
        "set by the server\n"
        "workflows/w.yaml:3:21: `shell` must be bash, sh, python3 or a list such as [ruby, "
        "-e], not `bsh`; did you mean `bash`?\n"
        "workflows/w.yaml:4:20: `args` must be a list such as [\"--region\", \"eu\"], not "
        "the number `5`\n"
        "workflows/w.yaml:5:22: `output` must be one of `text`, `json`, not `jsn`; did you "
        "mean `json`?\n"
        "workflows/w.yaml:6:11: `run` must not be empty\n"
        "workflows/w.yaml:7:23: `timeout` must be a duration such as 30s, 5m or 1h30m, not "
        "the number `30`\n"
        "workflows/w.yaml:8:32: `attempts` must be from 1 to 1000, not 0\n"
        "workflows/w.yaml:8:44: `backoff` must be from 1 to 100, not 0.5\n"
        "workflows/w.yaml:8:71: `max_delay` is less than `delay`\n"
        "workflows/w.yaml:9:21: `name` is plain text and takes no `${{ }}`\n"
        "workflows/w.yaml:10:11: `run` must be text, not the number `5`: put it in quotes\n");
}

TEST(sleeping_and_setting_are_checked)
{
    WORKFLOW_SAYS(
        "steps:\n"
        "  - sleep: soon\n"
        "  - sleep: {until: tomorrow}\n"
        "  - sleep: {untl: x}\n"
        "  - set: {a-b: 1}\n"
        "  - say: \"\"\n",
        "workflows/w.yaml:2:12: `sleep` must be a duration such as 15m, or {until: …}, not "
        "`soon`\n"
        "workflows/w.yaml:3:20: `until` must be a time such as 2026-12-01T09:00:00Z, not "
        "`tomorrow`\n"
        "workflows/w.yaml:4:13: this sleep lacks the key `until`: The time at which the run "
        "goes on, RFC 3339; without an offset it is UTC\n"
        "workflows/w.yaml:4:13: unknown key `untl`; did you mean `until`?\n"
        "workflows/w.yaml:5:11: `a-b` is not a name for a variable: use letters, digits and "
        "`_`\n"
        "workflows/w.yaml:6:10: `say` must not be empty\n");
}

TEST(inputs_fit_what_they_say)
{
    WORKFLOW_SAYS(
        "inputs:\n"
        "  a: {type: int, default: \"5\"}\n"
        "  b: {default: 5}\n"
        "  c: {enum: [x, y], default: z}\n"
        "  d: {type: int, pattern: x}\n"
        "  e: {pattern: \"[\"}\n"
        "  f: {type: int, min: 5, max: 1}\n"
        "  g: {type: integer}\n"
        "  h: {enum: x}\n"
        "  i: {type: bool, min: 1}\n"
        "  j k: {}\n"
        "  l: {pattern: \"^a$\", default: b}\n" RUN_X,
        "workflows/w.yaml:2:27: this default does not fit: `a` must be a whole number, not "
        "`5`; write it without quotes\n"
        "workflows/w.yaml:3:16: this default does not fit: `b` must be text, not `5`; put it "
        "in quotes, or give the input another `type`\n"
        "workflows/w.yaml:4:30: this default does not fit: `c` must be one of x, y, not `z`\n"
        "workflows/w.yaml:5:27: `pattern` goes only with inputs of type string, and `d` is "
        "int\n"
        "workflows/w.yaml:6:16: this is no regular expression: bad pattern: missing "
        "terminating ] for character class at its byte 2\n"
        "workflows/w.yaml:7:31: `max` is less than `min`: no value would fit\n"
        "workflows/w.yaml:8:13: `type` must be one of `string`, `int`, `number`, `bool`, "
        "`list`, `map`, not `integer`\n"
        "workflows/w.yaml:9:13: `enum` must be a list of the values that are allowed, such as "
        "[staging, prod]\n"
        "workflows/w.yaml:10:24: `min` and `max` do not go with inputs of type bool\n"
        "workflows/w.yaml:11:3: `j k` is not a name for an input: use at most 63 letters, "
        "digits, `_` and `-`\n"
        "workflows/w.yaml:12:32: this default does not fit: `l` must match `^a$`, and `b` "
        "does not\n");
}

TEST(triggers_name_what_there_is)
{
    WORKFLOW_SAYS(
        "inputs: {service: {}}\n"
        "on:\n"
        "  - chat: deploy {servce}\n"
        "  - chat: [\"a {service}\", \"b ]\"]\n"
        "    rooms: [ops/#prd]\n"
        "  - event: x\n"
        "    connection: dor\n"
        "    with: {service: \"a\", foo: 1}\n"
        "  - event: a.*.b\n"
        "    with: {service: \"${{ steps.x }}\"}\n"
        "  - event: x\n"
        "    if: inputs.service == \"a\"\n"
        "  - schedule: \"75 * * * *\"\n"
        "    missed: lats\n"
        "    timezone: Europe/Berln\n"
        "    with: {service: [1]}\n"
        "  - {every: 1ms, timezone: UTC, with: {service: x}}\n"
        "  - {chat: x, event: y}\n"
        "  - {if: \"true\"}\n" RUN_X,
        "workflows/w.yaml:3:18: this workflow has no input `servce`; did you mean "
        "`service`?\n"
        "workflows/w.yaml:4:30: `]` closes nothing\n"
        "workflows/w.yaml:5:13: no room `ops/#prd` under `rooms:` in botops.yaml; did you mean "
        "`ops/#prod`?\n"
        "workflows/w.yaml:7:17: no connection `dor` under `connections:` in botops.yaml; did "
        "you mean `door`?\n"
        "workflows/w.yaml:8:26: this workflow has no input `foo`\n"
        "workflows/w.yaml:9:12: an event's type is one word such as github.push, and `*` "
        "stands only at its end\n"
        "workflows/w.yaml:10:12: `with` of this trigger cannot use `steps`: there is no run "
        "yet; it can use `event`, `user`, `room` and `now`\n"
        "workflows/w.yaml:11:5: this trigger gives no `service`, which has no default: add "
        "`with: {service: …}`\n"
        "workflows/w.yaml:12:9: `if` of this trigger cannot use `inputs`: there is no run "
        "yet; it can use `event`, `user`, `room` and `now`\n"
        "workflows/w.yaml:13:16: the minute field goes from 0 to 59, not `75`\n"
        "workflows/w.yaml:14:13: `missed` must be one of `skip`, `last`, `all`, not `lats`; "
        "did you mean `last`?\n"
        "workflows/w.yaml:15:15: no time zone `Europe/Berln`: write one of the tz database "
        "such as Europe/Berlin, or an offset such as +02:00\n"
        "workflows/w.yaml:16:21: `service` must be text, not `[1]`\n"
        "workflows/w.yaml:17:13: `every` goes from 1s to 366d, not `1ms`\n"
        "workflows/w.yaml:17:18: `timezone` goes only with `schedule`\n"
        "workflows/w.yaml:18:15: a trigger has exactly one of the keys `chat`, `event`, "
        "`schedule`, `every`, and this one has `chat` and `event`\n"
        "workflows/w.yaml:19:6: a trigger needs exactly one of the keys `chat`, `event`, "
        "`schedule`, `every`, and this one has none\n");
}

TEST(a_lock_and_a_priority_are_what_they_say)
{
    struct config *c = expect_config(
        ROOT,
        "inputs: {env: {default: x}}\npriority: high\n" RUN_X
        "concurrency: {group: \"d-${{ inputs.env }}\", limit: 3, on_conflict: cancel_running}\n");
    const struct workflow *w = c->workflows[0];

    EQ(w->concurrency.limit, 3);
    EQ(w->concurrency.on_conflict, CONFLICT_CANCEL);
    assert_non_null(w->concurrency.group);
    EQ(w->priority, PRIORITY_HIGH);
    config_free(c);
    c = expect_config(ROOT, "concurrency: {group: one}\n" RUN_X);
    EQ(c->workflows[0]->concurrency.limit, 1);
    EQ(c->workflows[0]->concurrency.on_conflict, CONFLICT_QUEUE);
    EQ(c->workflows[0]->priority, PRIORITY_NORMAL);
    config_free(c);
    c = expect_config(ROOT, RUN_X);
    assert_null(c->workflows[0]->concurrency.group);
    config_free(c);
}

TEST(a_lock_that_cannot_be_is_explained)
{
    WORKFLOW_SAYS(
        "concurrency: {limit: 0, on_conflict: wait, groop: x}\npriority: urgent\n" RUN_X,
        "workflows/w.yaml:1:15: this concurrency lacks the key `group`: The name of the lock, "
        "which all workflows that name it share; it may use `inputs`, `event`, `user`, `room`, "
        "`vars`, `run` and `now`\n"
        "workflows/w.yaml:1:22: `limit` must be from 1 to 10000, not 0\n"
        "workflows/w.yaml:1:38: `on_conflict` must be one of `queue`, `reject`, `cancel_running`, "
        "`skip`, not `wait`\n"
        "workflows/w.yaml:1:44: unknown key `groop`; did you mean `group`?\n"
        "workflows/w.yaml:2:11: `priority` must be one of `high`, `normal`, `low`, not `urgent`\n");
    WORKFLOW_SAYS("concurrency: one\n" RUN_X, "workflows/w.yaml:1:14: `concurrency` must be a "
                                              "mapping (lines of `key: value`), not `one`\n");
    WORKFLOW_SAYS("concurrency: {group: \" \"}\n" RUN_X,
                  "workflows/w.yaml:1:22: `group` must be a text of 1 to 256 bytes\n");
    WORKFLOW_SAYS("concurrency: {group: \"${{ inputs.nothing }}\"}\n" RUN_X,
                  "workflows/w.yaml:1:34: no `nothing` in inputs\n");
    WORKFLOW_SAYS("concurrency: {group: \"${{ steps.a.status }}\"}\n" RUN_X,
                  "workflows/w.yaml:1:22: `group` is worked out before the first step: it cannot "
                  "use `steps` or `failure`\n");
    WORKFLOW_SAYS(
        "concurrency: {group: \"${{ secrets.KEY }}\"}\n" RUN_X,
        "workflows/w.yaml:1:27: a secret may only be used in env: and connection settings\n");
}

TEST(who_may_start_it_is_somebody)
{
    WORKFLOW_SAYS(
        "allow: [sra, alice, \"role:bob\"]\n" RUN_X,
        "workflows/w.yaml:1:9: no role and no user `sra` in botops.yaml; did you mean `sre`?\n"
        "workflows/w.yaml:1:21: no role `bob` under `roles:` in botops.yaml\n");
    WORKFLOW_SAYS("allow: []\n" RUN_X,
                  "workflows/w.yaml:1:8: `allow` names nobody; leave it out to "
                  "allow everybody known\n");
}

TEST(workflows_have_names_of_their_own)
{
    expect_complaints("workflows:\n  - name: w\n    " RUN_X "  - " RUN_X, RUN_X,
                      "botops.yaml:4:5: this workflow lacks the key `name`\n"
                      "workflows/w.yaml:1:1: two workflows are called `w`: the other one is at "
                      "botops.yaml:2\n");
}

TEST(the_name_of_a_file_must_do_as_a_name)
{
    AUTO(arena) struct arena *a = arena_new();
    const struct source_file file = {"workflows/my flow.yaml", STR(RUN_X)};
    struct report r = {.arena = a};

    assert_null(config_load(&file, 1, &options, &r));
    STREQ(r.list[0].text, "`my flow`, the name of this file, is not a name for a workflow: give it "
                          "one with `name:`");
}

/* --- size --- */

TEST(a_thousand_workflows_load)
{
    enum { N = 1000 };
    AUTO(arena) struct arena *a = arena_new();
    struct source_file *files = arena_get(a, (N + 1) * sizeof *files);
    struct report r = {.arena = a};
    clock_t began = clock();
    struct config *c;

    files[N] = (struct source_file){"botops.yaml", STR(ROOT)};
    for (int i = 0; i < N; i++)
        files[i] = (struct source_file){arena_fmt(a, "workflows/w%d.yaml", i), str_of(deploy)};
    c = config_load(files, N + 1, &options, &r);
    assert_non_null(c);
    EQ(c->workflows_n, N);
    print_message("# 1000 workflows of 9 steps: %.0f ms of processor time, %zu KiB held\n",
                  (double)(clock() - began) * 1e3 / CLOCKS_PER_SEC, arena_size(c->arena) >> 10);
    TRUE(config_workflow(c, STR("w999")) != NULL);
    assert_null(config_workflow(c, STR("w1000")));
    config_free(c);
}

TEST(too_many_steps_are_refused)
{
    AUTO(buf) struct buf b = BUF(1 << 20);

    buf_add(&b, STR("steps:\n"));
    for (int i = 0; i < 1001; i++) buf_add(&b, STR("- run: x\n"));
    WORKFLOW_SAYS(b.p, "workflows/w.yaml:1:1: a workflow has at most 1000 steps, and this one has "
                       "1001\n");
}

RUN(T(a_whole_workflow_becomes_what_it_says), T(steps_have_their_ids_paths_and_settings),
    T(a_stored_workflow_loads_again_as_the_same), T(a_broken_stored_workflow_is_a_complaint),
    T(the_server_has_defaults), T(the_server_takes_what_it_is_given),
    T(needs_may_point_forward_and_steps_are_put_in_order),
    T(made_up_ids_keep_out_of_the_way_of_written_ones),
    T(the_hash_changes_with_what_decides_and_only_then), T(empty_keys_count_as_not_there),
    T(settings_of_the_server_are_checked), T(secrets_come_from_one_place),
    T(connections_have_one_kind_and_its_settings), T(people_are_who_they_are_once),
    T(roles_do_not_hold_themselves), T(rooms_are_found_however_they_are_ordered),
    T(rooms_allow_whom_there_is), T(without_any_file_it_says_how_to_begin),
    T(an_unreadable_root_brings_no_complaints_about_what_it_would_have_named),
    T(keys_are_known_or_the_nearest_is_named), T(a_step_does_exactly_one_thing),
    T(steps_have_names_of_their_own), T(needs_name_steps_and_do_not_go_round),
    T(branches_hold_steps_and_have_names), T(a_branch_sees_what_has_surely_ended),
    T(steps_within_steps_go_eight_deep_and_count), T(values_do_not_become_code),
    T(steps_within_steps_go_eight_deep_and_count), T(values_do_not_become_code),
    T(expressions_name_what_there_is), T(an_expression_sees_only_steps_that_have_ended),
    T(names_with_a_dash_are_explained), T(secrets_go_into_env_and_nowhere_else),
    T(how_a_script_runs_is_checked), T(sleeping_and_setting_are_checked),
    T(inputs_fit_what_they_say), T(triggers_name_what_there_is),
    T(a_lock_and_a_priority_are_what_they_say), T(a_lock_that_cannot_be_is_explained),
    T(who_may_start_it_is_somebody), T(workflows_have_names_of_their_own),
    T(the_name_of_a_file_must_do_as_a_name), T(a_thousand_workflows_load),
    T(too_many_steps_are_refused))
