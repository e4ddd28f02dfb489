#include "workflow/inputs.h"

#include "data/json.h"
#include "loaded.h"

static const char deploy[] =
    "name: deploy\n"
    "inputs:\n"
    "  service: {pattern: \"^[a-z0-9-]+$\", min: 2, max: 8, description: Service to roll out}\n"
    "  env: {enum: [staging, prod], default: staging}\n"
    "  replicas: {type: int, min: 1, max: 50, required: false}\n"
    "  ratio: {type: number, default: 1}\n"
    "  dry: {type: bool, default: false}\n"
    "  regions: {type: list, default: [], max: 2}\n"
    "  labels: {type: map, required: false}\n"
    "steps: [{run: x}]\n";

/* Checks JSON against the workflow above; the result as JSON, or the complaint. */
static void check(const char *given, const char *wanted)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf b = BUF(1 << 16);
    struct config *c = expect_config("", deploy);
    struct value v, ret;
    struct err e;

    PASS(json_read(a, str_of(given), JSON_LIMITS, &v, &e));
    if (inputs_check(config_workflow(c, STR("deploy")), v, a, &ret, &e) == OK)
        json_write(&b, ret);
    else
        buf_addf(&b, "%s", e.text);
    STREQ(b.p, wanted);
    config_free(c);
}

TEST(defaults_fill_what_is_not_given)
{
    check("{\"service\":\"web\"}",
          "{\"service\":\"web\",\"env\":\"staging\",\"replicas\":null,\"ratio\":1.0,\"dry\":false,"
          "\"regions\":[],\"labels\":null}");
}

TEST(text_becomes_the_declared_type)
{
    check("{\"service\":\"web\",\"replicas\":\"5\",\"ratio\":\"0.5\",\"dry\":\"Yes\",\"regions\":"
          "\"eu, "
          "us\",\"labels\":\"{\\\"a\\\":1}\"}",
          "{\"service\":\"web\",\"env\":\"staging\",\"replicas\":5,\"ratio\":0.5,\"dry\":true,"
          "\"regions\":[\"eu\",\"us\"],\"labels\":{\"a\":1}}");
    check("{\"service\":42,\"regions\":\"[1]\",\"replicas\":3.0,\"labels\":null}",
          "{\"service\":\"42\",\"env\":\"staging\",\"replicas\":3,\"ratio\":1.0,\"dry\":false,"
          "\"regions\":[1],\"labels\":null}");
}

TEST(what_is_wrong_is_said_all_at_once)
{
    check("null", "`service` is needed: Service to roll out");
    check("{\"service\":\"web\",\"env\":\"production\"}",
          "`env` must be one of staging, prod, not `production`");
    check("{\"service\":\"web\",\"env\":\"prd\"}",
          "`env` must be one of staging, prod, not `prd`; did you mean `prod`?");
    check("{\"service\":\"Web\",\"replicas\":\"many\"}",
          "`service` must match `^[a-z0-9-]+$`, and `Web` does not; `replicas` must be a whole "
          "number, "
          "not `many`");
    check("{\"sevice\":\"web\"}",
          "`deploy` has no input `sevice`; did you mean `service`?; `service` "
          "is needed: Service to roll out");
    check("{\"service\":\"web\",\"replicas\":0}", "`replicas` must be at least 1, not 0");
    check("{\"service\":\"web\",\"replicas\":51}", "`replicas` must be at most 50, not 51");
    check("{\"service\":\"w\"}", "`service` must have at least 2 characters, not 1");
    check("{\"service\":\"web\",\"regions\":\"a,b,c\"}",
          "`regions` must have at most 2 items, not 3");
    check("{\"service\":\"web\",\"dry\":\"maybe\"}", "`dry` must be true or false, not `maybe`");
    check("{\"service\":\"web\",\"labels\":\"x\"}", "`labels` must be a mapping, not `x`");
    check("{\"service\":[\"web\"]}", "`service` must be text, not `[\"web\"]`");
    check("{\"service\":\"web\",\"replicas\":1.5}", "`replicas` must be a whole number, not `1.5`");
    check("{\"service\":\"web\",\"ratio\":\".inf\"}", "`ratio` must be a number, not `.inf`");
    check("[]", "the inputs of `deploy` must be a mapping");
}

TEST(a_value_cannot_smuggle_anything_into_a_sentence)
{
    check("{\"service\":\"web\",\"env\":\"a\\u001b[31m\\nb\"}",
          "`env` must be one of staging, prod, not `a\\x1b[31m\\x0ab`");
    check("{\"service\":\"a\\u0000b\"}", "`service` must not hold a NUL byte");
}

RUN(T(defaults_fill_what_is_not_given), T(text_becomes_the_declared_type),
    T(what_is_wrong_is_said_all_at_once), T(a_value_cannot_smuggle_anything_into_a_sentence))
