/* The conformance suite of cel-spec: each case as it is compiled, and without constant folding. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cel/compile.h"
#include "cel/times.h"
#include "data/json.h"
#include "test.h"

enum { FILE_MAX = 64 << 20, EXCLUDED_MAX = 64, SUITES_MAX = 64 };

struct excluded {
    struct str prefix, reason;
    size_t used;
};

struct suite {
    struct str name;
    size_t passed, excluded, proto;
};

struct state {
    struct arena *arena;
    struct value root;
    struct excluded excluded[EXCLUDED_MAX];
    struct suite suites[SUITES_MAX];
    size_t excluded_n, suites_n, failed;
};

static struct str read_file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t n = 0;

    if (!f) return (struct str){NULL, 0};
    if (fseek(f, 0, SEEK_END) == 0 && ftell(f) > 0 && ftell(f) < FILE_MAX) {
        n = (size_t)ftell(f);
        text = arena_raw(a, n);
        rewind(f);
        n = fread(text, 1, n, f);
    }
    (void)fclose(f);
    return str_n(text, n);
}

static struct value decode_base64(struct arena *a, struct value text)
{
    struct cel_name name = {"x", NULL};
    struct cel *c;
    struct value v;
    struct err e;

    PASS(cel_compile(a, STR("base64.decode(x)"), &name, 1, &c, &e));
    PASS(cel_eval(c, &text, a, &v, &e));
    return v;
}

static struct value from_case(struct arena *a, struct value v);

static struct value list_from(struct arena *a, struct value v)
{
    struct value values = value_at(v, "values");
    struct value *items = arena_raw(a, values.n * sizeof *items);

    if (values.kind != V_LIST) return v_list(NULL, 0);
    for (uint32_t i = 0; i < values.n; i++) items[i] = from_case(a, values.list[i]);
    return v_list(items, values.n);
}

static struct value map_from(struct arena *a, struct value v)
{
    struct value entries = value_at(v, "entries");
    struct pair *pairs = arena_raw(a, entries.n * sizeof *pairs);

    if (entries.kind != V_LIST) return v_map(NULL, 0);
    for (uint32_t i = 0; i < entries.n; i++) {
        pairs[i].key = from_case(a, value_at(entries.list[i], "key"));
        pairs[i].value = from_case(a, value_at(entries.list[i], "value"));
    }
    return v_map(pairs, entries.n);
}

static struct value double_from(struct value v)
{
    if (v.kind == V_STRING) return v_double(v.n == 3 ? NAN : v.s[0] == '-' ? -INFINITY : INFINITY);
    if (v.kind == V_INT) return v_double((double)v.i);
    if (v.kind == V_UINT) return v_double((double)v.u);
    return v;
}

static struct value object_from(struct value v)
{
    struct str text = value_get_str(v, "value");
    int64_t seconds;
    int32_t nanos;

    if (span_parse(text, &seconds)) return v_duration(seconds);
    TRUE(clock_parse(text, &seconds, &nanos));
    return v_time(seconds, (uint32_t)nanos);
}

/* The protobuf JSON of cel.expr.Value. */
static struct value from_case(struct arena *a, struct value v)
{
    struct str kind = value_str(v.map[0].key);
    struct value inner = v.map[0].value;
    char text[32] = "";

    EQ(v.kind, V_MAP);
    if (inner.kind == V_STRING && inner.n < sizeof text) memcpy(text, inner.s, inner.n);
    if (str_is(kind, "int64Value")) return v_int(strtoll(text, NULL, 10));
    if (str_is(kind, "uint64Value")) return v_uint(strtoull(text, NULL, 10));
    if (str_is(kind, "doubleValue")) return double_from(inner);
    if (str_is(kind, "bytesValue")) return decode_base64(a, inner);
    if (str_is(kind, "listValue")) return list_from(a, inner);
    if (str_is(kind, "mapValue")) return map_from(a, inner);
    if (str_is(kind, "objectValue")) return object_from(inner);
    if (str_is(kind, "typeValue")) inner.kind = V_TYPE;
    return inner; /* null, bool, string */
}

/* Kind and value, maps in any order, NaN as itself. */
static bool same(struct value a, struct value b)
{
    if (a.kind != b.kind) return false;
    if (a.kind == V_DOUBLE) return (isnan(a.d) && isnan(b.d)) || a.d == b.d;
    if (a.kind == V_LIST) {
        for (uint32_t i = 0; i < a.n && a.n == b.n; i++) {
            if (!same(a.list[i], b.list[i])) return false;
        }
        return a.n == b.n;
    }
    if (a.kind == V_MAP) {
        for (uint32_t i = 0; i < a.n && a.n == b.n; i++) {
            uint32_t k = 0;

            while (k < b.n && !same(a.map[i].key, b.map[k].key)) k++;
            if (k == b.n || !same(a.map[i].value, b.map[k].value)) return false;
        }
        return a.n == b.n;
    }
    return value_eq(a, b);
}

struct run {
    struct arena *arena;
    struct value test;
    struct cel_name names[16];
    struct value values[16];
    size_t n;
    char got[512];
};

static void bind(struct run *r)
{
    struct value bindings = value_at(r->test, "bindings");

    for (uint32_t i = 0; bindings.kind == V_MAP && i < bindings.n; i++) {
        struct str key = value_str(bindings.map[i].key);

        TRUE(r->n < COUNT_OF(r->names));
        r->names[r->n].name = arena_dup(r->arena, key.p, key.n);
        r->values[r->n++] = from_case(r->arena, value_at(bindings.map[i].value, "value"));
    }
}

/* Whether compiling and evaluating gives what the case says; r->got is what it gave. */
static bool run_once(struct run *r, bool no_fold)
{
    struct cel_options options = {.names = r->names,
                                  .n = r->n,
                                  .container = value_get_str(r->test, "container"),
                                  .loose = value_at(r->test, "disableCheck").b,
                                  .no_fold = no_fold};
    struct value expected = value_at(r->test, "value"), got = NO_VALUE;
    bool wants_error = value_at(r->test, "evalError").kind == V_MAP;
    struct cel *c;
    struct buf b = BUF(400);
    struct err e;
    bool ok;

    if (value_at(r->test, "typedResult").kind == V_MAP)
        expected = value_at(r->test, "typedResult.result");
    expected = expected.kind == V_MAP ? from_case(r->arena, expected) : v_bool(true);
    if (cel_compile_with(r->arena, value_get_str(r->test, "expr"), &options, &c, &e) != OK ||
        cel_eval(c, r->values, r->arena, &got, &e) != OK) {
        snprintf(r->got, sizeof r->got, "error at %d:%d: %.400s", e.line, e.col, e.text);
        return wants_error && e.line > 0 && e.col > 0;
    }
    json_write(&b, got);
    snprintf(r->got, sizeof r->got, "%s " STR_FMT, value_kind_name((enum value_kind)got.kind),
             STR_ARG(buf_str(&b)));
    ok = !wants_error && same(expected, got);
    buf_auto(&b);
    return ok;
}

static struct excluded *find_excluded(struct state *s, struct str name)
{
    for (size_t i = 0; i < s->excluded_n; i++) {
        if (str_starts(name, s->excluded[i].prefix)) return &s->excluded[i];
    }
    return NULL;
}

static struct suite *find_suite(struct state *s, struct str name)
{
    struct str rest = name;

    str_cut(&rest, '/', &name);
    for (size_t i = 0; i < s->suites_n; i++) {
        if (str_eq(s->suites[i].name, name)) return &s->suites[i];
    }
    TRUE(s->suites_n < SUITES_MAX);
    s->suites[s->suites_n].name = name;
    return &s->suites[s->suites_n++];
}

static void run_case(struct state *s, struct value test)
{
    struct run r = {.arena = arena_new(), .test = test};
    struct str name = value_get_str(test, "name"), expr = value_get_str(test, "expr");
    struct suite *suite = find_suite(s, name);
    struct excluded *excluded = find_excluded(s, name);
    bool ok;

    bind(&r);
    /* checkOnly: nothing but the deduced type is asked for, and nothing here deduces types yet. */
    ok = !value_at(test, "checkOnly").b && run_once(&r, false) && run_once(&r, true);
    if (ok && !excluded) {
        suite->passed++;
    } else if (!ok && excluded) {
        excluded->used++;
        suite->excluded++;
    } else {
        s->failed++;
        print_message("# %s " STR_FMT ": " STR_FMT "\n#     got %s\n",
                      ok ? "passes, but is listed in excluded.txt:" : "FAILED", STR_ARG(name),
                      STR_ARG(expr), r.got);
    }
    arena_free(r.arena);
}

static void read_excluded(struct state *s)
{
    struct str text = read_file(s->arena, "tests/cel/excluded.txt"), line;

    while (str_cut(&text, '\n', &line)) {
        struct excluded *x = &s->excluded[s->excluded_n];

        if (line.n == 0 || line.p[0] == '#') continue;
        TRUE(s->excluded_n < EXCLUDED_MAX);
        TRUE(str_cut(&line, ' ', &x->prefix));
        x->reason = str_trim(line);
        TRUE(x->reason.n > 0);
        s->excluded_n++;
    }
}

static void read_cases(struct state *s)
{
    const char *path = getenv("CEL_CONFORMANCE");
    struct str text;
    struct err e;

    s->arena = arena_new();
    if (!path) path = "build/cel-conformance.json";
    text = read_file(s->arena, path);
    if (!text.p)
        print_error("there is no %s: `make test` writes it with tests/cel/conformance.mjs\n", path);
    TRUE(text.p != NULL);
    PASS(json_read(s->arena, text, (struct json_limits){.depth = 200, .nodes = 2000000}, &s->root,
                   &e));
}

TEST(every_conformance_case_without_protobuf_gives_its_result)
{
    struct state s = {.failed = 0};
    size_t passed = 0, excluded = 0;
    struct value cases;

    read_cases(&s);
    read_excluded(&s);
    cases = value_at(s.root, "cases");
    TRUE(cases.n > 2000);
    for (uint32_t i = 0; i < cases.n; i++) {
        if (value_at(cases.list[i], "proto").b)
            find_suite(&s, value_get_str(cases.list[i], "name"))->proto++;
        else
            run_case(&s, cases.list[i]);
    }
    for (size_t i = 0; i < s.suites_n; i++) {
        struct suite *u = &s.suites[i];

        passed += u->passed;
        excluded += u->excluded;
        print_message("# %-16.*s %4zu pass, %3zu excluded, %3zu need protobuf\n", STR_ARG(u->name),
                      u->passed, u->excluded, u->proto);
    }
    print_message("# %zu of %u cases pass, %zu excluded by name, %zu fail\n", passed, cases.n,
                  excluded, s.failed);
    for (size_t i = 0; i < s.excluded_n; i++) {
        if (s.excluded[i].used) continue;
        print_message("# excluded.txt names " STR_FMT ", but there is no such case\n",
                      STR_ARG(s.excluded[i].prefix));
        s.failed++;
    }
    EQ(s.failed, 0);
    TRUE(passed >= 1600);
    arena_free(s.arena);
}

TEST(the_parser_accepts_and_refuses_what_the_reference_does)
{
    struct state s = {.failed = 0};
    struct value all;

    read_cases(&s);
    all = value_at(s.root, "parsing");
    TRUE(all.n > 100);
    for (uint32_t i = 0; i < all.n; i++) {
        struct str expr = value_get_str(all.list[i], "expr");
        struct cel *c;
        struct cel_options options = {.loose = true};
        struct err e = {.line = 0};
        bool ok = cel_compile_with(s.arena, expr, &options, &c, &e) == OK;

        if (ok == value_at(all.list[i], "ok").b) continue;
        s.failed++;
        print_message("# %s: " STR_FMT "\n#     %s\n", ok ? "accepted" : "refused", STR_ARG(expr),
                      ok ? "" : e.text);
    }
    EQ(s.failed, 0);
    arena_free(s.arena);
}

RUN(T(every_conformance_case_without_protobuf_gives_its_result),
    T(the_parser_accepts_and_refuses_what_the_reference_does))
